"""Accounts and their roles: made, renewed, shut out, granted, revoked; by administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.accounts import people
from lifecycle.accounts.errors import AccessError, AccessProblem
from lifecycle.accounts.grants import grant, refuse_last_administrator, revoke
from lifecycle.errors import LifecycleError
from web.forms import period_of, text_of
from web.numbers import Number
from web.problems import problem_of, status_of
from web.render import page
from web.sitting import form_of, sitting_of
from web.views.settings import open_sessions, roles_to_grant, tabs_of, unit_names, user_rows
from wording.usage import UsageError
from workflows.byhand import find_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, RowMapping

    from web.views.settings import UserRow

router = APIRouter()


@router.get("/settings/users")
def users(request: Request) -> Response:
    """Every account with its roles."""
    return _list(request)


def _list(request: Request, error: LifecycleError | None = None) -> Response:
    sitting = sitting_of(request)
    rows = sitting.desk.read(lambda c: user_rows(c, sitting))
    form = getattr(request.state, "form", {})
    return page(
        request,
        "settings_users.html",
        200 if error is None else status_of(error),
        tabs=tabs_of(sitting),
        rows=rows,
        problem=told(request, error),
        typed={name: str(form.get(name, "")) for name in ("login", "name")},
    )


def told(request: Request, error: LifecycleError | None) -> str:
    """What is wrong, in the reader's words."""
    return problem_of(sitting_of(request), error)


@router.post("/settings/users")
def make_user(request: Request) -> Response:
    """Makes an account and shows its one-time password, this once."""
    sitting, form = sitting_of(request), form_of(request)
    login, name = text_of(form, "login", 200).lower(), text_of(form, "name", 100)

    def make(connection: Connection) -> str:
        by, now = sitting.seat.login, sitting.desk.now()
        return people.create_account(connection, login=login, name=name, by=by, now=now)

    try:
        password = sitting.desk.write(make)
    except LifecycleError as error:
        return _list(request, error)
    return _once(request, login, password)


def _once(request: Request, login: str, password: str) -> Response:
    """The only page on which a one-time password ever stands."""
    return page(
        request,
        "settings_password.html",
        tabs=tabs_of(sitting_of(request)),
        login=login,
        password=password,
    )


@router.get("/settings/users/{login}")
def user(request: Request, login: str) -> Response:
    """An account: its roles, its sessions, and what can be done with it."""
    return _user(request, login)


def _user(request: Request, login: str, error: LifecycleError | None = None) -> Response:
    sitting = sitting_of(request)

    def read(connection: Connection) -> tuple[UserRow, list[RowMapping], list[str]]:
        number = people.account_of(connection, login).id
        row = next(one for one in user_rows(connection, sitting) if one.account.id == number)
        sessions = open_sessions(connection, sitting, number)
        return row, list(sessions), list(unit_names(connection))

    row, sessions, units = sitting.desk.read(read)
    form = getattr(request.state, "form", {})
    names = ("role", "unit", "everywhere", "since", "until")
    return page(
        request,
        "settings_user.html",
        200 if error is None else status_of(error),
        tabs=tabs_of(sitting),
        row=row,
        sessions=sessions,
        units=units,
        roles=roles_to_grant(sitting),
        problem=told(request, error),
        typed={name: str(form.get(name, "")) for name in names},
    )


def _on_user(
    request: Request, login: str, act: Callable[[Connection, people.Account], None]
) -> Response:
    """Does something to an account and shows it."""
    sitting = sitting_of(request)
    try:
        sitting.desk.write(lambda c: act(c, people.account_of(c, login)))
    except LifecycleError as error:
        if isinstance(error, AccessError) and error.problem is AccessProblem.NO_ACCOUNT:
            raise
        return _user(request, login, error)
    return RedirectResponse(f"/settings/users/{login}", 303)


@router.post("/settings/users/{login}/password")
def renew_password(request: Request, login: str) -> Response:
    """Gives an account a new one-time password and ends its sessions."""
    password = sitting_of(request).desk.write(
        lambda c: people.reset_password(c, people.account_of(c, login).id)
    )
    return _once(request, login, password)


@router.post("/settings/users/{login}/disable")
def disable(request: Request, login: str) -> Response:
    """Shuts an account out from its next request on; never the last administrator's."""
    sitting = sitting_of(request)

    def act(connection: Connection, who: people.Account) -> None:
        refuse_last_administrator(connection, who.id, sitting.today)
        people.disable(connection, who.id, sitting.desk.now())

    return _on_user(request, login, act)


@router.post("/settings/users/{login}/enable")
def enable(request: Request, login: str) -> Response:
    """Lets an account in again."""
    return _on_user(request, login, lambda c, who: people.enable(c, who.id))


@router.post("/settings/users/{login}/sessions/end")
def end_all(request: Request, login: str) -> Response:
    """Ends every session of an account."""
    return _on_user(request, login, lambda c, who: people.end_sessions(c, who.id))


@router.post("/settings/users/{login}/grants")
def grant_role(request: Request, login: str) -> Response:
    """Grants a role for a unit and all below it, or for every unit."""
    sitting, form = sitting_of(request), form_of(request)

    def act(connection: Connection, who: people.Account) -> None:
        named, everywhere = text_of(form, "unit", 200), text_of(form, "everywhere") == "yes"
        if bool(named) is everywhere:
            raise UsageError("unit_or_everywhere")
        since, until_on = period_of(form, sitting.today)
        grant(
            connection,
            account_id=who.id,
            role=text_of(form, "role", 40),
            unit_id=None if everywhere else find_unit(connection, named),
            from_on=since,
            until_on=until_on,
            by=sitting.seat.login,
            now=sitting.desk.now(),
        )

    return _on_user(request, login, act)


@router.post("/settings/users/{login}/grants/{number}/revoke")
def revoke_role(request: Request, login: str, number: Number) -> Response:
    """Ends a grant of an account: its next request is without it."""
    sitting = sitting_of(request)

    def act(connection: Connection, who: people.Account) -> None:
        known = next(one for one in user_rows(connection, sitting) if one.account.id == who.id)
        if number not in {one.id for one in known.grants}:
            raise AccessError(AccessProblem.NOT_GRANTED)
        now = sitting.desk.now()
        revoke(connection, number, on=sitting.today, by=sitting.seat.login, now=now)

    return _on_user(request, login, act)
