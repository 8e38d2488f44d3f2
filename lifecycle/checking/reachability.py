"""States that no case comes into, and states that no case comes out of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.checking.findings import Checked, Code, Problem
from lifecycle.checking.paths import states_onward

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_states(checked: Checked) -> Iterable[Problem]:
    """Unreachable states and traps.

    A trap is a state that is not final and that nothing leads out of. The engine's `case_closed`
    alone makes a state where nothing else can happen no resting place: it is an exit only where
    something can at least be recorded. Where no subject's end closes the cases, every state must
    lead to a final one; a workflow without final states is a standing file and has no end.
    """
    for name in checked.workflow.states:
        if name not in checked.reached:
            yield checked.problem(
                Code.UNREACHABLE_STATE, ("states", name), f"no events lead to {name}"
            )
    yield from _traps(checked)


def _traps(checked: Checked) -> Iterable[Problem]:
    workflow = checked.workflow
    ends = {name for name, state in workflow.states.items() if state.final}
    for name, path in checked.reached.items():
        if name in ends:
            continue
        if checked.closes_with_subject:
            trapped = not workflow.exits(name)
        else:
            trapped = bool(ends) and not ends & states_onward(workflow, name)
        if trapped:
            yield checked.problem(
                Code.TRAP_STATE,
                ("states", name),
                f"{name} is not final, and nothing leads out of it",
                path,
            )
