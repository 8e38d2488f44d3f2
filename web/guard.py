"""What stands before every route: who asks, from which page, and whether they may."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotation at run time

from lifecycle.access import Scope, Seat
from lifecycle.accounts.grants import absentees, seat_of
from lifecycle.accounts.logins import (
    Login,
    form_token,
    is_worth_noting,
    login_of,
    note_seen,
)
from web.authz import rules
from web.forms import as_typed
from web.limits import fault_of
from web.numbers import is_held
from web.sitting import Sitting
from wording.words import LANGUAGES
from workflows.visibility import MASKED, NAMING, PERSON_TYPES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.accounts.people import Account
    from web.authz import Rule
    from web.desk import Desk

COOKIE: Final = "lifecycle_session"
VISITOR: Final = "lifecycle_visitor"
"""Before logging in a form is bound to this cookie, which names nobody."""
LANGUAGE: Final = "lifecycle_language"

SAFE: Final = frozenset({"GET", "HEAD"})
MOST_FIELDS: Final = 400
MOST_TEXT: Final = 64 * 1024

UNWRITABLE: Final = re.compile(r"[\0\ud800-\udfff]")
"""NUL and halves of a surrogate pair: what PostgreSQL, SQLite or UTF-8 refuses in a text."""

NUMBERED: Final = frozenset({"number", "seq"})
"""What paths call the numbers of rows; the other parts are texts, a login of digits too."""

FIRST_STEPS: Final = frozenset({"/password", "/logout", "/language/{code}"})
"""What may be opened before a one-time password has been replaced."""


class LoginWantedError(Exception):
    """Nobody is logged in: a page leads to the login, the API says 401."""


class PasswordWantedError(Exception):
    """A one-time password is to be replaced first."""


class ConfirmationWantedError(Exception):
    """The password is to be given again before a grave act."""


async def guard(request: Request) -> AsyncIterator[None]:
    """Lets a request through to its route, and closes the files that came with it."""
    try:
        await admit(request)
        yield
    finally:
        if hasattr(request.state, "form"):
            await request.state.form.close()


async def admit(request: Request) -> None:
    """Lets a request through to its route, with `request.state.sitting` and `.form`.

    Raises:
        HTTPException: 403 without the role or from a foreign page, 413 for too large a body, 400
            for what no database takes as text.
        LoginWantedError: nobody is logged in.
        PasswordWantedError: a one-time password is to be replaced first.
        ConfirmationWantedError: the password is to be given again.
    """
    desk: Desk = request.app.state.desk
    rule = rule_of(request)
    refuse_unwritable(
        request.scope["path"], *(one for _, one in request.query_params.multi_items())
    )
    refuse_unheld(request.path_params)
    token = request.cookies.get(COOKIE, "")
    sitting = await run_in_threadpool(sit, desk, request, rule, token)
    request.state.sitting = sitting
    if request.method not in SAFE:
        refuse_foreign(request)
        await _read_form(request, tokens_of(sitting, rule, token))
    if rule.public:
        return
    if sitting.login is None:
        raise LoginWantedError
    path = request.scope["route"].path
    if sitting.login.account.must_change and path not in FIRST_STEPS:
        raise PasswordWantedError
    if rule.roles is not None and not sitting.seat.roles & rule.roles:
        raise HTTPException(403)
    if rule.whole and not sitting.reaches_all(rule.roles or ()):
        raise HTTPException(403, "reach")
    if rule.grave and request.method not in SAFE and not sitting.login.may_be_grave(desk.now()):
        raise ConfirmationWantedError


def rule_of(request: Request) -> Rule:
    """The rule of the request's route."""
    return rules()[f"{request.method.replace('HEAD', 'GET')} {request.scope['route'].path}"]


