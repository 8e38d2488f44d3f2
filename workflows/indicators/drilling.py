"""The rows behind a figure: who is counted, who is missing, who is named beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.cases import Subject
from workflows.naming import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from workflows.indicators.figures import Indicator


@dataclass(frozen=True, slots=True)
class DrillRow:
    """One organization, body, area or case behind a figure."""

    indicator: str
    reference: str
    """`organization:7`, `party_body:3`, `unit:2`, or the number of a case: `MEM-301`."""
    counted: bool
    """Whether it is in the numerator."""
    reasons: tuple[str, ...]
    """Why it is named beside the figure."""


def drill(one: Indicator) -> list[DrillRow]:
    """Every row of a figure: those missing from the numerator first, then by number."""
    numerator = set(one.behind.numerator)
    why: dict[int, list[str]] = {}
    for listed in one.excluded:
        why.setdefault(listed.id, []).append(listed.reason)
    numbers = {*one.behind.denominator, *numerator, *why}
    return [
        DrillRow(one.id, one.reference(number), number in numerator, tuple(why.get(number, ())))
        for number in sorted(numbers, key=lambda number: (number in numerator, number))
    ]


def reference_names(connection: Connection, references: Iterable[str]) -> dict[str, str]:
    """What organizations, bodies and units are called; a case behind a figure has no name."""
    subjects = {one: _subject(one) for one in references}
    named = names_of(connection, [one for one in subjects.values() if one is not None])
    return {
        reference: named[subject]
        for reference, subject in subjects.items()
        if subject is not None and subject in named
    }


def references_of(figures: Sequence[Indicator]) -> set[str]:
    """Every row behind the figures or named beside them."""
    return {
        one.reference(number)
        for one in figures
        for number in (
            *one.behind.numerator,
            *one.behind.denominator,
            *(listed.id for listed in one.excluded),
        )
    }


def _subject(reference: str) -> Subject | None:
    kind, colon, number = reference.partition(":")
    return Subject(kind, int(number)) if colon else None
