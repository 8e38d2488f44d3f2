"""The machine has the last word on where an event leads, and knows nothing else."""

from __future__ import annotations

import logging

import pytest

import workflows
from lifecycle.definition import SAME
from lifecycle.machine import Cursor, build_machine, target_of

BOOK = workflows.load_all().book("member_relation")
ROWS = [row for row in BOOK.workflow.transitions if not row.is_opening]
EDGES = [(row, source) for row in ROWS for source in row.source]


@pytest.mark.parametrize(("row", "source"), EDGES, ids=lambda one: getattr(one, "event", one))
def test_row_leads_where_the_definition_says(row: object, source: str) -> None:
    listed = next(one for one in ROWS if one is row)
    expected = source if listed.target == SAME else listed.target

    assert target_of(BOOK.machine, source, listed) == expected


def test_row_from_a_state_that_it_does_not_list_is_refused() -> None:
    row = next(one for one in ROWS if one.event == "received_formal")

    for state in set(BOOK.workflow.states) - set(row.source):
        with pytest.raises(ValueError, match="received_formal"):
            target_of(BOOK.machine, state, row)


def test_row_of_another_definition_is_refused() -> None:
    row = next(one for one in ROWS if one.event == "received_formal")

    with pytest.raises(ValueError, match="not among the machine's edges"):
        target_of(BOOK.machine, row.source[0], row.model_copy())


def test_deciding_leaves_no_trace_in_the_machine() -> None:
    row, source = EDGES[0]
    before = BOOK.machine.models[:]
    target_of(BOOK.machine, source, row)

    assert BOOK.machine.models == before == []
    assert not hasattr(Cursor("x", row), "__dict__")


def test_machine_carries_no_callbacks() -> None:
    machine = build_machine(BOOK.workflow)
    states = machine.states.values()

    assert not any(state.on_enter or state.on_exit for state in states)
    for event in machine.events.values():
        for transitions in event.transitions.values():
            for one in transitions:
                assert [*one.prepare, *one.before, *one.after] == []
                assert [type(each.func) for each in one.conditions] == [type(lambda: None)]
    lists = (machine.prepare_event, machine.before_state_change, machine.after_state_change)
    assert not any((*lists, machine.finalize_event, machine.on_exception, machine.on_final))


def test_library_logs_only_warnings() -> None:
    assert logging.getLogger("transitions").level == logging.WARNING
