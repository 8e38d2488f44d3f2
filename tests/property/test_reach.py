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
    from collections.abc import Mapping

    from sqlalchemy import Connection

FOLDER = Path(workflows.__file__).parent / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
Undone = set[tuple[str, Subject, str]]


class _EndError(Exception):
    """Ends a transaction whose work must not stay."""


class Watching(Player):
    """Plays a scenario and compares, around every act, what a full settling would do."""

    def _act(self, step: Mapping[str, Any], day: date) -> None:
        if "take_over" in step:  # not narrow; and a real list brings the body that this one lacks
            super()._act(step, day)
            return
        before = self.undone()
        super()._act(step, day)
        left = self.undone() - before
        assert left == set(), f"{self.name}, step {self.steps}: {left}"

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
def test_no_act_leaves_undone_what_it_brought_about(path: Path, migrated_url: str) -> None:
    scenario = read_scenario(path)
    with app_on(migrated_url, date(2003, 1, 1)) as app:
        Watching(str(scenario["scenario"]), app.registry, app.write).play(scenario)


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
