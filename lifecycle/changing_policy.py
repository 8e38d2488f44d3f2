"""Changing what deadlines are reckoned by: a parameter's value, the calendar of a year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.calendars import store_year
from lifecycle.parameters import set_value
from lifecycle.recomputing import carry_out, moves, moves_by_calendar
from lifecycle.settling import settle
from lifecycle.sweeps import everybody

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.policy import Dated, Parameter
    from lifecycle.recomputing import Move
    from lifecycle.work import Work
    from lifecycle.workdays import CalendarYear


class UnconfirmedError(Exception):
    """Ends a transaction whose change wants a confirmation first."""

    def __init__(self, found: list[Move]) -> None:
        self.found = found
        super().__init__()


def change_value(work: Work, declared: Parameter, dated: Dated, *, confirmed: bool) -> list[Move]:
    """Stores the value; where it holds already, moves what it moves and settles what follows.

    Raises:
        UnconfirmedError: without leave, where deadlines would move or the day is past.
    """
    set_value(work.connection, declared.id, dated, (work.now, work.actor.id))
    work.registry.refresh_policy(work.connection)
    if dated.from_on > work.today:
        return []
    found = moves(work, declared.id)
    if not confirmed and (found or dated.from_on < work.today):
        raise UnconfirmedError(found)
    carry_out(work, found)
    settle(work, everybody(work.connection), work.today)
    return found


@dataclass(frozen=True, slots=True)
class Loading:
    """A year from a file beside what is loaded, and what it changes."""

    given: CalendarYear
    loaded: CalendarYear | None
    moves: list[Move]
    done: bool

    @property
    def is_known(self) -> bool:
        """Whether the year is loaded already, and every deadline stands as it says."""
        return self.given == self.loaded and not self.moves

    @property
    def changed_days(self) -> list[date]:
        """The days that a later notice arranges otherwise than the one that is loaded."""
        given, loaded = self.given, self.loaded
        if loaded is None:
            return []
        arranged = {*loaded.holidays, *loaded.makeup, *given.holidays, *given.makeup}
        return sorted(day for day in arranged if loaded.reason(day) != given.reason(day))


def load_year(work: Work, given: CalendarYear, *, confirmed: bool) -> Loading:
    """Stores the year and moves what it moves, all or nothing; without leave only looks."""
    registry = work.registry
    registry.refresh_calendars(work.connection)
    loaded = registry.rest_days.calendars.get(given.year)
    # Also for a year that is loaded: a newer program may have brought it, or a back-dated act
    # brought back a date from before.
    found = moves_by_calendar(work, given.year, registry.rest_days.with_years([given]))
    if found and not confirmed:
        return Loading(given, loaded, found, done=False)
    if given != loaded:
        store_year(work.connection, given, (work.now, work.actor.id))
        registry.refresh_calendars(work.connection)
    carry_out(work, found)
    settle(work, work.touched, work.today)
    return Loading(given, loaded, found, done=True)
