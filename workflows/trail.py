"""Which cases' entries a reader of the trail sees: those in scope, and the files behind them.

A register file has no unit of its own. It is in sight where a case about the same thing is; a
person's, where a case about the person at an organization is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.engine import REGISTER
from lifecycle.store.queries import in_scope
from lifecycle.store.tables import case
from workflows.register import person_at_organization
from workflows.subjects import PERSON, PLACE

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from lifecycle.access import Scope


def in_sight(scope: Scope) -> list[ColumnElement[bool]]:
    """What a statement over cases is narrowed to; nothing where every unit is seen."""
    own = in_scope(scope)
    if not own:
        return []
    # Their numbers are read first: "for each file, is there a case" would be asked of every entry.
    seen = sa.select(case.c.subject_type, case.c.subject_id).where(
        *own, case.c.workflow != REGISTER
    )
    about = seen.subquery("seen")
    p = person_at_organization.c
    persons = (
        sa.select(sa.literal(PERSON), p.person_id)
        .join(about, about.c.subject_id == p.id)
        .where(about.c.subject_type == PLACE)
    )
    subject = sa.tuple_(case.c.subject_type, case.c.subject_id)
    behind = sa.or_(subject.in_(seen), subject.in_(persons))
    return [
        sa.or_(sa.and_(*own), sa.and_(case.c.workflow == REGISTER, behind)),
    ]


def is_in_sight(connection: Connection, scope: Scope, case_id: int) -> bool:
    """Whether a reader sees the entries of a case."""
    statement = sa.select(case.c.id).where(case.c.id == case_id, *in_sight(scope))
    return connection.execute(statement).first() is not None
