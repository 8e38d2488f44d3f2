"""`lifecycle check`: a file takes the place of the definition that it replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.checking import everything_found, found_json
from lifecycle.checking import Code, Problem
from lifecycle.errors import Complaint
from workflows.law import HERE

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_checked_in_place_of_the_one_it_replaces(tmp_path: Path) -> None:
    text = (HERE / "activity_premises.yaml").read_text(encoding="utf-8")
    given = tmp_path / "tried.yaml"
    given.write_text(text.replace("    cancels: [D12]\n", "", 1), encoding="utf-8")
    found = [one for one in everything_found([given]) if "tried.yaml" in str(one)]

    assert [one.code for one in found if isinstance(one, Problem)] == [Code.DEADLINE_OUTLIVES_CASE]
    told = found_json(found[0])
    assert (told["file"], told["code"]) == ("tried.yaml", "deadline_outlives_case")
    assert told["path"] == ["opened", "closed"]
    assert told["line"] > 1


def test_a_file_that_cannot_be_read_is_all_that_is_told(tmp_path: Path) -> None:
    given = tmp_path / "tried.yaml"
    given.write_text("workflow: [\n", encoding="utf-8")
    found = everything_found([given])

    assert [one.file for one in found if isinstance(one, Complaint)] == ["tried.yaml"]
    assert found_json(found[0])["code"] is None


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("policy.yaml", "value: 80}", "value: eighty}", "'eighty' is not a whole number"),
        ("policy.yaml", "  P13:", "  P113:", "unknown parameter 'P13'; nearest known: P113"),
        ("sources.yaml", "kind: clause", "kind: claus", "'claus' is none of"),
        ("scenarios/s09_letter_rejected.yaml", "expect:", "expct:", "nearest known: expect"),
    ],
)
def test_policy_sources_and_scenarios_are_known_by_what_stands_in_them(
    name: str, old: str, new: str, told: str, tmp_path: Path
) -> None:
    text = (HERE / name).read_text(encoding="utf-8")
    given = tmp_path / "tried.yaml"
    given.write_text(text, encoding="utf-8")
    sound = everything_found([given])
    given.write_text(text.replace(old, new), encoding="utf-8")

    assert sound == []
    assert [one for one in map(str, everything_found([given])) if told in one]


def test_a_workflow_is_checked_against_the_policy_that_is_given_with_it(tmp_path: Path) -> None:
    policy, premises = tmp_path / "policy.yaml", tmp_path / "premises.yaml"
    text = (HERE / "policy.yaml").read_text(encoding="utf-8")
    policy.write_text(text.replace("  P43.premises:", "  P54:"), encoding="utf-8")
    text = (HERE / "activity_premises.yaml").read_text(encoding="utf-8")
    premises.write_text(text.replace("P43.premises", "P54"), encoding="utf-8")

    assert everything_found([premises, policy]) == []
