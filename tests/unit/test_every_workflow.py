"""Every workflow that ships, row by row: generated from the definitions themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest

import workflows
from lifecycle.access import Actor, Role
from lifecycle.cases import EntryKind
from lifecycle.conditions import Guard, LeftKind
from lifecycle.deadlines import DeadlineAct
from lifecycle.definition import OPENING, SAME
from lifecycle.errors import EventUnknownError, TransitionRefusedError
from lifecycle.machine import target_of
from lifecycle.plan import Plan, plan_automatic, plan_event, plan_opening
from tests.solving import DAY, Bench, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.definition import Transition
    from lifecycle.rulebook import Rulebook
    from tests.solving import Values

REGISTRY = workflows.load_all()
BOOKS = REGISTRY.rulebooks
ANYBODY = Actor("anybody", frozenset(Role) - {Role.SCHEDULER})


@dataclass(frozen=True, eq=False)
class Step:
    """A row from one of its states."""

    book: Rulebook
    number: int
    state: str

    @property
    def row(self) -> Transition:
        return self.book.workflow.transitions[self.number]

    @property
    def bench(self) -> Bench:
        state = self.book.workflow.initial if self.row.is_opening else self.state
        return Bench(REGISTRY, self.book, self.row, state)

    @property
    def rivals(self) -> list[Transition]:
        """Rows that may be taken instead: of the same event, or automatic and looked at first."""
        workflow = self.book.workflow
        if self.row.is_opening:
            return []
        exits = workflow.exits(self.state)
        if self.row.automatic:
            return [one for one in exits[: exits.index(self.row)] if one.automatic]
        return [one for one in exits if one is not self.row and one.event == self.row.event]

    @property
    def alone(self) -> list[Wanted]:
        return [Wanted(one.guards, met=False) for one in self.rivals]

    def __str__(self) -> str:
        name = f"{self.book.workflow.workflow}-{self.row.event}-from-{self.state}"
        return f"{name}-to-{self.row.target}-{self.number}"


@dataclass(frozen=True, eq=False)
class Condition:
    """A guard of a row."""

    step: Step
    place: int

    @property
    def guard(self) -> Guard:
        return self.step.row.guards[self.place]

    def __str__(self) -> str:
        return f"{self.step}-{self.place}-{self.guard.id}"


STEPS = [
    Step(book, number, state)
    for book in BOOKS.values()
    for number, row in enumerate(book.workflow.transitions)
    for state in row.source
]
FIRST = [one for one in STEPS if one.state == one.row.source[0]]
BY_PEOPLE = [one for one in FIRST if one.row.by_person]
CONDITIONS = [
    Condition(one, i)
    for one in FIRST
    for i, guard in enumerate(one.row.guards)
    if not guard.advisory
]
STATES = [(book, state) for book in BOOKS.values() for state in book.workflow.states]


def decide(step: Step, values: Values, actor: Actor = ANYBODY, without: str = "") -> Plan | None:
    """What the planner makes of the values, all but one field entered."""
    bench, row = step.bench, step.row
    entered = {name: one for name, one in bench.entered(values).items() if name != without}
    case, taken_over_on = bench.case(values), DAY if row.taken_over else None
    decision = bench.decision(values, taken_over_on)
    if row.is_opening:
        who = actor if row.by_person else None
        return plan_opening(step.book, case, row, entered, who, decision)
    if row.by_person:
        return plan_event(step.book, case, row.event, entered, actor, decision)
    exits = step.book.workflow.exits(step.state)
    rows = [one for one in exits if one.time == row.time] if row.time is not None else None
    return plan_automatic(step.book, case, decision, rows)


@cache
def held(step: Step) -> Values:
    """Values under which the row is taken."""
    values = step.bench.solve(Wanted(step.row.guards), *step.alone)
    if values is None:
        pytest.fail(f"{step}: no values satisfy the guards of the row and of no other")
    return values


def failing(findings: Iterable[object]) -> set[str]:
    return {getattr(one, "id", "") for one in findings if not getattr(one, "met", True)}


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_transition_is_taken_when_its_guards_hold(step: Step) -> None:
    plan = decide(step, held(step))

    assert plan is not None
    assert plan.event == step.row.event
    assert plan.to_state == (step.state if step.row.target == SAME else step.row.target)
    assert set(plan.sets) == set(step.row.sets)
    assert plan.from_state == (None if step.row.is_opening else step.state)
    assert plan.cite == step.row.cite


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_transition_closes_and_opens_the_deadlines_that_it_names(step: Step) -> None:
    plan = decide(step, held(step))

    assert plan is not None
    acts = {(one.act, one.rule) for one in plan.deadlines}
    row = step.row
    always = {use.deadline for use in row.opens if not use.when}
    assert {(DeadlineAct.MEET, one) for one in row.meets} <= acts
    assert {(DeadlineAct.CANCEL, one) for one in row.cancels if one not in row.meets} <= acts
    assert {(DeadlineAct.LAPSE, one) for one in row.lapses} <= acts
    assert {(DeadlineAct.OPEN, one) for one in always} <= acts
    named = {*row.meets, *row.cancels, *row.lapses, *(use.deadline for use in row.opens)}
    assert {rule for _, rule in acts} <= named


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_transition_owes_the_notices_that_it_names(step: Step) -> None:
    plan = decide(step, held(step))

    assert plan is not None
    owed = {(one.notice, one.stage) for one in plan.notices}
    assert {(use.notice, use.stage) for use in step.row.notices if not use.when} <= owed
    assert owed <= {(use.notice, use.stage) for use in step.row.notices}


@pytest.mark.parametrize("step", [one for one in FIRST if one.row.notices], ids=str)
def test_conditional_notice_is_owed_exactly_under_its_condition(step: Step) -> None:
    for use in step.row.notices:
        if not use.when:
            continue
        for met in (True, False):
            values = step.bench.solve(
                Wanted(step.row.guards), *step.alone, Wanted(use.when, met=met)
            )
            plan = decide(step, values) if values else None

            assert plan is not None, f"{use}: {met} cannot be brought about"
            assert ((use.notice, use.stage) in {(n.notice, n.stage) for n in plan.notices}) is met


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_guard_unmet_alone_stops_the_transition(condition: Condition) -> None:
    step, guard = condition.step, condition.guard
    others = tuple(one for i, one in enumerate(step.row.guards) if i != condition.place)
    unmet = Wanted((guard,), met=False)
    values = step.bench.solve(Wanted(others), unmet, *step.alone)
    instead = values is None
    if values is None:
        values = step.bench.solve(Wanted(others), unmet)
    assert values is not None, f"{guard} cannot be unmet alone: it says nothing of its own"
    if step.row.by_person and not instead:
        with pytest.raises(TransitionRefusedError) as refused:
            decide(step, values)

        named = [one for one in refused.value.findings if one.target in {"", step.row.target}]
        twins = [one for one in step.rivals if one.target == step.row.target]
        assert guard.id in failing(named)
        assert twins or failing(named) == {guard.id}
        return
    plan = decide(step, values)
    rows = [one for one in step.rivals if holds_all(step, one, values)]
    if step.row.automatic and not rows:
        later = step.book.workflow.automatic(step.state) if not step.row.is_opening else ()
        rows = [one for one in later if holds_all(step, one, values)]
    expected = rows[0] if rows else None

    assert (plan is None) is (expected is None)
    assert expected is not step.row
    if plan is not None and expected is not None:
        assert (plan.event, set(plan.sets)) == (expected.event, set(expected.sets))
        assert plan.to_state == (step.state if expected.target == SAME else expected.target)
        assert expected.target != step.row.target or expected.event != step.row.event


def holds_all(step: Step, row: Transition, values: Values) -> bool:
    return step.bench.hold(row.guards, step.bench.situation(values))


@pytest.mark.parametrize(
    "step", [one for one in STEPS if one.rivals and not one.row.automatic], ids=str
)
def test_no_two_rows_of_an_event_can_hold_at_once(step: Step) -> None:
    for rival in step.rivals:
        both = step.bench.solve(Wanted(step.row.guards), Wanted(rival.guards))

        assert both is None, f"{step.row.target} and {rival.target} both follow from {both}"


@pytest.mark.parametrize("step", BY_PEOPLE, ids=str)
def test_event_is_refused_for_every_role_not_named(step: Step) -> None:
    values = held(step)
    for role in set(Role) - set(step.row.by):
        with pytest.raises(TransitionRefusedError) as refused:
            decide(step, values, Actor("somebody", frozenset({role})))

        named = [one for one in refused.value.findings if one.target in {"", step.row.target}]
        twins = [one for one in step.rivals if one.target == step.row.target]
        assert "role" in failing(named)
        assert twins or failing(named) == {"role"}
    for role in step.row.by:
        assert decide(step, values, Actor("somebody", frozenset({role}))) is not None


@pytest.mark.parametrize("step", BY_PEOPLE, ids=str)
def test_event_is_refused_without_each_required_field(step: Step) -> None:
    for name, spec in step.row.fields.items():
        if not spec.required or spec.default is not None or spec.default_from:
            continue
        with pytest.raises(TransitionRefusedError) as refused:
            decide(step, held(step), without=name)

        assert name in failing(refused.value.findings)


@pytest.mark.parametrize(
    ("book", "state"), STATES, ids=[f"{book.workflow.workflow}-{state}" for book, state in STATES]
)
def test_event_that_the_state_does_not_list_is_refused(book: Rulebook, state: str) -> None:
    workflow, listed = book.workflow, book.workflow.possible(state)
    for number, row in enumerate(workflow.transitions):
        if row.event in listed and row.by_person:
            continue
        step = Step(book, number, row.source[0])
        bench = Bench(REGISTRY, book, row, state)
        if row.event not in listed:
            with pytest.raises(EventUnknownError) as unknown:
                plan_event(book, bench.case({}), row.event, {}, ANYBODY, bench.decision({}))

            assert unknown.value.possible == listed
        if not step.row.is_opening and state not in row.source:
            with pytest.raises(ValueError, match=row.event):
                target_of(book.machine, state, row)


@pytest.mark.parametrize("step", FIRST, ids=str)
def test_entry_says_who_moved_the_case(step: Step) -> None:
    plan = decide(step, held(step))

    assert plan is not None
    kinds = {
        True: EntryKind.TAKEN_OVER if step.row.taken_over else EntryKind.OPENED,
        False: EntryKind.EVENT if step.row.by_person else EntryKind.AUTOMATIC,
    }
    timed = step.row.time is not None and not step.row.is_opening
    assert plan.kind is (EntryKind.TIME if timed else kinds[step.row.is_opening])
    assert plan.by_person is step.row.by_person


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_machine_has_exactly_the_events_of_the_definition(book: Rulebook) -> None:
    workflow = book.workflow
    moving = [row for row in workflow.transitions if not row.is_opening]
    edges = {
        (row.event, source, source if row.target == SAME else row.target)
        for row in moving
        for source in row.source
    }

    assert set(book.machine.events) == {row.event for row in moving}
    assert set(book.machine.states) == set(workflow.states)
    assert edges == {
        (name, source, one.dest)
        for name, event in book.machine.events.items()
        for source, transitions in event.transitions.items()
        for one in transitions
    }
    assert not [name for name in book.machine.events if name.startswith("to_")]
    assert not [name for name in dir(book.machine) if name.startswith("to_")]


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_every_deadline_is_opened_and_closed(book: Rulebook) -> None:
    rows = book.workflow.transitions

    assert {use.deadline for row in rows for use in row.opens} == set(book.workflow.deadlines)
    closed = {one for row in rows for one in (*row.meets, *row.cancels, *row.lapses)}
    assert closed == set(book.workflow.deadlines)


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_every_notice_is_used(book: Rulebook) -> None:
    workflow = book.workflow
    used = {use.notice for row in workflow.transitions for use in row.notices}
    used |= {one.notice for rule in workflow.deadlines.values() for one in rule.reminder}

    assert used == set(workflow.notices)


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_every_state_can_be_reached(book: Rulebook) -> None:
    workflow = book.workflow
    reached = {workflow.initial, workflow.closing_state} - {""}
    reached |= {row.target for row in workflow.openings}
    for _ in workflow.states:
        reached |= {
            row.target
            for row in workflow.transitions
            if row.target != SAME and reached & set(row.source)
        }

    assert reached == set(workflow.states)


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_final_states_and_only_these_have_no_way_out(book: Rulebook) -> None:
    workflow = book.workflow
    leaving = {source for row in workflow.transitions for source in row.source} - {OPENING}

    assert leaving == {name for name, state in workflow.states.items() if not state.final}


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_a_predicate_can_hold_and_can_fail(book: Rulebook) -> None:
    for rule in book.workflow.deadlines.values():
        for guard in rule.pause_while:
            if guard.left is not LeftKind.PREDICATE:
                continue
            bench = Step(book, 0, book.workflow.initial).bench

            assert bench.solve(Wanted((guard,))) is not None
            assert bench.solve(Wanted((guard,), met=False)) is not None


def test_the_branch_is_told_that_its_yearly_statement_was_accepted() -> None:
    """Filing owes the same notice, so that no scenario can tell the two apart."""
    rows = {row.event: row for row in BOOKS["branch_year"].workflow.transitions}

    assert [str(one.stage) for one in rows["accepted"].notices if one.notice == "N17"] == ["done"]
