"""What officers see of calendars: the years that are loaded, and dates that are provisional."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import app_on, move_clock
from tests.command_line import command_line
from tests.yearly import BEGIN, NOTICE, PUBLISHED, awaiting_2027, calendar_file, calendar_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.wiring import App
    from tests.command_line import CommandLine
    from tests.tale import Tale

AS = ("--as", "org_dept_officer:周")


@pytest.fixture
def bare(migrated_url: str) -> Iterator[App]:
    """A database without a case, on the day of the notice."""
    with app_on(migrated_url, PUBLISHED) as app:
        yield app


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    """Cases that wait for the calendar of 2027."""
    with app_on(migrated_url, BEGIN) as app:
        yield awaiting_2027(app)


@pytest.fixture
def cli(
    migrated_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> CommandLine:
    """The program on the same database."""
    return command_line(migrated_url, monkeypatch, capsys, tmp_path)


@pytest.mark.usefixtures("bare")
def test_years_are_listed_with_where_they_come_from(cli: CommandLine, tmp_path: Path) -> None:
    cli.ok("calendar", "import", calendar_file(tmp_path, calendar_text()), "--confirm", *AS)
    rows: list[dict[str, Any]] = cli("calendar", "list", "--json").json
    days = {one["date"]: one for one in cli("calendar", "list", "--year", "2027", "--json").json}

    assert [one["year"] for one in rows] == list(range(2004, 2028))
    assert {one["source"] for one in rows[:-1]} == {"package"}
    assert (rows[-1]["source"], rows[-1]["days_off"], rows[-1]["makeup"]) == ("database", 25, 3)
    assert rows[-1]["notice"] == NOTICE
    assert len(days) == 28
    assert days["2027-01-31"] == {"date": "2027-01-31", "weekday": 7, "arrangement": "makeup"}
    assert "2027-02-05  周五  春节" in cli.ok("calendar", "list", "--year", "2027")
    assert "2027-01-31  Sun      make-up working day" in cli.ok(
        "--lang", "en", "calendar", "list", "--year", "2027"
    )
    assert "2004-2027 " in cli.ok("doctor")
    assert "其中载入数据库的: 2027" in cli.ok("doctor")
    assert "2028 年节假日尚未载入; 已载入: 2004" in cli("calendar", "list", "--year", "2028").err


def test_a_provisional_date_is_shown_as_such(tale: Tale, cli: CommandLine) -> None:
    case = tale.case("TERM(old)")
    number, ref = str(case.deadlines[0].id), case.ref
    listed = {one["deadline"]: one for one in cli("deadlines", "--json", "--limit", "999").json}
    shown = cli("case", ref, "--json").json

    assert listed[int(number)]["provisional"] is True
    assert {one["rule"]: one["provisional"] for one in shown["deadlines"]} == {"D17": True}
    assert cli("explain", "--deadline", number, "--json").json["provisional"] is True
    assert "2027-03-01 (暂定)" in cli.ok("deadlines", "--limit", "999")
    assert "2027-03-01 (provisional)" in cli.ok("--lang", "en", "deadlines", "--limit", "999")
    for lang, told in (("zh", "(暂定: 该年度"), ("en", "(provisional: the holidays")):
        for arguments in (["case", ref], ["explain", "--deadline", number], ["explain", ref]):
            assert told in cli.ok("--lang", lang, *arguments), arguments


def test_a_far_date_shows_days_while_nobody_knows_the_working_days(
    tale: Tale, cli: CommandLine, tmp_path: Path
) -> None:
    assert "■ 剩 101 日  " in cli.ok("deadlines", "--limit", "999")
    cli.ok("calendar", "import", calendar_file(tmp_path, calendar_text()), "--confirm", *AS)

    assert "■ 剩 67 工作日" in cli.ok("deadlines", "--limit", "999")
    move_clock(tale.app, date(2027, 2, 26))
    assert "▲ 剩 1 工作日" in cli.ok("deadlines", "--limit", "999")
