"""Obligations are found in the register: by rule, for everybody at once, options apart."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.access import EVERYTHING, Scope
from lifecycle.asof import AsOf
from tests.builders import app_on
from tests.tale import Tale
from workflows.naming import names_of
from workflows.obligations import OBLIGATIONS, NeverOwedError, obligation, owing

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = date(2026, 3, 4)


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    """Six organizations that owe different things."""
    with app_on(migrated_url, DAY) as app:
        told = Tale(app)
        told.tell({"on": DAY, "add": {"unit": "bureau"}})
        told.tell({"on": DAY, "add": {"unit": "dept", "kind": "organization_department"}})
        bodies: dict[str, Any] = {"weak": {"body": "own", "body_since": date(2020, 1, 1)}}
        for name in ("owing", "guests", "some", "weak", "priority"):
            add = {"organization": name, "supervisor": "bureau", **bodies.get(name, {})}
            told.tell({"on": DAY, "add": add})
        for place, home, count in (
            ("owing", "bureau", 3),
            ("guests", "factory", 3),
            ("some", "factory", 1),
        ):
            for number in range(count):
                person = {"person": f"{place}{number}", "home": home, "engaged_at": place}
                told.tell({"on": DAY, "add": {**person, "employment": "full_time"}})
        told.tell({"on": DAY, "record": {"organization": "priority", "employees": 30}})
        told.tell({"on": DAY, "tick": True})
        yield told


def found(tale: Tale, rule: str, *, option: bool = False, scope: Scope = EVERYTHING) -> list[str]:
    registry = tale.app.registry
    wanted = obligation(rule, option=option)

    def read(connection: sa.Connection) -> list[str]:
        owed = owing(connection, registry, wanted, AsOf(DAY), scope)
        names = names_of(connection, [one.subject for one in owed])
        return sorted(names[one.subject].split(" · ")[-1] for one in owed)

    return tale.app.read(read)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("R22", ["guests", "owing", "priority", "some", "weak"]),
        ("R24", ["owing"]),
        ("R28", ["guests"]),
        ("R29", ["guests", "guests", "guests", "some"]),
        ("R30", []),
        ("R38", []),
        ("R41", ["dept"]),
        ("R51", ["priority"]),
        ("R52", []),
        ("E15", ["weak"]),
        ("E16", []),
        ("E21", []),
    ],
)
def test_who_owes_what(tale: Tale, rule: str, expected: list[str]) -> None:
    assert found(tale, rule) == expected


@pytest.mark.parametrize(
    ("rule", "expected"), [("R25", ["some"]), ("R27", ["guests", "owing", "some"])]
)
def test_options_are_listed_apart(tale: Tale, rule: str, expected: list[str]) -> None:
    assert found(tale, rule, option=True) == expected
    with pytest.raises(NeverOwedError) as refused:
        obligation(rule)

    assert refused.value.option


def test_an_unknown_rule_names_those_that_can_be_owed() -> None:
    with pytest.raises(NeverOwedError, match="R24"):
        obligation("R999")


def test_what_is_out_of_scope_is_not_there(tale: Tale) -> None:
    dept = tale.player.things.named["dept"].id

    assert found(tale, "R24", scope=Scope(unit_ids=frozenset({dept}))) == []


@pytest.mark.parametrize("rule", OBLIGATIONS)
def test_as_many_statements_for_one_as_for_many(tale: Tale, rule: str) -> None:
    wanted, registry = OBLIGATIONS[rule], tale.app.registry
    counts = []
    for _ in range(2):
        statements: list[str] = []

        def note(*args: Any) -> None:  # noqa: ANN401 - what SQLAlchemy hands over
            statements.append(args[2])  # noqa: B023 - used before the next round

        sa.event.listen(tale.app.engine, "before_cursor_execute", note)
        tale.app.read(lambda c: owing(c, registry, wanted, AsOf(DAY), EVERYTHING))
        sa.event.remove(tale.app.engine, "before_cursor_execute", note)
        counts.append(len(statements))
        tale.tell(
            {"on": DAY, "add": {"organization": f"more{len(counts)}", "supervisor": "bureau"}}
        )

    assert counts[0] == counts[1]
