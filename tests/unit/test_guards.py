"""Guards: every comparison against every kind of value, unknown ones included."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import workflows
from lifecycle.conditions import Comparison, Guard, Label
from lifecycle.guards import Finding, Predicate, Verdict, Vocabulary, compare, evaluate
from tests.solving import DAY, Bench, Values

C = Comparison
EARLY, LATE = date(2026, 1, 1), date(2026, 2, 1)
ORDERED = [(1, 2), (EARLY, LATE)]

REGISTRY = workflows.load_all()
BOOK = REGISTRY.book("member_relation")
ROW = next(row for row in BOOK.workflow.transitions if row.event == "document_issued")
BENCH = Bench(REGISTRY, BOOK, ROW, "formal_due")


@pytest.mark.parametrize(("small", "large"), ORDERED)
def test_orders_compare_as_they_read(small: Any, large: Any) -> None:  # noqa: ANN401
    below = {C.AT_MOST, C.LESS_THAN, C.BEFORE, C.NOT_AFTER}
    above = {C.AT_LEAST, C.MORE_THAN, C.AFTER, C.NOT_BEFORE, C.NEWER_THAN}
    at = {C.AT_MOST, C.NOT_AFTER, C.AT_LEAST, C.NOT_BEFORE}
    for one in below | above:
        assert compare(one, small, large) is (one in below)
        assert compare(one, large, small) is (one in above)
        assert compare(one, small, small) is (one in at)


@pytest.mark.parametrize("value", [0, 1, "full_time", True, False, EARLY, (1, 2)])
def test_equality_compares_as_it_reads(value: Any) -> None:  # noqa: ANN401
    assert compare(C.IS, value, value)
    assert not compare(C.IS_NOT, value, value)
    assert not compare(C.DIFFERS_FROM, value, value)
    assert not compare(C.IS, value, "something else")
    assert compare(C.IS_NOT, value, "something else")
    assert compare(C.DIFFERS_FROM, value, "something else")


def test_one_of_looks_for_the_value_in_the_list() -> None:
    kinds: Any = ("own", "joint")

    assert compare(C.ONE_OF, "own", kinds)
    assert not compare(C.ONE_OF, "unit", kinds)


@pytest.mark.parametrize("comparison", list(Comparison))
def test_a_value_that_is_not_known_meets_nothing_but_not_being_something(
    comparison: Comparison,
) -> None:
    if comparison is C.IS_KNOWN:
        assert compare(comparison, None, needed=False)
        assert not compare(comparison, None, needed=True)
        return
    needed = (1,) if comparison is C.ONE_OF else 1

    assert compare(comparison, None, needed) is (comparison is C.IS_NOT)


@pytest.mark.parametrize("comparison", sorted(set(Comparison) - {C.IS_KNOWN}))
def test_a_right_side_never_recorded_is_older_than_anything_and_equal_to_nothing(
    comparison: Comparison,
) -> None:
    assert compare(comparison, 1, None) is (comparison in {C.NEWER_THAN, C.DIFFERS_FROM})


def test_is_known_asks_whether_there_is_a_value() -> None:
    assert compare(C.IS_KNOWN, 0, needed=True)
    assert not compare(C.IS_KNOWN, "x", needed=False)


def finding(guard: dict[str, Any], vocabulary: Vocabulary | None = None, **facts: Any) -> Finding:  # noqa: ANN401
    values = {("fact", name): value for name, value in facts.items()}
    situation = BENCH.situation(values)
    return evaluate(Guard.model_validate(guard), situation, vocabulary or BOOK.vocabulary)


def test_a_finding_tells_what_was_seen_what_is_needed_and_who_can_supply_it() -> None:
    found = finding({"fact": "engaged", "is": True, "cite": "二.2"}, engaged=False)

    assert (found.met, found.seen, found.needed, found.cite) == (False, False, True, ("二.2",))
    assert found.label.zh == "在岗"
    assert found.supplied_by == ("record:employment",)
    assert str(found) == "engaged is False, needs is True [二.2]"


def test_a_finding_names_the_parameter_that_decides() -> None:
    found = finding({"field": "days", "at_most": "P32.cap"})

    assert found.parameter == "P32.cap"
    assert "(P32.cap)" in str(found)


def test_a_value_that_is_not_recorded_is_called_so() -> None:
    found = finding({"fact": "home_body", "is_known": True}, home_body=None)

    assert not found.met
    assert str(found).startswith("home_body is not recorded")


def test_a_guards_own_label_comes_first() -> None:
    found = finding({"fact": "engaged", "is": True, "label": {"zh": "甲", "en": "a"}})

    assert found.label == Label(zh="甲", en="a")


@pytest.mark.parametrize("name", ["effective_on", "today"])
def test_every_case_has_its_days_as_facts(name: str) -> None:
    assert finding({"fact": name, "is_known": True}).seen == DAY


def test_a_predicate_says_itself_what_it_saw() -> None:
    told = Predicate(
        "p", Label(zh="甲", en="a"), (), lambda _: Verdict(met=False, seen=2, needed=3)
    )
    found = finding({"predicate": "p"}, Vocabulary(predicates={"p": told}))

    assert (found.met, found.seen, found.needed, found.kind) == (False, 2, 3, "predicate")


def test_a_deadline_is_looked_at_by_its_latest_status() -> None:
    values: Values = {("deadline", "D8"): "suspended"}
    guard = Guard.model_validate({"deadline": "D8", "is": "suspended"})

    assert evaluate(guard, BENCH.situation(values), BOOK.vocabulary).met
    assert not evaluate(guard, BENCH.situation({}), BOOK.vocabulary).met
