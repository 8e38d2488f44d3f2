"""`lifecycle scenario`: what was expected, what came and why, in the reader's words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import workflows
from cli.scenarios import stage
from wording.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.scenarios import Stage

SHIPPED = Path(workflows.__file__).parent / "scenarios"

OPENING = """\
scenario: {name}
cites: [一.2, R3]
steps:
  - {{on: 2026-11-02, add: {{organization: clinic}}}}
  - {{on: 2026-11-02, record: {{organization: clinic, employees: 31}}}}
  - on: 2026-11-02
    add: {{person: wang, engaged_at: clinic, employment: full_time}}
{step}
"""


@pytest.fixture(scope="module")
def throw_away() -> Iterator[Stage]:
    """One stage for every file, as the command has it."""
    with stage(Words("zh")) as made:
        yield made


def played(throw_away: Stage, step: str, folder: Path) -> tuple[str, ...]:
    path = folder / "tried.yaml"
    path.write_text(OPENING.format(name="一试", step=step), encoding="utf-8")
    told = throw_away.play(path)
    assert told.name == "一试"
    return told.problems


COUNTS = "  - {on: 2026-11-03, event: counts_confirmed, case: COV(clinic), "
ISSUED = '  - {on: 2026-11-09, event: document_issued, case: "MEM(wang, clinic)", '


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (
            "    expect: {case: TERM(clinic), state: in_term}",
            "没有案件 TERM(clinic)",
        ),
        (
            '    expect: {case: "MEM(wang, clinic)", state: formal_in}',
            "状态: 应为 formal_in 正式组织关系已接收, 实为 formal_due 应转正式组织关系",
        ),
        (
            '    expect: {case: "MEM(wang, clinic)", since: 2026-11-01}',
            "何时起: 应为 2026-11-01, 实为 2026-11-02",
        ),
        (
            '    expect: {case: "MEM(wang, clinic)", overdue: [D8]}',
            "逾期的期限: 应为 D8, 实为 无",
        ),
        (
            '    expect: {case: "MEM(wang, clinic)", deadlines: {D8: met}}',
            "D8 正式组织关系转接: 应为 已完成, 实为 进行中",
        ),
        (
            '    expect: {case: "MEM(wang, clinic)", deadlines: {D9: 2026-12-01}}',
            "应为 2026-12-01, 实为 无",
        ),
        (
            '    expect: {case: "MEM(wang, clinic)", notices: [N12 due]}',
            "应发出 N12 due, 没有发出; 已发出: N11 due",
        ),
        (
            '    expect: {case: "MEM(wang, clinic)", no_notices: [N11 due]}',
            "不应发出 N11 due, 却发出了",
        ),
        ("    expect: {case: COV(clinic), none: true}", "应没有在办案件, 却有一个: intake"),
        ("    expect: {indicators: {I1: [1, 1, true]}}", "I1: 应为 1, 1, 是, 实为"),
        ("    expect: {told: [N26]}", "应通知 N26, 没有通知; 已通知: 无"),
        (
            COUNTS + 'fields: {statement: "1"}, expect: {fields: {priority: false}}}',
            "priority 重点对象: 应为 否, 实为 是",
        ),
        (
            COUNTS + 'fields: {statement: "1"}, expect: {refused: [kind]}}',
            "COV(clinic) 应当拒绝 (kind), 却记录了",
        ),
        (COUNTS + "expect: {refused: [kind]}}", "应因 kind 拒绝; 实际因 "),
        (COUNTS + "expect: {state: pending_coverage}}", "不能记录 counts_confirmed"),
        (ISSUED + "as: auditor, fields: {document_kind: formal}}", "不能记录 document_issued"),
        (
            '  - {on: 2026-11-03, event: received_formal, case: "MEM(wang, clinic)"}',
            "received_formal",
        ),
    ],
)
def test_what_did_not_hold_is_told_in_words(
    step: str, told: str, throw_away: Stage, tmp_path: Path
) -> None:
    problems = played(throw_away, step, tmp_path)

    assert told in "\n".join(problems), problems


def test_a_deadline_on_another_day_is_told_with_its_derivation(
    throw_away: Stage, tmp_path: Path
) -> None:
    step = '    expect: {case: "MEM(wang, clinic)", deadlines: {D8: 2026-12-01}}'
    (problem,) = played(throw_away, step, tmp_path)
    head, *lines = problem.splitlines()

    assert head == "MEM(wang, clinic) D8 正式组织关系转接: 应为 2026-12-01, 实为 2026-12-02"
    assert any("2026-11-02" in one and "30 日" in one and "P9" in one for one in lines), lines


def test_a_mistake_in_a_file_is_all_that_is_told_of_it(throw_away: Stage, tmp_path: Path) -> None:
    path = tmp_path / "tried.yaml"
    path.write_text("scenario: 一试\nstps: []\n", encoding="utf-8")
    told = throw_away.play(path)

    assert told.steps is None
    assert told.problems[-1] == "tried.yaml:2: stps: unknown key 'stps'; nearest known: steps"


def test_one_scenario_leaves_nothing_to_the_next(throw_away: Stage) -> None:
    """The first changes a threshold, the second counts on the old one."""
    changed = SHIPPED / "y_threshold_changes.yaml"
    usual = SHIPPED / "x_coverage_priority_lost.yaml"

    assert [throw_away.play(one).passed for one in (changed, usual, changed)] == [True] * 3
