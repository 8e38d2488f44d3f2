"""The clock's work on both databases: late, twice and at the same time, it is done once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle import engine, sweeps
from lifecycle.access import Actor, ActorSource, Role
from lifecycle.clock import FixedClock, SystemClock
from lifecycle.errors import LifecycleError
from lifecycle.settling import settle_case
from lifecycle.store.tables import case, deadline, entry, job_run
from scheduler.jobs import JOBS, Parts, fire_milestones, pass_deadlines, run_job, send_reminders
from scheduler.ticking import TickDateError, tick
from tests.builders import app_on, move_clock
from tests.post import folder_office, mails, rows
from workflows import byhand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.wiring import App
    from lifecycle.cases import CaseView
    from lifecycle.rulebook import Rulebook
    from lifecycle.work import Work

DAY = date(2026, 1, 5)
OFFICER = Actor("officer", frozenset({Role.CASE_OFFICER}), source=ActorSource.DECLARED)


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, DAY) as opened:
        yield opened


def parts(app: App, folder: Path | None = None) -> Parts:
    post = folder_office(app, folder) if folder else None
    return Parts(app.engine, app.registry, app.clock, post)


def add_members(app: App, employment: str, count: int = 1) -> None:
    """People engaged today at one organization, their relations at home."""

    def add(connection: sa.Connection) -> None:
        work = engine.begin(connection, app.registry, app.clock, OFFICER)
        organization = byhand.add_organization(
            work,
            name=f"门诊部 {employment}",
            credit_code=f"CODE-{employment}",
            kind="private_nonenterprise_unit",
            on=DAY,
            mail="clinic@example.org",
        )
        for number in range(count):
            person = byhand.add_person(
                work,
                name=f"王{number}",
                status="full",
                birth_on=date(1980, 1, 1) + timedelta(days=number),
                admitted_on=date(2005, 7, 1),
            )
            byhand.add_engagement(
                work,
                person_id=person,
                organization_id=organization,
                employment=employment,
                since=DAY,
                on=DAY,
            )

    app.write(add)


def states(app: App) -> list[str]:
    """The states of all member relations."""
    statement = sa.select(case.c.state).where(case.c.workflow == "member_relation")
    return app.read(lambda c: list(c.execute(statement.order_by(case.c.id)).scalars()))


def trail(app: App) -> list[tuple[int, int]]:
    """Every entry there is."""
    statement = sa.select(entry.c.case_id, entry.c.seq).order_by(entry.c.id)
    return app.read(lambda c: [(row[0], row[1]) for row in c.execute(statement)])


def told(app: App) -> list[tuple[str, str]]:
    """The notices about members, as kind and stage."""
    return [(row.notice, row.stage) for row in rows(app) if row.notice in {"N11", "N12"}]


def runs(app: App) -> dict[str, Any]:
    return app.read(lambda c: {row.job: row for row in c.execute(sa.select(job_run))})


def test_a_tick_carries_cases_on_and_tells_people(app: App, tmp_path: Path) -> None:
    add_members(app, "part_time")
    summaries = tick(parts(app, tmp_path), as_of=date(2026, 7, 6))

    assert states(app) == ["temporary_due"]
    assert told(app) == [("N12", "due"), ("N12", "due")]
    assert summaries[-1].job == "deliver_mail"
    assert any(str(mail["To"]) == "clinic@example.org" for mail in mails(tmp_path))
    assert app.read(app.clock.today) == date(2026, 7, 6)


def test_a_second_tick_changes_nothing(app: App, tmp_path: Path) -> None:
    add_members(app, "part_time")
    tick(parts(app, tmp_path), as_of=date(2026, 7, 6))
    before = (trail(app), [row.status for row in rows(app)], len(mails(tmp_path)))
    tick(parts(app, tmp_path))
    tick(parts(app, tmp_path), as_of=date(2026, 7, 6))

    assert (trail(app), [row.status for row in rows(app)], len(mails(tmp_path))) == before


def test_reminders_are_owed_once_each(app: App) -> None:
    add_members(app, "full_time")
    (due_on,) = app.read(
        lambda c: list(c.execute(sa.select(deadline.c.due_on).where(deadline.c.rule == "D8")))
    )[0]
    for day in (due_on - timedelta(days=7), due_on, due_on + timedelta(days=7)):
        move_clock(app, day)
        for _ in range(3):
            send_reminders(parts(app))

    to_the_organization = [row for row in rows(app) if row.recipient.startswith("organization")]
    stages = [row.stage for row in to_the_organization if row.notice == "N11"]
    assert stages == ["due", "reminder", "reminder", "overdue"]


def test_each_job_leaves_the_others_deadlines_alone(app: App) -> None:
    add_members(app, "part_time")
    move_clock(app, date(2026, 7, 6))

    assert pass_deadlines(parts(app)).done == 0
    assert send_reminders(parts(app)).done == 1  # the affiliation's, which nobody has decided
    assert states(app) == ["awaiting_milestone"]
    assert fire_milestones(parts(app)).done == 1
    assert states(app) == ["temporary_due"]


def test_two_hosts_at_the_same_time_do_it_once(app: App) -> None:
    add_members(app, "part_time", 60)
    move_clock(app, date(2026, 7, 6))

    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(fire_milestones, parts(app)) for _ in range(3)]
        total = sum(run.result().done for run in done)
    fire_milestones(parts(app))

    assert total <= 60
    assert states(app) == ["temporary_due"] * 60
    assert len(told(app)) == 120


def test_a_case_that_cannot_be_carried_on_does_not_stop_the_others(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_members(app, "part_time", 5)
    move_clock(app, date(2026, 7, 6))
    milestones = sa.select(sa.func.min(deadline.c.id)).where(deadline.c.rule == "D9")
    first = app.read(lambda c: c.execute(milestones).scalar_one())

    def broken(work: Work, book: Rulebook, view: CaseView, on: date) -> None:
        if any(one.id == first for one in view.deadlines):
            raise LifecycleError
        settle_case(work, book, view, on)

    monkeypatch.setattr(sweeps, "settle_case", broken)
    job = next(one for one in JOBS if one.name == "fire_milestones")
    summary = run_job(job, parts(app))

    assert summary.stuck == (first,)
    assert states(app)[1:] == ["temporary_due"] * 4
    assert runs(app)["fire_milestones"].failures == 1
    monkeypatch.undo()
    run_job(job, parts(app))
    assert states(app) == ["temporary_due"] * 5
    assert runs(app)["fire_milestones"].failures == 0


def test_every_job_notes_its_run(app: App, tmp_path: Path) -> None:
    tick(parts(app, tmp_path))

    noted = runs(app)
    assert set(noted) == {job.name for job in JOBS}
    for row in noted.values():
        assert row.last_started_at is not None
        assert row.last_finished_at >= row.last_started_at
        assert json.loads(row.last_result)["done"] == 0
        assert row.failures == 0


def test_two_first_runs_at_the_same_time_share_one_note(app: App) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(run_job, job, parts(app)) for job in JOBS for _ in range(4)]

    assert all(run.exception() is None for run in done)
    assert set(runs(app)) == {job.name for job in JOBS}


def test_a_clock_of_its_own_is_moved_forward_only(app: App) -> None:
    tick(parts(app), as_of=DAY + timedelta(days=3))

    with pytest.raises(TickDateError, match="what has happened stays"):
        tick(parts(app), as_of=DAY)


@pytest.mark.parametrize("clock", [SystemClock(), FixedClock.on(DAY)])
def test_real_time_is_not_moved(app: App, clock: SystemClock | FixedClock) -> None:
    real = replace(parts(app), clock=clock)
    today = app.read(clock.today)

    with pytest.raises(TickDateError, match="use `lifecycle forecast`"):
        tick(real, as_of=today + timedelta(days=1))
    with pytest.raises(TickDateError):
        tick(real, as_of=today - timedelta(days=1))
