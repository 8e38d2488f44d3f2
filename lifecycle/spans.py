"""What orders on one key of the register make together: the spans of days on which values hold.

Pure, and the only place that says so: the tables are written by it (`lifecycle.store.timeline`)
and rebuilt from the trail by it (`lifecycle.replaying`). The last word about a day counts, in
whatever order the days were spoken about: what somebody enters later about an earlier day holds
until the next day that an order names, and never beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from lifecycle.register import RegisterAct, RegisterChange
from lifecycle.store.types import Day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Table

Key = tuple[str, tuple[tuple[str, Any], ...]]
"""Table and key columns: what at most one row holds for at a time."""

Position = tuple[datetime, int, int, int]
"""When an order was given: moment, place in its unit of work, entry, place in the entry."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order of an entry: from that day on these values hold, or nothing does any more."""

    entry_id: int
    position: Position
    change: RegisterChange


@dataclass(frozen=True, slots=True)
class Span:
    """Values and the days on which they hold; `until_on` is the first day on which not."""

    from_on: date
    until_on: date | None
    values: tuple[tuple[str, Any], ...]

    def covers(self, day: date) -> bool:
        """Whether the values hold on the day."""
        return self.from_on <= day and (self.until_on is None or self.until_on > day)


def key_of(change: RegisterChange) -> Key:
    """The key that an order is about."""
    return change.table, tuple(sorted(change.key.items()))


def day_of(change: RegisterChange) -> date:
    """The day from which an order on a dated table counts.

    Raises:
        ValueError: it names none.
    """
    if change.from_on is None:
        msg = f"an order on {change.table} needs a day"
        raise ValueError(msg)
    return change.from_on


def fold(orders: Iterable[Order]) -> list[Span]:
    """The spans that the orders on one key make."""
    last_word: dict[date, RegisterChange] = {}
    for order in sorted(orders, key=lambda one: one.position):
        last_word[day_of(order.change)] = order.change
    days = sorted(last_word)
    spans: list[Span] = []
    for day, following in zip_longest(days, days[1:]):
        change = last_word[day]
        if change.act is RegisterAct.PUT:
            ends = [one for one in (change.until_on, following) if one is not None]
            spans.append(Span(day, min(ends, default=None), values_of(change.values)))
    return spans


def values_of(values: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Values in an order that does not depend on who wrote them down; what is empty left out."""
    return tuple(sorted((name, value) for name, value in values.items() if value is not None))


def is_void(change: RegisterChange, spans: Iterable[Span]) -> bool:
    """Whether an order ends what is not there: it leaves no trace and counts for nothing."""
    day = day_of(change)
    return change.act is RegisterAct.END and not any(one.covers(day) for one in spans)


def position_of(recorded_at: datetime, request: str, entry_id: int) -> tuple[datetime, int, int]:
    """When an entry was written: its moment, and its place in the unit of work that wrote it."""
    _, _, place = request.rpartition("/")
    return recorded_at, int(place) if place.isdecimal() else 0, entry_id


def orders_in(
    body: Mapping[str, Any], position: tuple[datetime, int, int], tables: Mapping[str, Table]
) -> Iterator[Order]:
    """The orders on dated tables that an entry's body holds, personal values left out."""
    for number, one in enumerate(body["register"]):
        table = tables[one["table"]]
        change = RegisterChange(
            RegisterAct(one["act"]),
            one["table"],
            _typed(one["key"], table),
            _typed(one["values"], table),
            _day(one["from_on"]),
            _day(one["until_on"]),
        )
        if change.act is not RegisterAct.CREATE:
            yield Order(position[2], (*position, number), change)


def _typed(values: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """Values as columns hold them: days from ISO text."""
    return {
        name: _day(value) if isinstance(table.c[name].type, Day) else value
        for name, value in values.items()
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
