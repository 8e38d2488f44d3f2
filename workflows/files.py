"""Everything that the register holds about one organization or one person: named reads.

Each is one statement, whatever there is to show; what holds now and what held before come
together, the latest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.store.tables import case, deadline, outbox
from workflows.lists import in_sight
from workflows.register import (
    affiliation,
    attendance,
    body_kind,
    body_serves,
    body_year,
    engagement,
    formal_relation,
    organization,
    organization_profile,
    party_body,
    party_status,
    person,
    person_at_organization,
)
from workflows.subjects import BODY, BODY_YEAR, ORGANIZATION, PLACE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, FromClause, RowMapping, Table

    from lifecycle.access import Scope
    from lifecycle.cases import Subject


def organization_seen(connection: Connection, scope: Scope, number: int) -> RowMapping | None:
    """The latest registration of an organization; None where there is none in sight."""
    o, p = organization.c, organization_profile.c
    statement = (
        sa.select(o.credit_code, organization_profile)
        .join(organization_profile, p.organization_id == o.id)
        .where(o.id == number, p.known_until.is_(None))
        .order_by(p.from_on.desc())
        .limit(1)
    )
    latest = statement.subquery()
    narrowed = in_sight(scope)
    whole = sa.select(latest)
    if narrowed:
        known = sa.select(p.id).where(*narrowed)
        whole = whole.where(latest.c.id.in_(known.where(p.organization_id == number)))
    return connection.execute(whole).mappings().first()


def unit_of(profile: RowMapping) -> int | None:
    """The unit in charge of an organization: the supervisory one, else the territory."""
    number: int | None = profile["supervisor_id"] or profile["township_id"] or profile["county_id"]
    return number


def organization_of(connection: Connection, subject: Subject) -> int | None:
    """The organization that a case is about: its own, or that of its Party body."""
    b, y = party_body.c, body_year.c
    if subject.type == ORGANIZATION:
        return subject.id
    if subject.type == BODY:
        statement = sa.select(b.organization_id).where(b.id == subject.id)
    elif subject.type == BODY_YEAR:
        statement = sa.select(b.organization_id).join(body_year, y.body_id == b.id)
        statement = statement.where(y.id == subject.id)
    else:
        return None
    return connection.execute(statement).scalar_one_or_none()


def dated(
    connection: Connection, table: Table, column: str, numbers: Collection[int | str]
) -> Sequence[RowMapping]:
    """The rows of a table under some keys as they are now known, the latest first."""
    t = table.c
    statement = sa.select(table).where(t[column].in_(numbers), t.known_until.is_(None))
    return connection.execute(statement.order_by(t.from_on.desc(), t.id.desc())).mappings().all()


def bodies_of(connection: Connection, organization_id: int) -> Sequence[RowMapping]:
    """The Party bodies that are the organization's own, and those that serve it."""
    b, k, s = party_body.c, body_kind.c, body_serves.c
    serves = sa.and_(
        s.body_id == b.id, s.organization_id == organization_id, s.known_until.is_(None)
    )
    statement = (
        sa.select(b.id, b.organization_id, k.kind, k.from_on, k.until_on)
        .add_columns(s.from_on.label("serves_from"), s.until_on.label("serves_until"))
        .select_from(party_body)
        .join(body_kind, sa.and_(k.body_id == b.id, k.known_until.is_(None)))
        .outerjoin(body_serves, serves)
        .where(sa.or_(b.organization_id == organization_id, s.id.is_not(None)))
        .order_by(k.from_on.desc(), k.id.desc())
    )
    return connection.execute(statement).mappings().all()


def affiliated_units(connection: Connection, organizations: Collection[int], on: date) -> Any:  # noqa: ANN401
    """By organization: the units to whose Party bodies it is affiliated on a day."""
    a, b = affiliation.c, party_body.c
    statement = (
        sa.select(a.organization_id, b.unit_id)
        .join(party_body, b.id == a.body_id)
        .where(
            a.organization_id.in_(organizations), b.unit_id.is_not(None), *holds(affiliation, on)
        )
    )
    found: dict[int, set[int]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.organization_id, set()).add(row.unit_id)
    return found


def holds(table: FromClause, on: date) -> list[ColumnElement[bool]]:
    """Whether a dated row, as it is now known, holds on a day."""
    t = table.c
    ends = sa.or_(t.until_on.is_(None), t.until_on > on)
    return [t.known_until.is_(None), t.from_on <= on, ends]


