"""Which states events lead to, and by which shortest list of events.

A *position* is a state with what later rows ask about the way to it: the state before, and those
case fields that a row looks at or compares with. A row can be taken from a position unless one of
these contradicts it; facts and forms may say anything.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from lifecycle.conditions import Comparison, LeftKind, OperandKind
from lifecycle.definition import OPENING, SAME
from lifecycle.guards import compare

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from lifecycle.conditions import Guard, Operand
    from lifecycle.definition import Transition, Workflow

N = TypeVar("N", bound="Hashable")

KNOWN, PERHAPS = "some value", "some value or none"
"""What is known of a field that a row fills with something that the definition does not say."""

STATE_BEFORE = "state_before"
"""The fact of every case that names the last state that differs from its own."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a case can be: its state, the one before, and what its tracked fields hold."""

    state: str
    before: str | None = None
    recorded: tuple[tuple[str, Any], ...] = ()


Step = tuple[str, "Transition", Position]
"""An event, its row and where it leads."""


def target_from(row: Transition, state: str) -> str:
    """Where the row leads from `state`."""
    return state if row.target == SAME else row.target


def starts(workflow: Workflow) -> list[Step]:
    """How a case can begin."""
    blank = _blank(workflow, "")
    return [(row.event, row, _after(blank, row)) for row in workflow.openings]


def position_given(workflow: Workflow) -> Position | None:
    """Where the engine opens a case, of a workflow in which no row does."""
    return None if workflow.openings else _blank(workflow, workflow.initial)


def steps(workflow: Workflow, here: Position) -> Iterable[Step]:
    """Everything that the definition lets happen at a position."""
    for row in workflow.exits(here.state):
        if all(_possible(guard, here) for guard in row.guards):
            yield row.event, row, _after(here, row)


def positions_reached(workflow: Workflow) -> dict[Position, tuple[str, ...]]:
    """Every position that rows lead to, with the shortest events that lead there."""
    begun: dict[Position, tuple[str, ...]] = {}
    for event, _, position in starts(workflow):
        begun.setdefault(position, (event,))
    given = position_given(workflow)
    if given is not None:
        begun[given] = ()
    return shortest(
        begun, lambda here: ((event, there) for event, _, there in steps(workflow, here))
    )


def states_of(positions: Mapping[Position, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The states of the positions, each with the shortest events that lead there."""
    found: dict[str, tuple[str, ...]] = {}
    for position, path in positions.items():
        if position.state not in found or len(path) < len(found[position.state]):
            found[position.state] = path
    return found


def states_onward(workflow: Workflow, state: str) -> set[str]:
    """The states that rows lead to from `state`, whatever came before; itself among them."""
    return set(
        shortest(
            {state: ()},
            lambda one: ((row.event, target_from(row, one)) for row in workflow.exits(one)),
        )
    )


def states_before(workflow: Workflow, state: str) -> frozenset[str]:
    """The states from which a case can have come into `state`."""
    return frozenset(
        source
        for row in workflow.transitions
        for source in row.source
        if source not in (OPENING, state) and target_from(row, source) == state
    )


def shortest(
    begun: Mapping[N, tuple[str, ...]], onward: Callable[[N], Iterable[tuple[str, N]]]
) -> dict[N, tuple[str, ...]]:
    """Every node that can be reached, with the labels on a shortest way to it."""
    found = dict(begun)
    waiting = deque(begun)
    while waiting:
        here = waiting.popleft()
        for label, there in onward(here):
            if there not in found:
                found[there] = (*found[here], label)
                waiting.append(there)
    return found


def _tracked(workflow: Workflow) -> list[str]:
    guards = [guard for row in workflow.transitions for guard in row.guards]
    asked = {one.name for one in guards if one.left is LeftKind.RECORDED}
    asked |= {one.right.name for one in guards if one.right.kind is OperandKind.RECORDED}
    return sorted(asked)


def _blank(workflow: Workflow, state: str) -> Position:
    recorded = tuple((name, workflow.fields[name].default) for name in _tracked(workflow))
    return Position(state, None, recorded)


def _possible(guard: Guard, here: Position) -> bool:
    """Whether the condition can hold at the position, as far as the position says."""
    if guard.override or guard.advisory or guard.right.kind is not OperandKind.LITERAL:
        return True
    if guard.left is LeftKind.FACT and guard.name == STATE_BEFORE:
        return compare(guard.comparison, here.before, guard.right.value)  # type: ignore[arg-type]
    recorded = dict(here.recorded)
    if guard.left is not LeftKind.RECORDED or guard.name not in recorded:
        return True
    value = recorded[guard.name]
    if value == PERHAPS:
        return True
    if value == KNOWN:
        return guard.comparison is not Comparison.IS_KNOWN or guard.right.value is True
    return compare(guard.comparison, value, guard.right.value)  # type: ignore[arg-type]


def _after(here: Position, row: Transition) -> Position:
    there = target_from(row, here.state)
    before = here.before if there == here.state else here.state or None
    old = dict(here.recorded)
    new = {
        name: _given(row, row.sets[name], old) if name in row.sets else value
        for name, value in old.items()
    }
    return Position(there, before, tuple(new.items()))


def _given(row: Transition, operand: Operand, recorded: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever a field holds
    """What a field holds after the row has set it to the operand."""
    if operand.kind is OperandKind.LITERAL:
        return operand.value
    if operand.kind is OperandKind.RECORDED:
        return recorded.get(operand.name, PERHAPS)
    spec = row.fields.get(operand.name)
    sure = (
        operand.kind is OperandKind.PARAMETER
        or (operand.kind is OperandKind.FIELD and spec is not None and spec.required)
        or (operand.kind is OperandKind.FACT and operand.name in ("effective_on", "today"))
    )
    return KNOWN if sure else PERHAPS
