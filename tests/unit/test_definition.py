"""The types of a definition: what they read, what they refuse, and that nobody changes them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

import workflows
from lifecycle.conditions import Comparison, Guard, LeftKind, OperandKind, parse_operand
from lifecycle.definition import (
    Anchor,
    DeadlineRule,
    Field_,
    FieldType,
    NoticeUse,
    Opens,
    Stage,
    Transition,
    Workflow,
)

LABEL = {"zh": "甲", "en": "a"}
BOOKS = workflows.load_all().rulebooks


@pytest.mark.parametrize(
    ("given", "kind", "named"),
    [
        (3, OperandKind.LITERAL, "3"),
        (True, OperandKind.LITERAL, "True"),
        ("full_time", OperandKind.LITERAL, "full_time"),
        (["a", "b"], OperandKind.LITERAL, "('a', 'b')"),
        ("P6", OperandKind.PARAMETER, "P6"),
        ("P32.cap", OperandKind.PARAMETER, "P32.cap"),
        ("P6x", OperandKind.LITERAL, "P6x"),
        ({"fact": "engaged"}, OperandKind.FACT, "engaged"),
        ({"field": "days"}, OperandKind.FIELD, "days"),
        ({"recorded": "known_on"}, OperandKind.RECORDED, "known_on"),
        ({"due_on": "D9"}, OperandKind.DUE_ON, "D9"),
    ],
)
def test_operand_is_read_from_what_stands_there(given: Any, kind: str, named: str) -> None:  # noqa: ANN401
    read = parse_operand(given)

    assert (read.kind, str(read)) == (kind, named)
    assert parse_operand(read) is read


@pytest.mark.parametrize("given", [{}, {"fact": "a", "field": "b"}, {"parameter": "P6"}])
def test_operand_of_another_form_is_refused(given: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match="fact, field, recorded, due_on"):
        parse_operand(given)


def test_guard_is_read_with_its_comparison() -> None:
    guard = Guard.model_validate({"field": "days", "at_most": "P32.cap", "cite": "E22"})

    assert (guard.left, guard.name, guard.comparison) == (
        LeftKind.FIELD,
        "days",
        Comparison.AT_MOST,
    )
    assert (guard.cite, guard.id, str(guard)) == (("E22",), "days", "field days at_most P32.cap")


def test_predicate_needs_no_comparison() -> None:
    guard = Guard.model_validate({"predicate": "document_fits", "override": True})

    assert (str(guard), guard.override, guard.right.value) == ("document_fits", True, True)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("effective", Anchor()),
        ("previous", Anchor(previous=True)),
        ("next_cycle", Anchor(next_cycle=True)),
        ({"fact": "x"}, Anchor(latest_of=(parse_operand({"fact": "x"}),))),
        (
            {"latest_of": [{"fact": "x"}, {"due_on": "D9"}]},
            Anchor(latest_of=(parse_operand({"fact": "x"}), parse_operand({"due_on": "D9"}))),
        ),
    ],
)
def test_anchor_is_read(given: Any, expected: Anchor) -> None:  # noqa: ANN401
    assert Anchor.model_validate(given) == expected


@pytest.mark.parametrize("given", ["now", {"fact": "x", "field": "y"}, {"parameter": "P6"}])
def test_anchor_of_another_form_is_refused(given: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValidationError):
        Anchor.model_validate(given)


def test_short_forms_of_what_a_row_names() -> None:
    assert Opens.model_validate("D8") == Opens(deadline="D8")
    assert NoticeUse.model_validate("N7 withdrawn") == NoticeUse(notice="N7", stage=Stage.WITHDRAWN)


@pytest.mark.parametrize("length", [{}, {"days": 3, "months": 1}])
def test_deadline_has_exactly_one_length(length: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="exactly one of days, months, years, year_end"):
        DeadlineRule.model_validate(
            {"label": LABEL, "kind": "deadline", "length": length, "cite": "practice"}
        )


def row(**more: Any) -> Transition:  # noqa: ANN401 - what a definition writes
    return Transition.model_validate(
        {"event": "e", "label": LABEL, "from": "a", "to": "b", "cite": "practice", **more}
    )


@pytest.mark.parametrize(
    "movers",
    [
        {},
        {"by": ["approver"], "automatic": True},
        {"automatic": True, "time": "D1"},
        {"taken_over": True, "by": ["approver"]},
    ],
)
def test_row_has_exactly_one_mover(movers: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="exactly one of by, automatic, time, taken_over"):
        row(**movers)


def test_row_knows_who_moves_it() -> None:
    assert row(by=["approver"]).by_person
    assert not row(automatic=True).by_person
    assert row(**{"from": "-"}, automatic=True).is_opening
    assert row(automatic=True).source == ("a",)


@pytest.mark.parametrize(
    ("type_", "personal", "expected"),
    [(FieldType.TEXT, False, True), (FieldType.DATE, False, False), (FieldType.DATE, True, True)],
)
def test_free_text_is_always_personal(type_: FieldType, personal: bool, expected: bool) -> None:  # noqa: FBT001
    field = Field_.model_validate({"type": type_, "label": LABEL, "personal": personal})

    assert field.is_personal is expected


def test_definition_cannot_be_changed() -> None:
    workflow = next(iter(BOOKS.values())).workflow
    for part in (workflow, workflow.transitions[0], next(iter(workflow.states.values()))):
        with pytest.raises(ValidationError, match="frozen"):
            part.label = part.label  # type: ignore[misc] # that is the point


def small(**more: Any) -> Workflow:  # noqa: ANN401 - what a definition writes
    return Workflow.model_validate(
        {
            "workflow": "w",
            "code": "W",
            "version": "1",
            "label": LABEL,
            "subject": "unit",
            "stratum": 1,
            "initial": "a",
            "groups": {"both": ["a", "b"]},
            "states": {
                "a": {"label": LABEL},
                "b": {"label": LABEL},
                "c": {"label": LABEL, "final": True},
            },
            "deadlines": {
                name: {"label": LABEL, "kind": "minimum", "length": {"days": 1}, "cite": "x"}
                for name in ("D1", "D2")
            },
            **more,
        }
    )


def steps(*rows: dict[str, Any]) -> Workflow:
    common = {"label": LABEL, "to": "c", "cite": "x"}
    return small(transitions=[common | one for one in rows])


def test_any_is_every_state_that_is_not_final_and_groups_are_expanded_once() -> None:
    workflow = steps(
        {"event": "e", "from": "any", "automatic": True},
        {"event": "f", "from": ["both", "a"], "by": ["approver"]},
    )

    assert [one.source for one in workflow.transitions] == [("a", "b"), ("a", "b")]


def test_deadline_fires_when_time_acts_on_it() -> None:
    workflow = steps({"event": "e", "from": "a", "time": "D1"})

    assert {name: rule.fires for name, rule in workflow.deadlines.items()} == {
        "D1": True,
        "D2": False,
    }


def test_rows_are_found_by_state_event_and_mover() -> None:
    workflow = steps(
        {"event": "opened", "from": "-", "to": "a", "automatic": True},
        {"event": "e", "from": "a", "by": ["approver"]},
        {"event": "e", "from": "a", "to": "b", "by": ["approver"]},
        {"event": "f", "from": "a", "automatic": True},
    )
    opened, first, second, rule = workflow.transitions

    assert workflow.events == ("opened", "e", "f")
    assert workflow.openings == (opened,)
    assert workflow.exits("a") == (first, second, rule)
    assert workflow.rows("a", "e") == (first, second)
    assert workflow.automatic("a") == (rule,)
    assert workflow.possible("a") == ("e",)
    assert workflow.exits("c") == ()


@pytest.mark.parametrize("version", [1, 1.0, date(2026, 1, 1)])
def test_version_is_a_text(version: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValidationError, match="valid string"):
        small(transitions=[], version=version)
