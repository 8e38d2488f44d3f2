"""Parameters: dated values, a jurisdiction's own before the general one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from lifecycle.conditions import Label
from lifecycle.errors import ParameterUnknownError
from lifecycle.policy import Dated, Parameter, Policy, typed
from workflows.law import read_policy

if TYPE_CHECKING:
    from lifecycle.policy import ParameterValue

OLD, NEW = date(2020, 1, 1), date(2025, 1, 1)
PARENTS = {3: 2, 2: 1, 1: None, 9: None}


def policy(*values: Dated) -> Policy:
    label = Label(zh="参数", en="parameter")
    return Policy({"P1": Parameter("P1", "p", label, "count", values, ("practice",))}, PARENTS)


@pytest.mark.parametrize(
    ("on", "expected"), [(OLD, 10), (date(2024, 12, 31), 10), (NEW, 20), (date(2030, 1, 1), 20)]
)
def test_value_is_the_latest_in_force(on: date, expected: int) -> None:
    assert policy(Dated(NEW, 20), Dated(OLD, 10)).at(on)["P1"] == expected


def test_what_was_set_last_counts_where_two_values_begin_on_one_day() -> None:
    assert policy(Dated(NEW, 20), Dated(NEW, 25)).at(NEW)["P1"] == 25


def test_before_the_first_value_the_oldest_serves() -> None:
    assert policy(Dated(NEW, 20), Dated(OLD, 10)).at(date(2001, 1, 1))["P1"] == 10


@pytest.mark.parametrize(("unit_id", "expected"), [(3, 33), (2, 22), (1, 10), (9, 10), (None, 10)])
def test_value_of_the_nearest_unit_comes_first(unit_id: int | None, expected: int) -> None:
    found = policy(Dated(OLD, 10), Dated(OLD, 22, unit_id=2), Dated(OLD, 33, unit_id=3))

    assert found.at(NEW, unit_id)["P1"] == expected


def test_value_of_a_unit_holds_below_it() -> None:
    assert policy(Dated(OLD, 10), Dated(OLD, 22, unit_id=2)).at(NEW, 3)["P1"] == 22


def test_value_of_a_unit_not_yet_in_force_gives_way() -> None:
    assert policy(Dated(OLD, 10), Dated(NEW, 22, unit_id=2)).at(OLD, 2)["P1"] == 10


def test_superiors_are_named_nearest_first_and_a_circle_ends() -> None:
    assert policy(Dated(OLD, 1)).ancestors(3) == (3, 2, 1)
    assert Policy({}, {1: 2, 2: 1}).ancestors(1) == (1, 2)


@pytest.mark.parametrize("values", [(), (Dated(OLD, 22, unit_id=2),)])
def test_a_parameter_without_a_general_value_is_unknown_elsewhere(
    values: tuple[Dated, ...],
) -> None:
    with pytest.raises(ParameterUnknownError, match="P1"):
        policy(*values).at(NEW, 9)["P1"]


def test_an_unknown_parameter_is_an_error() -> None:
    with pytest.raises(ParameterUnknownError, match="P77"):
        policy().at(NEW)["P77"]


def test_a_whole_number_is_asked_for_by_name() -> None:
    assert policy(Dated(OLD, 10)).at(NEW).integer("P1") == 10
    with pytest.raises(TypeError, match="not a whole number"):
        policy(Dated(OLD, "ten")).at(NEW).integer("P1")


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("date", "2026-03-04", date(2026, 3, 4)),
        ("date", date(2026, 3, 4), date(2026, 3, 4)),
        ("day_list", [-7, 0], (-7, 0)),
        ("count", 3, 3),
        ("flag", False, False),
        ("choice", "full", "full"),
    ],
)
def test_a_stored_value_has_the_type_of_its_parameter(
    kind: str, given: object, expected: ParameterValue
) -> None:
    assert typed(kind, given) == expected


def test_the_digest_names_the_content() -> None:
    one, same, other = policy(Dated(OLD, 1)), policy(Dated(OLD, 1)), policy(Dated(OLD, 2))

    assert one.digest == same.digest != other.digest


def test_every_parameter_that_ships_has_a_value_of_its_type() -> None:
    types = {"count": int, "days": int, "months": int, "years": int, "flag": bool, "date": date}
    for name, parameter in read_policy().parameters.items():
        value = parameter.value(NEW, ())

        assert isinstance(value, types.get(parameter.type, object)), name
