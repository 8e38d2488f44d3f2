"""Roles: granted to an account for a unit and all below it, from a day, until a day."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.access import Holding, Role, Seat
from lifecycle.accounts.errors import AccessError, AccessProblem
from lifecycle.accounts.people import Account, as_account
from lifecycle.accounts.tables import account, role_grant, substitution
from lifecycle.store.hot import Statement, parameter
from lifecycle.store.tables import unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Row

    from lifecycle.store.hot import Record


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for a unit (None: for every unit) on the days from `from_on` to before `until_on`."""

    id: int
    account_id: int
    role: Role
    unit_id: int | None
    from_on: date
    until_on: date | None
    granted_by: str
    granted_at: datetime


def grant(
    connection: Connection,
    *,
    account_id: int,
    role: str,
    unit_id: int | None,
    from_on: date,
    until_on: date | None,
    by: str,
    now: datetime,
) -> int:
    """Grants a role and gives the grant's number.

    Raises:
        AccessError: no such role or unit, the days end before they begin, or it is held already;
            or the role cannot be held for a unit.
    """
    if role == Role.SCHEDULER or role not in set(Role):
        raise AccessError(AccessProblem.NO_ROLE, role=role)
    if role == Role.ADMINISTRATOR and unit_id is not None:
        # Accounts, calendars and jobs belong to no unit: whoever runs them runs them for all.
        raise AccessError(AccessProblem.NOT_FOR_A_UNIT)
    if until_on is not None and until_on <= from_on:
        raise AccessError(AccessProblem.BAD_PERIOD, from_on=from_on, until_on=until_on)
    if unit_id is not None and not _is_unit(connection, unit_id):
        raise AccessError(AccessProblem.NO_UNIT, unit=unit_id)
    g = role_grant.c
    same_unit = g.unit_id.is_(None) if unit_id is None else g.unit_id == unit_id
    overlaps = sa.or_(g.until_on.is_(None), g.until_on > from_on)
    if until_on is not None:
        overlaps = sa.and_(overlaps, g.from_on < until_on)
    held = sa.select(g.id).where(g.account_id == account_id, g.role == role, same_unit, overlaps)
    if connection.execute(held).first() is not None:
        raise AccessError(AccessProblem.ALREADY_GRANTED, role=role)
    made = sa.insert(role_grant).values(
        account_id=account_id,
        role=role,
        unit_id=unit_id,
        from_on=from_on,
        until_on=until_on,
        granted_at=now,
        granted_by=by,
    )
    number: int = connection.execute(made.returning(g.id)).scalar_one()
    return number


def _is_unit(connection: Connection, unit_id: int) -> bool:
    return connection.execute(sa.select(unit.c.id).where(unit.c.id == unit_id)).first() is not None


def revoke(connection: Connection, grant_id: int, *, on: date, by: str, now: datetime) -> None:
    """Ends a grant with the day before `on`: the next request is without it.

    Raises:
        AccessError: it is over, or it is the last administrator's.
    """
    g = role_grant.c
    row = connection.execute(sa.select(role_grant).where(g.id == grant_id, _not_over(on))).first()
    if row is None:
        raise AccessError(AccessProblem.NOT_GRANTED)
    if row.role == Role.ADMINISTRATOR and row.from_on <= on:
        refuse_last_administrator(connection, row.account_id, on)
    ended = {"until_on": max(on, row.from_on), "ended_at": now, "ended_by": by}
    connection.execute(sa.update(role_grant).where(g.id == grant_id).values(ended))


def refuse_last_administrator(connection: Connection, account_id: int, on: date) -> None:
    """Refuses what would leave nobody to administer the installation on that day.

    Raises:
        AccessError: the account is the only one that can.
    """
    g = role_grant.c
    statement = (
        sa.select(g.account_id)
        .join(account, account.c.id == g.account_id)
        .where(g.role == Role.ADMINISTRATOR, _running(on), account.c.disabled_at.is_(None))
    )
    if set(connection.execute(statement).scalars()) == {account_id}:
        raise AccessError(AccessProblem.LAST_ADMINISTRATOR)


def _running(on: date | ColumnElement[date]) -> ColumnElement[bool]:
    return sa.and_(role_grant.c.from_on <= on, _not_over(on))


def _not_over(on: date | ColumnElement[date]) -> ColumnElement[bool]:
    g = role_grant.c
    return sa.or_(g.until_on.is_(None), g.until_on > on)


def grants_from(connection: Connection, on: date) -> dict[int, list[Grant]]:
    """Account -> its grants that run on a day or will, in the order in which they were made."""
    found: dict[int, list[Grant]] = {}
    rows = connection.execute(sa.select(role_grant).where(_not_over(on)).order_by(role_grant.c.id))
    for row in rows.mappings():
        found.setdefault(row["account_id"], []).append(_as_grant(row))
    return found


