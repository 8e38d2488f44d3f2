"""A month as a page shows it: what falls due on each day, and which days are worked."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from lifecycle.caseload.worklist import Whose, by_day
from lifecycle.workdays import MAKEUP, ONE_DAY, WEEKEND
from web.views.places import month_asked, next_month
from web.views.worklist import Conditions, asked_of, group_of, hidden, known, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.caseload.worklist import Light
    from web.sitting import Sitting
    from web.views.worklist import Row

SHOWN: Final = 3
"""How many cases of a day stand in its cell."""
WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the grid."""

    on: date
    in_month: bool
    is_today: bool
    kind: str
    """work, weekend, holiday or makeup."""
    mark: str
    """The holiday's name, or that it is a weekend or worked instead of one."""
    certain: bool
    """Whether the arrangement of its year is known."""
    light: Light
    count: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """A month."""

    month: str
    whose: str
    weekdays: Sequence[str]
    weeks: Sequence[Sequence[Day]]
    counts: Mapping[str, int]
    """By light: how many fall due in the month itself."""
    provisional: Sequence[str]
    """The years of the month that have no calendar yet."""
    earlier: str
    later: str


def calendar_page(connection: Connection, sitting: Sitting, month: str, whose: str) -> CalendarPage:
    """The month that is asked for: the work list by days."""
    first = month_asked(month, sitting.today)
    grid = days_of(first)
    wanted = known(sitting, Conditions(whose if whose in set(Whose) else ""))
    asked = replace(asked_of(sitting, wanted), due_from=grid[0], due_until=grid[-1], limit=SHOWN)
    found = by_day(connection, sitting.scope, hidden(sitting), asked)
    there: dict[date, list[Row]] = defaultdict(list)
    counts = {one["due_on"]: one["on_day"] for one in found}
    for one, row in zip(found, rows_of(connection, sitting, found), strict=True):
        there[one["due_on"]].append(row)
    days = [_day(sitting, first, on, counts.get(on, 0), there[on]) for on in grid]
    lit: Counter[str] = Counter()
    for day in days:
        lit[day.light.value] += day.count if day.in_month else 0
    words = sitting.teller.words
    return CalendarPage(
        month=f"{first:%Y-%m}",
        whose=wanted.whose,
        weekdays=[words.weekday(one) for one in grid[:WEEK]],
        weeks=[days[one : one + WEEK] for one in range(0, len(days), WEEK)],
        counts=lit,
        provisional=[] if days[WEEK].certain else [str(first.year)],
        earlier=f"{first - ONE_DAY:%Y-%m}",
        later=f"{next_month(first):%Y-%m}",
    )


def days_of(first: date) -> list[date]:
    """Whole weeks, from Monday on, in which the month lies."""
    begins = first - timedelta(days=first.weekday())
    last = next_month(first) - ONE_DAY
    ends = last + timedelta(days=WEEK - 1 - last.weekday())
    return list(_days(begins, ends))


def _days(begins: date, ends: date) -> Iterator[date]:
    for number in range((ends - begins).days + 1):
        yield begins + timedelta(days=number)


def _day(sitting: Sitting, first: date, on: date, count: int, rows: Sequence[Row]) -> Day:
    kind, mark = rest_of(sitting, on)
    return Day(
        on=on,
        in_month=(on.year, on.month) == (first.year, first.month),
        is_today=on == sitting.today,
        kind=kind,
        mark=mark,
        certain=sitting.teller.registry.rest_days.covers(on),
        light=group_of(sitting, on),
        count=count,
        rows=rows,
    )


def rest_of(sitting: Sitting, on: date) -> tuple[str, str]:
    """Whether a day is worked, and how that is said."""
    rest, words = sitting.teller.registry.rest_days, sitting.teller.words
    if on in rest.makeup:
        return MAKEUP, words("desk_makeup")
    why = rest.reason_to_rest(on)
    if why is None:
        return "work", ""
    if why == WEEKEND:
        return WEEKEND, words("desk_weekend")
    return "holiday", words.section("holidays").get(why, why)
