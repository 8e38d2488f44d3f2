"""Who acts and what a reader may see: arguments of every call from the first day."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


class Role(StrEnum):
    """The roles of the rulebook, section 0.3; users are officers."""

    CASE_OFFICER = "case_officer"
    """案件承办人: Party-affairs officer of the unit in charge."""
    APPROVER = "approver"
    """上级党组织: the superior Party organization."""
    ORG_DEPT_OFFICER = "org_dept_officer"
    """组织部门: organization department or social work committee, the lead role."""
    REGISTRATION_OFFICER = "registration_officer"
    """登记管理机关."""
    TOWNSHIP_OFFICER = "township_officer"
    """乡镇(街道)."""
    FINANCE_OFFICER = "finance_officer"
    """财政."""
    AUDITOR = "auditor"
    """审计: reads only."""
    ADMINISTRATOR = "administrator"
    """系统管理员: runs the machine and opens no file (rulebook F11)."""
    SCHEDULER = "scheduler"
    """系统: nobody can claim it."""


OFFICERS = tuple(one for one in Role if one not in {Role.SCHEDULER, Role.ADMINISTRATOR})
"""The roles that open files: what the command line's operator may declare."""

ACTING = frozenset(OFFICERS) - {Role.AUDITOR}
"""The roles in which cases are moved."""


class ActorSource(StrEnum):
    """How the engine came to know who acts."""

    DECLARED = "declared"
    """Said by the caller (command line); nobody checked it."""
    SESSION = "session"
    """Logged in."""
    SYSTEM = "system"
    """The engine itself: settling and time."""
    IMPORT = "import"
    """A roster taken over."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who performs an act, in which roles, for which unit, and how we know."""

    id: str
    roles: frozenset[Role]
    unit_id: int | None = None
    on_behalf_of: str | None = None
    """Whose substitute acts."""
    source: ActorSource = ActorSource.DECLARED

    @property
    def answerable(self) -> frozenset[str]:
        """Everybody who answers for the act: of two-person rules nobody may stand on both sides."""
        return frozenset({self.id} | ({self.on_behalf_of} if self.on_behalf_of else set()))


SYSTEM = Actor("system", frozenset({Role.SCHEDULER}), source=ActorSource.SYSTEM)
"""Settling and time act as this one."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reader may see: the units whose cases, and those whose cases about persons too.

    None means every unit.
    """

    unit_ids: frozenset[int] | None = None
    person_unit_ids: frozenset[int] | None = None
    person_types: frozenset[str] = frozenset()
    """The types of subject that are persons."""

    def sees(self, unit_id: int | None, subject_type: str) -> bool:
        """Whether a case of that unit about such a subject is there for the reader."""
        units = self.person_unit_ids if subject_type in self.person_types else self.unit_ids
        return units is None or unit_id in units

    def covers(self, unit_id: int | None) -> bool:
        """Whether the unit is one of those that the reader may see."""
        return self.unit_ids is None or unit_id in self.unit_ids


EVERYTHING = Scope()
"""The scope of the command line's operator."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A role with the units for which it is held; None means every unit."""

    role: Role
    unit_ids: frozenset[int] | None
    granted_at: int | None = None
    """The unit at the top."""

    def covers(self, unit_id: int | None) -> bool:
        """Whether the role is held for that unit."""
        return self.unit_ids is None or unit_id in self.unit_ids


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits at the desk: in which roles for which units, today, and for whom."""

    login: str
    holdings: tuple[Holding, ...]
    on_behalf_of: str | None = None

    @property
    def roles(self) -> frozenset[Role]:
        """Every role that is held anywhere."""
        return frozenset(one.role for one in self.holdings)

    def roles_at(self, unit_id: int | None) -> frozenset[Role]:
        """The roles that are held for a unit."""
        return frozenset(one.role for one in self.holdings if one.covers(unit_id))

    def units_of(self, roles: Collection[Role]) -> frozenset[int] | None:
        """The units for which one of the roles is held; None for every unit."""
        found: set[int] = set()
        for one in self.holdings:
            if one.role in roles:
                if one.unit_ids is None:
                    return None
                found |= one.unit_ids
        return frozenset(found)

    def actor_at(self, unit_id: int | None) -> Actor:
        """Who acts in a case of that unit: with the roles held there and no others."""
        roles = self.roles_at(unit_id)
        return Actor(self.login, roles, unit_id, self.on_behalf_of, ActorSource.SESSION)
