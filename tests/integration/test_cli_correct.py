"""`lifecycle correct` and `audit replay` as an officer meets them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.store.session import create_engine, transaction
from lifecycle.store.tables import case_state
from tests.command_line import CommandLine, command_line

if TYPE_CHECKING:
    from pathlib import Path

WHY = ("--reason", "录入有误")


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
    """A full-timer, MEM-8, whose letter of 5 January has been received on the 20th."""
    cli = command_line(migrated_url, monkeypatch, capsys, tmp_path)
    cli.stand_on(date(2025, 12, 22))
    cli.ok("add", "unit", "温州市工商联", "--mail", "gsl@example.org")
    cli.ok("add", "unit", "鹿城区某局")
    cli.ok(
        "add", "organization", "某诊所", "--code", "code1",
        "--kind", "private_nonenterprise_unit", "--supervisor", "温州市工商联",
    )  # fmt: skip
    cli.ok(
        "add", "person", "欧阳修远", "--born", "1980-01-01", "--admitted", "2005-07-01",
        "--home", "鹿城区某局",
    )  # fmt: skip
    cli.ok(
        "add", "engagement", "person:1", "某诊所",
        "--employment", "full_time", "--since", "2025-12-22",
    )  # fmt: skip
    cli.stand_on(date(2026, 1, 5))
    cli.ok(
        "advance", "MEM-8", "document_issued", "--field", "document_kind=formal",
        "--field", "number=1", "--field", "days=30",
    )  # fmt: skip
    cli.stand_on(date(2026, 1, 20))
    cli.ok("advance", "MEM-8", "received_formal", "--field", "receipt_returned=yes")
    cli.stand_on(date(2026, 2, 2))
    return cli


def test_a_preview_shows_what_changes_and_how_to_save_it(cli: CommandLine) -> None:
    shown = cli.ok("correct", "MEM-8/4", "--on", "2026-01-26", *WHY)

    assert shown.splitlines()[:4] == [
        "更正预览 (尚未保存)",
        "  MEM-8/4 received_formal 正式组织关系已接收: 2026-01-20 → 2026-01-26",
        "随之改变",
        (
            "  MEM-8 欧阳某 · 某诊所  自 2026-01-20 起 formal_in 正式组织关系已接收"
            " → 自 2026-01-26 起 formal_in 正式组织关系已接收"
        ),
    ]
    assert "--confirm" in shown.splitlines()[-1]
    assert "--expect-version 4" in shown.splitlines()[-1]
    assert cli("case", "MEM-8", "--json").json["version"] == 4


def test_what_is_saved_is_what_was_previewed(cli: CommandLine) -> None:
    arguments = ("correct", "MEM-8/4", "--on", "2026-01-26", *WHY, "--json")
    seen = cli(*arguments).json

    done = cli(*arguments, "--confirm", "--expect-version", "4").json

    assert (seen.pop("saved"), done.pop("saved")) == (False, True)
    assert seen == done
    assert [one["case"] for one in done["cases"]] == ["MEM-8", "BR-5"]
    timeline = cli("case", "MEM-8", "--json").json["entries"]
    assert [one["event"] for one in timeline[-2:]] == ["corrected", "received_formal"]
    assert timeline[-2]["supersedes"] == [4]


def test_a_correction_that_later_steps_do_not_survive_names_them(cli: CommandLine) -> None:
    answer = cli("correct", "MEM-8/3", "--on", "2026-01-26", *WHY)

    assert answer.code == 3
    assert answer.out.splitlines() == [
        "不能更正: 更正后以下已记录的步骤不能成立。请在同一次更正中一并更正或撤回 (--also)",
        (
            "  MEM-8/4 received_formal 正式组织关系已接收 2026-01-20 "
            "(当时状态 formal_due 应转正式组织关系)"
        ),
    ]
    both = cli.ok(
        "correct", "MEM-8/3", "--on", "2026-01-26", "--also", "MEM-8/4 on=2026-01-30", *WHY
    )
    assert "  MEM-8/4 received_formal 正式组织关系已接收: 2026-01-20 → 2026-01-30" in both


def test_the_same_in_english(cli: CommandLine) -> None:
    answer = cli("--lang", "en", "correct", "MEM-8/4", "--withdraw", *WHY)

    assert answer.out.splitlines()[0] == "preview of the correction (nothing is saved yet)"
    assert "  MEM-8/4 received_formal formal relation received 2026-01-20: withdrawn" in answer.out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["MEM-8", "--on", "2026-01-26"], 64, "MEM-8 不是记录编号, 应如 MEM-301/2"),
        (["MEM-8/9", "--on", "2026-01-26"], 1, "没有这条记录, 最后一条是 MEM-8/4"),
        (["MEM-8/4", "--on", "2026-02-03"], 1, "日期晚于今日 2026-02-02"),
        (["MEM-8/4"], 1, "没有任何改变"),
        (["MEM-8/2", "--on", "2026-01-26"], 1, "由规则或时间自动产生"),
        (["MEM-8/4", "--on", "x"], 64, "x 不是日期"),
        (["MEM-8/4", "--field", "x"], 64, "x"),
        (["MEM-8/4", "--withdraw", "--also", "MEM-8/3"], 64, "应如"),
        (["BR-8/4", "--withdraw"], 64, "编号 8 的案件是 MEM-8, 不是 BR-8"),
    ],
)
def test_what_cannot_be_corrected_says_what_to_do(
    cli: CommandLine, arguments: list[str], code: int, told: str
) -> None:
    answer = cli("correct", *arguments, *WHY)

    assert (answer.code, answer.out) == (code, "")
    assert told in answer.err


def test_a_correction_wants_a_reason(cli: CommandLine) -> None:
    answer = cli("correct", "MEM-8/4", "--on", "2026-01-26")

    assert answer.code == 1
    assert "请写明原因 (--reason)" in answer.err


def test_a_case_that_changed_meanwhile_is_not_corrected(cli: CommandLine) -> None:
    correct = ("correct", "MEM-8/4", "--on", "2026-01-26", *WHY, "--confirm")
    cli.ok(*correct, "--expect-version", "4")

    answer = cli("correct", "MEM-8/6", "--on", "2026-01-27", *WHY, "--expect-version", "4")

    assert answer.code == 1
    assert answer.err.startswith("MEM-8 已被 陈 于 2026-02-02")
    assert "您读到的是版本 4, 现为 6" in answer.err


def test_replaying_finds_no_difference_and_names_one_that_is_made(cli: CommandLine) -> None:
    cli.ok("correct", "MEM-8/4", "--on", "2026-01-26", *WHY, "--confirm")
    assert cli.ok("audit", "replay").startswith("由审计链重建 ")
    engine = create_engine(cli.url)
    with transaction(engine) as connection:
        known = case_state.c.case_id == 8, case_state.c.known_until.is_(None)
        wrong = sa.update(case_state).where(*known, case_state.c.state == "formal_in")
        connection.execute(wrong.values(from_on=date(2026, 1, 21)))
    engine.dispose()

    answer = cli("audit", "replay", "--json")

    assert answer.code == 1
    assert [one["place"] for one in answer.json["differences"]] == ["MEM-8 state"]
    assert "2026-01-21" in answer.json["differences"][0]["stored"]
    assert "2026-01-26" in answer.json["differences"][0]["replayed"]
