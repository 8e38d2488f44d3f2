"""Logging in and out, one's own password and sessions, acting for somebody absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from lifecycle.accounts import logins
from lifecycle.accounts.errors import AccessError, AccessProblem
from web.again import THEN, carried, local_path, login_asked
from web.guard import COOKIE, LANGUAGE, VISITOR, rule_of, sit
from web.numbers import Number
from web.problems import status_of
from web.render import page
from web.sitting import form_of, sitting_of
from wording.problems import sentence_of
from wording.words import LANGUAGES

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from web.again import Again
    from web.sitting import Sitting

router = APIRouter()

YEAR = 365 * 24 * 3600


@router.get("/alive")
def alive() -> PlainTextResponse:
    """Whether the desk answers at all."""
    return PlainTextResponse("ok")


@router.get("/language/{code}")
def language(request: Request, code: str) -> Response:
    """Shows everything in another language from now on."""
    back = RedirectResponse(local_path(request.query_params.get("next", "")), 303)
    if code in LANGUAGES:
        secure = sitting_of(request).desk.secure
        back.set_cookie(LANGUAGE, code, max_age=YEAR, httponly=True, samesite="lax", secure=secure)
    return back


@router.get("/login")
def login_page(request: Request) -> Response:
    """Asks for name and password."""
    if sitting_of(request).login is not None:
        return RedirectResponse("/", 303)
    return _ask(request)


@router.post("/login")
def log_in(request: Request) -> Response:
    """Opens a session, with a token that no earlier page has seen."""
    sitting, form = sitting_of(request), form_of(request)
    again = carried(form, local_path(str(form.get(THEN, ""))))
    try:
        token = logins.try_login(
            sitting.desk.write,
            login=str(form.get("login", ""))[:200],
            password=str(form.get("password", "")),
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
            now=sitting.desk.now(),
        )
    except AccessError as error:
        return _ask(request, error, again)
    answer: Response = RedirectResponse(local_path(str(form.get("next", ""))), 303)
    if again is not None:
        answer = _handed_back(request, token, again)
    answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=sitting.desk.secure)
    answer.delete_cookie(VISITOR)
    return answer


def _ask(
    request: Request, error: AccessError | None = None, again: Again | None = None
) -> Response:
    form = getattr(request.state, "form", {})
    return login_asked(
        request,
        200 if error is None else status_of(error),
        problem=_told(sitting_of(request), error),
        typed=str(form.get("login", "")),
        following=local_path(str(form.get("next", request.query_params.get("next", "")))),
        again=again,
        ended=again is not None,
    )


def _handed_back(request: Request, token: str, again: Again) -> Response:
    """The form that waited for a login, to be sent again by who has filled it in, as they did."""
    desk, rule = sitting_of(request).desk, rule_of(request)
    before = desk.read(lambda c: logins.whose(c, request.cookies.get(COOKIE, "")))
    sitting = sit(desk, request, rule, token)
    me = sitting.who.account.id
    as_now = {logins.Whose(me, one) for one in (None, *(one.id for one in sitting.stands_in_for))}
    if before in as_now and before.acting_for is not None:
        absent = before.acting_for
        desk.write(lambda c: logins.act_for(c, sitting.who, absent))
        sitting = sit(desk, request, rule, token)
    request.state.sitting = sitting
    return page(request, "again.html", again=again if before in as_now else None)


@router.post("/logout")
def log_out(request: Request) -> Response:
    """Ends the session."""
    sitting = sitting_of(request)
    sitting.desk.write(lambda connection: logins.log_out(connection, sitting.who.id))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/password")
def password_page(request: Request) -> Response:
    """Asks for a new password."""
    return page(request, "password.html", problem="", done=False)


@router.post("/password")
def new_password(request: Request) -> Response:
    """Replaces the own password, and ends all other sessions of the account."""
    sitting, form = sitting_of(request), form_of(request)
    old, new, again = (str(form.get(name, "")) for name in ("old", "new", "again"))
    if new != again:
        return _new_password(request, AccessError(AccessProblem.NOT_REPEATED))
    address, now = address_of(request), sitting.desk.now()
    try:
        logins.change_password(sitting.desk.write, sitting.who, old, new, address, now)
    except AccessError as error:
        return _new_password(request, error)
    return _new_password(request)


def _new_password(request: Request, error: AccessError | None = None) -> Response:
    code, problem = 200 if error is None else status_of(error), _told(sitting_of(request), error)
    return page(request, "password.html", code, problem=problem, done=error is None)


@router.get("/confirm")
def confirm_page(request: Request) -> Response:
    """Asks for the password once more."""
    return page(request, "confirm.html", problem="", done=False, again=None)


@router.post("/confirm")
def confirm(request: Request) -> Response:
    """Notes that the password was given again, and hands the form that waited for it back."""
    sitting, form = sitting_of(request), form_of(request)
    again = carried(form, local_path(str(form.get(THEN, ""))))
    try:
        logins.confirm(
            sitting.desk.write,
            sitting.who,
            str(form.get("password", "")),
            address_of(request),
            sitting.desk.now(),
        )
    except AccessError as error:
        problem = _told(sitting, error)
        return page(
            request, "confirm.html", status_of(error), problem=problem, done=False, again=again
        )
    return page(request, "confirm.html", problem="", done=True, again=again)


@router.get("/sessions")
def session_list(request: Request) -> Response:
    """Where the account is logged in."""
    sitting = sitting_of(request)
    rows = sitting.desk.read(
        lambda c: logins.sessions(c, sitting.desk.now(), sitting.who.account.id)
    )
    return page(request, "sessions.html", rows=rows)


@router.post("/sessions/{number}/end")
def end_session(request: Request, number: Number) -> Response:
    """Ends one of the account's own sessions."""
    sitting = sitting_of(request)
    own = sitting.who.account.id

    def end(connection: Connection) -> None:
        rows = logins.sessions(connection, sitting.desk.now(), own)
        if number in {row["id"] for row in rows}:
            logins.log_out(connection, number)

    sitting.desk.write(end)
    return RedirectResponse("/sessions", 303)


@router.post("/acting-for")
def acting_for(request: Request) -> Response:
    """Acts for somebody absent from now on, or as oneself again."""
    sitting = sitting_of(request)
    login = str(form_of(request).get("login", ""))
    known = {one.login: one.id for one in sitting.stands_in_for}
    if login and login not in known:
        raise AccessError(AccessProblem.NOT_SUBSTITUTE, login=login)
    sitting.desk.write(lambda c: logins.act_for(c, sitting.who, known.get(login)))
    return RedirectResponse("/", 303)


def _told(sitting: Sitting, error: AccessError | None) -> str:
    if error is None:
        return ""
    return sentence_of(error, sitting.teller.words, sitting.teller.registry) or ""


def address_of(request: Request) -> str:
    """The address from which a request comes."""
    return request.client.host if request.client else ""
