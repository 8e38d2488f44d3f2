"""Searching the trail: entries of the cases in sight, the latest first, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.moments import day_start
from lifecycle.store.tables import case, entry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, RowMapping


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search is narrowed to."""

    who: str = ""
    """The login or name under which somebody acted, to the letter."""
    since: date | None = None
    until: date | None = None
    """The last day on which it was entered."""
    events: Collection[str] = ()
    without: Collection[str] = ()
    """Events that are left out."""
    kind: str = ""
    case_id: int | None = None
    before: tuple[datetime, int] | None = None
    """The moment and number of the last entry of the page before."""
    limit: int = 50


def entries(
    connection: Connection, in_sight: Sequence[ColumnElement[bool]], sought: Sought
) -> Sequence[RowMapping]:
    """Entries of the cases for which the conditions hold, with their workflow, the latest first."""
    columns = ("workflow", "subject_type", "subject_id", "unit_id", "workflow_text_id")
    statement = (
        sa.select(entry, *(case.c[name] for name in columns))
        .join(case, case.c.id == entry.c.case_id)
        .where(*in_sight, *_narrowed(sought))
        .order_by(entry.c.recorded_at.desc(), entry.c.id.desc())
        .limit(sought.limit)
    )
    return connection.execute(statement).mappings().all()


def _narrowed(sought: Sought) -> list[ColumnElement[Any]]:
    e = entry.c
    found: list[ColumnElement[Any]] = [
        column == value for column, value in ((e.actor, sought.who), (e.kind, sought.kind)) if value
    ]
    if sought.case_id is not None:
        found.append(e.case_id == sought.case_id)
    if sought.events:
        found.append(e.event.in_(sorted(sought.events)))
    if sought.without:
        found.append(e.event.not_in(sorted(sought.without)))
    return [*found, *_when(sought)]


def _when(sought: Sought) -> Iterator[ColumnElement[Any]]:
    e = entry.c
    if sought.since:
        yield e.recorded_at >= day_start(sought.since)
    if sought.until:
        yield e.recorded_at < day_start(sought.until + timedelta(days=1))
    if sought.before:
        at, number = sought.before
        yield sa.or_(e.recorded_at < at, sa.and_(e.recorded_at == at, e.id < number))
