"""Deadlines: when they are due and why, and the moment at which something is next to be done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from lifecycle.moments import day_start
from lifecycle.workdays import (
    OVERDUE_KINDS,
    Period,
    PeriodKind,
    RestDays,
    moment_reached,
    roll,
    year_end,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.cases import DeadlineView
    from lifecycle.conditions import Operand
    from lifecycle.definition import Anchor, DeadlineRule, Length
    from lifecycle.guards import Situation
    from lifecycle.policy import Parameters

REMINDERS = "P38"
"""The parameter that holds the days before (negative) and after the due date."""

ROLLOVER = "P39"
"""The parameter that switches rolling off rest days."""


SUPERSEDED = "superseded"
"""The reason of a deadline whose opening has been taken back: nothing looks at it any more."""


class DeadlineAct(StrEnum):
    """What an entry does to a deadline."""

    OPEN = "open"
    MEET = "meet"
    CANCEL = "cancel"
    LAPSE = "lapse"
    SUSPEND = "suspend"
    RESUME = "resume"
    MOVE = "move"
    """Its date is computed anew from the same anchor."""
    REOPEN = "reopen"
    """As it was before an entry that has been superseded."""


@dataclass(frozen=True, slots=True)
class DeadlineChange:
    """One thing that an entry does to a deadline; `deadline_id` is None for a new one."""

    act: DeadlineAct
    rule: str
    on: date
    deadline_id: int | None = None
    kind: str = ""
    cycle: int = 1
    anchor_on: date | None = None
    raw_on: date | None = None
    due_on: date | None = None
    provisional: bool = False
    suspended_days: int = 0
    wake_at: datetime | None = None
    reason: str = ""
    derivation: dict[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        """The change as the trail keeps it."""
        kept: dict[str, Any] = {
            "act": self.act.value,
            "rule": self.rule,
            "on": self.on.isoformat(),
            "deadline": self.deadline_id,
            "reason": self.reason or None,
        }
        if self.due_on is not None:
            kept |= {
                "kind": self.kind,
                "cycle": self.cycle,
                "anchor_on": _iso(self.anchor_on),
                "raw_on": _iso(self.raw_on),
                "due_on": _iso(self.due_on),
                "provisional": self.provisional,
                "suspended_days": self.suspended_days,
                "derivation": self.derivation,
            }
        return {name: value for name, value in kept.items() if value is not None}


class Moment(StrEnum):
    """What is to be done when a deadline wakes."""

    REMIND = "reminder"
    OVERDUE = "overdue"
    FIRE = "fire"


@dataclass(frozen=True, slots=True)
class Wake:
    """A moment of a deadline: what, and on which local day it begins."""

    moment: Moment
    on: date


def open_deadline(
    name: str,
    rule: DeadlineRule,
    situation: Situation,
    rest_days: RestDays,
    *,
    anchor: Anchor | None = None,
    taken_over_on: date | None = None,
) -> DeadlineChange | None:
    """The deadline that the rule opens now, or None when the same one runs already."""
    chosen = anchor or rule.anchor
    anchored, periods = _anchor(name, chosen, situation)
    derivation: dict[str, Any] = {"rule": name, "cite": list(rule.cite)}
    if taken_over_on and not rule.kept_at_takeover and anchored < taken_over_on:
        derivation["taken_over"] = {"true_anchor_on": anchored.isoformat()}
        anchored = taken_over_on
    same = any(one.anchor_on == anchored for one in situation.case.runs(name))
    if same and not chosen.next_cycle:
        return None
    raw_on, length = _raw(rule, anchored, situation, periods)
    past = [one.cycle for one in situation.case.deadlines if one.rule == name]
    derivation |= {
        "anchor_on": anchored.isoformat(),
        "length": length,
        "policy": situation.parameters.policy.digest,
    }
    return _rolled(
        DeadlineChange(
            DeadlineAct.OPEN,
            name,
            situation.effective_on,
            kind=rule.kind.value,
            cycle=max(past, default=0) + 1,
            anchor_on=anchored,
            raw_on=raw_on,
            derivation=derivation,
        ),
        rule,
        situation,
        rest_days,
    )


def close(view: DeadlineView, act: DeadlineAct, on: date, reason: str = "") -> DeadlineChange:
    """Meets, cancels or lapses a running deadline."""
    return DeadlineChange(act, view.rule, on, deadline_id=view.id, reason=reason)


def suspend(view: DeadlineView, on: date, reason: str) -> DeadlineChange:
    """Stops the clock of an open deadline."""
    return DeadlineChange(DeadlineAct.SUSPEND, view.rule, on, deadline_id=view.id, reason=reason)


def resume(
    view: DeadlineView, rule: DeadlineRule, situation: Situation, rest_days: RestDays
) -> DeadlineChange:
    """Starts the clock again; the suspended days are added to the raw date."""
    since = view.suspended_on or situation.effective_on
    added = (situation.effective_on - since).days
    days = view.suspended_days + added
    derivation = dict(view.derivation) | {"suspended_days": days}
    change = DeadlineChange(
        DeadlineAct.RESUME,
        view.rule,
        situation.effective_on,
        deadline_id=view.id,
        kind=view.kind,
        cycle=view.cycle,
        anchor_on=view.anchor_on,
        raw_on=view.raw_on + timedelta(days=added),
        suspended_days=days,
        derivation=derivation,
    )
    return _rolled(change, rule, situation, rest_days)


def again(
    view: DeadlineView,
    rule: DeadlineRule,
    value: Any,  # noqa: ANN401 - a length in the unit that the derivation names
    parameters: tuple[Parameters, Parameters],
    rest_days: RestDays,
    today: date,
) -> DeadlineChange:
    """The deadline counted anew from its anchor with another length; suspended days stay added.

    Args:
        view: the deadline as stored.
        rule: its rule.
        value: the length, or the month and day on which its year begins.
        parameters: as in force when it was opened, and today (for its reminders).
        rest_days: the calendars.
        today: the day of the change.
    """
    then, now = parameters
    length = dict(view.derivation["length"]) | {"value": _shown(value)}
    if length["unit"] == "year_end":
        raw_on = year_end(str(value), view.anchor_on)
    else:
        periods = int(length.get("periods", 1))
        months = {"months": 1, "years": 12}.get(length["unit"], 0) * int(value) * periods
        days = int(value) * periods if length["unit"] == "days" else 0
        period = Period(months=months + int(length.get("plus_months", 0)), days=days)
        raw_on = period.after(view.anchor_on) + timedelta(days=int(length.get("plus_days", 0)))
    derivation = dict(view.derivation) | {"length": length, "policy": then.policy.digest}
    change = _move(view, raw_on + timedelta(days=view.suspended_days), derivation, today)
    return _rolled_under(change, rule, bool(then[ROLLOVER]), now, rest_days, today)


def rolled_anew(
    view: DeadlineView, rule: DeadlineRule, now: Parameters, rest_days: RestDays, today: date
) -> DeadlineChange:
    """The deadline rolled from its raw date by other calendars; nothing else of it changes.

    Args:
        view: the deadline as stored.
        rule: its rule.
        now: the parameters as in force today, for its reminders.
        rest_days: the calendars.
        today: the day of the change.
    """
    change = _move(view, view.raw_on, dict(view.derivation), today)
    moved = _rolled_under(
        change, rule, bool(view.derivation.get("rolled", True)), now, rest_days, today
    )
    if moved.due_on == view.due_on:
        # What is to be done about it next is so still, also where the clock is late.
        moved = replace(moved, wake_at=view.wake_at)
    by_notice = {"notice": rest_days.notices.get(view.raw_on.year, "")}
    return replace(moved, derivation=by_notice | (moved.derivation or {}))


def _move(
    view: DeadlineView, raw_on: date, derivation: dict[str, Any], today: date
) -> DeadlineChange:
    return DeadlineChange(
        DeadlineAct.MOVE,
        view.rule,
        today,
        deadline_id=view.id,
        kind=view.kind,
        cycle=view.cycle,
        anchor_on=view.anchor_on,
        raw_on=raw_on,
        suspended_days=view.suspended_days,
        derivation=derivation,
    )


def _rolled(
    change: DeadlineChange, rule: DeadlineRule, situation: Situation, rest_days: RestDays
) -> DeadlineChange:
    now = situation.parameters
    return _rolled_under(change, rule, bool(now[ROLLOVER]), now, rest_days, situation.today)


def _rolled_under(
    change: DeadlineChange,
    rule: DeadlineRule,
    enabled: bool,  # noqa: FBT001 - what P39 says
    now: Parameters,
    rest_days: RestDays,
    today: date,
) -> DeadlineChange:
    if change.raw_on is None:
        msg = "a deadline without a raw date cannot be rolled"
        raise ValueError(msg)
    rolled = roll(change.raw_on, rule.kind, rest_days, enabled=enabled)
    before = {name: one for name, one in (change.derivation or {}).items() if name != "notice"}
    derivation = before | {
        "raw_on": change.raw_on.isoformat(),
        "due_on": rolled.due_on.isoformat(),
        "rolled": enabled,
        "passed": [[day.isoformat(), reason] for day, reason in rolled.passed],
        "calendar": rest_days.version,
    }
    if rolled.passed:
        derivation["notice"] = rest_days.notices.get(rolled.passed[-1][0].year, "")
    wake = next_wake(wakes(rule, change.raw_on, rolled.due_on, now), after=today)
    return replace(
        change,
        due_on=rolled.due_on,
        provisional=rolled.provisional,
        wake_at=day_start(wake.on) if wake else None,
        derivation=derivation,
    )


def wakes(rule: DeadlineRule, raw_on: date, due_on: date, parameters: Parameters) -> list[Wake]:
    """Every moment of a deadline with these dates, in the order of time."""
    found: list[Wake] = []
    offsets = parameters[REMINDERS] if rule.reminder else ()
    found += [
        Wake(Moment.REMIND if days <= 0 else Moment.OVERDUE, due_on + timedelta(days=days))
        for days in (offsets if isinstance(offsets, tuple) else ())
        if days <= 0 or rule.kind in OVERDUE_KINDS
    ]
    if rule.fires_before is not None:
        found.append(Wake(Moment.FIRE, early_moment(rule.fires_before, raw_on, parameters)))
    if rule.fires:
        found.append(Wake(Moment.FIRE, moment_reached(rule.kind, due_on)))
    return sorted(found, key=lambda one: one.on)


def early_moment(months: Operand, raw_on: date, parameters: Parameters) -> date:
    """The day on which an event is recorded so many months before a raw date is reached."""
    return Period(months=parameters.integer(months.name)).before(raw_on)


def next_wake(ahead: Sequence[Wake], *, after: date) -> Wake | None:
    """The next moment later than the day `after`; a moment of firing is never skipped."""
    for wake in ahead:
        if wake.on > after or wake.moment is Moment.FIRE:
            return wake
    return None


def is_overdue(view: DeadlineView, today: date) -> bool:
    """Whether the day has passed and nothing met it; never stored."""
    return view.status == "open" and view.kind == PeriodKind.DEADLINE and today > view.due_on


def _anchor(name: str, anchor: Anchor, situation: Situation) -> tuple[date, int]:
    """The day to count from, and how many periods of the rule's length."""
    if anchor.previous or anchor.next_cycle:
        last = situation.case.deadline(name)
        if last is None:
            return situation.effective_on, 1
        past = last.derivation.get("length", {}).get("periods", 1)
        return last.anchor_on, past + (1 if anchor.next_cycle else 0)
    given = [situation.operand(one) for one in anchor.latest_of]
    days = [one for one in given if isinstance(one, date)]
    return max(days, default=situation.effective_on), 1


