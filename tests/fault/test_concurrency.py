"""Many at once: one wins, the others learn who did, nobody waits in a circle or fires twice."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from cli.wiring import App
from lifecycle import engine
from lifecycle.access import Actor, Role
from lifecycle.audit import verify
from lifecycle.cases import Subject
from lifecycle.errors import CaseChangedError, EventUnknownError
from lifecycle.store.session import create_engine
from lifecycle.store.tables import case, entry, outbox
from lifecycle.sweeps import sweep_deadlines
from tests.builders import app_on, move_clock
from tests.fault import worker
from workflows.subjects import PLACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

OFFICERS = 50
ISSUE = {"document_kind": "formal", "number": "7", "days": 20}


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, worker.FIRST_DAY) as app:
        worker.prepare(app)
        for number in range(worker.SWEEP_EVERY - 1):
            worker.act(app, number)
        yield app


def members(app: App, state: str) -> list[int]:
    statement = sa.select(case.c.id).where(
        case.c.workflow == "member_relation", case.c.state == state
    )
    return app.read(lambda connection: list(connection.execute(statement).scalars()))


def at_once(app: App, acts: list[Callable[[App], Any]]) -> list[Any]:
    """Runs the acts on threads that begin together, each on connections of its own."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[App], Any]) -> Any:  # noqa: ANN401 - what the act gives, or its error
        with _own(app) as own:
            barrier.wait()
            try:
                return act(own)
            except Exception as error:  # noqa: BLE001 - the test looks at every one
                return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@contextmanager
def _own(app: App) -> Iterator[App]:
    own = App(
        create_engine(app.engine.url.render_as_string(hide_password=False)), app.registry, app.clock
    )
    with own.engine.connect():  # opened before the start, so that the acts really meet
        pass
    yield own
    own.engine.dispose()


def officer(
    number: int, case_id: int, event: str, fields: dict[str, Any], version: int | None = None
) -> Callable[[App], Any]:
    """An act of one officer."""
    actor = Actor(f"officer-{number}", frozenset({Role.CASE_OFFICER}))

    def act(app: App) -> Any:  # noqa: ANN401 - what advance gives
        def write(connection: Connection) -> Any:  # noqa: ANN401
            return engine.advance(
                connection,
                app.registry,
                app.clock,
                case_id=case_id,
                event=event,
                actor=actor,
                fields=fields,
                expected_version=version,
                request_id=f"officer-{number}",
            )

        return app.write(write)

    return act


def entries_of(app: App, case_id: int) -> list[Any]:
    statement = sa.select(entry).where(entry.c.case_id == case_id).order_by(entry.c.seq)
    return app.read(lambda connection: list(connection.execute(statement)))


def unbroken(app: App) -> bool:
    return app.read(lambda connection: verify(connection, {})).breaks == ()


def test_of_fifty_officers_with_the_same_version_one_wins(app: App) -> None:
    case_id = members(app, "formal_due")[0]
    version = len(entries_of(app, case_id))

    outcomes = at_once(
        app,
        [officer(n, case_id, "document_issued", ISSUE, version) for n in range(OFFICERS)],
    )

    won = [n for n, one in enumerate(outcomes) if not isinstance(one, Exception)]
    lost = [one for one in outcomes if isinstance(one, CaseChangedError)]
    assert (len(won), len(lost)) == (1, OFFICERS - 1)
    written = entries_of(app, case_id)[version:]
    assert [one.actor for one in written] == [f"officer-{won[0]}"]
    assert {(one.changed_by, one.changed_at, one.event, one.found) for one in lost} == {
        (f"officer-{won[0]}", written[0].recorded_at, "document_issued", version + 1)
    }
    assert unbroken(app)


def test_of_fifty_officers_without_a_version_one_wins(app: App) -> None:
    case_id = members(app, "formal_due")[0]
    before = len(entries_of(app, case_id))

    outcomes = at_once(
        app, [officer(n, case_id, "document_issued", ISSUE) for n in range(OFFICERS)]
    )

    lost = [one for one in outcomes if isinstance(one, EventUnknownError)]
    assert len(lost) == OFFICERS - 1
    assert {one.state for one in lost} == {"letter_issued"}
    assert len(entries_of(app, case_id)) == before + 1
    assert unbroken(app)


