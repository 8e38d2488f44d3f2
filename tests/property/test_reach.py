"""Settling narrowly misses nothing: after any act a full settling finds nothing that it left.

The acts are those of every scenario that ships, so each workflow's ways are among them.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

import workflows
from lifecycle import engine
from lifecycle.access import SYSTEM
from lifecycle.cases import Subject
from lifecycle.settling import settle
from lifecycle.sources import sources_of
from lifecycle.store.tables import case, case_state
from tests.builders import app_on, everything
from workflows.scenario import Player, read_scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import Connection

FOLDER = Path(workflows.__file__).parent / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
Undone = set[tuple[str, Subject, str]]


class _EndError(Exception):
    """Ends a transaction whose work must not stay."""


class Looking(Player):
    """Plays a scenario and looks, around acts, what a full settling would do."""

    def looking_after(self) -> dict[int, Undone]:
        """By step: what it would do after it, where it would do anything."""
        self.after: dict[int, Undone] = {}
        self.before: dict[int, Undone] | None = None
        return self.after

    def looking_before(self, steps: Iterable[int]) -> dict[int, Undone]:
        """By step: what it would do before it, for those steps alone."""
        self.before = {key: set() for key in steps}
        return self.before

    def _act(self, step: Mapping[str, Any], day: date) -> None:
        if self.before is not None and self.steps in self.before:
            self.before[self.steps] = self.undone()
        super()._act(step, day)
        # Not narrow; and a real list brings the body that this one lacks.
        if self.before is None and "take_over" not in step and (left := self.undone()):
            self.after[self.steps] = left

    def undone(self) -> Undone:
        """Workflow, subject and event of everything that holds today and has not fired."""
        found: Undone = set()

        def look(connection: Connection) -> None:
            work = engine.begin(connection, self.registry, self.clock, SYSTEM)
            settle(work, everything(connection), work.today)
            for one in work.written:
                view = work.case(one.case_id)
                found.add((view.workflow, view.subject, one.event))
            raise _EndError

        with pytest.raises(_EndError):
            self.run(look)
        return found


# What is read from where does not depend on the database.
@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_act_leaves_undone_what_it_brought_about(
    path: Path, new_migrated_database: Callable[[], str]
) -> None:
    scenario = read_scenario(path)
    name = str(scenario["scenario"])
    with app_on(new_migrated_database(), date(2003, 1, 1)) as app:
        player = Looking(name, app.registry, app.write)
        after = player.looking_after()
        player.play(scenario)
    if not after:
        return
    # What time alone has left was there before the act: played again, to see.
    with app_on(new_migrated_database(), date(2003, 1, 1)) as app:
        player = Looking(name, app.registry, app.write)
        before = player.looking_before(after)
        player.play(scenario)

    assert {step: left - before[step] for step, left in after.items()} == {
        step: set() for step in after
    }


def test_every_fact_that_reads_cases_names_their_workflow() -> None:
    registry = workflows.load_all()
    for kind, name in registry.facts.facts:
        sources = registry.reader.sources(kind, [name])

        assert not sources & {case.name, case_state.name}, name


def test_sources_tell_the_state_of_a_case_from_its_being_there() -> None:
    c, s = case.alias(), case_state.alias()
    there = sa.exists().where(c.c.workflow == "branch", c.c.closed_on.is_(None))
    stands = sa.select(c.c.state).where(c.c.workflow == "branch").scalar_subquery()
    stood = (
        sa.select(s.c.state)
        .join(c, c.c.id == s.c.case_id)
        .where(c.c.workflow == "branch")
        .scalar_subquery()
    )
    unnamed = sa.select(sa.func.count(c.c.id)).scalar_subquery()

    assert sources_of(there) == {"case:branch"}
    assert sources_of(stands) == {"case:branch", "state:branch"}
    assert sources_of(stood) == {"case:branch", "state:branch"}
    assert sources_of(unnamed) == {"case"}
