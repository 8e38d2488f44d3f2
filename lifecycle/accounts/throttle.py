"""Guessing passwords is slow: wrong ones are counted by account and by address."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from lifecycle.accounts.errors import AccessError, AccessProblem
from lifecycle.accounts.tables import login_attempt

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

WINDOW: Final = timedelta(minutes=15)
PER_LOGIN: Final = 10
"""Wrong passwords for one login name in the window, from wherever they come."""
PER_ADDRESS: Final = 20
"""Wrong passwords from one address in the window, for whomever they are meant."""
KEPT: Final = timedelta(days=1)


def count_attempt(connection: Connection, login: str, address: str, now: datetime) -> int:
    """Counts a password before it is tried, and gives the number by which it is forgiven.

    Before and not after: of a thousand guesses sent at once none must slip through.

    Raises:
        AccessError: too many were wrong; nothing may be tried.
    """
    a = login_attempt.c
    if connection.dialect.name == "postgresql":  # on SQLite there is one writer anyhow
        connection.exec_driver_sql("LOCK TABLE login_attempt IN SHARE ROW EXCLUSIVE MODE")
    connection.execute(sa.delete(login_attempt).where(a.tried_at < now - KEPT))
    recent = a.tried_at > now - WINDOW
    name = _hash(login)
    for own, limit in ((a.login_hash == name, PER_LOGIN), (a.address == address, PER_ADDRESS)):
        count = sa.select(sa.func.count()).select_from(login_attempt).where(own, recent)
        if connection.execute(count).scalar_one() >= limit:
            minutes = int(WINDOW.total_seconds()) // 60
            raise AccessError(AccessProblem.THROTTLED, minutes=minutes)
    counted = sa.insert(login_attempt).values(login_hash=name, address=address, tried_at=now)
    number: int = connection.execute(counted.returning(a.id)).scalar_one()
    return number


def forgive(connection: Connection, number: int, login: str) -> None:
    """Takes a counted password back, and what was counted for the login name: it did fit."""
    a = login_attempt.c
    mine = sa.or_(a.id == number, a.login_hash == _hash(login))
    connection.execute(sa.delete(login_attempt).where(mine))


def _hash(login: str) -> bytes:
    """A login name as it is counted: what is typed there by mistake may be a password."""
    return hashlib.sha256(login.strip().lower().encode()).digest()
