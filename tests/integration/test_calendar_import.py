"""A year is published: what depends on it is listed, and moves by entries once confirmed."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle import engine
from lifecycle.calendars import read_years
from lifecycle.failpoints import VARIABLE
from lifecycle.recomputing import RECOMPUTED, carry_out, moves_by_calendar
from lifecycle.replaying import replay
from lifecycle.store.session import RetryWholeUnit
from lifecycle.store.tables import calendar_year, entry
from scheduler.jobs import JOBS, Parts, run_job
from tests.builders import app_on
from tests.command_line import command_line
from tests.tale import OFFICER
from tests.yearly import (
    BEGIN,
    MAKEUP,
    NOTICE,
    PUBLISHED,
    awaiting_2027,
    calendar_file,
    calendar_text,
    staff,
)
from workflows.holidays import read_year

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.wiring import App
    from lifecycle.cases import DeadlineView
    from tests.command_line import CommandLine
    from tests.tale import Tale

ROOT = Path(__file__).parents[2]
AS = ("--as", "org_dept_officer:周")
MARCH = ("三月假", "March holiday", "2027-03-01", "2027-03-02")


@pytest.fixture
def bare(migrated_url: str) -> Iterator[App]:
    """A database without a case, on the day of the notice."""
    with app_on(migrated_url, PUBLISHED) as app:
        yield app


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    """A committee elected on a leap day; two clinics that owe a branch, one deregistering."""
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


def row(tale: Tale, case: str, rule: str) -> DeadlineView:
    found = tale.case(case).deadline(rule)
    assert found is not None
    return found


def due(tale: Tale, case: str, rule: str) -> tuple[str, date, bool]:
    found = row(tale, case, rule)
    return found.status.value, found.due_on, found.provisional


def stands(tale: Tale) -> list[tuple[str, date, bool]]:
    """The committee's term, and the two clinics' branches."""
    cases = (("TERM(old)", "D17"), ("BR(clinic)", "D5"), ("BR(ending)", "D5"))
    return [due(tale, *one) for one in cases]


def count(app: App, *where: sa.ColumnElement[bool], table: sa.Table = entry) -> int:
    statement = sa.select(sa.func.count()).select_from(table).where(*where)
    return app.read(lambda c: int(c.execute(statement).scalar_one()))


def recomputed(app: App) -> int:
    return count(app, entry.c.event == RECOMPUTED)


BEFORE = [
    ("open", date(2027, 3, 1), True),
    ("open", date(2027, 2, 8), True),
    ("suspended", date(2027, 2, 8), True),
]


def test_not_confirmed_it_says_what_would_change_and_stores_nothing(
    tale: Tale, cli: CommandLine, tmp_path: Path
) -> None:
    entries = count(tale.app)
    answer = cli("calendar", "import", calendar_file(tmp_path, calendar_text()), *AS)
    lines = answer.out.splitlines()
    ref = {name: tale.case(name).ref for name in ("TERM(old)", "BR(clinic)", "BR(ending)")}

    assert (answer.code, answer.err) == (3, "")
    assert lines[0] == f"2027 年: {NOTICE}"
    told = {one.split()[0]: " ".join(one.split()[3:]) for one in lines[3:-1]}
    assert told[ref["TERM(old)"]] == "进行中 2027-03-01 (暂定) 2027-03-01"
    assert told[ref["BR(clinic)"]] == "进行中 2027-02-08 (暂定) 2027-02-12"
    assert told[ref["BR(ending)"]] == "停表 2027-02-08 (暂定) 2027-02-12"
    assert lines[1] == f"{len(told)} 个进行中的期限将改变:"
    assert lines[-1] == "未保存。确认请加 --confirm"
    assert stands(tale) == BEFORE
    assert (count(tale.app, table=calendar_year), count(tale.app)) == (0, entries)


def test_confirmed_every_deadline_moves_or_becomes_certain_by_an_entry(
    tale: Tale, cli: CommandLine, tmp_path: Path
) -> None:
    waking = row(tale, "TERM(old)", "D17").wake_at
    path = calendar_file(tmp_path, calendar_text())
    told = cli("calendar", "import", path, "--confirm", "--json", *AS).json
    certain = next(one for one in told["moves"] if one["rule"] == "D17")

    assert stands(tale) == [
        ("open", date(2027, 3, 1), False),
        ("open", date(2027, 2, 12), False),
        ("suspended", date(2027, 2, 12), False),
    ]
    assert (told["done"], told["known"], told["replaces"]) == (True, False, None)
    assert (certain["before"], certain["after"]) == ("2027-03-01", "2027-03-01")
    assert (certain["provisional_before"], certain["provisional_after"]) == (True, False)
    assert recomputed(tale.app) == len({one["case"] for one in told["moves"]})
    last = tale.entries("TERM(old)")[-1]
    assert (last.event, last.kind, last.on) == (RECOMPUTED, "deadline", "2026-11-20")
    assert (last.body["deadlines"][0]["act"], last.body["deadlines"][0]["provisional"]) == (
        "move",
        False,
    )
    tale.app.read(tale.app.registry.refresh_calendars)
    for case, rule in (("TERM(old)", "D17"), ("BR(clinic)", "D5")):
        derivation = row(tale, case, rule).derivation
        assert derivation["calendar"] == tale.app.registry.rest_days.version
        assert derivation["notice"] == NOTICE
    # The reminder of half a year before has gone out: it is not looked at again.
    assert row(tale, "TERM(old)", "D17").wake_at == waking
    assert tale.problems() == []
    assert tale.app.read(lambda c: replay(c, tale.app.registry)).differences == ()


def test_a_day_that_becomes_a_holiday_moves_the_date_on(
    tale: Tale, cli: CommandLine, tmp_path: Path
) -> None:
    path = calendar_file(tmp_path, calendar_text(MARCH))

    cli.ok("calendar", "import", path, "--confirm", *AS)

    assert due(tale, "TERM(old)", "D17") == ("open", date(2027, 3, 3), False)
    assert row(tale, "TERM(old)", "D17").raw_on == date(2027, 2, 28)
    number = row(tale, "TERM(old)", "D17").id
    told = cli.ok("explain", "--deadline", str(number))
    assert f"2027-02-28 周末, 2027-03-01 至 03-02 三月假假期 ({NOTICE})" in told
    assert "2027 年节假日安排已载入, 不再暂定 · 2027-03-01 → 2027-03-03" in told


def test_a_sunday_that_is_worked_brings_the_date_back(
    tale: Tale, cli: CommandLine, tmp_path: Path
) -> None:
    path = calendar_file(tmp_path, calendar_text(makeup=(*MAKEUP, "2027-02-28")))

    cli.ok("calendar", "import", path, "--confirm", *AS)

    assert due(tale, "TERM(old)", "D17") == ("open", date(2027, 2, 28), False)
    assert row(tale, "TERM(old)", "D17").derivation["notice"] == NOTICE


def test_a_suspended_deadline_keeps_its_pause_and_goes_on_from_the_new_date(
    tale: Tale, cli: CommandLine, tmp_path: Path
) -> None:
    path = calendar_file(tmp_path, calendar_text())
    cli.ok("calendar", "import", path, "--confirm", *AS)
    tale.app.read(tale.app.registry.refresh_calendars)
    event = {"event": "deregistration_withdrawn", "case": "REG(ending)", "fields": {"notice": "3"}}

    tale.tell({"on": date(2026, 11, 26), **event})

    resumed = row(tale, "BR(ending)", "D5")
    assert (resumed.suspended_days, resumed.raw_on) == (10, date(2027, 2, 18))
    assert (resumed.due_on, resumed.provisional) == (date(2027, 2, 18), False)


@pytest.mark.usefixtures("tale")
def test_what_the_year_does_not_touch_gets_no_entry(cli: CommandLine, tmp_path: Path) -> None:
    moved = cli("calendar", "import", calendar_file(tmp_path, calendar_text()), "--json", *AS).json
    rows = cli("deadlines", "--json", "--limit", "999").json
    of_2027 = {one["deadline"] for one in rows if one["provisional"]}
    suspended = {one["deadline"] for one in moved["moves"] if one["status"] == "suspended"}

    assert {one["deadline"] for one in moved["moves"]} == of_2027 | suspended
    assert any(not one["provisional"] for one in rows)


def test_the_same_file_twice_changes_nothing(tale: Tale, cli: CommandLine, tmp_path: Path) -> None:
    path = calendar_file(tmp_path, calendar_text())
    cli.ok("calendar", "import", path, "--confirm", *AS)
    entries, stored = count(tale.app), tale.rows(calendar_year)

    assert cli.ok("calendar", "import", path, *AS) == "2027 年已按此内容载入, 无需更改\n"
    assert cli.ok("calendar", "import", path, "--confirm", *AS).startswith("2027 年已按此内容")
    assert (count(tale.app), tale.rows(calendar_year)) == (entries, stored)


def test_a_year_of_the_package_is_known_too(cli: CommandLine, bare: App) -> None:
    told = cli.ok("calendar", "import", str(ROOT / "workflows" / "calendars" / "2026.yaml"), *AS)

    assert told == "2026 年已按此内容载入, 无需更改\n"
    assert count(bare, table=calendar_year) == 0


def test_a_later_notice_shows_what_it_changes(tale: Tale, cli: CommandLine, tmp_path: Path) -> None:
    cli.ok("calendar", "import", calendar_file(tmp_path, calendar_text()), "--confirm", *AS)
    later = "国务院办公厅关于调整2027年假期的通知"
    changed = calendar_text(MARCH, notice=later, makeup=MAKEUP[:2])
    path = calendar_file(tmp_path, changed)
    asked = cli("--lang", "en", "calendar", "import", path, *AS)

    assert asked.code == 3
    assert f"2027 is loaded by {NOTICE}; this file is a later notice: {later}" in asked.out
    assert "2027-03-01 (Mon)  as the week has it → 三月假" in asked.out
    assert "2027-10-09 (Sat)  make-up working day → as the week has it" in asked.out
    told = cli("calendar", "import", path, "--confirm", "--json", *AS).json
    assert [one["date"] for one in told["changed_days"]] == [
        "2027-03-01",
        "2027-03-02",
        "2027-10-09",
    ]
    assert told["replaces"] == NOTICE
    assert [one["notice"] for one in tale.rows(calendar_year)] == [later]
    assert due(tale, "TERM(old)", "D17") == ("open", date(2027, 3, 3), False)


def test_where_nothing_depends_on_the_year_no_leave_is_asked(
    cli: CommandLine, bare: App, tmp_path: Path
) -> None:
    told = cli.ok("calendar", "import", calendar_file(tmp_path, calendar_text()), *AS)

    assert told.splitlines()[-1] == "2027 年节假日已载入: 放假 25 天, 调休上班 3 天"
    assert [one.year for one in bare.read(read_years)] == [2027]


@pytest.mark.parametrize("passage", [1, 2])
def test_killed_on_the_way_nothing_is_half_written(
    tale: Tale, cli: CommandLine, tmp_path: Path, passage: int
) -> None:
    path, entries = calendar_file(tmp_path, calendar_text()), count(tale.app)
    program = [sys.executable, "-c", "from cli.main import main; main()"]
    settings = {**os.environ, "LIFECYCLE_DATABASE_URL": cli.url}
    settings[VARIABLE] = f"after_entry:{passage}"
    killed = subprocess.run(
        [*program, "calendar", "import", path, "--confirm", *AS],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        check=False,
    )

    assert killed.returncode == -9
    assert stands(tale) == BEFORE
    assert (count(tale.app, table=calendar_year), count(tale.app)) == (0, entries)
    cli.ok("calendar", "import", path, "--confirm", *AS)
    assert recomputed(tale.app) > passage


def test_a_deadline_that_was_met_meanwhile_is_not_moved(tale: Tale, tmp_path: Path) -> None:
    given = read_year(Path(calendar_file(tmp_path, calendar_text())))
    rest_days = tale.app.registry.rest_days.with_years([given])
    registry, clock = tale.app.registry, tale.app.clock
    found = tale.app.read(
        lambda c: moves_by_calendar(engine.begin(c, registry, clock, OFFICER), 2027, rest_days)
    )
    tale.tell(
        {
            "on": PUBLISHED,
            "event": "deregistration_withdrawn",
            "case": "REG(ending)",
            "fields": {"notice": "3"},
        }
    )

    with pytest.raises(RetryWholeUnit):
        tale.app.read(lambda c: carry_out(engine.begin(c, registry, clock, OFFICER), found))


def test_what_opens_afterwards_is_certain_in_every_process(
    tale: Tale, cli: CommandLine, tmp_path: Path
) -> None:
    cli.ok("calendar", "import", calendar_file(tmp_path, calendar_text()), "--confirm", *AS)
    assert not tale.app.registry.rest_days.covers(date(2027, 2, 1))
    # A clock that has been running since before reads what officers have loaded.
    run_job(JOBS[0], Parts(tale.app.engine, tale.app.registry, tale.app.clock))

    assert tale.app.registry.rest_days.covers(date(2027, 2, 1))
    tale.tell({"on": PUBLISHED, "add": {"organization": "new", "supervisor": "bureau"}})
    staff(tale, "new", PUBLISHED, "bureau")
    assert due(tale, "BR(new)", "D5") == ("open", date(2027, 2, 18), False)


def test_the_clock_goes_on_from_the_new_dates(tale: Tale, cli: CommandLine, tmp_path: Path) -> None:
    cli.ok("calendar", "import", calendar_file(tmp_path, calendar_text(MARCH)), "--confirm", *AS)
    tale.app.read(tale.app.registry.refresh_calendars)

    tale.tell({"on": date(2027, 3, 3), "tick": True})
    assert tale.case("TERM(old)").state == "due"
    tale.tell({"on": date(2027, 3, 4), "tick": True})
    assert tale.case("TERM(old)").state == "overdue"
    assert [one.on for one in tale.entries("TERM(old)")][-1] == "2027-03-04"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["{file}", "--as", "case_officer:陈"], 64, "节假日由组织部门"),
        (["{file}.gone", *AS], 1, "2027.yaml.gone"),
        (["{bad}", *AS], 1, "bad.yaml 第 5 行 holidays.1.to: 没有 2027-02-30 这一天"),
        ([*AS], 64, "缺少 file"),
    ],
)
def test_what_cannot_be_loaded_is_refused(
    bare: App, cli: CommandLine, tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    file = calendar_file(tmp_path, calendar_text())
    wrong = calendar_text().replace("to: 2027-02-11", "to: 2027-02-30")
    bad = calendar_file(tmp_path, wrong, "bad.yaml")
    answer = cli("calendar", "import", *(one.format(file=file, bad=bad) for one in arguments))

    assert answer.code == code
    assert sentence in answer.err
    assert count(bare, table=calendar_year) == 0
