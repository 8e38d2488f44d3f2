"""An idle tick: what asking "is anything due?" costs when little or much is waiting."""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

import sqlalchemy as sa

from benchmarks import world
from lifecycle.store.tables import deadline
from lifecycle.sweeps import sweep_deadlines

if TYPE_CHECKING:
    from cli.wiring import App

SMALL, LARGE = 1_000, 100_000
BATCH = 10_000


def fill(url: str, count: int) -> App:
    """A database with that many open deadlines, all of them still to come."""
    app = world.build(url, organizations=1, members_each=1).app
    with app.engine.begin() as connection:
        model = dict(connection.execute(sa.select(deadline).limit(1)).mappings().one())
        model.pop("id")
        now = app.clock.now(connection)
        for begin in range(0, count, BATCH):
            rows = [
                {**model, "cycle": number, "wake_at": now + timedelta(days=1, seconds=number)}
                for number in range(begin, min(begin + BATCH, count))
            ]
            connection.execute(sa.insert(deadline), rows)
    with app.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE deadline")
    return app


def tick(app: App) -> float:
    """Seconds that one tick takes, with its transaction."""
    begun = time.perf_counter()
    done = app.write(lambda connection: sweep_deadlines(connection, app.registry, app.clock))
    taken = time.perf_counter() - begun
    if done:
        message = "the tick was not idle"
        raise RuntimeError(message)
    return taken


def measure(small: App, large: App, pairs: int, ticks: int = 100) -> tuple[float, float, float]:
    """Medians of a tick over few and over many deadlines, and of the ratio of pairs of blocks."""
    for app in (small, large):
        for _ in range(10):
            tick(app)
    few, many = [], []
    for _ in range(pairs):
        few.append(median(tick(small) for _ in range(ticks)))
        many.append(median(tick(large) for _ in range(ticks)))
    return median(few), median(many), median(b / a for a, b in zip(few, many, strict=True))
