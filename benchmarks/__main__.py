"""Measures our path against the limit in one run: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa

from benchmarks import correction, indicators, pages, past, profile, tick, transition, world
from tests.postgres import PostgresServer, make_home

PAIRS = 7
CASES = 60
ACCEPTED = {"sqlite": 0.35, "postgresql": 0.5, "tick": 1.5}

NewDatabase = Callable[[], str]


@contextmanager
def sqlite() -> Iterator[NewDatabase]:
    """Database files on the disk that holds temporary files."""
    with tempfile.TemporaryDirectory(prefix="lifecycle-bench-") as folder:
        names = iter(range(100))
        yield lambda: f"sqlite:///{Path(folder) / f'{next(names)}.sqlite'}"


@contextmanager
def postgresql() -> Iterator[NewDatabase]:
    """Databases on a server of our own, with fsync on."""
    server = PostgresServer(make_home(), durable=True)
    try:
        server.start()
        yield lambda: server.url(server.create_database())
    finally:
        server.remove()


def machine() -> None:
    """What the figures were taken on."""
    print(f"{platform.platform()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"SQLAlchemy {sa.__version__}, psycopg {psycopg.__version__}"
    )
    if os.getloadavg()[0] > 1:
        print("Other work is running on this machine: the ratios scatter more than they should.")


def transitions(name: str, new: NewDatabase, pairs: int) -> None:
    """The table's lines on one database: members alone and with two colleagues."""
    for members in (1, 3):
        place = world.build(new(), CASES // members, members)
        measured = transition.measure(place, pairs)
        print(
            f"transition {name:11} {members} member(s) each "
            f"{max(measured.ours):7.0f}/s {max(measured.raw):7.0f}/s"
            f"   {measured.ratio:5.2f} ({min(measured.ratios):.2f}-{max(measured.ratios):.2f})"
            f"   {_verdict(measured.ratio >= ACCEPTED[name], ACCEPTED[name])}"
            f"   (processor {measured.own_cpu:.2f} / {measured.raw_cpu:.2f} ms)"
        )
    print(f"  where a transition spends its time on {name} (under the profiler):")
    for title, share in profile.shares(place):
        print(f"    {share:4.0%} {title}")
    place.app.engine.dispose()


def ticks(name: str, new: NewDatabase, pairs: int) -> None:
    """The table's line about idle ticks on one database."""
    small, large = tick.fill(new(), tick.SMALL), tick.fill(new(), tick.LARGE)
    few, many, ratio = tick.measure(small, large, pairs)
    print(
        f"idle tick  {name:11} {tick.SMALL} / {tick.LARGE} open  "
        f"{few * 1e3:6.2f} ms {many * 1e3:6.2f} ms   {ratio:5.2f}"
        f"   {_verdict(ratio < ACCEPTED['tick'], ACCEPTED['tick'])}"
    )
    small.engine.dispose()
    large.engine.dispose()


def lists(name: str, new: NewDatabase, pairs: int) -> None:
    """The table's line about lists of the past on one database."""
    app, model = past.fill(new())
    now, then, ratio = past.measure(app, pairs)
    print(
        f"cases --as-of {name:8} {past.CASES} cases       "
        f"{now * 1e3:6.0f} ms {then * 1e3:6.0f} ms   {ratio:5.2f}"
        f"   {_verdict(ratio <= past.ACCEPTED, past.ACCEPTED)}"
    )
    seq = correction.lengthen(app, model)
    now, looked, ratio = correction.measure(app, model, seq, pairs)
    print(
        f"preview of a correction {name:11} 200 entries "
        f"{now * 1e3:6.0f} ms {looked * 1e3:6.0f} ms   {ratio:5.2f}"
        f"   {_verdict(ratio <= correction.ACCEPTED, correction.ACCEPTED)}"
    )
    app.engine.dispose()


def _verdict(met: bool, goal: float) -> str:  # noqa: FBT001 - the outcome itself
    return f"goal {goal}: {'met' if met else 'NOT met'}"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS, help="pairs of blocks (at least 5)")
    pairs = max(5, parser.parse_args().pairs)
    machine()
    print(f"\nMedian of {pairs} pairs of alternating blocks; best rate of ours and of raw SQL.\n")
    print("what                    load                    ours       raw   ratio")
    for name, database in (("sqlite", sqlite), ("postgresql", postgresql)):
        with database() as new:
            transitions(name, new, pairs)
            ticks(name, new, pairs)
            lists(name, new, pairs)
    print("\nAll indicators, and the ratio of their time per organization.\n")
    indicators.compare()
    print("\nPages of the desk, over sockets; p95 of 120 answers.\n")
    pages.compare()


if __name__ == "__main__":
    main()
