"""A case as its living entries make it: state, fields, dates. Pure, over the bodies of the trail.

What is stored beside the trail can be told from here again: going back before entries that are
superseded (`lifecycle.backdating`), correcting, and checking the tables against the trail
(`lifecycle.replaying`) all read a case's past in this one way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.access import ActorSource
from lifecycle.cases import CARRIERS, CaseView, DeadlineStatus, DeadlineView, EntryKind
from lifecycle.chain import entry_number
from lifecycle.deadlines import DeadlineAct
from lifecycle.store.rows import typed_fields
from lifecycle.store.tables import entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from lifecycle.definition import Workflow

Body = Mapping[str, Any]
"""What an entry's hash covers, as read from JSON."""


@dataclass(frozen=True, slots=True)
class StateSpan:
    """A state of a case and the days on which it was in it."""

    state: str
    from_on: date
    until_on: date | None


def bodies_of(connection: Connection, case_id: int) -> list[Body]:
    """The bodies of all entries of a case, in order."""
    statement = sa.select(entry.c.body).where(entry.c.case_id == case_id).order_by(entry.c.seq)
    return [json.loads(bytes(body)) for body in connection.execute(statement).scalars()]


def living(bodies: Iterable[Body]) -> list[Body]:
    """Those that no later entry supersedes, in order."""
    all_of_them = list(bodies)
    gone = {seq for one in all_of_them for seq in one["supersedes"]}
    return [one for one in all_of_them if one["seq"] not in gone]


def day_of(body: Body) -> date:
    """The day on which what the entry says happened."""
    return date.fromisoformat(body["effective_on"])


def is_vouched(body: Body) -> bool:
    """Whether a person or a list says something in the entry, not a rule or the clock."""
    source: str = body["actor"]["source"]
    by_somebody = source != ActorSource.SYSTEM and body["kind"] not in CARRIERS
    return body["kind"] == EntryKind.TAKEN_OVER or by_somebody


def state_spans(bodies: Iterable[Body]) -> list[StateSpan]:
    """The states that living entries led through; an entry dated before its predecessor waits."""
    spans: list[StateSpan] = []
    for body in bodies:
        last = spans[-1] if spans else None
        if last is not None and body["to"] == last.state:
            continue
        since = max(day_of(body), last.from_on) if last else day_of(body)
        if last is not None:
            spans[-1] = replace(last, until_on=since)
        spans.append(StateSpan(body["to"], since, None))
    return [one for one in spans if one.from_on != one.until_on]


def case_as_left(view: CaseView, workflow: Workflow, bodies: Sequence[Body]) -> CaseView:
    """The case as living entries alone leave it; its deadlines stay as given."""
    state = bodies[-1]["to"]
    people = [day_of(one) for one in bodies if is_vouched(one)]
    others = [one["to"] for one in bodies if one["to"] != state]
    final = workflow.states[state].final
    return replace(
        view,
        state=state,
        state_since_on=_since(bodies),
        previous_state=others[-1] if others else None,
        fields=_fields(workflow, bodies),
        waived=_waived(bodies),
        last_on=max(day_of(one) for one in bodies),
        last_person_on=max(people, default=None),
        taken_over_only=bodies[-1]["kind"] == EntryKind.TAKEN_OVER,
        closed_on=day_of(bodies[-1]) if final else None,
    )


def _since(bodies: Sequence[Body]) -> date:
    """The day on which the last state began; an entry dated before the one it follows waits."""
    since, state = day_of(bodies[0]), bodies[0]["to"]
    for body in bodies:
        if body["to"] != state:
            since, state = max(day_of(body), since), body["to"]
    return since


def _fields(workflow: Workflow, bodies: Iterable[Body]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: spec.default for name, spec in workflow.fields.items() if spec.default is not None
    }
    for body in bodies:
        fields |= body["sets"]
    return dict(typed_fields(fields, workflow))


def _waived(bodies: Iterable[Body]) -> frozenset[str]:
    """The conditions set aside since the last change of state."""
    waived: frozenset[str] = frozenset()
    for body in bodies:
        moves = body["from"] != body["to"]
        waived = (frozenset() if moves else waived) | frozenset(body["details"].get("waived", ()))
    return waived


def deadline_as_left(row: DeadlineView, bodies: Iterable[Body], case_id: int) -> DeadlineView:
    """A deadline as living entries alone make it, from its opening on."""
    for body in bodies:
        opens = entry_number(case_id, body["seq"]) == row.opened_entry_id
        for change in body["deadlines"]:
            own = change["act"] == DeadlineAct.OPEN and opens and change["rule"] == row.rule
            if own or change.get("deadline") == row.id:
                row = deadline_after(row, change)
    return row


def deadline_after(row: DeadlineView, change: Mapping[str, Any]) -> DeadlineView:
    """A deadline after one change, as an entry of the trail tells it."""
    act = DeadlineAct(change["act"])
    if act is not DeadlineAct.MOVE:
        row = replace(row, status=STATUS_AFTER[act])
    if act is DeadlineAct.SUSPEND:
        row = replace(row, suspended_on=date.fromisoformat(change["on"]))
    elif row.status is DeadlineStatus.OPEN:
        row = replace(row, suspended_on=None)  # one closed while it stood still keeps the day
    if "due_on" not in change:
        return row
    return replace(
        row,
        kind=change["kind"],
        cycle=change["cycle"],
        anchor_on=date.fromisoformat(change["anchor_on"]),
        raw_on=date.fromisoformat(change["raw_on"]),
        due_on=date.fromisoformat(change["due_on"]),
        provisional=change["provisional"],
        suspended_days=change["suspended_days"],
        derivation=change["derivation"],
    )


STATUS_AFTER = {
    DeadlineAct.OPEN: DeadlineStatus.OPEN,
    DeadlineAct.MEET: DeadlineStatus.MET,
    DeadlineAct.CANCEL: DeadlineStatus.CANCELLED,
    DeadlineAct.LAPSE: DeadlineStatus.LAPSED,
    DeadlineAct.SUSPEND: DeadlineStatus.SUSPENDED,
    DeadlineAct.RESUME: DeadlineStatus.OPEN,
    DeadlineAct.REOPEN: DeadlineStatus.OPEN,
}
"""How a deadline stands after each act that changes how it stands."""
