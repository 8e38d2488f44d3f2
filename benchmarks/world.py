"""A register with members whose relations are to be transferred: what the figures are taken on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cli.wiring import App, open_app
from lifecycle import engine
from lifecycle.access import Actor, Role
from lifecycle.store.tables import case
from tests.builders import migrate
from workflows import byhand

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.work import Work

OFFICER = Actor("chen", frozenset({Role.CASE_OFFICER, Role.APPROVER}))
WORKFLOW = "member_relation"


@dataclass(frozen=True, slots=True)
class World:
    """An application and the cases that may be moved in it."""

    app: App
    cases: tuple[int, ...]


def build(url: str, organizations: int, members_each: int) -> World:
    """The schema and a register in an empty database; every member owes a formal transfer."""
    migrate(url)
    app = open_app(url)
    home, unit = app.write(lambda connection: _county(app, connection))
    for number in range(organizations):

        def organization(connection: Connection, number: int = number) -> None:
            _organization(app, connection, number, members_each, unit=unit, home=home)

        app.write(organization)
    return World(app, cases_in(app, "formal_due"))


def cases_in(app: App, state: str) -> tuple[int, ...]:
    """The member relations that stand in a state."""
    statement = sa.select(case.c.id).where(case.c.workflow == WORKFLOW, case.c.state == state)
    return app.read(
        lambda connection: tuple(connection.execute(statement.order_by(case.c.id)).scalars())
    )


def _work(app: App, connection: Connection) -> Work:
    return engine.begin(connection, app.registry, app.clock, OFFICER)


def _county(app: App, connection: Connection) -> tuple[int, int]:
    """The body that holds the members' relations, and another unit that supervises."""
    holder, supervisor = (
        byhand.add_unit(
            _work(app, connection), name=name, level="county", kind="supervisory_unit", mail=mail
        )
        for name, mail in (("某街道", "a@b.cn"), ("某局", "c@b.cn"))
    )
    return byhand.unit_body_of(connection, holder), supervisor


def _organization(
    app: App, connection: Connection, number: int, members: int, *, unit: int, home: int
) -> None:
    organization = byhand.add_organization(
        _work(app, connection),
        name=f"诊所{number}",
        credit_code=f"X{number:06}",
        kind="private_nonenterprise_unit",
        supervisor_id=unit,
        mail=f"clinic{number}@b.cn",
    )
    today = app.clock.today(connection)
    for member in range(members):
        person = byhand.add_person(
            _work(app, connection),
            name=f"王{number}之{member}",
            birth_on=date(1980, 1, 1),
            admitted_on=date(2005, 1, 1),
            status="full",
            home_body_id=home,
        )
        byhand.add_engagement(
            _work(app, connection),
            person_id=person,
            organization_id=organization,
            employment="full_time",
            since=today - timedelta(days=1),
        )
