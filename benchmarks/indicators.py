"""All indicators over 10,000 and over 100,000 organizations: time grows no faster than the data.

The databases are written once, by bulk statements straight into the tables, and kept in `build/`.
"""

from __future__ import annotations

import hashlib
import time
from datetime import date
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import sqlalchemy as sa

import workflows
from lifecycle.store.session import create_engine, reading, transaction
from tests.builders import migrate
from workflows.indicators.places import places_in
from workflows.indicators.reporting import report, reports

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from lifecycle.registry import Registry

SMALL, LARGE = 10_000, 100_000
DAY = date(2012, 6, 7)
"""The day that is asked about: D2 of the programme."""

DATA = Path(__file__).with_suffix(".sql")
ROUNDS = 3
ACCEPTED = 1.0
"""Time per organization in the large register over that in the small one, with 15 % of noise."""

NOISE = 0.15
FOLDER = Path("build")


def database(organizations: int) -> Engine:
    """A register of that size, built when no earlier run has left one of the same making."""
    digest = hashlib.sha256(DATA.read_bytes()).hexdigest()[:8]
    path = FOLDER / f"indicators-{organizations}-{digest}.sqlite"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        begun = time.perf_counter()
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        _build(f"sqlite:///{unfinished}", organizations)
        unfinished.rename(path)
        print(f"built {path} in {time.perf_counter() - begun:.0f} s")
    return create_engine(f"sqlite:///{path}")


def _build(url: str, organizations: int) -> None:
    migrate(url)
    engine = create_engine(url, durable=False)
    with transaction(engine) as connection:
        for statement in DATA.read_text(encoding="utf-8").split(";\n"):
            given = {"organizations": organizations} if ":organizations" in statement else {}
            if statement.strip():
                connection.execute(sa.text(statement), given)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


def seconds(engine: Engine, registry: Registry, on: date, *, everywhere: bool) -> float:
    """How long all indicators take: for the whole register, or for every jurisdiction."""

    def whole(connection: Connection) -> None:
        report(connection, registry, on)

    def each(connection: Connection) -> None:
        units = [one.id for one in places_in(connection).jurisdictions()]
        reports(connection, registry, on, units)

    taken = []
    for _ in range(ROUNDS):
        with reading(engine) as connection:
            registry.refresh_policy(connection)
            begun = time.perf_counter()
            (each if everywhere else whole)(connection)
            taken.append(time.perf_counter() - begun)
    return median(taken)


def compare(on: date = DAY) -> None:
    """Prints a line for the whole register and one for all jurisdictions of it."""
    registry = workflows.load_all()
    small, large = database(SMALL), database(LARGE)
    for title, everywhere in (("whole", False), ("13 areas", True)):
        few = seconds(small, registry, on, everywhere=everywhere)
        many = seconds(large, registry, on, everywhere=everywhere)
        ratio = (many / LARGE) / (few / SMALL)
        verdict = "met" if ratio <= ACCEPTED + NOISE else "NOT met"
        print(
            f"indicators {title:11} {SMALL} / {LARGE} "
            f"{few:6.2f} s {many:6.2f} s   {ratio:5.2f}   goal {ACCEPTED}: {verdict}"
        )
    small.dispose()
    large.dispose()


def main() -> None:
    """Prints the lines alone."""
    compare()


if __name__ == "__main__":
    main()
