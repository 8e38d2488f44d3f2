"""Back-dated events: what rule and time had done since is superseded, never overwritten."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import BY_TIME_OR_RULE, CaseView, DeadlineStatus, DeadlineView
from lifecycle.deadlines import DeadlineAct, DeadlineChange, next_wake
from lifecycle.errors import EventDateError
from lifecycle.moments import day_start
from lifecycle.store.rows import typed_fields
from lifecycle.store.tables import entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lifecycle.plan import Rulebook
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
        reason = f"that is after today, {work.today}"
        raise EventDateError(view.ref, event, on, reason, "Record it when it has happened")
    if view.last_person_on and on < view.last_person_on:
        reason = f"an entry made by a person is dated {view.last_person_on}"
        raise EventDateError(
            view.ref, event, on, reason, "Use `lifecycle correct` to change what was recorded"
        )
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
    state = bodies[-1]["to"]
    since = _day(bodies[-1])
    for body in reversed(bodies):
        if body["to"] != state:
            break
        since = _day(body)
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


def _deadlines(
    work: Work,
    book: Rulebook,
    view: CaseView,
    kept: Sequence[Mapping[str, Any]],
    on: date,
) -> tuple[tuple[DeadlineView, ...], tuple[DeadlineChange, ...]]:
    """The rows as the kept entries leave them, and the changes that bring them there."""
    status: dict[int, DeadlineStatus] = {}
    opened = {
        (change["rule"], change["cycle"])
        for body in kept
        for change in body["deadlines"]
        if change["act"] == DeadlineAct.OPEN
    }
    for body in kept:
        for change in body["deadlines"]:
            if "deadline" in change:
                status[change["deadline"]] = _STATUS[change["act"]]
    rows: list[DeadlineView] = []
    changes: list[DeadlineChange] = []
    for row in view.deadlines:
        if (row.rule, row.cycle) not in opened:
            if row.is_running:
                changes.append(
                    DeadlineChange(
                        DeadlineAct.CANCEL, row.rule, on, deadline_id=row.id, reason="superseded"
                    )
                )
            continue
        wanted = status.get(row.id, DeadlineStatus.OPEN)
        if wanted is row.status:
            rows.append(row)
            continue
        change = _reopened(work, book, view, row, on)
        changes.append(change)
        rows.append(replace(row, status=DeadlineStatus.OPEN, wake_at=change.wake_at))
    return tuple(rows), tuple(changes)


def _reopened(
    work: Work, book: Rulebook, view: CaseView, row: DeadlineView, on: date
) -> DeadlineChange:
    offsets = work.registry.policy.at(on, view.unit_id)["P38"]
    rule = book.workflow.deadlines[row.rule]
    days = offsets if isinstance(offsets, tuple) else ()
    wake = next_wake(rule, row.due_on, days, after=work.today)
    return DeadlineChange(
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


_STATUS = {
    DeadlineAct.MEET: DeadlineStatus.MET,
    DeadlineAct.CANCEL: DeadlineStatus.CANCELLED,
    DeadlineAct.LAPSE: DeadlineStatus.LAPSED,
    DeadlineAct.SUSPEND: DeadlineStatus.SUSPENDED,
    DeadlineAct.RESUME: DeadlineStatus.OPEN,
    DeadlineAct.REOPEN: DeadlineStatus.OPEN,
}
