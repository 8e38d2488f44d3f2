"""The handbook and the table of rules say what the definitions say, and leave no rule out."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import workflows
from lifecycle.conditions import LeftKind, OperandKind
from wording.words import LANGUAGES, Words
from workflows.handbook.book import book, stale, write
from workflows.handbook.citing import cites
from workflows.handbook.coverage import CONTEXT, Coverage, numbers
from workflows.handbook.homes import Kind, homes_of_rules, noted_by_hand
from workflows.handbook.pages import listed
from workflows.handbook.sources import sources
from workflows.handbook.speech import Speech
from workflows.handbook.telling import STATES_OF
from workflows.indicators.definitions import definitions

if TYPE_CHECKING:
    from collections.abc import Callable

    from lifecycle.definition import Transition, Workflow
    from workflows.handbook.coverage import Line

ROOT = Path(__file__).parents[2]
REGISTRY = workflows.load_all()


@cache
def pages() -> dict[str, str]:
    return book(REGISTRY, Words)


def coverage() -> Coverage:
    return Coverage(REGISTRY, Speech("zh", Words("zh")), Speech("en", Words("en")))


# -- pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(pages()))
def test_committed_page_agrees_with_the_definitions(name: str) -> None:
    path = ROOT / "docs" / name
    fresh = path.is_file() and path.read_text(encoding="utf-8") == pages()[name]

    assert fresh, f"docs/{name} is stale: run `make docs`"


def test_no_page_of_a_workflow_that_is_no_more() -> None:
    left_over = set(stale(ROOT / "docs", pages())) - set(pages())

    assert not left_over, f"{sorted(left_over)}: run `make docs`"


def test_pages_are_the_same_every_time() -> None:
    assert book(workflows.load_all(), Words) == pages()


def test_a_page_that_differs_is_found_and_written_anew(tmp_path: Path) -> None:
    write(tmp_path, pages())
    (tmp_path / "rules.md").write_text("changed", encoding="utf-8")
    (tmp_path / "handbook" / "zh" / "gone.md").write_text("left over", encoding="utf-8")
    (tmp_path / "handbook" / "en" / "branch.md").unlink()

    assert stale(tmp_path, pages()) == ["handbook/en/branch.md", "handbook/zh/gone.md", "rules.md"]

    write(tmp_path, pages())

    assert stale(tmp_path, pages()) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("workflow", listed(REGISTRY), ids=lambda one: one.workflow)
def test_a_page_names_everything_that_the_definition_has(workflow: Workflow, language: str) -> None:
    text = pages()[f"handbook/{language}/{workflow.workflow}.md"]
    named = [*workflow.states, *workflow.events, *workflow.deadlines, *workflow.notices]
    named += [*cites(workflow), *(name for row in workflow.transitions for name in row.fields)]

    assert [name for name in named if name not in text] == []


@pytest.mark.parametrize(
    ("language", "name", "sentence"),
    [
        ("zh", "branch", "本单位正式党员数 ≥ 3 (P6) · R24"),
        ("en", "branch", "≥ 3 (P6) · R24"),
        ("zh", "branch", "开始 D5 组建期限: 90 日 (P13), 起算 事件发生日"),
        ("zh", "branch", "N7 应组建党支部 · 待办 → 社会组织、业务主管单位"),
        ("zh", "member_development", "四.2 · 只作提示, 不妨碍办理"),
        ("en", "member_development", "四.2 · shown only, never in the way"),
    ],
)
def test_conditions_read_as_sentences(language: str, name: str, sentence: str) -> None:
    assert sentence in pages()[f"handbook/{language}/{name}.md"]


def test_a_parameter_that_changes_is_told_with_its_days() -> None:
    (line,) = [one for one in coverage().parameters() if one.id == "P37"]

    assert line.cells[2] == "2014, 2026-05-18 起 2026"


def test_states_of_other_cases_are_told_by_their_labels() -> None:
    compared = {
        (book.workflow.workflow, guard.name)
        for book in REGISTRY.rulebooks.values()
        for row in book.workflow.transitions
        for guard in row.guards
        if guard.left is LeftKind.FACT
        and guard.name.endswith("_state")
        and guard.right.kind is OperandKind.LITERAL
    }

    assert [one for one in sorted(compared) if one[1] not in STATES_OF] == []


def test_the_handbook_speaks_both_languages_alike() -> None:
    speeches = [Speech(one, Words(one)) for one in LANGUAGES]
    zh, en = (set(one.own("sentences")) for one in speeches)

    assert zh == en
    for section in ("types", "subjects", "kinds", "forces", "purposes", "others"):
        assert set(speeches[0].own(section)) == set(speeches[1].own(section))
    assert set(speeches[0].own("effects")) <= set(REGISTRY.effects)


# -- rules -------------------------------------------------------------------------------------


def test_every_rule_has_a_home_or_says_why_not() -> None:
    kept = homes_of_rules(REGISTRY)
    rules = [sources()[one] for one in numbers("R")]
    homeless = [one.id for one in rules if one.id not in kept and one.force != CONTEXT]

    assert homeless == []


def test_a_rule_that_is_context_is_kept_nowhere() -> None:
    kept = homes_of_rules(REGISTRY)
    context = [one.id for one in sources().values() if one.force == CONTEXT]

    assert [one for one in context if one in kept] == []


def test_r66_is_left_out_on_purpose_and_nothing_else_is_said() -> None:
    (line,) = [one for one in coverage().rules() if one.id == "R66"]

    assert not line.kept
    assert "R66" not in noted_by_hand()
    assert line.cells[-1].endswith("有意不作实现（F1）。 Left out on purpose (F1).")


def test_homes_noted_by_hand_exist() -> None:
    statement = [row for row in _rows("branch_year") if row.event == "statement_filed"]
    known = {
        Kind.EVENT: {
            f"{book.workflow.code} {event}"
            for book in REGISTRY.rulebooks.values()
            for event in book.workflow.events
        },
        Kind.DEADLINE: {line.base for line in coverage().deadlines()},
        Kind.NOTICE: {line.base for line in coverage().notices()},
        Kind.FIGURE: {line.base for line in coverage().figures()},
        Kind.QUESTION: {name for row in statement for name in row.fields},
    }
    wrong = [
        (name, home.name)
        for name, noted in noted_by_hand().items()
        for home in noted.homes
        if home.name not in known.get(home.kind, {home.name})
        or (home.kind is Kind.CODE and not (ROOT / home.name).is_file())
    ]

    assert wrong == []


def test_every_question_of_the_yearly_statement_belongs_to_a_rule() -> None:
    asked = {
        home.name
        for noted in noted_by_hand().values()
        for home in noted.homes
        if home.kind is Kind.QUESTION
    }
    fields = {
        name
        for row in _rows("branch_year")
        for name in row.fields
        if row.event == "statement_filed" and not name.endswith("_on")
    }

    assert fields - asked == {"statement", "temporary_relations_reviewed"}


def _rows(workflow: str) -> tuple[Transition, ...]:
    return REGISTRY.book(workflow).workflow.transitions


def test_every_citation_names_a_source() -> None:
    named = {cite for book in REGISTRY.rulebooks.values() for cite in cites(book.workflow)}
    named |= {cite for one in REGISTRY.policy.parameters.values() for cite in one.cite}
    named |= {cite for one in definitions().values() for cite in one.cite}
    named |= {clause for one in sources().values() for clause in one.clauses}

    assert named <= set(sources())


@pytest.mark.parametrize(
    ("letter", "lines"),
    [
        ("D", Coverage.deadlines),
        ("N", Coverage.notices),
        ("P", Coverage.parameters),
        ("I", Coverage.figures),
        ("R", Coverage.rules),
    ],
)
def test_every_number_of_the_rulebook_stands_in_the_table(
    letter: str, lines: Callable[[Coverage], list[Line]]
) -> None:
    found = lines(coverage())

    assert {one.base for one in found} == set(numbers(letter))
    assert letter == "R" or [one.id for one in found if not one.kept] == []
