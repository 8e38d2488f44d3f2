"""Whom notices go to, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lifecycle.cases import Subject
from workflows.naming import names_of
from workflows.subjects import BODY, ORGANIZATION, UNIT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from web.sitting import Sitting

KINDS: Final = frozenset({UNIT, ORGANIZATION, BODY})


def recipient_subject(recipient: str) -> Subject | None:
    """`unit:12`, `organization:7` or `party_body:3` as a subject."""
    kind, _, number = recipient.partition(":")
    return Subject(kind, int(number)) if number.isdecimal() and kind in KINDS else None


def recipients_named(
    connection: Connection, sitting: Sitting, recipients: Iterable[str]
) -> dict[str, str]:
    """What to call each: a unit or organization by name, whom no fact gave by what is wanted."""
    subjects = {one: recipient_subject(one) for one in recipients}
    names = names_of(connection, {one for one in subjects.values() if one is not None})
    return {
        recipient: (names.get(subject) if subject else None) or _missing(sitting, recipient)
        for recipient, subject in subjects.items()
    }


def _missing(sitting: Sitting, recipient: str) -> str:
    kind, _, name = recipient.partition(":")
    if kind != "missing":
        return recipient
    words, facts = sitting.teller.words, sitting.teller.registry.facts.facts
    label = next((fact.label for (_, one), fact in facts.items() if one == name), None)
    return words("recipient_missing", wanted=words.label(label) if label else name)
