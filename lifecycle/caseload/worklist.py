"""The work list: open cases with what is due next, the most pressing first.

Two ways through the data, so that a page costs the same in a large city as in a small one. Cases
on which a deadline presses are found by walking the open deadlines in the order of their days
(`ix_deadline_due`); those that wait for others, and one officer's own, by walking the cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from lifecycle.accounts.tables import account
from lifecycle.caseload.tables import assignment
from lifecycle.store.queries import in_scope
from lifecycle.store.tables import case, deadline
from lifecycle.workdays import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, RowMapping, Select

    from lifecycle.access import Scope

SOON: Final = timedelta(days=7)
"""Natural days before the day on which a deadline shows as near."""

COUNTED: Final = 500
"""Counts go no further: what is more reads as 500+."""


class Whose(StrEnum):
    """Whose cases a list shows."""

    MINE = "mine"
    UNIT = "unit"
    """Of the units for which the roles were granted, not of those below."""
    ALL = "all"
    UNCLAIMED = "unclaimed"


class Light(StrEnum):
    """What presses on a case."""

    OVERDUE = "overdue"
    SOON = "soon"
    OPEN = "open"
    """A deadline runs and is not near."""
    WAITING = "waiting"
    """No deadline runs: it waits for somebody else, or for nothing."""
    ASIDE = "aside"
    """Put aside until a day by who has it in hand."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a work list is narrowed to."""

    whose: Whose
    account_id: int
    today: date
    own_units: Collection[int] | None = None
    """The units at which the reader's roles were granted; None: they hold everywhere."""
    light: Light | None = None
    workflow: str | None = None
    state: str | None = None
    unit_ids: Collection[int] | None = None
    due_from: date | None = None
    due_until: date | None = None
    limit: int = 50
    offset: int = 0


def work_list(
    connection: Connection, scope: Scope, hidden: Collection[str], asked: Asked
) -> Sequence[RowMapping]:
    """A page of the list: cases with their next deadline and who has them in hand.

    Args:
        connection: where to read.
        scope: whose cases may be seen.
        hidden: the workflows that are not listed.
        asked: what the list is narrowed to.
    """
    statement = _rows(scope, hidden, asked)
    if asked.light is Light.WAITING:
        ordered = statement.order_by(case.c.id)
    elif asked.whose is Whose.MINE and asked.light is None:
        ordered = statement.order_by(deadline.c.due_on.is_(None), deadline.c.due_on, case.c.id)
    else:
        ordered = statement.order_by(deadline.c.due_on, deadline.c.id)
    page = ordered.limit(asked.limit).offset(asked.offset)
    return connection.execute(page).mappings().all()


def count(connection: Connection, scope: Scope, hidden: Collection[str], asked: Asked) -> int:
    """How many cases the list has, as far as they are counted."""
    some = _rows(scope, hidden, asked).with_only_columns(case.c.id).limit(COUNTED + 1).subquery()
    number: int = connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    return number


def by_day(
    connection: Connection, scope: Scope, hidden: Collection[str], asked: Asked, most: int
) -> Sequence[RowMapping]:
    """The first cases of every day on which the list has some: how many are due is `on_day`.

    The list is that of `work_list`, so what a day counts is what the list shows for that day. One
    statement, however many days and cases there are.

    Args:
        connection: where to read.
        scope: whose cases may be seen.
        hidden: the workflows that are not listed.
        asked: what the list is narrowed to, and between which days.
        most: how many cases of a day are given.
    """
    d = deadline.c
    placed = (
        _rows(scope, hidden, asked)
        .add_columns(
            sa.func.row_number().over(partition_by=d.due_on, order_by=d.id).label("place"),
            sa.func.count().over(partition_by=d.due_on).label("on_day"),
        )
        .subquery()
    )
    statement = (
        sa.select(placed).where(placed.c.place <= most).order_by(placed.c.due_on, placed.c.place)
    )
    return connection.execute(statement).mappings().all()


