"""Every `$ lifecycle` command that the documents show works when it is pasted."""

from __future__ import annotations

import re
import shlex
import shutil
from datetime import date
from pathlib import Path

import pytest

import migrations
from tests.command_line import CommandLine, command_line
from tests.scenario_schema import problems
from workflows.scenario import read_scenario

ROOT = Path(__file__).parents[2]
LEAD = "中共鹿城区委组织部"
"""A unit of the demonstration: what is pasted works there too."""

PAGES = ("changing-a-rule.md", "scenarios.md", "time.md")

_COMMAND = re.compile(r"^\s*\$ lifecycle (.+)$", re.MULTILINE)
_FILE = re.compile(r"^```yaml (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Page and command, each command once."""
    return [(page, one) for page in PAGES for one in dict.fromkeys(_COMMAND.findall(_text(page)))]


def _text(page: str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def files_of(page: str) -> dict[str, str]:
    """The files that the page shows, by the name behind the language of the fence."""
    return dict(_FILE.findall(_text(page)))


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """The program in a copy of the repository, on a database with one county and one clinic."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copytree(ROOT / "workflows" / "scenarios", tmp_path / "workflows" / "scenarios")
    for path in (ROOT / "workflows").glob("*.yaml"):
        shutil.copy(path, tmp_path / "workflows")
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'lifecycle.sqlite'}"
    migrations.upgrade(url)
    cli = command_line(url, monkeypatch, capsys, tmp_path)
    cli.stand_on(date(2026, 11, 2))
    cli.ok("add", "unit", LEAD, "--level", "county", "--mail", "lucheng@example.org")
    cli.ok(
        "add", "organization", "某诊所", "--code", "X1",
        "--kind", "private_nonenterprise_unit", "--supervisor", LEAD,
    )  # fmt: skip
    return cli


@pytest.mark.parametrize(("page", "command"), commands())
def test_command_of_a_page_works(page: str, command: str, cli: CommandLine) -> None:
    for name, text in files_of(page).items():
        Path(name).write_text(text, encoding="utf-8")

    answer = cli(*shlex.split(command))

    assert (answer.code, answer.err) == (0, ""), answer
    assert answer.out


@pytest.mark.parametrize(
    ("page", "name"), [(page, name) for page in PAGES for name in files_of(page)]
)
def test_scenario_of_a_page_follows_the_schema(page: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(files_of(page)[name], encoding="utf-8")

    assert problems(read_scenario(path)) == []


def test_pages_show_commands_and_files() -> None:
    assert {page for page, _ in commands()} == set(PAGES)
    assert all(files_of(page) for page in PAGES)
