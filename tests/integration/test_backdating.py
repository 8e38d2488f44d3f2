"""An event that is entered late takes back what rule and time had done since, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle import engine
from lifecycle.errors import EventDateError
from lifecycle.register import end
from lifecycle.store.tables import deadline
from tests.builders import app_on, move_clock
from tests.tale import OFFICER, Tale
from workflows.register import engagement

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

WANG = "MEM(wang, clinic)"


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        yield Tale(app)


def part_timer(tale: Tale) -> None:
    """Works part-time from 15 October; the six months end on 15 April."""
    day = date(2025, 10, 15)
    tale.tell(
        {"on": day, "add": {"organization": "clinic"}},
        {"on": day, "add": {"person": "wang", "engaged_at": "clinic", "employment": "part_time"}},
    )


def tick(tale: Tale, day: date) -> None:
    tale.tell({"on": day, "tick": True})


def test_event_before_the_milestone_takes_the_milestone_back(tale: Tale) -> None:
    part_timer(tale)
    tick(tale, date(2026, 4, 20))
    milestone = tale.entries(WANG)[-1]
    assert (milestone.event, milestone.on, milestone.to) == (
        "milestone_reached",
        "2026-04-15",
        "temporary_due",
    )
    assert tale.owed(WANG)

    tale.record(WANG, "became_full_time", date(2026, 2, 24), contract="C 7")

    late = tale.live(WANG)[-1]
    assert late.body["supersedes"] == [milestone.seq]
    assert tale.case(WANG).state == "formal_due"
    assert tale.deadlines(WANG) == {"D8": "open 2026-03-26"}
    assert not [one for one in tale.owed(WANG) if one.startswith("N12")]
    assert [one[:2] for one in tale.history(WANG)] == [
        ("awaiting_milestone", "2025-10-15"),
        ("formal_due", "2026-02-24"),
    ]
    assert tale.problems() == []


def test_reminders_of_a_deadline_taken_back_are_not_sent(tale: Tale) -> None:
    part_timer(tale)
    tick(tale, date(2026, 4, 20))
    tick(tale, date(2026, 5, 11))
    assert [one for one in tale.owed(WANG) if one.startswith("N12 reminder")]

    tale.record(WANG, "became_full_time", date(2026, 2, 24), contract="C 7")

    assert not [one for one in tale.owed(WANG) if one.startswith("N12")]


def test_register_rows_follow_the_day_of_the_event(tale: Tale) -> None:
    part_timer(tale)
    tick(tale, date(2026, 4, 20))

    tale.record(WANG, "left_before_milestone", date(2026, 3, 2), evidence="E 1")

    known = [row for row in tale.rows(engagement) if row["known_until"] is None]
    assert [(row["from_on"], row["until_on"]) for row in known] == [
        (date(2025, 10, 15), date(2026, 3, 2))
    ]
    assert tale.case(WANG).closed_on == date(2026, 3, 2)
    assert tale.deadlines(WANG) == {}
    assert tale.problems() == []


def test_a_deadline_that_comes_back_is_as_it_was(tale: Tale) -> None:
    """The letter ran out on 5 March by the clock, but the receipt of 1 March was only late."""
    letter(tale)
    before = tale.rows(deadline, rule="D15")[0]
    tick(tale, date(2026, 3, 9))
    assert tale.case(WANG).state == "letter_expired"

    tale.record(WANG, "received_formal", date(2026, 3, 1), receipt_returned="yes")

    after = tale.rows(deadline, rule="D15")[0]
    assert after["status"] == "met"
    assert after["closed_on"] == date(2026, 3, 1)
    assert (after["raw_on"], after["due_on"]) == (before["raw_on"], before["due_on"])
    assert tale.case(WANG).state == "formal_in"
    assert tale.case(WANG).previous_state == "letter_issued"
    assert not [one for one in tale.owed(WANG) if one.startswith("N22")]
    assert tale.problems() == []


def letter(tale: Tale) -> None:
    """A full-timer with a letter of thirty days from 2 February."""
    day = date(2026, 1, 16)
    tale.tell(
        {"on": day, "add": {"organization": "clinic"}},
        {"on": day, "add": {"person": "wang", "engaged_at": "clinic", "employment": "full_time"}},
    )
    tale.tell(
        {
            "on": date(2026, 2, 2),
            "event": "document_issued",
            "case": WANG,
            "fields": {"document_kind": "formal", "days": 30},
        }
    )


def test_event_before_an_entry_of_a_person_is_refused(tale: Tale) -> None:
    letter(tale)

    with pytest.raises(EventDateError, match="lifecycle correct") as refused:
        tale.record(WANG, "rejected", date(2026, 2, 1), reason_code="other")

    assert refused.value.bound == date(2026, 2, 2)
    assert tale.case(WANG).state == "letter_issued"


@pytest.mark.parametrize("event", ["rejected", "waived"])
def test_event_after_today_is_refused(tale: Tale, event: str) -> None:
    letter(tale)
    given: dict[str, Any] = {"reason_code": "other"}
    if event == "waived":
        tale.tell({"on": date(2026, 2, 5), "event": "rejected", "case": WANG, "fields": given})
        given = {"guard": "document_fits", "reason": "x"}
    today = date(2026, 2, 10)
    move_clock(tale.app, today)

    with pytest.raises(EventDateError, match="after today"):
        tale.record(WANG, event, today + timedelta(days=1), **given)


def test_event_on_the_day_of_an_automatic_entry_takes_nothing_back(tale: Tale) -> None:
    part_timer(tale)
    tick(tale, date(2026, 4, 20))

    tale.record(WANG, "became_full_time", date(2026, 4, 15), contract="C 7")

    assert tale.live(WANG)[-1].body["supersedes"] == []
    assert len(tale.live(WANG)) == len(tale.entries(WANG))
    assert tale.problems() == []


def test_a_refused_late_event_changes_nothing(tale: Tale) -> None:
    part_timer(tale)
    tick(tale, date(2026, 4, 20))
    before = (tale.entries(WANG), tale.history(WANG), tale.deadlines(WANG), tale.owed(WANG))

    tale.tell(
        {
            "on": date(2026, 2, 24),
            "entered_on": date(2026, 4, 21),
            "case": WANG,
            "event": "became_full_time",
            "expect": {"refused": ["contract"]},
        }
    )

    assert (tale.entries(WANG), tale.history(WANG), tale.deadlines(WANG), tale.owed(WANG)) == before


def test_what_time_does_after_the_late_event_is_done_at_once(tale: Tale) -> None:
    """A letter of ten days that is entered in April has long run out."""
    part_timer(tale)
    tick(tale, date(2026, 4, 20))
    tale.record(WANG, "became_full_time", date(2026, 2, 24), contract="C 7")

    tale.record(WANG, "document_issued", date(2026, 3, 2), document_kind="formal", days=10)

    assert [one[:2] for one in tale.history(WANG)][-2:] == [
        ("letter_issued", "2026-03-02"),
        ("letter_expired", "2026-03-13"),
    ]
    assert tale.deadlines(WANG) == {"D8": "open 2026-03-26"}
    assert tale.problems() == []


def test_time_may_be_taken_back_twice(tale: Tale) -> None:
    part_timer(tale)
    tick(tale, date(2026, 4, 20))
    tale.record(WANG, "became_full_time", date(2026, 2, 24), contract="C 7")
    tale.record(WANG, "document_issued", date(2026, 3, 2), document_kind="formal", days=10)

    tale.record(WANG, "rejected", date(2026, 3, 9), reason_code="other")

    assert [one.event for one in tale.live(WANG)] == [
        "member_reported",
        "engaged_part_time",
        "became_full_time",
        "document_issued",
        "rejected",
    ]
    assert tale.deadlines(WANG) == {"D8": "open 2026-03-26"}
    assert tale.problems() == []


def test_a_case_that_rule_closed_opens_again_and_closes_on_its_day(tale: Tale) -> None:
    part_timer(tale)
    clinic = tale.player.things.named["clinic"]
    ended = date(2026, 3, 16)
    move_clock(tale.app, ended)
    ending = end("organization_profile", {"organization_id": clinic.id}, ended)

    def close(connection: sa.Connection) -> None:
        work = engine.begin(connection, tale.app.registry, tale.app.clock, OFFICER)
        engine.record_rows(work, clinic, [ending], ended)

    tale.app.write(close)
    assert tale.case(WANG).state == "ended"
    move_clock(tale.app, date(2026, 3, 23))

    tale.record(WANG, "became_full_time", date(2026, 3, 2), contract="C 7")

    assert [one[:2] for one in tale.history(WANG)] == [
        ("awaiting_milestone", "2025-10-15"),
        ("formal_due", "2026-03-02"),
        ("ended", "2026-03-16"),
    ]
    assert [(one.event, one.on) for one in tale.live(WANG)][-1] == ("case_closed", "2026-03-16")
    assert tale.case(WANG).closed_on == ended
    assert tale.deadlines(WANG) == {}
    assert tale.problems() == []
