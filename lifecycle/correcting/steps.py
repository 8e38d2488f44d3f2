"""What people said in a case, read back from the trail so that it can be said once more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.access import Actor, ActorSource, Role
from lifecycle.cases import CARRIERS, EntryKind
from lifecycle.chain import entry_number
from lifecycle.deadlines import SUPERSEDED, DeadlineAct
from lifecycle.history import Body, day_of
from lifecycle.recomputing import RECOMPUTED
from lifecycle.store.tables import personal_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sqlalchemy import Connection

    from lifecycle.plan import Plan

WHY = "correction_reason"
"""The field of an entry that takes others back: why; a personal value like every free text."""

ERASED = "[erased]"
"""Stands for a personal value that has been removed on order: what it was is not known any more."""


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody recorded in a case: which event, on which day, with what."""

    seq: int
    """The entry that said it, in its case."""
    kind: EntryKind
    event: str
    on: date
    entered: Mapping[str, Any]
    actor: Actor
    body: Body
    is_new: bool = False
    """Whether it is said otherwise now, by who corrects; else it is repeated as it was."""

    @property
    def opens(self) -> bool:
        """Whether the case began with it."""
        return self.body["from"] is None


def is_carrier(body: Body) -> bool:
    """Whether the entry only takes others back."""
    return body["kind"] in CARRIERS


def steps_of(connection: Connection, case_id: int, bodies: Iterable[Body]) -> list[Step]:
    """What people said in those entries of a case, in order; what followed by rule is left out."""
    said = [one for one in bodies if _is_said(one)]
    hidden = personal_values(connection, case_id, said)
    return [
        Step(
            body["seq"],
            EntryKind(body["kind"]),
            body["event"],
            day_of(body),
            {
                **{name: _given(value) for name, value in body["fields"].items()},
                **{
                    name.removeprefix("field."): value
                    for name, value in hidden.get(body["seq"], {}).items()
                    if name.startswith("field.") and name != f"field.{WHY}"
                },
            },
            actor_of(body),
            body,
        )
        for body in said
    ]


def _is_said(body: Body) -> bool:
    if body["kind"] in CARRIERS or body["kind"] == EntryKind.TAKEN_OVER:
        return False
    by_somebody: bool = body["actor"]["source"] != ActorSource.SYSTEM
    return by_somebody or body["event"] == RECOMPUTED


def _given(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A field's value as somebody enters it: a list of numbers with commas between."""
    return ",".join(map(str, value)) if isinstance(value, list) else value


def personal_values(
    connection: Connection, case_id: int, bodies: Iterable[Body]
) -> dict[int, dict[str, str]]:
    """By entry: its personal values by their place in the body, `ERASED` for those removed."""
    found: dict[int, dict[str, str]] = {
        body["seq"]: dict.fromkeys(body["personal"], ERASED) for body in bodies if body["personal"]
    }
    if not found:
        return {}
    numbers = {entry_number(case_id, seq): seq for seq in found}
    p = personal_value.c
    statement = sa.select(p.entry_id, p.name, p.value).where(p.entry_id.in_(numbers))
    for entry_id, name, value in connection.execute(statement):
        found[numbers[entry_id]][name] = value
    return found


def recorder(step: Step) -> Actor:
    """Who takes the step: of who corrects the role is asked, of what is repeated it was."""
    return step.actor if step.is_new else replace(step.actor, roles=frozenset(Role))


def repeated(plan: Plan, step: Step) -> Plan:
    """The plan of a step that says which entry it repeats."""
    return replace(plan, details={**plan.details, "repeats": step.seq})


def actor_of(body: Body) -> Actor:
    """Who recorded an entry."""
    told = body["actor"]
    return Actor(
        told["id"],
        frozenset(Role(one) for one in told["roles"]),
        told["unit"],
        told["for"],
        ActorSource(told["source"]),
    )


def signature(body: Body, hidden: Mapping[str, str]) -> tuple[Any, ...]:
    """What an entry says and does, without its place in the trail: to tell what is the same.

    `hidden` are its personal values: the body has commitments, which are never alike.
    """
    deadlines = [
        tuple(change.get(name) for name in _DEADLINE_PARTS)
        for change in body["deadlines"]
        # Not what it took to go back: that says nothing about the case.
        if change.get("reason") != SUPERSEDED and change["act"] != DeadlineAct.REOPEN
    ]
    register = [
        (
            one["act"],
            one["table"],
            sorted(one["key"].items()),
            sorted(map(str, one["values"].items())),
            one["from_on"],
            one["until_on"],
        )
        for one in body["register"]
    ]
    return (
        *(body[name] for name in ("event", "from", "to", "effective_on", "fields", "sets")),
        body["details"].get("waived"),
        sorted(hidden.items()),
        deadlines,
        register,
    )


_DEADLINE_PARTS = ("act", "rule", "on", "anchor_on", "raw_on", "due_on", "provisional", "reason")