def grants_of(connection: Connection, account_id: int, on: date | None = None) -> list[Grant]:
    """The grants of an account that run on a day, or all that there ever were."""
    if on is None:
        rows = _GRANTS_EVER.mappings(connection, account_id=account_id)
    else:
        rows = _GRANTS_RUNNING.mappings(connection, account_id=account_id, on=on)
    return [_as_grant(row) for row in rows]


def _as_grant(row: Record) -> Grant:
    of_grant = {one.name: row[one.name] for one in fields(Grant)}
    return Grant(**of_grant | {"role": Role(row["role"])})


def holdings(grants: Iterable[Grant], parents: Mapping[int, int | None]) -> tuple[Holding, ...]:
    """The grants with the units below each spread out."""
    return tuple(
        Holding(
            one.role,
            None if one.unit_id is None else units_below(parents, one.unit_id),
            one.unit_id,
        )
        for one in grants
    )


def units_below(parents: Mapping[int, int | None], top: int) -> frozenset[int]:
    """A unit and every unit below it."""
    children: dict[int | None, list[int]] = {}
    for number, parent in parents.items():
        children.setdefault(parent, []).append(number)
    found, todo = {top}, [top]
    while todo:
        below = [one for one in children.get(todo.pop(), ()) if one not in found]
        found.update(below)
        todo += below
    return frozenset(found)


def seat_of(
    connection: Connection,
    who: Account,
    parents: Mapping[int, int | None],
    on: date,
    acting_for: int | None = None,
) -> Seat:
    """Who sits at the desk on a day; for somebody absent, with that person's roles.

    A substitution that has run out, or an absent account that was disabled, gives no role at all.
    """
    if acting_for is None:
        return Seat(who.login, holdings(grants_of(connection, who.id, on), parents))
    absent = {one.id: one for one in absentees(connection, who.id, on)}.get(acting_for)
    if absent is None:
        return Seat(who.login, ())
    held = grants_of(connection, acting_for, on)
    officers = [one for one in held if one.role is not Role.ADMINISTRATOR]
    return Seat(who.login, holdings(officers, parents), absent.login)


def arrange_substitute(
    connection: Connection,
    *,
    absent_id: int,
    substitute_id: int,
    from_on: date,
    until_on: date,
    by: str,
    now: datetime,
) -> None:
    """Lets one account act for another from a day to before another.

    Raises:
        AccessError: both are the same, or the days end before they begin.
    """
    if absent_id == substitute_id:
        raise AccessError(AccessProblem.OWN_ABSENCE)
    if until_on <= from_on:
        raise AccessError(AccessProblem.BAD_PERIOD, from_on=from_on, until_on=until_on)
    connection.execute(
        sa.insert(substitution).values(
            absent_id=absent_id,
            substitute_id=substitute_id,
            from_on=from_on,
            until_on=until_on,
            arranged_at=now,
            arranged_by=by,
        )
    )


def end_substitute(
    connection: Connection, number: int, *, on: date, by: str, now: datetime
) -> None:
    """Ends a substitution with the day before `on`."""
    s = substitution.c
    ended = {"until_on": on, "ended_at": now, "ended_by": by}
    connection.execute(sa.update(substitution).where(s.id == number, s.until_on > on).values(ended))


def substitutions(connection: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """Every substitution, the latest first, with both login names."""
    absent, substitute = account.alias(), account.alias()
    s = substitution
    statement = (
        sa.select(s, absent.c.login.label("absent"), substitute.c.login.label("substitute"))
        .join(absent, absent.c.id == s.c.absent_id)
        .join(substitute, substitute.c.id == s.c.substitute_id)
        .order_by(s.c.id.desc())
    )
    return connection.execute(statement).all()


def absentees(connection: Connection, substitute_id: int, on: date) -> list[Account]:
    """For whom an account may act on a day."""
    rows = _ABSENTEES.mappings(connection, substitute_id=substitute_id, on=on)
    return [as_account(row) for row in rows]


_G, _S = role_grant.c, substitution.c
_ON = parameter("on", _G.from_on)

_GRANTS_EVER = Statement(
    sa.select(role_grant)
    .where(_G.account_id == parameter("account_id", _G.account_id))
    .order_by(_G.id)
)
_GRANTS_RUNNING = Statement(
    sa.select(role_grant)
    .where(_G.account_id == parameter("account_id", _G.account_id), _running(_ON))
    .order_by(_G.id)
)
_ABSENTEES = Statement(
    sa.select(account)
    .join(substitution, _S.absent_id == account.c.id)
    .where(_S.substitute_id == parameter("substitute_id", _S.substitute_id))
    .where(_S.from_on <= _ON, _S.until_on > _ON, account.c.disabled_at.is_(None))
    .distinct()
    .order_by(account.c.login)
)
"""For whom an account may act on a day."""
