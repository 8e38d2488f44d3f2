"""Who sees what of persons: the matrix of roles and data (rulebook F11), in one place."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from lifecycle.access import Role
from workflows.subjects import PERSON, PLACE

if TYPE_CHECKING:
    from collections.abc import Collection

    from lifecycle.access import Seat

PERSON_TYPES: Final = frozenset({PLACE, PERSON})
"""The types of subject that are persons."""

NAMING: Final = frozenset({Role.CASE_OFFICER, Role.APPROVER})
"""Who sees the names and dates of the members and applicants of the organizations in hand."""

MASKED: Final = frozenset({Role.ORG_DEPT_OFFICER, Role.TOWNSHIP_OFFICER, Role.AUDITOR})
"""Who sees that there are such persons, by surname."""


class Sight(Enum):
    """How much of a person a reader sees."""

    COUNTS = "counts"
    """Numbers only: no page, no case and no row about a person."""
    MASKED = "masked"
    """Surname and organization, no dates of life."""
    NAMED = "named"
    """Name and dates."""


def sight_at(
    seat: Seat,
    unit_id: int | None,
    *,
    applicant: bool = False,
    escalated: bool = False,
    affiliated_to: Collection[int] = (),
) -> Sight:
    """How much of a person at an organization of that unit the seat sees.

    Args:
        seat: who looks.
        unit_id: the unit in charge of the organization or case.
        applicant: the person is no member yet: named for the branch's own officers only.
        escalated: the case has been escalated, so the organization department sees the name.
        affiliated_to: the units to whose Party bodies the organization is affiliated.
    """
    roles = seat.roles_at(unit_id)
    if roles & NAMING:
        return Sight.NAMED
    if not applicant:
        if Role.ORG_DEPT_OFFICER in roles and escalated:
            return Sight.NAMED
        township = seat.units_of({Role.TOWNSHIP_OFFICER})
        if affiliated_to and (township is None or township & set(affiliated_to)):
            return Sight.NAMED
    return Sight.MASKED if roles & MASKED else Sight.COUNTS
