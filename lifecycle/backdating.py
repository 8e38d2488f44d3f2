"""Back-dated events: what rule and time had done since is superseded, never overwritten."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle import chain
from lifecycle.cases import BY_TIME_OR_RULE, CaseView, DeadlineStatus, DeadlineView
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
from lifecycle.moments import day_start
from lifecycle.store.rows import typed_fields
from lifecycle.store.tables import entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    bodies = live_bodies(work, view.id)
    dropped = [one for one in bodies if one["kind"] in BY_TIME_OR_RULE and _day(one) > on]
    if not dropped:
        return Rewound(view)
    kept = [one for one in bodies if one not in dropped]
    seqs = tuple(one["seq"] for one in dropped)
    rewound, changes = _deadlines(work, book, view, kept, on)
    return Rewound(
        replace(
            view,
            state=kept[-1]["to"],
            state_since_on=_since(kept),
            previous_state=_previous(kept),
            fields=_fields(book, kept),
            last_on=max(_day(one) for one in kept),
            deadlines=rewound,
            waived=_waived(kept),
        ),
        seqs,
        changes,
    )


def live_bodies(work: Work, case_id: int) -> list[dict[str, Any]]:
    """The bodies of a case's entries that no later entry supersedes, in order."""
    statement = sa.select(entry.c.body).where(entry.c.case_id == case_id).order_by(entry.c.seq)
    bodies = [json.loads(body) for body in work.connection.execute(statement).scalars()]
    gone = {seq for one in bodies for seq in one["supersedes"]}
    return [one for one in bodies if one["seq"] not in gone]


def _day(body: Mapping[str, Any]) -> date:
    return date.fromisoformat(body["effective_on"])


def _since(bodies: Sequence[Mapping[str, Any]]) -> date:
    """The day on which the last state began; an entry dated before the one it follows waits."""
    since, state = _day(bodies[0]), bodies[0]["to"]
    for body in bodies:
        if body["to"] != state:
            since, state = max(_day(body), since), body["to"]
    return since


def _previous(bodies: Sequence[Mapping[str, Any]]) -> str | None:
    state = bodies[-1]["to"]
    others = [body["to"] for body in bodies if body["to"] != state]
    return others[-1] if others else None


def _fields(book: Rulebook, bodies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: spec.default
        for name, spec in book.workflow.fields.items()
        if spec.default is not None
    }
    for body in bodies:
        fields |= body["sets"]
    return dict(typed_fields(fields, book.workflow))


def _waived(bodies: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The conditions set aside since the last change of state."""
    waived: frozenset[str] = frozenset()
    for body in bodies:
        moves = body["from"] != body["to"]
        waived = (frozenset() if moves else waived) | frozenset(body["details"].get("waived", ()))
    return waived


def _deadlines(
    work: Work,
    book: Rulebook,
    view: CaseView,
    kept: Sequence[Mapping[str, Any]],
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
        before = _as_kept(row, kept, view.id)
        if _standing(before) != _standing(row):
            restored = _restored(work, book, view, before, on)
            before = replace(before, wake_at=restored[-1].wake_at)
            changes += restored
        rows.append(before)
    return tuple(rows), tuple(changes)


def _standing(row: DeadlineView) -> tuple[Any, ...]:
    return (row.status, row.suspended_on, row.suspended_days, row.raw_on, row.due_on)


def _as_kept(row: DeadlineView, kept: Sequence[Mapping[str, Any]], case_id: int) -> DeadlineView:
    """The row as the kept entries alone make it."""
    for body in kept:
        opens = chain.entry_number(case_id, body["seq"]) == row.opened_entry_id
        for change in body["deadlines"]:
            own = change["act"] == DeadlineAct.OPEN and opens and change["rule"] == row.rule
            if own or change.get("deadline") == row.id:
                row = _changed(row, change)
    return row


def _changed(row: DeadlineView, change: Mapping[str, Any]) -> DeadlineView:
    """The row after one change, as an entry of the trail tells it."""
    act = DeadlineAct(change["act"])
    suspended = act is DeadlineAct.SUSPEND
    if act is not DeadlineAct.MOVE:
        row = replace(
            row,
            status=_STATUS[act],
            suspended_on=date.fromisoformat(change["on"]) if suspended else None,
        )
    if "due_on" not in change:
        return row
    return replace(
        row,
        raw_on=date.fromisoformat(change["raw_on"]),
        due_on=date.fromisoformat(change["due_on"]),
        provisional=change["provisional"],
        suspended_days=change["suspended_days"],
        derivation=change["derivation"],
    )


def _restored(
    work: Work, book: Rulebook, view: CaseView, row: DeadlineView, on: date
) -> list[DeadlineChange]:
    """The changes that put the stored row where it stood: open, and stopped if it was."""
    rule = book.workflow.deadlines[row.rule]
    parameters = work.registry.policy.at(on, view.unit_id)
    wake = next_wake(wakes(rule, row.raw_on, row.due_on, parameters), after=work.today)
    reopened = DeadlineChange(
        DeadlineAct.REOPEN,
        row.rule,
        on,
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
    if row.suspended_on is None:
        return [reopened]
    return [reopened, suspend(row, row.suspended_on, SUPERSEDED)]


_STATUS = {
    DeadlineAct.OPEN: DeadlineStatus.OPEN,
    DeadlineAct.MEET: DeadlineStatus.MET,
    DeadlineAct.CANCEL: DeadlineStatus.CANCELLED,
    DeadlineAct.LAPSE: DeadlineStatus.LAPSED,
    DeadlineAct.SUSPEND: DeadlineStatus.SUSPENDED,
    DeadlineAct.RESUME: DeadlineStatus.OPEN,
    DeadlineAct.REOPEN: DeadlineStatus.OPEN,
}
