"""The calendars that ship: against a published package day by day, and against two notices."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest

from lifecycle.loader import read_yaml
from lifecycle.workdays import CalendarYear, Holiday, RestDays

FOLDER = Path(__file__).parents[2] / "workflows" / "calendars"
YEARS = range(2004, 2027)


def read(year: int) -> dict[str, Any]:
    document = read_yaml(FOLDER / f"{year}.yaml")
    document.raise_complaints()
    values: dict[str, Any] = document.values
    return values


def calendar_year(year: int) -> CalendarYear:
    given = read(year)
    holidays = [Holiday(one["name"]["zh"], one["from"], one["to"]) for one in given["holidays"]]
    return CalendarYear.of(given["year"], given["notice"], holidays, given["makeup_working_days"])


@pytest.fixture(scope="module")
def rest_days() -> RestDays:
    return RestDays.build(calendar_year(year) for year in YEARS)


def days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def span(first: str, last: str) -> set[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return {start + timedelta(days=offset) for offset in range((end - start).days + 1)}


def test_every_year_from_2004_ships_and_no_other() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == [f"{year}.yaml" for year in YEARS]


@pytest.mark.parametrize("year", YEARS)
def test_every_day_agrees_with_the_published_package(year: int, rest_days: RestDays) -> None:
    differing = [
        day
        for day in days_of(year)
        if rest_days.is_rest_day(day) == chinese_calendar.is_workday(day)
    ]

    assert differing == []


@pytest.mark.parametrize("year", YEARS)
def test_every_day_off_and_every_makeup_day_of_the_package_is_listed(year: int) -> None:
    listed = calendar_year(year)
    off = {day for day in chinese_calendar.holidays if day.year == year}

    assert listed.makeup == {day for day in chinese_calendar.workdays if day.year == year}
    assert off <= set(listed.holidays)
    assert all(day.weekday() >= 5 for day in set(listed.holidays) - off)


def test_2025_is_as_the_notice_of_2024_11_12_arranges_it() -> None:
    listed = calendar_year(2025)

    assert set(listed.holidays) == (
        span("2025-01-01", "2025-01-01")
        | span("2025-01-28", "2025-02-04")
        | span("2025-04-04", "2025-04-06")
        | span("2025-05-01", "2025-05-05")
        | span("2025-05-31", "2025-06-02")
        | span("2025-10-01", "2025-10-08")
    )
    assert listed.makeup == {
        date(2025, 1, 26),
        date(2025, 2, 8),
        date(2025, 4, 27),
        date(2025, 9, 28),
        date(2025, 10, 11),
    }
    assert "〔2024〕12号，2024-11-12" in listed.notice


def test_2026_is_as_the_notice_of_2025_11_04_arranges_it() -> None:
    listed = calendar_year(2026)

    assert set(listed.holidays) == (
        span("2026-01-01", "2026-01-03")
        | span("2026-02-15", "2026-02-23")
        | span("2026-04-04", "2026-04-06")
        | span("2026-05-01", "2026-05-05")
        | span("2026-06-19", "2026-06-21")
        | span("2026-09-25", "2026-09-27")
        | span("2026-10-01", "2026-10-07")
    )
    assert listed.makeup == {
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
    }
    assert "〔2025〕7号，2025-11-04" in listed.notice


@pytest.mark.parametrize("year", YEARS)
def test_a_file_names_its_year_and_both_languages(year: int) -> None:
    given = read(year)

    assert set(given) == {"year", "notice", "holidays", "makeup_working_days"}
    assert given["year"] == year
    assert str(year) in given["notice"]
    for one in given["holidays"]:
        assert set(one) == {"name", "from", "to"}
        assert set(one["name"]) == {"zh", "en"}


@pytest.mark.parametrize("year", YEARS)
def test_days_stand_in_the_order_of_the_calendar(year: int) -> None:
    given = read(year)
    ends = [day for one in given["holidays"] for day in (one["from"], one["to"])]

    assert ends == sorted(ends)
    assert given["makeup_working_days"] == sorted(set(given["makeup_working_days"]))


def test_no_year_before_2004_or_after_2026_is_covered(rest_days: RestDays) -> None:
    assert rest_days.years == frozenset(YEARS)
    assert not rest_days.covers(date(2003, 12, 31))
    assert not rest_days.covers(date(2027, 1, 1))