def test_the_same_request_sent_ten_times_at_once_is_done_once(app: App) -> None:
    case_id = members(app, "formal_due")[0]
    before = len(entries_of(app, case_id))

    outcomes = at_once(app, [officer(0, case_id, "document_issued", ISSUE)] * 10)

    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert sorted(one.repeated for one in outcomes) == [False] + [True] * 9
    assert len(entries_of(app, case_id)) == before + 1


def test_acts_on_related_cases_in_any_order_never_wait_in_a_circle(app: App) -> None:
    case_ids = members(app, "formal_due")
    assert len(case_ids) >= 4
    chance = random.Random(3)  # noqa: S311 - the order, no secret

    def one_life(number: int) -> Callable[[App], Any]:
        order = chance.sample(case_ids, len(case_ids))

        def act(own: App) -> None:
            for at, case_id in enumerate(order):
                request = number * 100 + at
                try:
                    officer(request, case_id, "document_issued", ISSUE)(own)
                    back = {"reason_code": "other"}
                    officer(request + 50, case_id, "rejected", back)(own)
                except EventUnknownError:
                    continue  # somebody else has the letter

        return act

    before = deadlocks(app)
    outcomes = at_once(app, [one_life(number) for number in range(8)])

    assert [one for one in outcomes if one is not None] == []
    assert deadlocks(app) == before
    assert unbroken(app)


def deadlocks(app: App) -> int:
    """How many circles of waiting the server has broken in this database; SQLite has none."""
    if app.engine.dialect.name == "sqlite":
        return 0
    statement = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    with app.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_stat_force_next_flush()"))
        return int(connection.execute(statement).scalar_one())


def test_two_sweepers_fire_each_deadline_once(app: App) -> None:
    case_ids = members(app, "formal_due")
    for number, case_id in enumerate(case_ids):
        officer(number, case_id, "document_issued", ISSUE)(app)
    move_clock(app, worker.FIRST_DAY + timedelta(days=40))

    def sweep(own: App) -> int:
        done = 0
        while dealt := own.write(
            lambda connection: sweep_deadlines(connection, own.registry, own.clock, 2)
        ):
            done += dealt
        return done

    outcomes = at_once(app, [sweep] * 4)
    sweep(app)  # what a sweeper left to one that held the case

    assert all(isinstance(one, int) for one in outcomes), outcomes
    for case_id in case_ids:
        events = [one.event for one in entries_of(app, case_id)]
        assert events.count("letter_ran_out") == 1
    reminders = app.read(
        lambda connection: connection.execute(
            sa.select(outbox.c.deadline_id, outbox.c.stage, outbox.c.recipient).where(
                outbox.c.deadline_id.is_not(None)
            )
        ).all()
    )
    assert len(reminders) == len(set(reminders))
    assert unbroken(app)


def test_of_ten_who_open_the_same_case_one_does_and_the_others_find_it_open(app: App) -> None:
    about = sa.select(case.c.subject_id).where(case.c.id == members(app, "formal_due")[0])
    subject = Subject(PLACE, app.read(lambda connection: connection.execute(about).scalar_one()))
    actor = Actor("officer", frozenset({Role.CASE_OFFICER}))

    def act(app: App) -> Any:  # noqa: ANN401 - what opening gives
        def write(connection: Connection) -> Any:  # noqa: ANN401
            return engine.open_by_person(
                engine.begin(connection, app.registry, app.clock, actor),
                workflow="member_development",
                event="application_received",
                subject=subject,
                actor=actor,
                fields={"age_18": True, "pool_basis": "investor"},
            )

        return app.write(write)

    outcomes = at_once(app, [act] * 10)

    assert sorted(type(one).__name__ for one in outcomes) == ["CaseOpenError"] * 9 + ["Done"]
    assert unbroken(app)
