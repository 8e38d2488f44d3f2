"""The plan of one step: fields read, rows chosen, closings before openings, notices once each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

import workflows
from lifecycle.access import Actor, Role
from lifecycle.conditions import Label
from lifecycle.definition import Field_, FieldType, Workflow
from lifecycle.entered import LONGEST_TEXT, read_field, read_fields
from lifecycle.errors import TransitionRefusedError
from lifecycle.loader import load_model, parse_yaml
from lifecycle.plan import findings_of, plan_automatic, plan_closing, plan_event, plan_pauses
from tests.solving import DAY, Bench, Values

if TYPE_CHECKING:
    from lifecycle.plan import Plan

REGISTRY = workflows.load_all()
MEMBER, BRANCH = REGISTRY.book("member_relation"), REGISTRY.book("branch")
OFFICER = Actor("chen", frozenset({Role.CASE_OFFICER, Role.APPROVER}))
LABEL = Label(zh="甲", en="a")


def bench(book: Any, event: str, state: str, number: int = 0) -> Bench:  # noqa: ANN401 - Rulebook
    row = book.workflow.rows(state, event)[number]
    return Bench(REGISTRY, book, row, state)


def spec(type_: str, **more: Any) -> Field_:  # noqa: ANN401 - what a definition writes
    return Field_.model_validate({"type": type_, "label": LABEL, **more})


@pytest.mark.parametrize(
    ("type_", "given", "expected"),
    [
        ("yes_no", "是", True),
        ("yes_no", "No", False),
        ("yes_no", True, True),
        ("yes_no", "maybe", None),
        ("count", " 12 ", 12),
        ("count", 0, 0),
        ("count", "-1", None),
        ("count", "1.5", None),
        ("id", "7", 7),
        ("id", "seven", None),
        ("id_list", "7, 8", (7, 8)),
        ("id_list", "7;8", None),
        ("date", "2026-03-04", DAY),
        ("date", DAY, DAY),
        ("date", "2026-02-30", None),
        ("date", "4.3.2026", None),
        ("text", "x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
        ("text", "x" * (LONGEST_TEXT + 1), None),
        ("reference", " 文 7 ", "文 7"),
        ("reference", "x" * 301, None),
        ("choice", "own", "own"),
        ("choice", "other", None),
    ],
)
def test_field_is_read_as_its_type_or_not_at_all(type_: str, given: Any, expected: Any) -> None:  # noqa: ANN401
    choices = {"own": LABEL} if type_ == "choice" else {}

    assert read_field(spec(type_, choices=choices), given) == expected


def test_every_type_of_field_is_read() -> None:
    assert {one.value for one in FieldType} == {
        "text",
        "reference",
        "date",
        "count",
        "yes_no",
        "choice",
        "id",
        "id_list",
    }


def test_every_complaint_about_fields_is_made_at_once() -> None:
    declared = {"days": spec("count"), "why": spec("text", required=False), "on": spec("date")}
    values, findings = read_fields(declared, {"days": "x", "color": "red", "why": ""})

    assert values == {}
    assert {(one.id, one.comparison) for one in findings} == {
        ("color", "unknown"),
        ("days", "readable"),
        ("on", "required"),
    }


def test_a_default_stands_for_what_is_not_entered() -> None:
    values, findings = read_fields({"kind": spec("text", default="own")}, {})

    assert values == {"kind": "own"}
    assert all(one.met for one in findings)


def test_an_unreadable_field_is_complained_about_once() -> None:
    at = bench(MEMBER, "document_issued", "formal_due")
    with pytest.raises(TransitionRefusedError) as refused:
        plan_event(
            MEMBER,
            at.case({}),
            "document_issued",
            {"document_kind": "formal", "days": "many"},
            OFFICER,
            at.decision({}),
        )

    assert [one.id for one in refused.value.findings if not one.met].count("days") == 1


def test_a_refusal_names_all_that_is_missing_at_once() -> None:
    at = bench(MEMBER, "received_formal", "letter_issued")
    values: Values = {
        ("recorded", "document_kind"): "temporary",
        ("fact", "other_formal_relation"): True,
    }
    with pytest.raises(TransitionRefusedError) as refused:
        plan_event(
            MEMBER,
            at.case(values),
            "received_formal",
            {"receipt_returned": "no"},
            Actor("x", frozenset()),
            at.decision(values),
        )

    assert {one.id for one in refused.value.findings if not one.met} == {
        "role",
        "document_kind",
        "receipt_returned",
        "other_formal_relation",
    }
    assert "lifecycle explain MEM-7 received_formal" in str(refused.value)


def test_rows_of_one_event_tell_their_findings_by_target() -> None:
    at = bench(BRANCH, "adjust_done", "adjusting")
    entered = {"filed_upward": "yes", "decision": "D 1"}
    with pytest.raises(TransitionRefusedError) as refused:
        plan_event(BRANCH, at.case({}), "adjust_done", entered, OFFICER, at.decision({}))

    targets = {one.target for one in refused.value.findings}
    assert targets == {"active", "provisional", "below_threshold"}


def test_two_rows_that_hold_at_once_are_a_fault_of_the_definition() -> None:
    at = bench(BRANCH, "adjust_done", "adjusting")
    lines = REGISTRY.texts["branch"].splitlines(keepends=True)
    text = "".join(one for one in lines if "fact: state_before" not in one)
    loose = load_model(parse_yaml(text, "branch.yaml"), Workflow)
    entered = {"filed_upward": "yes", "decision": "D 1"}
    settled = at.decision({("fact", "affiliation_state"): "decided"})
    with pytest.raises(TransitionRefusedError, match="one_target"):
        plan_event(
            replace(BRANCH, workflow=loose),
            at.case({}),
            "adjust_done",
            entered,
            OFFICER,
            settled,
        )


def test_a_deadline_may_follow_itself_in_one_step() -> None:
    at = bench(BRANCH, "option_reviewed", "option_open")
    values = at.solve(*[])
    entered: Values = (values or {}) | {("deadline", "D31"): "open", ("field", "reviewed_on"): DAY}
    plan = plan_event(
        BRANCH,
        at.case(entered),
        "option_reviewed",
        {"reviewed_on": "2026-03-04"},
        OFFICER,
        at.decision(entered),
    )

    assert [(one.act.value, one.rule, one.anchor_on) for one in plan.deadlines] == [
        ("meet", "D31", None),
        ("open", "D31", DAY),
    ]
    assert plan.deadlines[1].cycle == 2


def test_personal_fields_are_marked() -> None:
    at = bench(BRANCH, "reply_negative", "application_filed")
    values: Values = {("fact", "provisional_body_in_force"): False}
    plan = plan_event(
        BRANCH,
        at.case(values),
        "reply_negative",
        {"reply": "R 1", "reason": "remark"},
        OFFICER,
        at.decision(values),
    )

    assert plan.personal == {"reason"}


def test_a_notice_goes_once_to_each_of_its_recipients() -> None:
    at = bench(MEMBER, "engaged_full_time", "identified")
    values: Values = {
        ("fact", "employment"): "full_time",
        ("fact", "formal_held_here"): False,
        ("fact", "home_branch"): "unit:1,organization:7",
        ("fact", "organization_contact"): "organization:7",
    }
    plan = plan_automatic(MEMBER, at.case(values), at.decision(values), [at.row])

    assert plan is not None
    assert [one.recipient for one in plan.notices] == ["unit:1", "organization:7"]
    assert plan.notices[0].values["D8"] == plan.deadlines[0].due_on.isoformat()  # type: ignore[union-attr]


def test_a_recipient_that_nobody_knows_is_shown_as_missing() -> None:
    at = bench(MEMBER, "engaged_full_time", "identified")
    values: Values = {
        ("fact", "employment"): "full_time",
        ("fact", "formal_held_here"): False,
        ("fact", "home_branch"): None,
    }
    plan = plan_automatic(MEMBER, at.case(values), at.decision(values), [at.row])

    assert plan is not None
    assert plan.notices[0].recipient == "missing:home_branch"


def test_explaining_asks_for_no_permission_and_changes_nothing() -> None:
    at = bench(MEMBER, "document_issued", "formal_due")
    case = at.case({})
    found = findings_of(MEMBER, case, "document_issued", {}, None, at.decision({}))

    assert "role" not in {one.id for one in found}
    assert {"document_kind", "home_body"} <= {one.id for one in found}
    assert at.case({}) == case


def test_an_ended_subject_closes_its_case_and_every_running_deadline() -> None:
    at = bench(MEMBER, "rejected", "letter_issued")
    values: Values = {
        ("deadline", "D8"): "open",
        ("deadline", "D15"): "suspended",
        ("deadline", "D9"): "met",
    }
    plan = plan_closing(MEMBER, at.case(values), at.decision(values))

    assert (plan.event, plan.to_state, plan.by_person) == ("case_closed", "ended", False)
    assert {one.rule for one in plan.deadlines} == {"D8", "D15"}


@pytest.mark.parametrize(
    ("status", "denied", "act"),
    [
        ("open", True, "suspend"),
        ("suspended", False, "resume"),
        ("open", False, None),
        ("suspended", True, None),
        ("met", True, None),
    ],
)
def test_a_clock_stands_still_while_its_condition_holds(
    status: str,
    denied: object,
    act: str | None,
) -> None:
    at = bench(BRANCH, "conditions_met", "duty_open")
    values: Values = {
        ("deadline", "D5"): status,
        ("recorded", "duty_kind"): "own",
        ("recorded", "formation_conditions"): not denied,
    }
    case = at.case(values)
    stopped = tuple(
        replace(one, suspended_on=date(2026, 2, 20)) if one.status == "suspended" else one
        for one in case.deadlines
    )
    plan = plan_pauses(BRANCH, replace(case, deadlines=stopped), at.decision(values))
    acts = [one.act.value for one in plan.deadlines if one.rule == "D5"] if plan else []

    assert acts == ([act] if act else [])


@pytest.mark.parametrize(("before", "refused"), [("chen", True), ("lin", False)])
def test_two_steps_that_want_two_persons(before: str, refused: bool) -> None:  # noqa: FBT001 - a parameter
    book = REGISTRY.book("five_good_evaluation")
    at = bench(book, "review_opened", "self_assessed")
    actor = Actor("chen", frozenset({Role.ORG_DEPT_OFFICER}))
    decision = replace(at.decision({}), recorders={"self_assessed": frozenset({before})})

    def record() -> Plan:
        return plan_event(book, at.case({}), "review_opened", {}, actor, decision)

    if not refused:
        assert record().to_state == "under_review"
        return
    with pytest.raises(TransitionRefusedError) as error:
        record()

    assert [one.id for one in error.value.findings if not one.met] == ["another_person"]
