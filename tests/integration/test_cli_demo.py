"""The demonstration as a newcomer meets it: built by one command, its tour pasted line by line."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.command_line import CommandLine

if TYPE_CHECKING:
    from pathlib import Path

MOST_LINES = 35
"""One screen, with the accounts of the desk."""
STATES = (
    *("pending_coverage", "instructor_assigned", "activists_cultivated"),
    *("branch_formed", "five_good_certified"),
)

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIFECYCLE_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("LIFECYCLE_DATABASE_URL", raising=False)
    return CommandLine("", capsys)


def test_every_stop_of_the_tour_shows_what_it_promises(cli: CommandLine, tmp_path: Path) -> None:
    said = cli.ok("demo")
    commands = [
        shlex.split(line)[1:] for line in said.splitlines() if line.startswith("lifecycle ")
    ]
    answers = [cli(*command) for command in commands]

    assert len(said.splitlines()) <= MOST_LINES
    assert [one.code for one in answers] == [0, 0, 0, 0, 0, 3, 0, 0, 0, 1]
    way, months, training, owing, figures, refused, allowed, date, verified, forged = (
        one.out for one in answers
    )
    assert all(state in way for state in STATES)
    assert "milestone_reached" in months
    assert "已发" in months
    assert {"held", "open"} <= {row.split()[3] for row in training.splitlines()[1:]}
    assert "R24" in owing
    assert "I16" in figures
    assert refused.count("✗") == 2
    assert "formal_in" in allowed
    assert "春节" in date
    assert "未发现改动" in verified
    assert "发现 1 处" in forged
    assert list((tmp_path / "var" / "mail").glob("*.eml"))
