"""What is known of one thing as entries change it: the rows, with their knowledge and entries."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lifecycle.spans import Order, Span, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import RowMapping, Table


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which a table does not say what the trail makes it say."""

    place: str
    """`MEM-301 state`, `MEM-301 D8`, `headcount organization_id=7`."""
    stored: str
    replayed: str

    def __str__(self) -> str:
        return f"{self.place}: stored {self.stored or '-'}, the trail makes {self.replayed or '-'}"


DATES = frozenset(
    {"id", "from_on", "until_on", "known_from", "known_until", "entry_id", "ended_entry_id"}
)

Row = tuple[Any, ...]
"""Days, knowledge, entries and values of a row: what makes it that row."""


@dataclass(slots=True)
class Ledger:
    """What is known of one key as entries change it."""

    orders: list[Order] = field(default_factory=list)
    open: list[tuple[Span, int, datetime]] = field(default_factory=list)
    """What is known still, by which entry and since when."""
    ended: list[Row] = field(default_factory=list)

    def current(self) -> list[Span]:
        """What is known still."""
        return [span for span, _, _ in self.open]

    def holds(self, entries: set[int]) -> bool:
        """Whether any of those entries has ordered something here."""
        return any(one.entry_id in entries for one in self.orders)

    def drop(self, entries: set[int]) -> None:
        """Leaves out what those entries ordered."""
        self.orders = [one for one in self.orders if one.entry_id not in entries]

    def settle(self, entry_id: int, now: datetime, said: date | None = None) -> None:
        """What the living orders make is known from now on; `said` is the day of a new one."""
        self.become(fold(self.orders), entry_id, now, said)

    def become(
        self, wanted: Sequence[Span], entry_id: int, now: datetime, said: date | None = None
    ) -> None:
        """From now on these spans are known, and no others."""
        left = list(wanted)
        kept: list[tuple[Span, int, datetime]] = []
        for known in self.open:
            span, by, since = known
            if span in left and span.from_on != said:
                left.remove(span)
                kept.append(known)
            else:
                self.ended.append(_told(span, since, now, by, entry_id))
        self.open = kept + [(span, entry_id, now) for span in left]

    def rows(self) -> Counter[Row]:
        """Every row that there is by now, also of what is no longer known."""
        known = [_told(span, since, None, by, None) for span, by, since in self.open]
        return Counter([*self.ended, *known])


def _told(
    span: Span, since: datetime, until: datetime | None, by: int, ended_by: int | None
) -> Row:
    values = json.dumps(span.values, default=str, ensure_ascii=False)
    return (span.from_on, span.until_on, since, until, by, ended_by, values)


def row_of(row: RowMapping, own: Iterable[str], personal: frozenset[str] = frozenset()) -> Row:
    """A stored row without its personal columns: of these the trail knows commitments only."""
    told = tuple(
        sorted((name, row[name]) for name in own if name not in personal and row[name] is not None)
    )
    values = json.dumps(told, default=str, ensure_ascii=False)
    dates = ("from_on", "until_on", "known_from", "known_until", "entry_id", "ended_entry_id")
    return (*(row[name] for name in dates), values)


def personal_of(table: Table) -> frozenset[str]:
    """The columns of a table that hold personal values."""
    hidden: frozenset[str] = table.info.get("personal", frozenset())
    return hidden


def differing(place: str, stored: Counter[Row], replayed: Counter[Row]) -> Iterator[Difference]:
    """The rows that are only stored, or only follow from the trail, side by side."""
    surplus, missing = list((stored - replayed).elements()), list((replayed - stored).elements())
    while surplus or missing:
        yield Difference(
            place,
            _words(surplus.pop(0)) if surplus else "",
            _words(missing.pop(0)) if missing else "",
        )


def _words(row: Row) -> str:
    from_on, until_on, since, until, by, ended_by, values = row
    return f"{values} {from_on}..{until_on or ''} known {since}..{until or ''} by {by}/{ended_by}"
