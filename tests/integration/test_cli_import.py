"""`lifecycle import`: what the officer reads, the exit code, and the rows that come back."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

import migrations
from tests.command_line import CommandLine, command_line

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE = Path(__file__).parents[2] / "workflows" / "sample"
UNITS = SAMPLE / "units.xlsx"
INTERMEDIARIES = SAMPLE / "intermediaries.xlsx"


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    url = f"sqlite:///{tmp_path / 'lifecycle.sqlite'}"
    migrations.upgrade(url)
    cli = command_line(url, monkeypatch, capsys, tmp_path)
    cli.stand_on(date(2026, 11, 1))
    return cli


@pytest.fixture
def outcomes(cli: CommandLine) -> Callable[..., list[str]]:
    def read(*arguments: str) -> list[str]:
        answer = cli("import", "--json", *arguments)
        return [json.loads(line)["outcome"] for line in answer.out.splitlines()]

    return read


def test_a_dry_run_stores_nothing(
    cli: CommandLine, outcomes: Callable[..., list[str]], tmp_path: Path
) -> None:
    out = str(tmp_path / "errors.xlsx")
    rehearsed = outcomes("--dry-run", "--errors", out, str(INTERMEDIARIES))

    assert "accepted" in rehearsed
    assert cli("organizations", "--json").json == []


def test_rejected_rows_come_back_in_a_workbook_and_end_with_2(
    cli: CommandLine, tmp_path: Path
) -> None:
    out, wrong = tmp_path / "errors.xlsx", tmp_path / "wrong.xlsx"
    spoil(INTERMEDIARIES, wrong)
    answer = cli("import", "--errors", str(out), str(wrong))

    assert answer.code == 2
    assert "退回 1" in answer.out
    assert out.is_file()
    assert "截至 2026-11-01" in answer.out
    assert f"退回的行已写入 {out}" in answer.out
    assert "组织覆盖" in answer.out


def spoil(source: Path, target: Path) -> None:
    """A copy of the workbook whose last row has a credit code with a wrong check character."""
    book = openpyxl.load_workbook(source)
    sheet = book.worksheets[0]
    cell = sheet.cell(row=sheet.max_row, column=2)
    text = str(cell.value)
    cell.value = text[:-1] + ("1" if text[-1] != "1" else "2")
    book.save(target)


def test_the_same_file_twice_changes_nothing(
    cli: CommandLine, outcomes: Callable[..., list[str]], tmp_path: Path
) -> None:
    out = str(tmp_path / "errors.xlsx")
    first = outcomes("--errors", out, str(UNITS), str(INTERMEDIARIES))
    before = cli("cases", "--json", "--limit", "9999").json
    again = outcomes("--errors", out, str(UNITS), str(INTERMEDIARIES))

    assert again == first
    assert cli("cases", "--json", "--limit", "9999").json == before


def test_a_file_that_is_no_workbook_is_refused_with_a_sentence(
    cli: CommandLine, tmp_path: Path
) -> None:
    wrong = tmp_path / "notes.xlsx"
    wrong.write_text("no workbook", encoding="utf-8")
    answer = cli("import", str(wrong))

    assert answer.code == 1
    assert "notes.xlsx" in answer.err
    assert "Traceback" not in answer.err


def test_a_file_that_is_not_there_is_wrong_usage(cli: CommandLine, tmp_path: Path) -> None:
    assert cli("import", str(tmp_path / "none.xlsx")).code == 64
