"""Why a date is that date, line by line and as data, for every history that a deadline can have."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle import engine
from lifecycle.access import SYSTEM
from lifecycle.store.tables import deadline
from tests import time_page
from tests.builders import app_on
from tests.tale import Tale
from wording.derivations import Derivation, derivation_json, derivation_lines, derivation_of
from wording.words import Words
from workflows.scenario import Player

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        yield Tale(app)


def play(tale: Tale, name: str, policy: dict[str, Any] | None = None) -> None:
    tale.player = Player(name, tale.app.registry, tale.app.write)
    tale.player.play({**time_page.scenario(name), "policy": policy or {}})


def numbers(tale: Tale, case: str, rule: str) -> list[int]:
    return [one["id"] for one in tale.rows(deadline, case_id=tale.case(case).id, rule=rule)]


def explained(tale: Tale, case: str, rule: str, place: int = -1, lang: str = "zh") -> list[str]:
    return told(tale, case, rule, place, lang)[0]


def told(
    tale: Tale, case: str, rule: str, place: int = -1, lang: str = "zh"
) -> tuple[list[str], dict[str, Any]]:
    """The lines and the data of the case's deadline of that rule, the last one if not said."""
    number, case_id = numbers(tale, case, rule)[place], tale.case(case).id

    def look(connection: sa.Connection) -> tuple[list[str], dict[str, Any]]:
        work = engine.begin(connection, tale.app.registry, tale.app.clock, SYSTEM)
        one: Derivation = derivation_of(work, Words(lang), case_id, number)
        return derivation_lines(one), derivation_json(one)

    return tale.app.read(look)


def test_suspended_it_says_since_when_and_why(tale: Tale) -> None:
    steps = time_page.scenario("ten_days.yaml")["steps"]
    tale.tell(*steps[:-1])
    ref = tale.case("BR(clinic)").ref
    lines = explained(tale, "BR(clinic)", "D5")

    assert f"自 2026-03-10 起停表 (记录 {ref}/3): 正在注销 · 恢复时补回停表的日数" in lines
    assert lines[-1] == f"现状: 停表 (自 2026-03-10 起, {ref}/3, 已 0 日)"


def test_resumed_it_says_how_many_days_were_added(tale: Tale) -> None:
    play(tale, "ten_days.yaml")
    lines, data = told(tale, "BR(clinic)", "D5")
    ref = tale.case("BR(clinic)").ref

    assert lines[2:5] == [
        f"停表 2026-03-10 至 2026-03-20 (记录 {ref}/3 至 {ref}/4): 正在注销 · 补回 10 日",
        "停表共 10 日, 顺延计入 → 2026-06-12",
        "2026-06-12 (周五) 为工作日, 不顺延",
    ]
    assert data["pauses"] == [
        {
            "since": "2026-03-10",
            "entry": f"{ref}/3",
            "why": "正在注销",
            "until": "2026-03-20",
            "resumed_by": f"{ref}/4",
            "days": 10,
        }
    ]
    assert (data["reckoning"]["reckoned_on"], data["reckoning"]["raw_on"]) == (
        "2026-06-02",
        "2026-06-12",
    )


def test_corrected_it_names_every_earlier_date_with_its_entry(tale: Tale) -> None:
    play(tale, "c_receipt_moves_the_branch")
    lines, data = told(tale, "BR(clinic)", "D18")
    ref, member = tale.case("BR(clinic)").ref, tale.case("MEM(zhao, clinic)").ref

    assert [one["due_on"] for one in data["earlier"]] == ["2026-09-07", "2026-09-14"]
    assert f"  起因: 记录 {member}/6" in lines
    assert data["earlier"][1]["cause"] == f"{member}/6"
    assert (
        f"原为 2026-09-14 (自 2026-06-15 起算, 期限 {numbers(tale, 'BR(clinic)', 'D18')[-3]})"
        in ("\n".join(lines))
    )
    assert lines[-1] == f"现状: 不再计算, 已由 {ref}/8 recomputed 随更正重算 撤回"
    before = explained(tale, "BR(clinic)", "D18", -2)[-1]
    assert before.endswith(f"现以期限 {numbers(tale, 'BR(clinic)', 'D18')[-1]} 为准")


def test_a_meeting_that_was_taken_back_is_told_with_the_entry(tale: Tale) -> None:
    play(tale, "c_later_steps_refused")
    ref = tale.case("MEM(wang, clinic)").ref
    lines = explained(tale, "MEM(wang, clinic)", "D8", lang="en")

    assert (
        f"{ref}/5 corrected corrected: the meeting of 2026-01-20 "
        f"({ref}/4 received_formal formal relation received) was taken back"
    ) in lines
    assert lines[-1].startswith("now: met (2026-01-30 received_formal")


