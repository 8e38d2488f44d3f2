"""What the pages of the settings show: accounts, roles, sessions, substitutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.accounts import logins, people
from lifecycle.accounts.grants import grants_from, substitutions
from lifecycle.cases import Subject
from lifecycle.store.tables import unit
from web.authz import rules
from workflows.naming import names_of
from workflows.subjects import UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection, RowMapping

    from lifecycle.accounts.grants import Grant
    from lifecycle.accounts.people import Account
    from web.sitting import Sitting

GRANTABLE: Final = tuple(one for one in Role if one is not Role.SCHEDULER)

TABS: Final = (
    ("/settings/users", "Users and roles"),
    ("/settings/sessions", "Open sessions"),
    ("/settings/substitutes", "Substitutes"),
    ("/settings/parameters", "Parameters"),
    ("/settings/calendars", "Calendars"),
    ("/settings/addresses", "Addresses"),
    ("/settings/aliases", "Home names"),
)
"""The pages of the settings: address and name."""


def tabs_of(sitting: Sitting) -> list[tuple[str, str]]:
    """The pages of the settings that the reader may open, by the rules of their routes."""
    return [(address, label) for address, label in TABS if _may_open(sitting, address)]


def _may_open(sitting: Sitting, address: str) -> bool:
    rule = rules()[f"GET {address}"]
    roles = rule.roles or frozenset()
    return sitting.may(*roles) and (not rule.whole or sitting.reaches_all(roles))


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A role that an account holds or will hold."""

    id: int
    role: str
    unit: str
    since: str
    until: str
    """The last day; empty where none is set."""
    later: bool
    """It has not begun."""
    by: str


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account with its roles."""

    account: Account
    grants: tuple[GrantRow, ...]


@dataclass(frozen=True, slots=True)
class SubstituteRow:
    """Who acts for whom, from when until when."""

    id: int
    absent: str
    substitute: str
    since: str
    until: str
    over: bool
    by: str


def last_day(until_on: date | None) -> str:
    """The last day of a time that ends before `until_on`."""
    return "" if until_on is None else str(until_on - timedelta(days=1))


def user_rows(connection: Connection, sitting: Sitting) -> list[UserRow]:
    """Every account with the roles that it holds or will hold."""
    held = grants_from(connection, sitting.today)
    units = {one.unit_id for grants in held.values() for one in grants if one.unit_id}
    names = names_of(connection, [Subject(UNIT, one) for one in units])
    return [
        UserRow(one, tuple(_grant_row(sitting, row, names) for row in held.get(one.id, ())))
        for one in people.accounts(connection)
    ]


def _grant_row(sitting: Sitting, one: Grant, names: dict[Subject, str]) -> GrantRow:
    words = sitting.teller.words
    return GrantRow(
        id=one.id,
        role=words.role(one.role),
        unit=names.get(Subject(UNIT, one.unit_id), "") if one.unit_id else words("user_all"),
        since=str(one.from_on),
        until=last_day(one.until_on),
        later=one.from_on > sitting.today,
        by=one.granted_by,
    )


def unit_names(connection: Connection) -> Sequence[str]:
    """The names of all units, to pick from."""
    return connection.execute(sa.select(unit.c.name).order_by(unit.c.id)).scalars().all()


def roles_to_grant(sitting: Sitting) -> list[tuple[str, str]]:
    """The roles that can be granted, with their names."""
    return [(one.value, sitting.teller.words.role(one)) for one in GRANTABLE]


def open_sessions(
    connection: Connection, sitting: Sitting, account_id: int | None = None
) -> Sequence[RowMapping]:
    """Where one account, or anybody, is logged in."""
    return logins.sessions(connection, sitting.desk.now(), account_id)


def substitute_rows(connection: Connection, sitting: Sitting) -> list[SubstituteRow]:
    """Every substitution, the latest first."""
    return [
        SubstituteRow(
            id=row.id,
            absent=row.absent,
            substitute=row.substitute,
            since=str(row.from_on),
            until=last_day(row.until_on),
            over=row.until_on <= sitting.today,
            by=row.arranged_by,
        )
        for row in substitutions(connection)
    ]
