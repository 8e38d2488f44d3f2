"""Accounts: made by an administrator, given a one-time password, disabled, never removed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.accounts.errors import AccessError, AccessProblem
from lifecycle.accounts.passwords import hashed, one_time_password
from lifecycle.accounts.tables import account, login_session
from lifecycle.store.among import Among
from lifecycle.store.hot import Statement

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from lifecycle.store.hot import Record

LOGIN = re.compile(r"^[a-z0-9][a-z0-9._-]{1,39}$")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in."""

    id: int
    login: str
    name: str
    must_change: bool
    disabled: bool
    last_login_at: datetime | None


def create_account(
    connection: Connection,
    *,
    login: str,
    name: str,
    by: str,
    now: datetime,
    must_change: bool = True,
) -> str:
    """Makes an account and gives its one-time password, which is kept nowhere.

    Raises:
        AccessError: the login name is taken or malformed.
    """
    login = login.strip().lower()
    if not LOGIN.match(login):
        raise AccessError(AccessProblem.BAD_LOGIN, login=login)
    if account_named(connection, login) is not None:
        raise AccessError(AccessProblem.LOGIN_TAKEN, login=login)
    password = one_time_password()
    connection.execute(
        sa.insert(account).values(
            login=login,
            name=name.strip() or login,
            password=hashed(password, login),
            must_change=must_change,
            created_at=now,
            created_by=by,
        )
    )
    return password


def account_named(connection: Connection, login: str) -> Account | None:
    """The account of that login name."""
    statement = sa.select(account).where(account.c.login == login.strip().lower())
    row = connection.execute(statement).mappings().first()
    return None if row is None else as_account(row)


def account_of(connection: Connection, login: str) -> Account:
    """The same where there must be one.

    Raises:
        AccessError: there is none.
    """
    found = account_named(connection, login)
    if found is None:
        raise AccessError(AccessProblem.NO_ACCOUNT, login=login)
    return found


def accounts(connection: Connection) -> Sequence[Account]:
    """Every account, by login name."""
    rows = connection.execute(sa.select(account).order_by(account.c.login)).mappings()
    return [as_account(row) for row in rows]


def names_by_login(connection: Connection, logins: Collection[str]) -> dict[str, str]:
    """What to call those who act under a login name; who has no account is not in it."""
    return dict(_NAMES.rows(connection, logins=logins))


_NAMES = Statement(
    sa.select(account.c.login, account.c.name).where(Among(account.c.login, "logins"))
)


def as_account(row: Record) -> Account:
    """A row of the table without its password."""
    return Account(
        row["id"],
        row["login"],
        row["name"],
        row["must_change"],
        row["disabled_at"] is not None,
        row["last_login_at"],
    )


def reset_password(connection: Connection, account_id: int, *, must_change: bool = True) -> str:
    """Gives an account a new one-time password and ends all its sessions."""
    row = connection.execute(sa.select(account).where(account.c.id == account_id)).one()
    password = one_time_password()
    values = {"password": hashed(password, row.login), "must_change": must_change}
    connection.execute(sa.update(account).where(account.c.id == account_id).values(values))
    end_sessions(connection, account_id)
    return password


def disable(connection: Connection, account_id: int, now: datetime) -> None:
    """Shuts an account out from its next request on; its acts stay under its name."""
    a = account.c
    connection.execute(
        sa.update(account)
        .where(a.id == account_id, a.disabled_at.is_(None))
        .values(disabled_at=now)
    )
    end_sessions(connection, account_id)


def enable(connection: Connection, account_id: int) -> None:
    """Lets an account in again."""
    connection.execute(
        sa.update(account).where(account.c.id == account_id).values(disabled_at=None)
    )


def end_sessions(connection: Connection, account_id: int, keep: int | None = None) -> None:
    """Ends every session of an account but the one to keep: it has to log in again."""
    s = login_session.c
    connection.execute(
        sa.delete(login_session).where(s.account_id == account_id, s.id != (keep or 0))
    )
