"""Conditions on an organization."""

from __future__ import annotations

from lifecycle.guards import Situation, Verdict
from workflows.predicates import predicate


@predicate(
    "挂靠已不成立",
    "the attachment is over",
    "members_held_here",
    "formal_full_members",
    supplied_by=("member_relation.arrived_elsewhere", "member_relation.received_formal"),
    excludes=("attached_fully",),
)
def attachment_over(situation: Situation) -> Verdict:
    """No attached member is left, or so many full members that an own branch is owed."""
    held, full = situation.fact("members_held_here"), situation.fact("formal_full_members")
    enough = isinstance(full, int) and full >= situation.parameters.integer("P6")
    return Verdict(not held or enough, held, 0)
