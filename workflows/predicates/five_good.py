"""Conditions on a Five-Good evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.guards import Verdict
from workflows.predicates import predicate

if TYPE_CHECKING:
    from lifecycle.guards import Situation

CRITERIA = (
    "leading_team",
    "member_ranks",
    "working_mechanism",
    "development_results",
    "public_response",
)


@predicate("至少一项未达到", "a criterion is not met", supplied_by=("form",))
def a_criterion_missing(situation: Situation) -> Verdict:
    """At least one of the five criteria of R13 was answered no."""
    missing = [name for name in CRITERIA if situation.fields.get(name) is False]
    return Verdict(bool(missing), ", ".join(missing) or None, "no")
