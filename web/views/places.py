"""For which unit figures are shown: the reader's own and those below, or the whole register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

from lifecycle.cases import Subject
from web.numbers import number_in
from web.views.worklist import own_units
from wording.usage import UsageError
from workflows.naming import names_of
from workflows.subjects import UNIT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy import Connection

    from web.sitting import Sitting

YEARS: Final = range(1900, 2200)
"""Beyond them nobody asks, and calendars end."""
MONTHS: Final = 12


def unit_asked(sitting: Sitting, text: str) -> int | None:
    """The unit of that number if it is the reader's; unasked the reader's own (None: the whole).

    Raises:
        HTTPException: 404 for a unit outside, and for the whole where not all of it is in sight.
    """
    parents = sitting.teller.registry.policy.parents
    if not text:
        tops = own_units(sitting)
        return None if tops is None else min(tops)
    number = number_in(text)
    if number not in parents or not sitting.scope.covers(number):
        raise HTTPException(404)
    return number


def below(sitting: Sitting, unit_id: int | None, whole: int | None) -> list[int]:
    """The units right below a unit that are in sight; of the whole those below its only city."""
    top = whole if unit_id is None else unit_id
    parents = sitting.teller.registry.policy.parents
    return [one for one, above in parents.items() if above == top and sitting.scope.covers(one)]


def unit_names(connection: Connection, units: Iterable[int | None]) -> dict[int, str]:
    """What units are called."""
    subjects = [Subject(UNIT, one) for one in units if one is not None]
    return {one.id: name for one, name in names_of(connection, subjects).items()}


def day_asked(text: str, today: date) -> date:
    """The day that is asked about: today unless one is named.

    Raises:
        UsageError: it is no day, or is still to come.
    """
    if not text:
        return today
    try:
        day = today.fromisoformat(text)
    except ValueError:
        raise UsageError("bad_date", text=text) from None
    if day.year not in YEARS:
        raise UsageError("bad_date", text=text)
    if day > today:
        raise UsageError("as_of_ahead", day=day, today=today)
    return day


def month_asked(text: str, today: date) -> date:
    """The first day of the month that is asked about: this month unless one is named.

    Raises:
        UsageError: it is no month.
    """
    if not text:
        return today.replace(day=1)
    try:
        first = today.fromisoformat(f"{text}-01")
    except ValueError:
        raise UsageError("bad_month", text=text) from None
    if first.year not in YEARS:
        raise UsageError("bad_month", text=text)
    return first


def next_month(first: date) -> date:
    """The first day of the month after."""
    months = first.year * MONTHS + first.month
    return first.replace(year=months // MONTHS, month=months % MONTHS + 1)
