"""Everything that the register holds about one organization or one person: named reads.

Each is one statement, whatever there is to show; what holds now and what held before come
together, the latest first.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.store.among import Among
from lifecycle.store.hot import Statement, parameter
from lifecycle.store.tables import case, deadline, outbox
from workflows.register import (
    affiliation,
    attendance,
    body_kind,
    body_serves,
    body_year,
    contact,
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

    from sqlalchemy import ColumnElement, Connection, FromClause, Table

    from lifecycle.access import Scope
    from lifecycle.cases import Subject
    from lifecycle.store.hot import Record


def organization_seen(connection: Connection, scope: Scope, number: int) -> Record | None:
    """The latest registration of an organization; None where there is none in sight."""
    if scope.unit_ids is None:
        found = _LATEST.mappings(connection, number=number)
    else:
        found = _LATEST_IN_SIGHT.mappings(connection, number=number, units=scope.unit_ids)
    return found[0] if found else None


_P = organization_profile.c
_REGISTRATION = (
    sa.select(organization.c.credit_code, organization_profile)
    .join(organization_profile, _P.organization_id == organization.c.id)
    .where(_P.organization_id == parameter("number", _P.organization_id), _P.known_until.is_(None))
    .order_by(_P.from_on.desc())
    .limit(1)
    .subquery()
)
_LATEST = Statement(sa.select(_REGISTRATION))
_LATEST_IN_SIGHT = Statement(
    sa.select(_REGISTRATION).where(
        sa.or_(
            *(
                Among(_REGISTRATION.c[one], "units")
                for one in ("supervisor_id", "township_id", "county_id")
            )
        )
    )
)


def unit_of(profile: Record) -> int | None:
    """The unit in charge of an organization: the supervisory one, else the territory."""
    number: int | None = profile["supervisor_id"] or profile["township_id"] or profile["county_id"]
    return number


def organization_of(connection: Connection, subject: Subject) -> int | None:
    """The organization that a case is about: its own, or that of its Party body."""
    if subject.type == ORGANIZATION:
        return subject.id
    if subject.type not in _OF_BODIES:
        return None
    found = _OF_BODIES[subject.type].rows(connection, number=subject.id)
    number: int | None = found[0][0] if found else None
    return number


_B, _Y, _K, _S = party_body.c, body_year.c, body_kind.c, body_serves.c
_OF_BODIES = {
    BODY: Statement(sa.select(_B.organization_id).where(_B.id == parameter("number", _B.id))),
    BODY_YEAR: Statement(
        sa.select(_B.organization_id)
        .join(body_year, _Y.body_id == _B.id)
        .where(_Y.id == parameter("number", _Y.id))
    ),
}


def dated(
    connection: Connection, table: Table, column: str, numbers: Collection[int]
) -> Sequence[Record]:
    """The rows of a table under some keys as they are now known, the latest first."""
    return _dated(table, column).mappings(connection, numbers=numbers) if numbers else []


@cache
def _dated(table: Table, column: str) -> Statement:
    t = table.c
    statement = sa.select(table).where(Among(t[column], "numbers"), t.known_until.is_(None))
    return Statement(statement.order_by(t.from_on.desc(), t.id.desc()))


def contacts_of(connection: Connection, subject: Subject) -> Sequence[Record]:
    """The addresses of an organization, unit or body as they are now known, the latest first."""
    return _CONTACTS.mappings(connection, owner=f"{subject.type}:{subject.id}")


_CONTACTS = Statement(
    sa.select(contact)
    .where(contact.c.owner == parameter("owner", contact.c.owner))
    .where(contact.c.known_until.is_(None))
    .order_by(contact.c.from_on.desc(), contact.c.id.desc())
)


def bodies_of(connection: Connection, organization_id: int) -> Sequence[Record]:
    """The Party bodies that are the organization's own, and those that serve it."""
    return _BODIES.mappings(connection, number=organization_id)


