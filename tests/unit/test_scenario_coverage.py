"""What the scenarios promise between them: every deadline, every notice, every date trap."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import workflows
from notices.catalogue import CATALOGUE
from workflows.scenario import read_scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILES = sorted((Path(workflows.__file__).parent / "scenarios").glob("*.yaml"))
REGISTRY = workflows.load_all()
STAGES = {"D1", "D2", "D3"}
"""Deadlines of the programme, which is no case."""


def expectations() -> Iterator[Mapping[str, Any]]:
    """Everything that any step of any scenario expects of a case."""
    for path in FILES:
        for step in read_scenario(path)["steps"]:
            expected = step.get("expect", {})
            yield expected
            yield from expected.get("cases", {}).values()


def test_every_deadline_is_expected_in_a_scenario() -> None:
    declared = {name for book in REGISTRY.rulebooks.values() for name in book.workflow.deadlines}
    expected = {name for one in expectations() for name in one.get("deadlines", {})}
    for one in expectations():
        for stages in one.get("programme", {}).values():
            expected |= set(stages)

    assert declared | STAGES == {f"D{number}" for number in range(1, 33)}
    assert expected == declared | STAGES


def test_every_notice_is_expected_in_a_scenario() -> None:
    expected = {
        notice.split()[0]
        for one in expectations()
        for name in ("notices", "told")
        for notice in one.get(name, [])
    }

    assert set(CATALOGUE) == {f"N{number}" for number in range(1, 27)}
    assert expected == set(CATALOGUE)


def test_the_worked_scenarios_of_the_rulebook_ship() -> None:
    told = {path.stem.split("_")[0].rstrip("abc") for path in FILES if path.stem.startswith("s")}

    assert told == {f"s{number:02}" for number in range(1, 17)}
    assert len(FILES) >= 16 + 30


def test_every_event_that_people_record_stands_in_a_scenario() -> None:
    recorded = {
        (str(step["case"]).lstrip("+").partition("(")[0], step["event"])
        for path in FILES
        for step in read_scenario(path)["steps"]
        if "event" in step
    }
    possible = {
        (book.workflow.code, row.event)
        for book in REGISTRY.rulebooks.values()
        if book.workflow.listed
        for row in book.workflow.transitions
        if row.by
    }

    assert possible - recorded == set()
