"""A condition that may be set aside: by an approver, with a reason, until the state changes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Actor, Role
from lifecycle.errors import EventDateError, TransitionRefusedError
from lifecycle.store.tables import personal_value
from tests.builders import app_on
from tests.tale import Tale

if TYPE_CHECKING:
    from collections.abc import Iterator

WANG = "MEM(wang, clinic)"
DAY = date(2026, 1, 16)
APPROVER = Actor("zhao", frozenset({Role.APPROVER}))
OFFICER = Actor("chen", frozenset({Role.CASE_OFFICER}))


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    """A full-timer, for whom a certificate of a temporary relation does not fit."""
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        tale = Tale(app)
        tale.tell(
            {"on": DAY, "add": {"organization": "clinic"}},
            {
                "on": DAY,
                "add": {"person": "wang", "engaged_at": "clinic", "employment": "full_time"},
            },
        )
        yield tale


def misfit(tale: Tale) -> None:
    tale.record(WANG, "document_issued", DAY, OFFICER, document_kind="temporary", days=30)


def waive(
    tale: Tale,
    actor: Actor = APPROVER,
    guard: str = "document_fits",
    reason: str = "agreed with both sides",
) -> None:
    tale.record(WANG, "waived", DAY, actor, guard=guard, reason=reason)


def test_a_waived_condition_no_longer_stops_the_event(tale: Tale) -> None:
    with pytest.raises(TransitionRefusedError) as refused:
        misfit(tale)
    assert [one.id for one in refused.value.findings if not one.met] == ["document_fits"]

    waive(tale)
    misfit(tale)

    case = tale.case(WANG)
    assert (case.state, case.waived) == ("letter_issued", frozenset())
    assert [one.event for one in tale.entries(WANG)][-2:] == ["waived", "document_issued"]
    assert tale.problems() == []


def test_a_waiver_ends_with_the_next_change_of_state(tale: Tale) -> None:
    waive(tale)
    misfit(tale)
    tale.record(WANG, "rejected", DAY, OFFICER, reason_code="other")

    with pytest.raises(TransitionRefusedError, match="document_fits"):
        misfit(tale)


def test_a_waived_condition_is_shown_as_waived(tale: Tale) -> None:
    waive(tale)
    done = tale.record(WANG, "document_issued", DAY, OFFICER, document_kind="temporary", days=30)

    (finding,) = [one for one in done.findings if one.id == "document_fits"]
    assert (finding.met, finding.waived) == (True, True)


def test_only_an_approver_sets_conditions_aside(tale: Tale) -> None:
    before = tale.entries(WANG)
    with pytest.raises(TransitionRefusedError, match="role"):
        waive(tale, OFFICER)

    assert tale.entries(WANG) == before


@pytest.mark.parametrize("guard", ["home_body", "days", "nonsense"])
def test_other_conditions_cannot_be_set_aside(tale: Tale, guard: str) -> None:
    with pytest.raises(TransitionRefusedError) as refused:
        waive(tale, guard=guard)

    (finding,) = [one for one in refused.value.findings if not one.met]
    assert (finding.id, finding.needed) == ("guard", "document_fits")
    assert tale.case(WANG).waived == frozenset()


@pytest.mark.parametrize("missing", ["guard", "reason"])
def test_a_waiver_names_its_condition_and_its_reason(tale: Tale, missing: str) -> None:
    given = {"guard": "document_fits", "reason": "agreed"} | {missing: ""}
    with pytest.raises(TransitionRefusedError) as refused:
        tale.record(WANG, "waived", DAY, APPROVER, **given)

    assert [one.id for one in refused.value.findings if not one.met] == [missing]


def test_the_reason_is_kept_apart_from_the_trail(tale: Tale) -> None:
    waive(tale, reason="because of Wang's illness")

    assert "illness" not in str(tale.entries(WANG)[-1].body)
    kept = [row["value"] for row in tale.rows(personal_value) if row["name"] == "field.reason"]
    assert kept == ["because of Wang's illness"]
    assert tale.problems() == []


def test_a_state_without_such_a_condition_offers_none(tale: Tale) -> None:
    tale.record(WANG, "document_issued", DAY, OFFICER, document_kind="formal", days=30)

    with pytest.raises(TransitionRefusedError, match="none"):
        waive(tale)


def test_a_condition_is_not_set_aside_before_what_was_recorded_last(tale: Tale) -> None:
    waive(tale)
    misfit(tale)
    before = tale.entries(WANG)

    with pytest.raises(EventDateError, match="last entry"):
        tale.record(
            WANG, "waived", date(2026, 1, 15), APPROVER, guard="document_fits", reason="late"
        )

    assert tale.entries(WANG) == before
