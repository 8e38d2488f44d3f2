"""Logging in and out: sessions live in the database, so they can be listed and ended."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import sqlalchemy as sa

from lifecycle.accounts.errors import AccessError, AccessProblem
from lifecycle.accounts.passwords import NOBODY, fits, hashed, refuse_weak
from lifecycle.accounts.people import Account, as_account, end_sessions
from lifecycle.accounts.tables import account, login_session
from lifecycle.accounts.throttle import count_attempt, forgive
from lifecycle.store.hot import Statement, parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

T = TypeVar("T")


class Transact(Protocol):
    """Does work in one transaction and gives what it gives."""

    def __call__(self, work: Callable[[Connection], T], /) -> T:
        """The result of the work, once it is committed."""
        ...


LASTS: Final = timedelta(hours=12)
"""A session ends after a working day, whatever is done in it."""
IDLE: Final = timedelta(hours=2)
"""And before, when nothing is done for so long."""
REMEMBERED: Final = timedelta(hours=12)
"""One that has ended opens nothing; but whose it was is known so long, for a form left open."""
GRAVE: Final = timedelta(minutes=10)
"""For so long a password counts for grave acts."""
NOTED_EVERY: Final = timedelta(minutes=1)
"""How finely it is noted when a session was last used: a page costs no write."""


@dataclass(frozen=True, slots=True)
class Login:
    """A session that is open, and whose it is."""

    id: int
    account: Account
    acting_for: int | None
    began_at: datetime
    seen_at: datetime
    confirmed_at: datetime

    def may_be_grave(self, now: datetime) -> bool:
        """Whether the password was given lately enough for a grave act."""
        return now - self.confirmed_at < GRAVE


def try_login(
    transact: Transact, *, login: str, password: str, address: str, agent: str, now: datetime
) -> str:
    """Checks a password and opens a session; the token that only the browser is to know.

    Raises:
        AccessError: it does not fit, or too many did not.
    """
    number, row = _checked(transact, login, password, address, now)
    token = secrets.token_urlsafe(32)

    def begin(connection: Connection) -> None:
        forgive(connection, number, login)
        connection.execute(sa.delete(login_session).where(_over(now - REMEMBERED)))
        connection.execute(
            sa.insert(login_session).values(
                token_hash=_hash(token),
                account_id=row["id"],
                began_at=now,
                seen_at=now,
                confirmed_at=now,
                address=address[:60],
                agent=agent[:200],
            )
        )
        seen = {"last_login_at": now}
        connection.execute(sa.update(account).where(account.c.id == row["id"]).values(seen))

    transact(begin)
    return token


def _checked(
    transact: Transact, login: str, password: str, address: str, now: datetime
) -> tuple[int, RowMapping]:
    """The number under which the attempt was counted, and the account that the password fits.

    The attempt is counted in a transaction of its own, before the hash is asked: hashing takes
    longer than a writer may hold the database, and what fails is not to be rolled back.
    """

    def count(connection: Connection) -> tuple[int, RowMapping | None]:
        number = count_attempt(connection, login, address, now)
        wanted = sa.select(account).where(account.c.login == login.strip().lower())
        return number, connection.execute(wanted).mappings().first()

    number, row = transact(count)
    right = fits(password, row["password"] if row else NOBODY)
    if row is None or not right or row["disabled_at"] is not None:
        raise AccessError(AccessProblem.WRONG_PASSWORD)
    return number, row


def login_of(connection: Connection, token: str, now: datetime) -> Login | None:
    """The session of a token; None when there is none, it has ended, or its account was shut."""
    given = {"token_hash": _hash(token), "began": now - LASTS, "seen": now - IDLE}
    found = _OPEN_LOGIN.mappings(connection, **given)
    if not found:
        return None
    row = found[0]
    times = (row["began_at"], row["seen_at"], row["confirmed_at"])
    return Login(row["session_id"], as_account(row), row["acting_for_id"], *times)


_S = login_session.c
_OPEN_LOGIN = Statement(
    sa.select(
        _S.id.label("session_id"),
        *(_S[name] for name in ("acting_for_id", "began_at", "seen_at", "confirmed_at")),
        account,
    )
    .join(account, account.c.id == _S.account_id)
    .where(
        _S.token_hash == parameter("token_hash", _S.token_hash),
        _S.began_at > parameter("began", _S.began_at),
        _S.seen_at > parameter("seen", _S.seen_at),
        account.c.disabled_at.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose a session is or was, and for whom they acted in it."""

    account_id: int
    acting_for: int | None


