"""Named reads for lists and pages, one sentence each; every list takes a `Scope`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from json import loads
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from lifecycle.moments import local_day
from lifecycle.store.among import Among
from lifecycle.store.hot import Statement, parameter
from lifecycle.store.rows import deadline_view
from lifecycle.store.tables import case, deadline, entry, outbox
from lifecycle.store.types import key_type
from lifecycle.workdays import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Row, RowMapping

    from lifecycle.access import Scope
    from lifecycle.cases import DeadlineView, Subject
    from lifecycle.store.hot import Record


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list of cases is narrowed to."""

    workflow: str | None = None
    state: str | None = None
    unit_ids: Sequence[int] | None = None
    overdue_on: date | None = None
    due_before: date | None = None
    open_only: bool = True
    limit: int = 200


def in_scope(scope: Scope) -> list[ColumnElement[bool]]:
    """What a statement over cases is narrowed to, so that it shows only those of the scope."""
    narrowed: list[ColumnElement[bool]] = []
    if scope.unit_ids is not None:
        narrowed.append(case.c.unit_id.in_(scope.unit_ids))
    if scope.person_unit_ids != scope.unit_ids:
        # Also for who sees every unit: to count persons is not to see cases about them.
        seen = case.c.unit_id.in_(scope.person_unit_ids or ())
        narrowed.append(or_of_no_person(scope.person_types, seen))
    return narrowed