_SERVING = (
    _S.organization_id == parameter("number", _S.organization_id),
    _S.known_until.is_(None),
)
_BODIES = Statement(
    sa.select(_B.id, _B.organization_id, _K.kind, _K.from_on, _K.until_on)
    .add_columns(_S.from_on.label("serves_from"), _S.until_on.label("serves_until"))
    .select_from(party_body)
    .join(body_kind, sa.and_(_K.body_id == _B.id, _K.known_until.is_(None)))
    .outerjoin(body_serves, sa.and_(_S.body_id == _B.id, *_SERVING))
    # By their numbers: a condition on either of two tables would be looked for in every row.
    .where(
        _B.id.in_(
            sa.select(_B.id)
            .where(_B.organization_id == parameter("number", _B.organization_id))
            .union(sa.select(_S.body_id).where(*_SERVING))
        )
    )
    .order_by(_K.from_on.desc(), _K.id.desc())
)


def affiliated_units(
    connection: Connection, organizations: Collection[int], on: date
) -> dict[int, set[int]]:
    """By organization: the units to whose Party bodies it is affiliated on a day."""
    found: dict[int, set[int]] = {}
    for number, unit_id in _AFFILIATED.rows(connection, numbers=organizations, on=on):
        found.setdefault(number, set()).add(unit_id)
    return found


def holds(table: FromClause, on: date | ColumnElement[date]) -> list[ColumnElement[bool]]:
    """Whether a dated row, as it is now known, holds on a day."""
    t = table.c
    ends = sa.or_(t.until_on.is_(None), t.until_on > on)
    return [t.known_until.is_(None), t.from_on <= on, ends]


_ON = parameter("on", affiliation.c.from_on)
_AFFILIATED = Statement(
    sa.select(affiliation.c.organization_id, _B.unit_id)
    .join(party_body, _B.id == affiliation.c.body_id)
    .where(Among(affiliation.c.organization_id, "numbers"), _B.unit_id.is_not(None))
    .where(*holds(affiliation, _ON))
)


def places(
    connection: Connection,
    on: date,
    *,
    organization_id: int | None = None,
    person_id: int | None = None,
    place_id: int | None = None,
) -> Sequence[Record]:
    """Persons at organizations, with what holds of them on the day; given names too.

    Whoever shows a name lets it pass through `workflows.naming.called`.
    """
    given = {"organization_id": organization_id, "person_id": person_id, "id": place_id}
    narrowed = {name: number for name, number in given.items() if number is not None}
    return _places(tuple(narrowed)).mappings(connection, on=on, **narrowed)


@cache
def _places(narrowed: tuple[str, ...]) -> Statement:
    """Worded once for each of the keys by which it is read."""
    p, x, e, s, f = (
        person_at_organization.c, person.c, engagement.c, party_status.c, formal_relation.c,
    )  # fmt: skip
    o = organization_profile.c
    in_charge = sa.func.coalesce(o.supervisor_id, o.township_id, o.county_id)
    current = sa.and_(
        o.organization_id == p.organization_id, o.known_until.is_(None), last_profile(o)
    )
    return Statement(
        sa.select(p.id, p.person_id, p.organization_id, x.name, x.surname, x.birth_on)
        .add_columns(x.admitted_on, e.employment, e.from_on, s.status, f.body_id, f.home_text)
        .add_columns(o.name.label("organization"), in_charge.label("unit_id"))
        .select_from(person_at_organization)
        .join(person, x.id == p.person_id)
        .outerjoin(organization_profile, current)
        .outerjoin(
            engagement, sa.and_(e.person_at_organization_id == p.id, *holds(engagement, _ON))
        )
        .outerjoin(party_status, sa.and_(s.person_id == x.id, *holds(party_status, _ON)))
        .outerjoin(formal_relation, sa.and_(f.person_id == x.id, *holds(formal_relation, _ON)))
        .where(*(p[name] == parameter(name, p[name]) for name in narrowed))
        .order_by(x.surname, p.id)
    )


