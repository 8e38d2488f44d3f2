"""`lifecycle check`: a file takes the place of the definition that it replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
