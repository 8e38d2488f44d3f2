"""What a correction changes beyond cases: who owes what by a rule, and the figures of today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.access import EVERYTHING
from lifecycle.asof import AsOf
from lifecycle.store.types import END_OF_TIME
from workflows.indicators.reporting import report
from workflows.obligations import OBLIGATIONS, owing

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from sqlalchemy import Connection

    from lifecycle.cases import Subject
    from lifecycle.correcting import Corrected
    from lifecycle.registry import Registry
    from workflows.indicators.figures import Indicator


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Obligations that begin or end with a correction, and figures that change."""

    owed: tuple[tuple[str, Subject], ...]
    """Rule and who owes what it asks, and did not."""
    settled: tuple[tuple[str, Subject], ...]
    """Rule and who owed what it asks, and does not any more."""
    figures: tuple[tuple[Indicator, Indicator], ...]
    """Indicators before and after, those that differ."""


def aftermath(
    connection: Connection,
    registry: Registry,
    done: Corrected,
    today: date,
    unit_id: int | None = None,
) -> Aftermath:
    """What is otherwise today, in the transaction of the correction or after it.

    What was so before is read as it was known a moment before. The figures are those of a unit and
    all below it (None: of the whole register).
    """
    before = _owing(connection, registry, done.around, today, done.known_before)
    after = _owing(connection, registry, done.around, today, END_OF_TIME)
    old = report(connection, registry, today, unit_id, known_at=done.known_before)
    new = report(connection, registry, today, unit_id)
    known = old.by_id
    return Aftermath(
        tuple(sorted(after - before, key=str)),
        tuple(sorted(before - after, key=str)),
        tuple(
            (known[one.id], one)
            for one in new.figures
            if one.id in known and _numbers(known[one.id]) != _numbers(one)
        ),
    )


def _numbers(figure: Indicator) -> tuple[int | None, int | None]:
    return figure.numerator, figure.denominator


def _owing(
    connection: Connection,
    registry: Registry,
    around: Collection[Subject],
    today: date,
    known_at: datetime,
) -> set[tuple[str, Subject]]:
    found: set[tuple[str, Subject]] = set()
    for one in OBLIGATIONS.values():
        among = [each.id for each in around if each.type == one.subject]
        if among and not one.option:
            rows = owing(connection, registry, one, AsOf(today, known_at), EVERYTHING, among=among)
            found |= {(row.rule, row.subject) for row in rows}
    return found