def last_profile(o: Any) -> ColumnElement[bool]:  # noqa: ANN401 - the columns of profiles
    """Of the profiles of an organization the latest."""
    later = organization_profile.alias()
    return ~sa.exists().where(
        later.c.organization_id == o.organization_id,
        later.c.known_until.is_(None),
        later.c.from_on > o.from_on,
    )


def cases_of_organization(
    connection: Connection, hidden: Collection[str], organization_id: int
) -> Sequence[Record]:
    """Every case about the organization, its bodies and their years, and its people.

    Open ones first, the latest in front.
    """
    found = _CASES_OF_ORGANIZATION.mappings(connection, number=organization_id)
    return [row for row in found if row["workflow"] not in hidden]


def cases_of_places(
    connection: Connection, hidden: Collection[str], numbers: Collection[int]
) -> Sequence[Record]:
    """Every case about the persons at organizations, in the same order."""
    found = _CASES_OF_PLACES.mappings(connection, numbers=numbers)
    return [row for row in found if row["workflow"] not in hidden]


def _cases(about: ColumnElement[bool]) -> Statement:
    c = case.c
    return Statement(
        sa.select(c.id, c.workflow, c.workflow_text_id, c.subject_type, c.subject_id, c.unit_id)
        .add_columns(c.state, c.state_since_on, c.opened_on, c.closed_on, c.fields)
        .where(about)
        .order_by(c.closed_on.is_not(None), c.opened_on.desc(), c.id.desc())
    )


def _about_organization() -> ColumnElement[bool]:
    c, p = case.c, person_at_organization.c
    number = parameter("number", p.organization_id)
    own = sa.select(_B.id).where(_B.organization_id == number)
    return sa.or_(
        sa.and_(c.subject_type == ORGANIZATION, c.subject_id == number),
        sa.and_(c.subject_type == BODY, c.subject_id.in_(own)),
        sa.and_(
            c.subject_type == BODY_YEAR,
            c.subject_id.in_(sa.select(_Y.id).where(_Y.body_id.in_(own))),
        ),
        sa.and_(
            c.subject_type == PLACE,
            c.subject_id.in_(sa.select(p.id).where(p.organization_id == number)),
        ),
    )


_CASES_OF_ORGANIZATION = _cases(_about_organization())
_CASES_OF_PLACES = _cases(
    sa.and_(case.c.subject_type == PLACE, Among(case.c.subject_id, "numbers"))
)


def next_deadlines(connection: Connection, cases: Collection[int]) -> dict[int, Record]:
    """By case: the deadline, window or waiting period that runs out first, deadlines in front."""
    found: dict[int, Record] = {}
    for row in _RUNNING.mappings(connection, numbers=cases):
        found.setdefault(row["case_id"], row)
    return found


_D = deadline.c
_RUNNING = Statement(
    sa.select(_D.id, _D.case_id, _D.rule, _D.kind, _D.due_on, _D.provisional)
    .where(Among(_D.case_id, "numbers"), _D.status == "open")
    .order_by(_D.kind != "deadline", _D.due_on, _D.id)
)


def attended(connection: Connection, organization_id: int) -> Sequence[Record]:
    """The training sessions that reached the organization, the latest first."""
    return dated(connection, attendance, "organization_id", [organization_id])


def escalated_among(connection: Connection, cases: Collection[int]) -> set[int]:
    """Those of the cases that have been escalated to the superior of their unit."""
    found = _ESCALATIONS.rows(connection, numbers=cases)
    return {number for number, values in found if values.get("escalation")}


_ESCALATIONS = Statement(
    sa.select(outbox.c.case_id, outbox.c["values"]).where(
        Among(outbox.c.case_id, "numbers"), outbox.c.stage == "overdue"
    )
)
