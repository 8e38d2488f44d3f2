"""I9, I15 and I16: how Party bodies stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.facts.shared import ELECTED
from workflows.indicators.definitions import definitions
from workflows.indicators.figures import Behind, Excluded, Indicator
from workflows.indicators.making import share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.indicators.base import Body, Jurisdiction
    from workflows.indicators.evidence import Evidence

READY = ("accepted", "shared")
"""States of premises that serve."""

IN_ORDER = ("in_term", "due", "extended")
"""States of a term that is in order."""


def body_figures(place: Jurisdiction, evidence: Evidence) -> Iterable[Indicator]:
    """The figures about the bodies of a jurisdiction's organizations."""
    register = place.register
    there = [
        body
        for _, body in sorted(register.bodies.items())
        if body.organization_id is not None
        and register.is_under(place.unit_id, body.organization_id)
    ]
    yield _age(place, evidence, [one for one in there if one.kind == "provisional"])
    elected = [one for one in there if one.kind in ELECTED]
    yield _premises(evidence, elected)
    yield _terms(evidence, elected)


def _age(place: Jurisdiction, evidence: Evidence, provisional: list[Body]) -> Indicator:
    """I9: of an even number, the lower whole day between the two in the middle."""
    ages = sorted((place.on - evidence.provisional_since[one.id]).days for one in provisional)
    middle = len(ages) // 2
    median = (ages[middle] + ages[-middle - 1]) // 2 if ages else None
    return Indicator(
        id="I9",
        definition=definitions()["I9"],
        numerator=median,
        behind=Behind(tuple(one.id for one in provisional)),
    )


def _premises(evidence: Evidence, elected: list[Body]) -> Indicator:
    states = evidence.states["activity_premises"]
    active = [one for one in elected if one.id not in evidence.ailing]
    ready = [one for one in active if states.get(one.id) in READY]
    apart = [Excluded(one.id, "not_active") for one in elected if one.id in evidence.ailing]
    return share("I15", ready, active, None, apart)


def _terms(evidence: Evidence, elected: list[Body]) -> Indicator:
    states = evidence.states["branch_term"]
    recorded = [one for one in elected if one.id in evidence.elected or one.id in states]
    in_order = [one for one in recorded if states.get(one.id) in IN_ORDER]
    known = {one.id for one in recorded}
    apart = [Excluded(one.id, "not_recorded") for one in elected if one.id not in known]
    return share("I16", in_order, recorded, None, apart)
