"""Who could have a case in hand: the accounts that act for its unit today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.access import OFFICERS, Role
from lifecycle.accounts.grants import units_below
from lifecycle.accounts.tables import account, role_grant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import Connection

ACTING = frozenset(OFFICERS) - {Role.AUDITOR}
"""The roles in which cases are moved."""


@dataclass(frozen=True, slots=True)
class Officer:
    """An account with the units for which it acts; None means every unit."""

    id: int
    login: str
    name: str
    units: frozenset[int] | None

    def acts_for(self, unit_id: int | None) -> bool:
        """Whether the account holds an acting role for that unit."""
        return self.units is None or unit_id in self.units


def acting_officers(
    connection: Connection, parents: Mapping[int, int | None], on: date
) -> list[Officer]:
    """Everybody who acts anywhere on a day, by login name; in one statement."""
    g, a = role_grant.c, account.c
    statement = (
        sa.select(a.id, a.login, a.name, g.unit_id)
        .join(account, a.id == g.account_id)
        .where(
            g.role.in_(sorted(ACTING)),
            g.from_on <= on,
            sa.or_(g.until_on.is_(None), g.until_on > on),
            a.disabled_at.is_(None),
        )
        .order_by(a.login, g.id)
    )
    found: dict[int, Officer] = {}
    for number, login, name, unit_id in connection.execute(statement):
        known = found.get(number)
        units = None if unit_id is None else units_below(parents, unit_id)
        if known is not None:
            both = known.units is not None and units is not None
            units = (known.units or frozenset()) | (units or frozenset()) if both else None
        found[number] = Officer(number, login, name, units)
    return list(found.values())
