"""All indicators on any day, for one jurisdiction or for many from the same reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle import workdays
from lifecycle.store.types import END_OF_TIME
from workflows.indicators.assembling import read_register
from workflows.indicators.base import jurisdiction
from workflows.indicators.bodies import body_figures
from workflows.indicators.coverage import coverage_figures
from workflows.indicators.deadlines import deadline_figures
from workflows.indicators.definitions import definitions
from workflows.indicators.evidence import read_evidence
from workflows.indicators.figures import Period, Report
from workflows.indicators.reading import Reading
from workflows.indicators.yearly import yearly_figures

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import Connection

    from lifecycle.registry import Registry
    from workflows.indicators.base import Register
    from workflows.indicators.evidence import Evidence

MONTHS = 12
"""How far back I7, I8 and I13 look where nobody says since when."""


def report(
    connection: Connection,
    registry: Registry,
    as_of: date,
    unit_id: int | None = None,
    *,
    since: date | None = None,
    known_at: datetime = END_OF_TIME,
) -> Report:
    """I1 to I16 on a day for a unit and all below it (None: the whole register).

    Args:
        connection: where to read.
        registry: the law, with the parameters of the jurisdictions.
        as_of: the day on which facts are read.
        unit_id: whose organizations; facts of others are not looked at.
        since: the first day of the period of I7, I8 and I13; the last twelve months by default.
        known_at: up to when knowledge counts; as known now by default.
    """
    (found,) = reports(connection, registry, as_of, [unit_id], since=since, known_at=known_at)
    return found


def reports(
    connection: Connection,
    registry: Registry,
    as_of: date,
    unit_ids: Iterable[int | None],
    *,
    since: date | None = None,
    known_at: datetime = END_OF_TIME,
) -> list[Report]:
    """The same for many units from one reading: the number of SELECTs does not change."""
    reading = Reading(connection, as_of, known_at)
    period = period_until(as_of, since)
    register = read_register(reading, registry.policy)
    evidence = read_evidence(register, period.after)
    return [_report(register, evidence, period, unit_id) for unit_id in unit_ids]


def period_until(as_of: date, since: date | None = None) -> Period:
    """The days from `since` on, or the twelve months that end on the day."""
    if since is None:
        return Period(workdays.Period(months=MONTHS).before(as_of), as_of)
    return Period(since - workdays.ONE_DAY, as_of)


def _report(register: Register, evidence: Evidence, period: Period, unit_id: int | None) -> Report:
    place = jurisdiction(register, unit_id)
    made = {
        one.id: one
        for group in (
            coverage_figures(place, evidence),
            deadline_figures(place, evidence, period),
            body_figures(place, evidence),
            yearly_figures(place, evidence),
        )
        for one in group
    }
    order = {name: number for number, name in enumerate(definitions())}
    order["I3"] = order["I3.party_orgs"]
    return Report(
        as_of=register.on,
        period=period,
        unit_id=unit_id,
        stages=place.stages,
        known_at=register.reading.known_at,
        figures=tuple(sorted(made.values(), key=lambda one: (order[one.id], one.id))),
    )
