"""Wakes the jobs: the only file that knows APScheduler, which is a clock here and nothing more."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from lifecycle.clock import SystemClock
from lifecycle.store.tables import heartbeat
from scheduler.jobs import JOBS, Job, Parts, run_job
from scheduler.watchdog import ClockGuard, Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

LOG = logging.getLogger(__name__)

THREADS = 4
HEARTBEAT_SECONDS = 20
WATCH_SECONDS = 5.0
STOP_SECONDS = 30.0
"""How long a stop waits for running jobs; all of them may be cut off at any point."""

FORGET_AFTER = timedelta(days=1)
"""The heartbeats of processes that ended long ago are removed."""


def wall_now() -> datetime:
    """This machine's time: what the guard compares with the monotonic clock."""
    return datetime.now(UTC)


def worker_name() -> str:
    """This process among all that run on the database."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _exit() -> None:
    os._exit(70)  # a hung thread would keep an orderly exit waiting for ever


@dataclass(slots=True)
class Runner:
    """Runs the jobs in this process until it is stopped."""

    parts: Parts
    jobs: Sequence[Job] = JOBS
    worker: str = field(default_factory=worker_name)
    now: Callable[[], datetime] = wall_now
    monotonic: Callable[[], float] = time.monotonic
    give_up: Callable[[], None] = _exit
    watch_seconds: float = WATCH_SECONDS
    guard: ClockGuard = field(init=False)
    watchdog: Watchdog = field(init=False)
    _scheduler: Any = field(init=False, default=None)
    _watcher: threading.Thread | None = field(init=False, default=None)
    _stopped: threading.Event = field(init=False, default_factory=threading.Event)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Takes the clock as it is at the start."""
        self.guard = ClockGuard(self.now, self.monotonic, self._database_now())
        self.watchdog = Watchdog(self.monotonic, kick=self.kick, give_up=self.give_up)

    def _database_now(self) -> Callable[[], datetime] | None:
        own_clock = isinstance(self.parts.clock, SystemClock)
        if not own_clock or self.parts.engine.dialect.name != "postgresql":
            return None
        return lambda: self.parts.act(self.parts.clock.now)

    # -- life --------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the clock and the thread that watches it."""
        self._stopped.clear()
        for job in self.jobs:
            self.watchdog.watch(job.name, job.every_seconds)
        with self._lock:
            self._scheduler = self._fresh()
        self._watcher = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Stops waking jobs, lets the running ones finish for a while, ends the heartbeat."""
        self._stopped.set()
        with self._lock:
            old, self._scheduler = self._scheduler, None
        _shut(old, wait_seconds=STOP_SECONDS)
        if self._watcher is not None:
            self._watcher.join()
        self.parts.act(self._silence)

    def run_forever(self, stop_event: threading.Event) -> None:
        """Runs until `stop_event` is set, as a signal handler does."""
        self.start()
        try:
            stop_event.wait()
        finally:
            self.stop()

    def kick(self) -> None:
        """Replaces the scheduler: a dead loop or a hung body stays behind with the old one.

        The jobs may run twice at the same time, so one that hangs does no harm to its successor.
        """
        with self._lock:
            if self._stopped.is_set():
                return
            old, self._scheduler = self._scheduler, self._fresh()
        _shut(old, wait_seconds=0)

    def next_runs(self) -> dict[str, datetime]:
        """When each job is to run next."""
        with self._lock:
            if self._scheduler is None:
                return {}
            entries = self._scheduler.get_jobs()
        return {one.id: one.next_run_time for one in entries if one.next_run_time is not None}

    # -- what is woken -----------------------------------------------------------------

    def _fresh(self) -> Any:  # noqa: ANN401 - APScheduler ships no types
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(THREADS)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            daemon=True,
        )
        work: list[tuple[str, int, Callable[[], None]]] = [
            (job.name, job.every_seconds, partial(self._guarded, job)) for job in self.jobs
        ]
        work.append(("heartbeat", HEARTBEAT_SECONDS, self.beat))
        for name, seconds, body in work:
            scheduler.add_job(
                body,
                IntervalTrigger(seconds=seconds, timezone=UTC),
                id=name,
                next_run_time=datetime.now(UTC),
            )
        scheduler.start()
        return scheduler

    def _guarded(self, job: Job) -> None:
        """Runs the job unless the clock is suspended; its failure is noted, the next run tries."""
        try:
            if self.guard.trusted():
                alive = partial(self.watchdog.alive, job.name)
                run_job(job, replace(self.parts, progress=alive))
        except Exception as error:  # noqa: BLE001 - the clock must outlive every failure
            LOG.error("job %s failed: %s", job.name, type(error).__name__)  # noqa: TRY400 - the trace shows values
        self.watchdog.alive(job.name)

    def beat(self) -> None:
        """Says that this process lives, and forgets those that have been silent for a day."""
        try:
            self.parts.act(self._beat)
        except sa.exc.DBAPIError as error:
            LOG.warning("no heartbeat: %s", type(error).__name__)

    def _beat(self, connection: Connection) -> None:
        # Real time, also on a database with a clock of its own: it is processes that live.
        at = SystemClock().now(connection)
        h = heartbeat.c
        connection.execute(sa.delete(heartbeat).where(h.beat_at < at - FORGET_AFTER))
        changed = connection.execute(
            sa.update(heartbeat).where(h.worker == self.worker).values(beat_at=at)
        )
        if changed.rowcount == 0:
            connection.execute(sa.insert(heartbeat).values(worker=self.worker, beat_at=at))

    def _silence(self, connection: Connection) -> None:
        connection.execute(sa.delete(heartbeat).where(heartbeat.c.worker == self.worker))

    def _watch(self) -> None:
        while not self._stopped.wait(self.watch_seconds):
            self.watchdog.check()


def _shut(scheduler: Any, *, wait_seconds: float) -> None:  # noqa: ANN401 - APScheduler ships no types
    """Ends a scheduler, waiting at most so long for what still runs, or hangs, in it."""
    if scheduler is None or not scheduler.running:
        return
    # In a thread of its own: a loop that died holding a lock would hold us too.
    ending = threading.Thread(target=scheduler.shutdown, args=(wait_seconds > 0,), daemon=True)
    ending.start()
    if wait_seconds:
        ending.join(wait_seconds)
