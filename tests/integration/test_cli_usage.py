"""What the command line answers to wrong arguments, and the shapes of its JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import migrations
from tests.command_line import CommandLine, command_line

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "workflows" / "scenarios" / "s09_letter_rejected.yaml"


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """The program on a database with one unit and one organization: cases 3 and 4."""
    url = f"sqlite:///{tmp_path / 'lifecycle.sqlite'}"
    migrations.upgrade(url)
    cli = command_line(url, monkeypatch, capsys, tmp_path)
    cli.stand_on(date(2026, 1, 16))
    cli.ok("add", "unit", "温州市工商联", "--mail", "gsl@example.org")
    cli.ok(
        "add", "organization", "某[b]诊所", "--code", "X1",
        "--kind", "private_nonenterprise_unit", "--supervisor", "温州市工商联",
    )  # fmt: skip
    return cli


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["cases", "--foo"], 64, "用法有误: 没有选项 --foo。参看 lifecycle cases --help\n"),
        (["cases", "--limit", "x"], 64, "--limit 的值有误"),
        (["advance", "BR-3"], 64, "缺少 event"),
        (["nonsense"], 64, "nonsense"),
        (["case", "xx"], 64, "用法有误: xx 不是案件编号; 案件编号如 BR-7\n"),
        (["case", "COV-4"], 64, "用法有误: 编号 4 的案件是 BR-4, 不是 COV-4\n"),
        (["case", "BR-99"], 1, "没有案件 BR-99: 用 lifecycle cases 查看\n"),
        (["cases", "--workflow", "nope"], 64, "没有工作流 nope"),
        (["cases", "--state", "nope"], 64, "没有状态 nope"),
        (["cases", "--unit", "温州市"], 1, "登记簿中没有 温州市; 相近的有: 温州市工商联\n"),
        (["cases", "--due-before", "31.1.2026"], 64, "31.1.2026 不是日期; 请写作 2026-11-30"),
        (["notices", "--state", "nope"], 64, "no_address"),
        (["explain"], 64, "请给出案件编号"),
        (["explain", "--deadline", "99"], 64, "没有期限 99"),
        (["advance", "COV-5", "elected"], 1, "可以记录: counts_confirmed 核定人数"),
        (["advance", "COV-5", "counts_confirmed", "--as", "boss"], 64, "boss 不是角色"),
        (["advance", "COV-5", "counts_confirmed", "--as", "scheduler"], 64, "不能冒用"),
        (["advance", "COV-5", "counts_confirmed", "--field", "x"], 64, "x 不是 字段=值"),
        (["advance", "COV-5", "counts_confirmed", "--on", "2026-01-17"], 1, "日期晚于今天"),
        (["advance", "COV-5", "counts_confirmed", "--expect-version", "9"], 1, "您读到的是版本 9"),
        (["record", "X1", "employes=3"], 64, "不能登记 employes; 可以登记: employees"),
        (["record", "X1", "employees=many"], 64, "employees 应为整数"),
        (["record", "X1", "kind=club"], 64, "association"),
        (["record", "person:9", "party_status=full"], 64, "登记簿中没有 person:9"),
        (["add", "unit", "温州市工商联"], 1, "已有同名或同编号的记录"),
        (["add", "organization", "乙", "--code", "X1", "--kind", "association"], 1, "已有同名"),
        (["add", "organization", "乙", "--code", "X2", "--kind", "club"], 64, "应为 association"),
        (["add", "contact", "温州市工商联", "nobody"], 64, "不是邮件地址"),
        (["tick", "--as-of", "2025-01-01"], 1, "今天是 2026-01-16, 不能移到 2025-01-01"),
        (["diagram", "nope"], 64, "没有工作流 nope"),
        (["--lang", "fr", "cases"], 64, "--lang fr: 只有 zh 和 en"),
    ],
)  # fmt: skip
def test_wrong_arguments_get_a_sentence_and_a_code(
    cli: CommandLine, arguments: Sequence[str], code: int, told: str
) -> None:
    answer = cli(*arguments)

    assert answer.code == code, answer
    assert told in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""


def test_without_an_actor_nobody_acts(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIFECYCLE_ACTOR")

    assert cli("advance", "COV-5", "counts_confirmed").code == 64
    assert cli("cases").code == 0


def test_without_a_database_the_way_to_one_is_told(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    missing = tmp_path / "none.sqlite"
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", f"sqlite:///{missing}")
    answer = cli("cases")

    assert answer.code == 1
    assert "用 lifecycle init 建立" in answer.err
    assert not missing.exists()
    assert "尚未建立" in cli("doctor").out


def test_a_database_of_another_version_is_told_how_to_fit(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'older.sqlite'}"
    migrations.upgrade(url, "0001")
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", url)
    answer, doctor = cli("cases"), cli("doctor")

    assert answer.code == doctor.code == 1
    assert "(0001) 与程序不一致: 用 lifecycle migrate" in answer.err
    assert "与程序不一致; 用 lifecycle migrate" in doctor.out
    cli.ok("migrate")
    assert "与程序一致" in cli.ok("doctor")


def test_init_makes_the_database_in_the_data_directory(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LIFECYCLE_DATABASE_URL")
    monkeypatch.setenv("LIFECYCLE_DATA_DIR", str(tmp_path / "new" / "place"))

    assert "数据库已建立" in cli.ok("init")
    assert "没有符合条件的记录" in cli.ok("cases")
    assert cli.ok("migrate").startswith("数据库已升级")


LISTS = {
    "organizations": {"subject", "name", "code", "kind", "unit"},
    "cases": {"case", "subject", "workflow", "state", "since", "due", "light"},
    "deadlines": {
        "deadline",
        "rule",
        "due",
        "light",
        "case",
        "subject",
        "state",
        "provisional",
    },
    "notices": {"notice", "stage", "case", "recipient", "owed", "status"},
    "jobs": {"job", "period", "last", "next", "result"},
    "doctor": {"setting", "value", "note"},
}


@pytest.mark.parametrize("command", LISTS)
def test_every_listing_writes_one_json_array(cli: CommandLine, command: str) -> None:
    rows = cli(command, "--json").json

    assert isinstance(rows, list)
    assert all(row.keys() == LISTS[command] for row in rows)


def test_json_holds_identifiers_not_labels(cli: CommandLine) -> None:
    rows = cli("cases", "--json", "--workflow", "COV").json

    assert [(row["case"], row["workflow"], row["state"]) for row in rows] == [
        ("COV-5", "organization_coverage", "intake")
    ]
    assert cli("organizations", "--json").json[0]["kind"] == "private_nonenterprise_unit"


def test_one_case_is_one_json_object(cli: CommandLine) -> None:
    told = cli("case", "COV-5", "--json").json

    assert told["case"] == "COV-5"
    assert told["possible"] == ["counts_confirmed"]
    assert [one["entry"] for one in told["entries"]] == ["COV-5/1"]


def test_a_refusal_is_json_too(cli: CommandLine) -> None:
    answer = cli("advance", "COV-5", "counts_confirmed", "--json")

    assert answer.code == 3
    assert answer.json["refused"] is True
    assert {"statement", "headcount_recorded"} <= {
        one["id"] for one in answer.json["findings"] if not one["met"]
    }


def test_an_act_is_json_too(cli: CommandLine) -> None:
    cli.ok("record", "organization:1", "employees=35")
    told = cli("advance", "COV-5", "counts_confirmed", "--field", "statement=文1", "--json").json

    assert told["state"] == "pending_coverage"
    assert told["entries"][0]["entry"] == "COV-5/2"


def test_brackets_in_a_name_are_no_markup(cli: CommandLine) -> None:
    assert "某[b]诊所" in cli.ok("organizations")


def test_a_limit_says_that_there_is_more(cli: CommandLine) -> None:
    assert "--limit" in cli.ok("cases", "--limit", "1")
    assert len(cli("cases", "--limit", "1", "--json").json) == 1


def test_lists_narrow_to_a_unit_and_those_below(cli: CommandLine) -> None:
    cli.ok("add", "unit", "另一单位")

    assert cli("cases", "--unit", "另一单位", "--json").json == []
    assert len(cli("cases", "--unit", "温州市工商联", "--json").json) == 3
    assert len(cli("organizations", "--search", "诊所", "--json").json) == 1


def test_definitions_are_checked_with_file_and_line(cli: CommandLine, tmp_path: Path) -> None:
    text = (ROOT / "workflows" / "member_relation.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("{fact: engaged, is: true", "{fact: engagd, is: true", 1))
    answer = cli("check", str(wrong))

    assert answer.code == 1
    assert "wrong.yaml:" in answer.out
    assert "engagd" in answer.out
    assert cli("check", str(wrong), "--json").json[0]["line"] > 1
    assert "没有问题" in cli.ok("check")


def test_a_workflow_is_drawn_and_tabled(cli: CommandLine) -> None:
    drawn = cli.ok("diagram", "MEM")
    tabled = cli.ok("diagram", "member_relation", "--table")

    assert drawn.startswith("stateDiagram-v2\n")
    assert "letter_issued --> formal_in : received_formal" in drawn
    assert "| received_formal | 正式组织关系已接收 |" in tabled


def test_a_scenario_passes_or_says_what_was_found(cli: CommandLine, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    text = SCENARIO.read_text(encoding="utf-8")
    wrong.write_text(text.replace("D8: 2026-01-21", "D8: 2026-01-22"), encoding="utf-8")
    passed = cli.ok("scenario", str(SCENARIO))
    failed = cli("scenario", str(wrong))

    assert passed.startswith("✓ ")
    assert failed.code == 1
    assert "第 2 步" in failed.out
    assert "应为 2026-01-22, 实为 2026-01-21" in failed.out


def test_the_program_runs_as_a_process_and_its_pipe_may_close(cli: CommandLine) -> None:
    program = [sys.executable, "-c", "from cli.main import main; main()"]
    settings = {**os.environ, "LIFECYCLE_DATABASE_URL": cli.url, "PYTHONIOENCODING": "latin-1"}
    listed = subprocess.run(
        [*program, "cases", "--json"], cwd=ROOT, env=settings, capture_output=True, check=True
    )
    refused = subprocess.run(
        [*program, "advance", "COV-5", "counts_confirmed"],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        check=False,
    )

    assert len(json.loads(listed.stdout)) == 3
    assert refused.returncode == 3
    assert "✗ 缺少字段" in refused.stdout.decode()


def test_help_speaks_both_languages(cli: CommandLine) -> None:
    assert "列出案件" in cli("--help").out
    assert "list the cases" in cli("--lang", "en", "--help").out
    assert cli("cases", "--help").code == 0
