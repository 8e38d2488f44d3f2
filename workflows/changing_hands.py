"""Places (a person at an organization) that change hands when two records of one are merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.store.tables import case
from workflows.register import engagement, organization, person, person_at_organization
from workflows.subjects import ORGANIZATION, PERSON, PLACE

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import Connection

    from lifecycle.work import Work

SIDES = {
    ORGANIZATION: ("organization_id", "person_id"),
    PERSON: ("person_id", "organization_id"),
}
"""By type of the records: the column of a place that names them, and the one across."""

_BETWEEN: dict[str, tuple[sa.Table, dict[str, Any]]] = {
    ORGANIZATION: (organization, {"credit_code": "-"}),
    PERSON: (person, {"name": "-", "surname": "-"}),
}
"""What holds one of two places for the moment in which they trade owners."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place, and what makes it the one that goes on."""

    id: int
    open_cases: tuple[tuple[str, int], ...]
    """Workflow and number."""
    engaged: bool

    @property
    def liveliness(self) -> tuple[bool, bool]:
        """Of two places of one person at one organization the greater one goes on."""
        return bool(self.open_cases), self.engaged


@dataclass(frozen=True, slots=True)
class Pair:
    """A place of the record that goes, and the other record's place with the same across, if any.

    A person has one place at an organization. Of a pair the livelier place belongs to the record
    that stays; the other one, in which nothing is open, remains readable under the record that
    goes.
    """

    own: Place
    other: Place | None

    @property
    def moves(self) -> bool:
        """Whether the record that stays takes the place over."""
        return self.other is None or self.own.liveliness > self.other.liveliness

    @property
    def collides(self) -> bool:
        """Whether something is open in both places: nobody but an officer can say which counts."""
        return self.other is not None and bool(self.own.open_cases and self.other.open_cases)


def pairs_of(connection: Connection, gone: Subject, kept: Subject, on: date) -> list[Pair]:
    """The places of the record that goes, each with its counterpart."""
    column, across = SIDES[gone.type]
    own, other = person_at_organization.alias("own"), person_at_organization.alias("other")
    same = sa.and_(other.c[across] == own.c[across], other.c[column] == kept.id)
    rows = connection.execute(
        sa.select(own.c.id, other.c.id)
        .select_from(own.outerjoin(other, same))
        .where(own.c[column] == gone.id)
        .order_by(own.c.id)
    ).all()
    ids = {one for row in rows for one in row if one is not None}
    cases, engaged = _open_cases(connection, ids), _engaged(connection, ids, on)

    def place(number: int) -> Place:
        return Place(number, tuple(cases.get(number, ())), number in engaged)

    return [Pair(place(row[0]), None if row[1] is None else place(row[1])) for row in rows]


def _open_cases(connection: Connection, ids: Collection[int]) -> dict[int, list[tuple[str, int]]]:
    c = case.c
    statement = sa.select(c.subject_id, c.workflow, c.id).where(
        c.subject_type == PLACE, c.subject_id.in_(ids), c.closed_on.is_(None)
    )
    found: dict[int, list[tuple[str, int]]] = {}
    for number, workflow, case_id in connection.execute(statement.order_by(c.id)):
        found.setdefault(number, []).append((workflow, case_id))
    return found


def _engaged(connection: Connection, ids: Collection[int], on: date) -> set[int]:
    e = engagement.c
    statement = sa.select(e.person_at_organization_id).where(
        e.person_at_organization_id.in_(ids),
        e.known_until.is_(None),
        e.from_on <= on,
        sa.or_(e.until_on.is_(None), e.until_on > on),
    )
    return set(connection.execute(statement).scalars())


def hand_over(work: Work, gone: Subject, kept: Subject, pairs: Collection[Pair]) -> None:
    """Re-points the places that move; the idle counterpart of one goes the other way."""
    moving = [one for one in pairs if one.moves]
    _point(work.connection, kept, [one.own.id for one in moving if one.other is None])
    trading = [(one.own.id, one.other.id) for one in moving if one.other is not None]
    if trading:
        _trade(work.connection, gone, kept, trading)
    # No order of the register says this, so it is noted here what facts can read of it.
    work.forget({PLACE})
    work.changed.add(PLACE)
    ids = [one.own.id for one in moving] + [other for _, other in trading]
    work.touched |= {Subject(PLACE, one) for one in ids}


def _trade(
    connection: Connection, gone: Subject, kept: Subject, trading: Collection[tuple[int, int]]
) -> None:
    """Lets two places trade owners by way of a third: no two may be alike at any moment."""
    table, values = _BETWEEN[gone.type]
    third = Subject(
        gone.type,
        connection.execute(sa.insert(table).values(values).returning(table.c.id)).scalar_one(),
    )
    for own, other in trading:
        _point(connection, third, [other])
        _point(connection, kept, [own])
        _point(connection, gone, [other])
    connection.execute(sa.delete(table).where(table.c.id == third.id))


def _point(connection: Connection, owner: Subject, places: Collection[int]) -> None:
    p = person_at_organization.c
    column, _ = SIDES[owner.type]
    moved = sa.update(person_at_organization).where(p.id.in_(places))
    connection.execute(moved.values({column: owner.id}))
