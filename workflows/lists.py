"""Lists of the register for officers: named reads, one sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.past import expressed
from lifecycle.store.tables import case, unit
from workflows.merged import merged_numbers
from workflows.register import (
    engagement,
    organization,
    organization_profile,
    person,
    person_at_organization,
)
from workflows.subjects import ORGANIZATION, PERSON

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement, Connection, RowMapping, Select

    from lifecycle.access import Scope
    from lifecycle.asof import AsOf

COUNTED: Final = 500
"""Counts go no further: what is more reads as 500+."""


@dataclass(frozen=True, slots=True)
class OrganizationsAsked:
    """What a list of organizations is narrowed to."""

    unit_ids: Collection[int] | None = None
    """Of these units only."""
    kind: str | None = None
    text: str = ""
    """Part of the name, or the credit code."""
    ended: bool = False
    """Those that are no longer on the register."""
    limit: int = 50
    offset: int = 0


def organizations(
    connection: Connection,
    *,
    units: Sequence[int] | None = None,
    search: str | None = None,
    limit: int = 200,
    at: AsOf | None = None,
    in_charge_of: Collection[int] | None = None,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Organizations on the register with their kind and unit, by name; `at` asks for the past.

    `units` are those under which they lie, `in_charge_of` those that are in charge of them.
    """
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
    if in_charge_of is not None:
        conditions.append(in_charge.in_(in_charge_of))
    statement = (
        sa.select(o.id, o.credit_code, p.name, p.kind, unit.c.name.label("unit"))
        .join(organization_profile, p.organization_id == o.id)
        .outerjoin(unit, unit.c.id == in_charge)
        .where(*conditions)
        .order_by(p.name, o.id)
        .limit(limit)
        .offset(offset)
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


def in_sight(scope: Scope) -> list[ColumnElement[bool]]:
    """What a statement over profiles is narrowed to, so that it shows only those of the scope."""
    return [] if scope.unit_ids is None else [_of_units(scope.unit_ids)]


def _of_units(unit_ids: Collection[int]) -> ColumnElement[bool]:
    p = organization_profile.c
    return sa.or_(*(one.in_(unit_ids) for one in (p.supervisor_id, p.township_id, p.county_id)))


def organizations_in_sight(
    connection: Connection, scope: Scope, asked: OrganizationsAsked
) -> Sequence[RowMapping]:
    """A page of the organizations in sight, by name, with their unit and coverage."""
    o, p, c = organization.c, organization_profile.c, case.c
    in_charge = sa.func.coalesce(p.supervisor_id, p.township_id, p.county_id)
    covers = sa.and_(
        c.subject_type == ORGANIZATION,
        c.subject_id == o.id,
        c.workflow == "organization_coverage",
        c.closed_on.is_(None),
    )
    statement = (
        sa.select(o.id, o.credit_code, p.name, p.kind, p.registered_on, p.until_on)
        .add_columns(unit.c.name.label("unit"), c.state, c.workflow_text_id, c.unit_id)
        .select_from(organization_profile)
        .join(organization, o.id == p.organization_id)
        .outerjoin(unit, unit.c.id == in_charge)
        .outerjoin(case, covers)
        .where(*_asked(scope, asked))
        .order_by(p.name, p.organization_id)
        .limit(asked.limit)
        .offset(asked.offset)
    )
    return connection.execute(statement).mappings().all()


def count_in_sight(connection: Connection, scope: Scope, asked: OrganizationsAsked) -> int:
    """How many organizations the list has, as far as they are counted."""
    p, o = organization_profile.c, organization.c
    some: Select[tuple[int]] = (
        sa.select(p.id).join(organization, o.id == p.organization_id).where(*_asked(scope, asked))
    )
    bounded = some.limit(COUNTED + 1).subquery()
    number: int = connection.execute(sa.select(sa.func.count()).select_from(bounded)).scalar_one()
    return number


def _asked(scope: Scope, asked: OrganizationsAsked) -> list[ColumnElement[bool]]:
    p = organization_profile.c
    found = [p.known_until.is_(None), *in_sight(scope)]
    if asked.ended:
        later = organization_profile.alias()
        found += [
            p.until_on.is_not(None),
            ~sa.exists().where(
                later.c.organization_id == p.organization_id,
                later.c.known_until.is_(None),
                later.c.from_on > p.from_on,
            ),
        ]
    else:
        found.append(p.until_on.is_(None))
    if asked.unit_ids is not None:
        found.append(_of_units(asked.unit_ids))
    if asked.kind:
        found.append(p.kind == asked.kind)
    if asked.text:
        named = p.name.contains(asked.text, autoescape=True)
        found.append(sa.or_(named, organization.c.credit_code == asked.text.upper()))
    return found


def records_named(connection: Connection, words: str) -> list[dict[str, Any]]:
    """The records of organizations of that name or code, and of persons of that name.

    Persons are masked (rulebook F8) and told apart by year of birth and where they work. A record
    that has been merged answers only where no other one does.
    """
    found = [*_organizations_named(connection, words), *_persons_named(connection, words)]
    gone = {
        kind: set(connection.execute(merged_numbers(kind)).scalars())
        for kind in (ORGANIZATION, PERSON)
    }
    standing = [one for one in found if one["subject"].id not in gone[one["subject"].type]]
    return standing or found


def _organizations_named(connection: Connection, words: str) -> list[dict[str, Any]]:
    o, p = organization.c, organization_profile.c
    statement = (
        sa.select(o.id, o.credit_code, p.name)
        .join(organization_profile, p.organization_id == o.id)
        .where(p.known_until.is_(None))
        .where(sa.or_(p.name == words, o.credit_code == words.upper()))
        .order_by(o.id, p.from_on)
    )
    rows = {row.id: row for row in connection.execute(statement)}
    return [
        {"subject": Subject(ORGANIZATION, row.id), "name": row.name, "code": row.credit_code}
        for row in rows.values()
    ]


def _persons_named(connection: Connection, words: str) -> list[dict[str, Any]]:
    statement = sa.select(person.c.id, person.c.surname, person.c.birth_on)
    rows = connection.execute(statement.where(person.c.name == words).order_by(person.c.id)).all()
    return [
        {
            "subject": Subject(PERSON, row.id),
            "name": f"{row.surname}某",
            "born": row.birth_on.year if row.birth_on else None,
            "works_at": _working_at(connection, row.id),
        }
        for row in rows
    ]


def _working_at(connection: Connection, person_id: int) -> list[str]:
    """The names of the organizations where the person works."""
    p, e, o = person_at_organization.c, engagement.c, organization_profile.c
    statement = (
        sa.select(o.name)
        .join(person_at_organization, p.organization_id == o.organization_id)
        .join(engagement, e.person_at_organization_id == p.id)
        .where(p.person_id == person_id)
        .where(*(one.known_until.is_(None) for one in (e, o)))
        .where(*(one.until_on.is_(None) for one in (e, o)))
        .distinct()
    )
    return sorted(connection.execute(statement).scalars())
