"""Remarks that officers leave on a case, and who looked at what: entries in the subject's file.

They stand in the file of the register and not in the case: a remark is no step, so it moves no
date before which nothing may be entered. Its text is a personal value like every free text
(rulebook F14), so it can be erased; that it was made stays proved.
"""

from __future__ import annotations

from dataclasses import dataclass
from json import loads
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from lifecycle.engine import REASON, REGISTER, record_rows
from lifecycle.store.hot import Statement, parameter
from lifecycle.store.tables import case, entry, personal_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from lifecycle.access import Actor
    from lifecycle.cases import CaseView, Subject
    from lifecycle.work import Work

COMMENTED: Final = "commented"
LOOKED_AT: Final = "looked_at"
EXPORTED: Final = "exported"
FILE_READ: Final = "file_read"
"""The event by which a person's file says that it was handed over."""
LOOKS: Final = frozenset({LOOKED_AT, EXPORTED, FILE_READ})
"""What the auditor alone reads to see who looked at what and took what away (rulebook F12)."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody wrote on a case; the text is empty once it has been erased."""

    at: datetime
    who: str
    on_behalf_of: str
    text: str


def comment(work: Work, view: CaseView, text: str) -> None:
    """Leaves a remark on a case."""
    about = {"case": view.id}
    record_rows(
        work, view.subject, (), work.today, settles=False, event=COMMENTED, reason=text,
        details=about,
    )  # fmt: skip


def remarks_on(connection: Connection, view: CaseView) -> Sequence[Remark]:
    """The remarks on a case, the earliest first."""
    subject = {"subject_type": view.subject.type, "subject_id": view.subject.id}
    found = []
    for at, packed, value in _REMARKS.rows(connection, **subject):
        body = loads(bytes(packed))
        if body["details"].get("case") == view.id:
            actor = body["actor"]
            found.append(Remark(at, actor["id"], actor["for"] or "", value or ""))
    return found


_E, _C, _V = entry.c, case.c, personal_value.c
_OF_SUBJECT = (
    _C.workflow == REGISTER,
    _C.subject_type == parameter("subject_type", _C.subject_type),
    _C.subject_id == parameter("subject_id", _C.subject_id),
)
_TEXT = sa.and_(_V.entry_id == _E.id, _V.name == f"field.{REASON}")
_REMARKS = Statement(
    sa.select(_E.recorded_at, _E.body, _V.value)
    .select_from(entry.join(case, _C.id == _E.case_id).outerjoin(personal_value, _TEXT))
    .where(*_OF_SUBJECT, _E.event == COMMENTED)
    .order_by(_E.id)
)
_LOOKS = Statement(
    sa.select(_E.body)
    .join(case, _C.id == _E.case_id)
    .where(*_OF_SUBJECT, _E.event == LOOKED_AT)
    .where(
        _E.effective_on == parameter("on", _E.effective_on),
        _E.actor == parameter("actor", _E.actor),
    )
)


def has_looked(connection: Connection, subject: Subject, actor: Actor, page: str, on: date) -> bool:
    """Whether it is noted already that the reader opened that page on that day."""
    given = {"subject_type": subject.type, "subject_id": subject.id, "on": on, "actor": actor.id}
    bodies = [loads(bytes(packed)) for (packed,) in _LOOKS.rows(connection, **given)]
    return any(
        body["details"].get("page") == page and body["actor"]["for"] == actor.on_behalf_of
        for body in bodies
    )


def note_look(work: Work, subject: Subject, page: str) -> None:
    """Notes that somebody opened a page about a person (rulebook F12)."""
    details = {"page": page}
    record_rows(work, subject, (), work.today, settles=False, event=LOOKED_AT, details=details)


def note_export(work: Work, subject: Subject, why: str, details: Mapping[str, object]) -> None:
    """Notes that somebody took a list away: what, how many rows, and why (rulebook F12)."""
    record_rows(
        work, subject, (), work.today, settles=False, event=EXPORTED, reason=why, details=details
    )


def reasons_of(connection: Connection, entry_ids: Sequence[int]) -> dict[int, str]:
    """The reasons that entries were given, where they have not been erased."""
    v = personal_value.c
    statement = sa.select(v.entry_id, v.value).where(
        v.entry_id.in_(entry_ids), v.name == f"field.{REASON}"
    )
    return {row.entry_id: row.value for row in connection.execute(statement)}
