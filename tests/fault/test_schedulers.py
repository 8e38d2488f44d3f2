"""Many sweepers, wrong clocks, foreign zones: no deadline is lost, none doubled, none early."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle import engine, sweeps
from lifecycle.access import Actor, Role
from lifecycle.clock import FixedClock, SystemClock, store_time
from lifecycle.store.session import create_engine
from lifecycle.store.tables import deadline, outbox
from scheduler.jobs import Parts, send_reminders
from tests.builders import app_on, move_clock
from workflows import byhand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from cli.wiring import App

OFFICER = Actor("chen", frozenset({Role.CASE_OFFICER, Role.APPROVER}))
TODAY = date(2026, 1, 12)
DAY = timedelta(days=1)
CASES = 40

OFFSETS = (-30, -7, 0, 7)
"""The policy's days of reminding, before and after a due date."""

TOLD = frozenset({"unit:1", "organization:1"})
"""Whom a reminder of a formal transfer goes to: the home branch and the organization."""

SHANGHAI = timezone(timedelta(hours=8))
"""The local zone, written down a second time."""

LAGS = (timedelta(), timedelta(), DAY, DAY)
"""Four sweepers, two of them with a clock that is a day behind."""

Reminder = tuple[int, str, str]
"""Deadline, stage, recipient."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A deadline by its due date and the day on which it is to wake."""

    due_on: date
    wakes_on: date

    @classmethod
    def waking(cls, on: date, number: int) -> Planted:
        """One at whose reminder days, each in turn, `on` is."""
        return cls(on - OFFSETS[number % 4] * DAY, on)

    def moments(self) -> list[date]:
        """The days of the reminders that are still to come when it is planted."""
        return [day for days in OFFSETS if (day := self.due_on + days * DAY) >= self.wakes_on]

    def told_by(self, today: date) -> str | None:
        """The stage of what one sweep on that day tells: the latest reminder that has come."""
        come = [day for day in self.moments() if day <= today]
        if not come:
            return None
        return "overdue" if come[-1] > self.due_on else "reminder"

    def wakes_after(self, today: date) -> datetime | None:
        """The instant of its first reminder after that day."""
        left = [day for day in self.moments() if day > today]
        return midnight(left[0]) if left else None


