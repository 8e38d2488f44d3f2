"""Erasing: personal values leave the tables, the trail keeps its commitments and says who did it.

An entry's hash covers commitments, never the values, so a value can go without breaking the chain.
What belongs to whom the domain knows (`workflows.belongings`); here stands how it is removed, and
how the trail says that it is gone on order and not lost.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import EntryKind
from lifecycle.chain import entry_number, entry_place
from lifecycle.failpoints import failpoint
from lifecycle.store.chunks import in_chunks
from lifecycle.store.tables import entry, outbox, personal_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import ColumnElement, Connection

Place = tuple[int, str]
"""A personal value: the number of its entry and its name there."""

ERASED = "erased"
"""Among the details of an entry: by case and seq, the names of the values that have gone; and,
among the values of a notice, that nothing else is left of them."""

WITHDRAWN = "withdrawn"
_DONE_WITH = frozenset({"sent", "failed", WITHDRAWN})
_KEPT = frozenset({"case", "subject"})
"""What a blanked notice still says: numbers, no names."""

_o = outbox.c
_TEXTS = tuple(sa.type_coerce(column, sa.Text) for column in (_o["values"], _o.rendered))
_MARK = f'%"{ERASED}":true%'


@dataclass(frozen=True, slots=True)
class Marked:
    """What is to go: values of entries, and what notices say."""

    values: frozenset[Place] = field(default_factory=frozenset)
    notices: frozenset[int] = field(default_factory=frozenset)


def values_of(connection: Connection, case_ids: Collection[int]) -> set[Place]:
    """The personal values that entries of those cases commit to and that are still there."""
    p = personal_value.c
    found: set[Place] = set()
    for some in in_chunks(case_ids):
        numbers = sa.select(entry.c.id).where(entry.c.case_id.in_(some))
        statement = sa.select(p.entry_id, p.name).where(p.entry_id.in_(numbers))
        found |= {(row.entry_id, row.name) for row in connection.execute(statement)}
    return found


def values_saying(connection: Connection, words: str) -> set[Place]:
    """The personal values of any entry in which those words stand."""
    p = personal_value.c
    statement = sa.select(p.entry_id, p.name).where(p.value.contains(words, autoescape=True))
    return {(row.entry_id, row.name) for row in connection.execute(statement)}


def notices_of(connection: Connection, case_ids: Collection[int]) -> set[int]:
    """The notices of those cases that still say something."""
    found: set[int] = set()
    for some in in_chunks(case_ids):
        statement = sa.select(_o.id).where(_o.case_id.in_(some), says_something())
        found |= set(connection.execute(statement).scalars())
    return found


def notices_saying(connection: Connection, words: str) -> set[int]:
    """The notices of any case in whose values or text those words stand."""
    said = sa.or_(*(text.contains(words, autoescape=True) for text in _TEXTS))
    return set(connection.execute(sa.select(_o.id).where(said)).scalars())


def says_something() -> ColumnElement[bool]:
    """Notices that have not been blanked yet."""
    return _TEXTS[0].not_like(_MARK)


def says_nothing() -> ColumnElement[bool]:
    """Notices that have been blanked: their mails may not lie about either."""
    return _TEXTS[0].like(_MARK)


def remove(connection: Connection, marked: Marked) -> None:
    """Removes the values with their salts and blanks the notices; unsent ones are withdrawn."""
    p = personal_value.c
    for places in in_chunks(marked.values):
        connection.execute(
            sa.delete(personal_value).where(sa.tuple_(p.entry_id, p.name).in_(places))
        )
    failpoint("after_erased_values")
    for numbers in in_chunks(marked.notices):
        _blank(connection, numbers)
    failpoint("after_blanked_notices")


def _blank(connection: Connection, numbers: Collection[int]) -> None:
    statement = sa.select(_o.id, _o["values"], _o.status).where(_o.id.in_(numbers))
    for row in connection.execute(statement).all():
        kept = {name: one for name, one in row.values.items() if name in _KEPT}
        connection.execute(
            sa.update(outbox)
            .where(_o.id == row.id)
            .values(
                {
                    _o["values"]: kept | {ERASED: True},
                    _o.rendered: None,
                    _o.status: row.status if row.status in _DONE_WITH else WITHDRAWN,
                    _o.retry_at: None,
                }
            )
        )


def as_details(values: Iterable[Place]) -> dict[str, dict[str, list[str]]]:
    """How an entry names the values that have gone: by case, then by seq, their names."""
    found: dict[str, dict[str, list[str]]] = {}
    for entry_id, name in sorted(values):
        case_id, seq = entry_place(entry_id)
        found.setdefault(str(case_id), {}).setdefault(str(seq), []).append(name)
    return found


def erased_places(connection: Connection) -> set[Place]:
    """Every value of which some entry says that it was erased."""
    statement = sa.select(entry.c.body).where(entry.c.kind == EntryKind.ERASED.value)
    bodies = (json.loads(bytes(one)) for one in connection.execute(statement).scalars())
    return {place for body in bodies for place in _places_in(body)}


def _places_in(body: Mapping[str, Any]) -> set[Place]:
    return {
        (entry_number(int(case_id), int(seq)), name)
        for case_id, entries in body["details"].get(ERASED, {}).items()
        for seq, names in entries.items()
        for name in names
    }
