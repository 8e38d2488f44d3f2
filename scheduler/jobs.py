"""What the clock does: plain functions that may run twice, late, or on two hosts at once.

Each asks the database what is due, works in chunks with a transaction each, and notes its run in
`job_run`. None of them knows what wakes it.
"""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from lifecycle import sweeps
from lifecycle.errors import ConcurrencyError
from lifecycle.store.compacting import compact
from lifecycle.store.session import in_transaction
from lifecycle.store.tables import deadline, job_run
from lifecycle.workdays import PeriodKind
from notices import removal
from notices.delivery import PostOffice, deliver
from notices.files import FileChannel
from workflows import retaining
from workflows.programme import freeze_and_tell
from workflows.retention import RECORD_CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from sqlalchemy import ColumnElement, Connection, Engine

    from lifecycle.clock import Clock
    from lifecycle.registry import Registry

T = TypeVar("T")

LOG = logging.getLogger(__name__)

MILESTONES = frozenset({PeriodKind.MINIMUM, PeriodKind.AS_OF})
"""The kinds of period that are reached on their day; the others pass after it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the jobs are handed; the wiring builds it."""

    engine: Engine
    registry: Registry
    clock: Clock
    post: PostOffice | None = None
    """None: nothing is delivered here."""
    uploads: Path | None = None
    """Where uploaded workbooks wait; None: none are taken."""
    progress: Callable[[], None] = lambda: None
    """Called after every chunk: a long run is not a hung one."""

    def act(self, work: Callable[[Connection], T]) -> T:
        """Does `work` in a transaction of its own."""
        return in_transaction(self.engine, work)


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run of a job did."""

    job: str
    done: int = 0
    stuck: tuple[int, ...] = ()
    """Deadlines whose work failed; they are tried again in the next run."""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What `job_run` keeps, as JSON."""
        told: dict[str, Any] = {"done": self.done, **self.details}
        if self.stuck:
            told["stuck"] = list(self.stuck)
        return json.dumps(told, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Job:
    """A named piece of the clock's work."""

    name: str
    run: Callable[[Parts], Summary]
    every_seconds: int


def open_yearly_cases(parts: Parts) -> Summary:
    """Opens the cases that a new year brings."""
    opened = parts.act(
        lambda connection: sweeps.open_yearly_cases(connection, parts.registry, parts.clock)
    )
    return Summary("open_yearly_cases", opened)


def fire_milestones(parts: Parts) -> Summary:
    """Records what waiting times bring on the day that they are reached."""
    milestones, _ = _rules(parts.registry)
    return _sweep("fire_milestones", parts, deadline.c.rule.in_(milestones))


def pass_deadlines(parts: Parts) -> Summary:
    """Records what the end of a period brings, on the day after it."""
    _, passing = _rules(parts.registry)
    return _sweep("pass_deadlines", parts, deadline.c.rule.in_(passing))


def send_reminders(parts: Parts) -> Summary:
    """Owes the reminders and escalations of all other deadlines."""
    milestones, passing = _rules(parts.registry)
    return _sweep("send_reminders", parts, deadline.c.rule.not_in(milestones + passing))


def settle(parts: Parts) -> Summary:
    """Carries cases on where a date alone has changed their facts."""
    written = parts.act(
        lambda connection: sweeps.settle_by_time(connection, parts.registry, parts.clock)
    )
    return Summary("settle", written)


def freeze_stages(parts: Parts) -> Summary:
    """Freezes the indicators of a stage date when its day is over, and owes the statements."""
    frozen = parts.act(lambda connection: freeze_and_tell(connection, parts.registry, parts.clock))
    return Summary("freeze_stages", frozen)


def deliver_mail(parts: Parts) -> Summary:
    """Delivers the notices that are owed."""
    if parts.post is None:
        return Summary("deliver_mail")
    delivered = deliver(parts.post, progress=parts.progress)
    return Summary("deliver_mail", delivered.mails, details={"notices": dict(delivered.notices)})


def retain(parts: Parts) -> Summary:
    """Removes what the retention table lets go, and mail files that are too old or blanked."""
    removed = retaining.retain(parts.act, parts.registry, parts.clock, parts.progress)
    files = 0
    if parts.post is not None and isinstance(parts.post.channel, FileChannel):
        folder = parts.post.channel.folder
        files = removal.remove(parts.act(lambda one: old_mails(one, parts, folder)))
    files += remove_uploads(parts.act(lambda one: old_uploads(one, parts)))
    if removed:
        compact(parts.engine, anew=False)
    return Summary("retain", removed.total() + files, details={**removed, "files": files})


def old_mails(connection: Connection, parts: Parts, folder: Path) -> list[Path]:
    """The mail files in the folder that are kept no longer."""
    today = parts.clock.today(connection)
    kept = RECORD_CLASSES["file"]
    parameters = parts.registry.policy.at(today)
    old = removal.kept_too_long(
        connection, folder, lambda day: kept.kept_until(day, parameters) < today
    )
    blanked = removal.lying(folder, removal.mails_of_blanked(connection))
    return sorted({*old, *blanked})


def old_uploads(connection: Connection, parts: Parts) -> list[Path]:
    """The uploads that are kept no longer, by the day on which they were last touched."""
    if parts.uploads is None or not parts.uploads.is_dir():
        return []
    today = parts.clock.today(connection)
    kept, parameters = RECORD_CLASSES["file"], parts.registry.policy.at(today)
    return sorted(
        path
        for path in parts.uploads.iterdir()
        if kept.kept_until(removal.written_on(path), parameters) < today
    )


def remove_uploads(folders: Iterable[Path]) -> int:
    """Removes uploads with everything in them; how many."""
    count = 0
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        count += 1
    return count


JOBS = (
    Job("fire_milestones", fire_milestones, 20),
    Job("pass_deadlines", pass_deadlines, 20),
    Job("settle", settle, 300),
    Job("open_yearly_cases", open_yearly_cases, 3600),
    Job("freeze_stages", freeze_stages, 3600),
    Job("send_reminders", send_reminders, 60),
    Job("retain", retain, 86400),
    Job("deliver_mail", deliver_mail, 30),
)
"""Every job with its period, in the order in which time does its work."""


def run_job(job: Job, parts: Parts) -> Summary:
    """Runs the job and notes in `job_run` when it began, when it ended and how."""
    parts.act(lambda connection: _begin(connection, job.name, parts))
    try:
        summary = job.run(parts)
    except Exception as error:
        # The kind only: messages may repeat values of a case.
        what = json.dumps({"error": type(error).__name__})
        parts.act(
            lambda connection: _note_end(connection, job.name, parts.clock, what, failed=True)
        )
        raise
    failed = bool(summary.stuck)
    parts.act(
        lambda connection: _note_end(connection, job.name, parts.clock, summary.text, failed=failed)
    )
    LOG.info("job %s: %s", job.name, summary.text)
    return summary


def _rules(registry: Registry) -> tuple[list[str], list[str]]:
    """The deadlines that fire on their day, and those that fire after it, in any version."""
    milestones: set[str] = set()
    passing: set[str] = set()
    books = (*registry.rulebooks.values(), *registry.versions.values())
    for name, rule in (pair for book in books for pair in book.workflow.deadlines.items()):
        if rule.kind in MILESTONES:
            milestones.add(name)
        elif rule.fires or rule.fires_before:
            passing.add(name)
    return sorted(milestones), sorted(passing - milestones)


def _sweep(name: str, parts: Parts, which: ColumnElement[bool]) -> Summary:
    """Works through the deadlines that are due; one broken case does not stop the others."""
    done, limit = 0, sweeps.CHUNK
    stuck: list[int] = []
    while True:
        narrowed = sa.and_(which, deadline.c.id.not_in(stuck))
        try:
            dealt = _chunk(parts, narrowed, limit)
        except (DBAPIError, ConcurrencyError):
            raise
        except Exception as error:
            if limit > 1:
                limit = 1  # one by one up to the broken case
                continue
            first = _first_due(parts, narrowed)
            if first is None:
                raise
            stuck.append(first)
            limit = sweeps.CHUNK
            LOG.error("job %s: deadline %s: %s", name, first, type(error).__name__)  # noqa: TRY400 - the trace shows values
            continue
        parts.progress()
        if not dealt:
            return Summary(name, done, tuple(stuck))
        done += dealt


def _chunk(parts: Parts, narrowed: ColumnElement[bool], limit: int) -> int:
    return parts.act(
        lambda connection: sweeps.sweep_deadlines(
            connection, parts.registry, parts.clock, limit, narrowed
        )
    )


def _first_due(parts: Parts, narrowed: ColumnElement[bool]) -> int | None:
    def first(connection: Connection) -> int | None:
        rows = sweeps.due(connection, parts.clock.now(connection), 1, narrowed)
        return rows[0][1] if rows else None

    return parts.act(first)


def _begin(connection: Connection, job: str, parts: Parts) -> None:
    """What officers have set since the clock began to run holds for this run too."""
    parts.registry.refresh_policy(connection)
    parts.registry.refresh_calendars(connection)
    _note_start(connection, job, parts.clock)


def _note_start(connection: Connection, job: str, clock: Clock) -> None:
    started = {"last_started_at": clock.now(connection)}
    changed = connection.execute(sa.update(job_run).where(job_run.c.job == job).values(started))
    if changed.rowcount == 0:
        _insert_once(connection, job, started)


def _insert_once(connection: Connection, job: str, values: Mapping[str, Any]) -> None:
    """Two processes may run a job for the first time together: the later row is left out."""
    row = {"job": job, "failures": 0, **values}
    if connection.dialect.name == "postgresql":
        connection.execute(postgresql.insert(job_run).values(row).on_conflict_do_nothing())
    else:
        connection.execute(sa.insert(job_run).values(row))


def _note_end(connection: Connection, job: str, clock: Clock, result: str, *, failed: bool) -> None:
    failures: Any = job_run.c.failures + 1 if failed else 0
    ended = {
        "last_finished_at": clock.now(connection),
        "last_result": result,
        "failures": failures,
    }
    connection.execute(sa.update(job_run).where(job_run.c.job == job).values(ended))
