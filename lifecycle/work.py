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
from lifecycle.body import Heading, entry_body
from lifecycle.cases import (
    CaseView,
    DeadlineView,
    EntryKind,
    Subject,
)
from lifecycle.definition import Stage
from lifecycle.errors import CaseChangedError, CaseNotFoundError
from lifecycle.failpoints import failpoint
from lifecycle.plan import Decision, Plan
from lifecycle.projection import Projection
from lifecycle.registry import UNIT_IN_CHARGE
from lifecycle.sources import case_source, state_source
from lifecycle.store import hot, timeline
from lifecycle.store.rows import case_view, deadline_view
from lifecycle.store.session import RetryWholeUnit
from lifecycle.store.tables import case, case_state, deadline, entry, outbox

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date, datetime

    from sqlalchemy import Connection

    from lifecycle.body import Commitments
    from lifecycle.deadlines import DeadlineChange
    from lifecycle.facts import FactValue
    from lifecycle.owing import NoticeOwed
    from lifecycle.register import RegisterChange
    from lifecycle.registry import Registry
    from lifecycle.rulebook import Rulebook


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
    moved: dict[int, CaseView] = field(default_factory=dict)
    """The cases written to since the last pass of settling, as they now are."""
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
        with hot.together(self.connection):
            cases = hot.READ_CASES.send(self.connection, ids=case_ids)
            running = hot.READ_DEADLINES.send(self.connection, ids=case_ids)
        deadlines: dict[int, list[DeadlineView]] = {}
        for row in running.rows():
            deadlines.setdefault(row[1], []).append(deadline_view(row))
        return [
            case_view(row, self.registry.book_of(row[2]).workflow, deadlines.get(row[0], []))
            for row in cases.rows()
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
        if plan.register or plan.supersedes:
            self._related.clear()
        notices = self._still_to_owe(view, plan)
        vouched = plan.by_person or plan.kind is EntryKind.TAKEN_OVER
        request = self.request_id if not self.written else f"{self.request_id}/{len(self.written)}"
        actor = self.actor if vouched else SYSTEM
        heading = Heading(seq, self.now, actor, request, cause, self.origin)
        body, commitments = entry_body(view, plan, heading, self.registry.domain.tables)
        packed = chain.canonical(body)
        head = chain.link(view.head_hash, packed)
        entry_id = chain.entry_number(view.id, seq)
        moved = self._moved(book, view, plan, seq, head)
        tables = self.registry.domain.tables
        projection = Projection(self.connection, tables, self.now, entry_id)

        def project() -> None:
            projection.apply(view, moved, plan)
            for owed in notices:
                self.owe(moved, owed, f"{view.id}:e{seq}", entry_id=entry_id)
            failpoint("after_outbox")

        with hot.together(self.connection):
            self._insert_entry(view, plan, heading, packed, head, commitments)
            failpoint("after_entry")
            if not plan.supersedes:
                project()
        if plan.supersedes:
            projection.take_back(view.id, plan.supersedes)
            with hot.together(self.connection):
                project()
        if not projection.moved():
            raise self.changed_meanwhile(moved.ref, view.id, view.version)
        moved = replace(moved, deadlines=projection.deadlines())
        self._note_written(moved, plan, projection)
        return moved

    def _note_written(self, moved: CaseView, plan: Plan, projection: Projection) -> None:
        """Notes what this unit of work has done, and whom it concerns."""
        self.touched.add(moved.subject)
        for table, row in projection.named:
            self.touched |= self.registry.domain.subjects_of(table, row)
        self.moved[moved.id] = moved
        self.written.append(
            Written(
                projection.entry_id,
                moved.id,
                moved.ref,
                moved.version,
                plan.kind,
                plan.event,
                plan.from_state,
                plan.to_state,
                plan.effective_on,
                plan.deadlines,
                plan.notices,
            )
        )

    def _note_change(self, view: CaseView, plan: Plan, *, closed: bool) -> None:
        """Notes what facts can read of an entry, and drops what has been read of that."""
        written = {case.name, case_state.name, deadline.name, entry.name, outbox.name}
        written.add(state_source(view.workflow))
        if closed or view.version == 0 or view.closed_on:
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
        self.changed |= written

    def _insert_entry(
        self,
        view: CaseView,
        plan: Plan,
        heading: Heading,
        packed: bytes,
        head: bytes,
        commitments: Commitments,
    ) -> None:
        entry_id = chain.entry_number(view.id, heading.seq)
        hot.INSERT_ENTRY.send(
            self.connection,
            id=entry_id,
            case_id=view.id,
            seq=heading.seq,
            kind=plan.kind.value,
            event=plan.event,
            from_state=plan.from_state,
            to_state=plan.to_state,
            effective_on=plan.effective_on,
            recorded_at=self.now,
            actor=heading.actor.id,
            request_id=heading.request,
            corrects=plan.corrects,
            supersedes=list(plan.supersedes),
            body=packed,
            hash=head,
        )
        for name, commitment in commitments.items():
            hot.INSERT_PERSONAL.send(
                self.connection,
                entry_id=entry_id,
                name=name,
                salt=commitment.salt,
                value=commitment.value,
            )

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

    def _still_to_owe(self, view: CaseView, plan: Plan) -> list[NoticeOwed]:
        """The plan's notices without withdrawals of what nobody has read yet."""
        if self.silent:
            return []
        return [
            one
            for one in plan.notices
            if one.stage is not Stage.WITHDRAWN or not self.withdraw_unsent(view.id, one.notice)
        ]

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
        hot.INSERT_OUTBOX.send(
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
