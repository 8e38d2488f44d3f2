"""The only file that imports transitions: one immutable machine per workflow version.

The machine has the last word on (state, event) -> target. It carries no callbacks and no named
conditions: the verdict on the guards is handed to it, and a cursor that is thrown away after
the decision takes the step.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from transitions import EventData, Machine, MachineError

from lifecycle.definition import SAME, Transition, Workflow

if TYPE_CHECKING:
    from collections.abc import Callable

# At INFO the library writes a line per trigger, which doubles its cost.
logging.getLogger("transitions").setLevel(logging.WARNING)

__all__ = ["Cursor", "Machine", "build_machine", "target_of"]


class Cursor:
    """Where one decision stands: a state, and the row that the guards chose."""

    __slots__ = ("state", "verdict")

    def __init__(self, state: str, verdict: Transition) -> None:
        self.state = state
        self.verdict = verdict


def build_machine(workflow: Workflow) -> Machine:
    """The machine of a workflow: exactly its states and events, nothing that bypasses a guard."""
    return Machine(
        model=None,
        states=list(workflow.states),
        initial=workflow.initial,
        transitions=[
            {
                "trigger": row.event,
                "source": source,
                "dest": source if row.target == SAME else row.target,
                "conditions": [_chosen(row)],
            }
            for row in workflow.transitions
            if not row.is_opening
            for source in row.source
        ],
        auto_transitions=False,
        send_event=True,
        queued=False,
        ignore_invalid_triggers=False,
    )


def target_of(machine: Machine, state: str, row: Transition) -> str:
    """The state to which `row` leads from `state`.

    Raises:
        ValueError: the machine does not allow the row here; the caller's verdict was wrong.
    """
    cursor = Cursor(state, row)
    try:
        moved = machine.events[row.event].trigger(cursor)
    except MachineError as error:
        raise ValueError(str(error)) from error
    if not moved:
        msg = f"{row.event} from {state} is not among the machine's edges for that verdict"
        raise ValueError(msg)
    return cursor.state


def _chosen(row: Transition) -> Callable[[EventData], bool]:
    def chosen(event: EventData) -> bool:
        cursor: Any = event.model
        return cursor.verdict is row

    return chosen
