"""The schema of scenarios accepts what ships, refuses slips, and knows what the player knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from lifecycle.access import OFFICERS, Role
from lifecycle.definition import Stage
from tests.scenario_schema import FOLDER, SCHEMA, problems
from workflows.recording import RECORDABLE
from workflows.scenario import read_scenario

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = sorted(FOLDER.glob("*.yaml"))

MINIMAL = {"scenario": "a promise", "steps": [{"on": "2026-11-02", "add": {"unit": "bureau"}}]}


def step(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a step
    return MINIMAL | {"steps": [{"on": "2026-11-02", **parts}]}


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    assert problems(MINIMAL) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_scenario_is_accepted(path: Path) -> None:
    assert problems(read_scenario(path)) == []


@pytest.mark.parametrize(
    "scenario",
    [
        MINIMAL | {"polcy": {"P6": 4}},
        MINIMAL | {"policy": {"6": 4}},
        MINIMAL | {"steps": []},
        step(),
        step(event="approved"),
        step(event="approved", case="BR"),
        step(tick=False),
        step(tick=True, fields={"reply": "1"}),
        step(tick=True, **{"as": "boss"}),
        step(add={"unit": "bureau", "level": "province"}),
        step(add={"person": "wang", "engaged_at": "clinic"}),
        step(add={"supervisor": "bureau"}),
        step(record={"organization": "clinic", "emploees": 30}),
        step(record={"organization": "clinic"}),
        step(tick=True, expect={"state": "active", "deadlines": {"D5": "2026-11"}}),
        step(tick=True, expect={"case": "BR(clinic)", "notices": ["N7 soon"]}),
        step(tick=True, expect={"cases": {"BR(clinic)": {"status": "active"}}}),
        step(tick=True, expect={}),
    ],
    ids=str,
)
def test_a_slip_is_refused(scenario: Mapping[str, Any]) -> None:
    assert problems(scenario) != []


def test_the_schema_knows_what_can_be_recorded() -> None:
    subjects = {"organization", "body", "person", "at"}
    known = SCHEMA["$defs"]["recorded"]["properties"]
    choices = {name: set(spec.choices) for name, spec in RECORDABLE.items() if spec.choices}

    assert set(known) - subjects == set(RECORDABLE)
    for name, wanted in choices.items():
        assert set(known[name].get("enum", [known[name].get("const")])) == wanted


@pytest.mark.parametrize("role", [one.value for one in OFFICERS])
def test_the_schema_knows_the_roles(role: str) -> None:
    assert problems(step(tick=True, **{"as": role})) == []


@pytest.mark.parametrize("stage", [one.value for one in Stage])
def test_the_schema_knows_the_stages(stage: str) -> None:
    assert problems(step(tick=True, expect={"case": "BR(x)", "notices": [f"N7 {stage}"]})) == []


def test_nobody_acts_as_the_clock() -> None:
    assert problems(step(tick=True, **{"as": Role.SCHEDULER.value})) != []