def sit(desk: Desk, request: Request, rule: Rule, token: str) -> Sitting:
    """Who sits at the desk now: roles are read anew with every request."""
    now = desk.now()

    def read(connection: Connection) -> tuple[Login | None, Seat, Sequence[Account], Any]:
        today = desk.parts.clock.today(connection)
        login = login_of(connection, token, now) if token else None
        if login is None:
            return None, Seat("", ()), (), today
        parents = desk.parts.registry.policy.parents
        seat = seat_of(connection, login.account, parents, today, login.acting_for)
        return login, seat, absentees(connection, login.account.id, today), today

    login, seat, absent, today = desk.read(read)
    if login is not None and is_worth_noting(login, now):
        desk.write(lambda connection: note_seen(connection, login, now))
    visitor = request.cookies.get(VISITOR) or secrets.token_urlsafe(24)
    request.state.visitor = visitor
    return Sitting(
        desk=desk,
        teller=desk.teller(language_of(request, desk.language)),
        login=login,
        seat=seat,
        scope=scope_for(seat, rule),
        today=today,
        token=form_token(token if login else visitor),
        stands_in_for=absent,
    )


def scope_for(seat: Seat, rule: Rule) -> Scope:
    """What the seat sees on a route: the units for which it holds one of the route's roles."""
    if rule.roles is None:
        return Scope(frozenset(), frozenset(), PERSON_TYPES)
    persons = rule.roles & (NAMING | MASKED)
    return Scope(seat.units_of(rule.roles), seat.units_of(persons), PERSON_TYPES)


def language_of(request: Request, default: str) -> str:
    """The language that the reader has chosen."""
    chosen = request.cookies.get(LANGUAGE, default)
    return chosen if chosen in LANGUAGES else default


def refuse_foreign(request: Request) -> None:
    """Refuses what another site's page sent.

    Raises:
        HTTPException: 403.
    """
    origin = request.headers.get("origin")
    if origin is not None:
        own = request.headers.get("host", "")
        if urlsplit(origin).netloc != own or not own:
            raise HTTPException(403, "foreign_origin")
    elif request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403, "foreign_origin")


def tokens_of(sitting: Sitting, rule: Rule, cookie: str) -> Sequence[str]:
    """What shows that a form is from our own page.

    A page that was open when its session ended carries the token of that session, which its browser
    still has. Such a form gets no further than to the login (`LoginWantedError`).
    """
    has_ended = bool(cookie) and sitting.login is None and not rule.public
    return (sitting.token, form_token(cookie)) if has_ended else (sitting.token,)


async def _read_form(request: Request, tokens: Sequence[str]) -> None:
    """Reads a form that our own page made for this browser; the API carries the token in a header.

    Raises:
        HTTPException: 403 without the token, 411 without a length, 413 for too much.
    """
    fault = fault_of(request.headers)
    if fault is not None:
        raise HTTPException(*fault)
    given = request.headers.get("x-csrf-token", "")
    if request.headers.get("content-type", "").startswith("application/json"):
        refuse_unwritable(*_texts(await request.body()))
    else:
        sent = await request.form(max_files=8, max_fields=MOST_FIELDS, max_part_size=MOST_TEXT)
        form = as_typed(sent)
        request.state.form = form
        given = given or str(form.get("_token", ""))
        refuse_unwritable(*(one for _, one in form.multi_items() if isinstance(one, str)))
    if not any(hmac.compare_digest(given.encode(), one.encode()) for one in tokens):
        raise HTTPException(403, "bad_token")


def refuse_unwritable(*texts: str) -> None:
    """Refuses what cannot be stored as text.

    Raises:
        HTTPException: 400.
    """
    if any(UNWRITABLE.search(one) for one in texts):
        raise HTTPException(400, "unwritable")


def refuse_unheld(parts: Mapping[str, object]) -> None:
    """Refuses a path with a number that no database holds: nothing is there, whatever the route.

    Raises:
        HTTPException: 404.
    """
    if not all(is_held(str(one)) for name, one in parts.items() if name in NUMBERED):
        raise HTTPException(404)


def _texts(body: bytes) -> Iterator[str]:
    """Every text in a JSON body, its keys too; of what is no JSON the route says so itself."""
    try:
        waiting = [json.loads(body)]
    except (ValueError, RecursionError):
        return
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
