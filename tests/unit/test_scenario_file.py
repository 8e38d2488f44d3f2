"""A mistake in a scenario is named before it is played, with its line and the nearest name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import workflows
from lifecycle.errors import DefinitionError
from tests.scenario_schema import FOLDER, SCHEMA
from workflows import scenario_file
from workflows.scenario_file import check_scenario, read_scenario

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = workflows.load_all()
FILES = sorted(FOLDER.glob("*.yaml"))

SOUND = """\
scenario: the threshold becomes fifty
cites: [一.2, R3, P5]
policy: {P5: {2027-01-01: 50}}
steps:
  - {on: 2026-11-02, add: {organization: shop}}
  - {on: 2026-11-02, record: {organization: shop, employees: 49}}
  - on: 2026-11-02
    event: counts_confirmed
    case: COV(shop)
    fields: {statement: "1"}
    expect: {state: pending_coverage, fields: {priority: true}, notices: [N1 due]}
  - {on: 2026-11-02, add: {person: wang, engaged_at: shop, employment: part_time}}
  - on: 2026-11-03
    event: left_before_milestone
    case: MEM(wang, shop)
    fields: {evidence: "1"}
    expect: {state: ended, deadlines: {D9: cancelled}}
  - {on: 2027-01-01, tick: true, expect: {case: COV(shop), indicators: {I1: [0, 0, null]}}}
"""

MISTAKES = {
    "a misspelt expect": ("expect: {state: ended", "expct: {state: ended", 17, "known: expect"),
    "a misspelt tick": ("tick: true", "tik: true", 18, "unknown key 'tik'; nearest known: tick"),
    "a step that does nothing": ("add: {organization: shop}", "as: auditor", 5, "is wanted"),
    "an event without a case": ("    case: COV(shop)\n", "", 7, "event and case belong together"),
    "an unknown clause": ("R3, P5", "R333, P5", 2, "unknown citation 'R333'"),
    "an unknown parameter": ("{P5: {", "{P55: {", 3, "unknown parameter 'P55'; nearest known: P5"),
    "a value that is none": ("01: 50", "01: fifty", 3, "'fifty' is not a whole number from 0"),
    "a day of a value that is none": ("2027-01-01: 50", "soon: 50", 3, "soon is not a day"),
    "a day that is none": ("on: 2027-01-01", "on: 2027-02-30", 18, "not a day of the calendar"),
    "yes for true": ("priority: true", "priority: yes", 11, "'yes' is neither text nor a boolean"),
    "a fact nobody records": ("employees: 49", "employes: 49", 6, "nearest known: employees"),
    "a name that was not added": ("COV(shop)\n", "COV(shp)\n", 9, "unknown name 'shp'; nearest"),
    "a workflow that is none": ("COV(shop)\n", "COW(shop)\n", 9, "unknown workflow 'COW'"),
    "a case that is none": ("COV(shop)\n", "shop\n", 9, "'shop' is no case: write BR(clinic)"),
    "a case about too many": ("COV(shop)\n", "COV(wang, shop)\n", 9, "COV is about 1 names"),
    "an event that is none": ("counts_confirmed", "counts_confirm", 8, "unknown event of COV"),
    "a field that is none": ("{statement:", "{statment:", 10, "nearest known: statement"),
    "a state that is none": ("state: ended", "state: endet", 17, "unknown state of MEM 'endet'"),
    "a case field that is none": ("{priority:", "{priorit:", 11, "unknown case field of COV"),
    "another's deadline": ("{D9:", "{D5:", 17, "unknown deadline of MEM 'D5'"),
    "another's notice": ("[N1 due]", "[N11 due]", 11, "unknown notice of COV 'N11'"),
    "a stage that is none": ("[N1 due]", "[N1 du]", 11, "unknown stage 'du'; nearest known: due"),
    "a condition that is none": ("state: ended", "refused: [evidnce]", 17, "nearest known: evid"),
    "a figure that is none": ("{I1: [", "{I99: [", 18, "unknown indicator 'I99'"),
    "an expectation of no case": ("{case: COV(shop), ", "{state: closed, ", 18, "under `case`"),
    "a place that was not added": ("engaged_at: shop", "engaged_at: shp", 12, "unknown name 'shp'"),
    "nothing new": ("{organization: shop}", "{mail: a@b.cn}", 5, "organization or person"),
}


def complaints(text: str, folder: Path) -> list[str]:
    path = folder / "tried.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        check_scenario(path, REGISTRY)
    except DefinitionError as error:
        return [str(one) for one in error.complaints]
    return []


def test_a_sound_scenario_has_no_complaint(tmp_path: Path) -> None:
    assert complaints(SOUND, tmp_path) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_where_it_stands(mistake: str, tmp_path: Path) -> None:
    old, new, line, sentence = MISTAKES[mistake]
    assert old in SOUND

    found = complaints(SOUND.replace(old, new, 1), tmp_path)

    assert [one for one in found if one.startswith(f"tried.yaml:{line}:") and sentence in one], (
        found
    )


def test_a_day_that_is_none_is_told_once(tmp_path: Path) -> None:
    assert len(complaints(SOUND.replace("on: 2027-01-01", "on: 2027-02-30"), tmp_path)) == 1


def test_every_unknown_name_is_told_at_once(tmp_path: Path) -> None:
    text = SOUND.replace("state: ended", "state: endet").replace("{P5: {", "{P55: {")

    assert len(complaints(text.replace("R3, P5", "R333, P5"), tmp_path)) == 3


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_scenario_names_only_what_is_there(path: Path) -> None:
    assert check_scenario(path, REGISTRY) == read_scenario(path)


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (scenario_file._Scenario, SCHEMA),
        (scenario_file._Step, SCHEMA["$defs"]["step"]),
        (scenario_file._Added, SCHEMA["$defs"]["added"]),
        (scenario_file._Expected, SCHEMA["$defs"]["expected"]),
        (scenario_file._AboutCase, SCHEMA["$defs"]["about_a_case"]),
    ],
)
def test_the_schema_has_the_keys_that_are_read(
    model: type, part: dict[str, dict[str, str]]
) -> None:
    fields = model.model_fields  # type: ignore[attr-defined] # every one is a pydantic model

    assert {one.alias or name for name, one in fields.items()} == set(part["properties"])
