"""kill -9 at any moment: nothing acknowledged is lost, nothing is doubled, no act is half there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import migrate
from tests.fault import plants
from tests.fault.harness import POINTS, Harness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAULT_POINTS = {
    "answer_before_commit": ("before_commit",),
    "outbox_in_second_transaction": ("after_commit", "before_commit"),
    "link_to_stale_head": POINTS,
    "entry_committed_alone": ("between", "after_case"),
}
"""Where a child has to die for the fault to show."""


@pytest.fixture
def durable_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the current schema that survives a crash of its server."""
    if backend == "sqlite":
        url = f"sqlite:///{tmp_path / 'killed.sqlite'}"
        migrate(url)
        yield url
        return
    server = request.getfixturevalue("durable_postgres")
    name = server.create_database()
    migrate(server.url(name))
    yield server.url(name)
    server.drop_database(name)


def survives(url: str, kills: int) -> None:
    harness = Harness(url)

    assert harness.run(kills) == []
    assert harness.kills == kills
    assert len(harness.acknowledged) > kills
    assert harness.swept is not None


def test_twenty_five_kills_lose_and_double_nothing(durable_url: str) -> None:
    survives(durable_url, 25)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_hundred_kills_lose_and_double_nothing(durable_url: str) -> None:
    survives(durable_url, 100)


@pytest.mark.parametrize("fault", plants.FAULTS)
def test_a_planted_fault_is_found(durable_url: str, fault: str) -> None:
    harness = Harness(durable_url, fault=fault, points=FAULT_POINTS[fault])

    assert harness.run(40, stop_at_first=True)
