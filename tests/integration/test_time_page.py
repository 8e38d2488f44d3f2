"""The rows of docs/time.md that look back: as of a day, as known on a day, on both databases."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.asof import AsOf
from lifecycle.moments import day_end
from lifecycle.past import case_file
from tests import time_page
from tests.builders import app_on
from tests.tale import Tale
from workflows.scenario import Player

if TYPE_CHECKING:
    from cli.wiring import App
    from lifecycle.cases import CaseView

ROWS = time_page.examples("C")


def then(app: App, view: CaseView, at: AsOf) -> CaseView:
    workflow = app.registry.book_of(view.workflow_text_id).workflow
    file = app.read(lambda connection: case_file(connection, workflow, view, at))
    assert file is not None
    return file.view


def stood(view: CaseView, wanted: dict[str, Any]) -> dict[str, Any]:
    """Of the case as it stood: what the row speaks about."""
    found: dict[str, Any] = {"state": view.state, "since": view.state_since_on}
    deadlines: dict[str, Any] = {}
    for rule in wanted.get("deadlines", {}):
        row = view.deadline(rule)
        running = row is not None and row.is_running
        deadlines[rule] = "none" if row is None else row.due_on if running else str(row.status)
    return {**found, "deadlines": deadlines} if deadlines else found


@pytest.mark.parametrize("name", list(dict.fromkeys(one.cells[1] for one in ROWS)))
def test_the_past_is_as_the_page_says(name: str, migrated_url: str) -> None:
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        tale = Tale(app)
        tale.player = Player(name, app.registry, app.write)
        tale.player.play(time_page.scenario(name))
        rows = [one for one in ROWS if one.cells[1] == name]

        for row in rows:
            _, _, as_of, known_on, case, expected = row.cells
            wanted = time_page.expectation(expected)
            at = AsOf(time_page.day(as_of), day_end(time_page.day(known_on)))
            found = stood(then(app, tale.case(case), at), wanted)

            assert found == wanted, row.number
        assert rows
