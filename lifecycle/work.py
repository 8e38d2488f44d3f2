"""One unit of work: reads cases, writes entries and everything that belongs to them.

There is no second way to change a case: officers' acts, settling, time and take-over all write
through `Work.write`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle import chain
from lifecycle.access import SYSTEM, Actor
from lifecycle.cases import (
    CaseView,
    DeadlineStatus,
    DeadlineView,
    EntryKind,
    Subject,
)
from lifecycle.deadlines import SUPERSEDED, DeadlineAct, DeadlineChange
from lifecycle.definition import Stage
from lifecycle.errors import CaseChangedError, CaseNotFoundError
from lifecycle.facts import case_source
from lifecycle.failpoints import failpoint
from lifecycle.plan import Decision, NoticeOwed, Plan, Rulebook
from lifecycle.reach import closed_source
from lifecycle.register import RegisterAct, RegisterChange
from lifecycle.registry import UNIT_IN_CHARGE
from lifecycle.store import hot, timeline
from lifecycle.store.rows import case_view, deadline_view, plain_fields
from lifecycle.store.session import RetryWholeUnit
from lifecycle.store.tables import case, case_state, deadline, entry, outbox

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from lifecycle.facts import FactValue
    from lifecycle.registry import Registry

STATUS_AFTER = {
    DeadlineAct.MEET: DeadlineStatus.MET,
    DeadlineAct.CANCEL: DeadlineStatus.CANCELLED,
    DeadlineAct.LAPSE: DeadlineStatus.LAPSED,
}


@dataclass(frozen=True, slots=True)
class Written:
    """An entry that this unit of work has written."""

    entry_id: int
    case_id: int
    ref: str
    seq: int
    kind: EntryKind
    event: str
    from_state: str | None
    to_state: str
    effective_on: date
    deadlines: tuple[DeadlineChange, ...]
    notices: tuple[NoticeOwed, ...]


@dataclass(slots=True)
class Work:
    """What one transaction knows and has done so far."""

    connection: Connection
    registry: Registry
    now: datetime
    today: date
    request_id: str
    actor: Actor
    taken_over_on: date | None = None
    silent: bool = False
    """An import owes no event notices (rulebook R67)."""
    origin: Mapping[str, Any] | None = None
    """Where a taken-over value came from: file digest and row."""
    written: list[Written] = field(default_factory=list)
    touched: set[Subject] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    """The numbers of the cases written to since the last pass of settling."""
    changed: set[str] = field(default_factory=set)
    """What facts can read of what was written since then (`lifecycle.facts.sources_of`)."""
    locked: set[int] = field(default_factory=set)
    _facts: dict[tuple[Subject, date], dict[str, FactValue]] = field(default_factory=dict)
    """What has been read and not been written to since."""
    _related: dict[frozenset[Subject], set[Subject]] = field(default_factory=dict)
    """What has been found since the register was last written to."""
    _open_cases: dict[frozenset[Subject], list[int]] = field(default_factory=dict)
    """What has been found since a case was last opened or closed."""

    # -- reading ---------------------------------------------------------------------------

    def case(self, case_id: int) -> CaseView:
        """The case as it is now, with its deadlines.

        Raises:
            CaseNotFoundError: there is none of that number.
        """
        views = self.cases([case_id])
        if not views:
            raise CaseNotFoundError(str(case_id))
        return views[0]

    def subject_of(self, case_id: int) -> Subject:
        """What a case is about, which never changes.

        Raises:
            CaseNotFoundError: there is none of that number.
        """
        rows = hot.READ_SUBJECT.rows(self.connection, case_id=case_id)
        if not rows:
            raise CaseNotFoundError(str(case_id))
        return Subject(*rows[0])

    def cases(self, case_ids: Collection[int]) -> list[CaseView]:
        """The cases of those numbers as they are now, ascending, with their deadlines."""
        if not case_ids:
            return []
        deadlines: dict[int, list[DeadlineView]] = {}
        for row in hot.READ_DEADLINES.rows(self.connection, ids=case_ids):
            deadlines.setdefault(row[1], []).append(deadline_view(row))
        return [
            case_view(row, self.registry.book_of(row[2]).workflow, deadlines.get(row[0], []))
            for row in hot.READ_CASES.rows(self.connection, ids=case_ids)
        ]

    def cases_of(self, subjects: Iterable[Subject]) -> list[int]:
        """The numbers of the open cases about any of `subjects`, ascending."""
        key = frozenset(subjects)
        if key in self._open_cases:
            return self._open_cases[key]
        by_type: dict[str, list[int]] = {}
        for one in key:
            by_type.setdefault(one.type, []).append(one.id)
        if not by_type:
            return []
        given: dict[str, Any] = {}
        for number, (kind, ids) in enumerate(by_type.items()):
            given |= {f"kind_{number}": kind, f"ids_{number}": ids}
        statement = hot.open_cases_about(len(by_type))
        found = [row[0] for row in statement.rows(self.connection, **given)]
        self._open_cases[key] = found
        return found

    def related(self, subjects: Iterable[Subject]) -> set[Subject]:
        """The subjects whose facts may change when something about `subjects` changes."""
        key = frozenset(subjects)
        found = self._related.get(key)
        if found is None:
            found = self.registry.domain.related(self.connection, key)
            self._related[key] = found
        return found

    def lock(self, case_ids: Iterable[int]) -> None:
        """Locks those cases; on SQLite the writer has the lock.

        Waits only in the order of the numbers: two who wait for each other would be a deadlock.

        Raises:
            RetryWholeUnit: a case whose turn has passed is held by somebody else.
        """
        wanted = set(case_ids) - self.locked
        if wanted and self.connection.dialect.name == "postgresql":
            in_order = not self.locked or min(wanted) > max(self.locked)
            statement = hot.LOCK_CASES if in_order else hot.LOCK_FREE_CASES
            if len(statement.rows(self.connection, ids=wanted)) < len(wanted):
                raise RetryWholeUnit
        self.locked |= wanted
        failpoint("after_lock")

    def lock_around(self, case_id: int) -> None:
        """Locks a case and all that it can affect, as they are when nobody else holds them.

        Raises:
            CaseNotFoundError: there is none of that number.
        """
        if self.connection.dialect.name == "postgresql":
            subject = self.subject_of(case_id)
            given = self.registry.domain.related_parameters([subject])
            statement = hot.lock_around(self.registry.domain.related_rows())
            rows = statement.rows(self.connection, case_id=case_id, **given)
            self.locked |= {row[0] for row in rows}
        failpoint("after_lock")

    def decision(
        self, subject: Subject, names: Iterable[str], on: date, unit_id: int | None
    ) -> Decision:
        """What deciding needs besides the case: facts as of `on`, as known now."""
        return self.decide(subject.type, self.read(subject, names, on), names, on, unit_id)

    def read(self, subject: Subject, names: Iterable[str], on: date) -> dict[str, FactValue]:
        """The read facts behind `names`."""
        wanted = [fact.name for fact in self.registry.facts.closure(subject.type, names)[0]]
        known = self._facts.setdefault((subject, on), {})
        if not known.keys() >= set(wanted):
            about = (subject.type, subject.id)
            known |= self.registry.reader.read_one(self.connection, about, names, on)
        return {name: known[name] for name in wanted}

    def read_ahead(self, kind: str, ids: Collection[int], names: Iterable[str], on: date) -> None:
        """Reads at once what several subjects will be asked; one by one each is a round trip."""
        table = self.registry.domain.tables[kind]
        found = self.registry.reader.read_several(self.connection, (table, ids), names, on)
        for subject_id, facts in found.items():
            self._facts.setdefault((Subject(kind, subject_id), on), {}).update(facts)

    def decide(
        self,
        kind: str,
        facts: dict[str, FactValue],
        names: Iterable[str],
        on: date,
        unit_id: int | None,
    ) -> Decision:
        """A decision from read facts that are at hand."""
        parameters = self.registry.policy.at(on, unit_id)
        self.registry.facts.derive(kind, names, facts, parameters)
        return Decision(
            facts, parameters, self.registry.rest_days, on, self.today, self.taken_over_on
        )

    # -- writing ---------------------------------------------------------------------------

    def open(
        self, book: Rulebook, subject: Subject, plan: Plan, cause: int | None = None
    ) -> CaseView:
        """Opens a case as planned and gives it back."""
        if plan.creates is not None:
            subject = self._create_subject(book, plan.creates)
            plan = replace(plan, register=tuple(one.about(subject.id) for one in plan.register))
        unit_id = self.unit_in_charge(subject, plan.effective_on)
        blank = blank_case(book, subject, unit_id)
        defaults = {
            name: spec.default
            for name, spec in book.workflow.fields.items()
            if spec.default is not None
        }
        blank = replace(blank, fields=defaults, state=plan.to_state)
        case_id = hot.INSERT_CASE.rows(
            self.connection,
            workflow=book.workflow.workflow,
            workflow_text_id=book.text_id,
            subject_type=subject.type,
            subject_id=subject.id,
            unit_id=unit_id,
            state=plan.to_state,
            state_since_on=plan.effective_on,
            previous_state=None,
            fields={},
            version=0,
            head_hash=chain.GENESIS,
            last_on=plan.effective_on,
            last_person_on=None,
            taken_over_only=plan.kind is EntryKind.TAKEN_OVER,
            opened_on=plan.effective_on,
            closed_on=None,
        )[0][0]
        self.locked.add(case_id)
        return self.write(book, replace(blank, id=case_id), plan, cause)

    def _create_subject(self, book: Rulebook, creation: RegisterChange) -> Subject:
        table = self.registry.domain.tables[creation.table]
        applied = timeline.apply(self.connection, table, creation, 0, self.now)
        if applied.row_id is None:
            msg = f"{creation.table} gave no number"
            raise LookupError(msg)
        return Subject(book.workflow.subject, applied.row_id)

    def unit_in_charge(self, subject: Subject, on: date) -> int | None:
        """The unit that has the subject in charge on the day, where the domain knows one."""
        if (subject.type, UNIT_IN_CHARGE) not in self.registry.facts.facts:
            return None
        value = self.read(subject, [UNIT_IN_CHARGE], on)[UNIT_IN_CHARGE]
        return value if isinstance(value, int) else None

    def write(
        self, book: Rulebook, view: CaseView, plan: Plan, cause: int | None = None
    ) -> CaseView:
        """Writes one entry and all that belongs to it, and gives the case back as it now is.

        Raises:
            CaseChangedError: somebody else wrote to the case since it was read.
        """
        seq = view.version + 1
        final = book.workflow.states[plan.to_state].final
        self._note_change(view, plan, closed=final)
        if view.version == 0 or final or view.closed_on:
            self._open_cases.clear()
        request = self.request_id if not self.written else f"{self.request_id}/{len(self.written)}"
        body, commitments = self._body(view, plan, seq, request, cause)
        packed = chain.canonical(body)
        head = chain.link(view.head_hash, packed)
        entry_id = self._insert_entry(view, plan, seq, request, packed, head)
        failpoint("after_entry")
        for name, commitment in commitments.items():
            hot.INSERT_PERSONAL.run(
                self.connection,
                entry_id=entry_id,
                name=name,
                salt=commitment.salt,
                value=commitment.value,
            )
        if plan.supersedes:
            self._take_back(view.id, plan.supersedes, entry_id)
        moved = self._moved(book, view, plan, seq, head)
        self._move_case(view, moved)
        failpoint("after_case")
        if plan.moves or view.version == 0 or plan.kind is EntryKind.TAKEN_OVER:
            self._move_state(moved, entry_id)
        failpoint("after_state")
        self._apply_register(moved, plan, entry_id)
        moved = replace(moved, deadlines=self._apply_deadlines(moved, plan, entry_id))
        failpoint("after_deadlines")
        self._owe_notices(moved, plan, entry_id)
        failpoint("after_outbox")
        self.touched.add(view.subject)
        self.written.append(
            Written(
                entry_id,
                view.id,
                moved.ref,
                seq,
                plan.kind,
                plan.event,
                plan.from_state,
                plan.to_state,
                plan.effective_on,
                plan.deadlines,
                plan.notices,
            )
        )
        return moved

    def _note_change(self, view: CaseView, plan: Plan, *, closed: bool) -> None:
        """Notes what facts can read of an entry, and drops what has been read of that."""
        written = {case.name, case_state.name, deadline.name, entry.name, outbox.name}
        written.add(case_source(view.workflow))
        written |= {change.table for change in plan.register}
        if plan.creates is not None:
            written.add(plan.creates.table)
        if plan.supersedes:
            written |= set(self.registry.domain.tables)
        sources = self.registry.reader.sources
        for (subject, _), known in self._facts.items():
            for name in [n for n in known if not written.isdisjoint(sources(subject.type, [n]))]:
                del known[name]
        self.moved.add(view.id)
        self.changed |= written
        if closed:
            self.changed.add(closed_source(view.workflow))

    def _body(
        self, view: CaseView, plan: Plan, seq: int, request: str, cause: int | None
    ) -> tuple[dict[str, Any], dict[str, chain.Commitment]]:
        """The entry's body, and the personal values that it only commits to."""
        commitments = {
            f"field.{name}": chain.commit(str(value))
            for name, value in plan.fields.items()
            if name in plan.personal and value is not None
        }
        public = {name: value for name, value in plan.fields.items() if name not in plan.personal}
        register = []
        for number, change in enumerate(plan.register):
            record, hidden = self._register_body(change, number)
            register.append(record)
            commitments |= hidden
        body = {
            "case": view.id,
            "seq": seq,
            "workflow": view.workflow,
            "workflow_text": view.workflow_text_id,
            "subject": {"type": view.subject.type, "id": view.subject.id},
            "unit": view.unit_id,
            "kind": plan.kind.value,
            "event": plan.event,
            "from": plan.from_state,
            "to": plan.to_state,
            "effective_on": plan.effective_on,
            "recorded_at": self.now,
            "actor": _actor_body(self._actor_of(plan)),
            "request": request,
            "cause": cause,
            "corrects": plan.corrects,
            "supersedes": list(plan.supersedes),
            "fields": public,
            "sets": dict(plan.sets),
            "creates": [plan.creates.table, dict(plan.creates.values)] if plan.creates else None,
            "register": register,
            "deadlines": [change.body() for change in plan.deadlines],
            "notices": [[one.notice, one.stage.value, one.recipient] for one in plan.notices],
            "personal": {name: one.digest() for name, one in commitments.items()},
            "cite": list(plan.cite),
            "origin": dict(self.origin) if self.origin else None,
            "details": dict(plan.details),
        }
        return body, commitments

    def _register_body(
        self, change: RegisterChange, number: int
    ) -> tuple[dict[str, Any], dict[str, chain.Commitment]]:
        hidden = self.registry.domain.tables[change.table].info.get("personal", frozenset())
        commitments = {
            f"register.{number}.{name}": chain.commit(str(value))
            for name, value in change.values.items()
            if name in hidden and value is not None
        }
        record = {
            "act": change.act.value,
            "table": change.table,
            "key": dict(change.key),
            "values": {n: value for n, value in change.values.items() if n not in hidden},
            "from_on": change.from_on,
            "until_on": change.until_on,
        }
        return record, commitments

    def _actor_of(self, plan: Plan) -> Actor:
        vouched = plan.by_person or plan.kind is EntryKind.TAKEN_OVER
        return self.actor if vouched else SYSTEM

    def _insert_entry(
        self, view: CaseView, plan: Plan, seq: int, request: str, packed: bytes, head: bytes
    ) -> int:
        entry_id = chain.entry_number(view.id, seq)
        hot.INSERT_ENTRY.run(
            self.connection,
            id=entry_id,
            case_id=view.id,
            seq=seq,
            kind=plan.kind.value,
            event=plan.event,
            from_state=plan.from_state,
            to_state=plan.to_state,
            effective_on=plan.effective_on,
            recorded_at=self.now,
            actor=self._actor_of(plan).id,
            request_id=request,
            corrects=plan.corrects,
            supersedes=list(plan.supersedes),
            body=packed,
            hash=head,
        )
        return entry_id

    def _moved(self, book: Rulebook, view: CaseView, plan: Plan, seq: int, head: bytes) -> CaseView:
        final = book.workflow.states[plan.to_state].final
        moves = plan.moves or view.version == 0
        since = max(plan.effective_on, view.state_since_on or plan.effective_on)
        waived = frozenset() if plan.moves else view.waived
        return replace(
            view,
            state=plan.to_state,
            state_since_on=since if moves else view.state_since_on,
            previous_state=plan.from_state if plan.moves else view.previous_state,
            fields={**view.fields, **plan.sets},
            waived=waived | frozenset(plan.details.get("waived", ())),
            version=seq,
            head_hash=head,
            last_on=max(plan.effective_on, view.last_on or plan.effective_on),
            last_person_on=max(plan.effective_on, view.last_person_on or plan.effective_on)
            if plan.by_person or plan.kind is EntryKind.TAKEN_OVER
            else view.last_person_on,
            taken_over_only=plan.kind is EntryKind.TAKEN_OVER,
            closed_on=plan.effective_on if final else None,
        )

    def _move_case(self, view: CaseView, moved: CaseView) -> None:
        changed = hot.MOVE_CASE.run(
            self.connection,
            case_id=view.id,
            expected=view.version,
            new_version=moved.version,
            new_state=moved.state,
            new_state_since_on=moved.state_since_on,
            new_previous_state=moved.previous_state,
            new_fields=plain_fields(moved.fields, moved.waived),
            new_head_hash=moved.head_hash,
            new_last_on=moved.last_on,
            new_last_person_on=moved.last_person_on,
            new_taken_over_only=moved.taken_over_only,
            new_closed_on=moved.closed_on,
            new_unit_id=moved.unit_id,
        )
        if changed != 1:
            raise self.changed_meanwhile(moved.ref, view.id, view.version)

    def changed_meanwhile(self, ref: str, case_id: int, expected: int) -> CaseChangedError:
        """The error that says who changed the case and when."""
        e = entry.c
        last = self.connection.execute(
            sa.select(e.actor, e.recorded_at, e.event, e.seq)
            .where(e.case_id == case_id)
            .order_by(e.seq.desc())
            .limit(1)
        ).one()
        return CaseChangedError(ref, expected, last.seq, last.actor, last.recorded_at, last.event)

    def _take_back(self, case_id: int, seqs: Sequence[int], by: int) -> None:
        """Undoes the rows of superseded entries; the entries themselves stay in the trail."""
        e, o = entry.c, outbox.c
        superseded = sa.select(e.id).where(e.case_id == case_id, e.seq.in_(seqs))
        entry_ids = list(self.connection.execute(superseded).scalars())
        self._related.clear()
        for table in (case_state, *self.registry.domain.tables.values()):
            if "ended_entry_id" in table.c:
                timeline.revoke(self.connection, table, entry_ids, by, self.now)
        opened = sa.select(deadline.c.id).where(deadline.c.opened_entry_id.in_(entry_ids))
        told = sa.or_(o.entry_id.in_(entry_ids), o.deadline_id.in_(opened))
        self.connection.execute(
            sa.update(outbox)
            .where(told, o.status.in_(("owed", "retry_at", "no_address")))
            .values(status="withdrawn")
        )

    def _move_state(self, moved: CaseView, entry_id: int) -> None:
        since = moved.state_since_on
        row: dict[str, Any] = {
            "case_id": moved.id,
            "known_from": self.now,
            "known_until": None,
            "entry_id": entry_id,
            "ended_entry_id": None,
        }
        ended = hot.END_STATE.rows(
            self.connection, of_case=moved.id, at=self.now, by_entry=entry_id
        )
        for state, from_on in ended:
            if from_on != since:
                bounded = row | {"state": state, "from_on": from_on, "until_on": since}
                hot.INSERT_STATE.run(self.connection, **bounded)
        current = row | {"state": moved.state, "from_on": since, "until_on": None}
        hot.INSERT_STATE.run(self.connection, **current)

    def _apply_register(self, view: CaseView, plan: Plan, entry_id: int) -> None:
        tables = self.registry.domain.tables
        for change in plan.register:
            table = tables[change.table]
            applied = timeline.apply(self.connection, table, change, entry_id, self.now)
            row = {**change.key, **change.values}
            if change.act is RegisterAct.CREATE and applied.row_id is not None:
                row["id"] = applied.row_id
            self.touched |= self.registry.domain.subjects_of(change.table, row)
        if plan.register:
            self.touched.add(view.subject)
            self._related.clear()

    def _apply_deadlines(
        self, view: CaseView, plan: Plan, entry_id: int
    ) -> tuple[DeadlineView, ...]:
        rows = {one.id: one for one in view.deadlines}
        for change in plan.deadlines:
            if change.act is DeadlineAct.OPEN:
                opened = self._open_deadline(view.id, change, entry_id)
                rows[opened.id] = opened
                continue
            if change.deadline_id is None:
                msg = f"{view.ref}: {change.act} of {change.rule} names no deadline"
                raise LookupError(msg)
            before = rows[change.deadline_id]
            rows[before.id] = self._change_deadline(before, change, entry_id)
            if change.act is DeadlineAct.CANCEL and change.reason == SUPERSEDED:
                del rows[before.id]
        return tuple(rows.values())

    def _open_deadline(self, case_id: int, change: DeadlineChange, entry_id: int) -> DeadlineView:
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
            "opened_entry_id": entry_id,
            "closed_entry_id": None,
        }
        row_id = hot.INSERT_DEADLINE.rows(self.connection, **values)[0][0]
        return deadline_view([row_id, *values.values()])

    def _change_deadline(
        self, before: DeadlineView, change: DeadlineChange, entry_id: int
    ) -> DeadlineView:
        if change.act in STATUS_AFTER:
            status = STATUS_AFTER[change.act]
            hot.CLOSE_DEADLINE.run(
                self.connection,
                row_id=before.id,
                new_status=status.value,
                new_reason=change.reason or None,
                on_day=change.on,
                by_entry=entry_id,
            )
            return replace(before, status=status, wake_at=None)
        if change.act is DeadlineAct.SUSPEND:
            after = replace(
                before, status=DeadlineStatus.SUSPENDED, suspended_on=change.on, wake_at=None
            )
        else:
            after = replace(
                before,
                status=DeadlineStatus.OPEN,
                suspended_on=None,
                suspended_days=change.suspended_days,
                raw_on=change.raw_on or before.raw_on,
                due_on=change.due_on or before.due_on,
                provisional=change.provisional,
                derivation=change.derivation or before.derivation,
                wake_at=change.wake_at,
            )
        self.connection.execute(
            sa.update(deadline)
            .where(deadline.c.id == before.id)
            .values(
                status=after.status.value,
                suspended_on=after.suspended_on,
                suspended_days=after.suspended_days,
                raw_on=after.raw_on,
                due_on=after.due_on,
                provisional=after.provisional,
                derivation=dict(after.derivation),
                wake_at=after.wake_at,
                reason=None,
                closed_on=None,
                closed_entry_id=None,
            )
        )
        return after

    def _owe_notices(self, view: CaseView, plan: Plan, entry_id: int) -> None:
        if self.silent:
            return
        for owed in plan.notices:
            if owed.stage is Stage.WITHDRAWN and self.withdraw_unsent(view.id, owed.notice):
                continue  # nobody has read it: there is nothing to take back
            self.owe(view, owed, f"{view.id}:e{view.version}", entry_id=entry_id)

    def owe(
        self,
        view: CaseView,
        owed: NoticeOwed,
        cause: str,
        *,
        entry_id: int | None = None,
        deadline_id: int | None = None,
    ) -> None:
        """Puts a notice into the outbox, once per cause, stage and recipient."""
        values = {"case": view.ref, "subject": [view.subject.type, view.subject.id]}
        hot.INSERT_OUTBOX.run(
            self.connection,
            key=f"{cause}:{owed.notice}:{owed.stage.value}:{owed.recipient}",
            case_id=view.id,
            entry_id=entry_id,
            deadline_id=deadline_id,
            notice=owed.notice,
            stage=owed.stage.value,
            recipient=owed.recipient,
            urgent=owed.urgent,
            values=values | dict(owed.values),
            status="owed",
            owed_on=self.today,
            created_at=self.now,
            retry_at=None,
            attempts=0,
            message_id=None,
            rendered=None,
            sent_at=None,
            problem=None,
        )

    def withdraw_unsent(self, case_id: int, notice: str) -> bool:
        """Withdraws the unsent notices of that kind; True when none of them had gone out."""
        o = outbox.c
        about = sa.and_(o.case_id == case_id, o.notice == notice)
        self.connection.execute(
            sa.update(outbox)
            .where(about, o.status.in_(("owed", "retry_at", "no_address")))
            .values(status="withdrawn")
        )
        gone_out = sa.select(o.id).where(about, o.status.not_in(("withdrawn",))).limit(1)
        return self.connection.execute(gone_out).first() is None


def blank_case(book: Rulebook, subject: Subject, unit_id: int | None) -> CaseView:
    """The picture of a case that is about to be opened."""
    return CaseView(
        id=0,
        code=book.workflow.code,
        workflow=book.workflow.workflow,
        workflow_text_id=book.text_id,
        subject=subject,
        unit_id=unit_id,
        state=book.workflow.initial,
        state_since_on=None,
        previous_state=None,
        fields={},
        version=0,
        head_hash=chain.GENESIS,
        last_on=None,
        last_person_on=None,
        taken_over_only=False,
        closed_on=None,
    )


def _actor_body(actor: Actor) -> dict[str, Any]:
    return {
        "id": actor.id,
        "roles": sorted(actor.roles),
        "unit": actor.unit_id,
        "for": actor.on_behalf_of,
        "source": actor.source.value,
    }
