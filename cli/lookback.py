"""`--as-of` and `--known-on`: the days that officers name, checked, and said at the top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.asof import AsOf
from lifecycle.moments import day_end, local_day
from lifecycle.past import first_day, first_record
from lifecycle.store.types import END_OF_TIME
from wording.usage import UsageError

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from cli.context import Context

PAST_COLUMNS = ("as_of", "known_on")


@dataclass(frozen=True, slots=True)
class Asked:
    """The days as the command line gives them."""

    as_of: date | None = None
    known_on: date | None = None

    def __bool__(self) -> bool:
        return self.as_of is not None or self.known_on is not None


@dataclass(frozen=True, slots=True)
class Lookback:
    """What a past view shows: the day, the moment, and the day on which that was known."""

    at: AsOf
    known_on: date

    def days(self) -> dict[str, str]:
        """Both days, as JSON tells them."""
        return {"as_of": self.at.on.isoformat(), "known_on": self.known_on.isoformat()}


def lookback(context: Context, connection: Connection, asked: Asked) -> Lookback | None:
    """The past that is asked for; None when the present is.

    Raises:
        UsageError: a day is still to come, or nothing was known yet on it.
    """
    if not asked:
        return None
    today = context.teller.today(connection)
    known_at = knowledge(context, connection, asked.known_on)
    known_on = asked.known_on or today
    on = asked.as_of or known_on
    if on > today:
        raise UsageError("as_of_ahead", day=on, today=today)
    return Lookback(AsOf(on, known_at), known_on)


def refuse_before_all(connection: Connection, past: Lookback | None) -> None:
    """Says since when there are cases, where there was none yet.

    Raises:
        UsageError: that is so.
    """
    first = first_day(connection, past.at) if past else None
    if past is not None and first is not None:
        raise UsageError("as_of_too_early", day=past.at.on, first=first)


def knowledge(context: Context, connection: Connection, known_on: date | None) -> datetime:
    """The moment up to which what was recorded counts: the end of the day, or all that is known.

    Raises:
        UsageError: the day is still to come, or nothing had been recorded by then.
    """
    if known_on is None:
        return END_OF_TIME
    today = context.teller.today(connection)
    if known_on > today:
        raise UsageError("known_on_ahead", day=known_on, today=today)
    first = first_record(connection, day_end(known_on))
    if first is not None:
        raise UsageError("known_on_too_early", day=known_on, first=local_day(first))
    return day_end(known_on)


def say_past(context: Context, past: Lookback | None) -> None:
    """Marks a past view at the top of what is written for people."""
    if past is not None and not context.output.json_wanted:
        context.output.say("past_view", **past.days())
