"""A second, much smaller idea of the rules: what counts make of an organization, in plain Python.

It knows nothing of definitions, facts or SQL. It is told what was done and says what must follow;
where it cannot say (a joint body, an act that it does not know), it keeps silent.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BRANCH_MINIMUM = 3
"""Full members that oblige to a branch (P6)."""


@dataclass(slots=True)
class Member:
    """A member of the Party: status, where the relation is held, where the person works."""

    full: bool
    held_by: str
    """A unit's name, an organization's name (its own body), or `away`."""
    works_at: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Model:
    """The town as the model sees it."""

    members: dict[str, Member]
    supervisor: str
    body: dict[str, str] = field(default_factory=dict)
    """Organization -> elected or provisional, once it has a body."""
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def here(self, name: str, organization: str) -> bool:
        """Whether the relation is held by the body responsible for the organization."""
        held_by = self.members[name].held_by
        if organization in self.body:
            return held_by == organization
        return held_by == self.supervisor

    def duty(self, organization: str) -> str:
        """own, provisional, option or none: the first line of the table that matches."""
        engaged = [name for name, one in self.members.items() if organization in one.works_at]
        here = [name for name in engaged if self.here(name, organization)]
        full_here = sum(self.members[name].full for name in here)
        everybody, elsewhere = len(engaged), len(engaged) - len(here)
        if full_here >= BRANCH_MINIMUM:
            return "own"
        if organization in self.body:
            return "none"
        if everybody >= BRANCH_MINIMUM and elsewhere >= 1:
            return "provisional"
        if everybody >= 1 and elsewhere >= 1:
            return "option"
        return "none"

    def priority(self, organization: str) -> bool | None:
        """Whether it is a priority target; None while a number that decides is not stated."""
        stated = self.counts.get(organization, {})
        if self.kinds[organization] != "association":
            employees = stated.get("employees")
            return None if employees is None else employees >= 30
        members, staff = stated.get("members"), stated.get("full_time")
        sides = (
            None if members is None else members >= 80,
            None if staff is None else staff >= 1,
        )
        if False in sides:
            return False
        return None if None in sides else True

    def body_members(self, organization: str) -> int:
        """Full members whose relation the organization's own body holds, working there or not."""
        return sum(one.full and one.held_by == organization for one in self.members.values())

    # -- what was done ---------------------------------------------------------------------

    def received(self, name: str, organization: str) -> None:
        """A formal relation arrived at the body in charge."""
        self.members[name].held_by = organization if organization in self.body else self.supervisor

    def admitted(self, name: str, organization: str) -> None:
        """A probationary member, whose relation the body in charge holds."""
        self.members[name] = Member(full=False, held_by="", works_at={organization: "full_time"})
        self.received(name, organization)

    def ended(self, organization: str) -> None:
        """A body is no more: what it held is nowhere near until somebody moves it."""
        self.body.pop(organization, None)
        for one in self.members.values():
            if one.held_by == organization:
                one.held_by = "away"

    def elected(self, organization: str) -> None:
        """A branch begins: it takes over what another body held for the organization."""
        arriving = [
            name
            for name, one in self.members.items()
            if organization in one.works_at and self.here(name, organization)
        ]
        self.body[organization] = "elected"
        for name in arriving:
            self.members[name].held_by = organization
