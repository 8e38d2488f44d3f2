"""The runner: jobs fire, hang, die and are replaced; no test waits for a clock."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest
import sqlalchemy as sa
from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent

import migrations
import workflows
from lifecycle.clock import SystemClock
from lifecycle.store.session import create_engine
from lifecycle.store.tables import heartbeat, job_run
from scheduler.jobs import Job, Parts, Summary
from scheduler.runner import Runner, worker_name
from scheduler.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apscheduler.schedulers.background import BackgroundScheduler

SOON = 20.0
"""Seconds after which a test that waits for an event has failed."""


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    url = f"sqlite:///{tmp_path / 'runner.sqlite'}"
    migrations.upgrade(url)
    engine = create_engine(url)
    yield Parts(engine, workflows.load_all(), SystemClock())
    engine.dispose()


def read(parts: Parts, statement: sa.Select[tuple[object]]) -> list[object]:
    return parts.act(lambda connection: list(connection.execute(statement).scalars()))


class Body:
    """A job that says when it began and ends when it may."""

    def __init__(self) -> None:
        self.began = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.runs = 0

    def __call__(self, parts: Parts) -> Summary:
        del parts
        self.runs += 1
        self.began.release()
        self.may_end.wait(SOON)
        return Summary("body", 1)

    def wait(self) -> bool:
        return self.began.acquire(timeout=SOON)


class Noticing(Watchdog):
    """A watchdog that says when a job has ended."""

    ended: ClassVar[threading.Semaphore] = threading.Semaphore(0)

    def alive(self, job: str) -> None:
        super().alive(job)
        self.ended.release()


def freed(scheduler: BackgroundScheduler) -> threading.Semaphore:
    """What is released whenever the scheduler takes the job `body` for ended."""
    ended = threading.Semaphore(0)

    def note(event: JobExecutionEvent) -> None:
        if event.job_id == "body":  # the heartbeat is a job too
            ended.release()

    scheduler.add_listener(note, EVENT_JOB_EXECUTED)
    return ended


def test_jobs_run_at_once_and_are_noted(parts: Parts) -> None:
    body = Body()
    body.may_end.set()
    runner = Runner(parts, jobs=[Job("body", body, 3600)])
    runner.start()
    ran = body.wait()
    runs = runner.next_runs()
    runner.stop()

    assert ran
    assert set(runs) == {"body", "heartbeat"}
    assert read(parts, sa.select(job_run.c.last_result)) == ['{"done": 1}']
    assert runner.next_runs() == {}


def test_a_body_that_hangs_is_left_behind_and_the_job_runs_again(parts: Parts) -> None:
    body = Body()
    runner = Runner(parts, jobs=[Job("body", body, 3600)])
    runner.start()
    first = body.wait()
    runner.kick()
    again = body.wait()
    body.may_end.set()
    runner.stop()

    assert first
    assert again
    assert body.runs == 2


def test_a_running_job_is_not_started_twice_by_its_own_clock(parts: Parts) -> None:
    body = Body()
    runner = Runner(parts, jobs=[Job("body", body, 3600)])
    runner.start()
    body.wait()
    scheduler = runner._scheduler
    scheduler.modify_job("body", next_run_time=datetime.now(UTC) - timedelta(hours=5))
    scheduler.wakeup()
    twice = body.began.acquire(timeout=0.2)
    body.may_end.set()
    runner.stop()

    assert not twice


def test_many_missed_runs_become_one(parts: Parts) -> None:
    body = Body()
    runner = Runner(parts, jobs=[Job("body", body, 3600)])
    runner.start()
    body.wait()
    scheduler = runner._scheduler
    ended = freed(scheduler)
    body.may_end.set()
    ended.acquire(timeout=SOON)
    scheduler.modify_job("body", next_run_time=datetime.now(UTC) - timedelta(hours=50))
    scheduler.wakeup()
    caught_up = body.wait()
    more = body.began.acquire(timeout=0.2)
    runner.stop()

    assert caught_up
    assert not more


def test_the_watchdog_replaces_a_loop_that_died_and_then_gives_up(parts: Parts) -> None:
    body, gave_up = Body(), threading.Event()
    body.may_end.set()
    ticks = [0.0]
    runner = Runner(
        parts,
        jobs=[Job("body", body, 20)],
        monotonic=lambda: ticks[0],
        now=lambda: datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=ticks[0]),
        give_up=gave_up.set,
        watch_seconds=0.01,
    )
    runner.watchdog = Noticing(runner.monotonic, runner.kick, runner.give_up)
    ended = Noticing.ended
    runner.start()
    ended.acquire(timeout=SOON)
    body.wait()
    first = runner._scheduler
    first.pause()  # it says that it is running, and wakes nobody
    ticks[0] = 70.0
    kicked = body.wait() and ended.acquire(timeout=SOON)
    replaced = runner._scheduler is not first
    runner._scheduler.pause()
    ticks[0] = 500.0
    over = gave_up.wait(SOON)
    runner.stop()

    assert kicked
    assert replaced
    assert over


def test_nothing_fires_while_the_clock_is_not_trusted(parts: Parts) -> None:
    body = Body()
    body.may_end.set()
    wall = [datetime(2026, 3, 2, tzinfo=UTC)]
    job = Job("body", body, 3600)
    runner = Runner(parts, jobs=[job], now=lambda: wall[0], monotonic=lambda: 0.0)
    wall[0] += timedelta(days=1)
    runner._guarded(job)
    while_suspended = body.runs
    runner.guard.confirm()
    runner._guarded(job)

    assert while_suspended == 0
    assert body.runs == 1


def test_a_failing_job_is_counted_and_tried_again(parts: Parts) -> None:
    def fail(parts: Parts) -> Summary:
        raise LookupError(parts.registry)

    job = Job("fail", fail, 3600)
    runner = Runner(parts, jobs=[job])
    runner._guarded(job)
    runner._guarded(job)

    assert read(parts, sa.select(job_run.c.failures)) == [2]
    assert read(parts, sa.select(job_run.c.last_result)) == ['{"error": "LookupError"}']


def test_every_process_has_a_heartbeat_while_it_lives(parts: Parts) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    dead = sa.insert(heartbeat).values(worker="dead", beat_at=long_ago)
    parts.act(lambda connection: connection.execute(dead))
    runner = Runner(parts, jobs=[])
    runner.beat()
    runner.beat()
    alive = read(parts, sa.select(heartbeat.c.worker))
    runner.start()
    runner.stop()

    assert alive == [worker_name()]
    assert read(parts, sa.select(heartbeat.c.worker)) == []


def test_run_forever_ends_when_it_is_told_to(parts: Parts) -> None:
    body, stop = Body(), threading.Event()
    body.may_end.set()
    runner = Runner(parts, jobs=[Job("body", body, 3600)])
    thread = threading.Thread(target=runner.run_forever, args=(stop,))
    thread.start()
    ran = body.wait()
    stop.set()
    thread.join(SOON)

    assert ran
    assert not thread.is_alive()
