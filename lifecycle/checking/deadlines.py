"""Deadlines: whose they are, that they begin and end, and that reminders come in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.checking.findings import Checked, Code, Problem
from lifecycle.checking.paths import (
    Position,
    position_given,
    shortest,
    starts,
    states_onward,
    steps,
)
from lifecycle.conditions import LeftKind, OperandKind
from lifecycle.deadlines import REMINDERS
from lifecycle.definition import Before

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lifecycle.definition import DeadlineRule, Transition, Workflow

Node = tuple[Position, bool]
"""Where a case can be, and whether the deadline runs there."""


def check_owners(all_checked: Sequence[Checked]) -> Iterable[Problem]:
    """Deadlines that two workflows declare: only one may write their rows."""
    owner: dict[str, str] = {}
    for checked in all_checked:
        for name in checked.workflow.deadlines:
            first = owner.setdefault(name, checked.workflow.workflow)
            if first != checked.workflow.workflow:
                message = f"{name} is declared by {first} as well"
                yield checked.problem(Code.DEADLINE_OWNER, ("deadlines", name), message)


def check_deadlines(checked: Checked) -> Iterable[Problem]:
    """Deadlines that never begin or end, that get stuck, or that nothing reminds of in time."""
    for name, rule in checked.workflow.deadlines.items():
        rows = checked.workflow.transitions
        at = ("deadlines", name)
        begun = any(_opens(row, name) for row in rows)
        ended = any(_closes(row, name) for row in rows)
        if not begun:
            yield checked.problem(Code.DEADLINE_NEVER_STARTS, at, f"no row opens {name}")
        if not ended:
            message = f"no row meets, cancels or lapses {name}"
            yield checked.problem(Code.DEADLINE_NEVER_ENDS, at, message)
        if begun and ended:
            yield from _stuck(checked, name)
        yield from _reminders(checked, name, rule)


def _opens(row: Transition, deadline: str) -> bool:
    return any(use.deadline == deadline for use in row.opens)


def _closes(row: Transition, deadline: str) -> bool:
    return deadline in (*row.meets, *row.cancels, *row.lapses)


def _running(workflow: Workflow, name: str) -> dict[str, tuple[str, ...]]:
    """The states in which the deadline may run, each with the shortest events to it."""

    def onward(node: Node) -> Iterable[tuple[str, Node]]:
        here, runs = node
        for event, row, there in steps(workflow, here):
            if runs or not _needs(row, name):
                yield event, (there, _runs_after(row, name, runs=runs))

    begun: dict[Node, tuple[str, ...]] = {}
    for event, row, position in starts(workflow):
        begun.setdefault((position, _runs_after(row, name, runs=False)), (event,))
    given = position_given(workflow)
    if given is not None:
        begun[given, False] = ()
    running: dict[str, tuple[str, ...]] = {}
    for (position, runs), path in shortest(begun, onward).items():
        if runs:
            running.setdefault(position.state, path)
    return running


def _stuck(checked: Checked, name: str) -> Iterable[Problem]:
    """States in which the deadline may run and from which no events lead to a row that ends it."""
    workflow = checked.workflow
    for state, path in _running(workflow, name).items():
        if workflow.states[state].final:
            yield checked.problem(
                Code.DEADLINE_OUTLIVES_CASE,
                ("deadlines", name),
                f"{name} may still run when the case ends in {state}",
                path,
            )
        elif not _can_end(checked, name, state):
            yield checked.problem(
                Code.DEADLINE_STUCK,
                ("deadlines", name),
                f"{name} may run in {state}, and nothing from there on ends it",
                path,
            )


def _runs_after(row: Transition, name: str, *, runs: bool) -> bool:
    return _opens(row, name) or (runs and not _closes(row, name))


def _needs(row: Transition, name: str) -> bool:
    """Whether the row can only be taken while the deadline runs."""
    if row.time == name or (isinstance(row.time, Before) and row.time.before == name):
        return True
    return any(guard.left is LeftKind.DEADLINE and guard.name == name for guard in row.guards)


def _can_end(checked: Checked, name: str, state: str) -> bool:
    return any(
        _closes(row, name)
        for one in states_onward(checked.workflow, state)
        for row in checked.workflow.exits(one)
    )


def _reminders(checked: Checked, name: str, rule: DeadlineRule) -> Iterable[Problem]:
    """Offsets of reminders and of what time does ahead of the deadline: not all after it."""
    policy = checked.registry.policy
    for given in policy.ever(REMINDERS) if rule.reminder else ():
        if isinstance(given, tuple) and given and min(given) > 0:
            yield checked.problem(
                Code.REMINDER_TOO_LATE,
                ("deadlines", name, "reminder"),
                f"the reminders of {name} ({REMINDERS}: {', '.join(map(str, given))} days) "
                "all come after it",
            )
    for number, row in checked.numbered():
        if not isinstance(row.time, Before) or row.time.before != name:
            continue
        months = row.time.months
        known = months.kind is OperandKind.PARAMETER
        given_months = policy.ever(months.name) if known else {months.value}
        for one in given_months:
            if isinstance(one, int) and one <= 0:
                yield checked.problem(
                    Code.REMINDER_TOO_LATE,
                    ("transitions", number, "time"),
                    f"{row.event} comes {one} months before {name}, which is not ahead of it",
                )