def whose(connection: Connection, token: str) -> Whose | None:
    """Whose session a token opens, or opened until it ended of itself; None when unknown.

    It says nothing about whether the session is open: only `login_of` lets anybody in.
    """
    s = login_session.c
    statement = sa.select(s.account_id, s.acting_for_id).where(s.token_hash == _hash(token))
    row = connection.execute(statement).first()
    return None if row is None else Whose(*row)


def _over(now: datetime) -> sa.ColumnElement[bool]:
    s = login_session.c
    return sa.or_(s.began_at <= now - LASTS, s.seen_at <= now - IDLE)


def is_worth_noting(login: Login, now: datetime) -> bool:
    """Whether it is time to note that a session was used."""
    return now - login.seen_at >= NOTED_EVERY


def note_seen(connection: Connection, login: Login, now: datetime) -> None:
    """Notes that a session was used."""
    _set(connection, login.id, seen_at=now)


def confirm(transact: Transact, login: Login, password: str, address: str, now: datetime) -> None:
    """Takes the password once more, before a grave act.

    Raises:
        AccessError: it does not fit, or too many did not.
    """
    name = login.account.login
    number, _ = _checked(transact, name, password, address, now)

    def note(connection: Connection) -> None:
        forgive(connection, number, name)
        _set(connection, login.id, confirmed_at=now)

    transact(note)


def change_password(
    transact: Transact, login: Login, old: str, new: str, address: str, now: datetime
) -> None:
    """Replaces a password that its owner knows, and ends the owner's other sessions.

    The old one is counted and tried like one that logs in: who finds a session open must not learn
    the password by guessing here.

    Raises:
        AccessError: the new one is weak or the old one again, the old one does not fit, or too many
            did not.
    """
    name = login.account.login
    refuse_weak(new, name)  # asks nothing of what is stored, so it tells nothing
    if old == new:
        raise AccessError(AccessProblem.SAME_PASSWORD)
    number, row = _checked(transact, name, old, address, now)
    stored = hashed(new, name)

    def replace(connection: Connection) -> None:
        forgive(connection, number, name)
        # What was replaced meanwhile is not the password any more that was tried.
        mine = (account.c.id == row["id"], account.c.password == row["password"])
        values = {"password": stored, "must_change": False}
        if not connection.execute(sa.update(account).where(*mine).values(values)).rowcount:
            raise AccessError(AccessProblem.WRONG_PASSWORD)
        end_sessions(connection, row["id"], login.id)

    transact(replace)


def act_for(connection: Connection, login: Login, absent_id: int | None) -> None:
    """Lets a session act for somebody absent from now on, or for itself again."""
    _set(connection, login.id, acting_for_id=absent_id)


def _set(connection: Connection, number: int, **values: object) -> None:
    connection.execute(sa.update(login_session).where(login_session.c.id == number).values(values))


def log_out(connection: Connection, number: int) -> None:
    """Ends a session: its token opens nothing any more."""
    connection.execute(sa.delete(login_session).where(login_session.c.id == number))


def sessions(
    connection: Connection, now: datetime, account_id: int | None = None
) -> Sequence[RowMapping]:
    """The open sessions of one account or of all, the latest first."""
    s = login_session
    columns = ("id", "account_id", "began_at", "seen_at", "address", "agent")
    statement = (
        sa.select(*(s.c[name] for name in columns), account.c.login)
        .join(account, account.c.id == s.c.account_id)
        .where(sa.not_(_over(now)))
        .order_by(s.c.seen_at.desc(), s.c.id.desc())
    )
    if account_id is not None:
        statement = statement.where(s.c.account_id == account_id)
    return connection.execute(statement).mappings().all()


def form_token(token: str) -> str:
    """What a form carries to show that it was made for the browser that has this token."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
