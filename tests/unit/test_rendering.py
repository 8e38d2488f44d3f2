"""Findings, lights, tables and help as they are put into words."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

import workflows
from cli.helping import missing_help
from cli.main import app
from cli.output import aligned, printable, width
from lifecycle.conditions import Label
from lifecycle.guards import Finding
from wording.citations import cited
from wording.rendering import Scene, finding_line, light, possible, reconciled
from wording.suppliers import Related, Suppliers, leads_to
from wording.words import LANGUAGES, Words
from workflows.recording import RECORDABLE

CATALOGUE = Path(__file__).parents[2] / "wording" / "catalogue"
REGISTRY = workflows.load_all()
TODAY = date(2026, 1, 16)
MEMBERS = Finding(
    "formal_full_members",
    met=False,
    label=Label(zh="正式党员", en="full members"),
    kind="fact",
    comparison="at_least",
    seen=2,
    needed=3,
    parameter="P6",
    cite=("R24",),
    supplied_by=("member_relation.received_formal",),
)


def scene(language: str = "zh", related: tuple[Related, ...] = ()) -> Scene:
    words = Words(language)
    about = {"organization": "organization:1"}
    suppliers = Suppliers(words, REGISTRY, related, about, "party_body")
    return Scene(words, REGISTRY, REGISTRY.book("branch").workflow, suppliers)


def catalogue(language: str) -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(
        (CATALOGUE / f"{language}.yaml").read_text(encoding="utf-8")
    )
    return loaded


def test_an_unmet_count_reads_as_a_sentence() -> None:
    related = (
        Related("MEM-302", "member_relation", "formal_in"),
        Related("MEM-300", "member_relation", "formal_due"),
        Related("MEM-301", "member_relation", "letter_issued"),
    )

    assert finding_line(scene(related=related), MEMBERS) == (
        "✗ 正式党员 2 名, 需要至少 3 名 (P6) · 依据 二.2 (R24) · "
        "可补: MEM-301, MEM-300 received_formal (案件承办人)"
    )
    assert finding_line(scene("en", related), MEMBERS) == (
        "✗ full members: 2, needs at least 3 (P6) · clause 二.2 (R24) · "
        "can be supplied by: MEM-301, MEM-300 received_formal (case officer)"
    )


def test_only_three_cases_are_named() -> None:
    related = tuple(Related(f"MEM-{n}", "member_relation", "letter_issued") for n in range(1, 6))

    assert "MEM-1, MEM-2, MEM-3 等 2 件 received_formal" in finding_line(
        scene(related=related), MEMBERS
    )


def test_without_an_open_case_the_matter_is_named() -> None:
    assert "党员组织关系 received_formal, 尚无此类在办案件" in finding_line(scene(), MEMBERS)


def test_a_missing_field_names_who_fills_in_the_form() -> None:
    finding = Finding(
        "meeting_decision",
        met=False,
        label=Label(zh="已经会议研究", en="decided in a meeting"),
        kind="field",
        comparison="required",
        supplied_by=("form",),
    )

    assert finding_line(scene(), finding, ["approver"]) == (
        "✗ 缺少字段 已经会议研究 meeting_decision (yes / no) · 可补: 上级党组织在本表填写"
    )


def test_what_was_entered_in_a_personal_field_is_not_repeated() -> None:
    personal = next(
        (name, book.workflow)
        for book in REGISTRY.rulebooks.values()
        for row in book.workflow.transitions
        for name, spec in row.fields.items()
        if spec.is_personal
    )
    name, workflow = personal
    words = Words("zh")
    told = Scene(words, REGISTRY, workflow, Suppliers(words, REGISTRY))
    finding = Finding(
        name, met=True, label=Label(zh="理由", en="reason"), kind="field", seen="私事"
    )

    assert finding_line(told, finding) == "✓ 理由 = 已填写"


def test_states_and_choices_are_told_by_their_labels() -> None:
    finding = Finding(
        "body_state",
        met=False,
        label=Label(zh="党组织状态", en="state of the body"),
        kind="fact",
        comparison="is",
        seen="active",
        needed="below_threshold",
    )
    states = REGISTRY.book("branch").workflow.states
    seen, needed = states["active"].label.zh, states["below_threshold"].label.zh

    assert finding_line(scene(), finding).startswith(f"✗ 党组织状态 {seen}, 需要为 {needed}")


def test_alternatives_of_rows_that_exclude_each_other_are_told_once() -> None:
    label = Label(zh="重点", en="priority")
    yes = Finding(
        "priority_now",
        met=True,
        label=label,
        kind="fact",
        comparison="is",
        seen=True,
        needed=True,
        target="pending_coverage",
    )
    no = Finding(
        "priority_now",
        met=False,
        label=label,
        kind="fact",
        comparison="is",
        seen=True,
        needed=False,
        target="pending_coverage",
    )

    assert reconciled([yes, no]) == [yes]
    assert possible([yes, no])
    assert not possible([no])


def test_an_event_is_out_of_reach_where_no_path_leads_to_it() -> None:
    reached = leads_to(REGISTRY.book("member_relation").workflow, "received_formal")

    assert {"formal_due", "letter_issued", "awaiting_milestone"} <= reached
    assert not {"formal_in", "ended"} & reached


@pytest.mark.parametrize(
    ("kind", "status", "due_on", "told"),
    [
        ("deadline", "open", date(2026, 1, 9), "● 逾期 7 日"),
        ("deadline", "open", date(2026, 1, 21), "▲ 剩 3 工作日"),
        ("deadline", "open", date(2026, 1, 29), "■ 剩 9 工作日"),
        ("deadline", "suspended", date(2026, 1, 9), "○ 停表"),
        ("deadline", "met", date(2026, 1, 9), "○"),
        ("review", "open", date(2026, 1, 9), "○ 该再看一次"),
        ("review", "open", date(2026, 1, 20), "○ 还有 4 日"),
        ("minimum", "open", date(2026, 1, 9), "○ 还有 0 日"),
        ("window", "open", date(2026, 1, 14), "● 已过 2 日"),
        ("deadline", "open", date(2027, 1, 16), "■ 剩 365 日"),
    ],
)
def test_a_light_has_a_shape_and_words(kind: str, status: str, due_on: date, told: str) -> None:
    assert light(Words("zh"), kind, status, due_on, TODAY, REGISTRY.rest_days) == told


@pytest.mark.parametrize(
    ("cites", "told"),
    [
        (("二.2", "R24"), "二.2 (R24)"),
        (("R24",), "二.2 (R24)"),
        (("E12",), "E12"),
        (("practice",), "惯例"),
        (("R67",), "惯例 (R67)"),
        ((), ""),
    ],
)
def test_a_clause_stands_before_the_rule_that_reads_it(cites: tuple[str, ...], told: str) -> None:
    assert cited(cites, "惯例") == told


def test_columns_stand_below_each_other_also_in_chinese() -> None:
    lines = aligned([["案件", "对象"], ["MEM-7", "某诊所"], ["BR-12", "x"]])

    assert lines == ["案件   对象", "MEM-7  某诊所", "BR-12  x"]
    assert {width(line.split("  ")[0]) for line in lines[1:]} == {5}


def test_what_a_roster_holds_cannot_steer_the_terminal() -> None:
    assert printable("某\x1b[31m诊所") == "某�[31m诊所"


def test_both_catalogues_have_the_same_sentences_with_the_same_values() -> None:
    zh, en = catalogue("zh"), catalogue("en")
    for section in (
        "sentences",
        "desk_sentences",
        "web_problems",
        "help",
        "roles",
        "values",
        "events",
        "jobs",
        "kinds",
        "clocks",
        "facts",
        "recordable",
        "lists",
        "conditions",
        "narrowed",
    ):
        assert zh[section].keys() == en[section].keys(), section
    for section in ("sentences", "desk_sentences"):
        for key, sentence in zh[section].items():
            assert _names(sentence) == _names(en[section][key]), key


def test_what_may_be_recorded_has_a_name_for_officers() -> None:
    assert catalogue("zh")["recordable"].keys() == RECORDABLE.keys()


def test_what_the_desk_says_instead_names_no_command_and_no_other_values() -> None:
    for language in LANGUAGES:
        told = catalogue(language)
        for key, sentence in told["desk_sentences"].items():
            assert "lifecycle" not in sentence, key
            assert _names(sentence) <= _names(told["sentences"][key]), key


def _names(sentence: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", sentence))


def test_every_sentence_that_the_code_asks_for_is_in_the_catalogue() -> None:
    known = catalogue("zh")["sentences"].keys()
    asked = set()
    parts = [CATALOGUE.parents[1] / name for name in ("cli", "wording", "web")]
    for path in (one for part in parts for one in part.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"(?:words|\.say|UsageError|_by_key)\(\s*\"([a-z_0-9]+)\"", text))

    assert asked - known == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_option_is_explained(language: str) -> None:
    assert missing_help(get_command(app), Words(language)) == []
