"""What belongs to a person: the records, their cases, and where else the name stands.

A name is searched for only while no other person bears it or one that contains it: what is said of
a namesake is not this person's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle import erasing
from lifecycle.engine import REGISTER
from lifecycle.store.tables import case
from workflows.indicators.table import indicator_snapshot
from workflows.merged import kept_numbers
from workflows.register import (
    formal_relation,
    instructor_post,
    intake_waiting,
    person,
    person_at_organization,
    secretary_post,
)
from workflows.subjects import PERSON, PLACE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

PSEUDONYM = "已删除-"
"""What a person is called who has been erased, with the number of the record behind it."""

SURNAME = "某"

POSTS = (secretary_post, instructor_post)
"""Offices are held by name, not by a record of the person."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """Everything that the database holds about one person."""

    persons: tuple[int, ...]
    """The record that stands and those merged into it."""
    places: tuple[int, ...]
    names: frozenset[str]
    """What the records are called; empty once they are pseudonyms."""
    shared: frozenset[str]
    """Of the names those that stand in another person's name too."""
    cases: tuple[int, ...]
    """Of every workflow, closed and open, with the register files."""
    open_cases: tuple[int, ...]
    """Of them the open ones, without the files, which never close."""
    in_office: tuple[str, ...]
    """Posts held today under the name: `secretary_post:4`."""
    posts: tuple[tuple[str, int], ...]
    """Rows of posts under the name, today's and earlier ones: table and number."""
    waiting: tuple[int, ...]
    """Rows of rosters that wait for their organization."""
    snapshots: tuple[int, ...]
    """Frozen figures whose reason has the name in it."""

    @property
    def own_names(self) -> frozenset[str]:
        """The names under which only this person can be meant."""
        return self.names - self.shared


def records_of(connection: Connection, person_id: int) -> tuple[int, ...]:
    """The person's record that stands and all that have been merged into it, ascending."""
    kept = kept_numbers(connection, PERSON)
    standing = kept.get(person_id, person_id)
    return tuple(sorted({standing, *(gone for gone, into in kept.items() if into == standing)}))


def standing_record(connection: Connection, person_id: int) -> int:
    """The record that stands for a person, whichever of the merged ones is named."""
    return kept_numbers(connection, PERSON).get(person_id, person_id)


def belongings_of(connection: Connection, person_id: int, today: date) -> Belongings:
    """Everything about the person of that record, or of the one it was merged into."""
    persons = records_of(connection, person_id)
    p = person_at_organization.c
    places = _column(connection, sa.select(p.id).where(p.person_id.in_(persons)))
    names = _names(connection, persons)
    shared = frozenset(one for one in names if _is_shared(connection, one, persons))
    own = sorted(names - shared)
    cases = _cases(connection, persons, places)
    numbers = tuple(one.id for one in cases)
    running = (one.id for one in cases if one.closed_on is None and one.workflow != REGISTER)
    posts = _posts(connection, own)
    return Belongings(
        persons,
        places,
        names,
        shared,
        numbers,
        tuple(running),
        tuple(f"{table}:{row.id}" for table, row in posts if _is_current(row, today)),
        tuple((table, row.id) for table, row in posts),
        _waiting(connection, persons),
        _snapshots(connection, own),
    )


def marked(connection: Connection, found: Belongings) -> erasing.Marked:
    """The values and notices of the person's cases, and all others in which a name stands."""
    values = erasing.values_of(connection, found.cases)
    notices = erasing.notices_of(connection, found.cases)
    for one in found.own_names:
        values |= erasing.values_saying(connection, one)
        notices |= erasing.notices_saying(connection, one)
    return erasing.Marked(frozenset(values), frozenset(notices))


def pseudonymise(connection: Connection, found: Belongings) -> None:
    """Records and posts lose the name, the records their dates; waiting rows and reasons go."""
    pseudonymise_records(connection, found)
    called = f"{PSEUDONYM}{found.persons[0]}"
    for table in POSTS:
        rows = [number for name, number in found.posts if name == table.name]
        connection.execute(sa.update(table).where(table.c.id.in_(rows)).values(name=called))
    s = indicator_snapshot.c
    emptied = sa.update(indicator_snapshot).where(s.id.in_(found.snapshots))
    connection.execute(emptied.values(reason=""))


