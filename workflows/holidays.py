"""Reads a year's days off and make-up days from its file: every mistake at once, with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lifecycle.conditions import Label
from lifecycle.errors import Complaint, DefinitionError
from lifecycle.loader import Document, load_model, parse_yaml
from lifecycle.workdays import SATURDAY, CalendarYear, Holiday, RestDays

HERE = Path(__file__).parent


class CalendarFileError(DefinitionError):
    """A file is not a year's arrangement; nothing of it is used."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Holiday(_Strict):
    name: Label
    from_on: date = Field(alias="from")
    to_on: date = Field(alias="to")


class _Calendar(_Strict):
    year: int
    notice: str
    holidays: tuple[_Holiday, ...]
    makeup_working_days: tuple[date, ...] = ()


def read_calendars(folder: Path = HERE / "calendars") -> RestDays:
    """Every published year that ships with the project.

    Raises:
        CalendarFileError: a file is not a calendar, or contradicts itself.
    """
    return RestDays.build(read_year(path) for path in sorted(folder.glob("*.yaml")))


def read_year(path: Path) -> CalendarYear:
    """The year that a file describes.

    Raises:
        CalendarFileError: with every mistake in it.
        OSError: there is no such file, or nobody may read it.
    """
    return year_in(path.read_bytes(), path.name)


def year_in(content: bytes, name: str) -> CalendarYear:
    """The year that the content of a file of that name describes.

    Raises:
        CalendarFileError: with every mistake in it.
    """
    try:
        document = parse_yaml(content.decode(), name)
        _check_days(document)
        given = load_model(document, _Calendar)
    except UnicodeDecodeError as error:
        complaint = Complaint(name, 1, "(file)", "the file is not UTF-8", "encoding")
        raise CalendarFileError([complaint]) from error
    except DefinitionError as error:
        raise CalendarFileError(error.complaints) from error
    holidays = [Holiday(one.name.zh, one.from_on, one.to_on) for one in given.holidays]
    return CalendarYear.of(given.year, given.notice, holidays, given.makeup_working_days)


@dataclass(frozen=True, slots=True)
class _Span:
    """A holiday as far as it can be read."""

    at: tuple[str | int, ...]
    holiday: Holiday


def _check_days(document: Document) -> None:
    """Complains about days that contradict the calendar, the year or each other."""
    given = document.values if isinstance(document.values, Mapping) else {}
    year = given.get("year")
    spans = list(_spans(given.get("holidays")))
    _check_heading(document, given)
    if not isinstance(year, int):
        return
    for one in spans:
        for key, day in (("from", one.holiday.from_on), ("to", one.holiday.to_on)):
            _check_year(document, (*one.at, key), day, year)
    # What reaches beyond the year has been named; its days would be told a second time.
    within = [one for one in spans if one.holiday.from_on.year == one.holiday.to_on.year == year]
    named = _check_spans(document, within)
    _check_makeup(document, given.get("makeup_working_days"), year, named)


def _check_heading(document: Document, given: Mapping[str, Any]) -> None:
    year, notice = given.get("year"), given.get("notice")
    if isinstance(notice, str) and isinstance(year, int) and str(year) not in notice:
        message = f"the notice does not name the year {year}"
        document.complain(("notice",), message, "notice_year", year=year)
    if given.get("holidays") == []:
        document.complain(("holidays",), "the year has no holiday", "no_holiday")


def _spans(given: object) -> Iterator[_Span]:
    """The holidays whose name and days can be read."""
    for number, one in enumerate(given if isinstance(given, list) else []):
        if not isinstance(one, Mapping) or not isinstance(one.get("name"), Mapping):
            continue
        first, last = one.get("from"), one.get("to")
        if isinstance(first, date) and isinstance(last, date):
            holiday = Holiday(str(one["name"].get("zh")), first, last)
            yield _Span(("holidays", number), holiday)


def _check_year(document: Document, at: tuple[str | int, ...], day: date, year: int) -> None:
    if day.year != year:
        document.complain(at, f"{day} does not belong to {year}", "other_year", day=day, year=year)


def _check_spans(document: Document, spans: list[_Span]) -> dict[date, str]:
    """Complains about holidays that end before they begin or overlap; the holiday of each day."""
    named: dict[date, str] = {}
    for one in spans:
        name, last = one.holiday.name, one.holiday.to_on
        if last < one.holiday.from_on:
            message = f"{name} ends on {last}, before it begins"
            document.complain((*one.at, "to"), message, "ends_before", name=name, day=last)
        twice = next((day for day in one.holiday.days() if day in named), None)
        if twice:
            message = f"{twice} lies both in {named[twice]} and in {name}"
            both = {"name": name, "other": named[twice]}
            document.complain((*one.at, "from"), message, "overlap", day=twice, **both)
        named |= dict.fromkeys(one.holiday.days(), name)
    return named


def _check_makeup(document: Document, given: object, year: int, named: Mapping[date, str]) -> None:
    """Complains about make-up days that are none."""
    seen: set[date] = set()
    for number, day in enumerate(given if isinstance(given, list) else []):
        if not isinstance(day, date):
            continue
        at = ("makeup_working_days", number)
        _check_year(document, at, day, year)
        if day.weekday() < SATURDAY:
            message = f"{day} is a weekday and cannot be a make-up working day"
            document.complain(at, message, "weekday", day=day)
        if day in named:
            message = f"{day} is both a make-up working day and in {named[day]}"
            document.complain(at, message, "worked_and_off", day=day, name=named[day])
        if day in seen:
            document.complain(at, f"{day} stands here twice", "day_twice", day=day)
        seen.add(day)
