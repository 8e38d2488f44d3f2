"""Who acts and what a reader may see: arguments of every call from the first day."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


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
    SCHEDULER = "scheduler"
    """系统: nobody can claim it."""


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
    source: ActorSource = ActorSource.DECLARED


SYSTEM = Actor("system", frozenset({Role.SCHEDULER}), source=ActorSource.SYSTEM)
"""Settling and time act as this one."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The units whose cases a reader may see; None means all of them."""

    unit_ids: frozenset[int] | None = field(default=None)


EVERYTHING = Scope()
"""The scope of the command line's operator."""