def pseudonymise_records(connection: Connection, found: Belongings) -> None:
    """The person's records lose name, dates and homes; rows of rosters about them go."""
    for number in found.persons:
        connection.execute(
            sa.update(person)
            .where(person.c.id == number)
            .values(
                name=f"{PSEUDONYM}{number}",
                surname=SURNAME,
                birth_on=None,
                admitted_on=None,
                namesake=0,
            )
        )
    r, w = formal_relation.c, intake_waiting.c
    homes = sa.update(formal_relation).where(r.person_id.in_(found.persons))
    connection.execute(homes.values(home_text=None))
    connection.execute(sa.delete(intake_waiting).where(w.id.in_(found.waiting)))


def is_pseudonym(name: str) -> bool:
    """Whether a record has been erased already."""
    return name.startswith(PSEUDONYM)


def _column(connection: Connection, statement: sa.Select[Any]) -> tuple[int, ...]:
    return tuple(sorted(connection.execute(statement).scalars()))


def _names(connection: Connection, persons: Sequence[int]) -> frozenset[str]:
    found = connection.execute(sa.select(person.c.name).where(person.c.id.in_(persons))).scalars()
    return frozenset(one for one in found if not is_pseudonym(one))


def _is_shared(connection: Connection, name: str, persons: Sequence[int]) -> bool:
    others = sa.select(person.c.id).where(
        person.c.id.not_in(persons), person.c.name.contains(name, autoescape=True)
    )
    return connection.execute(others.limit(1)).first() is not None


def _cases(connection: Connection, persons: Sequence[int], places: Sequence[int]) -> list[Any]:
    c = case.c
    about = sa.or_(
        sa.and_(c.subject_type == PERSON, c.subject_id.in_(persons)),
        sa.and_(c.subject_type == PLACE, c.subject_id.in_(places)),
    )
    statement = sa.select(c.id, c.workflow, c.closed_on).where(about).order_by(c.id)
    return list(connection.execute(statement).all())


def _posts(connection: Connection, names: Sequence[str]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for table in POSTS:
        t = table.c
        statement = sa.select(t.id, t.until_on, t.known_until).where(t.name.in_(names))
        found += [(table.name, row) for row in connection.execute(statement.order_by(t.id))]
    return found


def _is_current(row: Any, today: date) -> bool:  # noqa: ANN401 - a row of either table
    return row.known_until is None and (row.until_on is None or row.until_on > today)


def _waiting(connection: Connection, persons: Sequence[int]) -> tuple[int, ...]:
    """Rows that name the person by what tells people apart: name and birth or admission date."""
    x, w = person.c, intake_waiting.c
    known = connection.execute(
        sa.select(x.name, x.birth_on, x.admitted_on).where(x.id.in_(persons))
    ).all()
    text: ColumnElement[str] = sa.type_coerce(w["values"], sa.Text)
    likely = sa.or_(*(text.contains(one.name, autoescape=True) for one in known))
    rows = connection.execute(sa.select(w.id, w["values"]).where(likely)).all()
    return tuple(sorted(row.id for row in rows if any(_is_same(row.values, one) for one in known)))


def _is_same(waiting: dict[str, Any], known: Any) -> bool:  # noqa: ANN401 - a row of `person`
    """Whether a waiting row is about the person; a date that either does not give is no doubt."""
    pairs = ((waiting.get(name), getattr(known, name)) for name in ("birth_on", "admitted_on"))
    differs = any(said and own and said != own.isoformat() for said, own in pairs)
    return waiting.get("name") == known.name and not differs


def _snapshots(connection: Connection, names: Sequence[str]) -> tuple[int, ...]:
    s = indicator_snapshot.c
    said = [s.reason.contains(one, autoescape=True) for one in names]
    return _column(connection, sa.select(s.id).where(sa.or_(sa.false(), *said)))
