"""Every scenario file that ships, played on both databases."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.builders import app_on
from workflows.scenario import play_file

FILES = sorted((Path(__file__).parents[2] / "workflows" / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario_holds(path: Path, migrated_url: str) -> None:
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        steps = play_file(path, app.registry, app.write)

    assert steps > 0
