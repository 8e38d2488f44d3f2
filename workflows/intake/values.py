"""What a row of each list says once it is understood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - pydantic reads the annotations at run time


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of the address book."""

    name: str
    level: str
    """city, county or township"""

    parent_name: str | None
    kind: str
    """organization_department, registration_authority, supervisory_unit or township"""

    mail: str | None


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """An organization of the civil-affairs register."""

    name: str
    credit_code: str
    registrar: str | None
    supervisor: str | None
    registered_on: date
    standing: str
    """active, deregistered or revoked"""

    kind: str
    county: str | None
    """Name of the division, from its own column, the address or the registrar."""

    township: str | None
    """Name of the division; the address it was found in is not kept."""


@dataclass(frozen=True, slots=True)
class IntermediaryRow:
    """A law firm, an accounting firm or another intermediary."""

    name: str
    credit_code: str
    supervisor: str | None
    registered_on: date
    county: str | None
    township: str | None
    employees: int | None


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """What an organization answered in the yearly survey; None where it stated nothing."""

    name: str
    credit_code: str
    members: int | None
    full_time: int | None
    part_time: int | None
    employees: int | None
    """The stated total, also where it is not the sum."""

    full_members: int | None
    probationary_members: int | None
    held_here: int | None
    applicants: int | None
    activists: int | None
    body_name: str | None
    body_formed_on: date | None
    instructor: str | None
    mail: str | None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A Party member at an organization."""

    name: str
    birth_on: date
    organization_name: str
    credit_code: str
    employment: str
    """full_time or part_time"""

    engaged_on: date
    status: str
    """full or probationary"""

    admitted_on: date
    full_since: date | None
    home: str | None
    """The Party organization that holds the relation, as free text."""


Values = UnitRow | RegisterRow | IntermediaryRow | SurveyRow | MemberRow
