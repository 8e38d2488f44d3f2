"""Rows with four dates: how the register's orders become closed and opened rows.

Nothing is overwritten: a row whose end becomes known is ended in knowledge and followed by a
bounded copy. Reading with the four dates then gives what was true, or what was known, on any day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.register import RegisterAct, RegisterChange

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import Connection, Table

HISTORY = frozenset(
    {"from_on", "until_on", "known_from", "known_until", "entry_id", "ended_entry_id"}
)


@dataclass(frozen=True, slots=True)
class Applied:
    """An order after it was carried out: the row (or new thing) that it made, if any."""

    change: RegisterChange
    row_id: int | None
    values: Mapping[str, Any]


def apply(
    connection: Connection,
    table: Table,
    change: RegisterChange,
    entry_id: int,
    now: datetime,
) -> Applied:
    """Carries out one order in the name of an entry."""
    if change.act is RegisterAct.CREATE:
        inserted = connection.execute(
            sa.insert(table).values(**change.values).returning(table.c.id)
        )
        return Applied(change, inserted.scalar_one(), change.values)
    if change.from_on is None:
        msg = f"an order on {table.name} needs a day"
        raise ValueError(msg)
    rows = _running(connection, table, change.key, change.from_on)
    for row in rows:
        _end(connection, table, row, change.from_on, entry_id, now)
    if change.act is RegisterAct.END:
        return Applied(change, None, change.key)
    following = _next_from(connection, table, change.key, change.from_on)
    until_on = min((day for day in (change.until_on, following) if day), default=None)
    values = {**change.key, **change.values}
    inserted = connection.execute(
        sa.insert(table)
        .values(
            **values,
            from_on=change.from_on,
            until_on=until_on,
            known_from=now,
            entry_id=entry_id,
        )
        .returning(table.c.id)
    )
    return Applied(change, inserted.scalar_one(), values)


def revoke(
    connection: Connection, table: Table, entry_ids: list[int], by: int, now: datetime
) -> None:
    """Takes back what superseded entries wrote: their rows end, those they ended come back."""
    t = table.c
    ended = sa.select(table).where(t.ended_entry_id.in_(entry_ids), t.entry_id.not_in(entry_ids))
    returning = [dict(row) for row in connection.execute(ended).mappings()]
    connection.execute(
        sa.update(table)
        .where(t.entry_id.in_(entry_ids), t.known_until.is_(None))
        .values(known_until=now, ended_entry_id=by)
    )
    for row in returning:
        row.pop("id")
        row |= {"known_from": now, "known_until": None, "ended_entry_id": None}
        connection.execute(sa.insert(table).values(**row))


def _matches(table: Table, key: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    known: list[sa.ColumnElement[bool]] = [table.c.known_until.is_(None)]
    return known + [table.c[name] == value for name, value in key.items()]


def _running(
    connection: Connection, table: Table, key: Mapping[str, Any], on: date
) -> list[dict[str, Any]]:
    """The rows under the key that hold on the day, or begin on it."""
    t = table.c
    rows = connection.execute(
        sa.select(table).where(
            *_matches(table, key), t.from_on <= on, sa.or_(t.until_on.is_(None), t.until_on > on)
        )
    )
    return [dict(row) for row in rows.mappings()]


def _next_from(
    connection: Connection, table: Table, key: Mapping[str, Any], on: date
) -> date | None:
    t = table.c
    statement = sa.select(sa.func.min(t.from_on, type_=t.from_on.type)).where(
        *_matches(table, key), t.from_on > on
    )
    found: date | None = connection.execute(statement).scalar_one()
    return found


def _end(
    connection: Connection,
    table: Table,
    row: Mapping[str, Any],
    on: date,
    entry_id: int,
    now: datetime,
) -> None:
    connection.execute(
        sa.update(table)
        .where(table.c.id == row["id"])
        .values(known_until=now, ended_entry_id=entry_id)
    )
    if row["from_on"] == on:
        return  # replaced whole on its own first day
    copy = {name: value for name, value in row.items() if name != "id"}
    copy |= {"until_on": on, "known_from": now, "known_until": None, "entry_id": entry_id}
    connection.execute(sa.insert(table).values(**copy))
