"""A case as it stood: which entries count for a day and a moment, and what they make of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import workflows
from lifecycle.asof import AsOf, case_then, closed_on, counting, deadlines_then
from lifecycle.cases import CaseView, DeadlineStatus, DeadlineView, Subject
from lifecycle.chain import entry_number
from lifecycle.store.types import instant_text
from lifecycle.work import blank_case

BOOK = workflows.load_all().book("member_relation")
CASE = 7
NUMBER = 31
"""Of the deadline that the second entry opens."""


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def at(on: str, known: str = "12-31") -> AsOf:
    """As of the day, by what had been recorded by noon of the other one."""
    return AsOf(day(on), datetime.combine(day(known), datetime.min.time(), UTC).replace(hour=12))


def body(seq: int, on: str, state: tuple[str | None, str], *changes: Any, **more: Any) -> Any:  # noqa: ANN401 - JSON
    """An entry recorded at nine o'clock of its day, or of `recorded`."""
    recorded = day(more.pop("recorded", on))
    moment = datetime.combine(recorded, datetime.min.time(), UTC).replace(hour=9)
    return {
        "seq": seq,
        "kind": "event",
        "effective_on": f"2026-{on}",
        "recorded_at": instant_text(moment),
        "from": state[0],
        "to": state[1],
        "supersedes": [],
        "sets": {},
        "details": {},
        "deadlines": list(changes),
        "actor": {"source": "declared"},
        **more,
    }


def dated(act: str, on: str, due: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "act": act,
        "rule": "D8",
        "on": f"2026-{on}",
        "kind": "deadline",
        "cycle": 1,
        "anchor_on": "2026-01-16",
        "raw_on": f"2026-{due}",
        "due_on": f"2026-{due}",
        "provisional": False,
        "suspended_days": 0,
        "derivation": {"why": act},
        **more,
    }


def closes(act: str, on: str) -> dict[str, Any]:
    return {"act": act, "rule": "D8", "on": f"2026-{on}", "deadline": NUMBER}


REPORTED = body(1, "01-05", (None, "identified"))
ENGAGED = body(2, "01-16", ("identified", "formal_due"), dated("open", "01-16", "02-24"))


def stored(**more: Any) -> DeadlineView:  # noqa: ANN401 - columns
    """The row as it is at last: met in March."""
    given: dict[str, Any] = {
        "id": NUMBER,
        "rule": "D8",
        "kind": "deadline",
        "cycle": 1,
        "anchor_on": day("01-16"),
        "raw_on": day("03-30"),
        "due_on": day("03-30"),
        "provisional": False,
        "status": DeadlineStatus.MET,
        "suspended_on": None,
        "suspended_days": 34,
        "wake_at": None,
        "derivation": {},
        "opened_entry_id": entry_number(CASE, 2),
    }
    return DeadlineView(**given | more)


def only(bodies: list[Any], when: AsOf) -> DeadlineView | None:
    """The one deadline as it stood."""
    found = deadlines_then([stored()], counting(bodies, when), CASE)
    return found[0] if found else None


def standing(bodies: list[Any], when: AsOf) -> tuple[str, str, str] | None:
    row = only(bodies, when)
    if row is None:
        return None
    return row.status.value, f"{row.due_on:%m-%d}", str(row.suspended_on or "-")


def test_a_deadline_is_there_from_the_day_of_its_opening() -> None:
    bodies = [REPORTED, ENGAGED]

    assert standing(bodies, at("01-15")) is None
    assert standing(bodies, at("01-16")) == ("open", "02-24", "-")


def test_a_deadline_met_later_was_open_with_the_dates_of_then() -> None:
    met = body(3, "03-02", ("formal_due", "formal_in"), closes("meet", "03-02"))
    bodies = [REPORTED, ENGAGED, met]

    assert standing(bodies, at("03-01")) == ("open", "02-24", "-")
    assert standing(bodies, at("03-02")) == ("met", "02-24", "-")
    row = only(bodies, at("03-02"))
    assert row is not None
    assert closed_on(row, bodies) == day("03-02")
    assert closed_on(replace(row, status=DeadlineStatus.OPEN), bodies) is None


def test_a_suspension_and_its_end_count_from_their_days() -> None:
    stops = body(3, "02-02", ("formal_due", "formal_due"), closes("suspend", "02-02"))
    runs = body(
        4,
        "03-08",
        ("formal_due", "formal_due"),
        dated("resume", "03-08", "03-30", deadline=NUMBER, suspended_days=34),
    )
    bodies = [REPORTED, ENGAGED, stops, runs]

    assert standing(bodies, at("02-01")) == ("open", "02-24", "-")
    assert standing(bodies, at("02-02")) == ("suspended", "02-24", "2026-02-02")
    assert standing(bodies, at("03-07")) == ("suspended", "02-24", "2026-02-02")
    assert standing(bodies, at("03-08")) == ("open", "03-30", "-")


