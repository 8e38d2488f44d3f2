"""Reminding of a deadline by hand, and the entries that say why a notice went out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.definition import Stage
from lifecycle.engine import record_rows
from lifecycle.errors import LifecycleError
from lifecycle.store.tables import outbox
from lifecycle.sweeps import remind
from lifecycle.workdays import OVERDUE_KINDS

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from lifecycle.cases import CaseView, Subject
    from lifecycle.work import Work

REMINDED: Final = "reminded"
RESENT: Final = "notice_resent"


REMINDING: Final = (Role.CASE_OFFICER, Role.APPROVER, Role.ORG_DEPT_OFFICER)
"""Who reminds by hand, and lets a notice go out again."""


class NothingRemindsError(LifecycleError):
    """No reminder can go out: `closed`, `no_notice` or `today` already."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"no reminder: {why}")


def can_remind(work: Work, view: CaseView, deadline_id: int) -> bool:
    """Whether the deadline runs and the rules have a notice that reminds of it."""
    row = next((one for one in view.deadlines if one.id == deadline_id), None)
    book = work.registry.book_of(view.workflow_text_id)
    running = row is not None and row.status.value == "open" and not view.closed_on
    return row is not None and running and bool(book.workflow.deadlines[row.rule].reminder)


def remind_now(work: Work, view: CaseView, deadline_id: int, reason: str) -> None:
    """Owes the notice with which the rules remind of the deadline, and says why in the file.

    Raises:
        NothingRemindsError: it does not run, no rule reminds of it, or it was done today.
    """
    row = next((one for one in view.deadlines if one.id == deadline_id), None)
    if row is None or row.status.value != "open" or view.closed_on:
        raise NothingRemindsError("closed")
    book = work.registry.book_of(view.workflow_text_id)
    if not book.workflow.deadlines[row.rule].reminder:
        raise NothingRemindsError("no_notice")
    overdue = row.due_on < work.today and row.kind in OVERDUE_KINDS
    if _owed_today(work, deadline_id):
        raise NothingRemindsError("today")
    stage = Stage.OVERDUE if overdue else Stage.REMINDER
    try:
        remind(work, book, view, row, stage, f"asked:{work.today}")
    except StopIteration:  # none of the rule's reminders is meant for the case as it stands
        raise NothingRemindsError("no_notice") from None
    if not _owed_today(work, deadline_id):
        raise NothingRemindsError("no_notice")
    about = {"case": view.id, "deadline": deadline_id, "rule": row.rule}
    record_rows(
        work, view.subject, (), work.today, settles=False, event=REMINDED, reason=reason,
        details=about,
    )  # fmt: skip


def _owed_today(work: Work, deadline_id: int) -> bool:
    """Whether somebody is reminded of a deadline today already, by the rules or by hand."""
    o = outbox.c
    statement = sa.select(o.id).where(
        o.deadline_id == deadline_id,
        o.owed_on == work.today,
        o.stage.in_([Stage.REMINDER.value, Stage.OVERDUE.value]),
    )
    return work.connection.execute(statement.limit(1)).first() is not None


def note_resent(work: Work, about: Subject, row: RowMapping, reason: str) -> None:
    """Says in the file of a subject that a notice was sent again, and why."""
    details = {
        "case": row["case_id"],
        "outbox": row["id"],
        "notice": row["notice"],
        "stage": row["stage"],
        "status": row["status"],
    }
    record_rows(
        work, about, (), work.today, settles=False, event=RESENT, reason=reason, details=details
    )
