"""Rows of which one alone may fire: that no two of them can hold together."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from lifecycle.checking.atoms import Scope, atom, binding, domains
from lifecycle.checking.declarations import declared, told
from lifecycle.checking.findings import Checked, Code, Problem
from lifecycle.checking.paths import target_from
from lifecycle.checking.solving import Model, find_model
from lifecycle.definition import OPENING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lifecycle.conditions import Guard
    from lifecycle.definition import Transition


_Numbered = tuple[int, "Transition"]


def check_exclusion(checked: Checked) -> Iterable[Problem]:
    """Pairs of rows that can hold together where only one may fire.

    Those are: the rows of one event from one state that people record, or that a take-over uses;
    the automatic exits of one state, and its automatic rows of one event that stay there; what
    time does there for one reason; and what opens cases by itself. A row that leads back to its
    state is no exit: it may fire before another one, and that other one still holds.
    """
    seen: set[tuple[int, int]] = set()
    for state in (OPENING, *checked.reached):
        for (i, one), (j, other) in _rivals(checked, state):
            if (i, j) in seen:
                continue
            model = _together(checked, state, one, other)
            if model is not None:
                seen.add((i, j))
                yield checked.problem(
                    Code.ROWS_OVERLAP,
                    ("transitions", j),
                    f"{_called(other, one)} can hold together with {_called(one, other)} of line "
                    f"{checked.document.line(('transitions', i))} {_place(state)}, "
                    f"when {told(model) or 'nothing is asked'}",
                    checked.reached.get(state, ()),
                )


def scope_of(checked: Checked, state: str, rows: Sequence[Transition]) -> Scope:
    """Where the conditions of rows from a state are asked; a form knows all the rows' choices."""
    fields = {name: spec for row in rows for name, spec in row.fields.items()}
    for row in rows:
        for name, spec in row.fields.items():
            choices = {**fields[name].choices, **spec.choices}
            fields[name] = fields[name].model_copy(update={"choices": choices})
    subject = rows[0].for_each or checked.workflow.subject
    return Scope(checked, subject, "" if state == OPENING else state, fields)


def solve(scope: Scope, guards: Iterable[Guard]) -> Model | None:
    """A situation in which all the conditions hold."""
    atoms = [atom(one) for one in guards]
    values = domains(atoms, scope)
    return find_model(values, [one.constraint for one in atoms] + declared(values, scope))


def _together(checked: Checked, state: str, one: Transition, other: Transition) -> Model | None:
    scope = scope_of(checked, state, (one, other))
    return solve(scope, [*binding(one.guards), *binding(other.guards)])


def _rivals(checked: Checked, state: str) -> Iterator[tuple[_Numbered, _Numbered]]:
    groups: dict[tuple[str, ...], list[_Numbered]] = {}
    for number, row in checked.numbered():
        if state in row.source:
            groups.setdefault(_group(row, state), []).append((number, row))
    for rows in groups.values():
        yield from combinations(rows, 2)


def _group(row: Transition, state: str) -> tuple[str, ...]:
    """What a row shares with those that may not fire at the same time."""
    if row.time is not None:
        return ("time", str(row.time))
    if not row.automatic:
        return ("taken_over" if row.taken_over else "recorded", row.event)
    stays = not row.is_opening and target_from(row, state) == state
    return ("stays", row.event) if stays else ("automatic",)


def _called(row: Transition, other: Transition) -> str:
    return f"{row.event} to {row.target}" if row.event == other.event else row.event


def _place(state: str) -> str:
    return "when a case opens" if state == OPENING else f"in {state}"
