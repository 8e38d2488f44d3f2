"""The checker finds nothing in what ships, and what is planted in it or beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

import workflows
from lifecycle.checking import CHECKS, CHECKS_TOGETHER, Checked, Code, Problem, check, opened
from lifecycle.checking.notices import check_notices
from lifecycle.checking.parameters import check_parameters
from lifecycle.definition import Workflow
from lifecycle.errors import DefinitionError
from lifecycle.loader import load_model, parse_yaml
from lifecycle.policy import Dated
from lifecycle.registry import rulebook
from tests.small_law import RACK, SOUND, law, problems
from workflows.law import HERE
from workflows.texts import parameters_in_code, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DAY = date(2026, 3, 4)
REGISTRY = workflows.load_all()
TEXTS = read_texts()

# -- what ships ------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", CHECKS, ids=lambda one: one.__name__)
def test_what_ships_has_no_fault(ask: Callable[[Checked], Iterable[Problem]]) -> None:
    found = [problem for one in opened(REGISTRY, TEXTS) for problem in ask(one)]

    assert found == []


@pytest.mark.parametrize("ask", CHECKS_TOGETHER, ids=lambda one: one.__name__)
def test_workflows_that_ship_fit_together(
    ask: Callable[[list[Checked]], Iterable[Problem]],
) -> None:
    assert list(ask(opened(REGISTRY, TEXTS))) == []


def test_parameters_that_ship_are_declared_and_read() -> None:
    assert list(check_parameters(REGISTRY, TEXTS)) == []


def test_every_workflow_that_ships_is_asked_everything() -> None:
    asked = {one.workflow.workflow for one in opened(REGISTRY, TEXTS)}

    assert asked == set(REGISTRY.rulebooks)
    assert list(check(REGISTRY, TEXTS)) == []


# -- what looks like a fault and is none -------------------------------------------------------

PREDICATES_APART = (
    ("      - {field: intact, is: true, cite: R1}", "      - {predicate: full, cite: R1}"),
    ("      - {field: intact, is: false, cite: R1}", "      - {predicate: not_full, cite: R1}"),
)

HARMLESS = {
    "predicates of which just one holds": PREDICATES_APART,
    "facts that exclude each other": (
        ("{fact: sealed, is: false, cite: R1}", "{fact: lost_for_good, is: true, cite: R1}"),
    ),
    "a count that a fact excludes": (
        ("      - {fact: sealed, is: false, cite: R1}\n", ""),
        ("{fact: broken, is: true, cite: R1}", "{fact: lost_for_good, is: true, cite: R1}"),
        ("{fact: sealed, is: true, cite: R1}", "{fact: weight, at_least: 1, cite: R1}"),
    ),
    "a row that asks for more than its rival": (
        (
            "is: false, cite: R1}\n  - event: written_off",
            (
                "is: false, cite: R1}\n      - {field: note, is_known: true, cite: R1}\n"
                "  - event: written_off"
            ),
        ),
    ),
    "every value of a vocabulary, each in its row": (
        (
            "      - {field: intact, is: true, cite: R1}",
            "      - {fact: size, is: small, cite: R1}",
        ),
        (
            "      - {field: intact, is: false, cite: R1}",
            "      - {fact: size, is: large, cite: R1}",
        ),
    ),
}
"""Edits after which the small law is as sound as before."""


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_sound_is_left_alone(name: str) -> None:
    text = SOUND
    for old, new in HARMLESS[name]:
        assert old in text
        text = text.replace(old, new, 1)

    assert problems(text, RACK) == []


# -- faults between workflows, and in what stands beside them ---------------------------------


def only(found: Iterable[Problem], code: Code) -> Problem:
    (one,) = [each for each in found if each.code is code]
    return one


def test_workflows_that_keep_giving_each_other_cause_are_found() -> None:
    text = SOUND.replace(
        "      - {fact: broken, is: true, cite: R1}\n",
        "      - {fact: counted, is: true, cite: R1}\n    effects: [staff]\n",
    )
    found = only(problems(text, RACK), Code.CROSS_CIRCLE)

    assert found.message == "parcel.broke, rack.filled can keep giving each other cause"
    assert found.path == ("parcel.broke", "rack.filled")


def test_a_deadline_of_two_workflows_is_found() -> None:
    other = (
        RACK.replace(
            "    by: [case_officer]\n    cite: [R1]\n",
            "    by: [case_officer]\n    cite: [R1]\n    opens: [D1]\n    meets: [D1]\n",
            1,
        )
        + "deadlines:\n"
        + "  D1: {label: {zh: 期, en: term}, kind: window, length: {days: 3}, cite: [R1]}\n"
    )
    found = only(problems(SOUND, other), Code.DEADLINE_OWNER)

    assert found.message == "D1 is declared by parcel as well"
    assert found.line == other.splitlines().index(other.splitlines()[-1]) + 1


def test_a_notice_that_nobody_declared_is_found() -> None:
    text = SOUND.replace("notices: [N1 due]", "notices: [N7 due]")
    registry, documents = law(SOUND)
    document = parse_yaml(text, "parcel.yaml")
    book = replace(registry.book("parcel"), workflow=load_model(document, Workflow))
    found = only(check_notices(Checked(registry, book, document)), Code.NOTICE_UNDECLARED)

    assert documents["parcel"].file == found.file
    assert "notices: [N7 due]" in text.splitlines()[found.line - 1]


def test_reminders_that_all_come_late_are_found() -> None:
    registry, documents = law(SOUND, RACK)
    late = replace(
        registry.policy.parameter("P38"), values=(Dated(DAY, (0, 7)), Dated(DAY, (1, 7)))
    )
    registry.policy = replace(
        registry.policy, parameters={**registry.policy.parameters, "P38": late}
    )
    found = only(check(registry, replace(TEXTS, workflows=documents)), Code.REMINDER_TOO_LATE)

    assert found.message == "the reminders of D1 (P38: 1, 7 days) all come after it"


def test_parameters_that_nothing_reads_or_declares_are_found() -> None:
    registry, _ = law(SOUND, RACK)
    in_code = {"P99": ("workflows/effects/body.py", 7), "P6": ("workflows/effects/body.py", 9)}
    found = list(check_parameters(registry, replace(TEXTS, in_code=in_code)))
    unknown = only(found, Code.PARAMETER_UNKNOWN)
    unused = {one.message.split()[2] for one in found if one.code is Code.PARAMETER_UNUSED}

    assert (unknown.file, unknown.line) == ("workflows/effects/body.py", 7)
    assert unknown.message == "the policy has no P99"
    assert "P13" in unused
    assert not {"P6", "P9"} & unused


def test_a_parameter_without_a_clause_is_found() -> None:
    registry, _ = law(SOUND, RACK)
    bare = replace(registry.policy.parameter("P9"), cite=())
    registry.policy = replace(
        registry.policy, parameters={**registry.policy.parameters, "P9": bare}
    )
    found = only(check_parameters(registry, TEXTS), Code.UNCITED)

    assert (found.file, found.line) == ("policy.yaml", TEXTS.policy.line(("parameters", "P9")))


def test_parameters_are_found_in_the_code_by_their_quotes() -> None:
    found = parameters_in_code()

    assert found["P38"] == ("lifecycle/deadlines.py", found["P38"][1])
    assert set(found) <= set(REGISTRY.policy.parameters)


def test_an_event_to_differ_from_must_be_one_that_people_record() -> None:
    text = SOUND.replace("    lapses: [D1]", "    differs_from: arived\n    lapses: [D1]")
    with pytest.raises(DefinitionError, match="'arived'; nearest known: arrived"):
        law(text)


def test_what_nobody_records_differs_from_nobody() -> None:
    text = SOUND.replace("    automatic: true", "    automatic: true\n    differs_from: arrived", 1)
    with pytest.raises(DefinitionError, match="nobody records this row"):
        law(text)


def test_two_roles_are_enough_for_two_persons() -> None:
    assert (
        problems(
            SOUND.replace("    lapses: [D1]", "    differs_from: posted\n    lapses: [D1]"), RACK
        )
        == []
    )


# -- faults planted in what ships --------------------------------------------------------------

SHIPPED_FAULTS = {
    "two exits of a state": (
        "member_relation",
        "      - {fact: employment, is: part_time, cite: 二.2}\n      - {fact: formal_held_here",
        "      - {fact: home_body, is_known: true, cite: 二.2}\n      - {fact: formal_held_here",
        Code.ROWS_OVERLAP,
        "engaged_part_time can hold together with engaged_full_time",
        ("member_reported",),
    ),
    "an uncovered organization that is attached": (
        "organization_coverage",
        "at_least: 1, cite: 四.4}\n      - {fact: uncovered, is: true, cite: 二.2}",
        "at_least: 1, cite: 四.4}",
        Code.ROWS_OVERLAP,
        "members_attached can hold together with instructor_accepted",
        ("taken_over",),
    ),
    "a duty that changes its kind for ever": (
        "branch",
        "      - {recorded: duty_kind, is: provisional, cite: R24}\n",
        "",
        Code.AUTOMATIC_CIRCLE,
        "duty_kind_changed may follow each other for ever, beginning in duty_open",
        ("taken_over", "own_duty_arises", "duty_kind_changed"),
    ),
    "a reply to nobody": (
        "branch",
        "      - {fact: provisional_body_in_force, is: true, cite: E12}\n    meets: [D16]",
        "      - {fact: provisional_body_in_force, is: false, cite: E12}\n    meets: [D16]",
        Code.ROWS_OVERLAP,
        "reply_negative to provisional can hold together with reply_negative to duty_open",
        None,
    ),
    "an adjustment that does not know where to return to": (
        "branch",
        "      - {fact: state_before, is: below_threshold, cite: 二.1(c)}",
        "      - {fact: state_before, is: active, cite: 二.1(c)}",
        Code.ROWS_LEAVE_GAP,
        "no row of adjust_done in adjusting holds when",
        None,
    ),
    "a branch that waits for its term": (
        "branch",
        "      - {fact: body_members, less_than: P6, cite: E15}",
        "      - {fact: in_term, is: false, cite: E15}",
        Code.READS_UPWARD,
        "in_term reads branch_term of stratum 3, and branch is settled in stratum 2",
        None,
    ),
    "a reply that is never given": (
        "member_development",
        "    meets: [D22]\n",
        "",
        Code.DEADLINE_OUTLIVES_CASE,
        "D22 may still run when the case ends in",
        None,
    ),
}


@pytest.mark.parametrize("name", SHIPPED_FAULTS)
def test_a_fault_planted_in_what_ships_is_found(name: str) -> None:
    workflow, old, new, code, says, path = SHIPPED_FAULTS[name]
    text = (HERE / f"{workflow}.yaml").read_text(encoding="utf-8")
    assert old in text
    document = parse_yaml(text.replace(old, new, 1), f"{workflow}.yaml")
    read = load_model(document, Workflow)
    book = rulebook(read, REGISTRY.facts, REGISTRY.predicates, REGISTRY.effects)
    found = [problem for ask in CHECKS for problem in ask(Checked(REGISTRY, book, document))]
    one = next(each for each in found if each.code is code and says in each.message)

    assert 1 < one.line <= len(text.splitlines())
    assert path is None or one.path == path
