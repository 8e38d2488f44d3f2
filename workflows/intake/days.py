"""The ways in which registers write a day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from workflows.intake.cells import Read, as_date, read_text
from workflows.intake.words import squeezed, words

if TYPE_CHECKING:
    from workflows.intake.layouts import Cell

EARLIEST_YEAR: Final = 1900

_SERIAL_ZERO: Final = date(1899, 12, 30)
_SERIALS: Final = range(3653, 109_575)
"""1910 to 2199 as spreadsheet serial numbers; smaller numbers are more likely years."""

_TIME: Final = re.compile(r"(?<=\d)[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$")
_SEPARATED: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL_TEXT: Final = re.compile(r"\d{5,6}(?:\.\d+)?")
_INCOMPLETE: Final = re.compile(r"\d{4}(?:[-/.]?\d{1,2})?[-/.]?")
_DASHES: Final = str.maketrans(
    dict.fromkeys("‐‑‒–—−", "-") | dict.fromkeys("。．、·", ".") | {"\\": "/"}
)


def read_date(cell: Cell, as_of: date) -> Read[date]:
    """The day in the cell, no later than `as_of`.

    Codes: date_missing, date_unreadable, date_incomplete (year or month only),
    date_out_of_range (before 1900), date_in_future.
    """
    if isinstance(cell, date):
        return _checked(as_date(cell), as_of)
    if isinstance(cell, bool):
        return Read(None, ("date_unreadable",))
    if isinstance(cell, int | float):
        return _from_number(cell, as_of)
    read = read_text(cell)
    if read.value is None:
        if read.codes or (cell or "").strip():
            return Read(None, ("date_unreadable",))
        return Read(None, ("date_missing",))
    return _from_text(read.value, as_of)


def _checked(day: date, as_of: date) -> Read[date]:
    if day.year < EARLIEST_YEAR:
        return Read(None, ("date_out_of_range",))
    return Read(day) if day <= as_of else Read(None, ("date_in_future",))


def _from_number(number: float, as_of: date) -> Read[date]:
    if number < 0 or number >= 10**8:
        return Read(None, ("date_unreadable",))
    if int(number) in _SERIALS:
        return _checked(_SERIAL_ZERO + timedelta(days=int(number)), as_of)
    return _from_text(str(int(number)) if float(number).is_integer() else str(number), as_of)


def _from_text(text: str, as_of: date) -> Read[date]:
    plain = _western(text)
    found = _SEPARATED.fullmatch(plain)
    parts = (found[1], found[3], found[4]) if found else None
    compact = _COMPACT.fullmatch(plain)
    if compact:
        parts = (compact[1], compact[2], compact[3])
    if parts is None:
        return _without_day(plain, as_of)
    if not int(parts[0]) >= 1 or int(parts[0]) < EARLIEST_YEAR:
        return Read(None, ("date_out_of_range",))
    try:
        return _checked(date(int(parts[0]), int(parts[1]), int(parts[2])), as_of)
    except ValueError:
        return Read(None, ("date_unreadable",))


def _without_day(plain: str, as_of: date) -> Read[date]:
    if _SERIAL_TEXT.fullmatch(plain) and int(float(plain)) in _SERIALS:
        return _checked(_SERIAL_ZERO + timedelta(days=int(float(plain))), as_of)
    incomplete = _INCOMPLETE.fullmatch(plain)
    return Read(None, ("date_incomplete" if incomplete else "date_unreadable",))


@cache
def _numerals() -> dict[str, int]:
    return {**words()["numerals"]}


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Weekday, a run of Chinese numerals, and year-month-day with Chinese marks."""
    marks, ten = words()["date_marks"], words()["ten"]
    day = "|".join(marks["day"])
    return (
        re.compile(rf"[(]?(?:{words()['weekday']})[)]?$"),
        re.compile("[" + "".join(_numerals()) + ten + "]+"),
        re.compile(
            rf"(\d{{4}}){marks['year']}(?:(\d{{1,2}}){marks['month']}(?:(\d{{1,2}})(?:{day})?)?)?"
        ),
    )


def _western(text: str) -> str:
    """The text in half width with Chinese numerals and marks turned into 2009-2-24."""
    weekday, numerals, marked = _patterns()
    plain = _TIME.sub("", squeezed_but_spaces(text))
    plain = weekday.sub("", squeezed(plain)).translate(_DASHES)
    plain = numerals.sub(lambda found: _digits(found[0]), plain)
    found = marked.fullmatch(plain)
    return "-".join(part for part in found.groups() if part) if found else plain


def squeezed_but_spaces(text: str) -> str:
    """The text in half width; single spaces stay, because a time of day stands behind one."""
    return " ".join(squeezed(part) for part in text.split())


def _digits(run: str) -> str:
    """A run of Chinese numerals in digits: digit by digit, or as tens up to 99."""
    values, ten = _numerals(), words()["ten"]
    if ten not in run:
        return "".join(str(values[one]) for one in run)
    tens, _, ones = run.partition(ten)
    if len(tens) > 1 or len(ones) > 1 or ten in ones:
        return run
    return str((values[tens] if tens else 1) * 10 + (values[ones] if ones else 0))
