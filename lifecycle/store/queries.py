"""Named reads for lists and pages, one sentence each; every list takes a `Scope`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from json import loads
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.moments import local_day
from lifecycle.store.rows import deadline_view
from lifecycle.store.tables import case, deadline, entry, outbox
from lifecycle.store.types import key_type
from lifecycle.workdays import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Row, RowMapping

    from lifecycle.access import Scope
    from lifecycle.cases import DeadlineView, Subject


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
    if scope.unit_ids is None:
        return []
    return in_units(scope.unit_ids, scope.person_types, scope.person_unit_ids or ())


def in_units(
    units: Any,  # noqa: ANN401 - values, or parameters that stand for them
    person_types: Any,  # noqa: ANN401 - the same
    person_units: Any,  # noqa: ANN401 - the same
    *,
    by_index: bool = True,
) -> list[ColumnElement[bool]]:
    """Cases of the units; those about persons only of the units where these may be seen.

    With `by_index` false the database is kept from finding the cases by their unit.
    """
    of_persons = case.c.unit_id.in_(person_units)
    about_others = case.c.subject_type.not_in(person_types)
    unit_id = case.c.unit_id if by_index else case.c.unit_id + 0
    return [unit_id.in_(units), sa.or_(about_others, of_persons)]


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
) -> Sequence[RowMapping]:
    """Notices, the latest first."""
    conditions: list[ColumnElement[bool]] = []
    if status:
        conditions.append(outbox.c.status == status)
    if case_id is not None:
        conditions.append(outbox.c.case_id == case_id)
    statement = sa.select(outbox).where(*conditions)
    if scope.unit_ids is not None:
        statement = statement.join(case, case.c.id == outbox.c.case_id).where(*in_scope(scope))
    ordered = statement.order_by(outbox.c.id.desc()).limit(limit)
    return connection.execute(ordered).mappings().all()


def timeline(connection: Connection, case_id: int) -> Sequence[RowMapping]:
    """Every entry of a case in order."""
    statement = sa.select(entry).where(entry.c.case_id == case_id).order_by(entry.c.seq)
    return connection.execute(statement).mappings().all()


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
) -> Sequence[Row[Any, Any, Any]]:
    """Number, workflow and state of every open case about any of the subjects, by number."""
    by_type: dict[str, list[int]] = {}
    for one in subjects:
        by_type.setdefault(one.type, []).append(one.id)
    if not by_type:
        return []
    kinds = tuple(sorted(by_type))
    given = {f"ids_{number}": sorted(by_type[kind]) for number, kind in enumerate(kinds)}
    return connection.execute(_open_about(kinds), given).all()


@cache
def _open_about(kinds: tuple[str, ...]) -> sa.Select[Any, Any, Any]:
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
    statement = sa.select(c.id, c.workflow, c.state).where(c.closed_on.is_(None), about)
    return statement.order_by(c.id)


def plain(row: RowMapping) -> dict[str, Any]:
    """A row for JSON: days and moments as ISO text, bytes left out."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
        if not isinstance(value, bytes | memoryview)
    }
