"""The examples that a tour of the demonstration shows, found in what is in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from lifecycle.access import EVERYTHING
from lifecycle.store.queries import in_scope
from lifecycle.store.tables import case, deadline, entry, outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.access import Scope

FIVE_STATES: Final = (
    *("pending_coverage", "instructor_assigned", "activists_cultivated"),
    *("branch_formed", "five_good_certified"),
)


def five_states(connection: Connection, scope: Scope = EVERYTHING) -> int | None:
    """The organization that went through most of the five states, by the fewest steps."""
    passed = sa.func.count(sa.distinct(entry.c.to_state))
    of_case = entry.c.case_id == case.c.id
    states = sa.select(passed).where(of_case, entry.c.to_state.in_(FIVE_STATES)).scalar_subquery()
    statement = (
        sa.select(case.c.id)
        .where(case.c.workflow == "organization_coverage")
        .order_by(states.desc(), case.c.state != FIVE_STATES[-1], case.c.version, case.c.id)
    )
    return _first(connection, scope, statement)


def six_months(connection: Connection, scope: Scope = EVERYTHING) -> int | None:
    """A part-timer who reached the milestone and whose temporary relation was received."""
    told = sa.exists().where(
        outbox.c.case_id == case.c.id, outbox.c.notice == "N12", outbox.c.status == "sent"
    )
    reached = sa.exists().where(entry.c.case_id == case.c.id, entry.c.event == "milestone_reached")
    statement = (
        sa.select(case.c.id)
        .where(case.c.workflow == "member_relation", reached)
        .order_by(case.c.state != "temporary_in", sa.not_(told), case.c.id)
    )
    return _first(connection, scope, statement)


def letter_under_way(connection: Connection, scope: Scope = EVERYTHING) -> int | None:
    """A transfer whose letter has been issued and is not received yet."""
    statement = sa.select(case.c.id).where(
        case.c.workflow == "member_relation", case.c.state == "letter_issued"
    )
    return _first(connection, scope, statement.order_by(case.c.id.desc()))


def rolled(connection: Connection, scope: Scope = EVERYTHING) -> int | None:
    """A deadline that a long holiday moved."""
    d = deadline.c
    statement = (
        sa.select(d.id)
        .join(case, case.c.id == d.case_id)
        .where(d.rule == "D8", d.raw_on != d.due_on)
        .order_by(d.derivation.contains("春节").desc(), d.id.desc())
    )
    return _first(connection, scope, statement)


def _first(connection: Connection, scope: Scope, statement: sa.Select[Any]) -> int | None:
    narrowed = statement.where(*in_scope(scope)).limit(1)
    found: int | None = connection.execute(narrowed).scalars().first()
    return found
