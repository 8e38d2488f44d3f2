"""Calendar arithmetic: months, rest days, make-up working days. Pure; no clock, no database."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

WEEKEND = "weekend"
"""The reason why a Saturday or Sunday outside every holiday is a rest day."""

MAKEUP = "makeup"
"""What the published arrangement says of a weekend day that is worked (调休上班)."""

SATURDAY = 5
ONE_DAY = timedelta(days=1)

MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")


class CalendarGapError(ValueError):
    """A count of working days reaches a year whose holidays are not loaded."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(f"no holiday calendar is loaded for {year}: import that year first")


class CalendarError(ValueError):
    """A holiday list contradicts itself; `problems` holds every contradiction, not the first."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class PeriodKind(StrEnum):
    """How a period ends (rulebook 0.1)."""

    DEADLINE = "deadline"
    """Something must be done by then; rolls forward off rest days; ends at 24:00 of its day."""
    MINIMUM = "minimum"
    """A waiting time that must have passed; never rolls; reached at 00:00 of its day."""
    WINDOW = "window"
    """A calendar year, or a validity printed on a paper; never rolls; ends at 24:00 of its day."""
    AS_OF = "as_of"
    """A snapshot date; never rolls."""
    REVIEW = "review"
    """A day to look again; rolls forward off rest days; never overdue."""


ROLLING = frozenset({PeriodKind.DEADLINE, PeriodKind.REVIEW})
"""The kinds that art. 203 of the Civil Code is applied to, by analogy."""


OVERDUE_KINDS = frozenset({PeriodKind.DEADLINE, PeriodKind.WINDOW})
"""The kinds whose day may pass in vain: a waiting time or a day to look again cannot."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days off under one name, from the first to the last, both included."""

    name: str
    from_on: date
    to_on: date

    def days(self) -> Iterator[date]:
        """Every day of it, weekend days too."""
        for offset in range((self.to_on - self.from_on).days + 1):
            yield self.from_on + timedelta(days=offset)


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year's published arrangement: days off by name, weekend days worked instead.

    A day belongs to the year of its own date, also where the following year's notice arranged it
    (New Year often reaches back into December).
    """

    year: int
    notice: str
    """Title and number of the State Council's notice, or of each where a later one changed it."""
    holidays: Mapping[date, str]
    makeup: frozenset[date]

    @classmethod
    def of(
        cls, year: int, notice: str, holidays: Iterable[Holiday], makeup: Iterable[date]
    ) -> CalendarYear:
        """The year from spans of days, as notices publish it.

        Raises:
            CalendarError: a holiday ends before it begins, or a day lies in two of them.
        """
        named: dict[date, str] = {}
        problems: list[str] = []
        for one in holidays:
            if one.to_on < one.from_on:
                problems.append(f"{one.name} ends on {one.to_on}, before it begins")
            for day in one.days():
                if day in named:
                    problems.append(f"{day} lies both in {named[day]} and in {one.name}")
                named[day] = one.name
        if problems:
            raise CalendarError(problems)
        return cls(year, notice, named, frozenset(makeup))

    @property
    def digest(self) -> str:
        """Short name of the content: another notice or another day off is another year."""
        return _digest(self.holidays, self.makeup, {self.year: self.notice})

    def reason(self, day: date) -> str | None:
        """The holiday that `day` belongs to, `makeup`, or None where nothing is published."""
        return MAKEUP if day in self.makeup else self.holidays.get(day)

    def problems(self) -> list[str]:
        """What is wrong with the year, one sentence each; empty when it can be used."""
        found = [
            f"{day} does not belong to {self.year}"
            for day in sorted({*self.holidays, *self.makeup})
            if day.year != self.year
        ]
        for day in sorted(self.makeup):
            if not _is_weekend(day):
                found.append(f"{day} is a weekday and cannot be a make-up working day")
            if day in self.holidays:
                found.append(f"{day} is both a make-up working day and in {self.holidays[day]}")
        return found


