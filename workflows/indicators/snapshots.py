"""Frozen figures: what was reported for a day stays as it was; a correction is a new version."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.errors import LifecycleError
from lifecycle.moments import local_day
from lifecycle.store.tables import entry
from lifecycle.store.types import Instant
from workflows.indicators.base import stages_of
from workflows.indicators.figures import STAGES
from workflows.indicators.places import places_in
from workflows.indicators.reporting import reports
from workflows.indicators.table import REASON_LENGTH, indicator_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from lifecycle.clock import Clock
    from lifecycle.registry import Registry
    from workflows.indicators.figures import Report

SYSTEM = "system"


class FreezeReasonError(LifecycleError):
    """Other figures are frozen for the day already: a new version says why in 1 to 300 signs."""

    def __init__(self, as_of: date, version: int) -> None:
        self.as_of = as_of
        self.version = version
        super().__init__(f"version {version} of {as_of} is frozen with other figures: say why")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Figures as frozen."""

    id: int
    unit_id: int
    as_of: date
    version: int
    stage: str | None
    """D1, D2 or D3 where the day is that stage's date."""
    reason: str | None
    figures: tuple[dict[str, Any], ...]
    """Each as `Indicator.plain` told it, but for those named beside it."""
    excluded: dict[str, dict[str, list[str]]]
    """By figure and reason: those named beside it."""
    recorded_at: datetime
    recorded_by: str
    is_new: bool = False
    """Whether this call has made it."""

    def statement(self) -> list[dict[str, Any]]:
        """What N4 says: the figures of the stage, each with its date and its exclusions."""
        wanted = STAGES[self.stage] if self.stage else tuple(one["id"] for one in self.figures)
        return [
            {
                "indicator": one["id"],
                "label": one["label"],
                "numerator": one["numerator"],
                "denominator": one["denominator"],
                "target": one["target"],
                "met": one["met"],
                "as_of": self.as_of,
                "excluded": self.excluded.get(one["id"], {}),
            }
            for one in self.figures
            if one["id"] in wanted
        ]


def freeze(
    connection: Connection,
    found: Report,
    *,
    now: datetime,
    by: str,
    reason: str | None = None,
) -> Snapshot:
    """Keeps the figures of a report; the same figures again are the same version.

    Raises:
        FreezeReasonError: other figures are kept for that day, and nobody says why they changed.
        ValueError: the report is about no unit, or the reason is too long.
    """
    if found.unit_id is None:
        raise ValueError("figures are frozen for a unit")
    if reason is not None and len(reason) > REASON_LENGTH:
        raise ValueError(f"a reason has at most {REASON_LENGTH} characters")
    figures, excluded = _told(found)
    before = latest(connection, found.unit_id, found.as_of)
    if before is not None:
        if (list(before.figures), before.excluded) == (figures, excluded):
            return before
        if not (reason or "").strip():
            raise FreezeReasonError(found.as_of, before.version)
    connection.execute(
        sa.insert(indicator_snapshot).values(
            unit_id=found.unit_id,
            as_of=found.as_of,
            version=before.version + 1 if before else 1,
            stage=found.stage,
            reason=reason,
            figures=figures,
            excluded=excluded,
            recorded_at=now,
            recorded_by=by,
        )
    )
    made = latest(connection, found.unit_id, found.as_of)
    if made is None:
        raise LookupError("a row that was just written is not there")
    return replace(made, is_new=True)


def latest(connection: Connection, unit_id: int, as_of: date) -> Snapshot | None:
    """The last version of what was frozen for the unit on the day."""
    found = snapshots(connection, unit_id, as_of)
    return found[-1] if found else None


def snapshots(connection: Connection, unit_id: int, as_of: date) -> list[Snapshot]:
    """Every version that was frozen for the unit on the day, the first one first."""
    s = indicator_snapshot.c
    statement = (
        sa.select(indicator_snapshot)
        .where(s.unit_id == unit_id, s.as_of == as_of)
        .order_by(s.version)
    )
    return [
        Snapshot(**{**row, "figures": tuple(row["figures"])})
        for row in connection.execute(statement).mappings()
    ]


def frozen(connection: Connection, unit_id: int) -> list[Snapshot]:
    """Everything that was frozen for the unit, the latest day and version first."""
    s = indicator_snapshot.c
    statement = (
        sa.select(indicator_snapshot)
        .where(s.unit_id == unit_id)
        .order_by(s.as_of.desc(), s.version.desc())
    )
    return [
        Snapshot(**{**row, "figures": tuple(row["figures"])})
        for row in connection.execute(statement).mappings()
    ]


def freeze_stages(connection: Connection, registry: Registry, clock: Clock) -> int:
    """Freezes every stage date that has passed and has no snapshot yet; how many were made."""
    return len(freeze_due_stages(connection, registry, clock))


def freeze_due_stages(connection: Connection, registry: Registry, clock: Clock) -> list[Snapshot]:
    """The same, with what was frozen: a snapshot per city and county and stage date (D1 to D3).

    A stage date has passed when its day is over. One city and its counties are read at once.
    """
    today, now = clock.today(connection), clock.now(connection)
    return [
        freeze(connection, found, now=now, by=SYSTEM)
        for as_of, unit_ids in sorted(_missing(connection, registry, today).items())
        for found in reports(connection, registry, as_of, unit_ids)
    ]


def _missing(connection: Connection, registry: Registry, today: date) -> dict[date, Sequence[int]]:
    """By stage date that has passed: the jurisdictions without a snapshot of it."""
    s = indicator_snapshot.c
    kept = connection.execute(sa.select(s.unit_id, s.as_of).distinct())
    there = {(unit_id, as_of) for unit_id, as_of in kept}
    wanted: dict[date, list[int]] = defaultdict(list)
    began = _began(connection, today)
    for unit_id in (one.id for one in places_in(connection).jurisdictions()):
        for day in stages_of(registry.policy.at(today, unit_id)):
            if began <= day < today and (unit_id, day) not in there:
                wanted[day].append(unit_id)
    return dict(wanted)


def _began(connection: Connection, today: date) -> date:
    """The day on which the first entry was recorded: figures of earlier days would be empty."""
    first = connection.execute(
        sa.select(sa.func.min(entry.c.recorded_at, type_=Instant()))
    ).scalar()
    return local_day(first) if first else today


def _told(found: Report) -> tuple[list[dict[str, Any]], dict[str, dict[str, list[str]]]]:
    figures = []
    excluded = {}
    for one in found.figures:
        told = one.plain()
        listed = told.pop("excluded")
        if listed:
            excluded[one.id] = listed
        figures.append(told)
    return figures, excluded
