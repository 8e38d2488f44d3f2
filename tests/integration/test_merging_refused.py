"""Merging is refused with every condition at once; each is in the way alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Actor, Role
from tests.merging import TODAY, end, engaged, merged, number, problems, two_records, unmet
from workflows import byhand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tale import Tale


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    with two_records(migrated_url) as told:
        yield told


def test_a_reason_has_at_most_300_characters(tale: Tale) -> None:
    for reason in ("", "  ", "因" * 301):
        found = unmet(tale, "annex", "clinic", reason=reason)
        assert found == {"reason": len(reason.strip())}
    merged(tale, "annex", "clinic", reason="因" * 300)


def test_case_officers_and_the_organization_department_merge(tale: Tale) -> None:
    may = {Role.CASE_OFFICER, Role.ORG_DEPT_OFFICER}
    for role in set(Role) - may:
        actor = Actor("somebody", frozenset({role}))
        assert unmet(tale, "annex", "clinic", actor=actor) == {"role": role.value}
    for role in may:
        merged(tale, "annex", "clinic", actor=Actor("somebody", frozenset({role})), dry=True)


def test_an_organization_is_not_merged_with_a_person(tale: Tale) -> None:
    assert unmet(tale, "annex", "wang") == {"same_type": "organization, person"}
    assert unmet(tale, "wang", "annex") == {"same_type": "person, organization"}


def test_a_record_is_not_merged_into_itself(tale: Tale) -> None:
    for name in ("annex", "zhao"):
        assert unmet(tale, name, name).keys() == {"two_records"}


@pytest.mark.parametrize(
    ("kind", "names"),
    [("organization", ("annex", "clinic", "third")), ("person", ("zhao", "wang", "li"))],
)
def test_what_has_been_merged_is_not_merged_again(
    tale: Tale, kind: str, names: tuple[str, str, str]
) -> None:
    gone, kept, third = names
    tale.tell({"on": TODAY, "add": {"organization": "third"}})
    if kind == "person":
        end(tale, "wang", "clinic")
    merged(tale, gone, kept)
    told = f"{kind}:{number(tale, gone)} → {kind}:{number(tale, kept)}"

    assert unmet(tale, gone, third) == {"not_merged": told}
    assert unmet(tale, gone, kept) == {"not_merged": told}
    assert unmet(tale, third, gone)["not_merged"] == told


def test_the_record_that_stays_has_not_ended(tale: Tale) -> None:
    tale.tell({"on": TODAY, "add": {"organization": "third"}})
    merged(tale, "third", "annex")

    assert unmet(tale, "clinic", "third").keys() == {"not_merged", "on_register"}


def test_a_record_with_a_party_body_of_its_own_is_not_merged_away(tale: Tale) -> None:
    for kind in ("own", "joint", "building"):
        tale.tell({"on": TODAY, "add": {"organization": kind, "body": kind}})
        body = tale.app.read(partial(byhand.own_body_of, organization_id=number(tale, kind)))
        assert unmet(tale, kind, "clinic") == {"no_body": body}
    merged(tale, "clinic", "own")

    assert problems(tale) == []


def test_two_open_cases_of_one_person_at_one_organization_are_in_the_way(tale: Tale) -> None:
    tale.tell(engaged("wang", "annex", TODAY))
    refs = [tale.case(f"MEM(wang, {where})").ref for where in ("annex", "clinic")]

    assert unmet(tale, "annex", "clinic") == {"no_collision": " / ".join(refs)}
    assert unmet(tale, "wang", "li").keys() == {"no_collision"}
    end(tale, "wang", "annex")
    merged(tale, "annex", "clinic")


def test_every_condition_is_told_at_once(tale: Tale) -> None:
    tale.tell({"on": TODAY, "add": {"organization": "school", "body": "own"}})
    tale.tell(engaged("wang", "school", TODAY))
    finance = Actor("li", frozenset({Role.FINANCE_OFFICER}))

    found = unmet(tale, "school", "clinic", reason="", actor=finance)
    assert found.keys() == {"role", "reason", "no_body", "no_collision"}
