"""Conditions on a person at an organization."""

from __future__ import annotations

from lifecycle.guards import Situation, Verdict
from workflows.predicates import predicate


@predicate(
    "凭证种类与应转关系一致",
    "document fits the relation that is owed",
    "employment",
    supplied_by=("form",),
)
def document_fits(situation: Situation) -> Verdict:
    """A full-timer's relation moves by letter, a part-timer takes part by certificate."""
    wanted = "formal" if situation.fact("employment") == "full_time" else "temporary"
    given = situation.fields.get("document_kind")
    return Verdict(given == wanted, given, wanted)
