"""Calendar arithmetic: months, rest days, make-up working days. Pure; no clock, no database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta

WEEKEND = "weekend"
SATURDAY = 5


class CalendarGapError(ValueError):
    """A count of working days reaches a year whose holidays are not loaded."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(f"no holiday calendar is loaded for {year}: import that year first")


class CalendarError(ValueError):
    """A holiday list contradicts itself."""


class PeriodKind(StrEnum):
    """How a period ends (rulebook 0.1)."""

    DEADLINE = "deadline"
    """Something must be done by then; rolls forward off rest days."""
    MINIMUM = "minimum"
    """A waiting time that must have passed; never rolls; reached at 00:00 of its day."""
    WINDOW = "window"
    """A calendar year, or a validity printed on a paper; never rolls."""
    AS_OF = "as_of"
    """A snapshot date; never rolls."""
    REVIEW = "review"
    """A day to look again; rolls; never overdue."""


ROLLING = frozenset({PeriodKind.DEADLINE, PeriodKind.REVIEW})


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year's published arrangement: days off by name, weekend days worked instead."""

    year: int
    notice: str
    holidays: Mapping[date, str]
    makeup: frozenset[date]


@dataclass(frozen=True, slots=True)
class RestDays:
    """The loaded calendars: which days are rest days, and which years are known."""

    version: str
    years: frozenset[int]
    holidays: Mapping[date, str] = field(default_factory=dict)
    makeup: frozenset[date] = frozenset()
    notices: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def build(cls, years: Iterable[CalendarYear]) -> RestDays:
        """The calendars as one.

        Raises:
            CalendarError: a day outside its year, a make-up day on a weekday, a day that is both
                off and worked, or a year given twice.
        """
        holidays: dict[date, str] = {}
        makeup: set[date] = set()
        notices: dict[int, str] = {}
        for one in sorted(years, key=lambda year: year.year):
            _check_year(one, notices)
            holidays |= one.holidays
            makeup |= one.makeup
            notices[one.year] = one.notice
        text = repr((sorted(holidays.items()), sorted(makeup), sorted(notices)))
        version = hashlib.sha256(text.encode()).hexdigest()[:12]
        return cls(version, frozenset(notices), holidays, frozenset(makeup), notices)

    def reason_to_rest(self, day: date) -> str | None:
        """The holiday's name, `weekend`, or None on a working day."""
        if day in self.makeup:
            return None
        if day in self.holidays:
            return self.holidays[day]
        return WEEKEND if day.weekday() >= SATURDAY else None

    def is_rest_day(self, day: date) -> bool:
        """Whether nobody works on `day` (Civil Code art. 203 with the yearly notice)."""
        return self.reason_to_rest(day) is not None

    def covers(self, day: date) -> bool:
        """Whether the arrangement of that day's year has been published and loaded."""
        return day.year in self.years


def _check_year(one: CalendarYear, notices: Mapping[int, str]) -> None:
    if one.year in notices:
        msg = f"the year {one.year} is given twice"
        raise CalendarError(msg)
    for day in (*one.holidays, *one.makeup):
        # New Year arrangements reach over into the neighbouring year.
        if abs((day - date(one.year, 7, 1)).days) > 200:  # noqa: PLR2004
            msg = f"{day} does not belong to {one.year}"
            raise CalendarError(msg)
    for day in one.makeup:
        if day.weekday() < SATURDAY:
            msg = f"{day} is a weekday and cannot be a make-up working day"
            raise CalendarError(msg)
        if day in one.holidays:
            msg = f"{day} is both a holiday and a make-up working day"
            raise CalendarError(msg)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time; always counted from the original anchor, so that nothing drifts."""

    months: int = 0
    days: int = 0

    def after(self, anchor: date) -> date:
        """The last day of the period; the anchor day is not counted (Civil Code arts. 201-202).

        Months end on the same day number, or on the month's last day where that number is missing.
        """
        return anchor + relativedelta(months=self.months) + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Rolled:
    """A due date and how it came about."""

    due_on: date
    provisional: bool
    passed: tuple[tuple[date, str], ...] = ()
    """The rest days passed over, each with its reason."""


def roll(day: date, kind: PeriodKind, rest_days: RestDays, *, enabled: bool = True) -> Rolled:
    """`day`, moved to the next working day where the kind asks for it (Civil Code art. 203)."""
    passed: list[tuple[date, str]] = []
    due_on = day
    if enabled and kind in ROLLING:
        while (reason := rest_days.reason_to_rest(due_on)) is not None:
            passed.append((due_on, reason))
            due_on += timedelta(days=1)
    provisional = kind in ROLLING and not (rest_days.covers(day) and rest_days.covers(due_on))
    return Rolled(due_on, provisional, tuple(passed))


def moment_reached(kind: PeriodKind, due_on: date) -> date:
    """The local day at whose 00:00 time acts: a minimum is reached then, all others have ended."""
    return due_on if kind is PeriodKind.MINIMUM else due_on + timedelta(days=1)


def year_end(year_start: str, on: date) -> date:
    """The last day of the year that contains `on`; `year_start` is its first, as `MM-DD`."""
    month, day = (int(part) for part in year_start.split("-"))
    start = date(on.year, month, day)
    if start > on:
        start = date(on.year - 1, month, day)
    return date(start.year + 1, month, day) - timedelta(days=1)


def year_begin(year_start: str, on: date) -> date:
    """The first day of the year that contains `on`."""
    end = year_end(year_start, on) + timedelta(days=1)
    return date(end.year - 1, end.month, end.day)


def add_working_days(start_on: date, days: int, rest_days: RestDays) -> date:
    """The date `days` working days after `start_on`; the start day does not count.

    Args:
        days: Zero or more. Zero gives the first working day on or after `start_on`.

    Raises:
        CalendarGapError: `rest_days` has no list for a year that the count reaches.
    """
    day = start_on if days == 0 else start_on + timedelta(days=1)
    left = max(days, 1)
    while True:
        if not rest_days.covers(day):
            raise CalendarGapError(day.year)
        if not rest_days.is_rest_day(day):
            left -= 1
            if left == 0:
                return day
        day += timedelta(days=1)


def working_days_between(start_on: date, end_on: date, rest_days: RestDays) -> int:
    """How many working days lie after `start_on` up to and including `end_on`.

    Raises:
        CalendarGapError: a year in between is not loaded.
    """
    count = 0
    for offset in range(1, (end_on - start_on).days + 1):
        day = start_on + timedelta(days=offset)
        if not rest_days.covers(day):
            raise CalendarGapError(day.year)
        count += not rest_days.is_rest_day(day)
    return count
