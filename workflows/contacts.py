"""Mail addresses of units and organizations: who has one, and who waits for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.errors import SubjectNotFoundError
from lifecycle.store.queries import in_scope
from lifecycle.store.tables import case, outbox, unit
from workflows.byhand import find_organization, find_unit
from workflows.register import contact, organization_profile
from workflows.subjects import ORGANIZATION, UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from lifecycle.access import Scope


def addresses(
    connection: Connection, scope: Scope, wanted: str, limit: int, offset: int
) -> Sequence[Row[Any, Any, Any, Any]]:
    """Owner, name, address and since when, of units and organizations in sight whose name fits."""
    k = contact.c
    current = sa.and_(k.known_until.is_(None), k.until_on.is_(None))
    named = sa.union_all(_units(scope, wanted), _organizations(scope, wanted)).subquery("named")
    statement = (
        sa.select(named.c.owner, named.c.name, k.mail, k.from_on)
        .select_from(named.outerjoin(contact, sa.and_(k.owner == named.c.owner, current)))
        .order_by(k.mail.is_not(None), named.c.kind, named.c.number)
        .limit(limit)
        .offset(offset)
    )
    return connection.execute(statement).all()


def _units(scope: Scope, wanted: str) -> sa.Select[Any]:
    u = unit.c
    conditions: list[ColumnElement[bool]] = [u.name.contains(wanted, autoescape=True)]
    if scope.unit_ids is not None:
        conditions.append(u.id.in_(scope.unit_ids))
    kind = sa.literal(UNIT)
    owner = kind + ":" + sa.cast(u.id, sa.Text)
    return sa.select(kind.label("kind"), u.id.label("number"), owner.label("owner"), u.name).where(
        *conditions
    )


def _organizations(scope: Scope, wanted: str) -> sa.Select[Any]:
    p = organization_profile.c
    kind = sa.literal(ORGANIZATION)
    owner = kind + ":" + sa.cast(p.organization_id, sa.Text)
    latest = sa.and_(p.known_until.is_(None), p.until_on.is_(None))
    return sa.select(
        kind.label("kind"), p.organization_id.label("number"), owner.label("owner"), p.name
    ).where(latest, p.name.contains(wanted, autoescape=True), _has_case(scope, p.organization_id))


def _has_case(scope: Scope, number: ColumnElement[int]) -> ColumnElement[bool]:
    about = sa.and_(case.c.subject_type == ORGANIZATION, case.c.subject_id == number)
    return sa.exists().where(about, *in_scope(scope))


def names_in_sight(connection: Connection, scope: Scope, names: Sequence[str]) -> list[str]:
    """Those of the names that units bear, which everybody may know, or organizations in sight."""
    if not names or scope.unit_ids is None:
        return list(names)
    p = organization_profile.c
    current = sa.and_(p.known_until.is_(None), p.name.in_(names))
    seen = sa.union(
        sa.select(p.name).where(current, _has_case(scope, p.organization_id)),
        sa.select(unit.c.name).where(unit.c.name.in_(names)),
    )
    known = set(connection.execute(seen).scalars())
    return [one for one in names if one in known]


def waiting_for_address(connection: Connection, scope: Scope) -> Sequence[Row[str, int]]:
    """The recipients in sight whom notices wait to reach, with how many, most first."""
    o = outbox.c
    count = sa.func.count().label("waiting")
    statement = (
        sa.select(o.recipient, count)
        .join(case, case.c.id == o.case_id)
        .where(o.status == "no_address", *in_scope(scope))
        .group_by(o.recipient)
        .order_by(count.desc(), o.recipient)
        .limit(50)
    )
    return connection.execute(statement).all()


def owner_in_sight(connection: Connection, scope: Scope, words: str) -> Subject:
    """The unit or organization of that name, if it is the reader's.

    Raises:
        SubjectNotFoundError: there is none, or it is not the reader's: both read alike.
    """
    try:
        found = Subject(UNIT, find_unit(connection, words))
    except SubjectNotFoundError:
        try:
            found = Subject(ORGANIZATION, find_organization(connection, words))
        except SubjectNotFoundError:
            raise SubjectNotFoundError(words) from None  # names of others are not told
    if found.type == UNIT:
        there = scope.covers(found.id)
    else:
        seen = sa.select(_has_case(scope, sa.literal(found.id)))
        there = bool(connection.execute(seen).scalar_one())
    if not there:
        raise SubjectNotFoundError(words)
    return found
