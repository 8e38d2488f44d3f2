"""What an entry says: the body that its hash covers, with personal values only committed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lifecycle import chain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Table

    from lifecycle.access import Actor
    from lifecycle.cases import CaseView
    from lifecycle.plan import Plan
    from lifecycle.register import RegisterChange

Commitments = dict[str, chain.Commitment]
"""By place in the body (`field.name`, `register.0.surname`): a salted personal value."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Who makes an entry, when, and what made them."""

    seq: int
    recorded_at: datetime
    actor: Actor
    request: str
    cause: int | None
    """The entry that this one follows from."""
    origin: Mapping[str, Any] | None
    """Where taken-over values came from: file digest and row."""


def entry_body(
    view: CaseView, plan: Plan, heading: Heading, tables: Mapping[str, Table]
) -> tuple[dict[str, Any], Commitments]:
    """The entry's body, and the personal values that it only commits to."""
    commitments = {
        f"field.{name}": chain.commit(str(value))
        for name, value in plan.fields.items()
        if name in plan.personal and value is not None
    }
    public = {name: value for name, value in plan.fields.items() if name not in plan.personal}
    register = []
    for number, change in enumerate(plan.register):
        record, hidden = _register_body(change, number, tables)
        register.append(record)
        commitments |= hidden
    body = {
        "case": view.id,
        "seq": heading.seq,
        "workflow": view.workflow,
        "workflow_text": view.workflow_text_id,
        "subject": {"type": view.subject.type, "id": view.subject.id},
        "unit": view.unit_id,
        "kind": plan.kind.value,
        "event": plan.event,
        "from": plan.from_state,
        "to": plan.to_state,
        "effective_on": plan.effective_on,
        "recorded_at": heading.recorded_at,
        "actor": _actor_body(heading.actor),
        "request": heading.request,
        "cause": heading.cause,
        "corrects": plan.corrects,
        "supersedes": list(plan.supersedes),
        "fields": public,
        "sets": dict(plan.sets),
        "creates": [plan.creates.table, dict(plan.creates.values)] if plan.creates else None,
        "register": register,
        "deadlines": [change.body() for change in plan.deadlines],
        "notices": [[one.notice, one.stage.value, one.recipient] for one in plan.notices],
        "personal": {name: one.digest() for name, one in commitments.items()},
        "cite": list(plan.cite),
        "origin": dict(heading.origin) if heading.origin else None,
        "details": dict(plan.details),
    }
    return body, commitments


def _register_body(
    change: RegisterChange, number: int, tables: Mapping[str, Table]
) -> tuple[dict[str, Any], Commitments]:
    hidden = tables[change.table].info.get("personal", frozenset())
    commitments = {
        f"register.{number}.{name}": chain.commit(str(value))
        for name, value in change.values.items()
        if name in hidden and value is not None
    }
    record = {
        "act": change.act.value,
        "table": change.table,
        "key": dict(change.key),
        "values": {n: value for n, value in change.values.items() if n not in hidden},
        "from_on": change.from_on,
        "until_on": change.until_on,
    }
    return record, commitments


def _actor_body(actor: Actor) -> dict[str, Any]:
    return {
        "id": actor.id,
        "roles": sorted(actor.roles),
        "unit": actor.unit_id,
        "for": actor.on_behalf_of,
        "source": actor.source.value,
    }
