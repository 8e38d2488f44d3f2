"""Where the time of one transition goes, by kind of work."""

from __future__ import annotations

import cProfile
import pstats
from typing import TYPE_CHECKING

from benchmarks.transition import FORTH_AND_BACK, advance

if TYPE_CHECKING:
    from benchmarks.world import World

GROUPS = (
    ("COMMIT (the flush)", ("commit' of 'sqlite3", "psycopg/connection.py:commit")),
    ("settling what follows, reads included", ("engine.py:follow",)),
    ("facts, reads included", ("reading.py:read", "reading.py:read_ahead")),
    ("finding and locking the case", ("reading.py:lock_around", "reading.py:case")),
    ("writing the rows", ("work.py:write",)),
    ("deciding (guards, plan)", ("plan.py:plan_event", "plan.py:plan_automatic")),
)
"""What to sum up: cumulative times; facts are part of settling too."""


def shares(world: World, cases: int = 30) -> list[tuple[str, float]]:
    """For each group its share of the whole, under the profiler, which flatters SQL."""
    profile = cProfile.Profile()
    profile.enable()
    for case_id in world.cases[:cases]:
        for event, fields in FORTH_AND_BACK:
            advance(world, case_id, event, fields)
    profile.disable()
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]]
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    whole = next(row[3] for key, row in stats.items() if _named(key).endswith("wiring.py:write"))
    return [
        (
            title,
            sum(row[3] for key, row in stats.items() if any(one in _named(key) for one in names))
            / whole,
        )
        for title, names in GROUPS
    ]


def _named(key: tuple[str, int, str]) -> str:
    file, _, function = key
    return f"{file}:{function}"
