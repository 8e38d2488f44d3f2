"""What an entry changes besides the trail: the case's head, its states, register, deadlines.

All of it is derived from entries and could be rebuilt from them. Statements are sent without
waiting for answers (`hot.together`); what the database gave back is read once all are sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import CaseView, DeadlineStatus, DeadlineView
from lifecycle.chain import entry_number
from lifecycle.deadlines import SUPERSEDED, DeadlineAct, DeadlineChange
from lifecycle.failpoints import failpoint
from lifecycle.history import StateSpan
from lifecycle.register import RegisterAct
from lifecycle.store import hot, timeline
from lifecycle.store.rows import deadline_view, plain_fields
from lifecycle.store.tables import case, case_state, deadline, outbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Table

    from lifecycle.plan import Plan

STATUS_AFTER = {
    DeadlineAct.MEET: DeadlineStatus.MET,
    DeadlineAct.CANCEL: DeadlineStatus.CANCELLED,
    DeadlineAct.LAPSE: DeadlineStatus.LAPSED,
}


@dataclass(slots=True)
class Projection:
    """Carries one entry into the tables that are read instead of the trail."""

    connection: Connection
    tables: Mapping[str, Table]
    now: datetime
    entry_id: int
    place: int
    """Of the entry in its unit of work: what was ordered first counts first."""
    named: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """Table and values of every register row that was written to, ids of new things included."""
    _head: hot.Answer | None = None
    _deadlines: dict[int, DeadlineView] = field(default_factory=dict)
    _opened: list[tuple[hot.Answer, dict[str, Any]]] = field(default_factory=list)

    def apply(self, before: CaseView, after: CaseView, plan: Plan) -> None:
        """Sends everything that the entry changes."""
        self._move_case(before, after)
        failpoint("after_case")
        if not plan.supersedes and (plan.moves or before.version == 0):
            self._move_state(before, after)
        failpoint("after_state")
        self._apply_register(plan)
        self._apply_deadlines(before, plan)
        failpoint("after_deadlines")

    def moved(self) -> bool:
        """Whether the case was still as it had been read; False when somebody else was first."""
        return self._head is not None and self._head.count() == 1

    def deadlines(self) -> tuple[DeadlineView, ...]:
        """The case's deadlines as they now are."""
        opened = [
            deadline_view([answer.rows()[0][0], *values.values()])
            for answer, values in self._opened
        ]
        return (*self._deadlines.values(), *opened)

    def take_back(self, case_id: int, seqs: Sequence[int]) -> None:
        """Undoes what superseded entries wrote; the entries themselves stay in the trail."""
        gone = [entry_number(case_id, seq) for seq in seqs]
        self._timelines().revoke(gone)
        o = outbox.c
        opened = sa.select(deadline.c.id).where(
            deadline.c.case_id == case_id, deadline.c.opened_entry_id.in_(gone)
        )
        told = sa.or_(o.entry_id.in_(gone), o.deadline_id.in_(opened))
        self.connection.execute(
            sa.update(outbox)
            .where(o.case_id == case_id, told, o.status.in_(("owed", "retry_at", "no_address")))
            .values(status="withdrawn")
        )

    def lead_through(self, case_id: int, spans: Sequence[StateSpan]) -> None:
        """Writes the states that the living entries lead through, and ends the others."""
        s = case_state.c
        known = sa.select(s.id, s.state, s.from_on, s.until_on).where(
            s.case_id == case_id, s.known_until.is_(None)
        )
        wanted = list(spans)
        for row in self.connection.execute(known).all():
            span = StateSpan(row.state, row.from_on, row.until_on)
            if span in wanted:
                wanted.remove(span)
                continue
            ended = {"known_until": self.now, "ended_entry_id": self.entry_id}
            self.connection.execute(sa.update(case_state).where(s.id == row.id).values(ended))
        for span in wanted:
            hot.INSERT_STATE.send(self.connection, **self._state_row(case_id, span))

    def begin_on(self, case_id: int, day: date) -> None:
        """Puts the day on which the case began: an opening may have been taken back."""
        opened = sa.update(case).where(case.c.id == case_id, case.c.opened_on != day)
        self.connection.execute(opened.values(opened_on=day))

    def _move_case(self, before: CaseView, after: CaseView) -> None:
        self._head = hot.MOVE_CASE.send(
            self.connection,
            case_id=before.id,
            expected=before.version,
            new_version=after.version,
            new_state=after.state,
            new_state_since_on=after.state_since_on,
            new_previous_state=after.previous_state,
            new_fields=plain_fields(after.fields, after.waived),
            new_head_hash=after.head_hash,
            new_last_on=after.last_on,
            new_last_person_on=after.last_person_on,
            new_taken_over_only=after.taken_over_only,
            new_closed_on=after.closed_on,
            new_unit_id=after.unit_id,
        )

    def _move_state(self, before: CaseView, after: CaseView) -> None:
        since = after.state_since_on
        if since is None:
            msg = f"{after.ref}: a state that began on no day"
            raise LookupError(msg)
        hot.END_STATE.send(self.connection, of_case=after.id, at=self.now, by_entry=self.entry_id)
        spans = [StateSpan(after.state, since, None)]
        if before.version and before.state_since_on and before.state_since_on != since:
            spans.insert(0, StateSpan(before.state, before.state_since_on, since))
        for span in spans:
            hot.INSERT_STATE.send(self.connection, **self._state_row(after.id, span))

    def _state_row(self, case_id: int, span: StateSpan) -> dict[str, Any]:
        return {
            "case_id": case_id,
            "state": span.state,
            "from_on": span.from_on,
            "until_on": span.until_on,
            "known_from": self.now,
            "known_until": None,
            "entry_id": self.entry_id,
            "ended_entry_id": None,
        }

    def _timelines(self) -> timeline.Timelines:
        return timeline.Timelines(self.connection, self.tables, self.entry_id, self.now)

    def _apply_register(self, plan: Plan) -> None:
        timelines = self._timelines()
        for number, change in enumerate(plan.register):
            applied = timelines.apply(change, (self.place, number))
            row = {**change.key, **change.values}
            if change.act is RegisterAct.CREATE and applied.row_id is not None:
                row["id"] = applied.row_id
            self.named.append((change.table, row))

    def _apply_deadlines(self, before: CaseView, plan: Plan) -> None:
        self._deadlines = {one.id: one for one in before.deadlines}
        for change in plan.deadlines:
            if change.act is DeadlineAct.OPEN:
                self._open_deadline(before.id, change)
                continue
            if change.deadline_id is None:
                msg = f"{before.ref}: {change.act} of {change.rule} names no deadline"
                raise LookupError(msg)
            row = self._deadlines[change.deadline_id]
            self._deadlines[row.id] = self._change_deadline(row, change)
            if change.act is DeadlineAct.CANCEL and change.reason == SUPERSEDED:
                del self._deadlines[row.id]

    def _open_deadline(self, case_id: int, change: DeadlineChange) -> None:
        values = {
            "case_id": case_id,
            "rule": change.rule,
            "kind": change.kind,
            "cycle": change.cycle,
            "anchor_on": change.anchor_on,
            "raw_on": change.raw_on,
            "due_on": change.due_on,
            "provisional": change.provisional,
            "status": DeadlineStatus.OPEN.value,
            "reason": None,
            "closed_on": None,
            "suspended_on": None,
            "suspended_days": 0,
            "wake_at": change.wake_at,
            "derivation": change.derivation,
            "opened_entry_id": self.entry_id,
            "closed_entry_id": None,
        }
        self._opened.append((hot.INSERT_DEADLINE.send(self.connection, **values), values))

    def _change_deadline(self, before: DeadlineView, change: DeadlineChange) -> DeadlineView:
        if change.act in STATUS_AFTER:
            status = STATUS_AFTER[change.act]
            hot.CLOSE_DEADLINE.send(
                self.connection,
                row_id=before.id,
                new_status=status.value,
                new_reason=change.reason or None,
                on_day=change.on,
                by_entry=self.entry_id,
            )
            return replace(before, status=status, wake_at=None)
        if change.act is DeadlineAct.SUSPEND:
            after = replace(
                before, status=DeadlineStatus.SUSPENDED, suspended_on=change.on, wake_at=None
            )
        else:
            moved = change.act is DeadlineAct.MOVE and before.suspended_on is not None
            after = replace(
                before,
                status=DeadlineStatus.SUSPENDED if moved else DeadlineStatus.OPEN,
                suspended_on=before.suspended_on if moved else None,
                suspended_days=change.suspended_days,
                raw_on=change.raw_on or before.raw_on,
                due_on=change.due_on or before.due_on,
                provisional=change.provisional,
                derivation=change.derivation or before.derivation,
                wake_at=None if moved else change.wake_at,
            )
        hot.KEEP_DEADLINE.send(
            self.connection,
            row_id=before.id,
            new_status=after.status.value,
            new_suspended_on=after.suspended_on,
            new_suspended_days=after.suspended_days,
            new_raw_on=after.raw_on,
            new_due_on=after.due_on,
            new_provisional=after.provisional,
            new_derivation=dict(after.derivation),
            new_wake_at=after.wake_at,
        )
        return after
