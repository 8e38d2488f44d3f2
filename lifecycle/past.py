"""Cases and deadlines as they stood on an earlier day: named reads, as `store.queries` has for now.

States keep their own history (`case_state`). A deadline keeps only how it stands, but the entries
that opened and closed it say since when; where an entry has done anything else to the deadlines of
a case (stopped or moved one, taken an entry back), its trail is folded (`lifecycle.asof`). Of the
many cases that a list goes through those are few.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.asof import AsOf, case_then, closed_on, counting, deadlines_then
from lifecycle.cases import CaseView, DeadlineStatus, DeadlineView
from lifecycle.deadlines import SUPERSEDED
from lifecycle.facts import At
from lifecycle.history import bodies_of
from lifecycle.store import queries
from lifecycle.store.among import Among
from lifecycle.store.rows import deadline_view
from lifecycle.store.tables import case, case_state, deadline, entry, mends
from lifecycle.store.types import Day, Instant
from lifecycle.workdays import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, FromClause

    from lifecycle.access import Scope
    from lifecycle.definition import Workflow
    from lifecycle.history import Body
    from lifecycle.store.hot import Record
    from lifecycle.store.queries import CaseFilter

CHUNK = 1000
"""How many trails are held in memory at a time."""

Row = dict[str, Any]

_OPENED, _CLOSED = entry.alias("opened"), entry.alias("closed")


def expressed(at: AsOf) -> At:
    """The day and the moment in SQL, where rows with four dates are met."""
    return At(sa.literal(at.on, Day()), sa.literal(at.known_at, Instant()))


def final_states(workflow: Workflow) -> list[str]:
    """The states in which a case is closed."""
    return [name for name, state in workflow.states.items() if state.final]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as it stood, and the entries that counted then, in order."""

    view: CaseView
    entries: Sequence[Record]


def case_file(
    connection: Connection, workflow: Workflow, view: CaseView, at: AsOf
) -> CaseFile | None:
    """The file of a case as it stood; None where it was not yet open, or nobody knew of it."""
    bodies = bodies_of(connection, view.id)
    whole = replace(view, deadlines=tuple(_views(connection, [view.id]).get(view.id, ())))
    then = case_then(whole, workflow, bodies, at)
    if then is None:
        return None
    counted = {one["seq"] for one in counting(bodies, at)}
    entries = [one for one in queries.timeline(connection, view.id) if one["seq"] in counted]
    return CaseFile(then, entries)


def first_day(connection: Connection, at: AsOf) -> date | None:
    """The first day on which a case stood, where by the day asked about none did; else None."""
    s, known = case_state.c, expressed(at).known(case_state)
    begun = sa.select(s.id).where(known, s.from_on <= at.on).limit(1)
    if connection.execute(begun).first() is not None:
        return None
    first: date | None = connection.execute(
        sa.select(sa.func.min(s.from_on, type_=Day())).where(known)
    ).scalar()
    return first


def first_record(connection: Connection, known_at: datetime) -> datetime | None:
    """When the first entry was recorded, where by the moment asked about none was; else None."""
    recorded_at = entry.c.recorded_at
    begun = sa.select(entry.c.id).where(recorded_at <= known_at).limit(1)
    if connection.execute(begun).first() is not None:
        return None
    first: datetime | None = connection.execute(
        sa.select(sa.func.min(recorded_at, type_=Instant()))
    ).scalar()
    return first


def list_cases(
    connection: Connection,
    scope: Scope,
    finals: Mapping[str, Collection[str]],
    wanted: CaseFilter,
    at: AsOf,
) -> list[Row]:
    """Cases as they stood, with their next due date then, the most pressing first.

    Args:
        connection: where to read.
        scope: whose cases may be seen.
        finals: the workflows to list, each with the states in which its cases are closed.
        wanted: what the list is narrowed to.
        at: the day and the moment.
    """
    standing = _standing(at).where(*_narrowed(scope, finals, wanted))
    bounds = [one for one in (wanted.overdue_on, wanted.due_before) if one]
    due = _next_due(at).label("due_on")
    by_rows = standing.add_columns(due).where(case.c.id.not_in(_by_trail(at)))
    if bounds:
        by_rows = by_rows.where(_next_due(at) < min(bounds))
    by_rows = by_rows.order_by(sa.nulls_last(sa.text("due_on")), case.c.id).limit(wanted.limit)
    found = [dict(one) for one in connection.execute(by_rows).mappings()]
    others = connection.execute(standing.where(case.c.id.in_(_by_trail(at)))).mappings().all()
    deadlines = deadlines_of(connection, [one["id"] for one in others], at)
    for one in others:
        days = [row.due_on for row in deadlines[one["id"]] if _presses(row)]
        due_on = min(days, default=None)
        if not bounds or (due_on is not None and due_on < min(bounds)):
            found.append({**one, "due_on": due_on})
    return sorted(found, key=_pressing)[: wanted.limit]


