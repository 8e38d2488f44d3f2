"""Every dated example of docs/time.md: reckoned by the engine, or expected by a scenario."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import workflows
from lifecycle.cases import DeadlineStatus, DeadlineView
from lifecycle.deadlines import DeadlineChange, open_deadline, resume, suspend
from lifecycle.definition import Anchor, DeadlineRule
from lifecycle.workdays import PeriodKind, time_effective_on
from tests import time_page
from tests.solving import Bench
from tests.time_page import Example, day, examples
from wording.words import Words

REGISTRY = workflows.load_all()
BOOK = REGISTRY.book("member_relation")
ROW = next(row for row in BOOK.workflow.transitions if row.event == "document_issued")
BENCH = Bench(REGISTRY, BOOK, ROW, "formal_due")
ZH = Words("zh")

UNITS = {"d": "days", "m": "months", "y": "years"}
_LENGTH = re.compile(
    r"(?:(?P<count>\d+) (?P<unit>[dmy])|(?P<end>y-end))(?: ×(?P<cycle>\d+))?(?: ≤(?P<cap>\d+))?"
    r"(?: \+(?P<more>\d+) (?P<what>[dms]))?"
)


def length_of(text: str) -> dict[str, str | None]:
    match = _LENGTH.fullmatch(text)
    assert match is not None, text
    return match.groupdict()


def rule_of(given: dict[str, str | None], kind: str) -> DeadlineRule:
    length: dict[str, Any] = {"year_end": "P21"}
    if given["unit"]:
        length = {UNITS[given["unit"]]: int(given["count"] or 0)}
    if given["what"] in {"d", "m"}:
        length[f"plus_{UNITS[given['what']]}"] = int(given["more"] or 0)
    rule: dict[str, Any] = {"label": {"zh": "期", "en": "term"}, "kind": kind, "length": length}
    rule |= {"anchor": {"recorded": "anchor"}, "cite": "practice"}
    if given["cap"]:
        rule["cap"] = int(given["cap"])
    return DeadlineRule.model_validate(rule)


def view_of(change: DeadlineChange, status: DeadlineStatus) -> DeadlineView:
    assert change.anchor_on
    assert change.raw_on
    assert change.due_on
    return DeadlineView(
        id=change.cycle,
        rule=change.rule,
        kind=change.kind,
        cycle=change.cycle,
        anchor_on=change.anchor_on,
        raw_on=change.raw_on,
        due_on=change.due_on,
        provisional=change.provisional,
        status=status,
        suspended_on=None,
        suspended_days=0,
        wake_at=None,
        derivation=change.derivation or {},
        opened_entry_id=1,
    )


def reckoned(example: Example) -> DeadlineChange:
    """The deadline that the engine opens for the row; with its cycles, and its pause."""
    _, anchor_on, text, kind, *_ = example.cells
    given = length_of(text)
    rule = rule_of(given, kind)
    bare = BENCH.situation({})
    at = replace(bare, effective_on=day(anchor_on), today=day(anchor_on))
    at = replace(at, case=replace(bare.case, fields={"anchor": day(anchor_on)}, deadlines=()))
    change = open_deadline("D", rule, at, REGISTRY.rest_days)
    assert change is not None
    for _ in range(1, int(given["cycle"] or 1)):
        past = (view_of(change, DeadlineStatus.MET),)
        at = replace(at, case=replace(at.case, deadlines=past))
        anchor = Anchor(next_cycle=True)
        change = open_deadline("D", rule, at, REGISTRY.rest_days, anchor=anchor)
        assert change is not None
    if given["what"] == "s":
        stopped = suspend(view_of(change, DeadlineStatus.OPEN), day(anchor_on), "why")
        view = replace(view_of(change, DeadlineStatus.SUSPENDED), suspended_on=stopped.on)
        later = day(anchor_on) + timedelta(days=int(given["more"] or 0))
        change = resume(view, rule, replace(at, effective_on=later), REGISTRY.rest_days)
    return change


def told(example: Example) -> tuple[str, ...]:
    """What the engine would write into the last three cells of the row."""
    change = reckoned(example)
    assert change.raw_on
    assert change.due_on
    mark = "~" if change.provisional else ""
    raw, due = (f"{one} {ZH.weekday(one)[-1]}" for one in (change.raw_on, change.due_on))
    acts = time_effective_on(PeriodKind(change.kind), change.due_on)
    return raw, mark + due, acts.isoformat()


@pytest.mark.parametrize("example", examples("A"), ids=lambda one: one.number)
def test_the_engine_reckons_what_the_page_says(example: Example) -> None:
    assert told(example) == example.cells[4:7]


@pytest.mark.parametrize("example", examples("B"), ids=lambda one: one.number)
def test_a_scenario_expects_what_the_page_says(example: Example) -> None:
    _, name, on, case, expected, _ = example.cells
    steps = time_page.scenario(name)["steps"]
    wanted = time_page.expectation(expected)
    found = time_page.expected_on(steps, day(on), case)

    assert any(_holds(wanted, one) for one in found), found


def _holds(wanted: dict[str, Any], found: dict[str, Any]) -> bool:
    deadlines = found.get("deadlines", {})
    same = all(deadlines.get(name) == due for name, due in wanted.get("deadlines", {}).items())
    rest = {name: value for name, value in wanted.items() if name != "deadlines"}
    return same and all(found.get(name) == value for name, value in rest.items())


def test_a_wrong_row_is_noticed() -> None:
    right = examples("A")[0]
    wrong = (*right.cells[:4], "2026-02-27 五", *right.cells[5:])
    step = time_page.expected_on(
        time_page.scenario("s03_rest_days")["steps"], day("2026-01-28"), "BR(school)"
    )

    assert told(right) != wrong[4:7]
    assert _holds(time_page.expectation("D5 met; D16 2026-02-28"), step[0])
    for planted in ("D16 2026-03-02", "D16 ~2026-02-28", "D16 met", "D8 none", "overdue D5"):
        assert not _holds(time_page.expectation(planted), step[0]), planted


@pytest.mark.parametrize(("letter", "at_least"), [("A", 60), ("B", 40), ("C", 10)])
def test_the_rows_are_numbered_and_whole(letter: str, at_least: int) -> None:
    rows = examples(letter)
    width = {"A": 8, "B": 6, "C": 6}[letter]

    assert [one.number for one in rows] == [f"{letter}{n}" for n in range(1, len(rows) + 1)]
    assert len(rows) >= at_least
    assert {len(one.cells) for one in rows} == {width}


@pytest.mark.parametrize(
    "told", ["S1", "S2(a)", "S2(b)", "S2(c)", "S3", "S7", "S8", "S9", "S10", "S15", "S16"]
)
def test_the_worked_scenarios_about_time_stand_on_the_page(told: str) -> None:
    spoken = [one.cells[0].split()[0] for one in [*examples("A"), *examples("B")]]

    assert any(one == told or one.startswith(f"{told}(") for one in spoken)


def test_every_scenario_of_the_page_is_played_and_used() -> None:
    played = set(
        " ".join(
            re.findall(r"^ +\$ lifecycle scenario (.*)$", time_page.TEXT, re.MULTILINE)
        ).split()
    )
    used = {one.cells[1] for one in [*examples("B"), *examples("C")]}

    assert set(time_page.fenced()) <= played & used