def test_a_deadline_closed_while_it_stood_still_keeps_the_day_on_which_it_stopped() -> None:
    stops = body(3, "02-02", ("formal_due", "formal_due"), closes("suspend", "02-02"))
    ends = body(4, "02-06", ("formal_due", "ended"), closes("cancel", "02-06"))

    last = standing([REPORTED, ENGAGED, stops, ends], at("02-06"))

    assert last == ("cancelled", "02-24", "2026-02-02")


def test_a_moved_date_counts_from_the_day_on_which_it_was_moved() -> None:
    moves = body(
        3, "02-10", ("formal_due", "formal_due"), dated("move", "02-10", "04-15", deadline=NUMBER)
    )

    assert standing([REPORTED, ENGAGED, moves], at("02-09")) == ("open", "02-24", "-")
    assert standing([REPORTED, ENGAGED, moves], at("02-10")) == ("open", "04-15", "-")


LAPSED = body(3, "02-25", ("formal_due", "letter_expired"), closes("lapse", "02-25"), kind="time")
LATE = body(
    4,
    "02-20",
    ("formal_due", "formal_in"),
    dated("reopen", "02-20", "02-24", deadline=NUMBER),
    closes("meet", "02-20"),
    recorded="03-09",
    supersedes=[3],
)
"""On 9 March somebody enters what happened on 20 February: what time did on the 25th is void."""


def test_what_is_superseded_later_counts_for_those_who_knew_no_better() -> None:
    bodies = [REPORTED, ENGAGED, LAPSED, LATE]

    assert standing(bodies, at("02-27", known="03-08")) == ("lapsed", "02-24", "-")
    assert standing(bodies, at("02-27", known="03-09")) == ("met", "02-24", "-")
    assert standing(bodies, at("02-19", known="03-09")) == ("open", "02-24", "-")
    assert standing(bodies, at("02-21", known="03-08")) == ("open", "02-24", "-")


def test_a_deadline_whose_opening_was_taken_back_was_there_before() -> None:
    instead = body(3, "01-12", ("identified", "ended"), recorded="02-02", supersedes=[2])
    bodies = [REPORTED, ENGAGED, instead]

    assert standing(bodies, at("01-20", known="02-01")) == ("open", "02-24", "-")
    assert standing(bodies, at("01-20", known="02-02")) is None


# -- the head ------------------------------------------------------------------------------


def head(bodies: list[Any], when: AsOf) -> CaseView | None:
    blank = blank_case(BOOK, Subject("person_at_organization", 1), None)
    last = replace(blank, id=CASE, state="formal_in", version=9, deadlines=(stored(),))
    return case_then(last, BOOK.workflow, bodies, when)


def stood(bodies: list[Any], when: AsOf) -> tuple[str, date | None] | None:
    found = head(bodies, when)
    return (found.state, found.state_since_on) if found else None


def test_a_case_that_was_not_yet_open_is_not_there() -> None:
    assert head([REPORTED], at("01-04")) is None
    assert head([REPORTED], at("01-05", known="01-04")) is None
    assert stood([REPORTED], at("01-05")) == ("identified", day("01-05"))


def test_the_state_is_that_of_the_day_by_what_was_known() -> None:
    bodies = [REPORTED, ENGAGED, LAPSED, LATE]

    assert stood(bodies, at("02-27", known="03-08")) == ("letter_expired", day("02-25"))
    assert stood(bodies, at("02-27", known="03-09")) == ("formal_in", day("02-20"))
    assert stood(bodies, at("02-19", known="03-09")) == ("formal_due", day("01-16"))


def test_fields_waivers_and_number_of_entries_are_those_of_then() -> None:
    waived = body(
        3, "02-03", ("formal_due", "formal_due"), kind="waived", details={"waived": ["g"]}
    )
    issued = body(4, "02-05", ("formal_due", "letter_issued"), sets={"document_kind": "formal"})
    bodies = [REPORTED, ENGAGED, waived, issued]
    before, after = head(bodies, at("02-04")), head(bodies, at("02-05"))

    assert before is not None
    assert after is not None
    assert (before.waived, dict(before.fields), before.version) == (frozenset({"g"}), {}, 3)
    assert (after.waived, dict(after.fields)) == (frozenset(), {"document_kind": "formal"})
    assert (before.closed_on, [one.status for one in before.deadlines]) == (None, ["open"])


def test_a_case_closed_later_was_open_and_one_closed_by_then_says_since_when() -> None:
    ended = body(3, "02-05", ("formal_due", "ended"), closes("cancel", "02-05"))
    before, after = (head([REPORTED, ENGAGED, ended], at(one)) for one in ("02-04", "02-05"))

    assert before is not None
    assert after is not None
    assert (before.state, before.closed_on) == ("formal_due", None)
    assert (after.state, after.closed_on) == ("ended", day("02-05"))


def test_an_entry_dated_before_the_one_it_follows_waits_for_its_day() -> None:
    opened = body(1, "01-10", (None, "identified"), kind="opened")
    early = body(2, "01-06", ("identified", "ended"))

    assert head([opened, early], at("01-09")) is None
    assert stood([opened, early], at("01-10")) == ("ended", day("01-10"))
