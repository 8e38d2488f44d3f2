"""A day to read the register on: the connection, the day, and how rows with four dates are met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.facts import At
from lifecycle.store.types import Day, Instant

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Table

AT = At(
    sa.bindparam("on_day", type_=Day()),
    sa.bindparam("known_at", type_=Instant()),
)
AFTER = sa.bindparam("after_day", type_=Day())

Rows = list[Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """A connection, the day that is asked about, and up to when knowledge counts."""

    connection: Connection
    on: date
    known_at: datetime

    def rows(self, statement: sa.Select[Any] | sa.CompoundSelect[Any], **given: Any) -> Rows:  # noqa: ANN401 - values of parameters
        """What the statement gives on the day."""
        values = {"on_day": self.on, "known_at": self.known_at, **given}
        return list(self.connection.execute(statement, values).all())


def begun(table: Table) -> ColumnElement[bool]:
    """Rows that the database vouches for and that began on or before the day."""
    return sa.and_(AT.known(table), table.c.from_on <= AT.on)
