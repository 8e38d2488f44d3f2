"""The duty table of the branch against a table written out by hand, over every small count."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

import workflows
from lifecycle.policy import Dated
from workflows.facts.duty import Counts, duty_of

if TYPE_CHECKING:
    from lifecycle.policy import Parameters
    from lifecycle.registry import Registry

SMALL = range(6)


def expected(full_here: int, counted: int, elsewhere: int, *, served: bool) -> str:
    """The rulebook's table read line by line, on its own terms (three members make a branch)."""
    by_members = {
        # (members that count: none, one or two, three or more; any of them elsewhere) -> kind
        ("none", False): "none",
        ("few", False): "none",
        ("few", True): "option",
        ("many", False): "none",
        ("many", True): "provisional",
    }
    if full_here in {3, 4, 5}:
        return "own"
    if served:
        return "none"
    size = "none" if counted == 0 else "few" if counted in {1, 2} else "many"
    return by_members[size, elsewhere > 0]


@pytest.mark.parametrize("served", [False, True])
def test_duty_kind_follows_the_table(*, served: bool) -> None:
    for full_here, counted, elsewhere in product(SMALL, repeat=3):
        if elsewhere > counted:
            continue
        counts = Counts(full_here, counted, elsewhere, served=served)

        assert duty_of(counts, 3) == expected(full_here, counted, elsewhere, served=served), counts


@pytest.fixture(scope="module")
def law() -> Registry:
    return workflows.load_all()


def parameters(law: Registry, **changed: str) -> Parameters:
    rows = [(name, Dated(date(2011, 1, 1), value)) for name, value in changed.items()]
    return law.policy.with_overrides(rows, {}).at(date(2026, 3, 10))


def register_counts(all_: int, full: int, held: int, held_full: int) -> dict[str, Any]:
    return {
        "members_engaged": all_,
        "full_members_engaged": full,
        "members_held_here": held,
        "formal_full_members": held_full,
        "any_body_serves": False,
        "body_serves": False,
        "provisional_body_in_force": False,
    }


@pytest.mark.parametrize("basis", ["all", "full"])
@pytest.mark.parametrize("kind", ["organization", "party_body"])
def test_counts_of_the_register_give_the_same_duty(law: Registry, kind: str, basis: str) -> None:
    policy = parameters(law, P8=basis)
    for all_, full, held, held_full in product(SMALL, repeat=4):
        if full > all_ or held > all_ or held_full > min(full, held):
            continue
        if held - held_full > all_ - full:
            continue  # more probationary members held here than there are
        values = register_counts(all_, full, held, held_full)
        law.facts.derive(kind, ["duty_kind", "attached_fully"], values, policy)
        counted, here = (full, held_full) if basis == "full" else (all_, held)

        wanted = expected(held_full, counted, counted - here, served=False)
        assert values["duty_kind"] == wanted, values
        attached = held_full < 3 and counted >= 1 and counted == here
        assert values["attached_fully"] is attached, values
        if attached:
            assert values["duty_kind"] == "none"


@pytest.mark.parametrize(
    ("counts", "kind"),
    [
        ((3, 2, 3, 2), "none"),  # S5: two full and one probationary, all attached
        ((4, 2, 0, 0), "provisional"),  # S6: members count, not full members
        ((4, 4, 2, 2), "provisional"),  # two here and two elsewhere
        ((3, 3, 3, 3), "own"),  # attached ones owe a branch too
        ((5, 3, 3, 3), "own"),
        ((2, 2, 1, 1), "option"),
        ((0, 0, 0, 0), "none"),
    ],
)
def test_cases_that_the_clause_leaves_open(
    law: Registry, counts: tuple[int, int, int, int], kind: str
) -> None:
    values = register_counts(*counts)
    law.facts.derive("organization", ["duty_kind"], values, parameters(law))

    assert values["duty_kind"] == kind


def test_served_organization_owes_only_an_own_branch(law: Registry) -> None:
    few = register_counts(3, 3, 2, 2) | {"any_body_serves": True}
    many = register_counts(4, 4, 3, 3) | {"any_body_serves": True}
    for values, kind in ((few, "none"), (many, "own")):
        law.facts.derive("organization", ["duty_kind"], values, parameters(law))
        assert values["duty_kind"] == kind