def _rows(scope: Scope, hidden: Collection[str], asked: Asked) -> Select[tuple[object, ...]]:
    columns = (
        *(case.c[name] for name in ("id", "workflow", "workflow_text_id", "subject_type")),
        *(case.c[name] for name in ("subject_id", "unit_id", "state", "state_since_on", "version")),
        *(deadline.c[name] for name in ("rule", "kind", "due_on", "provisional")),
        deadline.c.id.label("deadline_id"),
        account.c.name.label("holder"),
        assignment.c.follow_up_on,
    )
    held = sa.and_(assignment.c.case_id == case.c.id, assignment.c.ended_at.is_(None))
    by_holder = asked.whose is Whose.MINE or asked.light is Light.ASIDE
    source = case.join(assignment, held, isouter=not by_holder)
    source = source.join(account, account.c.id == assignment.c.account_id, isouter=not by_holder)
    walks_cases = by_holder or asked.light is Light.WAITING
    source = source.join(deadline, _next_deadline(), isouter=walks_cases)
    return sa.select(*columns).select_from(source).where(*_narrowed(scope, hidden, asked))


def _next_deadline() -> ColumnElement[bool]:
    """The open deadline of a case that is due first."""
    earlier = deadline.alias("earlier")
    before = sa.or_(
        earlier.c.due_on < deadline.c.due_on,
        sa.and_(earlier.c.due_on == deadline.c.due_on, earlier.c.id < deadline.c.id),
    )
    none_before = ~sa.exists().where(
        earlier.c.case_id == deadline.c.case_id, *_presses(earlier), before
    )
    return sa.and_(deadline.c.case_id == case.c.id, *_presses(deadline), none_before)


def _presses(table: sa.FromClause) -> tuple[ColumnElement[bool], ...]:
    """In the words of the index, which a database uses only for what it recognises."""
    return (
        table.c.status == sa.literal_column("'open'"),
        table.c.kind == sa.literal_column(f"'{PeriodKind.DEADLINE.value}'"),
    )


def _narrowed(scope: Scope, hidden: Collection[str], asked: Asked) -> list[ColumnElement[bool]]:
    c, a = case.c, assignment.c
    found: list[ColumnElement[bool]] = [
        # Not "one of those listed": that would be walked instead of the days.
        c.workflow == asked.workflow if asked.workflow else c.workflow.not_in(hidden),
        c.closed_on.is_(None),
        *in_scope(scope),
    ]
    if asked.state:
        found.append(c.state == asked.state)
    if asked.unit_ids is not None:
        found.append(c.unit_id.in_(asked.unit_ids))
    if asked.whose is Whose.MINE:
        found.append(a.account_id == asked.account_id)
    elif asked.whose is Whose.UNIT and asked.own_units is not None:
        found.append(c.unit_id.in_(asked.own_units))
    elif asked.whose is Whose.UNCLAIMED:
        found.append(a.id.is_(None))
    if asked.due_from:
        found.append(deadline.c.due_on >= asked.due_from)
    if asked.due_until:
        found.append(deadline.c.due_on <= asked.due_until)
    return [*found, *_lit(asked)]


def _lit(asked: Asked) -> list[ColumnElement[bool]]:
    """What the light asks for; what is put aside shows only where it is asked for."""
    a, due_on = assignment.c, deadline.c.due_on
    aside = a.follow_up_on > asked.today
    if asked.light is Light.ASIDE:
        return [aside]
    shown: list[ColumnElement[bool]] = []
    if asked.whose is Whose.MINE:
        shown.append(sa.or_(a.follow_up_on.is_(None), sa.not_(aside)))
    match asked.light:
        case Light.OVERDUE:
            shown.append(due_on < asked.today)
        case Light.SOON:
            shown += [due_on >= asked.today, due_on <= asked.today + SOON]
        case Light.OPEN:
            shown.append(due_on > asked.today + SOON)
        case Light.WAITING:
            shown.append(deadline.c.id.is_(None))
        case None:
            pass
    return shown
