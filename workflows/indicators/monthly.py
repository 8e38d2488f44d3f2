"""The monthly cross table: organizations by county, kind and state of coverage, with the change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from lifecycle.store.types import END_OF_TIME
from workflows.indicators import case_reads, reads
from workflows.indicators.places import LEAD, places_in
from workflows.indicators.reading import Reading

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workflows.indicators.places import Places

COVERAGE = "organization_coverage"

Key = tuple[int | None, str | None, str | None]
"""County, kind and state; None where the register does not say."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How many organizations of a kind stand in a state in a county."""

    county_id: int | None
    kind: str | None
    state: str | None
    """None: no coverage case was open on the day."""
    count: int
    before: int
    """The same at the end of the month before."""

    @property
    def change(self) -> int:
        """How many more than a month before."""
        return self.count - self.before


@dataclass(frozen=True, slots=True)
class CrossTable:
    """The cells of a month, none of them empty on both days."""

    on: date
    before: date
    cells: tuple[Cell, ...]


def month_days(month: date, today: date) -> tuple[date, date]:
    """The day on which a month is counted, and the last day of the month before.

    A month that is not over is counted as it stands today.
    """
    begins = month.replace(day=1)
    following = (begins + timedelta(days=31)).replace(day=1)
    return min(following - timedelta(days=1), today), begins - timedelta(days=1)


def cross_table(
    connection: Connection, on: date, before: date, unit_id: int | None = None
) -> CrossTable:
    """The organizations on the register on the two days, of a unit and all below it."""
    places = places_in(connection)
    now, then = (_counts(connection, places, day, unit_id) for day in (on, before))
    cells = [
        Cell(*key, now[key], then[key]) for key in sorted(now.keys() | then.keys(), key=_order)
    ]
    return CrossTable(on, before, tuple(cells))


def _order(key: Key) -> tuple[int, str, str]:
    county_id, kind, state = key
    return county_id or 0, kind or "", state or ""


def _counts(connection: Connection, places: Places, day: date, unit_id: int | None) -> Counter[Key]:
    return Counter(standing(connection, places, day, unit_id).values())


def standing(
    connection: Connection, places: Places, day: date, unit_id: int | None = None
) -> dict[int, Key]:
    """Every organization on the register on a day, of a unit and all below it, with its cell."""
    reading = Reading(connection, day, END_OF_TIME)
    states = {row[1]: row[3] for row in case_reads.states(reading, [COVERAGE])}
    there: dict[int, tuple[str | None, tuple[int | None, ...]]] = {}
    for number, until_on, kind, *home in reads.profiles(reading):
        if until_on is None or until_on > day:
            there[number] = (kind, tuple(home))
    found: dict[int, Key] = {}
    for number, (kind, home) in there.items():
        around = places.around(home)
        if places.is_whole(unit_id) or unit_id in around:
            found[number] = _county(places, home, around), kind, states.get(number)
    return found


def _county(places: Places, home: tuple[int | None, ...], around: frozenset[int]) -> int | None:
    """The county that the profile names, else the one under which its units lie."""
    named = home[2]
    if named is not None:
        return named
    counties = (places.units[one] for one in sorted(around) if one in places.units)
    return next((one.id for one in counties if (one.level, one.kind) == ("county", LEAD)), None)
