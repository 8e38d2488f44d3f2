"""Conditions on the training year of an area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.guards import Verdict
from workflows.facts.body import numbers
from workflows.predicates import predicate

if TYPE_CHECKING:
    from lifecycle.guards import Situation

_PARTS = {
    "none": frozenset[str](),
    "leaders": frozenset({"leaders"}),
    "workers": frozenset({"workers"}),
    "both": frozenset({"leaders", "workers"}),
}


def _reached(situation: Situation) -> frozenset[str]:
    before = _PARTS[str(situation.fact("audiences_reached") or "none")]
    return before | _PARTS[str(situation.fields.get("audience") or "none")]


@predicate(
    "含本次已覆盖两类对象",
    "with this one both audiences are reached",
    "audiences_reached",
    opposite="an_audience_missing",
)
def both_audiences_reached(situation: Situation) -> Verdict:
    """This year's sessions together with this one reach leaders and Party-affairs workers."""
    reached = _reached(situation)
    return Verdict(len(reached) == len(_PARTS["both"]), ", ".join(sorted(reached)), "both")


@predicate(
    "仍缺一类对象",
    "an audience is still missing",
    "audiences_reached",
    opposite="both_audiences_reached",
)
def an_audience_missing(situation: Situation) -> Verdict:
    """With this session one of the two audiences is still not reached."""
    reached = _reached(situation)
    return Verdict(len(reached) < len(_PARTS["both"]), ", ".join(sorted(reached)), "one missing")


@predicate(
    "不属本地区的参训单位",
    "organizations outside the area",
    "organizations_of_area",
    supplied_by=("form",),
)
def reached_in_area(situation: Situation) -> Verdict:
    """Every organization that the session reached is one of the area that holds it."""
    given = situation.fields.get("organizations")
    reached = set(given) if isinstance(given, tuple) else set()
    outside = reached - set(numbers(situation.fact("organizations_of_area")))
    return Verdict(not outside, len(outside), 0)