def test_a_late_meeting_says_by_how_many_days(tale: Tale) -> None:
    play(tale, "s09_letter_rejected")
    ref = tale.case("MEM(wang, clinic)").ref
    last = explained(tale, "MEM(wang, clinic)", "D8")[-1]

    assert (
        last == f"现状: 已完成 (2026-02-10 received_formal 正式组织关系已接收, {ref}/6) · 迟 20 日"
    )


def test_overdue_says_since_when(tale: Tale) -> None:
    tale.tell(*time_page.scenario("s09_letter_rejected")["steps"][:6])

    assert explained(tale, "MEM(wang, clinic)", "D8")[-1] == (
        "现状: 进行中 · 自 2026-01-22 起逾期, 已 1 日"
    )


def test_a_cycle_and_a_fixed_length_keep_the_anchor_and_say_so(tale: Tale) -> None:
    tale.tell(*time_page.scenario("s02b_leap_assembly")["steps"][:7])
    ref = tale.case("APP(gao, clinic)").ref
    lines = explained(tale, "APP(gao, clinic)", "D24")

    assert lines[1] == (
        f"起算 2023-02-10 确定为入党积极分子 (原起算日不变) "
        f"(记录 {ref}/3) · 当日不计 (民法典 201) · "
        "+ 6 个月 × 2 (第 2 期, 自原起算日计, 不累积误差) (规则所定) = 2024-02-10"
    )
    assert lines[2].startswith("2024-02-10 至 02-17 春节假期 (")
    assert lines[2].endswith("→ 顺延至 2024-02-18 (民法典 203, P39)")


def test_an_extension_is_told_beside_the_length(tale: Tale) -> None:
    play(tale, "z_term_extended")
    lines = explained(tale, "TERM(clinic)", "D17", 1)

    assert "+ 3 年 + 90 日 (延长) (P33, 2010-06-07 起) = 2026-08-30" in lines[1]


def test_taken_over_it_names_the_true_day(tale: Tale) -> None:
    play(tale, "s15_take_over")
    lines, data = told(tale, "MEM(full_timer, clinic)", "D8")

    assert lines[1] == "清单接管: 专职到岗日 2019-04-01 在前, 自接管日 2026-11-01 起算 (R67)"
    assert lines[2].startswith("起算 2026-11-01 知悉日 (记录 MEM-")
    assert data["reckoning"]["counted"]["earlier"] == [["fact", "full_time_since", "2019-04-01"]]
    assert data["reckoning"]["counted"]["is_taken_over"] is True
    as_listed = "清单接管: 自接管日 2026-11-01 起算 (R67)"
    assert explained(tale, "BR(guild)", "D18")[1] == as_listed
    assert explained(tale, "MEM(early, clinic)", "D10")[1] == as_listed
    assert not explained(tale, "MEM(late, clinic)", "D9")[1].startswith("清单接管")


def test_known_late_it_names_the_earlier_day(tale: Tale) -> None:
    play(tale, "c_start_of_work")
    lines = explained(tale, "MEM(wang, clinic)", "D8")

    assert lines[1] == "专职到岗日 2026-02-16 在前, 自较晚的 2026-03-09 起算"


def test_a_waiting_time_says_that_it_stays_and_when_it_is_reached(tale: Tale) -> None:
    play(tale, "s01_part_timer_six_months")

    assert "等待期不因休息日顺延, 届满日零时即届满" in explained(tale, "MEM(wang, clinic)", "D9")


def test_a_worked_weekend_names_its_notice(tale: Tale) -> None:
    play(tale, "s03_rest_days")
    lines = explained(tale, "BR(school)", "D16")

    assert lines[2].startswith("2026-02-28 (周六) 调休上班, 为工作日, 不顺延 (国务院办公厅")


def test_a_provisional_date_names_the_year(tale: Tale) -> None:
    play(tale, "t_year_without_calendar")
    weekday, weekend = (explained(tale, f"MEM({name}, clinic)", "D8") for name in ("wang", "li"))
    said = "暂定: 2027 年节假日安排尚未载入, 只避开了周末, 载入后可能移动"

    assert said in weekday
    assert said in weekend
    assert "2027-01-01 (周五) 不是周末, 暂不顺延" in weekday
    assert "2027-01-02 至 01-03 周末 → 顺延至 2027-01-04 (民法典 203, P39)" in weekend


def test_where_dates_do_not_roll_it_says_so(tale: Tale) -> None:
    tale.player = Player("no rolling", tale.app.registry, tale.app.write)
    steps = [
        {"on": date(2026, 5, 29), "add": {"organization": "clinic"}},
        {
            "on": date(2026, 5, 29),
            "add": {"person": "wang", "engaged_at": "clinic", "employment": "full_time"},
        },
    ]
    tale.player.play({"policy": {"P39": False}, "steps": steps})

    assert "本地不因休息日顺延 (P39)" in explained(tale, "MEM(wang, clinic)", "D8")
