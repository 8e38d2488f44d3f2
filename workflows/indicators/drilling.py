"""The rows behind a figure: who is counted, who is missing, who is named beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.store.tables import case, unit
from workflows.naming import names_of
from workflows.register import organization_profile, party_body
from workflows.subjects import BODY, ORGANIZATION, UNIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


def in_charge(
    connection: Connection, kinds: Iterable[str], workflows: Mapping[str, str]
) -> dict[str, tuple[int | None, str]]:
    """By reference: which unit is in charge of a row, and of what type its subject is.

    Args:
        connection: where to read; one statement for every kind, however many rows there are.
        kinds: of what rows: organization, party_body, unit, or the code of a workflow.
        workflows: the names of workflows by their codes.
    """
    found: dict[str, tuple[int | None, str]] = {}
    for kind in sorted(set(kinds)):
        colon = "-" if kind in workflows else ":"
        statement = _case_units(workflows[kind]) if kind in workflows else _CHARGE[kind]
        for number, unit_id, subject_type in connection.execute(statement):
            found[f"{kind}{colon}{number}"] = (unit_id, subject_type)
    return found


def _case_units(workflow: str) -> sa.Select[Any]:
    c = case.c
    return sa.select(c.id, c.unit_id, c.subject_type).where(c.workflow == workflow)


_O, _B = organization_profile.c, party_body.c
_OF_ORGANIZATION = sa.func.coalesce(_O.supervisor_id, _O.township_id, _O.county_id)
_CHARGE = {
    ORGANIZATION: sa.select(_O.organization_id, _OF_ORGANIZATION, sa.literal(ORGANIZATION))
    .where(_O.known_until.is_(None))
    .order_by(_O.from_on),
    BODY: sa.select(_B.id, sa.func.coalesce(_B.unit_id, _OF_ORGANIZATION), sa.literal(BODY))
    .outerjoin(
        organization_profile,
        sa.and_(_O.organization_id == _B.organization_id, _O.known_until.is_(None)),
    )
    .order_by(_O.from_on),
    UNIT: sa.select(unit.c.id, unit.c.id, sa.literal(UNIT)),
}


def _subject(reference: str) -> Subject | None:
    kind, colon, number = reference.partition(":")
    return Subject(kind, int(number)) if colon else None
