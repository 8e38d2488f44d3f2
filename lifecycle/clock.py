"""The only source of "now" and "today": the system's, a stored one, or a fixed one for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from lifecycle.moments import day_start, local_day
from lifecycle.store.hot import Statement
from lifecycle.store.tables import entry, setting
from lifecycle.store.types import Instant

if TYPE_CHECKING:
    from sqlalchemy import Connection

STORED_CLOCK = "clock_now"
"""Name of the row of `setting` that holds a demo or scenario database's own time."""


class Clock(Protocol):
    """Says what time it is, inside a transaction."""

    def now(self, connection: Connection) -> datetime:
        """The current instant, aware, in UTC."""
        ...

    def today(self, connection: Connection) -> date:
        """The current local day."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The database's time on PostgreSQL, the machine's on SQLite."""

    def now(self, connection: Connection) -> datetime:
        """The current instant, aware, in UTC."""
        if connection.dialect.name == "postgresql":
            moment: datetime = _DATABASE_NOW.rows(connection)[0][0]
            return moment
        return datetime.now(UTC)

    def today(self, connection: Connection) -> date:
        """The current local day."""
        return local_day(self.now(connection))


@dataclass(slots=True)
class FixedClock:
    """A clock that stands where it is put; for tests and for one act at a known time."""

    instant: datetime

    @classmethod
    def on(cls, day: date, hour: int = 9) -> FixedClock:
        """A clock that stands at `hour` o'clock, local time, on `day`."""
        return cls(day_start(day) + timedelta(hours=hour))

    def now(self, connection: Connection) -> datetime:  # noqa: ARG002 - the protocol's argument
        """The instant that was put."""
        return self.instant

    def today(self, connection: Connection) -> date:  # noqa: ARG002 - the protocol's argument
        """The local day of the instant that was put."""
        return local_day(self.instant)


@dataclass(slots=True)
class StoredClock:
    """A demo or scenario database's own clock: it stands until somebody moves it.

    But for a microsecond at every look: of two things recorded while it stands, the trail must
    tell which came later.
    """

    _stands_at: datetime | None = None
    _last: datetime | None = None

    def now(self, connection: Connection) -> datetime:
        """The stored instant, and a little later at every look."""
        stored = stored_time(connection)
        if stored is None:
            msg = "this database carries no clock of its own"
            raise LookupError(msg)
        if self._last is None:
            latest = sa.select(sa.func.max(entry.c.recorded_at, type_=Instant()))
            self._last = connection.execute(latest.where(entry.c.recorded_at >= stored)).scalar()
            self._stands_at = stored
        if self._last is None or self._stands_at != stored:
            self._stands_at = self._last = stored
        self._last += timedelta(microseconds=1)
        return self._last

    def today(self, connection: Connection) -> date:
        """The local day of the stored instant."""
        return local_day(self.now(connection))

    def move_to(self, connection: Connection, instant: datetime) -> None:
        """Put the stored clock at `instant` (aware)."""
        store_time(connection, instant)


def stored_time(connection: Connection) -> datetime | None:
    """The instant that the database carries, or None when it lives in real time."""
    rows = _STORED_TIME.rows(connection)
    return datetime.fromisoformat(rows[0][0]) if rows else None


def store_time(connection: Connection, instant: datetime) -> None:
    """Give the database its own time, or move the one it has, to `instant` (aware)."""
    text = instant.astimezone(UTC).isoformat()
    changed = connection.execute(
        sa.update(setting).where(setting.c.name == STORED_CLOCK).values(value=text)
    )
    if changed.rowcount == 0:
        connection.execute(sa.insert(setting).values(name=STORED_CLOCK, value=text))


_STORED_TIME = Statement(sa.select(setting.c.value).where(setting.c.name == STORED_CLOCK))
_DATABASE_NOW = Statement(sa.select(sa.func.clock_timestamp(type_=Instant())))
