"""Rows of one recorded event: that together they leave no case out; rows that hold in no case."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lifecycle.checking.atoms import Atom, Scope, Variable, atom, binding, domains
from lifecycle.checking.declarations import declared, told
from lifecycle.checking.exclusion import scope_of, solve
from lifecycle.checking.findings import Checked, Code, Problem
from lifecycle.checking.solving import Constraint, Model, find_model
from lifecycle.conditions import Comparison, LeftKind, OperandKind
from lifecycle.definition import OPENING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lifecycle.conditions import Guard
    from lifecycle.definition import Transition


def check_gaps(checked: Checked) -> Iterable[Problem]:
    """Recorded events whose rows leave a case out.

    What all rows ask is what the event needs: without it there is a finding and no gap. The same
    goes for what one row asks alone. What remains is what tells the rows apart: the conditions
    on left sides that two rows or more look at or, in a row that has none of these, all its own.
    One row must hold for every value of them. A value that is not known is no gap, unless a row
    asks whether it is: it is refused as not recorded, and can be supplied.
    """
    told_already: set[tuple[int, ...]] = set()
    for state in (OPENING, *checked.reached):
        for event, numbers in _groups(checked, state).items():
            rows = [checked.workflow.transitions[number] for number in numbers]
            model = _gap(checked, state, rows)
            if model is None or numbers in told_already:
                continue
            told_already.add(numbers)
            where = "when a case opens" if state == OPENING else f"in {state}"
            yield checked.problem(
                Code.ROWS_LEAVE_GAP,
                ("transitions", numbers[0]),
                f"no row of {event} {where} holds when {told(model)}",
                checked.reached.get(state, ()),
            )


def check_rows(checked: Checked) -> Iterable[Problem]:
    """Rows whose conditions contradict each other, and conditions on values that nothing has."""
    for number, row in checked.numbered():
        for state in row.source:
            scope = scope_of(checked, state, [row])
            wrong = list(_wrong_values(checked, scope, number, row))
            yield from wrong
            if not wrong and solve(scope, binding(row.guards)) is None:
                yield checked.problem(
                    Code.DEAD_ROW,
                    ("transitions", number),
                    f"the conditions of {row.event} contradict each other"
                    + ("" if state == OPENING else f" in {state}"),
                )
                break
            if wrong:
                break


def _groups(checked: Checked, state: str) -> dict[str, tuple[int, ...]]:
    """The rows of every event that is recorded from the state by more than one row."""
    groups: dict[str, tuple[int, ...]] = {}
    for number, row in checked.numbered():
        if row.by_person and state in row.source:
            groups[row.event] = (*groups.get(row.event, ()), number)
    return {event: numbers for event, numbers in groups.items() if len(numbers) > 1}


def _gap(checked: Checked, state: str, rows: Sequence[Transition]) -> Model | None:
    """A case that no row covers although all that every row asks is there."""
    asked = [{_what(one): one for one in binding(row.guards)} for row in rows]
    common = set(asked[0]).intersection(*asked[1:])
    own = [[one for what, one in each.items() if what not in common] for each in asked]
    looked_at = Counter(left for each in own for left in {(one.left, one.name) for one in each})
    telling = [[one for one in each if looked_at[one.left, one.name] > 1] or each for each in own]
    scope = scope_of(checked, state, rows)
    needed = [atom(asked[0][what]) for what in sorted(common)]
    apart = [[atom(one) for one in each] for each in telling]
    atoms = [*needed, *(one for each in apart for one in each)]
    values = domains(atoms, scope, known=_known(checked, state, rows, atoms))
    constraints = [*declared(values, scope), *(one.constraint for one in needed)]
    return find_model(values, [*constraints, *map(_not_all, apart)])


def _what(guard: Guard) -> tuple[str, str]:
    return (str(guard), guard.right.kind.value)


def _not_all(atoms: Sequence[Atom]) -> Constraint:
    variables = tuple(dict.fromkeys(name for one in atoms for name in one.variables))
    return Constraint(variables, _some_missing(atoms))


def _some_missing(atoms: Sequence[Atom]) -> Callable[[Model], bool]:
    return lambda model: not all(one.holds(model) for one in atoms)


def _known(
    checked: Checked, state: str, rows: Sequence[Transition], atoms: Sequence[Atom]
) -> frozenset[Variable]:
    """The variables that are taken to have a value when gaps are looked for."""
    asked_about = {one.left for one in atoms if one.guard.comparison is Comparison.IS_KNOWN}
    spoken = {name for one in atoms for name in (one.left, one.right) if name is not None}
    return frozenset(
        one for one in spoken - asked_about if not _may_be_left_out(checked, state, rows, one)
    )


def _may_be_left_out(
    checked: Checked, state: str, rows: Sequence[Transition], variable: Variable
) -> bool:
    """Whether the form lets the field be empty, or the case can come here without recording it."""
    if variable.kind == LeftKind.FIELD:
        specs = [row.fields[variable.name] for row in rows if variable.name in row.fields]
        return any(not spec.required and spec.default is None for spec in specs)
    if variable.kind != LeftKind.RECORDED:
        return False
    here = [one for one in checked.positions if one.state == state]
    return any(dict(one.recorded)[variable.name] is None for one in here)


def _wrong_values(
    checked: Checked, scope: Scope, number: int, row: Transition
) -> Iterable[Problem]:
    for i, guard in enumerate(row.guards):
        if guard.left is LeftKind.PREDICATE or guard.right.kind is not OperandKind.LITERAL:
            continue
        if guard.comparison is Comparison.IS_KNOWN:
            continue
        vocabulary = scope.vocabulary(Variable(guard.left.value, guard.name))
        if vocabulary is None:
            continue
        given = guard.right.value
        for one in given if isinstance(given, tuple) else (given,):
            if one not in vocabulary:
                yield checked.problem(
                    Code.WRONG_VALUE,
                    ("transitions", number, "guards", i),
                    f"{guard.left} {guard.name} is never {one!r}: "
                    f"it is one of {', '.join(map(str, vocabulary))}",
                )
