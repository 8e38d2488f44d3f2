"""A process that acts without end on one database and says which acts are done; it gets killed.

Every act is derived from its number alone: the same number asks for the same thing under the same
request id, so a worker that starts anew repeats what was done (nothing may come of it) and goes on.
"""

from __future__ import annotations

import os
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cli.wiring import App, open_app
from lifecycle import engine
from lifecycle.access import Actor, Role
from lifecycle.cases import Subject
from lifecycle.clock import stored_time
from lifecycle.engine import Done, record_rows
from lifecycle.errors import LifecycleError
from lifecycle.moments import day_start, local_day
from lifecycle.register import put
from lifecycle.store.tables import case, entry
from lifecycle.sweeps import sweep_deadlines
from tests.builders import move_clock
from workflows import byhand

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.work import Work

OFFICER = Actor("chen", frozenset({Role.CASE_OFFICER, Role.APPROVER}))
FIRST_DAY = date(2026, 1, 16)
ACTS_A_DAY = 6
EVENTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("document_issued", {"document_kind": "formal", "number": "7", "days": 20}),
    ("rejected", {"reason_code": "letter_incomplete"}),
    ("document_issued", {"document_kind": "formal", "number": "8", "days": 3}),
    ("received_formal", {"receipt_returned": True}),
)
"""What happens to a member in turn; the third letter often runs out, so that a sweep fires."""


def prepare(app: App) -> None:
    """The units, organizations and people that the acts are about."""

    def write(connection: Connection) -> None:
        def work() -> Work:
            return engine.begin(connection, app.registry, app.clock, OFFICER)

        home = byhand.add_unit(
            work(), name="街道", level="township", kind="supervisory_unit", mail="h@b.cn"
        )
        above = byhand.add_unit(
            work(), name="某局", level="county", kind="supervisory_unit", mail="a@b.cn"
        )
        for number in range(3):
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


PEOPLE = 12


def act(app: App, number: int) -> str:
    """Does the act of that number, in one transaction; its request id."""
    request = f"act-{number:05}"
    if number % 7 == 6:  # noqa: PLR2004 - every seventh act is a day's work of the clock
        _next_day(app, FIRST_DAY + timedelta(days=number // 7 + 1))
        app.write(lambda connection: _sweep_and_note(app, connection, request))
    elif number < PEOPLE + 2:
        app.write(lambda connection: _engage(app, connection, request, number))
    else:
        app.write(lambda connection: _advance(app, connection, request, number))
    return request
