"""Conditions on an affiliation: it follows the routing order, and somebody answers for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.guards import Verdict
from workflows.predicates import predicate
from workflows.routing import MANAGED_BY_COMMITTEE, SUPERVISOR, TERRITORY, propose

if TYPE_CHECKING:
    from lifecycle.guards import Situation
    from workflows.routing import Step

_ASKED = ("kind", "has_supervisor")


def _proposal(situation: Situation) -> Step | None:
    return propose(situation.fact("kind"), situation.fact("has_supervisor"), situation.fields)


@predicate("按顺序应适用的依据", "the rule that the order proposes", *_ASKED, supplied_by=("form",))
def route_follows_order(situation: Situation) -> Verdict:
    """The rule cited is the one that the order proposes, or R23 (part B, routing order)."""
    proposed, given = _proposal(situation), situation.fields.get("route")
    rule = proposed.rule if proposed else None
    return Verdict(given is not None and given in (rule, MANAGED_BY_COMMITTEE), given, rule)


@predicate(
    "依据所指的党组织",
    "the body that the rule means",
    "supervisor_body",
    "township_body",
    *_ASKED,
    supplied_by=("form",),
)
def body_follows_route(situation: Situation) -> Verdict:
    """The body named is the one that the proposing step means, where that is on the register.

    A private school or clinic may go to the supervisory unit's body where the township is
    inconvenient (R18); special cases and R23 leave the body to the department.
    """
    given, step = situation.fields.get("body"), _proposal(situation)
    if step is None or situation.fields.get("route") == MANAGED_BY_COMMITTEE:
        return Verdict(given is not None, given)
    supervisor, township = situation.fact("supervisor_body"), situation.fact("township_body")
    meant = {SUPERVISOR: (supervisor,), TERRITORY: (township,)}.get(step.body, ())
    if step.rule == "R18" and situation.fields.get("inconvenient_there") is True:
        meant = (supervisor,)
    known = [one for one in meant if one is not None]
    return Verdict(
        given is not None and (not known or given in known), given, known[0] if known else None
    )


@predicate(
    "主管部门已确定责任人",
    "a responsible officer is named",
    "has_supervisor",
    supplied_by=("form",),
)
def officer_named(situation: Situation) -> Verdict:
    """Where there is a supervisory department, it has named a responsible officer (R58)."""
    named = situation.fields.get("responsible_officer")
    return Verdict(not situation.fact("has_supervisor") or named is True, named, needed=True)