def places(
    connection: Connection,
    on: date,
    *,
    organization_id: int | None = None,
    person_id: int | None = None,
    place_id: int | None = None,
) -> Sequence[RowMapping]:
    """Persons at organizations, with what holds of them on the day; given names too.

    Whoever shows a name lets it pass through `workflows.naming.called`.
    """
    p, x, e, s, f = (
        person_at_organization.c, person.c, engagement.c, party_status.c, formal_relation.c,
    )  # fmt: skip
    o = organization_profile.c
    in_charge = sa.func.coalesce(o.supervisor_id, o.township_id, o.county_id)
    current = sa.and_(o.organization_id == p.organization_id, o.known_until.is_(None), _last(o))
    statement = (
        sa.select(p.id, p.person_id, p.organization_id, x.name, x.surname, x.birth_on)
        .add_columns(x.admitted_on, e.employment, e.from_on, s.status, f.body_id, f.home_text)
        .add_columns(o.name.label("organization"), in_charge.label("unit_id"))
        .select_from(person_at_organization)
        .join(person, x.id == p.person_id)
        .outerjoin(organization_profile, current)
        .outerjoin(engagement, sa.and_(e.person_at_organization_id == p.id, *holds(engagement, on)))
        .outerjoin(party_status, sa.and_(s.person_id == x.id, *holds(party_status, on)))
        .outerjoin(formal_relation, sa.and_(f.person_id == x.id, *holds(formal_relation, on)))
        .order_by(x.surname, p.id)
    )
    given = ((p.organization_id, organization_id), (p.person_id, person_id), (p.id, place_id))
    narrowed = [column == number for column, number in given if number is not None]
    return connection.execute(statement.where(*narrowed)).mappings().all()


def _last(o: Any) -> ColumnElement[bool]:  # noqa: ANN401 - the columns of profiles
    """Of the profiles of an organization the latest."""
    later = organization_profile.alias()
    return ~sa.exists().where(
        later.c.organization_id == o.organization_id,
        later.c.known_until.is_(None),
        later.c.from_on > o.from_on,
    )


def cases_of_organization(
    connection: Connection, hidden: Collection[str], organization_id: int
) -> Sequence[RowMapping]:
    """Every case about the organization, its bodies and their years, and its people."""
    c, b, y, p = case.c, party_body.c, body_year.c, person_at_organization.c
    own = sa.select(b.id).where(b.organization_id == organization_id)
    about = (
        (ORGANIZATION, sa.select(sa.literal(organization_id))),
        (BODY, own),
        (BODY_YEAR, sa.select(y.id).where(y.body_id.in_(own))),
        (PLACE, sa.select(p.id).where(p.organization_id == organization_id)),
    )
    return _cases(
        connection,
        hidden,
        sa.or_(*(sa.and_(c.subject_type == kind, c.subject_id.in_(ids)) for kind, ids in about)),
    )


def cases_of_places(
    connection: Connection, hidden: Collection[str], numbers: Collection[int]
) -> Sequence[RowMapping]:
    """Every case about the persons at organizations."""
    c = case.c
    about = sa.and_(c.subject_type == PLACE, c.subject_id.in_(numbers))
    return _cases(connection, hidden, about)


def _cases(
    connection: Connection, hidden: Collection[str], about: ColumnElement[bool]
) -> Sequence[RowMapping]:
    """Open ones first, the latest in front."""
    c = case.c
    statement = (
        sa.select(c.id, c.workflow, c.workflow_text_id, c.subject_type, c.subject_id, c.unit_id)
        .add_columns(c.state, c.state_since_on, c.opened_on, c.closed_on, c.fields)
        .where(about, c.workflow.not_in(hidden))
        .order_by(c.closed_on.is_not(None), c.opened_on.desc(), c.id.desc())
    )
    return connection.execute(statement).mappings().all()


def next_deadlines(connection: Connection, cases: Collection[int]) -> dict[int, RowMapping]:
    """By case: the deadline, window or waiting period that runs out first, deadlines in front."""
    d = deadline.c
    statement = (
        sa.select(d.id, d.case_id, d.rule, d.kind, d.due_on, d.provisional)
        .where(d.case_id.in_(cases), d.status == "open")
        .order_by(d.kind != "deadline", d.due_on, d.id)
    )
    found: dict[int, RowMapping] = {}
    for row in connection.execute(statement).mappings():
        found.setdefault(row["case_id"], row)
    return found


def attended(connection: Connection, organization_id: int) -> Sequence[RowMapping]:
    """The training sessions that reached the organization, the latest first."""
    return dated(connection, attendance, "organization_id", [organization_id])


def escalated_among(connection: Connection, cases: Collection[int]) -> set[int]:
    """Those of the cases that have been escalated to the superior of their unit."""
    o = outbox.c
    statement = sa.select(o.case_id, o["values"]).where(o.case_id.in_(cases), o.stage == "overdue")
    return {row[0] for row in connection.execute(statement) if row[1].get("escalation")}
