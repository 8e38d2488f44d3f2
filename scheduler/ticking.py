"""One round of the clock by hand: every sweep once, on the day that it is or is made to be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from lifecycle.clock import StoredClock
from lifecycle.errors import LifecycleError
from lifecycle.moments import day_start
from scheduler.jobs import (
    Job,
    Parts,
    Summary,
    deliver_mail,
    fire_milestones,
    freeze_stages,
    open_yearly_cases,
    pass_deadlines,
    retain,
    run_job,
    send_reminders,
    settle,
)

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

MORNING = timedelta(hours=9)
"""The time of day to which a stored clock is moved: digests of the day go out."""

_ROUND = (
    Job("fire_milestones", fire_milestones, 0),
    Job("pass_deadlines", pass_deadlines, 0),
    Job("settle", settle, 0),
    Job("open_yearly_cases", open_yearly_cases, 0),
    # What settling and the new year have opened may be due at once.
    Job("fire_milestones", fire_milestones, 0),
    Job("pass_deadlines", pass_deadlines, 0),
    Job("freeze_stages", freeze_stages, 0),
    Job("send_reminders", send_reminders, 0),
    Job("retain", retain, 0),
    Job("deliver_mail", deliver_mail, 0),
)


class TickDateError(LifecycleError):
    """The clock cannot be put to that day."""

    def __init__(self, as_of: date, today: date, todo: str) -> None:
        self.as_of = as_of
        self.today = today
        self.todo = todo
        super().__init__(f"it is {today}, not {as_of}: {todo}")


def tick(parts: Parts, as_of: date | None = None) -> tuple[Summary, ...]:
    """Runs every sweep once; what each did.

    Args:
        parts: what the jobs work with.
        as_of: the day to move to first, on a database that carries its own clock. Straight there:
            sweeps record each change with the day on which it took effect.

    Raises:
        TickDateError: the day is past, or lies ahead of a clock that nobody can move.
    """
    if as_of is not None:
        parts.act(lambda connection: _move(parts, connection, as_of))
    return tuple(run_job(job, parts) for job in _ROUND)


def _move(parts: Parts, connection: Connection, as_of: date) -> None:
    today = parts.clock.today(connection)
    if as_of < today:
        raise TickDateError(as_of, today, "what has happened stays; leave out --as-of")
    if as_of == today:
        return
    if not isinstance(parts.clock, StoredClock):
        raise TickDateError(as_of, today, "use `lifecycle forecast`")
    parts.clock.move_to(connection, day_start(as_of) + MORNING)