@dataclass(frozen=True, slots=True)
class RestDays:
    """The loaded calendars: which days are rest days, and which years are known."""

    version: str
    """Short digest of the content; a derivation quotes it to say by which calendars it was made."""
    years: frozenset[int]
    holidays: Mapping[date, str] = field(default_factory=dict)
    """Published days off by name, with the weekend days inside a holiday."""
    makeup: frozenset[date] = frozenset()
    """Weekend days that are working days (调休上班)."""
    notices: Mapping[int, str] = field(default_factory=dict)
    calendars: Mapping[int, CalendarYear] = field(default_factory=dict)
    """The years of which it is made."""

    @classmethod
    def build(cls, years: Iterable[CalendarYear]) -> RestDays:
        """The calendars as one.

        Raises:
            CalendarError: a day outside its year, a make-up day on a weekday, a day that is both
                off and worked, or a year given twice; every such contradiction in every year.
        """
        holidays: dict[date, str] = {}
        makeup: set[date] = set()
        calendars: dict[int, CalendarYear] = {}
        problems: list[str] = []
        for one in years:
            if one.year in calendars:
                problems.append(f"the year {one.year} is given twice")
            problems += one.problems()
            holidays |= one.holidays
            makeup |= one.makeup
            calendars[one.year] = one
        if problems:
            raise CalendarError(problems)
        notices = {year: one.notice for year, one in calendars.items()}
        version = _digest(holidays, makeup, notices)
        return cls(version, frozenset(notices), holidays, frozenset(makeup), notices, calendars)

    def with_years(self, years: Iterable[CalendarYear]) -> RestDays:
        """The same with further years, each in the place of one that is loaded already.

        Raises:
            CalendarError: as `build`.
        """
        added = {one.year: one for one in years}
        return RestDays.build({**self.calendars, **added}.values()) if added else self

    def reason_to_rest(self, day: date) -> str | None:
        """The holiday's name, `weekend`, or None on a working day."""
        if day in self.makeup:
            return None
        return self.holidays.get(day) or (WEEKEND if _is_weekend(day) else None)

    def is_rest_day(self, day: date) -> bool:
        """Whether nobody works on `day` (Civil Code art. 203 with the yearly notice).

        In a year that is not loaded only weekends are known to be rest days; ask `covers` first
        where that matters.
        """
        return self.reason_to_rest(day) is not None

    def covers(self, day: date) -> bool:
        """Whether the arrangement of that day's year has been published and loaded."""
        return day.year in self.years


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in months or in days, the one or the other.

    The unit that does not apply is left out or zero. Years are given as twelve months each.

    Raises:
        ValueError: no length, both units, or a negative length.
    """

    months: int | None = None
    days: int | None = None

    def __post_init__(self) -> None:
        """Refuses what is no length."""
        if self.months is None and self.days is None:
            raise ValueError("a period needs months or days")
        if self.months and self.days:
            raise ValueError(f"a period has months or days, not {self.months} and {self.days}")
        if (self.months or 0) < 0 or (self.days or 0) < 0:
            raise ValueError(f"a period is not negative: {self.months or self.days}")

    def after(self, anchor: date) -> date:
        """The last day of the period; the anchor day is not counted (Civil Code arts. 201-202).

        Months end on the anchor's day number, or on the month's last day where that is missing.
        Always give the original anchor, never a date computed before: a clamped date has lost its
        day number, and further periods would drift.

        >>> Period(months=12).after(date(2024, 2, 29)), Period(months=48).after(date(2024, 2, 29))
        (datetime.date(2025, 2, 28), datetime.date(2028, 2, 29))
        """
        return anchor + self._length()

    def before(self, day: date) -> date:
        """The day that lies the period before `day`, clamped in the same way: for reminders."""
        return day - self._length()

    def _length(self) -> relativedelta:
        return relativedelta(months=self.months or 0, days=self.days or 0)


@dataclass(frozen=True, slots=True)
class Rolled:
    """A due date and how it came about."""

    due_on: date
    provisional: bool
    """Whether a calendar that is not loaded yet may still move it."""
    passed: tuple[tuple[date, str], ...] = ()
    """The rest days passed over, each with its reason: a holiday's name or `weekend`."""


