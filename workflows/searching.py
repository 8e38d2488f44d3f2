"""Finding organizations by name, code or initials, and persons by surname and organization.

Given names are no way to a person (rulebook F11): who is looked for is found where they work.
The initials of organizations stand in a table of their own, which is filled anew, before it is
asked, for every name that lacks there or has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from workflows.files import holds, last_profile
from workflows.lists import in_sight
from workflows.pinyin import initials_of, reading_of
from workflows.register import (
    engagement,
    organization,
    organization_profile,
    person,
    person_at_organization,
    search_name,
)
from workflows.subjects import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, RowMapping

    from lifecycle.access import Scope

MOST: Final = 50
"""Results of one kind that are shown."""

CHUNK: Final = 500
"""Names that are read in one transaction."""


def _stale() -> sa.Select[Any]:
    """The standing names that lack in the table, or stand there otherwise."""
    p, n = organization_profile.c, search_name.c
    same = sa.and_(n.subject_type == ORGANIZATION, n.subject_id == p.organization_id)
    return (
        sa.select(p.organization_id, p.name)
        .outerjoin(search_name, same)
        .where(p.known_until.is_(None), p.until_on.is_(None))
        .where(sa.or_(n.name.is_(None), n.name != p.name))
    )


def names_lack(connection: Connection) -> bool:
    """Whether a name is to be read anew before the table can be asked."""
    return connection.execute(_stale().limit(1)).first() is not None


def read_names(connection: Connection) -> int:
    """Fills the table for some of the names that lack or have changed; for how many.

    Not for all at once: reading a name takes half a millisecond, and others wait to write.
    """
    rows = [
        {
            "subject_type": ORGANIZATION,
            "subject_id": number,
            "name": name,
            "initials": initials_of(name),
        }
        for number, name in connection.execute(_stale().limit(CHUNK))
    ]
    if rows:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        statement = insert(search_name)
        written = {name: statement.excluded[name] for name in ("name", "initials")}
        keys = ["subject_type", "subject_id"]
        # Two who search at once may both fill it: what they write is the same.
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=written), rows)
    return len(rows)


def _is_letters(word: str) -> bool:
    return word.isascii() and word.isalnum()


def _named(word: str) -> ColumnElement[bool]:
    n = search_name.c
    by_name = n.name.contains(word, autoescape=True)
    if not _is_letters(word):
        return by_name
    return sa.or_(by_name, n.initials.contains(word.lower(), autoescape=True))


def organizations_found(
    connection: Connection, scope: Scope, words: Sequence[str]
) -> Sequence[RowMapping]:
    """The organizations in sight whose name or initials hold every word, or with that code.

    Those whose name or initials begin with the first word come first.
    """
    o, p, n = organization.c, organization_profile.c, search_name.c
    begins = sa.or_(
        n.name.startswith(words[0], autoescape=True),
        n.initials.startswith(words[0].lower(), autoescape=True),
    )
    coded = o.credit_code == "".join(words).upper()
    statement = (
        sa.select(o.id, o.credit_code, p.name, p.kind)
        .select_from(search_name)
        .join(organization, sa.and_(o.id == n.subject_id, n.subject_type == ORGANIZATION))
        .join(organization_profile, p.organization_id == o.id)
        .where(p.known_until.is_(None), p.until_on.is_(None), *in_sight(scope))
        .where(sa.or_(coded, sa.and_(*map(_named, words))))
        .order_by(sa.not_(begins), n.name, o.id)
        .limit(MOST + 1)
    )
    return connection.execute(statement).mappings().all()


def formerly_found(
    connection: Connection, scope: Scope, words: Sequence[str]
) -> Sequence[RowMapping]:
    """Those in sight that were once called so, or are no longer on the register.

    A name that an organization bears today is not looked for: `organizations_found` has it.
    """
    o, p, past = organization.c, organization_profile.c, organization_profile.alias("past")
    called = [past.c.name.contains(word, autoescape=True) for word in words]
    statement = (
        sa.select(o.id, o.credit_code, p.name, p.kind, p.until_on, past.c.name.label("former"))
        .select_from(organization)
        .join(organization_profile, p.organization_id == o.id)
        .join(past, past.c.organization_id == o.id)
        .where(p.known_until.is_(None), last_profile(p), *in_sight(scope))
        .where(past.c.known_until.is_(None), past.c.until_on.is_not(None))
        .where(sa.or_(o.credit_code == "".join(words).upper(), sa.and_(*called)))
        .where(sa.or_(p.until_on.is_not(None), past.c.name != p.name))
        .order_by(p.name, o.id, past.c.from_on.desc())
        .limit(MOST + 1)
    )
    return connection.execute(statement).mappings().all()


def surnames_read(connection: Connection, word: str) -> Collection[str]:
    """The surnames on the register that the word is, or that are read like it."""
    if not _is_letters(word):
        return {word}
    known = connection.execute(sa.select(person.c.surname).distinct()).scalars()
    return {one for one in known if reading_of(one) == word.lower()}


def persons_found(
    connection: Connection, scope: Scope, words: Sequence[str], on: date
) -> Sequence[RowMapping]:
    """Persons of that surname who work at organizations in sight, masked.

    The first word is the surname; those that follow are of the organization.
    """
    x, p, e, o, n = (
        person.c, person_at_organization.c, engagement.c, organization_profile.c, search_name.c,
    )  # fmt: skip
    surnames = surnames_read(connection, words[0])
    units = scope.person_unit_ids
    in_charge = sa.func.coalesce(o.supervisor_id, o.township_id, o.county_id)
    statement = (
        sa.select(
            x.id, x.surname, o.name.label("organization"), e.employment, in_charge.label("unit")
        )
        .add_columns(p.organization_id)
        .select_from(person)
        .join(person_at_organization, p.person_id == x.id)
        .join(engagement, sa.and_(e.person_at_organization_id == p.id, *holds(engagement, on)))
        .join(organization_profile, o.organization_id == p.organization_id)
        .join(
            search_name,
            sa.and_(n.subject_type == ORGANIZATION, n.subject_id == p.organization_id),
        )
        .where(x.surname.in_(surnames), o.known_until.is_(None), o.until_on.is_(None))
        .where(*map(_named, words[1:]))
        .order_by(o.name, x.id)
        .limit(MOST + 1)
    )
    if units is not None:
        statement = statement.where(in_charge.in_(units))
    return connection.execute(statement).mappings().all()
