"""Errors as answers: a page in the reader's words, or problem+json for programs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from lifecycle.access import Scope, Seat
from lifecycle.accounts import logins
from lifecycle.accounts.errors import AccessError, AccessProblem
from lifecycle.errors import (
    CaseChangedError,
    CaseNotFoundError,
    ConcurrencyError,
    LifecycleError,
    SubjectNotFoundError,
    TransitionRefusedError,
)
from web.again import login_asked, stopped, waiting
from web.guard import (
    COOKIE,
    ConfirmationWantedError,
    LoginWantedError,
    PasswordWantedError,
    language_of,
)
from web.render import page
from web.sitting import Sitting, form_of
from wording.findings import finding_json
from wording.problems import sentence_of
from wording.usage import UsageError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

    from web.desk import Desk

LOG = logging.getLogger(__name__)

API: Final = "/api/"

STATUS: Final[dict[type[Exception], int]] = {
    CaseNotFoundError: 404,
    SubjectNotFoundError: 404,
    CaseChangedError: 409,
    ConcurrencyError: 503,
    TransitionRefusedError: 422,
    UsageError: 400,
    LifecycleError: 400,
}
"""By kind of error, the closest first."""


def install(app: FastAPI) -> None:
    """Makes every error an answer."""
    app.add_exception_handler(LifecycleError, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(LoginWantedError, _login)
    app.add_exception_handler(PasswordWantedError, _password)
    app.add_exception_handler(ConfirmationWantedError, _confirmation)
    app.add_exception_handler(Exception, _fault)


def status_of(error: Exception) -> int:
    """The status of an error of ours."""
    if isinstance(error, AccessError):
        return 429 if error.problem is AccessProblem.THROTTLED else 400
    return next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)


def problem_of(sitting: Sitting, error: LifecycleError | None) -> str:
    """What is wrong, in the reader's words."""
    if error is None:
        return ""
    return sentence_of(error, sitting.teller.words, sitting.teller.registry) or str(error)


def answer(request: Request, status: int, text: str, **more: object) -> Response:
    """A problem in the form that the asker reads."""
    _seat(request)
    if request.url.path.startswith(API):
        told = {"type": "about:blank", "status": status, "title": text, **more}
        return JSONResponse(told, status, media_type="application/problem+json")
    return page(request, "problem.html", status, text=text)


def _seat(request: Request) -> None:
    """A page needs a reader, also where the guard never came so far."""
    if not hasattr(request.state, "sitting"):
        desk: Desk = request.app.state.desk
        teller = desk.teller(language_of(request, desk.language))
        nothing = Scope(frozenset(), frozenset())
        today = desk.read(desk.parts.clock.today)
        request.state.sitting = Sitting(desk, teller, None, Seat("", ()), nothing, today, "")


def _words(request: Request) -> Sitting:
    _seat(request)
    sitting: Sitting = request.state.sitting
    return sitting


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, LifecycleError)  # noqa: S101 - what it is registered for
    text = problem_of(_words(request), error)
    return answer(request, status_of(error), text, **_details(error))


def _details(error: Exception) -> dict[str, object]:
    """What programs read beside the sentence: every finding, or what has changed since."""
    if isinstance(error, TransitionRefusedError):
        return {"findings": jsonable_encoder([finding_json(one) for one in error.findings])}
    if isinstance(error, CaseChangedError):
        changed = {"expected": error.expected, "found": error.found, "event": error.event}
        at = error.changed_at.isoformat()
        return {"changed": {**changed, "by": error.changed_by, "at": at}}
    return {}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    words = _words(request).teller.words
    known = words.section("web_problems")
    text = known.get(str(error.detail)) or known.get(str(error.status_code)) or str(error.detail)
    return answer(request, error.status_code, text)


async def _unreadable(request: Request, error: Exception) -> Response:
    """Never the value: what was typed may be a person's; and names of fields for programs only."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    words = _words(request).teller.words
    if not request.url.path.startswith(API):
        return answer(request, 400, words("web_bad_address"))
    names = words.listed(str(one["loc"][-1]) for one in error.errors())
    return answer(request, 400, words("web_unreadable", names=names))


async def _login(request: Request, error: Exception) -> Response:
    del error
    if request.url.path.startswith(API):
        return answer(request, 401, _words(request).teller.words("web_login"))
    if COOKIE in request.cookies and hasattr(request.state, "form"):
        return await run_in_threadpool(_form_stopped, request)
    if request.method != "GET":
        return RedirectResponse("/login", 303)
    return RedirectResponse(f"/login?next={quote(path_of(request), safe='')}", 303)


def path_of(request: Request) -> str:
    """Where a request goes, with what it asks for there."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _form_stopped(request: Request) -> Response:
    """The login, with the form that was sent when the session had ended, where it can wait."""
    desk, token = _words(request).desk, request.cookies.get(COOKIE, "")
    known = desk.read(lambda c: logins.whose(c, token)) is not None
    again = stopped(path_of(request), form_of(request)) if known else None
    return login_asked(request, 401, again=again, ended=True)


async def _password(request: Request, error: Exception) -> Response:
    del error
    if request.url.path.startswith(API):
        return answer(request, 403, _words(request).teller.words("web_first_password"))
    return RedirectResponse("/password", 303)


async def _confirmation(request: Request, error: Exception) -> Response:
    del error
    text = _words(request).teller.words("web_confirm")
    if request.url.path.startswith(API):
        return answer(request, 403, text)
    again = waiting(path_of(request), form_of(request))
    if again is None:
        return RedirectResponse("/confirm", 303)
    return page(request, "confirm.html", 403, problem="", done=False, again=again)


async def _fault(request: Request, error: Exception) -> Response:
    LOG.error("%s %s: %s", request.method, request.url.path, type(error).__name__)
    return answer(request, 500, _words(request).teller.words("web_fault"))
