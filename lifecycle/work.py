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
    EntryKind,
    Subject,
)
from lifecycle.definition import Stage
from lifecycle.failpoints import failpoint
from lifecycle.history import bodies_of, day_of, living, state_spans
from lifecycle.projection import Projection
from lifecycle.reading import Reading
from lifecycle.sources import case_source, state_source
from lifecycle.store import hot, timeline
from lifecycle.store.tables import case, case_state, deadline, entry, outbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from lifecycle.body import Commitments
    from lifecycle.deadlines import DeadlineChange
    from lifecycle.owing import NoticeOwed
    from lifecycle.plan import Plan
    from lifecycle.register import RegisterChange
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
class Work(Reading):
    """One unit of work: what its transaction knows and has done so far."""

    request_id: str
    actor: Actor
    silent: bool = False
    """An import owes no event notices (rulebook R67)."""
    origin: Mapping[str, Any] | None = None
    """Where a taken-over value came from: file digest and row."""
    written: list[Written] = field(default_factory=list)
    touched: set[Subject] = field(default_factory=set)
    moved: dict[int, CaseView] = field(default_factory=dict)
    """The cases written to since the last pass of settling, as they now are."""
    changed: set[str] = field(default_factory=set)
    """What facts can read of what was written since then (`lifecycle.sources`)."""
    ended: dict[int, date] = field(default_factory=dict)
    """Cases that are led through their days once more, and the day on which they had ended: until
    that is done they do not count as open, for another of the same subject may be."""
    told: set[tuple[int, str, str, str, str]] = field(default_factory=set)
    """What recipients have been told that is being taken back: what comes out alike stays told."""
    retold: set[tuple[int, str, str, str]] = field(default_factory=set)
    """What came out alike: case, notice, stage and recipient."""

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
        applied = timeline.Timelines(
            self.connection, self.registry.domain.tables, 0, self.now
        ).apply(creation, (0, 0))
        if applied.row_id is None:
            msg = f"{creation.table} gave no number"
            raise LookupError(msg)
        return Subject(book.workflow.subject, applied.row_id)

    def write(
        self,
        book: Rulebook,
        view: CaseView,
        plan: Plan,
        cause: int | None = None,
        actor: Actor | None = None,
    ) -> CaseView:
        """Writes one entry and all that belongs to it, and gives the case back as it now is.

        Args:
            book: the rules under which the case runs.
            view: the case as it was read.
            plan: what the entry writes.
            cause: the entry that this one follows from.
            actor: who recorded it, when that is not who acts now: what is said once more.

        Raises:
            CaseChangedError: somebody else wrote to the case since it was read.
        """
        seq = view.version + 1
        final = book.workflow.states[plan.to_state].final
        self._note_change(view, plan, closed=final)
        notices = self._still_to_owe(view, plan)
        vouched = plan.by_person or plan.kind is EntryKind.TAKEN_OVER
        request = self.request_id if not self.written else f"{self.request_id}/{len(self.written)}"
        by = actor or (self.actor if vouched else SYSTEM)
        heading = Heading(seq, self.now, by, request, cause, self.origin)
        body, commitments = entry_body(view, plan, heading, self.registry.domain.tables)
        packed = chain.canonical(body)
        head = chain.link(view.head_hash, packed)
        entry_id = chain.entry_number(view.id, seq)
        moved = self._moved(book, view, plan, seq, head)
        tables = self.registry.domain.tables
        projection = Projection(self.connection, tables, self.now, entry_id, len(self.written))
        shown = replace(moved, closed_on=moved.closed_on or self.ended.get(view.id))

        def project() -> None:
            projection.apply(view, shown, plan)
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
            bodies = living(bodies_of(self.connection, view.id))
            projection.lead_through(view.id, state_spans(bodies))
            projection.begin_on(view.id, day_of(bodies[0]))
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
        self.forget(written)
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
            if plan.is_vouched
            else view.last_person_on,
            taken_over_only=plan.kind is EntryKind.TAKEN_OVER,
            closed_on=plan.effective_on if final else None,
        )

    def _still_to_owe(self, view: CaseView, plan: Plan) -> list[NoticeOwed]:
        """The plan's notices without withdrawals of what nobody has read yet."""
        if self.silent:
            return []
        alike = [one for one in plan.notices if (view.id, *one.telling()) in self.told]
        self.retold |= {(view.id, *one.telling()[:3]) for one in alike}
        return [
            one
            for one in plan.notices
            if one not in alike
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