def _raw(
    rule: DeadlineRule, anchor: date, situation: Situation, periods: int
) -> tuple[date, dict[str, Any]]:
    """The last day before rolling, and the length in words that a derivation keeps."""
    unit, operand = _length(rule.length)
    value = situation.operand(operand)
    shown = {"unit": unit, "value": _shown(value), "parameter": operand.name}
    if unit == "year_end":
        return year_end(str(value), anchor), shown
    if not isinstance(value, int):
        msg = f"{operand.name or operand} gives no length: {value!r}"
        raise TypeError(msg)
    if rule.cap:
        cap = situation.operand(rule.cap)
        if isinstance(cap, int) and cap < value:
            shown |= {"value": cap, "capped_from": value, "parameter": rule.cap.name}
            value = cap
    if periods > 1:
        shown |= {"periods": periods}
    plus = {
        name: more
        for name, operand in (
            ("plus_months", rule.length.plus_months),
            ("plus_days", rule.length.plus_days),
        )
        if operand and isinstance(more := situation.operand(operand), int) and more
    }
    months = {"months": 1, "years": 12}.get(unit, 0) * value * periods + plus.get("plus_months", 0)
    days = value * periods if unit == "days" else 0
    last_on = Period(months=months, days=days).after(anchor)
    return last_on + timedelta(days=plus.get("plus_days", 0)), shown | plus


def _length(length: Length) -> tuple[str, Any]:
    for unit in ("days", "months", "years", "year_end"):
        operand = getattr(length, unit)
        if operand is not None:
            return unit, operand
    msg = "a length without a unit"
    raise ValueError(msg)


def _shown(value: object) -> object:
    return value if isinstance(value, int | str) else str(value)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