def or_of_no_person(
    person_types: Collection[str], seen: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Cases about no person, and those about persons where these may be seen."""
    return sa.or_(case.c.subject_type.not_in(sorted(person_types)), seen)


def list_cases(
    connection: Connection, scope: Scope, listed: Sequence[str], wanted: CaseFilter
) -> Sequence[RowMapping]:
    """Cases of the listed workflows with their next due date, the most pressing first."""
    d = deadline.alias()
    next_due = (
        sa.select(sa.func.min(d.c.due_on, type_=d.c.due_on.type))
        .where(d.c.case_id == case.c.id, d.c.status == "open", d.c.kind == PeriodKind.DEADLINE)
        .scalar_subquery()
    )
    conditions: list[ColumnElement[bool]] = [
        case.c.workflow.in_([wanted.workflow] if wanted.workflow else listed)
    ]
    conditions += in_scope(scope)
    if wanted.open_only and not wanted.state:
        conditions.append(case.c.closed_on.is_(None))
    if wanted.state:
        conditions.append(case.c.state == wanted.state)
    if wanted.unit_ids is not None:
        conditions.append(case.c.unit_id.in_(wanted.unit_ids))
    if wanted.overdue_on:
        conditions.append(next_due < wanted.overdue_on)
    if wanted.due_before:
        conditions.append(next_due < wanted.due_before)
    statement = (
        sa.select(case, next_due.label("due_on"))
        .where(*conditions)
        .order_by(next_due.is_(None), next_due, case.c.id)
        .limit(wanted.limit)
    )
    return connection.execute(statement).mappings().all()


def list_deadlines(
    connection: Connection,
    scope: Scope,
    *,
    before: date | None = None,
    overdue_on: date | None = None,
    limit: int = 200,
) -> Sequence[RowMapping]:
    """Open deadlines with their cases, the earliest first."""
    conditions = [deadline.c.status == "open", *in_scope(scope)]
    if before:
        conditions.append(deadline.c.due_on < before)
    if overdue_on:
        conditions += [deadline.c.due_on < overdue_on, deadline.c.kind == PeriodKind.DEADLINE]
    statement = (
        sa.select(deadline, case.c.workflow, case.c.subject_type, case.c.subject_id, case.c.state)
        .join(case, case.c.id == deadline.c.case_id)
        .where(*conditions)
        .order_by(deadline.c.due_on, deadline.c.id)
        .limit(limit)
    )
    return connection.execute(statement).mappings().all()


def list_notices(
    connection: Connection,
    scope: Scope,
    *,
    status: str | None = None,
    case_id: int | None = None,
    limit: int = 200,
) -> Sequence[Record]:
    """Notices, the latest first."""
    shape = _Notices(
        bool(status),
        case_id is not None,
        scope.unit_ids is not None,
        scope.person_types if scope.person_unit_ids != scope.unit_ids else frozenset(),
    )
    return _notices(shape).mappings(
        connection,
        status=status,
        case_id=case_id,
        units=scope.unit_ids,
        person_units=scope.person_unit_ids,
        most=limit,
    )


class _Notices(NamedTuple):
    """What decides how the statement is worded."""

    by_status: bool
    by_case: bool
    in_scope: bool
    persons_apart: frozenset[str]
    """The types of subject that are persons, where these are not seen everywhere."""


@cache
def _notices(shape: _Notices) -> Statement:
    """Worded once for each shape: wording it takes longer than running it."""
    o = outbox.c
    statement = sa.select(outbox)
    if shape.by_status:
        statement = statement.where(o.status == parameter("status", o.status))
    if shape.by_case:
        statement = statement.where(o.case_id == parameter("case_id", o.case_id))
    if shape.in_scope or shape.persons_apart:
        statement = statement.join(case, case.c.id == o.case_id)
    if shape.in_scope:
        statement = statement.where(Among(case.c.unit_id, "units"))
    if shape.persons_apart:
        seen = Among(case.c.unit_id, "person_units")
        statement = statement.where(or_of_no_person(shape.persons_apart, seen))
    most = sa.bindparam("most", type_=sa.Integer())
    return Statement(statement.order_by(o.id.desc()).limit(most))


def timeline(connection: Connection, case_id: int) -> Sequence[Record]:
    """Every entry of a case in order."""
    return _TIMELINE.mappings(connection, case_id=case_id)


_TIMELINE = Statement(
    sa.select(entry)
    .where(entry.c.case_id == parameter("case_id", entry.c.case_id))
    .order_by(entry.c.seq)
)


def recorded_in(connection: Connection, case_id: int) -> dict[str, tuple[date, int]]:
    """Recorded field -> the day on which it was last entered, and the number of that entry."""
    found: dict[str, tuple[date, int]] = {}
    for row in timeline(connection, case_id):
        for name in loads(bytes(row["body"]))["sets"]:
            found[name] = (local_day(row["recorded_at"]), row["seq"])
    return found


def deadline_row(connection: Connection, deadline_id: int) -> RowMapping | None:
    """One deadline with the workflow of its case."""
    statement = (
        sa.select(deadline, case.c.workflow, case.c.workflow_text_id)
        .join(case, case.c.id == deadline.c.case_id)
        .where(deadline.c.id == deadline_id)
    )
    return connection.execute(statement).mappings().first()


def deadlines_of_case(connection: Connection, case_id: int) -> list[DeadlineView]:
    """Every deadline of a case in the order of opening, those too that have been taken back."""
    statement = sa.select(deadline).where(deadline.c.case_id == case_id).order_by(deadline.c.id)
    return [deadline_view(row) for row in connection.execute(statement)]


def open_cases_about(
    connection: Connection, subjects: Iterable[Subject]
) -> Sequence[Row[Any, Any, Any, Any, Any]]:
    """Number, workflow, state, unit and type of subject of every open case about the subjects."""
    by_type: dict[str, list[int]] = {}
    for one in subjects:
        by_type.setdefault(one.type, []).append(one.id)
    if not by_type:
        return []
    kinds = tuple(sorted(by_type))
    given = {f"ids_{number}": sorted(by_type[kind]) for number, kind in enumerate(kinds)}
    return connection.execute(_open_about(kinds), given).all()


@cache
def _open_about(kinds: tuple[str, ...]) -> sa.Select[Any, Any, Any, Any, Any]:
    """Worded once for each set of kinds: wording it takes longer than running it."""
    c = case.c
    about = sa.or_(
        *(
            sa.and_(
                c.subject_type == kind,
                c.subject_id.in_(sa.bindparam(f"ids_{number}", type_=key_type(), expanding=True)),
            )
            for number, kind in enumerate(kinds)
        )
    )
    columns = (c.id, c.workflow, c.state, c.unit_id, c.subject_type)
    return sa.select(*columns).where(c.closed_on.is_(None), about).order_by(c.id)


def plain(row: RowMapping) -> dict[str, Any]:
    """A row for JSON: days and moments as ISO text, bytes left out."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
        if not isinstance(value, bytes | memoryview)
    }
