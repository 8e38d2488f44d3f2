"""Notices: owed, sent, failed, uncertain; sending one again, reminding of a deadline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle import engine
from lifecycle.cases import Subject
from lifecycle.errors import LifecycleError
from lifecycle.store import queries
from notices.again import NotResendableError, resend
from web.forms import reason_of, text_of
from web.last_list import remember
from web.numbers import Number
from web.problems import status_of
from web.render import page, query
from web.routes.settings_users import told
from web.sitting import form_of, sitting_of
from web.views.notices import Conditions, notice_page, notice_row, notices_page
from web.views.recipients import recipient_subject
from wording.usage import UsageError
from workflows.reminding import NothingRemindsError, note_resent, remind_now

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from web.sitting import Sitting
    from web.views.notices import NoticePage, NoticesPage

router = APIRouter()

Text = Annotated[str, Query(max_length=200)]


@router.get("/notices")
def notices(
    request: Request,
    tab: Text = "owed",
    notice: Text = "",
    case: Text = "",
    since: Text = "",
    until: Text = "",
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """The notices of the cases in sight; what is wrong in a filter stays in it."""
    sitting = sitting_of(request)
    asked = Conditions(tab, notice, case.strip(), since, until, number)

    def read(conditions: Conditions) -> NoticesPage:
        return sitting.desk.read(lambda c: notices_page(c, sitting, conditions))

    try:
        shown = read(asked)
    except LifecycleError as error:
        known = read(Conditions(tab))
        uncounted = dict.fromkeys(known.counts, "—")
        kept = replace(known, conditions=asked, rows=(), more=False, counts=uncounted)
        problem = told(request, error)
        return page(request, "notices.html", status_of(error), list=kept, problem=problem)
    answer = page(request, "notices.html", list=shown, problem="")
    return remember(request, answer, "/notices", query(shown.conditions.as_query()))


@router.get("/notices/{number}")
def notice(request: Request, number: Number) -> Response:
    """One notice: the text that was sent, to whom, and what went wrong."""
    return _notice(request, number)


def _there(connection: Connection, sitting: Sitting, number: int) -> RowMapping:
    row = notice_row(connection, sitting, number)
    if row is None:
        raise HTTPException(404)
    return row


def _notice(request: Request, number: int, error: LifecycleError | None = None) -> Response:
    sitting = sitting_of(request)

    def read(connection: Connection) -> NoticePage:
        return notice_page(connection, sitting, _there(connection, sitting, number))

    return page(
        request,
        "notice.html",
        200 if error is None else status_of(error),
        notice=sitting.desk.read(read),
        problem=told(request, error),
    )


@router.post("/notices/{number}/resend")
def send_again(request: Request, number: Number) -> Response:
    """Lets a notice go out again, with the reason in the file of what it is about."""
    sitting, form = sitting_of(request), form_of(request)
    request_id = f"desk:{sitting.who.account.login}:{text_of(form, '_request') or uuid4().hex}"

    def act(connection: Connection) -> None:
        if engine.written_by(connection, request_id):
            return  # sent twice
        row = _there(connection, sitting, number)
        reason = reason_of(form)
        work = sitting.teller.work(connection, sitting.actor_at(row["unit_id"]), request_id)
        about = Subject(row["subject_type"], row["subject_id"]) if row["case_id"] else None
        about = about or recipient_subject(row["recipient"])
        if about is None:
            raise NotResendableError(number, row["status"])
        resend(connection, row, request_id, work.now, work.today)
        note_resent(work, about, row, reason)

    try:
        sitting.desk.write(act)
    except NotResendableError:
        return _notice(request, number, UsageError("notice_not_resendable"))
    except LifecycleError as error:
        return _notice(request, number, error)
    return RedirectResponse(f"/notices/{number}", 303)


@router.post("/deadlines/{number}/remind")
def remind(request: Request, number: Number) -> Response:
    """Owes the reminder of a running deadline now, once a day, with the reason in the file."""
    sitting, form = sitting_of(request), form_of(request)
    request_id = f"desk:{sitting.who.account.login}:{text_of(form, '_request') or uuid4().hex}"

    def act(connection: Connection) -> str:
        row = queries.deadline_row(connection, number)
        work = sitting.work(connection)
        view = None if row is None else work.case(row["case_id"])
        if view is None or not sitting.scope.sees(view.unit_id, view.subject.type):
            raise HTTPException(404)
        if not engine.written_by(connection, request_id):
            actor = sitting.actor_at(view.unit_id)
            work = sitting.teller.work(connection, actor, request_id)
            remind_now(work, view, number, reason_of(form))
        return view.ref

    try:
        ref = sitting.desk.write(act)
    except NothingRemindsError as error:
        raise UsageError(f"remind_{error.why}") from error
    return RedirectResponse(f"/notices?case={ref}", 303)
