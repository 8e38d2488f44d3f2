"""How the installation is: clock, jobs, queue, database, sessions; no case and no person."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

import migrations
from lifecycle.accounts import logins
from lifecycle.store.tables import outbox
from notices.outbox import Status
from scheduler.runs import beats, last_runs
from wording.jobs import job_result

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine

    from web.sitting import Sitting

QUIET_AFTER: Final = 60
"""Seconds after which a process that shows no sign of life is told as quiet."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job of the clock."""

    name: str
    every: int
    last: datetime | None
    next: datetime | None
    result: str
    failures: int


@dataclass(frozen=True, slots=True)
class HealthPage:
    """Everything on the page."""

    today: date
    clock: str
    covered: bool
    """The holidays of the year are loaded."""
    beats: Sequence[tuple[str, datetime, bool]]
    """Process, last sign of life, whether that is long ago."""
    jobs: Sequence[JobRow]
    queue: Sequence[tuple[str, int]]
    oldest: date | None
    """Since when the notice that waits longest has been owed."""
    url: str
    size: str
    revision: str
    wanted: str
    sessions: int
    version: str


def health_page(connection: Connection, sitting: Sitting) -> HealthPage:
    """How the installation is now."""
    words, now = sitting.teller.words, sitting.desk.now()
    clock = type(sitting.desk.parts.clock).__name__
    has, wants = migrations.revisions(connection)
    waiting = outbox.c.status.in_([Status.OWED.value, Status.RETRY_AT.value])
    oldest = sa.select(sa.func.min(outbox.c.owed_on, type_=outbox.c.owed_on.type)).where(waiting)
    return HealthPage(
        today=sitting.today,
        clock=words.section("clocks").get(clock, clock),
        covered=sitting.teller.registry.rest_days.covers(sitting.today),
        beats=[
            (one.worker, one.beat_at, (now - one.beat_at).total_seconds() > QUIET_AFTER)
            for one in beats(connection)
        ],
        jobs=_jobs(connection, sitting),
        queue=_queue(connection, sitting),
        oldest=connection.execute(oldest).scalar(),
        url=sitting.desk.parts.engine.url.render_as_string(hide_password=True),
        size=_size(connection, sitting.desk.parts.engine),
        revision=has or "-",
        wanted=wants or "-",
        sessions=len(logins.sessions(connection, sitting.desk.now())),
        version=version("lifecycle"),
    )


def _jobs(connection: Connection, sitting: Sitting) -> list[JobRow]:
    words = sitting.teller.words
    labels = words.section("jobs")
    return [
        JobRow(
            name=labels.get(one.job, one.job),
            every=one.every_seconds,
            last=one.last,
            next=one.next,
            result=job_result(words, one.result) if one.result else "",
            failures=one.failures,
        )
        for one in last_runs(connection)
    ]


def _queue(connection: Connection, sitting: Sitting) -> list[tuple[str, int]]:
    """How many notices stand where, in the order of their life."""
    counted = sa.select(outbox.c.status, sa.func.count()).group_by(outbox.c.status)
    found = {status: count for status, count in connection.execute(counted)}  # noqa: C416 - rows
    words = sitting.teller.words
    return [(words.value(one.value), found.get(one.value, 0)) for one in Status]


def _size(connection: Connection, engine: Engine) -> str:
    if engine.dialect.name == "postgresql":
        statement = sa.text("SELECT pg_size_pretty(pg_database_size(current_database()))")
        return str(connection.execute(statement).scalar_one())
    path = Path(engine.url.database or "")
    files = [path, path.with_name(f"{path.name}-wal")]
    return f"{sum(one.stat().st_size for one in files if one.is_file()) / 2**20:.1f} MB"


def quick_check(connection: Connection) -> list[str]:
    """What the database finds wrong with its own pages; nothing when all is well."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("SELECT 1"))
        return []
    rows = connection.exec_driver_sql("PRAGMA quick_check(20)").scalars().all()
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return [str(one) for one in rows if one != "ok"] + [f"{one[0]} → {one[2]}" for one in broken]
