"""Lists of the register for officers: named reads, one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.past import expressed
from lifecycle.store.tables import unit
from workflows.register import organization, organization_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection

    from lifecycle.asof import AsOf


def organizations(
    connection: Connection,
    *,
    units: Sequence[int] | None = None,
    search: str | None = None,
    limit: int = 200,
    at: AsOf | None = None,
) -> list[dict[str, Any]]:
    """Organizations on the register with their kind and unit, by name; `at` asks for the past."""
    o, p = organization.c, organization_profile.c
    conditions: list[ColumnElement[bool]] = (
        [p.known_until.is_(None), p.until_on.is_(None)]
        if at is None
        else [expressed(at).holds(organization_profile)]
    )
    if units is not None:
        places = (p.supervisor_id, p.township_id, p.county_id)
        conditions.append(sa.or_(*(one.in_(units) for one in places)))
    if search:
        conditions.append(p.name.contains(search, autoescape=True))
    in_charge = sa.func.coalesce(p.supervisor_id, p.township_id, p.county_id)
    statement = (
        sa.select(o.id, o.credit_code, p.name, p.kind, unit.c.name.label("unit"))
        .join(organization_profile, p.organization_id == o.id)
        .outerjoin(unit, unit.c.id == in_charge)
        .where(*conditions)
        .order_by(p.name)
        .limit(limit)
    )
    return [
        {
            "subject": f"organization:{row.id}",
            "name": row.name,
            "code": row.credit_code,
            "kind": row.kind,
            "unit": row.unit,
        }
        for row in connection.execute(statement)
    ]