def midnight(day: date) -> datetime:
    """The instant at which the local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    """Members of one organization whose formal transfers are due, and nothing to do today."""
    with app_on(migrated_url, TODAY) as opened:
        opened.write(lambda connection: engage(opened, connection))
        yield opened


def engage(app: App, connection: Connection) -> None:
    work = engine.begin(connection, app.registry, app.clock, OFFICER)
    home = byhand.add_unit(
        work, name="街道", level="county", kind="supervisory_unit", mail="h@b.cn"
    )
    organization = byhand.add_organization(
        work, name="诊所", credit_code="X1", kind="private_nonenterprise_unit", mail="c@b.cn"
    )
    for number in range(CASES):
        person = byhand.add_person(
            work,
            name=f"王{number}",
            birth_on=date(1980, 1, 1) + number * DAY,
            admitted_on=date(2005, 1, 1),
            status="full",
            home_body_id=byhand.unit_body_of(connection, home),
        )
        byhand.add_engagement(
            work,
            person_id=person,
            organization_id=organization,
            employment="full_time",
            since=TODAY,
        )


def plant(app: App, wanted: list[Planted]) -> dict[int, Planted]:
    """The deadlines by number, in turn on every case: as their rule opens them, on other days."""
    d = deadline.c
    columns = [column for column in d if column.name != "id"]

    def insert(connection: Connection) -> dict[int, Planted]:
        transfers = sa.select(*columns).where(d.rule == "D8").order_by(d.id)
        models = connection.execute(transfers).mappings().all()
        last = connection.execute(sa.select(sa.func.max(d.id))).scalar_one()
        rows = [
            {
                **models[number % len(models)],
                "cycle": number,
                "due_on": one.due_on,
                "wake_at": midnight(one.wakes_on),
            }
            for number, one in enumerate(wanted)
        ]
        connection.execute(sa.insert(deadline), rows)
        added = connection.execute(sa.select(d.id).where(d.id > last).order_by(d.id)).scalars()
        return dict(zip(added, wanted, strict=True))

    return app.write(insert)


def parts(app: App) -> Parts:
    return Parts(app.engine, app.registry, app.clock)


def reminders(app: App) -> list[Reminder]:
    """Every reminder owed for a deadline, as often as it is owed."""
    o = outbox.c
    owed = sa.select(o.deadline_id, o.stage, o.recipient).where(o.deadline_id.is_not(None))
    return app.read(lambda c: sorted((row[0], row[1], row[2]) for row in c.execute(owed)))


def waking(app: App) -> dict[int, datetime | None]:
    """When each open deadline is to wake."""
    d = deadline.c
    rows = sa.select(d.id, d.wake_at).where(d.status == "open")
    return app.read(lambda c: {row[0]: row[1] for row in c.execute(rows)})


def expected(planted: dict[int, Planted], today: date) -> list[Reminder]:
    """What is to be told of them by one sweep on that day."""
    return sorted(
        (number, stage, whom)
        for number, one in planted.items()
        if (stage := one.told_by(today))
        for whom in TOLD
    )


def sweep_at_once(app: App) -> None:
    """Four sweepers that begin together, each until nothing is due by its own clock."""
    url = app.engine.url.render_as_string(hide_password=False)
    now = app.read(app.clock.now)
    barrier = Barrier(len(LAGS))

    def sweep(lag: timedelta) -> None:
        own = Parts(create_engine(url), app.registry, FixedClock(now - lag))
        barrier.wait()
        try:
            while own.act(lambda connection: sweeps.due(connection, now - lag, 1)):
                send_reminders(own)
        finally:
            own.engine.dispose()

    with ThreadPoolExecutor(len(LAGS)) as pool:
        for run in [pool.submit(sweep, lag) for lag in LAGS]:
            run.result()


def nothing_is_lost_doubled_or_early(app: App, each: int) -> None:
    late = (0, 1, 40)
    due = [Planted.waking(TODAY - late[n % 3] * DAY, n) for n in range(each)]
    coming = [Planted.waking(TODAY + (1 + n % 3) * DAY, n) for n in range(each)]
    mixed = [one for pair in zip(due, coming, strict=True) for one in pair]
    planted = plant(app, mixed)
    before = waking(app)

    sweep_at_once(app)

    assert reminders(app) == expected(planted, TODAY)
    after = {number: one.wakes_after(TODAY) for number, one in planted.items()}
    assert waking(app) == before | after


def test_of_two_thousand_deadlines_four_sweepers_lose_double_and_hasten_none(app: App) -> None:
    nothing_is_lost_doubled_or_early(app, 1_000)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_of_ten_thousand_deadlines_four_sweepers_lose_double_and_hasten_none(app: App) -> None:
    nothing_is_lost_doubled_or_early(app, 5_000)


def test_a_clock_that_goes_back_and_forth_fires_nothing_early_and_nothing_twice(app: App) -> None:
    planted = plant(app, [Planted.waking(TODAY + n % 5 * DAY, n) for n in range(100)])
    before = waking(app)
    days = [TODAY + days * DAY for days in (1, 0, -1, 1, 2, 1, 0, 3)]

    for latest, day in zip((1, 1, 1, 1, 2, 2, 2, 3), days, strict=True):
        move_clock(app, day)
        send_reminders(parts(app))
        send_reminders(parts(app))

        furthest = TODAY + latest * DAY
        assert reminders(app) == expected(planted, furthest)
        after = {number: one.wakes_after(furthest) for number, one in planted.items()}
        assert waking(app) == before | after


@pytest.fixture
def abroad(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The host lives in New York."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("abroad")
@pytest.mark.parametrize("changes_on", [date(2026, 3, 8), date(2026, 11, 1)])
def test_where_the_host_changes_its_clocks_the_local_day_still_decides(
    app: App, changes_on: date
) -> None:
    days = [changes_on + days * DAY for days in (-1, 0, 1, 2)]
    planted = plant(app, [Planted(day, day - 7 * DAY) for day in days])
    move_clock(app, changes_on - 4 * DAY)
    send_reminders(parts(app))  # the next moments are now the engine's own reckoning
    weekly = reminders(app)
    begin, end = midnight(days[0]) - timedelta(hours=3), midnight(days[-1]) + timedelta(hours=3)
    hours = [begin + n * timedelta(hours=1) for n in range((end - begin) // timedelta(hours=1))]
    seconds = timedelta(seconds=1)
    edges = [midnight(day) + edge for day in days for edge in (-seconds, seconds)]

    for instant in sorted(hours + edges):
        app.write(partial(store_time, instant=instant))
        send_reminders(parts(app))

        begun = {number: one for number, one in planted.items() if midnight(one.due_on) <= instant}
        told = [(number, "reminder", whom) for number in begun for whom in TOLD]
        assert reminders(app) == sorted(weekly + told)
    assert {time.localtime(one.timestamp()).tm_isdst for one in hours} == {0, 1}
    told_on = app.read(owed_on)
    assert {number: told_on[number] for number in planted} == dict(zip(planted, days, strict=True))


def owed_on(connection: Connection) -> dict[int, date]:
    """The local day on which the last reminder of each deadline was owed."""
    o = outbox.c
    last = sa.select(o.deadline_id, sa.func.max(o.owed_on, type_=o.owed_on.type))
    rows = connection.execute(last.where(o.deadline_id.is_not(None)).group_by(o.deadline_id))
    return {row[0]: row[1] for row in rows}


@pytest.mark.usefixtures("abroad")
def test_the_real_clock_is_the_same_everywhere(app: App) -> None:
    now = app.read(SystemClock().now)

    assert abs(now.timestamp() - time.time()) < 60
    assert now.utcoffset() == timedelta()
