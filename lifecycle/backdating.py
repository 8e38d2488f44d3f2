"""Going back: what a case was before entries that are about to be superseded.

For back-dated events, which supersede what rule and time had done since, and for corrections,
which lead a case through its days once more (`lifecycle.correcting`). Nothing is overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lifecycle import chain
from lifecycle.cases import BY_TIME_OR_RULE, CaseView, DeadlineView
from lifecycle.deadlines import (
    SUPERSEDED,
    DeadlineAct,
    DeadlineChange,
    close,
    next_wake,
    suspend,
    wakes,
)
from lifecycle.errors import DateProblem, EventDateError
from lifecycle.history import bodies_of, case_as_left, day_of, deadline_as_left, living
from lifecycle.moments import day_start

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from lifecycle.definition import DeadlineRule
    from lifecycle.history import Body
    from lifecycle.policy import Parameters
    from lifecycle.rulebook import Rulebook
    from lifecycle.work import Work


@dataclass(frozen=True, slots=True)
class Rewound:
    """A case as it was before entries that are about to be superseded."""

    view: CaseView
    supersedes: tuple[int, ...] = ()
    changes: tuple[DeadlineChange, ...] = ()


def rewind(work: Work, book: Rulebook, view: CaseView, event: str, on: date) -> Rewound:
    """The case as it stood on `on`, with what has to be taken back to get there.

    Raises:
        EventDateError: `on` is after today, or a person has recorded something later since.
    """
    if on > work.today:
        raise EventDateError(view.ref, event, on, DateProblem.AFTER_TODAY, work.today)
    if view.last_person_on and on < view.last_person_on:
        bound = view.last_person_on
        raise EventDateError(view.ref, event, on, DateProblem.BEFORE_PERSON, bound)
    if view.last_on is None or on >= view.last_on:
        return Rewound(view)
    bodies = living(bodies_of(work.connection, view.id))
    dropped = [one for one in bodies if one["kind"] in BY_TIME_OR_RULE and day_of(one) > on]
    if not dropped:
        return Rewound(view)
    return go_back(work, book, view, [one for one in bodies if one not in dropped], dropped, on)


def go_back(
    work: Work,
    book: Rulebook,
    view: CaseView,
    kept: Sequence[Body],
    dropped: Sequence[Body],
    on: date,
) -> Rewound:
    """The case as the kept entries leave it, and how its deadlines get there on the day `on`."""
    seqs = tuple(one["seq"] for one in dropped)
    rewound, changes = _deadlines(work, book, view, kept, on)
    before = case_as_left(view, book.workflow, kept)
    return Rewound(replace(before, deadlines=rewound), seqs, changes)


def _deadlines(
    work: Work,
    book: Rulebook,
    view: CaseView,
    kept: Sequence[Body],
    on: date,
) -> tuple[tuple[DeadlineView, ...], tuple[DeadlineChange, ...]]:
    """The rows as the kept entries leave them, and the changes that bring them there."""
    openers = {chain.entry_number(view.id, body["seq"]) for body in kept}
    rows: list[DeadlineView] = []
    changes: list[DeadlineChange] = []
    for row in view.deadlines:
        if row.opened_entry_id not in openers:
            changes.append(close(row, DeadlineAct.CANCEL, on, SUPERSEDED))
            continue
        before = deadline_as_left(row, kept, view.id)
        if _standing(before) != _standing(row):
            restored = _restored(work, book, view, before, on)
            before = replace(before, wake_at=restored[-1].wake_at)
            changes += restored
        rows.append(before)
    return tuple(rows), tuple(changes)


def _standing(row: DeadlineView) -> tuple[Any, ...]:
    stopped = (row.status, row.suspended_on, row.suspended_days)
    return (*stopped, row.raw_on, row.due_on, row.provisional, dict(row.derivation))


def _restored(
    work: Work, book: Rulebook, view: CaseView, row: DeadlineView, on: date
) -> list[DeadlineChange]:
    """The changes that put the stored row where it stood: open, and stopped if it was."""
    rule = book.workflow.deadlines[row.rule]
    parameters = work.registry.policy.at(on, view.unit_id)
    reopened = replace(kept_running(DeadlineAct.REOPEN, row, rule, parameters, work), on=on)
    if row.suspended_on is None:
        return [reopened]
    return [reopened, suspend(row, row.suspended_on, SUPERSEDED)]


def kept_running(
    act: DeadlineAct, row: DeadlineView, rule: DeadlineRule, parameters: Parameters, work: Work
) -> DeadlineChange:
    """The change by which a deadline runs on with the dates that the row now has."""
    wake = next_wake(wakes(rule, row.raw_on, row.due_on, parameters), after=work.today)
    return DeadlineChange(
        act,
        row.rule,
        work.today,
        deadline_id=row.id,
        kind=row.kind,
        cycle=row.cycle,
        anchor_on=row.anchor_on,
        raw_on=row.raw_on,
        due_on=row.due_on,
        provisional=row.provisional,
        suspended_days=row.suspended_days,
        wake_at=day_start(wake.on) if wake else None,
        derivation=dict(row.derivation),
    )
