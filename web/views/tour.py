"""The tour of a demonstration: stops with real examples from the reader's own units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.access import ACTING, Role
from workflows.demo_stops import five_states, letter_under_way, rolled, six_months
from workflows.obligations import obligation

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from web.sitting import Sitting

TRACING = (Role.AUDITOR, Role.ORG_DEPT_OFFICER, Role.APPROVER, Role.CASE_OFFICER)


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of the tour: what it shows, and the page that shows it."""

    shows: str
    address: str


def stops(connection: Connection, sitting: Sitting) -> list[Stop]:
    """The stops that the reader may open."""
    scope, words = sitting.scope, sitting.teller.words
    letter = letter_under_way(connection, scope) if sitting.may(*ACTING) else None
    owed = obligation("R24").workflow
    wanted = [
        ("tour_five_states", five_states(connection, scope), "/cases/COV-{}"),
        ("tour_six_months", six_months(connection, scope), "/cases/MEM-{}"),
        ("tour_training", "training_year", "/work?whose=all&workflow={}"),
        ("tour_owing", owed, "/work?whose=all&workflow={}"),
        ("tour_indicators", "indicators", "/{}"),
        ("tour_refused", letter, "/cases/MEM-{}/events/received_formal"),
        ("tour_date", rolled(connection, scope), "/deadlines/{}"),
        ("tour_verify", "audit" if sitting.may(*TRACING) else None, "/{}"),
    ]
    return [Stop(words(key), address.format(found)) for key, found, address in wanted if found]
