"""Acts without end on one database, in child processes that get killed.

The nursery loads everything once and forks a child per order, so that a death costs no start.
Orders come by lines on standard input: `FIRST FAILPOINT` (`-` for none). Answers go to standard
output: `pid N`, `ack REQUEST ENTRIES` after each COMMIT, `gone`.

The act of a number is the same act under the same request id whenever it is asked for, so a child
that begins where its forerunner died repeats what was done, of which nothing may come.
"""

from __future__ import annotations

import os
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cli.wiring import App, open_app
from lifecycle import engine, failpoints
from lifecycle.access import Actor, Role
from lifecycle.clock import store_time, stored_time
from lifecycle.moments import day_start, local_day
from lifecycle.store import hot
from lifecycle.store.session import create_engine
from lifecycle.store.tables import case
from lifecycle.sweeps import sweep_deadlines
from tests.fault import plants
from workflows import byhand
from workflows.register import organization, person, person_at_organization

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.work import Work

OFFICER = Actor("chen", frozenset({Role.CASE_OFFICER, Role.APPROVER}))
FIRST_DAY = date(2026, 1, 16)
ORGANIZATIONS = 3
PEOPLE = 9
SWEEP_EVERY = 8
"""Every eighth act puts the clock a day on and lets time do its work."""

Step = tuple[str, dict[str, object]]

ISSUE: Step = ("document_issued", {"document_kind": "formal", "number": "7", "days": 20})
ISSUE_SHORT: Step = ("document_issued", {"document_kind": "formal", "number": "8", "days": 1})
REJECT: Step = ("rejected", {"reason_code": "letter_incomplete"})
RECEIVE: Step = ("received_formal", {"receipt_returned": True})
LEAVE: Step = ("leaves_organization", {"destination": "某街道", "days": 2})
STEPS: dict[str, tuple[Step, ...]] = {
    "formal_due": (ISSUE, ISSUE_SHORT),
    "transfer_rejected": (ISSUE_SHORT, ISSUE),
    "letter_expired": (ISSUE,),
    "letter_issued": (REJECT, REJECT, RECEIVE),
    "formal_in": (LEAVE,),
    "moving_out": (("move_rejected", {"reason_code": "other"}),),
}
"""What may happen to a member; no way leads out, so that the stream does not end."""


def prepare(app: App) -> None:
    """The units, organizations and people that the acts are about."""

    def write(connection: Connection) -> None:
        def work() -> Work:
            return engine.begin(connection, app.registry, app.clock, OFFICER)

        home, above = (
            byhand.add_unit(work(), name=name, level="county", kind="supervisory_unit", mail=mail)
            for name, mail in (("街道", "h@b.cn"), ("某局", "a@b.cn"))
        )
        for number in range(ORGANIZATIONS):
            byhand.add_organization(
                work(),
                name=f"诊所{number}",
                credit_code=f"X{number}",
                kind="private_nonenterprise_unit",
                supervisor_id=above,
                mail=f"c{number}@b.cn",
            )
        for number in range(PEOPLE):
            byhand.add_person(
                work(),
                name=f"王{number}",
                birth_on=date(1980, 1, 1),
                admitted_on=date(2005, 1, 1),
                status="full",
                home_body_id=byhand.unit_body_of(connection, home),
            )

    app.write(write)


def act(app: App, number: int) -> tuple[str, int]:
    """Does the act of that number; its request id and how many entries it wrote."""
    request = f"act-{number:05}"
    if number % SWEEP_EVERY == SWEEP_EVERY - 1:
        return f"day-{_sweep(app, number)}", 0
    if plants.ANSWERS_EARLY:
        return app.write(lambda connection: _told_too_early(app, connection, request, number))
    return request, app.write(lambda connection: _one(app, connection, request, number))


def _told_too_early(app: App, connection: Connection, request: str, number: int) -> tuple[str, int]:
    entries = _one(app, connection, request, number)
    say(f"ack {request} {entries}")
    return request, entries


def _one(app: App, connection: Connection, request: str, number: int) -> int:
    found = hot.FIND_REQUEST.rows(connection, request=request)
    place = _place(connection, number)
    about = sa.select(case.c.id, case.c.state).where(
        case.c.workflow == "member_relation", case.c.subject_id == place
    )
    row = connection.execute(about).first()
    if row is not None:
        steps = STEPS[row.state]
        event, fields = steps[number % len(steps)]
        done = engine.advance(
            connection,
            app.registry,
            app.clock,
            case_id=row.id,
            event=event,
            actor=OFFICER,
            fields=fields,
            request_id=request,
        )
        return len(done.written)
    if found:
        return len(engine.written_by(connection, request))
    work = engine.begin(connection, app.registry, app.clock, OFFICER, request)
    byhand.add_engagement(
        work,
        person_id=_nth(connection, person, number % PEOPLE),
        organization_id=_nth(connection, organization, number % ORGANIZATIONS),
        employment="full_time",
        since=work.today - timedelta(days=1),
    )
    return len(work.written)


def _nth(connection: Connection, table: sa.Table, number: int) -> int:
    statement = sa.select(table.c.id).order_by(table.c.id).offset(number).limit(1)
    return int(connection.execute(statement).scalar_one())


def _place(connection: Connection, number: int) -> int | None:
    p = person_at_organization.c
    return connection.execute(
        sa.select(p.id).where(p.person_id == _nth(connection, person, number % PEOPLE))
    ).scalar_one_or_none()


def _sweep(app: App, number: int) -> date:
    day = FIRST_DAY + timedelta(days=number // SWEEP_EVERY + 1)

    def go_on(connection: Connection) -> None:
        now = stored_time(connection)
        if now is None or local_day(now) < day:
            store_time(connection, day_start(day) + timedelta(hours=9))

    app.write(go_on)
    while app.write(lambda connection: sweep_deadlines(connection, app.registry, app.clock, 2)):
        pass
    return day


def say(line: str) -> None:
    """One line to the parent, whole: a write of that size to a pipe is not divided."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def serve(url: str) -> None:
    """Forks a child per order until the orders end."""
    app = open_app(url)
    app.engine.dispose()
    say("ready")
    for order in sys.stdin:
        first, point = order.split()
        child = os.fork()
        if child == 0:
            _live(App(create_engine(url), app.registry, app.clock), int(first), point)
        say(f"pid {child}")
        _, status = os.waitpid(child, 0)
        say("gone" if os.WIFSIGNALED(status) else f"failed {status}")


def _live(app: App, first: int, point: str) -> None:
    name, _, passages = point.partition(":")
    if name != "-":
        failpoints._name, failpoints._left = name, int(passages)
    try:
        for number in range(first, sys.maxsize):
            request, entries = act(app, number)
            if not plants.ANSWERS_EARLY:
                say(f"ack {request} {entries}")
    finally:
        os._exit(1)


if __name__ == "__main__":
    plants.plant(os.environ.get(plants.VARIABLE, ""))
    serve(sys.argv[1])