def _narrowed(
    scope: Scope, finals: Mapping[str, Collection[str]], wanted: CaseFilter
) -> Iterator[ColumnElement[bool]]:
    names = [wanted.workflow] if wanted.workflow else list(finals)
    yield case.c.workflow.in_(names)
    yield from queries.in_scope(scope)
    if wanted.state:
        yield case_state.c.state == wanted.state
    elif wanted.open_only:
        for name in names:
            over = case_state.c.state.in_(sorted(finals[name]))
            yield sa.not_(sa.and_(case.c.workflow == name, over))
    if wanted.unit_ids is not None:
        yield case.c.unit_id.in_(wanted.unit_ids)


def _presses(row: DeadlineView) -> bool:
    return row.status is DeadlineStatus.OPEN and row.kind == PeriodKind.DEADLINE


def _pressing(row: Row) -> tuple[bool, str, int]:
    return row["due_on"] is None, str(row["due_on"]), row["id"]


def list_deadlines(
    connection: Connection,
    scope: Scope,
    at: AsOf,
    *,
    before: date | None = None,
    overdue_on: date | None = None,
    limit: int = 200,
) -> list[Row]:
    """The deadlines that were open, with their cases, the earliest first."""
    bounds = [one for one in (before, overdue_on) if one]
    seen = queries.in_scope(scope)
    by_rows = _deadlines(at).where(_is_open(at), *seen)
    if bounds:
        by_rows = by_rows.where(deadline.c.due_on < min(bounds))
    if overdue_on:
        by_rows = by_rows.where(deadline.c.kind == PeriodKind.DEADLINE)
    by_rows = by_rows.order_by(deadline.c.due_on, deadline.c.id).limit(limit)
    found = [dict(one) for one in connection.execute(by_rows).mappings()]
    found += [
        one
        for one in _folded(connection, at, seen)
        if one["status"] == DeadlineStatus.OPEN
        and (not bounds or one["due_on"] < min(bounds))
        and (not overdue_on or one["kind"] == PeriodKind.DEADLINE)
    ]
    return sorted(found, key=lambda one: (one["due_on"], one["id"]))[:limit]


def deadlines_in(
    connection: Connection, at: AsOf, *narrowed: ColumnElement[bool], rules: Collection[str]
) -> list[Row]:
    """The deadlines of these rules in the cases that the conditions name, however they stood."""
    by_rows = _deadlines(at).where(*narrowed, deadline.c.rule.in_(sorted(rules)))
    found = [dict(one) for one in connection.execute(by_rows).mappings()]
    return found + [one for one in _folded(connection, at, narrowed) if one["rule"] in rules]


def standing_in(
    connection: Connection, at: AsOf, workflow: str, final: Collection[str]
) -> list[Row]:
    """The cases of a workflow that were open then, by number."""
    c = case.c
    statement = _standing(at).where(c.workflow == workflow)
    statement = statement.where(case_state.c.state.not_in(sorted(final))).order_by(c.id)
    return [dict(one) for one in connection.execute(statement).mappings()]


def deadlines_of(
    connection: Connection, case_ids: Sequence[int], at: AsOf
) -> dict[int, list[DeadlineView]]:
    """The deadlines of each of the cases as they stood, told from the trail."""
    return {case_id: [row for row, _ in told] for case_id, told in _told(connection, case_ids, at)}


def _told(
    connection: Connection, case_ids: Sequence[int], at: AsOf
) -> Iterator[tuple[int, list[tuple[DeadlineView, date | None]]]]:
    """By case: each deadline as it stood, and the day on which it had been closed, if it had."""
    for start in range(0, len(case_ids), CHUNK):
        chunk = case_ids[start : start + CHUNK]
        trails, views = _trails(connection, chunk), _views(connection, chunk)
        for case_id in chunk:
            counted = counting(trails.get(case_id, ()), at)
            rows = deadlines_then(views.get(case_id, ()), counted, case_id)
            yield case_id, [(row, closed_on(row, counted)) for row in rows]


def _trails(connection: Connection, case_ids: Collection[int]) -> dict[int, list[Body]]:
    e = entry.c
    statement = sa.select(e.case_id, e.body).where(Among(e.case_id, "ids"))
    found: dict[int, list[Body]] = {}
    ordered = statement.order_by(e.case_id, e.seq)
    for case_id, body in connection.execute(ordered, {"ids": case_ids}):
        found.setdefault(case_id, []).append(json.loads(bytes(body)))
    return found


