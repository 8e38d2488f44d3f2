"""How subjects are called in lists: organizations by name, persons by surname only (F8)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.store.among import Among
from lifecycle.store.hot import Statement
from lifecycle.store.tables import unit
from workflows.register import (
    body_year,
    organization_profile,
    party_body,
    person,
    person_at_organization,
)
from workflows.subjects import BODY, BODY_YEAR, ORGANIZATION, PERSON, PLACE, UNIT
from workflows.visibility import PERSON_TYPES, Sight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


def called(sight: Sight, surname: str, name: str) -> str:
    """What to call a person: in full only before those who see names, to others by surname.

    The one place where a given name is let through; before whom only counts are shown, nothing is.
    """
    if sight is Sight.NAMED:
        return name
    return f"{surname}某" if sight is Sight.MASKED else ""


def name_seen(connection: Connection, subject: Subject, sight: Sight) -> str:
    """What to call the subject of a case before a reader who sees that much of persons."""
    if sight is not Sight.NAMED or subject.type not in PERSON_TYPES:
        return names_of(connection, [subject]).get(subject, "")
    if subject.type == PERSON:
        whole = sa.select(_X.name.label("person"), sa.literal("").label("place"))
        whole = whole.where(_X.id == subject.id)
    else:
        whole = (
            sa.select(_X.name.label("person"), _O.name.label("place"))
            .select_from(person_at_organization)
            .join(person, _X.id == _P.person_id)
            .join(organization_profile, _O.organization_id == _P.organization_id)
            .where(_P.id == subject.id, _LATEST)
            .order_by(_O.from_on.desc())
        )
    row = connection.execute(whole.limit(1)).first()
    return "" if row is None else " · ".join(one for one in row if one)


def names_of(connection: Connection, subjects: Iterable[Subject]) -> dict[Subject, str]:
    """What to call each subject; a person's given name is never shown."""
    groups: dict[str, set[int]] = defaultdict(set)
    for one in subjects:
        groups[one.type].add(one.id)
    found: dict[Subject, str] = {}
    for kind, ids in groups.items():
        for number, name in _NAMES[kind].rows(connection, ids=ids):
            found[Subject(kind, number)] = name or f"{kind}:{number}"
    return found


_O, _P, _B, _X, _Y = (
    organization_profile.c,
    person_at_organization.c,
    party_body.c,
    person.c,
    body_year.c,
)
_LATEST = _O.known_until.is_(None)

_OF_BODY = sa.and_(_O.organization_id == _B.organization_id, _LATEST)

_NAMES = {
    ORGANIZATION: Statement(
        sa.select(_O.organization_id, _O.name)
        .where(_LATEST, Among(_O.organization_id, "ids"))
        .order_by(_O.from_on)
    ),
    PLACE: Statement(
        sa.select(_P.id, (_X.surname + "某 · " + _O.name).label("name"))
        .join(person, _X.id == _P.person_id)
        .join(organization_profile, _O.organization_id == _P.organization_id)
        .where(_LATEST, Among(_P.id, "ids"))
        .order_by(_O.from_on)
    ),
    PERSON: Statement(
        sa.select(_X.id, (_X.surname + "某").label("name")).where(Among(_X.id, "ids"))
    ),
    BODY: Statement(
        sa.select(_B.id, sa.func.coalesce(_O.name, _B.name).label("name"))
        .outerjoin(organization_profile, _OF_BODY)
        .where(Among(_B.id, "ids"))
        .order_by(_O.from_on)
    ),
    UNIT: Statement(sa.select(unit.c.id, unit.c.name).where(Among(unit.c.id, "ids"))),
    BODY_YEAR: Statement(
        sa.select(
            _Y.id,
            (sa.func.coalesce(_O.name, _B.name) + " " + sa.cast(_Y.year, sa.Text)).label("name"),
        )
        .join(party_body, _B.id == _Y.body_id)
        .outerjoin(organization_profile, _OF_BODY)
        .where(Among(_Y.id, "ids"))
        .order_by(_O.from_on)
    ),
}
"""By type of subject; of a thing that was renamed the latest name comes last."""
