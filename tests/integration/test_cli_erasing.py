"""`lifecycle erase` as officers use it: shown first, asked for, confirmed by another one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.command_line import CommandLine, command_line

if TYPE_CHECKING:
    from pathlib import Path

NAME = "欧阳䶮"
WHY = ("--reason", "本人书面申请")
FIRST, SECOND = ("--as", "case_officer:陈"), ("--as", "approver:林")


@pytest.fixture
def backend() -> str:
    """What the command line says does not depend on the database; the acts are tested on both."""
    return "sqlite"


@pytest.fixture
def cli(
    migrated_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> CommandLine:
    """A member who has left: person:1, with a mail about the relation in the folder."""
    cli = command_line(migrated_url, monkeypatch, capsys, tmp_path)
    cli.stand_on(date(2026, 3, 2))
    cli.ok("add", "unit", "温州市工商联", "--mail", "gsl@example.org")
    cli.ok(
        "add", "organization", "某诊所", "--code", "X1",
        "--kind", "private_nonenterprise_unit", "--supervisor", "温州市工商联",
        "--mail", "clinic@example.org",
    )  # fmt: skip
    cli.ok("add", "person", NAME, "--born", "1980-05-06", "--admitted", "2005-07-01")
    cli.ok(
        "add",
        "engagement",
        "person:1",
        "某诊所",
        "--employment",
        "full_time",
        "--since",
        "2026-03-02",
    )
    cli.ok("tick")
    return cli


def leave(cli: CommandLine) -> None:
    cli.ok("advance", cli.case_of("MEM"), "left_before_transfer", "--field", "evidence=离证一号")


def test_an_open_case_is_named_with_what_to_do(cli: CommandLine) -> None:
    answer = cli("erase", NAME, *WHY, *FIRST, "--lang", "en")

    assert answer.code == 3
    reference = cli.case_of("MEM")
    assert f"✗ open cases: {reference}. End each as it happened" in answer.out
    assert cli("erase", NAME, *WHY, *FIRST, "--json").json["refused"] is True


def test_from_the_preview_to_the_end(cli: CommandLine, tmp_path: Path) -> None:
    leave(cli)
    shown = cli.ok("erase", NAME, *WHY, *FIRST, "--dry-run")
    assert shown.startswith("删除预览 (未做任何改动)\n")
    assert "已投递的邮件文件 1 个" in shown

    told = cli.ok("erase", NAME, *WHY, *FIRST)
    assert "尚未删除任何内容" in told
    assert "lifecycle erase person:1 --confirm" in told
    alone = cli("erase", NAME, "--confirm", "--as", "approver:陈")
    assert alone.code == 3
    assert "✗ 申请人是 陈: 不能自己确认自己的申请, 请由另一人确认" in alone.out

    done = cli("erase", NAME, "--confirm", *SECOND, "--json").json
    assert (done["erased"], done["mail_files"], done["compacted"]) == (True, 1, True)
    assert NAME not in cli.ok("audit", "verify")
    assert cli("audit", "replay", "--json").json["differences"] == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if NAME.encode() in path.read_bytes()] == []

    again = cli.ok("erase", "person:1", "--confirm", *SECOND)
    assert "此前已删除" in again
    assert cli("erase", "person:1", *WHY, *FIRST).err == "person:1 的个人信息已经删除\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("erase", "无此人", *WHY), 1, "无此人"),
        (("erase", "person:9", *WHY), 64, "person:9"),
        (("erase", "某诊所", *WHY), 64, "某诊所 不是人员"),
    ],
)
def test_who_is_meant_must_be_clear(
    cli: CommandLine, arguments: tuple[str, ...], code: int, told: str
) -> None:
    answer = cli(*arguments)

    assert answer.code == code
    assert told in answer.err


def test_namesakes_are_told_apart_and_not_guessed(cli: CommandLine) -> None:
    cli.ok("add", "person", NAME, "--born", "1990-01-01", "--admitted", "2015-07-01")
    answer = cli("erase", NAME, *WHY)

    assert answer.code == 64
    assert "person:1" in answer.err
    assert "person:2" in answer.err


def test_without_a_reason_nothing_is_asked_for(cli: CommandLine) -> None:
    leave(cli)
    answer = cli("erase", NAME)

    assert answer.code == 3
    assert "✗ 原因 (--reason) 应为 1 至 300 字, 现为 0 字" in answer.out
