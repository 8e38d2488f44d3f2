"""What the engine asks of the domain: its tables, and whom a change concerns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.store.among import Among
from lifecycle.store.hot import Statement, parameter
from workflows.files import holds
from workflows.naming import names_of
from workflows.recording import read_value
from workflows.register import (
    DATED,
    TABLES,
    body_serves,
    body_year,
    engagement,
    formal_relation,
    headcount,
    organization,
    organization_profile,
    party_body,
    person,
    person_at_organization,
)
from workflows.remarks import COMMENTED, LOOKS
from workflows.subjects import BODY, BODY_YEAR, ORGANIZATION, PERSON, PLACE, UNIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sqlalchemy import Connection, Table

    from lifecycle.facts import FactValue
    from lifecycle.policy import Policy

_IDENTITIES = frozenset({ORGANIZATION, BODY, PLACE, PERSON, UNIT, BODY_YEAR})
"""Tables whose rows are subjects themselves."""

_COLUMN_TYPES = {
    "organization_id": ORGANIZATION,
    "body_id": BODY,
    "person_at_organization_id": PLACE,
    "person_id": PERSON,
    "unit_id": UNIT,
}


@dataclass(frozen=True, slots=True)
class PartyBuilding:
    """The Party-building register as the engine sees it."""

    tables: Mapping[str, Table] = field(default_factory=lambda: TABLES)
    notes: frozenset[str] = LOOKS | {COMMENTED}

    def subjects_of(self, table: str, row: Mapping[str, Any]) -> set[Subject]:
        """The subjects that a row of the register names."""
        found = {
            Subject(kind, row[column])
            for column, kind in _COLUMN_TYPES.items()
            if isinstance(row.get(column), int)
        }
        if table in _IDENTITIES and isinstance(row.get("id"), int):
            found.add(Subject(table, row["id"]))
        return found

    def read_value(self, table: str, column: str, given: Any) -> Any:  # noqa: ANN401 - its type
        """A value for a column of the register as somebody enters it.

        Raises:
            RecordError: it is not one that the column can hold.
        """
        return read_value(table, column, given)

    def names(self, connection: Connection, subjects: Iterable[Subject]) -> dict[Subject, str]:
        """What to call those of the subjects that are on the register; persons by surname only."""
        return names_of(connection, subjects)

    def facts_of_named(
        self, connection: Connection, named: Iterable[Subject], on: date
    ) -> dict[str, FactValue]:
        """Of persons where they work, as `engaged_to_move` says it."""
        persons = {one.id for one in named if one.type == PERSON}
        if not persons:
            return {}
        found = _WORKPLACES.rows(connection, persons=persons, on=on)
        return {"engaged_to_move": ",".join(f"{place}/{person}" for place, person in found)}

    def related(self, connection: Connection, subjects: Iterable[Subject]) -> set[Subject]:
        """Organizations around the subjects, and everything that belongs to these.

        A person concerns every organization where they work and every body that holds them; a
        body concerns every organization it serves, and these their people.
        """
        found = set(subjects)
        given = self.related_parameters(found)
        if not any(given.values()):
            return found
        rows = _RELATED.rows(connection, **given)
        return found | {Subject(kind, one) for kind, one in rows}

    def related_rows(self) -> sa.CompoundSelect[Any]:
        """The SELECT behind `related`."""
        return _RELATED_ROWS

    def related_parameters(self, subjects: Iterable[Subject]) -> dict[str, Any]:
        """The numbers of the subjects, by the parameter that takes those of their type."""
        groups = _grouped(subjects)
        return {name: groups.get(kind, set()) for name, kind in _AROUND.items()}

    def change_dates(
        self,
        connection: Connection,
        subjects: Iterable[Subject],
        span: tuple[date, date],
        policy: Policy,
    ) -> set[date]:
        """The days in (after, until] on which rows about the subjects change facts."""
        after, until = span
        groups = _grouped(subjects)
        if years := groups.pop(BODY_YEAR, None):
            y = body_year.c
            bodies = connection.execute(sa.select(y.body_id).where(y.id.in_(years)))
            groups.setdefault(BODY, set()).update(bodies.scalars())
        if places := groups.get(PLACE):
            p = person_at_organization.c
            people = connection.execute(sa.select(p.person_id).where(p.id.in_(places)))
            groups.setdefault(PERSON, set()).update(people.scalars())
        laters = _laters(policy)
        given: dict[str, Any] = {f"ids_{kind}": groups.get(kind, set()) for kind in _IDENTITIES}
        for number, later in enumerate(laters):
            given |= {f"after_{number}": after - later, f"until_{number}": until - later}
        rows = _change_days(laters).rows(connection, **given)
        return {day + laters[number] for day, number in rows}

    def changed_between(
        self, connection: Connection, span: tuple[date, date], policy: Policy
    ) -> dict[date, set[Subject]]:
        """By day in (after, until]: the subjects about which register rows change facts then."""
        after, until = span
        found: dict[date, set[Subject]] = {}
        for table in DATED:
            columns = [(name, kind) for name, kind in _COLUMN_TYPES.items() if name in table.c]
            for edge, later in _edges(table, _laters(policy)):
                statement = sa.select(edge, *(table.c[name] for name, _ in columns)).where(
                    table.c.known_until.is_(None), edge > after - later, edge <= until - later
                )
                for row in connection.execute(statement):
                    found.setdefault(row[0] + later, set()).update(
                        Subject(kind, row[i])
                        for i, (_, kind) in enumerate(columns, start=1)
                        if row[i] is not None
                    )
        return found


_AROUND = {
    "organizations": ORGANIZATION,
    "bodies": BODY,
    "places": PLACE,
    "people": PERSON,
    "years": BODY_YEAR,
}
"""The parameters of the statement below: the numbers of the subjects by their type."""


def _related() -> sa.CompoundSelect[Any]:
    """From the subjects to the organizations around them, and from these to what is theirs."""
    p, b, s, f = person_at_organization.c, party_body.c, body_serves.c, formal_relation.c
    y = body_year.c
    persons = (
        sa.select(p.person_id)
        .where(Among(p.id, "places"))
        .union(sa.select(person.c.id).where(Among(person.c.id, "people")))
        .cte("persons")
    )
    held = sa.select(f.body_id).join(persons, persons.c.person_id == f.person_id)
    bodies = (
        sa.select(b.id)
        .where(Among(b.id, "bodies"))
        .union(
            held.where(f.known_until.is_(None), f.body_id.is_not(None)),
            sa.select(y.body_id).where(Among(y.id, "years")),
        )
        .cte("bodies")
    )
    organizations = (
        sa.select(organization.c.id)
        .where(Among(organization.c.id, "organizations"))
        .union(
            sa.select(p.organization_id).join(persons, persons.c.person_id == p.person_id),
            sa.select(b.organization_id)
            .join(bodies, bodies.c.id == b.id)
            .where(b.organization_id.is_not(None)),
            sa.select(s.organization_id)
            .join(bodies, bodies.c.id == s.body_id)
            .where(s.known_until.is_(None)),
        )
        .cte("organizations")
    )
    own = organizations.c.id
    return sa.union(
        sa.select(_word(ORGANIZATION), own),
        sa.select(_word(BODY), b.id).join(organizations, own == b.organization_id),
        sa.select(_word(BODY), s.body_id)
        .join(organizations, own == s.organization_id)
        .where(s.known_until.is_(None)),
        sa.select(_word(PLACE), p.id).join(organizations, own == p.organization_id),
        sa.select(_word(BODY_YEAR), y.id)
        .join(party_body, b.id == y.body_id)
        .join(organizations, own == b.organization_id),
    )


@cache
def _change_days(laters: tuple[timedelta, ...]) -> Statement:
    """The days of known rows about subjects of every type, and which of `laters` to add."""
    selects = []
    for table in DATED:
        about = [
            Among(table.c[column], f"ids_{kind}")
            for column, kind in _COLUMN_TYPES.items()
            if column in table.c
        ]
        for edge, later in _edges(table, laters) if about else ():
            number = laters.index(later)
            after = sa.bindparam(f"after_{number}", type_=edge.type)
            until = sa.bindparam(f"until_{number}", type_=edge.type)
            known = table.c.known_until.is_(None)
            selects.append(
                sa.select(edge.label("day"), sa.literal_column(str(number), sa.Integer))
                .where(sa.or_(*about), known, edge > after, edge <= until)
                .distinct()
            )
    return Statement(sa.union_all(*selects))


def _laters(policy: Policy) -> tuple[timedelta, ...]:
    """By how many days after the edge of a row facts may change."""
    graces = {one for one in policy.ever("P42") if isinstance(one, int) and one > 1}
    return tuple(timedelta(days=one) for one in (0, 1, *sorted(graces)))


def _edges(table: Table, laters: tuple[timedelta, ...]) -> list[tuple[sa.Column[Any], timedelta]]:
    """The columns of a table whose day changes facts, and how many days later it may do so."""
    edges = [(table.c.from_on, timedelta(0)), (table.c.until_on, timedelta(0))]
    if table is headcount:
        # A fall below the threshold counts when its days of grace are over (rulebook R4).
        edges += [(table.c.until_on, later) for later in laters if later]
    if "covers_until_on" in table.c:
        # The last day that a gap is bridged: facts change on the day after.
        edges.append((table.c.covers_until_on, timedelta(days=1)))
    return edges


def _word(text: str) -> sa.Label[str]:
    return sa.literal(text, sa.Text).label("kind")


_RELATED_ROWS = _related()
_RELATED = Statement(_RELATED_ROWS)


_P = person_at_organization.c
_E = engagement.c
_WORKPLACES = Statement(
    sa.select(_P.organization_id, _P.person_id)
    .join(engagement, _E.person_at_organization_id == _P.id)
    .where(Among(_P.person_id, "persons"), *holds(engagement, parameter("on", _E.from_on)))
    .order_by(_P.organization_id, _P.person_id)
)


def _grouped(subjects: Iterable[Subject]) -> dict[str, set[int]]:
    groups: dict[str, set[int]] = {}
    for one in subjects:
        groups.setdefault(one.type, set()).add(one.id)
    return groups


def organizations_under(connection: Connection, unit_ids: Iterable[int]) -> list[int]:
    """The organizations whose profile names one of the units."""
    p = organization_profile.c
    ids = list(unit_ids)
    statement = sa.select(p.organization_id).where(
        p.known_until.is_(None),
        sa.or_(p.supervisor_id.in_(ids), p.county_id.in_(ids), p.township_id.in_(ids)),
    )
    return sorted(connection.execute(statement.distinct()).scalars())
