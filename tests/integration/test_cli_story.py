"""An officer's story at the command line, from an empty database to a verified trail."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.store.tables import APPEND_ONLY, entry
from tests.command_line import CommandLine, command_line

if TYPE_CHECKING:
    from pathlib import Path

JANUARY = date(2026, 1, 16)


@pytest.fixture
def cli(
    migrated_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> CommandLine:
    cli = command_line(migrated_url, monkeypatch, capsys, tmp_path)
    cli.stand_on(JANUARY)
    return cli


@pytest.fixture
def member(cli: CommandLine) -> CommandLine:
    """A clinic with one full-time member whose relation is held elsewhere: cases 4, 5 and 7."""
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
        "--employment", "full_time", "--since", "2026-01-16",
    )  # fmt: skip
    return cli


def test_the_register_is_built_by_hand_and_cases_open_by_themselves(member: CommandLine) -> None:
    listed = member("cases", "--json")

    assert {row["case"]: row["state"] for row in listed.json} == {
        "MEM-8": "formal_due",
        "AFF-4": "undecided",
        "BR-5": "option_open",
        "COV-6": "intake",
    }


def test_lists_are_aligned_where_chinese_characters_are_two_columns_wide(
    member: CommandLine,
) -> None:
    assert member.ok("cases") == (
        "案件   对象             事项          状态                         起          到期日"
        "      时限\n"
        "AFF-4  某诊所           隶属关系      undecided 未明确             2026-01-16  2026-02-24"
        "  ■ 剩 22 工作日\n"
        "MEM-8  欧阳某 · 某诊所  党员组织关系  formal_due 应转正式组织关系  2026-01-16  2026-02-24"
        "  ■ 剩 22 工作日\n"
        "BR-5   某诊所           党支部        option_open 可联合或挂靠     2026-01-16"
        "              ○\n"
        "COV-6  某诊所           组织覆盖      intake 待核定类型和人数      2026-01-16"
        "              ○\n"
    )


def test_a_due_date_is_explained_line_by_line(member: CommandLine) -> None:
    lines = member.ok("explain", "--deadline", "2").splitlines()

    assert lines[:4] == [
        "MEM-8 欧阳某 · 某诊所",
        "D8 正式组织关系转接  2026-02-24 (周二)",
        (
            "起算 2026-01-16 专职到岗日 (记录 MEM-8/2) · 当日不计 (民法典 201) · "
            "+ 30 日 (P9, 2010-06-07 起) = 2026-02-15"
        ),
        (
            "2026-02-15 至 02-23 春节假期 (国务院办公厅关于2026年部分节假日安排的通知"
            "（国办发明电〔2025〕7号，2025-11-04）) → 顺延至 2026-02-24 (民法典 203, P39)"
        ),
    ]


def test_the_same_explanation_reads_in_english(member: CommandLine) -> None:
    lines = member.ok("--lang", "en", "explain", "--deadline", "2").splitlines()

    assert lines[1] == "D8 formal transfer  2026-02-24 (Tue)"
    assert "Spring Festival" in lines[3]
    assert "moved to 2026-02-24 (Civil Code 203, P39)" in lines[3]


def test_a_refusal_shows_every_finding_and_ends_with_3(member: CommandLine) -> None:
    issued = ("--field", "document_kind=formal", "--field", "days=200")
    answer = member("advance", "MEM-8", "document_issued", *issued, "--as", "finance_officer:李")

    assert answer.code == 3
    assert answer.out == (
        "MEM-8 欧阳某 · 某诊所  不能记录 document_issued 开出介绍信或凭证 "
        "(状态 formal_due 应转正式组织关系)\n"
        "✗ 办理角色为财政, 需要案件承办人 · 可补: 由案件承办人办理\n"
        "✗ 有效天数 200 日, 需要至多 90 日 (P32.cap) · 依据 E22\n"
        "✓ 凭证种类 = 正式组织关系介绍信\n"
        "✓ 组织关系所在党组织 = 已登记 · 依据 E22\n"
        "✓ 凭证种类与应转关系一致 · 依据 E22\n"
        "✓ 有效天数 = 200 日 · 依据 E22\n"
    )


def test_missing_and_unreadable_fields_say_what_is_wanted(member: CommandLine) -> None:
    answer = member("advance", "MEM-8", "document_issued", "--field", "document_kind=letter")

    assert answer.code == 3
    assert (
        "✗ 字段 凭证种类 document_kind 填写有误: letter (应为 formal 正式组织关系介绍信 / "
        "temporary 临时组织关系凭证) · 可补: 案件承办人在本表填写\n"
    ) in answer.out
    assert "✗ 缺少字段" not in answer.out
    lacking = member("advance", "MEM-8", "left_before_transfer")
    assert "✗ 缺少字段 离职证明文号 evidence (文号)" in lacking.out


def test_a_dry_run_shows_what_would_follow_and_saves_nothing(member: CommandLine) -> None:
    issued = ("--field", "document_kind=formal", "--field", "days=30")
    out = member.ok("advance", "MEM-8", "document_issued", *issued, "--dry-run")

    assert out == (
        "MEM-8/3 已记录 document_issued 开出介绍信或凭证 → letter_issued 凭证已开出 "
        "(生效 2026-01-16)\n"
        "    期限 D15 凭证有效期  2026-02-15 (周日)\n"
        "试运行, 未保存\n"
    )
    assert member("case", "MEM-8", "--json").json["version"] == 2


def test_a_letter_goes_out_comes_back_and_the_relation_is_here(member: CommandLine) -> None:
    issued = ("--field", "document_kind=formal", "--field", "days=30")
    member.ok("advance", "MEM-8", "document_issued", *issued)
    lacking = member("advance", "MEM-8", "received_formal")
    received = member.ok("advance", "MEM-8", "received_formal", "--field", "receipt_returned=是")

    assert lacking.code == 3
    assert "✓ 凭证种类 = 正式组织关系介绍信 (2026-01-16 录入, MEM-8/3) · 依据 二.2" in lacking.out
    assert "→ formal_in 正式组织关系已接收" in received
    assert "期限 D8 正式组织关系转接  已完成" in received
    assert "received_formal 正式组织关系已接收, MEM-8/4" in member.ok("explain", "--deadline", "2")
    assert member.ok("audit", "verify").startswith("审计链完整: 8 个案件")


def test_a_request_is_carried_out_once(member: CommandLine) -> None:
    issued = ("--field", "document_kind=formal", "--field", "days=30", "--request", "abc")
    member.ok("advance", "MEM-8", "document_issued", *issued)

    assert "没有重复记录" in member.ok("advance", "MEM-8", "document_issued", *issued)
    assert member("case", "MEM-8", "--json").json["version"] == 3


def test_explain_names_the_cases_in_which_others_can_help(member: CommandLine) -> None:
    out = member.ok("explain", "BR-5")

    assert "以下由系统自动办理" in out
    assert "own_duty_arises" in out
    assert "MEM-8 received_formal (案件承办人)" in member.ok("explain", "BR-5", "--lang", "zh")


def test_explain_shows_one_alternative_where_rows_exclude_each_other(member: CommandLine) -> None:
    member.ok("record", "某诊所", "members=3", "employees=35", "full_time=3")

    out = member.ok("explain", "COV-6")

    assert "✓ 已登记人数 = 是 · 依据 一.2" in out
    assert "需要为 否" not in out
    assert member("explain", "COV-6", "--json").json["events"][0]["event"] == "counts_confirmed"


def test_an_approver_sets_a_condition_aside_with_a_reason(member: CommandLine) -> None:
    waiver = ("--field", "guard=document_fits", "--field", "reason=老同志行动不便")
    denied = member("advance", "MEM-8", "waived", *waiver)
    member.ok("advance", "MEM-8", "waived", *waiver, "--as", "approver:周")
    wrong = ("--field", "document_kind=temporary", "--field", "days=30")
    out = member.ok("advance", "MEM-8", "document_issued", *wrong)
    shown = member.ok("case", "MEM-8")

    assert denied.code == 3
    assert "✗ 办理角色为案件承办人, 需要上级党组织" in denied.out
    assert "letter_issued" in out
    assert "老同志行动不便" not in shown
    assert "放行 周" in shown


def test_the_case_page_masks_the_person(member: CommandLine) -> None:
    out = member.ok("case", "MEM-8")

    assert "修远" not in out
    assert "修远" not in member("case", "MEM-8", "--json").out
    assert out.startswith(
        "MEM-8 欧阳某 · 某诊所  党员组织关系 · 状态 formal_due 应转正式组织关系 (自 2026-01-16)\n"
        "责任单位 温州市工商联 · 版本 2 · 规则第 1 版\n"
    )


def test_what_was_tampered_with_is_named(member: CommandLine) -> None:
    forge(member.url)

    answer = member("audit", "verify", "MEM-8")

    assert answer.code == 1
    assert "审计链被改动" in answer.out
    assert "MEM-8/2 的 effective_on: 库中为 2025-01-01" in answer.out


def forge(url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table in APPEND_ONLY:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_update")
            else:
                connection.exec_driver_sql(f"DROP TRIGGER {table}_append_only ON {table}")
        changed = sa.update(entry).where(entry.c.case_id == 8, entry.c.seq == 2)
        connection.execute(changed.values(effective_on=date(2025, 1, 1)))
    engine.dispose()


def test_time_makes_a_duty_overdue(member: CommandLine) -> None:
    out = member.ok("tick", "--as-of", "2026-03-03")

    assert out.startswith("今天是 2026-03-03\n")
    assert "● 逾期 7 日" in member.ok("deadlines", "--overdue")
    overdue = [row["case"] for row in member("cases", "--overdue", "--json").json]
    assert overdue == ["AFF-4", "MEM-8"]
    assert member("deadlines", "--before", "2026-02-01", "--json").json == []
    assert any(row["last"] for row in member("jobs", "--json").json)


def test_fields_name_organizations_as_officers_do(member: CommandLine) -> None:
    member.ok(
        "add", "organization", "瑞安学校", "--code", "code2",
        "--kind", "private_nonenterprise_unit", "--supervisor", "温州市工商联",
    )  # fmt: skip
    act = ("advance", "BR-5", "application_filed", "--as", "case_officer:陈")
    joint = (*act, "--field", "body_kind=joint")

    by_name = member(*joint, "--field", "partners=瑞安学校")
    unknown = member(*joint, "--field", "partners=organization:99")
    nearly = member(*joint, "--field", "partners=瑞安")

    assert "✓ 联合单位已列明" in by_name.out
    assert "✗ 联合单位 partners: 名册中没有 organization:99" in unknown.out
    assert (unknown.code, nearly.code) == (3, 1)
    assert "瑞安学校" in nearly.err


def test_a_case_is_opened_by_hand_and_a_later_condition_is_shown_ahead(cli: CommandLine) -> None:
    cli.ok("add", "unit", "温州市工商联")
    cli.ok(
        "add", "organization", "某商会", "--code", "code3",
        "--kind", "association", "--supervisor", "温州市工商联",
    )  # fmt: skip
    cli.ok("add", "person", "高远", "--born", "1990-01-01", "--status", "applicant")
    cli.ok(
        "add", "engagement", "person:1", "某商会",
        "--employment", "part_time", "--since", "2026-01-05",
    )  # fmt: skip
    place = ("APP", "application_received", "person:1@某商会")
    refused = cli("open", *place, "--field", "age_18=no", "--json")
    told = ("--field", "age_18=yes", "--field", "pool_basis=association_staff")
    opened = cli.ok("open", *place, *told)
    number = opened.partition("/")[0]

    assert refused.code == 3
    assert {one["id"] for one in refused.json["findings"] if not one["met"]} >= {"age_18"}
    assert "期限 D22 派人谈话" in opened
    assert "已立案" not in opened
    shown = cli.ok("explain", number, "talk_held")
    assert "! 发展对象来源" in shown
    assert "可以记录 talk_held" in shown
    again = cli("open", *place, *told)
    assert again.code == 1
    assert f"{number} 尚未办结" in again.err
    assert cli("open", "APP", "application_received", "某商会").code == 64
    assert cli("add", "person", "无名", "--born", "1990-01-01").code == 64


def test_the_routing_order_is_shown_step_by_step(member: CommandLine) -> None:
    asked = ("--field", "specialised_few=yes", "--field", "special_case=no")
    told = member.ok("route", "AFF-4", *asked)
    plain = member("route", "AFF-4", *asked, "--json").json

    assert "→ 3. R18" in told
    assert "建议依据 R18" in told
    assert (plain["proposed"], plain["body"]) == ("R18", "territory")
    assert "还不能判断" in member.ok("route", "AFF-4")
    assert member("route", "AFF-4", "--field", "perhaps=yes").code == 64
    assert member("route", "COV-6").code == 64


def test_who_owes_what_is_found_and_options_are_never_owed(member: CommandLine) -> None:
    moves = member("cases", "--owing", "R29", "--json").json
    options = member("cases", "--options", "R25", "--json").json

    assert [(one["case"], one["deadline"]) for one in moves] == [("MEM-8", "D8")]
    assert [(one["case"], one["deadline"]) for one in options] == [("BR-5", "D31")]
    assert [one["case"] for one in member("cases", "--owing", "R22", "--json").json] == ["AFF-4"]
    assert member("cases", "--owing", "R24", "--json").json == []
    assert "--options R25" in member("cases", "--owing", "R25").err
    assert member("cases", "--owing", "R999").code == 64


def test_notes_of_an_officer_are_rows_and_name_what_exists(member: CommandLine) -> None:
    noted = member.ok("record", "某诊所", "cultivation=培1", "--on", "2026-01-16")
    linked = member.ok("record", "某诊所", "network_member=1", "--on", "2026-01-16")
    nobody = member("record", "某诊所", "network_member=99", "--on", "2026-01-16")

    assert "已登记 某诊所" in noted
    assert "已登记 某诊所" in linked
    assert nobody.code == 1
    assert "organization:99" in nobody.err
