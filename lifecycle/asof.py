"""A case as it stood on an earlier day, or as it was then known. Pure, over the trail's bodies.

Which entries count is decided once and here: those recorded by the moment, without those that an
entry recorded by then supersedes, and of these the ones dated on or before the day. What is
superseded only later still counts as known before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from lifecycle.chain import entry_number
from lifecycle.deadlines import DeadlineAct
from lifecycle.history import case_as_left, day_of, deadline_as_left, living, state_spans
from lifecycle.store.types import END_OF_TIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lifecycle.cases import CaseView, DeadlineView
    from lifecycle.definition import Workflow
    from lifecycle.history import Body, StateSpan


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day whose end is looked at, and the moment up to which what was recorded counts."""

    on: date
    known_at: datetime = END_OF_TIME


def known(bodies: Iterable[Body], at: AsOf) -> list[Body]:
    """What stood in the trail at the moment and was not superseded then, whatever its day."""
    recorded = [one for one in bodies if datetime.fromisoformat(one["recorded_at"]) <= at.known_at]
    return living(recorded)


def counting(bodies: Iterable[Body], at: AsOf) -> list[Body]:
    """The entries that make a case what it was: known then, and dated on or before the day."""
    return [one for one in known(bodies, at) if day_of(one) <= at.on]


def case_then(
    view: CaseView, workflow: Workflow, bodies: Sequence[Body], at: AsOf
) -> CaseView | None:
    """The case with the deadlines of `view` as both stood; None where it was not yet open.

    Args:
        view: the case as it is now, with all its deadlines, also those taken back.
        workflow: the rules it runs under.
        bodies: its whole trail.
        at: the day and the moment.
    """
    span = _span(state_spans(known(bodies, at)), at.on)
    if span is None:
        return None
    counted = counting(bodies, at)
    left = case_as_left(view, workflow, counted)
    return replace(
        left,
        state=span.state,
        state_since_on=span.from_on,
        version=counted[-1]["seq"],
        closed_on=left.closed_on if workflow.states[span.state].final else None,
        deadlines=tuple(deadlines_then(view.deadlines, counted, view.id)),
    )


def _span(spans: Iterable[StateSpan], on: date) -> StateSpan | None:
    return next(
        (one for one in spans if one.from_on <= on and (one.until_on is None or one.until_on > on)),
        None,
    )


def deadlines_then(
    rows: Iterable[DeadlineView], counted: Sequence[Body], case_id: int
) -> list[DeadlineView]:
    """The deadlines that the counted entries opened, as these entries alone leave them.

    Args:
        rows: every deadline of the case as it is now, also those taken back since.
        counted: the entries that count, as `counting` gives them.
        case_id: the case.
    """
    openers = {entry_number(case_id, body["seq"]) for body in counted}
    return [
        deadline_as_left(row, counted, case_id) for row in rows if row.opened_entry_id in openers
    ]


def closed_on(row: DeadlineView, counted: Iterable[Body]) -> date | None:
    """The day on which a deadline as it stood had been closed; None while it ran."""
    if row.is_running:
        return None
    days = [
        date.fromisoformat(change["on"])
        for body in counted
        for change in body["deadlines"]
        if change.get("deadline") == row.id and change["act"] in _CLOSING
    ]
    return days[-1]


_CLOSING = frozenset({DeadlineAct.MEET, DeadlineAct.CANCEL, DeadlineAct.LAPSE})
