"""Deadlines: from which day, how long, rolled where to, and when something is next to be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workflows
from lifecycle.cases import DeadlineStatus, DeadlineView
from lifecycle.conditions import Operand, OperandKind
from lifecycle.deadlines import (
    DeadlineAct,
    DeadlineChange,
    Moment,
    close,
    is_overdue,
    next_wake,
    open_deadline,
    resume,
    rolled_anew,
    suspend,
    wakes,
)
from lifecycle.definition import Anchor, DeadlineRule
from lifecycle.moments import day_start
from lifecycle.workdays import CalendarYear, PeriodKind
from tests.solving import DAY, Bench

if TYPE_CHECKING:
    from lifecycle.guards import Situation

REGISTRY = workflows.load_all()
BOOK = REGISTRY.book("member_relation")
ROW = next(row for row in BOOK.workflow.transitions if row.event == "document_issued")
BENCH = Bench(REGISTRY, BOOK, ROW, "formal_due")
POLICY = REGISTRY.policy.at(DAY)


def rule(**more: Any) -> DeadlineRule:  # noqa: ANN401 - what a definition writes
    given = {"label": {"zh": "期", "en": "term"}, "kind": "window", "length": {"days": 10}}
    return DeadlineRule.model_validate(given | {"cite": "practice"} | more)


def situation(*rows: DeadlineView, **recorded: Any) -> Situation:  # noqa: ANN401 - case fields
    bare = BENCH.situation({("field", "days"): 45})
    return replace(bare, case=replace(bare.case, fields=recorded, deadlines=rows))


def opened(one: DeadlineRule, at: Situation | None = None, **more: Any) -> DeadlineChange:  # noqa: ANN401
    change = open_deadline("D", one, at or situation(), REGISTRY.rest_days, **more)
    assert change is not None
    return change


def view(**more: Any) -> DeadlineView:  # noqa: ANN401 - the columns of a row
    given: dict[str, Any] = {
        "id": 1,
        "rule": "D",
        "kind": "deadline",
        "cycle": 1,
        "anchor_on": DAY,
        "raw_on": DAY,
        "due_on": DAY,
        "provisional": False,
        "status": DeadlineStatus.OPEN,
        "suspended_on": None,
        "suspended_days": 0,
        "wake_at": None,
        "derivation": {},
        "opened_entry_id": 1,
    }
    return DeadlineView(**given | more)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ({"days": 10}, DAY + timedelta(days=10)),
        ({"days": "P9"}, DAY + timedelta(days=30)),
        ({"months": "P10"}, date(2026, 9, 4)),
        ({"years": 1}, date(2027, 3, 4)),
        ({"year_end": "P21"}, date(2026, 12, 31)),
        ({"days": {"field": "days"}}, DAY + timedelta(days=45)),
    ],
)
def test_deadline_ends_after_its_length(length: dict[str, Any], expected: date) -> None:
    change = opened(rule(length=length))

    assert (change.anchor_on, change.raw_on, change.due_on) == (DAY, expected, expected)
    assert change.derivation is not None
    assert change.derivation["policy"] == REGISTRY.policy.digest


def test_length_is_capped_and_says_so() -> None:
    change = opened(rule(length={"days": {"field": "days"}}, cap="P9"))

    assert change.raw_on == DAY + timedelta(days=30)
    assert change.derivation is not None
    assert change.derivation["length"]["capped_from"] == 45


def test_length_that_nobody_gave_is_an_error() -> None:
    with pytest.raises(TypeError, match="gives no length"):
        opened(rule(length={"days": {"recorded": "days"}}))


def test_anchor_is_the_latest_day_that_is_known() -> None:
    anchor = {"latest_of": [{"recorded": "one"}, {"recorded": "two"}, {"recorded": "none"}]}
    early, late = DAY - timedelta(days=9), DAY - timedelta(days=3)

    assert opened(rule(anchor=anchor), situation(one=early, two=late)).anchor_on == late
    assert opened(rule(anchor=anchor)).anchor_on == DAY


def test_anchor_may_be_that_of_the_last_one() -> None:
    past = view(anchor_on=DAY - timedelta(days=90), status=DeadlineStatus.MET)
    again = opened(rule(), situation(past), anchor=Anchor(previous=True))
    first = opened(rule(), anchor=Anchor(previous=True))

    assert (again.anchor_on, again.cycle) == (past.anchor_on, 2)
    assert (first.anchor_on, first.cycle) == (DAY, 1)


def test_cycles_are_counted_from_the_first_anchor() -> None:
    """Three times six months from 31 August end on the last day of February, not a day early."""
    one = rule(length={"months": 6}, kind="minimum")
    first = view(anchor_on=date(2024, 8, 31), status=DeadlineStatus.MET, derivation={})
    second = opened(one, situation(first), anchor=Anchor(next_cycle=True))
    third = opened(
        one,
        situation(replace(first, derivation=second.derivation or {})),
        anchor=Anchor(next_cycle=True),
    )

    assert (second.raw_on, third.raw_on) == (date(2025, 8, 31), date(2026, 2, 28))


def test_the_same_deadline_does_not_run_twice() -> None:
    running = view(anchor_on=DAY)

    assert open_deadline("D", rule(), situation(running), REGISTRY.rest_days) is None
    assert opened(rule(), situation(view(anchor_on=DAY - timedelta(days=1)))).anchor_on == DAY


def test_taken_over_deadline_counts_from_the_take_over_unless_it_keeps_its_anchor() -> None:
    true_on = DAY - timedelta(days=100)
    anchored = {"anchor": {"recorded": "one"}}
    moved = opened(rule(**anchored), situation(one=true_on), taken_over_on=DAY)
    kept = opened(
        rule(**anchored, kept_at_takeover=True), situation(one=true_on), taken_over_on=DAY
    )

    assert (moved.anchor_on, kept.anchor_on) == (DAY, true_on)
    assert moved.derivation is not None
    assert moved.derivation["taken_over"] == {"true_anchor_on": true_on.isoformat()}


@pytest.mark.parametrize(
    ("kind", "due_on"),
    [
        ("deadline", date(2026, 3, 16)),
        ("review", date(2026, 3, 16)),
        ("window", date(2026, 3, 14)),
        ("minimum", date(2026, 3, 14)),
        ("as_of", date(2026, 3, 14)),
    ],
)
def test_only_what_people_must_do_rolls_off_a_weekend(kind: str, due_on: date) -> None:
    change = opened(rule(kind=kind))

    assert (change.raw_on, change.due_on) == (date(2026, 3, 14), due_on)


def test_suspended_days_are_added() -> None:
    since = DAY - timedelta(days=12)
    row = view(status=DeadlineStatus.SUSPENDED, suspended_on=since, suspended_days=3, kind="window")
    change = resume(row, rule(), situation(row), REGISTRY.rest_days)

    assert (change.act, change.suspended_days) == (DeadlineAct.RESUME, 15)
    assert change.raw_on == DAY + timedelta(days=12)
    assert suspend(view(), DAY, "why").body() == {
        "act": "suspend",
        "rule": "D",
        "on": "2026-03-04",
        "deadline": 1,
        "reason": "why",
    }
    assert close(view(), DeadlineAct.MEET, DAY).deadline_id == 1


def test_another_calendar_rolls_the_raw_date_again_and_keeps_the_rest() -> None:
    off = CalendarYear(2027, "n", {date(2027, 3, 1): "x", date(2027, 3, 2): "x"}, frozenset())
    known = REGISTRY.rest_days.with_years([off])
    waking, stored = day_start(date(2026, 8, 28)), {"rolled": True, "notice": "old"}
    raw_on, due_on = date(2027, 2, 28), date(2027, 3, 1)
    row = view(raw_on=raw_on, due_on=due_on, provisional=True, wake_at=waking, derivation=stored)
    one = rule(kind="deadline", reminder="N1")
    moved = rolled_anew(row, one, POLICY, known, DAY)
    same = rolled_anew(replace(row, due_on=date(2027, 3, 3)), one, POLICY, known, DAY)
    fixed = rolled_anew(replace(row, derivation={"rolled": False}), one, POLICY, known, DAY)

    assert (moved.act, moved.due_on, moved.provisional) == (
        DeadlineAct.MOVE,
        date(2027, 3, 3),
        False,
    )
    assert moved.derivation is not None
    assert (moved.derivation["calendar"], moved.derivation["notice"]) == (known.version, "n")
    assert moved.wake_at == day_start(date(2027, 2, 1))  # thirty days before
    assert same.wake_at == waking  # the date stays, and so does what comes next
    assert (fixed.due_on, fixed.provisional) == (raw_on, False)


def test_moments_come_in_order_and_a_review_is_never_overdue() -> None:
    reminded = rule(kind="deadline", reminder="N1")
    moments = [(one.moment, (one.on - DAY).days) for one in wakes(reminded, DAY, DAY, POLICY)]

    assert moments == [
        (Moment.REMIND, -30),
        (Moment.REMIND, -7),
        (Moment.REMIND, 0),
        (Moment.OVERDUE, 7),
    ]
    review = wakes(rule(kind="review", reminder="N1"), DAY, DAY, POLICY)
    assert [one.moment for one in review] == [Moment.REMIND] * 3
    assert wakes(rule(), DAY, DAY, POLICY) == []


@pytest.mark.parametrize(("kind", "after"), [("minimum", 0), ("window", 1), ("deadline", 1)])
def test_time_acts_when_the_day_is_reached_or_has_passed(kind: str, after: int) -> None:
    (wake,) = wakes(rule(kind=kind).model_copy(update={"fires": True}), DAY, DAY, POLICY)

    assert (wake.moment, wake.on) == (Moment.FIRE, DAY + timedelta(days=after))


def test_time_may_act_months_before_the_raw_date() -> None:
    early = Operand(kind=OperandKind.PARAMETER, name="P34")
    one = rule(kind="deadline").model_copy(update={"fires": True, "fires_before": early})
    raw_on, due_on = date(2027, 2, 28), date(2027, 3, 1)

    moments = [(wake.moment, wake.on) for wake in wakes(one, raw_on, due_on, POLICY)]

    assert moments == [(Moment.FIRE, date(2026, 8, 28)), (Moment.FIRE, date(2027, 3, 2))]


@given(
    st.integers(-60, 60),
    st.sampled_from(["deadline", "minimum", "window", "review"]),
    st.booleans(),
)
def test_next_moment_lies_ahead_and_firing_is_never_skipped(
    late: int,
    kind: str,
    fires: bool,  # noqa: FBT001 - what Hypothesis draws
) -> None:
    one = rule(kind=kind, reminder="N1").model_copy(update={"fires": fires})
    after = DAY + timedelta(days=late)
    wake = next_wake(wakes(one, DAY, DAY, POLICY), after=after)
    ahead = [each for each in wakes(one, DAY, DAY, POLICY) if each.on > after]

    assert wake is None or wake.on > after or wake.moment is Moment.FIRE
    assert wake is not None or not (ahead or fires)


def test_deadline_wakes_at_the_beginning_of_the_day() -> None:
    change = opened(rule(kind="deadline", length={"days": 60}, reminder="N1"))

    assert change.due_on is not None
    assert change.wake_at == day_start(change.due_on - timedelta(days=30))


@pytest.mark.parametrize(
    ("kind", "status", "days", "expected"),
    [
        (PeriodKind.DEADLINE, DeadlineStatus.OPEN, 1, True),
        (PeriodKind.DEADLINE, DeadlineStatus.OPEN, 0, False),
        (PeriodKind.DEADLINE, DeadlineStatus.SUSPENDED, 1, False),
        (PeriodKind.DEADLINE, DeadlineStatus.MET, 1, False),
        (PeriodKind.WINDOW, DeadlineStatus.OPEN, 1, False),
        (PeriodKind.REVIEW, DeadlineStatus.OPEN, 1, False),
    ],
)
def test_only_an_open_deadline_is_overdue(
    kind: PeriodKind,
    status: DeadlineStatus,
    days: int,
    expected: bool,  # noqa: FBT001
) -> None:
    row = view(kind=kind.value, status=status)

    assert is_overdue(row, DAY + timedelta(days=days)) is expected
