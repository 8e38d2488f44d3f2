"""Persons: whom the register knows by the key of lists, and where one is answered for today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from workflows import files
from workflows.merged import merged_numbers
from workflows.register import engagement, person
from workflows.subjects import PERSON

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from lifecycle.store.hot import Record


def persons_of_key(
    connection: Connection, name: str, birth_on: date | None, admitted_on: date | None
) -> Sequence[int]:
    """The persons of exactly that name, birth and admission: of members at most one."""
    x = person.c
    statement = (
        sa.select(x.id)
        .where(x.name == name, x.birth_on == birth_on, x.admitted_on == admitted_on)
        .where(x.id.not_in(merged_numbers(PERSON)))
        .order_by(x.id)
    )
    return connection.execute(statement).scalars().all()


def engagements(connection: Connection, places: Sequence[Record]) -> Sequence[Record]:
    """The employments at some places, past ones too, the latest first."""
    numbers = [row["id"] for row in places]
    return files.dated(connection, engagement, "person_at_organization_id", numbers)


def in_hand(
    places: Sequence[Record], engaged: Sequence[Record], cases: Collection[Record], on: date
) -> frozenset[int]:
    """Of all places of a person those whose officers answer for the person today (F11).

    The person works there, or a case about them there is open. A former workplace no longer
    answers once another one does; when none does it is the last one, because somebody has to
    print the file that a person asks for, and to erase it.

    Args:
        places: every place of the person, as `files.places` gives them.
        engaged: the employments there.
        cases: the cases about the person there.
        on: today.
    """
    working = {
        row["person_at_organization_id"]
        for row in engaged
        if row["until_on"] is None or row["until_on"] > on
    }
    open_ones = {one["subject_id"] for one in cases if one["closed_on"] is None}
    if working | open_ones:
        return frozenset(working | open_ones)
    last = max((row["until_on"] for row in engaged), default=None)
    if last is None:
        return frozenset(row["id"] for row in places)
    return frozenset(row["person_at_organization_id"] for row in engaged if row["until_on"] == last)
