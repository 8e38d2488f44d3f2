"""Recomputing open deadlines: what would move by another value or calendar, and moving it.

A changed parameter touches no deadline by itself (rulebook 0.2): an open one stores the value under
which it was opened. Nor does a newly published calendar: an open one stores the calendars by which
it was rolled. Recomputing looks for the open ones whose date is another now, counted from the same
anchor, and moves each with an entry of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.backdating import kept_running
from lifecycle.cases import CaseView, DeadlineView, EntryKind
from lifecycle.conditions import OperandKind
from lifecycle.deadlines import DeadlineAct, DeadlineChange, again, rolled_anew
from lifecycle.history import deadline_after
from lifecycle.plan import Plan
from lifecycle.store.session import RetryWholeUnit
from lifecycle.store.tables import deadline, entry
from lifecycle.workdays import ROLLING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lifecycle.definition import DeadlineRule
    from lifecycle.work import Work
    from lifecycle.workdays import RestDays

RECOMPUTED = "deadlines_recomputed"
"""The event of the entry that moves deadlines after a change of the policy or the calendars."""

RUNNING = ("open", "suspended")


@dataclass(frozen=True, slots=True)
class Move:
    """An open deadline whose date is another now, or certain now."""

    case_id: int
    case: str
    """The number that officers use, such as `BR-7`."""
    row: DeadlineView
    """The deadline as it is stored."""
    change: DeadlineChange

    @property
    def rule(self) -> str:
        """The deadline's rule, such as `D17`."""
        return self.row.rule

    @property
    def before(self) -> date:
        """The date from which it moves."""
        return self.row.due_on

    @property
    def after(self) -> date:
        """The date to which it moves."""
        return self.change.due_on or self.row.due_on


def moves(work: Work, parameter: str) -> list[Move]:
    """Every open deadline that the parameter's values would move, by case."""
    d = deadline.c
    statement = sa.select(d.case_id, d.id).where(
        d.status.in_(RUNNING), d.rule.in_(_rules_with(work, parameter))
    )
    found: list[Move] = []
    for case_id, number in work.connection.execute(statement.order_by(d.case_id, d.id)).all():
        view = work.case(case_id)
        row = next(one for one in view.deadlines if one.id == number)
        change = _recomputed(work, view, row, parameter)
        if change is not None:
            found.append(Move(case_id, view.ref, row, change))
    return found


def moves_by_calendar(work: Work, year: int, rest_days: RestDays) -> list[Move]:
    """Every open deadline that other calendars of one year put elsewhere or make certain, by case.

    Only a deadline whose raw or rolled date lies in the year, or that rolls through it, can depend
    on its days.
    """
    d = deadline.c
    statement = sa.select(d.case_id, d.id).where(
        d.status.in_(RUNNING),
        d.kind.in_([kind.value for kind in ROLLING]),
        d.raw_on <= date(year, 12, 31),
        d.due_on >= date(year, 1, 1),
    )
    numbers = {row.id: row.case_id for row in work.connection.execute(statement)}
    found: list[Move] = []
    for view in work.cases(set(numbers.values())):
        book = work.registry.book_of(view.workflow_text_id)
        now = work.registry.policy.at(work.today, view.unit_id)
        for row in (one for one in view.deadlines if one.id in numbers):
            rule = book.workflow.deadlines[row.rule]
            change = rolled_anew(row, rule, now, rest_days, work.today)
            if (change.due_on, change.provisional) != (row.due_on, row.provisional):
                found.append(Move(view.id, view.ref, row, change))
    return found


def carry_out(work: Work, wanted: Iterable[Move]) -> int:
    """Moves the deadlines, an entry for every case; how many cases were written to.

    Raises:
        RetryWholeUnit: somebody else has written to one of the deadlines since it was looked at.
    """
    by_case: dict[int, list[Move]] = {}
    for one in wanted:
        by_case.setdefault(one.case_id, []).append(one)
    work.lock(set(by_case))
    for view in work.cases(set(by_case)):
        found = by_case[view.id]
        if any(one.row not in view.deadlines for one in found):
            raise RetryWholeUnit
        changes = [one.change for one in found]
        book = work.registry.book_of(view.workflow_text_id)
        on = max(work.today, view.last_on or work.today)
        plan = Plan(
            EntryKind.DEADLINE, RECOMPUTED, view.state, view.state, on, deadlines=tuple(changes)
        )
        work.write(book, view, plan)
    return len(by_case)


def moved_before(work: Work, view: CaseView, body: Mapping[str, Any]) -> tuple[DeadlineChange, ...]:
    """The moves of an earlier entry once more, for those of its deadlines that it still concerns.

    A deadline that has been opened anew since is counted by the policy as it now is already.
    """
    rules = work.registry.book_of(view.workflow_text_id).workflow.deadlines
    parameters = work.registry.policy.at(work.today, view.unit_id)
    running = {row.id: row for row in view.deadlines if row.is_running}
    changes: list[DeadlineChange] = []
    for told in body["deadlines"]:
        row = running.get(told["deadline"])
        if row is not None and row.anchor_on.isoformat() == told["anchor_on"]:
            moved = deadline_after(row, told)
            changes.append(kept_running(DeadlineAct.MOVE, moved, rules[row.rule], parameters, work))
    return tuple(changes)


def _rules_with(work: Work, parameter: str) -> list[str]:
    """The deadlines whose length or cap is the parameter, in any version of their workflow."""
    books = (*work.registry.rulebooks.values(), *work.registry.versions.values())
    return sorted(
        {
            name
            for book in books
            for name, rule in book.workflow.deadlines.items()
            if parameter in _parameters_of(rule)
        }
        | {
            use.deadline
            for book in books
            for row in book.workflow.transitions
            for use in row.opens
            if use.length and parameter in {one.name for one in use.length.given}
        }
    )


def _parameters_of(rule: DeadlineRule) -> set[str]:
    named = (*rule.length.given, *([rule.cap] if rule.cap else []))
    return {one.name for one in named if one.kind is OperandKind.PARAMETER}


def _recomputed(
    work: Work, view: CaseView, row: DeadlineView, parameter: str
) -> DeadlineChange | None:
    """The move of a deadline whose stored length came from the parameter; None when it stays."""
    length: dict[str, Any] = row.derivation.get("length", {})
    if length.get("parameter") != parameter:
        return None
    opened = work.connection.execute(
        sa.select(entry.c.effective_on).where(entry.c.id == row.opened_entry_id)
    ).scalar_one()
    parameters = work.registry.policy.at(opened, view.unit_id)
    value = parameters[parameter]
    given = length.get("capped_from")
    if isinstance(given, int) and isinstance(value, int):
        value = min(given, value)
    if value == length.get("value"):
        return None
    rule = work.registry.book_of(view.workflow_text_id).workflow.deadlines[row.rule]
    today = work.registry.policy.at(work.today, view.unit_id)
    changed = again(row, rule, value, (parameters, today), work.registry.rest_days, work.today)
    return None if changed.due_on == row.due_on else changed
