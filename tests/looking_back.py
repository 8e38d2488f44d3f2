"""What tests compare the past with: how cases and deadlines stand in the tables now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle import past
from lifecycle.access import EVERYTHING
from lifecycle.deadlines import SUPERSEDED
from lifecycle.store import queries
from lifecycle.store.queries import CaseFilter
from lifecycle.store.tables import case, deadline

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.asof import AsOf
    from lifecycle.registry import Registry
    from lifecycle.work import Work

MANY = 10_000


def finals_of(registry: Registry) -> dict[str, list[str]]:
    """Every workflow with the states in which its cases are closed."""
    books = registry.rulebooks.values()
    return {one.workflow.workflow: past.final_states(one.workflow) for one in books}


def standing_now(connection: Connection, registry: Registry) -> list[tuple[Any, ...]]:
    """Number, state, since when and next due date of every open case, as listed."""
    wanted = CaseFilter(limit=MANY)
    rows = queries.list_cases(connection, EVERYTHING, list(registry.rulebooks), wanted)
    return [(one["id"], one["state"], one["state_since_on"], one["due_on"]) for one in rows]


def stored_deadlines(connection: Connection) -> dict[int, tuple[Any, ...]]:
    """By number: status, dates and suspension of every deadline that nobody has taken back."""
    d = deadline.c
    columns = (d.status, d.raw_on, d.due_on, d.provisional, d.suspended_on, d.suspended_days)
    statement = sa.select(d.id, *columns).where(d.reason.is_distinct_from(SUPERSEDED))
    return {row[0]: tuple(row[1:]) for row in connection.execute(statement)}


def listed_then(connection: Connection, registry: Registry, at: AsOf) -> list[tuple[Any, ...]]:
    """What `standing_now` gives, asked of the past."""
    wanted = CaseFilter(limit=MANY)
    rows = past.list_cases(connection, EVERYTHING, finals_of(registry), wanted, at)
    return [(one["id"], one["state"], one["state_since_on"], one["due_on"]) for one in rows]


def told_by_files(connection: Connection, work: Work, at: AsOf) -> list[tuple[Any, ...]]:
    """The same from the file of every case, which its trail alone makes."""
    found: list[tuple[Any, ...]] = []
    for view in work.cases(list(connection.execute(sa.select(case.c.id)).scalars())):
        workflow = work.registry.book_of(view.workflow_text_id).workflow
        file = past.case_file(connection, workflow, view, at)
        if file is None or file.view.closed_on:
            continue
        days = [
            one.due_on
            for one in file.view.deadlines
            if (one.status, one.kind) == ("open", "deadline")
        ]
        head = (view.id, file.view.state, file.view.state_since_on)
        found.append((*head, min(days, default=None)))
    return sorted(found, key=lambda one: (one[3] is None, str(one[3]), one[0]))
