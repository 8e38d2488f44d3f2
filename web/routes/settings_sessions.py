"""Who is logged in where, and who acts for whom; by administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.accounts import logins
from lifecycle.accounts.grants import arrange_substitute, end_substitute
from lifecycle.accounts.people import account_of, accounts
from lifecycle.errors import LifecycleError
from web.forms import period_of, text_of
from web.numbers import Number
from web.problems import status_of
from web.render import page
from web.routes.settings_users import told
from web.sitting import form_of, sitting_of
from web.views.settings import open_sessions, substitute_rows, tabs_of
from wording.usage import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter()


@router.get("/settings/sessions")
def all_sessions(request: Request) -> Response:
    """Every open session."""
    sitting = sitting_of(request)
    rows = sitting.desk.read(lambda c: open_sessions(c, sitting))
    return page(request, "settings_sessions.html", tabs=tabs_of(sitting), rows=rows)


@router.post("/settings/sessions/{number}/end")
def end_session(request: Request, number: Number) -> Response:
    """Ends a session: its token opens nothing any more."""
    sitting_of(request).desk.write(lambda c: logins.log_out(c, number))
    return RedirectResponse("/settings/sessions", 303)


@router.get("/settings/substitutes")
def substitutes(request: Request) -> Response:
    """Who acts for whom."""
    return _substitutes(request)


def _substitutes(request: Request, error: LifecycleError | None = None) -> Response:
    sitting = sitting_of(request)
    rows, logins_ = sitting.desk.read(
        lambda c: (substitute_rows(c, sitting), [one for one in accounts(c) if not one.disabled])
    )
    form = getattr(request.state, "form", {})
    return page(
        request,
        "settings_substitutes.html",
        200 if error is None else status_of(error),
        tabs=tabs_of(sitting),
        rows=rows,
        accounts=logins_,
        problem=told(request, error),
        typed={k: str(form.get(k, "")) for k in ("absent", "substitute", "since", "until")},
    )


@router.post("/settings/substitutes")
def arrange(request: Request) -> Response:
    """Lets one account act for another, with the other's roles, for some days."""
    sitting, form = sitting_of(request), form_of(request)

    def act(connection: Connection) -> None:
        since, until_on = period_of(form, sitting.today)
        if until_on is None:
            raise UsageError("no_last_day")
        arrange_substitute(
            connection,
            absent_id=account_of(connection, text_of(form, "absent", 40)).id,
            substitute_id=account_of(connection, text_of(form, "substitute", 40)).id,
            from_on=since,
            until_on=until_on,
            by=sitting.seat.login,
            now=sitting.desk.now(),
        )

    try:
        sitting.desk.write(act)
    except LifecycleError as error:
        return _substitutes(request, error)
    return RedirectResponse("/settings/substitutes", 303)


@router.post("/settings/substitutes/{number}/end")
def end(request: Request, number: Number) -> Response:
    """Ends a substitution with the day before today."""
    sitting = sitting_of(request)
    by, now = sitting.seat.login, sitting.desk.now()
    sitting.desk.write(lambda c: end_substitute(c, number, on=sitting.today, by=by, now=now))
    return RedirectResponse("/settings/substitutes", 303)
