"""The monthly cross table as a page shows it: county by kind by state, with the change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from web.numbers import number_in
from web.views.places import month_asked, next_month, unit_asked, unit_names
from web.views.worklist import units_in_sight
from wording.usage import UsageError
from workflows.indicators.drilling import in_charge, reference_names
from workflows.indicators.monthly import COVERAGE, Cell, cross_table, month_days, standing
from workflows.indicators.places import places_in
from workflows.subjects import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from web.sitting import Sitting

NOTHING: Final = "-"
"""In an address: what the register does not say."""
PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Part:
    """A number of the table with its change, and what the address of its rows says."""

    state: str
    count: int
    change: int


@dataclass(frozen=True, slots=True)
class Line:
    """A county and a kind across the states."""

    county: str
    county_name: str
    kind: str
    kind_name: str
    parts: tuple[Part, ...]
    total: Part


@dataclass(frozen=True, slots=True)
class MonthPage:
    """The table of a month."""

    month: str
    unit: str
    unit_name: str
    on: date
    before: date
    states: Sequence[tuple[str, str]]
    lines: Sequence[Line]
    totals: Line
    units: Sequence[tuple[int, str]]
    earlier: str
    later: str


def month_page(connection: Connection, sitting: Sitting, month: str, unit: str) -> MonthPage:
    """The table of a month for a unit that is in sight.

    Raises:
        UsageError: it is no month, or one that is still to come.
    """
    days, unit_id = days_asked(sitting, month), unit_asked(sitting, unit)
    table = cross_table(connection, *days, unit_id)
    names = unit_names(connection, {unit_id, *(one.county_id for one in table.cells)})
    present = {one.state for one in table.cells}
    states = [one for one in (*_states(sitting), None) if one in present]
    keys = dict.fromkeys((one.county_id, one.kind) for one in table.cells)
    lines = [_line(sitting, table.cells, key, states, names) for key in keys]
    first = days[0].replace(day=1)
    later = next_month(first)
    return MonthPage(
        month=f"{first:%Y-%m}",
        unit="" if unit_id is None else str(unit_id),
        unit_name=sitting.teller.words("everywhere") if unit_id is None else names[unit_id],
        on=table.on,
        before=table.before,
        states=[(one or NOTHING, state_name(sitting, one)) for one in states],
        lines=lines,
        totals=Line("", "", "", "", *_sums(table.cells, states)),
        units=units_in_sight(connection, sitting),
        earlier=f"{table.before:%Y-%m}",
        later=f"{later:%Y-%m}" if later <= sitting.today else "",
    )


def days_asked(sitting: Sitting, month: str) -> tuple[date, date]:
    """The two days of a month.

    Raises:
        UsageError: it is no month, or one that is still to come.
    """
    first = month_asked(month, sitting.today)
    if first > sitting.today:
        raise UsageError("as_of_ahead", day=month, today=sitting.today)
    return month_days(first, sitting.today)


def _states(sitting: Sitting) -> Iterable[str]:
    return sitting.teller.workflow(COVERAGE).states


def state_name(sitting: Sitting, state: str | None) -> str:
    """A state of coverage in words."""
    words = sitting.teller.words
    if state is None:
        return words("no_case")
    return words.label(sitting.teller.workflow(COVERAGE).states[state].label)


def _line(
    sitting: Sitting,
    cells: Sequence[Cell],
    key: tuple[int | None, str | None],
    states: Sequence[str | None],
    names: dict[int, str],
) -> Line:
    county, kind = key
    mine = [one for one in cells if (one.county_id, one.kind) == key]
    unknown = sitting.teller.words("unknown")
    return Line(
        NOTHING if county is None else str(county),
        names.get(county or 0, unknown),
        kind or NOTHING,
        sitting.teller.words.value(kind),
        *_sums(mine, states),
    )


def _sums(cells: Sequence[Cell], states: Sequence[str | None]) -> tuple[tuple[Part, ...], Part]:
    """What stands in each state, and in all of them."""
    parts = tuple(
        _part(state or NOTHING, [one for one in cells if one.state == state]) for state in states
    )
    return parts, _part("", cells)


def _part(state: str, cells: Sequence[Cell]) -> Part:
    return Part(state, sum(one.count for one in cells), sum(one.change for one in cells))


@dataclass(frozen=True, slots=True)
class MonthRows:
    """The organizations of one number of the table."""

    month: str
    on: date
    unit: str
    county: str
    kind: str
    state: str
    heads: tuple[str, str, str]
    """County, kind and state in words; empty where the number is not narrowed by them."""
    rows: Sequence[tuple[str, str]]
    total: int
    elsewhere: int
    page: int
    more: bool


@dataclass(frozen=True, slots=True)
class CellAsked:
    """Which number of the table, as the address says."""

    month: str = ""
    unit: str = ""
    county: str = ""
    kind: str = ""
    state: str = ""


def month_rows(connection: Connection, sitting: Sitting, asked: CellAsked, page: int) -> MonthRows:
    """The organizations behind a number of the table that are in sight."""
    on, _ = days_asked(sitting, asked.month)
    unit_id = unit_asked(sitting, asked.unit)
    there = standing(connection, places_in(connection), on, unit_id)
    wanted = (asked.county, asked.kind, asked.state)
    numbers = sorted(number for number, key in there.items() if _answers(key, wanted))
    seen = numbers
    if sitting.scope.unit_ids is not None:
        charge = in_charge(connection, [ORGANIZATION], {})
        seen = [one for one in numbers if sitting.scope.sees(*charge[f"{ORGANIZATION}:{one}"])]
    shown = [f"{ORGANIZATION}:{one}" for one in seen[(page - 1) * PAGE : page * PAGE]]
    names = reference_names(connection, shown)
    return MonthRows(
        month=f"{on:%Y-%m}",
        on=on,
        unit=asked.unit,
        county=asked.county,
        kind=asked.kind,
        state=asked.state,
        heads=_heads(connection, sitting, asked),
        rows=[(one.partition(":")[2], names.get(one, "")) for one in shown],
        total=len(seen),
        elsewhere=len(numbers) - len(seen),
        page=page,
        more=len(seen) > page * PAGE,
    )


def _answers(key: tuple[int | None, str | None, str | None], wanted: tuple[str, str, str]) -> bool:
    texts = (NOTHING if one is None else str(one) for one in key)
    return all(not asked or asked == text for text, asked in zip(texts, wanted, strict=True))


def _heads(connection: Connection, sitting: Sitting, asked: CellAsked) -> tuple[str, str, str]:
    words = sitting.teller.words
    county = words("unknown") if asked.county == NOTHING else ""
    number = number_in(asked.county)
    if number is not None:
        county = unit_names(connection, [number]).get(number, "")
    kind = words("unknown") if asked.kind == NOTHING else ""
    if asked.kind and asked.kind != NOTHING:
        kind = words.value(asked.kind)
    state = state_name(sitting, None) if asked.state == NOTHING else ""
    if asked.state in _states(sitting):
        state = state_name(sitting, asked.state)
    return county, kind, state