def roll(day: date, kind: PeriodKind, rest_days: RestDays, *, enabled: bool = True) -> Rolled:
    """`day`, moved to the next working day where its kind asks for it (Civil Code art. 203).

    Where it does move, or might, and meets a year that is not loaded, the result is provisional:
    weekends still count as rest days there, and a weekday may turn out to be a holiday. A date that
    never rolls is certain whatever the calendars say.

    Args:
        day: The raw due date.
        kind: Only a deadline and a review roll.
        rest_days: The loaded calendars.
        enabled: False where the policy switches rolling off (P39).
    """
    if not (enabled and kind in ROLLING):
        return Rolled(day, provisional=False)
    passed: list[tuple[date, str]] = []
    due_on = day
    while (reason := rest_days.reason_to_rest(due_on)) is not None:
        passed.append((due_on, reason))
        due_on += ONE_DAY
    known = rest_days.covers(day) and rest_days.covers(due_on)
    return Rolled(due_on, not known, tuple(passed))


def moment_reached(kind: PeriodKind, due_on: date) -> date:
    """The local day at whose 00:00 time acts: a minimum is reached then, all others have ended.

    Source: Civil Code art. 203 (a period ends at 24:00 of its last day) and rulebook 0.1.
    """
    return due_on if kind is PeriodKind.MINIMUM else due_on + ONE_DAY


def time_effective_on(kind: PeriodKind, due_on: date) -> date:
    """The effective date of an event that time records, however late the clock notices.

    The same day as `moment_reached`: an act of time counts from the moment at which it was due.
    """
    return moment_reached(kind, due_on)


def year_end(year_start: str, on: date) -> date:
    """The last day of the year that contains `on`; `year_start` is its first, as `MM-DD` (P21).

    Raises:
        ValueError: `year_start` is not a day that every year has.
    """
    following = year_begin(year_start, on) + relativedelta(years=1)
    return following - ONE_DAY


def year_begin(year_start: str, on: date) -> date:
    """The first day of the year that contains `on`.

    Raises:
        ValueError: `year_start` is not a day that every year has.
    """
    month, day = _month_day(year_start)
    begins = date(on.year, month, day)
    return begins if begins <= on else begins - relativedelta(years=1)


def add_working_days(start_on: date, days: int, rest_days: RestDays) -> date:
    """The date `days` working days after `start_on`; the start day does not count.

    Args:
        start_on: The day before the first one that may count.
        days: Zero or more. Zero gives the first working day on or after `start_on`.
        rest_days: The loaded calendars.

    Raises:
        ValueError: `days` is negative.
        CalendarGapError: `rest_days` has no list for a year that the count reaches.
    """
    if days < 0:
        raise ValueError(f"working days are counted forward, not {days}")
    day = start_on if days == 0 else start_on + ONE_DAY
    left = max(days, 1)
    while True:
        left -= _is_working_day(day, rest_days)
        if left == 0:
            return day
        day += ONE_DAY


def working_days_between(start_on: date, end_on: date, rest_days: RestDays) -> int:
    """How many working days lie after `start_on` up to and including `end_on`.

    Raises:
        ValueError: `end_on` lies before `start_on`.
        CalendarGapError: `rest_days` has no list for a year in between.
    """
    if end_on < start_on:
        raise ValueError(f"{end_on} lies before {start_on}")
    return sum(
        _is_working_day(start_on + timedelta(days=offset), rest_days)
        for offset in range(1, (end_on - start_on).days + 1)
    )


def _is_working_day(day: date, rest_days: RestDays) -> bool:
    if not rest_days.covers(day):
        raise CalendarGapError(day.year)
    return not rest_days.is_rest_day(day)


def _is_weekend(day: date) -> bool:
    return day.weekday() >= SATURDAY


def _month_day(text: str) -> tuple[int, int]:
    match = MONTH_DAY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a month and day, written MM-DD")
    month, day = int(match[1]), int(match[2])
    try:
        date(2001, month, day)  # a common year: 02-29 would be missing in most years
    except ValueError as error:
        raise ValueError(f"{text!r} is not a day that every year has") from error
    return month, day


def _digest(
    holidays: Mapping[date, str], makeup: Iterable[date], notices: Mapping[int, str]
) -> str:
    content = (
        sorted((day.isoformat(), name) for day, name in holidays.items()),
        sorted(day.isoformat() for day in makeup),
        sorted(notices.items()),
    )
    text = json.dumps(content, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
