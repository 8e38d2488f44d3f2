"""Automatic circles inside a workflow: rows that could follow each other for ever in one settling.

A walk of rows that fire by themselves is played on variables: what a row sets is known from then
on, what an effect or the workflow's own move may change is a new variable, and every other fact
stays as it is, because a settling takes place on one day. When no situation lets a walk come
back to its first row and go round once more, the walk contradicts itself and is no circle.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lifecycle.checking.atoms import (
    FACT,
    LITERAL,
    OPAQUE,
    PREDICATE,
    Atom,
    Scope,
    Variable,
    atom,
    binding,
    domains,
)
from lifecycle.checking.declarations import declared
from lifecycle.checking.findings import Checked, Code, Problem
from lifecycle.checking.paths import STATE_BEFORE, target_from
from lifecycle.checking.solving import Constraint, Model, find_model
from lifecycle.checking.strata import sources
from lifecycle.checking.writes import tables_of
from lifecycle.conditions import LeftKind, Operand, OperandKind
from lifecycle.definition import Before, Recorded, Transition
from lifecycle.sources import case_source, state_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Edge = tuple[str, int]
"""A state and the number of a row that fires there by itself."""

_DUE = "due"
"""A kind of variable: whether the day has come on which time takes a row."""


def check_circles(checked: Checked) -> Iterable[Problem]:
    """Rows, automatic or taken by time, that may follow each other without end: the shortest."""
    edges = [
        (state, number)
        for number, row in checked.numbered()
        for state in row.source
        if state in checked.reached and (row.automatic or row.time is not None)
    ]
    seen: set[frozenset[int]] = set()
    for i, start in enumerate(edges):
        walk = _circle(checked, start, edges[i:])
        rows = frozenset(number for _, number in walk)
        if not walk or rows in seen:
            continue
        seen.add(rows)
        events = [checked.workflow.transitions[number].event for _, number in walk]
        yield checked.problem(
            Code.AUTOMATIC_CIRCLE,
            ("transitions", start[1]),
            f"{', '.join(events)} may follow each other for ever, beginning in {start[0]}",
            (*checked.reached[start[0]], *events),
        )


def _circle(checked: Checked, start: Edge, allowed: Sequence[Edge]) -> tuple[Edge, ...]:
    """The shortest walk over allowed edges from `start` back to it that can be taken twice."""
    waiting: deque[tuple[Edge, ...]] = deque([(start,)])
    while waiting:
        walk = waiting.popleft()
        if not _possible(checked, walk):
            continue
        state, number = walk[-1]
        there = target_from(checked.workflow.transitions[number], state)
        if there == start[0] and _possible(checked, [*walk, *walk, start]):
            return walk
        waiting += [(*walk, edge) for edge in allowed if edge[0] == there and edge not in walk]
    return ()


def _possible(checked: Checked, walk: Sequence[Edge]) -> bool:
    """Whether there is a situation in which the rows of the walk fire one after the other."""
    play = _Play(Scope(checked, checked.workflow.subject))
    for state, number in walk:
        play.fire(state, checked.workflow.transitions[number])
    return play.model() is not None


@dataclass(slots=True)
class _Play:
    """A walk as far as it has been taken."""

    scope: Scope
    atoms: list[Atom] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    extra: dict[Variable, tuple[Any, ...]] = field(default_factory=dict)
    step: int = 0
    now: dict[tuple[str, str], Variable] = field(default_factory=dict)
    """What stands for a name by now, where it is not what stood for it at the beginning."""
    changed: dict[str, int] = field(default_factory=dict)
    """By source: the last step that may have changed it."""

    def model(self) -> Model | None:
        """A situation in which everything asked so far holds."""
        values = domains(self.atoms, self.scope) | self.extra
        asked = [*(one.constraint for one in self.atoms), *self.constraints]
        return find_model(values, [*asked, *declared(values, self.scope)])

    def fire(self, state: str, row: Transition) -> None:
        """Ask for the row's conditions, and let it do what it does."""
        self.atoms += [atom(guard, self.variable) for guard in binding(row.guards)]
        if row.time is not None:
            self._fall_due(row)
        self._write(state, row)
        self.step += 1

    def variable(self, kind: str, name: str) -> Variable:
        """What stands for the name at this step."""
        if (kind, name) in self.now:
            return self.now[kind, name]
        if kind in (PREDICATE, OPAQUE):
            return Variable(kind, name, self.step)  # whatever it looks at may have changed
        if kind != FACT:
            return Variable(kind, name)
        read = sources(self.scope.checked, self.scope.subject, [name])
        return Variable(kind, name, max((self.changed.get(one, 0) for one in read), default=0))

    def _fall_due(self, row: Transition) -> None:
        name = _timed(row)
        due = self.now.get((_DUE, name), Variable(_DUE, name))
        self.extra[due] = (due.value is None,)
        self.constraints.append(Constraint((due,), lambda model: bool(model[due])))

    def _write(self, state: str, row: Transition) -> None:
        checked, after = self.scope.checked, self.step + 1
        given = {name: self._given(operand) for name, operand in row.sets.items()}
        for name, value in given.items():
            self.now[LeftKind.RECORDED.value, name] = value
            self.now[_DUE, name] = Variable(_DUE, name, after, value=False)
        touched = {*row.meets, *row.cancels, *row.lapses, *(one.deadline for one in row.opens)}
        for name in touched:
            for kind in (LeftKind.DEADLINE.value, OperandKind.DUE_ON.value):
                self.now[kind, name] = Variable(kind, name, after)
            self.now[_DUE, name] = Variable(_DUE, name, after, value=False)
        there, own = target_from(row, state), checked.workflow.workflow
        if there != state:
            self.now[FACT, STATE_BEFORE] = Variable(LITERAL, STATE_BEFORE, value=state)
        written = {state_source(own), *tables_of(checked, row)}
        if checked.workflow.states[there].final:
            written.add(case_source(own))
        self.changed |= dict.fromkeys(written, after)

    def _given(self, operand: Operand) -> Variable:
        """What a case field holds after it has been set to the operand."""
        if operand.kind is OperandKind.LITERAL:
            return Variable(LITERAL, str(operand.value), value=operand.value)
        if operand.kind in (OperandKind.FACT, OperandKind.RECORDED):
            return self.variable(operand.kind.value, operand.name)
        return Variable(operand.kind.value, operand.name, self.step + 1)


def _timed(row: Transition) -> str:
    if isinstance(row.time, Recorded):
        return row.time.recorded
    return row.time.before if isinstance(row.time, Before) else str(row.time)