def _views(connection: Connection, case_ids: Collection[int]) -> dict[int, list[DeadlineView]]:
    """All deadlines of the cases as they are now, also those that have been taken back."""
    d = deadline.c
    statement = sa.select(deadline).where(Among(d.case_id, "ids")).order_by(d.id)
    found: dict[int, list[DeadlineView]] = {}
    for row in connection.execute(statement, {"ids": case_ids}):
        found.setdefault(row.case_id, []).append(deadline_view(row))
    return found


# -- in SQL --------------------------------------------------------------------------------


def _standing(at: AsOf) -> sa.Select[Any]:
    """The cases that stood in a state, with that state and since when."""
    c, s = case.c, case_state.c
    return (
        sa.select(c.id, c.workflow, c.subject_type, c.subject_id, c.unit_id, s.state)
        .add_columns(s.from_on.label("state_since_on"))
        .join(case_state, s.case_id == c.id)
        .where(expressed(at).holds(case_state))
    )


def _counts(one: FromClause, at: AsOf) -> ColumnElement[bool]:
    """Whether an entry counts, unless another one has taken it back."""
    return sa.and_(one.c.effective_on <= at.on, one.c.recorded_at <= at.known_at)


def _by_trail(at: AsOf) -> sa.Select[Any]:
    """The cases whose deadlines only the trail can tell.

    An entry has done more than open and close them, and one of the case's entries does not count:
    where all of them do, how the deadlines are stored is how they stood.
    """
    later = entry.alias("later")
    uncounted = sa.exists().where(later.c.case_id == entry.c.case_id, sa.not_(_counts(later, at)))
    return sa.select(entry.c.case_id).where(mends(), uncounted)


def _closed_then(at: AsOf) -> ColumnElement[bool]:
    d = deadline.c
    return sa.and_(d.closed_entry_id.is_not(None), _counts(_CLOSED, at))


def _is_open(at: AsOf) -> ColumnElement[bool]:
    """Whether a deadline was open; one that closed later is stored as closed."""
    d = deadline.c
    later = sa.and_(d.closed_entry_id.is_not(None), sa.not_(_counts(_CLOSED, at)))
    return sa.or_(d.status == DeadlineStatus.OPEN.value, later)


def _next_due(at: AsOf) -> sa.ScalarSelect[Any]:
    d = deadline.c
    return (
        sa.select(sa.func.min(d.due_on, type_=Day()))
        .join(_OPENED, _OPENED.c.id == d.opened_entry_id)
        .outerjoin(_CLOSED, _CLOSED.c.id == d.closed_entry_id)
        .where(
            d.case_id == case.c.id,
            d.kind == PeriodKind.DEADLINE.value,
            _counts(_OPENED, at),
            _is_open(at),
        )
        .scalar_subquery()
    )


def _deadlines(at: AsOf) -> sa.Select[Any]:
    """The deadlines that had been opened, and how they stood, where their rows can tell."""
    c, d = case.c, deadline.c
    closed = _closed_then(at)
    later = d.closed_entry_id.is_not(None)
    status = sa.case((closed, d.status), (later, DeadlineStatus.OPEN.value), else_=d.status)
    return (
        sa.select(d.id, d.case_id, d.rule, d.kind, d.anchor_on, d.due_on, status.label("status"))
        .add_columns(d.provisional)
        .add_columns(sa.case((closed, d.closed_on), else_=None).label("closed_on"))
        .add_columns(c.workflow, c.subject_type, c.subject_id, c.unit_id, case_state.c.state)
        .join(case, c.id == d.case_id)
        .join(case_state, case_state.c.case_id == c.id)
        .join(_OPENED, _OPENED.c.id == d.opened_entry_id)
        .outerjoin(_CLOSED, _CLOSED.c.id == d.closed_entry_id)
        .where(expressed(at).holds(case_state), _counts(_OPENED, at), c.id.not_in(_by_trail(at)))
        .where(d.reason.is_distinct_from(SUPERSEDED))
    )


def _folded(
    connection: Connection, at: AsOf, narrowed: Sequence[ColumnElement[bool]]
) -> Iterator[Row]:
    """The same of the other cases, from their trails."""
    standing = _standing(at).where(case.c.id.in_(_by_trail(at)), *narrowed)
    cases = {one["id"]: one for one in connection.execute(standing).mappings()}
    for case_id, told in _told(connection, list(cases), at):
        about = {name: cases[case_id][name] for name in _ABOUT}
        for row, closed in told:
            yield {
                "id": row.id,
                "case_id": case_id,
                "rule": row.rule,
                "kind": row.kind,
                "anchor_on": row.anchor_on,
                "due_on": row.due_on,
                "provisional": row.provisional,
                "status": row.status.value,
                "closed_on": closed,
                **about,
            }


_ABOUT = ("workflow", "subject_type", "subject_id", "unit_id", "state")
