"""Rows with four dates: how the register's orders become closed and opened rows.

Nothing is overwritten: a row whose end becomes known is ended in knowledge and followed by a
bounded copy. Reading with the four dates then gives what was true, or what was known, on any day.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.register import RegisterAct, RegisterChange
from lifecycle.store.hot import Statement

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
        inserted = _creation(table, tuple(change.values)).rows(connection, **change.values)
        return Applied(change, inserted[0][0], change.values)
    if change.from_on is None:
        msg = f"an order on {table.name} needs a day"
        raise ValueError(msg)
    on = change.from_on
    prepared = _prepared(table, tuple(change.key))
    columns = [column.name for column in table.c]
    rows = [
        dict(zip(columns, row, strict=True))
        for row in prepared.since.rows(connection, on_day=on, **_keyed(change.key))
    ]
    for row in rows:
        if row["from_on"] <= on:
            _end(connection, prepared, row, on, entry_id, now)
    if change.act is RegisterAct.END:
        return Applied(change, None, change.key)
    following = min((row["from_on"] for row in rows if row["from_on"] > on), default=None)
    until_on = min((day for day in (change.until_on, following) if day), default=None)
    values = {**change.key, **change.values}
    new = dict.fromkeys(columns) | values
    new |= {"from_on": on, "until_on": until_on, "known_from": now, "entry_id": entry_id}
    prepared.insert.send(connection, **new)
    return Applied(change, None, values)


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


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The statements that orders on one table need, compiled once."""

    since: Statement
    """The known rows under a key that hold on a day or begin later."""
    insert: Statement
    end_knowledge: Statement


@cache
def _prepared(table: Table, key: tuple[str, ...]) -> _Prepared:
    t = table.c
    on = sa.bindparam("on_day", type_=t.from_on.type)
    under = [t[name] == sa.bindparam(f"key_{name}", type_=t[name].type) for name in key]
    since = sa.select(table).where(
        t.known_until.is_(None), *under, sa.or_(t.until_on.is_(None), t.until_on > on)
    )
    columns = {c.name: sa.bindparam(c.name, type_=c.type) for c in t if c.name != "id"}
    end_knowledge = (
        sa.update(table)
        .where(t.id == sa.bindparam("row_id", type_=t.id.type))
        .values(
            known_until=sa.bindparam("at", type_=t.known_until.type),
            ended_entry_id=sa.bindparam("by_entry", type_=t.ended_entry_id.type),
        )
    )
    insert = sa.insert(table).values(columns)
    return _Prepared(Statement(since), Statement(insert), Statement(end_knowledge))


@cache
def _creation(table: Table, names: tuple[str, ...]) -> Statement:
    columns = {name: sa.bindparam(name, type_=table.c[name].type) for name in names}
    return Statement(sa.insert(table).values(columns).returning(table.c.id))


def _keyed(key: Mapping[str, Any]) -> dict[str, Any]:
    return {f"key_{name}": value for name, value in key.items()}


def _end(
    connection: Connection,
    prepared: _Prepared,
    row: Mapping[str, Any],
    on: date,
    entry_id: int,
    now: datetime,
) -> None:
    prepared.end_knowledge.send(connection, row_id=row["id"], at=now, by_entry=entry_id)
    if row["from_on"] == on:
        return  # replaced whole on its own first day
    copy = dict(row)
    copy |= {"until_on": on, "known_from": now, "known_until": None, "entry_id": entry_id}
    prepared.insert.send(connection, **(copy | {"ended_entry_id": None}))
