"""What the clock did last: every job with its period, its last run and the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.store.tables import heartbeat, job_run
from scheduler.jobs import JOBS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row


@dataclass(frozen=True, slots=True)
class Run:
    """The last run of a job."""

    job: str
    every_seconds: int
    last: datetime | None
    result: str | None
    """What `Summary.text` keeps, as JSON."""
    failures: int = 0
    """How many runs in a row have failed."""

    @property
    def next(self) -> datetime | None:
        """The earliest moment of the next run."""
        return None if self.last is None else self.last + timedelta(seconds=self.every_seconds)


def last_runs(connection: Connection) -> list[Run]:
    """Every job, in the order in which time does its work."""
    rows = {row.job: row for row in connection.execute(sa.select(job_run))}
    found = []
    for job in JOBS:
        row = rows.get(job.name)
        told = (row.last_finished_at, row.last_result, row.failures) if row else (None, None, 0)
        found.append(Run(job.name, job.every_seconds, *told))
    return found


def beats(connection: Connection) -> Sequence[Row[Any]]:
    """The processes with a clock, and when each was last seen, the latest first."""
    return connection.execute(sa.select(heartbeat).order_by(heartbeat.c.beat_at.desc())).all()
