"""What a correction changes: cases as they were and as they come out, and what was told in vain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.history import StateSpan
from lifecycle.store.tables import case, case_state, deadline, entry, outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView, FieldValue, Subject
    from lifecycle.work import Work

GONE_OUT = ("rendering", "sending", "sent", "uncertain")
"""How a notice stands that its recipient has read or may have read."""


@dataclass(frozen=True, slots=True)
class DeadlinePicture:
    """How a deadline stands."""

    due_on: date
    status: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class CasePicture:
    """How a case stands: the states it was in, and its deadlines by rule and cycle."""

    ref: str
    subject: Subject
    workflow: str
    state: str
    closed_on: date | None
    fields: Mapping[str, FieldValue]
    spans: tuple[StateSpan, ...]
    deadlines: Mapping[tuple[str, int], DeadlinePicture]


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case before and after; `before` is None for one that begins with the correction."""

    before: CasePicture | None
    after: CasePicture

    def fields(self) -> list[tuple[str, FieldValue, FieldValue]]:
        """What the case remembers otherwise: field, before, after."""
        old, new = self.before.fields if self.before else {}, self.after.fields
        names = sorted(old.keys() | new.keys())
        return [(n, old.get(n), new.get(n)) for n in names if old.get(n) != new.get(n)]

    def deadlines(self) -> list[tuple[str, DeadlinePicture | None, DeadlinePicture | None]]:
        """The deadlines that stand otherwise: rule, before, after."""
        old = self.before.deadlines if self.before else {}
        new = self.after.deadlines
        keys = sorted(old.keys() | new.keys())
        return [
            (rule, old.get((rule, cycle)), new.get((rule, cycle)))
            for rule, cycle in keys
            if old.get((rule, cycle)) != new.get((rule, cycle))
        ]


