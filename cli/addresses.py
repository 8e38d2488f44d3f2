"""The address book of notices over the register's contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from workflows.register import contact, party_body

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class RegisterAddressBook:
    """Finds mail addresses of units, organizations and Party bodies, as known now."""

    connection: Connection

    def address(self, recipient: str, on: date) -> str | None:
        """The address in force on the day; a body without one is reached where it belongs."""
        found = self._contact(recipient, on)
        kind, _, number = recipient.partition(":")
        if found is None and kind == "party_body" and number.isdecimal():
            owner = self._owner(int(number))
            return None if owner is None else self._contact(owner, on)
        return found

    def _contact(self, owner: str, on: date) -> str | None:
        c = contact.c
        statement = (
            sa.select(c.mail)
            .where(
                c.owner == owner,
                c.from_on <= on,
                sa.or_(c.until_on.is_(None), c.until_on > on),
                c.known_until.is_(None),
            )
            .order_by(c.from_on.desc(), c.id.desc())
            .limit(1)
        )
        return self.connection.execute(statement).scalar_one_or_none()

    def _owner(self, body_id: int) -> str | None:
        b = party_body.c
        statement = sa.select(b.unit_id, b.organization_id).where(b.id == body_id)
        row = self.connection.execute(statement).one_or_none()
        if row is None:
            return None
        if row.unit_id is not None:
            return f"unit:{row.unit_id}"
        return None if row.organization_id is None else f"organization:{row.organization_id}"
