"""Rows with four dates: how the register's orders become closed and opened rows.

Nothing is overwritten: a row that no longer says what is known is ended in knowledge, and what is
known instead is written beside it. Reading with the four dates then gives what was true, or what
was known, on any day.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.chain import entry_number, entry_place
from lifecycle.register import RegisterAct, RegisterChange
from lifecycle.spans import (
    Key,
    Order,
    Span,
    day_of,
    fold,
    is_void,
    key_of,
    orders_in,
    position_of,
    values_of,
)
from lifecycle.store.among import Among
from lifecycle.store.hot import Statement
from lifecycle.store.tables import entry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Timelines:
    """The dated tables, as the entry `entry_id` of the moment `now` changes them."""

    connection: Connection
    tables: Mapping[str, Table]
    entry_id: int
    now: datetime

    def apply(self, change: RegisterChange, order: tuple[int, int]) -> Applied:
        """Carries out one order; `order` is the place of its entry in its work, and its own."""
        table = self.tables[change.table]
        if change.act is RegisterAct.CREATE:
            inserted = _creation(table, tuple(change.values)).rows(self.connection, **change.values)
            return Applied(change, inserted[0][0], change.values)
        on = day_of(change)
        prepared = _prepared(table, tuple(change.key))
        found = prepared.since.rows(self.connection, on_day=on, **_keyed(change.key))
        rows = [dict(zip(prepared.columns, row, strict=True)) for row in found]
        known = [row for row in rows if row["known_until"] is None]
        if all(row["from_on"] <= on and row["until_on"] is None for row in rows):
            self._append(prepared, change, known)
        elif not is_void(change, [_span(table, row) for row in known]):
            # Something is said about later days already: all that was ever said decides.
            place, number = order
            given = Order(self.entry_id, (self.now, place, self.entry_id, number), change)
            self._derive(key_of(change), given)
        values = {**change.key, **change.values}
        return Applied(change, None, values if change.act is RegisterAct.PUT else change.key)

    def revoke(self, entry_ids: Collection[int]) -> None:
        """Takes back what superseded entries ordered: the other orders on their keys decide."""
        touched: set[Key] = set()
        for order in _orders(self.connection, self.tables, entry_ids):
            touched.add(key_of(order.change))
        for key in sorted(touched, key=str):
            self._derive(key, None)

    def _append(
        self, prepared: _Prepared, change: RegisterChange, known: Sequence[Mapping[str, Any]]
    ) -> None:
        """The ordinary case: nothing is said about any later day."""
        on = day_of(change)
        for row in known:
            self._end(prepared, row)
            if row["from_on"] != on:
                self._insert(prepared, row, (row["from_on"], on))
        if change.act is RegisterAct.PUT:
            values = dict.fromkeys(prepared.columns) | {**change.key, **change.values}
            self._insert(prepared, values, (on, change.until_on))

    def _derive(self, key: Key, given: Order | None) -> None:
        """Writes what all living orders on a key make, and ends what they no longer make."""
        table, columns = self.tables[key[0]], dict(key[1])
        prepared = _prepared(table, tuple(columns))
        found = prepared.all.rows(self.connection, **_keyed(columns))
        rows = [dict(zip(prepared.columns, row, strict=True)) for row in found]
        traces = {row["entry_id"] for row in rows} | {row["ended_entry_id"] for row in rows}
        orders = [
            _with_personal(order, rows, table)
            for order in _living(self.connection, self.tables, traces - {None})
            if key_of(order.change) == key and (given is None or order.position != given.position)
        ]
        spans = fold([*orders, given] if given else orders)
        said = day_of(given.change) if given else None
        for row in rows:
            if row["known_until"] is not None:
                continue
            span = _span(table, row)
            # A row that says again what is known is written anew: an order leaves its trace.
            if span in spans and span.from_on != said:
                spans.remove(span)
            else:
                self._end(prepared, row)
        for span in spans:
            values = dict.fromkeys(prepared.columns) | columns | dict(span.values)
            self._insert(prepared, values, (span.from_on, span.until_on))

    def _end(self, prepared: _Prepared, row: Mapping[str, Any]) -> None:
        prepared.end_knowledge.send(
            self.connection, row_id=row["id"], at=self.now, by_entry=self.entry_id
        )

    def _insert(
        self, prepared: _Prepared, values: Mapping[str, Any], days: tuple[date, date | None]
    ) -> None:
        from_on, until_on = days
        dates = {"from_on": from_on, "until_on": until_on, "entry_id": self.entry_id}
        known = {"known_from": self.now, "known_until": None, "ended_entry_id": None}
        prepared.insert.send(self.connection, **(dict(values) | dates | known))


def _span(table: Table, row: Mapping[str, Any]) -> Span:
    """A row as what it says and when, without its key and knowledge."""
    own = {
        name: value
        for name, value in row.items()
        if name not in HISTORY and name != "id" and name not in table.info["key"]
    }
    return Span(row["from_on"], row["until_on"], values_of(own))


def _living(
    connection: Connection, tables: Mapping[str, Table], entry_ids: Collection[int]
) -> list[Order]:
    """The orders of those entries that no later entry supersedes."""
    orders = _orders(connection, tables, entry_ids)
    cases = {entry_place(one.entry_id)[0] for one in orders}
    gone = {
        entry_number(case_id, seq)
        for case_id, superseded in _SUPERSEDED.rows(connection, ids=cases)
        for seq in superseded
    }
    return [one for one in orders if one.entry_id not in gone]


def _orders(
    connection: Connection, tables: Mapping[str, Table], entry_ids: Collection[int]
) -> list[Order]:
    found: list[Order] = []
    for number, recorded_at, request, body in _BODIES.rows(connection, ids=set(entry_ids)):
        position = position_of(recorded_at, request, number)
        found += orders_in(json.loads(bytes(body)), position, tables)
    return found


def _with_personal(order: Order, rows: Iterable[Mapping[str, Any]], table: Table) -> Order:
    """The order with the personal values that its entry only commits to, from the row it made."""
    personal = table.info.get("personal", frozenset())
    if not personal or order.change.act is not RegisterAct.PUT:
        return order
    for row in rows:
        if row["entry_id"] == order.entry_id and row["from_on"] == order.change.from_on:
            values = {**order.change.values, **{name: row[name] for name in personal}}
            return replace(order, change=replace(order.change, values=values))
    return order


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The statements that orders on one table need, compiled once."""

    columns: tuple[str, ...]
    since: Statement
    """The rows under a key, known still or no longer, that hold on a day or later."""
    all: Statement
    insert: Statement
    end_knowledge: Statement


