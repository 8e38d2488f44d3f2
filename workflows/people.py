"""Whom the register knows by name, birth and admission: the key by which lists find them too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from workflows.merged import merged_numbers
from workflows.register import person
from workflows.subjects import PERSON

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection


def person_of_key(
    connection: Connection, name: str, birth_on: date | None, admitted_on: date | None
) -> int | None:
    """The person of exactly that name, birth and admission, where the register has one."""
    x = person.c
    statement = (
        sa.select(x.id)
        .where(x.name == name, x.birth_on == birth_on, x.admitted_on == admitted_on)
        .where(x.id.not_in(merged_numbers(PERSON)))
        .order_by(x.id)
        .limit(1)
    )
    found: int | None = connection.execute(statement).scalar_one_or_none()
    return found
