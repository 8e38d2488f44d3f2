"""A parameter is changed: ahead nothing moves; behind, deadlines move when somebody confirms."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.recomputing import RECOMPUTED
from lifecycle.store.tables import parameter_value
from tests.builders import app_on
from tests.command_line import command_line
from tests.tale import Tale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.wiring import App
    from tests.command_line import CommandLine

DAY = date(2026, 3, 4)
OFFICER = ("--as", "org_dept_officer:周")


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    """Two clinics that owe a branch since the day; one of them is being deregistered."""
    with app_on(migrated_url, DAY) as app:
        told = Tale(app)
        told.tell({"on": DAY, "add": {"unit": "bureau"}})
        for name in ("clinic", "ending"):
            told.tell({"on": DAY, "add": {"organization": name, "supervisor": "bureau"}})
            for number in range(3):
                person = {"person": f"{name}{number}", "home": "bureau", "engaged_at": name}
                told.tell({"on": DAY, "add": {**person, "employment": "full_time"}})
        told.tell(
            {"on": DAY, "event": "registered", "case": "+REG(ending)", "fields": {"extract": "1"}},
            {
                "on": date(2026, 3, 10),
                "event": "deregistration_notified",
                "case": "REG(ending)",
                "fields": {"notice": "2"},
            },
        )
        yield told


@pytest.fixture
def cli(
    migrated_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> CommandLine:
    """The program on the same database."""
    return command_line(migrated_url, monkeypatch, capsys, tmp_path)


def due(tale: Tale, name: str) -> tuple[str, date]:
    row = tale.case(f"BR({name})").deadline("D5")
    assert row is not None
    return row.status.value, row.due_on


def stored(app: App) -> int:
    count = sa.select(sa.func.count()).select_from(parameter_value)
    return app.read(lambda c: int(c.execute(count).scalar_one()))


def test_a_value_for_later_moves_nothing(tale: Tale, cli: CommandLine) -> None:
    told = cli.ok("parameter", "P13", "60", "--from", "2027-01-01", *OFFICER)

    assert "P13 自 2027-01-01 起为 60" in told
    assert due(tale, "clinic") == ("open", date(2026, 6, 2))


def test_a_value_from_the_past_says_what_it_would_move_and_waits(
    tale: Tale, cli: CommandLine
) -> None:
    answer = cli("parameter", "P13", "60", "--from", "2026-01-01", *OFFICER)

    assert answer.code == 3
    assert "此值自 2026-01-01 起生效" in answer.out
    assert "将移动 2 个进行中的期限" in answer.out
    assert "--confirm" in answer.out
    assert "D5 2026-06-02 → 2026-05-06" in answer.out
    assert stored(tale.app) == 0
    assert due(tale, "clinic") == ("open", date(2026, 6, 2))


def test_confirmed_it_moves_them_with_entries(tale: Tale, cli: CommandLine) -> None:
    cli.ok("parameter", "P13", "60", "--from", "2026-01-01", "--confirm", *OFFICER)

    assert due(tale, "clinic") == ("open", date(2026, 5, 6))
    assert due(tale, "ending")[0] == "suspended"
    assert tale.entries("BR(clinic)")[-1].event == RECOMPUTED
    assert tale.verified().breaks == ()
    number = tale.case("BR(clinic)").deadline("D5")
    assert number is not None
    told = cli.ok("explain", "--deadline", str(number.id))
    assert "P13, 2026-01-01 起" in told
    last = f"{tale.case('BR(clinic)').ref}/{tale.entries('BR(clinic)')[-1].seq}"
    moved = f"重算 (记录 {last}): P13 由 90 改为 60 · 2026-06-02 → 2026-05-06"
    assert moved in told
    (shift,) = cli("explain", "--deadline", str(number.id), "--json").json["explained"]["shifts"]
    assert (shift["entry"], shift["parameter"], shift["after"]) == (last, "P13", "2026-05-06")
    # Resumed, the days of the pause are added to the date that has moved.
    tale.tell(
        {
            "on": date(2026, 3, 20),
            "event": "deregistration_withdrawn",
            "case": "REG(ending)",
            "fields": {"notice": "3"},
        }
    )
    assert due(tale, "ending") == ("open", date(2026, 5, 13))


def test_a_value_from_after_the_opening_moves_nothing(tale: Tale, cli: CommandLine) -> None:
    cli.ok("parameter", "P13", "60", "--from", "2026-03-05", "--confirm", *OFFICER)

    assert due(tale, "clinic") == ("open", date(2026, 6, 2))


def test_a_threshold_from_the_past_waits_also_where_no_deadline_moves(
    tale: Tale, cli: CommandLine
) -> None:
    answer = cli("parameter", "P16", "4", "--from", "2026-03-05", *OFFICER)

    assert answer.code == 3
    assert "未保存。确认请加 --confirm" in answer.out
    assert stored(tale.app) == 0


def test_days_that_begin_with_a_minus_are_a_value(tale: Tale, cli: CommandLine) -> None:
    cli.ok("parameter", "P38", "-14,-3,0", "--from", "2027-01-01", *OFFICER)

    assert stored(tale.app) == 1
    assert "-14,-3,0" in cli.ok("parameters", "--on", "2027-01-01")


def test_a_parameter_answers_to_its_name_and_its_unit_is_named(
    tale: Tale, cli: CommandLine
) -> None:
    told = cli.ok(
        "parameter", "count_joint_as_org_coverage", "否", "--from", "2027-01-01",
        "--unit", "bureau", *OFFICER,
    )  # fmt: skip

    assert told.strip() == "P25 自 2027-01-01 起为 否"
    assert stored(tale.app) == 1
    (line,) = [
        one
        for one in cli.ok("parameters", "--on", "2027-01-01", "--unit", "bureau").splitlines()
        if one.startswith("P25 ")
    ]
    assert line.split()[2:5] == ["否", "2027-01-01", "bureau"]


def test_a_threshold_from_today_on_is_applied_at_once(tale: Tale, cli: CommandLine) -> None:
    cli.ok("parameter", "P6", "4", "--from", "2026-03-10", "--confirm", *OFFICER)

    assert tale.case("BR(clinic)").state == "no_duty"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["P13", "sixty", "--from", "2026-01-01", *OFFICER], "P13 的值应为"),
        (["P99", "1", "--from", "2026-01-01", *OFFICER], "没有参数 P99"),
        (
            ["P18", "1", "--from", "2027-01-01", *OFFICER],
            "相近的有: P18.assign 选派指导员期限, P18.gap",
        ),
        (["从业人员", "1", "--from", "2027-01-01", *OFFICER], "P5 从业人员数门槛"),
        (["entity_employees_min", "1", "--from", "2027-01-01", *OFFICER], "P5 从业人员数门槛"),
        (["P2", "12,24", "--from", "2027-01-01", *OFFICER], "三个依次增大的月数"),
        (["P5", "-3", "--from", "2027-01-01", *OFFICER], "不小于 0 的整数"),
        (["P25", "maybe", "--from", "2027-01-01", *OFFICER], "true (是) 或 false (否)"),
        (["P13", "60", "--from", "2026-02-30", *OFFICER], "2026-02-30"),
        (["P13", "60", "--from", "2026-01-01", "--as", "case_officer:陈"], "由组织部门"),
    ],
)
def test_what_cannot_be_set_is_refused(
    tale: Tale, cli: CommandLine, arguments: list[str], sentence: str
) -> None:
    answer = cli("parameter", *arguments)

    assert answer.code == 64
    assert sentence in answer.err
    assert stored(tale.app) == 0
