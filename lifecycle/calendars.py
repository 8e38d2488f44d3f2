"""Calendar years in the database: published since the program was shipped, or changed since."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.store.tables import calendar_year
from lifecycle.workdays import CalendarYear

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def read_years(connection: Connection) -> list[CalendarYear]:
    """The years that this database holds, the earliest first."""
    c = calendar_year.c
    rows = connection.execute(sa.select(c.year, c.notice, c.content).order_by(c.year)).all()
    return [
        CalendarYear(
            row.year,
            row.notice,
            {date.fromisoformat(day): name for day, name in row.content["holidays"].items()},
            frozenset(date.fromisoformat(day) for day in row.content["makeup"]),
        )
        for row in rows
    ]


def store_year(connection: Connection, given: CalendarYear, recorded: tuple[datetime, str]) -> None:
    """Stores a year; a later notice about it takes the place of the earlier one."""
    recorded_at, recorded_by = recorded
    values = {
        "notice": given.notice,
        "content": {
            "holidays": {day.isoformat(): name for day, name in given.holidays.items()},
            "makeup": sorted(day.isoformat() for day in given.makeup),
        },
        "digest": given.digest,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
    }
    of_year = calendar_year.c.year == given.year
    changed = connection.execute(sa.update(calendar_year).where(of_year).values(values))
    if changed.rowcount == 0:
        connection.execute(sa.insert(calendar_year).values(year=given.year, **values))
