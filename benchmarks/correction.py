"""The preview of a correction in a long case, beside the plain list of 100,000 cases.

The case has two hundred entries: letters issued and refused in turn. Corrected is the one in the
middle, so that a hundred entries are taken back, planned and written once more, the cases around
are looked at, and all of it is rolled back.
"""

from __future__ import annotations

import time
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import sqlalchemy as sa

from benchmarks import past, transition, world
from lifecycle.correcting import Correction, preview
from lifecycle.store.tables import entry

if TYPE_CHECKING:
    from cli.wiring import App

ENTRIES = 200
ACCEPTED = 3.0
"""The preview over the list."""


def lengthen(app: App, number: int) -> int:
    """Gives the case its two hundred entries; the place of the one that is to be corrected."""
    place = world.World(app, (number,))
    while True:
        for event, fields in transition.FORTH_AND_BACK:
            transition.advance(place, number, event, fields)
        issued = app.read(partial(_issued, number=number))
        if issued[-1] >= ENTRIES - 1:
            return issued[len(issued) // 2]


def _issued(connection: sa.Connection, number: int) -> list[int]:
    e = entry.c
    statement = sa.select(e.seq).where(e.case_id == number, e.event == "document_issued")
    return list(connection.execute(statement.order_by(e.seq)).scalars())


def measure(app: App, number: int, seq: int, pairs: int) -> tuple[float, float, float]:
    """Medians of the plain list and of the preview, and of the ratio of pairs."""
    wanted = [Correction(number, seq, fields={"days": 20})]

    def look(connection: sa.Connection) -> int:
        clock = app.clock
        done = preview(
            connection,
            app.registry,
            clock,
            corrections=wanted,
            reason="measured",
            actor=world.OFFICER,
        )
        return len(done.written)

    def seconds() -> float:
        begun = time.perf_counter()
        if app.write(look) < ENTRIES // 2:
            message = "a correction that writes nothing measures nothing"
            raise RuntimeError(message)
        return time.perf_counter() - begun

    listing = past.plain(app)
    seconds(), listing()
    taken = [(listing(), seconds()) for _ in range(pairs)]
    return (
        median(one for one, _ in taken),
        median(one for _, one in taken),
        median(b / a for a, b in taken),
    )