@dataclass(frozen=True, slots=True)
class NoticeTold:
    """A notice, and where it stands."""

    case_id: int
    notice: str
    stage: str
    recipient: str
    status: str
    owed_on: date
    deadline: tuple[str, int] | None = None
    """Rule and cycle of the deadline of which it reminds."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """Everything that a correction changes beside the entry itself."""

    cases: tuple[CaseChange, ...] = ()
    wrong: tuple[NoticeTold, ...] = ()
    """Notices that have gone out and would not go out so again."""
    owed: tuple[NoticeTold, ...] = ()
    """Notices that are owed now and were not before."""


@dataclass(slots=True)
class Pictures:
    """Pictures of cases taken before anything is written to them."""

    work: Work
    corrected: frozenset[int]
    """The cases whose own entries are put right: they are told first."""
    before: dict[int, CasePicture | None] = field(default_factory=dict)

    def take(self, case_ids: Iterable[int]) -> None:
        """Takes a picture of those cases that have none yet."""
        missing = [one for one in case_ids if one not in self.before]
        self.before |= pictures_of(self.work, missing)

    def take_new(self, case_ids: Iterable[int]) -> None:
        """Notes that those cases have just begun, where they have no picture."""
        for one in case_ids:
            self.before.setdefault(one, None)

    def consequences(self) -> Consequences:
        """What is otherwise now."""
        after = pictures_of(self.work, self.before)
        changes = tuple(
            CaseChange(old, after[number])
            for number, old in sorted(self.before.items(), key=self._told_first)
            if number in after and old != after[number]
        )
        written = [one.entry_id for one in self.work.written]
        taken_back = _superseded_by(self.work.connection, written)
        wrong = [
            one
            for one in _notices(self.work.connection, taken_back, GONE_OUT)
            if (one.case_id, one.notice, one.stage, one.recipient) not in self.work.retold
            and self._still_counts(one)
        ]
        owed = _notices(self.work.connection, written, ("owed", "no_address"))
        return Consequences(changes, tuple(wrong), tuple(owed))

    def _told_first(self, one: tuple[int, CasePicture | None]) -> tuple[bool, int]:
        return one[0] not in self.corrected, one[0]

    def _still_counts(self, one: NoticeTold) -> bool:
        """Whether a notice concerned anybody still: a reminder of what was done does not."""
        before = self.before.get(one.case_id)
        if one.deadline is None or before is None:
            return True
        return before.deadlines[one.deadline].status in {"open", "suspended"}


def pictures_of(work: Work, case_ids: Iterable[int]) -> dict[int, CasePicture]:
    """The listed ones of those cases as they stand."""
    views = [one for one in work.cases(list(case_ids)) if _is_listed(work, one)]
    ids = [one.id for one in views]
    spans: dict[int, list[StateSpan]] = {}
    s = case_state.c
    statement = sa.select(s.case_id, s.state, s.from_on, s.until_on).where(
        s.case_id.in_(ids), s.known_until.is_(None)
    )
    for row in work.connection.execute(statement.order_by(s.from_on, s.until_on)):
        spans.setdefault(row[0], []).append(StateSpan(row[1], row[2], row[3]))
    return {one.id: _picture(one, spans.get(one.id, [])) for one in views}


def _is_listed(work: Work, view: CaseView) -> bool:
    return work.registry.book_of(view.workflow_text_id).workflow.listed


def _picture(view: CaseView, spans: Iterable[StateSpan]) -> CasePicture:
    return CasePicture(
        view.ref,
        view.subject,
        view.workflow,
        view.state,
        view.closed_on,
        dict(view.fields),
        tuple(spans),
        {
            (one.rule, one.cycle): DeadlinePicture(one.due_on, one.status.value, one.provisional)
            for one in view.deadlines
        },
    )


def _superseded_by(connection: Connection, entry_ids: Iterable[int]) -> list[int]:
    """The entries that those take back."""
    e = entry.c
    rows = connection.execute(
        sa.select(e.case_id, e.supersedes).where(e.id.in_(list(entry_ids)))
    ).all()
    pairs = [(case_id, seq) for case_id, seqs in rows for seq in seqs]
    if not pairs:
        return []
    found: list[int] = []
    for case_id in {one[0] for one in pairs}:
        seqs = [seq for number, seq in pairs if number == case_id]
        statement = sa.select(e.id).where(e.case_id == case_id, e.seq.in_(seqs))
        found += connection.execute(statement).scalars()
    return found


def _notices(
    connection: Connection, entry_ids: Iterable[int], statuses: Iterable[str]
) -> list[NoticeTold]:
    """The notices of those entries, and of the deadlines that they opened."""
    ids = list(entry_ids)
    o = outbox.c
    opened = sa.select(deadline.c.id).where(deadline.c.opened_entry_id.in_(ids))
    told = (o.case_id, o.notice, o.stage, o.recipient, o.status, o.owed_on)
    statement = (
        sa.select(*told, deadline.c.rule, deadline.c.cycle)
        .outerjoin(deadline, deadline.c.id == o.deadline_id)
        .where(sa.or_(o.entry_id.in_(ids), o.deadline_id.in_(opened)), o.status.in_(list(statuses)))
        .order_by(o.id)
    )
    return [
        NoticeTold(*row[:6], deadline=(row[6], row[7]) if row[6] else None)
        for row in connection.execute(statement)
    ]


def first_day_of(connection: Connection, subjects: Iterable[Subject]) -> date | None:
    """The first day on which any case about the subjects was open: nothing is known before."""
    by_type: dict[str, list[int]] = {}
    for one in subjects:
        by_type.setdefault(one.type, []).append(one.id)
    c = case.c
    days = [
        connection.execute(
            sa.select(sa.func.min(c.opened_on, type_=c.opened_on.type)).where(
                c.subject_type == kind, c.subject_id.in_(ids), c.workflow != "register"
            )
        ).scalar()
        for kind, ids in by_type.items()
    ]
    return min((one for one in days if one is not None), default=None)
