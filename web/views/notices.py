"""Notices as their pages show them: to whom in words, where they stand, what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from lifecycle.caseload.worklist import COUNTED
from lifecycle.cases import Subject
from lifecycle.store.queries import in_scope
from lifecycle.store.tables import case, outbox
from notices.again import RESENDABLE
from notices.outbox import Status
from web.forms import read_day
from web.views.recipients import recipients_named
from workflows.naming import names_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, RowMapping

    from web.sitting import Sitting

PAGE: Final = 50

TABS: Final[Mapping[str, tuple[Status, ...]]] = {
    "owed": (Status.OWED, Status.RENDERING, Status.SENDING, Status.RETRY_AT),
    "sent": (Status.SENT,),
    "failed": (Status.FAILED,),
    "uncertain": (Status.UNCERTAIN,),
    "no_address": (Status.NO_ADDRESS,),
    "withdrawn": (Status.WITHDRAWN,),
}
"""What the tabs of the page hold."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the address of the page asks for, as text."""

    tab: str = "owed"
    notice: str = ""
    case: str = ""
    since: str = ""
    until: str = ""
    page: int = 1

    def as_query(self) -> dict[str, object]:
        """What stands in the address; the first page is not named."""
        named = {name: getattr(self, name) for name in ("tab", "notice", "case", "since", "until")}
        return named | {"page": self.page if self.page > 1 else ""}


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice in the list."""

    id: int
    what: str
    stage: str
    recipient: str
    case: str
    subject: str
    owed: str
    status: str
    attempts: int
    problem: str


@dataclass(frozen=True, slots=True)
class NoticesPage:
    """A page of notices with its counts and filters."""

    conditions: Conditions
    rows: Sequence[NoticeRow]
    counts: Mapping[str, str]
    more: bool
    kinds: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class NoticePage:
    """One notice with the text that was sent."""

    row: NoticeRow
    created_at: datetime
    sent_at: datetime | None
    retry_at: datetime | None
    subject: str
    text: str
    can_resend: bool


def notices_page(connection: Connection, sitting: Sitting, asked: Conditions) -> NoticesPage:
    """The notices of the cases in sight that the conditions ask for, the latest first."""
    narrowed = _narrowed(connection, sitting, asked)
    tab = TABS.get(asked.tab, TABS["owed"])
    statement = (
        _rows(sitting, [*narrowed, _one_of(tab)])
        .order_by(outbox.c.id.desc())
        .limit(PAGE + 1)
        .offset((asked.page - 1) * PAGE)
    )
    found = connection.execute(statement).mappings().all()
    return NoticesPage(
        conditions=asked,
        rows=_shown(connection, sitting, found[:PAGE]),
        counts={
            name: _count(connection, sitting, [*narrowed, _one_of(statuses)])
            for name, statuses in TABS.items()
        },
        more=len(found) > PAGE,
        kinds=sorted(notice_labels(sitting).items(), key=lambda one: (len(one[0]), one[0])),
    )


def notice_row(connection: Connection, sitting: Sitting, number: int) -> RowMapping | None:
    """A notice of a case in sight."""
    statement = _rows(sitting, [outbox.c.id == number])
    return connection.execute(statement).mappings().first()


def notice_page(connection: Connection, sitting: Sitting, row: RowMapping) -> NoticePage:
    """One notice as its page shows it."""
    rendered: Mapping[str, Any] = row["rendered"] or {}
    return NoticePage(
        row=_shown(connection, sitting, [row])[0],
        created_at=row["created_at"],
        sent_at=row["sent_at"],
        retry_at=row["retry_at"],
        subject=rendered.get("subject", ""),
        text=rendered.get("text", ""),
        can_resend=row["status"] in {one.value for one in RESENDABLE},
    )


def _rows(sitting: Sitting, conditions: Sequence[ColumnElement[bool]]) -> sa.Select[Any]:
    """Notices with their case; those without one are the whole installation's."""
    columns = (case.c.workflow, case.c.subject_type, case.c.subject_id, case.c.unit_id)
    everything = sitting.scope.unit_ids is None
    return (
        sa.select(outbox, *columns)
        .join(case, case.c.id == outbox.c.case_id, isouter=everything)
        .where(*in_scope(sitting.scope), *conditions)
    )


def _one_of(statuses: Sequence[Status]) -> ColumnElement[bool]:
    return outbox.c.status.in_([one.value for one in statuses])


def _count(
    connection: Connection, sitting: Sitting, conditions: Sequence[ColumnElement[bool]]
) -> str:
    some = _rows(sitting, conditions).with_only_columns(outbox.c.id).limit(COUNTED + 1).subquery()
    number: int = connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    return f"{COUNTED}+" if number > COUNTED else str(number)


def _narrowed(
    connection: Connection, sitting: Sitting, asked: Conditions
) -> list[ColumnElement[bool]]:
    o = outbox.c
    found: list[ColumnElement[bool]] = []
    if asked.notice:
        found.append(o.notice == asked.notice)
    if asked.case:
        found.append(o.case_id == sitting.number_sought(connection, asked.case))
    since, until = read_day(asked.since), read_day(asked.until)
    if since:
        found.append(o.owed_on >= since)
    if until:
        found.append(o.owed_on <= until)
    return found


def _shown(
    connection: Connection, sitting: Sitting, found: Sequence[RowMapping]
) -> list[NoticeRow]:
    """Notices as rows, with every name in a fixed number of reads."""
    words, registry = sitting.teller.words, sitting.teller.registry
    recipients = recipients_named(connection, sitting, {one["recipient"] for one in found})
    about = {
        one["id"]: Subject(one["subject_type"], one["subject_id"])
        for one in found
        if one["subject_type"]
    }
    names, labels = names_of(connection, about.values()), notice_labels(sitting)
    return [
        NoticeRow(
            id=one["id"],
            what=f"{one['notice']} {labels.get(one['notice'], '')}".strip(),
            stage=words.value(one["stage"]),
            recipient=recipients[one["recipient"]],
            case=f"{registry.book(one['workflow']).workflow.code}-{one['case_id']}"
            if one["workflow"]
            else "",
            subject=names.get(about[one["id"]], "") if one["id"] in about else "",
            owed=str(one["owed_on"]),
            status=words.value(one["status"]),
            attempts=one["attempts"],
            problem=one["problem"] or "",
        )
        for one in found
    ]


def notice_labels(sitting: Sitting) -> dict[str, str]:
    """What every notice of any workflow is called."""
    words = sitting.teller.words
    return {
        name: words.label(rule.label)
        for book in sitting.teller.registry.rulebooks.values()
        for name, rule in book.workflow.notices.items()
    }
