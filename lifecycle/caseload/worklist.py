"""The work list: open cases with what is due next, the most pressing first.

Two ways through the data, so that a page costs the same in a large city as in a small one. Cases
on which a deadline presses are found by walking the open deadlines in the order of their days
(`ix_deadline_due`); those that wait for others, and one officer's own, by walking the cases.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa

from lifecycle.accounts.tables import account
from lifecycle.caseload.tables import assignment
from lifecycle.store.among import Among
from lifecycle.store.hot import Statement
from lifecycle.store.queries import or_of_no_person
from lifecycle.store.tables import case, deadline
from lifecycle.store.types import Day, key_type
from lifecycle.workdays import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Select

    from lifecycle.access import Scope
    from lifecycle.store.hot import Record

SOON: Final = timedelta(days=7)
"""Natural days before the day on which a deadline shows as near."""

COUNTED: Final = 200
"""Counts go no further: what is more reads as 200+."""


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
    widely: bool = False
    """The scope is a fair part of the whole: what presses is found sooner by day than by unit."""


def work_list(
    connection: Connection, scope: Scope, hidden: Collection[str], asked: Asked
) -> Sequence[Record]:
    """A page of the list: cases with their next deadline and who has them in hand.

    Args:
        connection: where to read.
        scope: whose cases may be seen.
        hidden: the workflows that are not listed.
        asked: what the list is narrowed to.
    """
    statement = _page(_shape(scope, hidden, asked))
    return statement.mappings(
        connection, **_given(scope, asked), most=asked.limit, skipped=asked.offset
    )


def counts(
    connection: Connection, scope: Scope, hidden: Collection[str], asked: Asked
) -> dict[Light, int]:
    """How many cases stand under each light, whatever light is asked for.

    In a wide scope as far as they are counted: one more than `COUNTED` stands for more.
    """
    given = _given(scope, asked)
    found = dict.fromkeys(Light, 0)
    if asked.widely and asked.whose is not Whose.MINE:
        for light in Light:
            statement = _count(_shape(scope, hidden, replace(asked, light=light)))
            [(found[light],)] = statement.rows(connection, **given)
        return found
    tally = _tally(_shape(scope, hidden, replace(asked, light=None)))
    for light, is_aside, number in tally.rows(connection, **given):
        if is_aside:
            found[Light.ASIDE] += number
        if not is_aside or asked.whose is not Whose.MINE:
            found[Light(light)] += number
    return found


def total(counted: Mapping[Light, int], asked: Asked) -> int:
    """How many cases the list itself has."""
    if asked.light is not None:
        return counted[asked.light]
    due = sum(counted[one] for one in (Light.OVERDUE, Light.SOON, Light.OPEN))
    return due + counted[Light.WAITING] if asked.whose is Whose.MINE else due


def unlisted(counted: Mapping[Light, int], asked: Asked) -> int:
    """How many cases answer to the conditions and are left out, because no deadline runs."""
    left_out = asked.light is None and asked.whose is not Whose.MINE
    return counted[Light.WAITING] if left_out else 0


def by_day(
    connection: Connection, scope: Scope, hidden: Collection[str], asked: Asked
) -> Sequence[Record]:
    """The first cases of every day on which the list has some: how many are due is `on_day`.

    The list is that of `work_list`, so what a day counts is what the list shows for that day. One
    statement, however many days and cases there are.

    Args:
        connection: where to read.
        scope: whose cases may be seen.
        hidden: the workflows that are not listed.
        asked: what the list is narrowed to, between which days; `limit` is that of each day.
    """
    statement = _days(_shape(scope, hidden, asked))
    return statement.mappings(connection, **_given(scope, asked), most=asked.limit)


class _Shape(NamedTuple):
    """What decides how the statement is worded; everything else is a value in it.

    Wording it takes longer than running it, and there are few shapes: each is worded once.
    """

    whose: Whose
    light: Light | None
    hidden: frozenset[str]
    in_scope: bool
    persons_apart: frozenset[str]
    """The types of subject that are persons, where these are not seen everywhere."""
    by_workflow: bool
    by_state: bool
    by_unit: bool
    by_own_units: bool
    since: bool
    until: bool
    widely: bool


def _shape(scope: Scope, hidden: Collection[str], asked: Asked) -> _Shape:
    return _Shape(
        asked.whose,
        asked.light,
        frozenset(hidden),
        scope.unit_ids is not None,
        scope.person_types if scope.person_unit_ids != scope.unit_ids else frozenset(),
        bool(asked.workflow),
        bool(asked.state),
        asked.unit_ids is not None,
        asked.own_units is not None,
        bool(asked.due_from),
        bool(asked.due_until),
        asked.widely,
    )


def _given(scope: Scope, asked: Asked) -> dict[str, Any]:
    """The values of a statement; those that its shape has no place for are left over."""
    return {
        "workflow": asked.workflow,
        "state": asked.state,
        "units": asked.unit_ids,
        "own_units": asked.own_units,
        "scope_units": scope.unit_ids,
        "person_units": scope.person_unit_ids,
        "account": asked.account_id,
        "today": asked.today,
        "soon": asked.today + SOON,
        "due_from": asked.due_from,
        "due_until": asked.due_until,
    }


def _listed(shape: _Shape) -> Select[Any]:
    columns = (
        *(case.c[name] for name in ("id", "workflow", "workflow_text_id", "subject_type")),
        *(case.c[name] for name in ("subject_id", "unit_id", "state", "state_since_on", "version")),
        *(deadline.c[name] for name in ("rule", "kind", "due_on", "provisional")),
        deadline.c.id.label("deadline_id"),
        account.c.name.label("holder"),
        assignment.c.follow_up_on,
    )
    source = _source(shape).join(account, account.c.id == assignment.c.account_id, isouter=True)
    return sa.select(*columns).select_from(source).where(*_narrowed(shape))


@cache
def _page(shape: _Shape) -> Statement:
    statement = _listed(shape)
    if shape.light is Light.WAITING:
        ordered = statement.order_by(case.c.id)
    elif shape.whose is Whose.MINE and shape.light is None:
        ordered = statement.order_by(deadline.c.due_on.is_(None), deadline.c.due_on, case.c.id)
    else:
        ordered = statement.order_by(deadline.c.due_on, deadline.c.id)
    return Statement(ordered.limit(_number("most")).offset(_number("skipped")))


@cache
def _days(shape: _Shape) -> Statement:
    """The list by days, each case with its place on its day and how many there are."""
    d = deadline.c
    place = sa.func.row_number().over(partition_by=d.due_on, order_by=d.id).label("place")
    on_day = sa.func.count().over(partition_by=d.due_on).label("on_day")
    placed = _listed(shape).add_columns(place, on_day).subquery()
    first = sa.select(placed).where(placed.c.place <= _number("most"))
    return Statement(first.order_by(placed.c.due_on, placed.c.place))


@cache
def _count(shape: _Shape) -> Statement:
    some = sa.select(case.c.id).select_from(_source(shape)).where(*_narrowed(shape))
    return Statement(sa.select(sa.func.count()).select_from(some.limit(COUNTED + 1).subquery()))


@cache
def _tally(shape: _Shape) -> Statement:
    """By light, and by whether the case is put aside: all in one pass."""
    due_on, today = deadline.c.due_on, _day("today")
    light = sa.case(
        (deadline.c.id.is_(None), Light.WAITING.value),
        (due_on < today, Light.OVERDUE.value),
        (due_on <= _day("soon"), Light.SOON.value),
        else_=Light.OPEN.value,
    ).label("light")
    aside = sa.func.coalesce(assignment.c.follow_up_on > today, sa.false()).label("aside")
    source = _source(shape, walks_cases=True)
    told = sa.select(light, aside, sa.func.count()).select_from(source)
    return Statement(told.where(*_narrowed(shape, lit=False)).group_by(light, aside))


def _source(shape: _Shape, *, walks_cases: bool = False) -> sa.Join:
    """Cases with who has them in hand and the deadline that presses first."""
    held = sa.and_(assignment.c.case_id == case.c.id, assignment.c.ended_at.is_(None))
    by_holder = shape.whose is Whose.MINE or shape.light is Light.ASIDE
    walks_cases = walks_cases or by_holder or shape.light is Light.WAITING
    source = case.join(assignment, held, isouter=not by_holder)
    return source.join(deadline, _next_deadline(), isouter=walks_cases)


def _next_deadline() -> ColumnElement[bool]:
    """The open deadline of a case that is due first."""
    d = deadline.alias("first")
    # The first by `ix_deadline_next`: asking whether there is none before takes three times longer.
    first = sa.select(d.c.id).where(d.c.case_id == case.c.id, *_presses(d))
    first = first.order_by(d.c.due_on, d.c.id).limit(1).correlate(case)
    return sa.and_(
        deadline.c.case_id == case.c.id,
        *_presses(deadline),
        deadline.c.id == first.scalar_subquery(),
    )


def _presses(table: sa.FromClause) -> tuple[ColumnElement[bool], ...]:
    """In the words of the index, which a database uses only for what it recognises."""
    return (
        table.c.status == sa.literal_column("'open'"),
        table.c.kind == sa.literal_column(f"'{PeriodKind.DEADLINE.value}'"),
    )


def _number(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.Integer())


def _text(name: str) -> sa.BindParameter[str]:
    return sa.bindparam(name, type_=sa.Text())


def _day(name: str) -> sa.BindParameter[date]:
    return sa.bindparam(name, type_=Day())


def _narrowed(shape: _Shape, *, lit: bool = True) -> list[ColumnElement[bool]]:
    c, due_on = case.c, deadline.c.due_on
    found: list[ColumnElement[bool]] = [
        # Not "one of those listed": that would be walked instead of the days.
        c.workflow == _text("workflow")
        if shape.by_workflow
        else c.workflow.not_in(sorted(shape.hidden)),
        c.closed_on.is_(None),
        *_of_whom(shape),
    ]
    if shape.in_scope:
        by_index = not (shape.widely or shape.whose is Whose.MINE)
        # An addition keeps the database from walking the cases unit by unit.
        unit_id = c.unit_id if by_index else c.unit_id + 0
        found.append(Among(unit_id, "scope_units"))
    if shape.persons_apart:
        found.append(or_of_no_person(shape.persons_apart, Among(c.unit_id, "person_units")))
    if shape.by_state:
        found.append(c.state == _text("state"))
    if shape.by_unit:
        found.append(Among(c.unit_id, "units"))
    if shape.since:
        found.append(due_on >= _day("due_from"))
    if shape.until:
        found.append(due_on <= _day("due_until"))
    return [*found, *(_lit(shape) if lit else ())]


def _of_whom(shape: _Shape) -> list[ColumnElement[bool]]:
    """Whose cases the list shows."""
    if shape.whose is Whose.MINE:
        # By the numbers of these cases: a database that knows few assignments walks all cases.
        a = assignment.c
        own = sa.select(a.case_id).where(
            a.account_id == sa.bindparam("account", type_=key_type()), a.ended_at.is_(None)
        )
        return [case.c.id.in_(own)]
    if shape.whose is Whose.UNIT and shape.by_own_units:
        return [Among(case.c.unit_id, "own_units")]
    return [assignment.c.id.is_(None)] if shape.whose is Whose.UNCLAIMED else []


def _lit(shape: _Shape) -> list[ColumnElement[bool]]:
    """What the light asks for; what is put aside shows only where it is asked for."""
    due_on, today = deadline.c.due_on, _day("today")
    aside = assignment.c.follow_up_on > today
    if shape.light is Light.ASIDE:
        a = assignment.c
        put_aside = sa.select(a.case_id).where(a.follow_up_on > today, a.ended_at.is_(None))
        return [case.c.id.in_(put_aside)]
    shown: list[ColumnElement[bool]] = []
    if shape.whose is Whose.MINE:
        shown.append(sa.or_(assignment.c.follow_up_on.is_(None), sa.not_(aside)))
    match shape.light:
        case Light.OVERDUE:
            shown.append(due_on < today)
        case Light.SOON:
            shown += [due_on >= today, due_on <= _day("soon")]
        case Light.OPEN:
            shown.append(due_on > _day("soon"))
        case Light.WAITING:
            shown.append(deadline.c.id.is_(None))
        case None:
            pass
    return shown
