"""What merged records have become: whoever looks one up is led to the record that stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.errors import SubjectMergedError
from lifecycle.store.hot import Statement, parameter
from workflows.naming import names_of
from workflows.register import merged_record

if TYPE_CHECKING:
    from sqlalchemy import Connection


def kept_of(connection: Connection, subject: Subject) -> Subject | None:
    """The record that stands for a merged one, at the end of the chain; None for any other."""
    number = kept_numbers(connection, subject.type).get(subject.id)
    return None if number is None else Subject(subject.type, number)


def kept_numbers(connection: Connection, kind: str) -> dict[int, int]:
    """By number of every merged record of that type: the one that stands for it."""
    into: dict[int, int] = dict(_MERGED.rows(connection, kind=kind))
    found = {}
    for gone, kept in into.items():
        last = kept
        while last in into:
            last = into[last]
        found[gone] = last
    return found


_M = merged_record.c
_MERGED = Statement(
    sa.select(_M.gone_id, _M.kept_id).where(
        _M.subject_type == parameter("kind", _M.subject_type), _M.known_until.is_(None)
    )
)


def merged_numbers(kind: str) -> sa.Select[tuple[int]]:
    """The numbers of the merged records of that type."""
    return sa.select(_M.gone_id).where(_M.subject_type == kind, _M.known_until.is_(None))


def refuse_merged(connection: Connection, subject: Subject, words: str) -> None:
    """Lets every record pass but a merged one.

    Raises:
        SubjectMergedError: with the record that stands for it.
    """
    kept = kept_of(connection, subject)
    if kept is not None:
        name = names_of(connection, [kept]).get(kept, "")
        raise SubjectMergedError(words, f"{kept.type}:{kept.id}", name)
