"""Free texts that lists give for a home, and the Party bodies that officers say they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.engine import record_rows
from lifecycle.register import put
from lifecycle.store.queries import in_scope
from lifecycle.store.tables import case
from workflows.intake.resolving import resolve_homes
from workflows.register import formal_relation, home_alias, person_at_organization
from workflows.subjects import BODY, PLACE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection, Row

    from lifecycle.access import Scope
    from lifecycle.work import Work


def waiting_homes(
    connection: Connection, scope: Scope, limit: int = 200
) -> Sequence[Row[str, int]]:
    """The texts that mean no Party body yet, with how many members have them, most first."""
    f, p = formal_relation.c, person_at_organization.c
    members = sa.func.count(f.person_id.distinct()).label("members")
    statement = (
        sa.select(f.home_text, members)
        .join(person_at_organization, p.person_id == f.person_id)
        .join(case, sa.and_(case.c.subject_type == PLACE, case.c.subject_id == p.id))
        .where(f.known_until.is_(None), f.body_id.is_(None), f.home_text.is_not(None))
        .where(*in_scope(scope))
        .group_by(f.home_text)
        .order_by(members.desc(), f.home_text)
        .limit(limit)
    )
    return connection.execute(statement).all()


def aliases(connection: Connection) -> Sequence[Row[str, int, date]]:
    """What officers have decided so far: text, body, since when."""
    a = home_alias.c
    statement = sa.select(a.text, a.body_id, a.from_on).where(a.known_until.is_(None))
    return connection.execute(statement.order_by(a.text)).all()


def decide_home(work: Work, text: str, body_id: int) -> int:
    """Says what Party body a text means; the number of relations that are named by it now."""
    row = put("home_alias", {"text": text}, {"body_id": body_id}, work.today)
    record_rows(work, Subject(BODY, body_id), [row], work.today, settles=False, event="recorded")
    return resolve_homes(work)
