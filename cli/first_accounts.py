"""The accounts with which an installation begins: an administrator; on a demonstration four."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.accounts import people
from lifecycle.accounts.grants import grant
from lifecycle.accounts.tables import account
from lifecycle.caseload.tables import assignment
from lifecycle.store.tables import case, unit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from cli.wiring import App

FIRST = "admin"
BY = "installation"
IN_HAND = 60
"""How many cases the demonstration's officer has in hand."""


class Given(NamedTuple):
    """An account that was made or renewed, with the password that opens it once it is printed."""

    login: str
    name: str
    role: Role
    password: str


def first_administrator(connection: Connection, now: datetime, today: object) -> str | None:
    """Makes the first administrator and gives the one-time password; None where somebody is."""
    if connection.execute(sa.select(account.c.id).limit(1)).first() is not None:
        return None
    password = people.create_account(connection, login=FIRST, name="", by=BY, now=now)
    _grant(connection, FIRST, Role.ADMINISTRATOR, None, now, today)
    return password


DEMO = (
    ("officer", {"zh": "王承办", "en": "Officer Wang"}, Role.CASE_OFFICER),
    ("approver", {"zh": "李审批", "en": "Approver Li"}, Role.APPROVER),
    ("auditor", {"zh": "赵审计", "en": "Auditor Zhao"}, Role.AUDITOR),
    ("admin", {"zh": "管理员", "en": "Administrator"}, Role.ADMINISTRATOR),
)
"""Login name, name, role. Officer and approver sit in one county, the others see everything."""


def demo_accounts(app: App, language: str) -> list[Given]:
    """The demonstration's accounts with new passwords: those printed earlier fit no more."""

    def make(connection: Connection) -> list[Given]:
        now, today = app.clock.now(connection), app.clock.today(connection)
        county = _busiest_county(connection)
        made = []
        for login, names, role in DEMO:
            known = people.account_named(connection, login)
            if known is None:
                name = names[language]
                password = people.create_account(
                    connection, login=login, name=name, by=BY, now=now, must_change=False
                )
                everywhere = role in {Role.AUDITOR, Role.ADMINISTRATOR}
                _grant(connection, login, role, None if everywhere else county, now, today)
            else:
                name = known.name
                password = people.reset_password(connection, known.id, must_change=False)
            made.append(Given(login, name, role, password))
        _give_work(connection, county, now)
        return made

    return app.write(make)


def _grant(
    connection: Connection,
    login: str,
    role: Role,
    unit_id: int | None,
    now: datetime,
    today: object,
) -> None:
    grant(
        connection,
        account_id=people.account_of(connection, login).id,
        role=role,
        unit_id=unit_id,
        from_on=today,  # type: ignore[arg-type] # the clock's day
        until_on=None,
        by=BY,
        now=now,
    )


def _busiest_county(connection: Connection) -> int | None:
    """The organization department of the county below which most cases are open."""
    top = unit.alias()
    statement = (
        sa.select(top.c.id)
        .join(unit, unit.c.parent_id == top.c.id)
        .join(case, case.c.unit_id == unit.c.id)
        .where(case.c.closed_on.is_(None), top.c.level == "county")
        .where(top.c.kind == "organization_department")
        .group_by(top.c.id)
        .order_by(sa.func.count().desc(), top.c.id)
        .limit(1)
    )
    found: int | None = connection.execute(statement).scalar_one_or_none()
    return found


def _give_work(connection: Connection, county: int | None, now: datetime) -> None:
    """Some open cases of the county are in the officer's hands, the rest wait to be claimed."""
    officer = people.account_of(connection, DEMO[0][0]).id
    held = sa.select(assignment.c.id).where(assignment.c.account_id == officer).limit(1)
    if connection.execute(held).first() is not None:
        return
    near = sa.or_(unit.c.id == county, unit.c.parent_id == county)
    open_ones = (
        sa.select(case.c.id)
        .join(unit, unit.c.id == case.c.unit_id)
        .where(case.c.closed_on.is_(None), case.c.workflow != "register", near)
        .order_by(case.c.id % 7, case.c.id)
        .limit(IN_HAND)
    )
    for number in connection.execute(open_ones).scalars().all():
        row = {"case_id": number, "account_id": officer, "began_at": now, "began_by": BY}
        connection.execute(sa.insert(assignment).values(row))
