"""The random histories with corrections on PostgreSQL: the trail replays there too.

Shorter than those on SQLite, because every history has a database of its own on the server.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.property.test_random_corrections import RandomCorrections
from tests.property.world import build_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import PostgresServer
    from tests.property.world import ServerTemplate, World

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
EXAMPLES = 10_000 if LONG else 200

TOWNS: list[ServerTemplate] = []
"""The town that every history begins in, once it has been built."""


@pytest.fixture(autouse=True, scope="module")
def _town(postgres: PostgresServer) -> Iterator[None]:
    """Builds it on the server of the tests."""
    TOWNS.append(build_on(postgres))
    yield
    postgres.drop_database(TOWNS.pop().name)


class RandomOnPostgresql(RandomCorrections):
    """Whatever people, time and second thoughts may do, on a server."""

    def fresh_world(self) -> World:
        """A copy of the town in a database of its own."""
        world, self.database = TOWNS[0].copy()
        return world

    def discard_world(self) -> None:
        """Drops the database."""
        TOWNS[0].server.drop_database(self.database)


TestRandomOnPostgresql = RandomOnPostgresql.TestCase
TestRandomOnPostgresql.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate] if not LONG else list(Phase),
)
del RandomCorrections
