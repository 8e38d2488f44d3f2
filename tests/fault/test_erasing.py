"""A process killed while it erases leaves the person whole or gone, and a second call finishes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from lifecycle.failpoints import VARIABLE
from tests.builders import app_on
from tests.people import DAY, LIN, asked, dumped, members, problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.wiring import App

WHOLE = ("after_erased_values", "after_blanked_notices", "after_pseudonym", "before_commit")
"""Inside the transaction: what was removed comes back with it."""

AFTER = ("after_commit",)
"""The values are gone, the mail files lie there still."""


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, DAY) as opened:
        yield opened


def erase(app: App, folder: Path, number: int, point: str = "") -> int:
    """The command in a process of its own, which dies at `point`; its exit code."""
    url = app.engine.url.render_as_string(hide_password=False)
    settings = {
        "LIFECYCLE_DATABASE_URL": url,
        "LIFECYCLE_DATA_DIR": str(folder.parent),
        "LIFECYCLE_ACTOR": f"approver:{LIN.id}",
        VARIABLE: point,
    }
    program = "import cli.main; cli.main.main()"
    command = [sys.executable, "-c", program, "erase", f"person:{number}", "--confirm"]
    done = subprocess.run(command, env=os.environ | settings, check=False, capture_output=True)
    return done.returncode


@pytest.mark.parametrize("point", [*WHOLE, *AFTER])
def test_killed_while_erasing(app: App, tmp_path: Path, point: str) -> None:
    folder = tmp_path / "mail"
    (gone,) = members(app, folder, 1)
    asked(app, gone)
    before, lying = dumped(app), set(folder.glob("*.eml"))

    assert erase(app, folder, gone.id, point) == -signal.SIGKILL
    assert set(folder.glob("*.eml")) == lying
    assert (dumped(app) == before) == (point in WHOLE)
    assert problems(app) == []

    assert erase(app, folder, gone.id) == 0
    assert [one for one in gone.values if one in dumped(app)] == []
    assert set(folder.glob("*.eml")) < lying
    assert problems(app) == []