@cache
def _prepared(table: Table, key: tuple[str, ...]) -> _Prepared:
    t = table.c
    on = sa.bindparam("on_day", type_=t.from_on.type)
    under = sa.select(table).where(
        *(t[name] == sa.bindparam(f"key_{name}", type_=t[name].type) for name in key)
    )
    since = under.where(sa.or_(t.until_on.is_(None), t.until_on > on))
    columns = {c.name: sa.bindparam(c.name, type_=c.type) for c in t if c.name != "id"}
    end_knowledge = (
        sa.update(table)
        .where(t.id == sa.bindparam("row_id", type_=t.id.type))
        .values(
            known_until=sa.bindparam("at", type_=t.known_until.type),
            ended_entry_id=sa.bindparam("by_entry", type_=t.ended_entry_id.type),
        )
    )
    return _Prepared(
        tuple(column.name for column in t),
        Statement(since),
        Statement(under),
        Statement(sa.insert(table).values(columns)),
        Statement(end_knowledge),
    )


@cache
def _creation(table: Table, names: tuple[str, ...]) -> Statement:
    columns = {name: sa.bindparam(name, type_=table.c[name].type) for name in names}
    return Statement(sa.insert(table).values(columns).returning(table.c.id))


_BODIES = Statement(
    sa.select(entry.c.id, entry.c.recorded_at, entry.c.request_id, entry.c.body)
    .where(Among(entry.c.id, "ids"))
    .order_by(entry.c.id)
)
_SUPERSEDED = Statement(
    sa.select(entry.c.case_id, entry.c.supersedes).where(
        Among(entry.c.case_id, "ids"), entry.c.supersedes != sa.literal_column("'[]'")
    )
)


def _keyed(key: Mapping[str, Any]) -> dict[str, Any]:
    return {f"key_{name}": value for name, value in key.items()}
