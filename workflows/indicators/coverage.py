"""I1 to I6, I11 and I12: whom Party organizations and Party work reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from lifecycle.workdays import Period
from workflows.indicators.evidence import became_priority_after
from workflows.indicators.figures import WHOLE, Excluded, Target
from workflows.indicators.making import count, share

if TYPE_CHECKING:
    from workflows.indicators.base import Body, Jurisdiction, Organization
    from workflows.indicators.evidence import Evidence
    from workflows.indicators.figures import Indicator

HALFWAY, FINAL = 30, 60
"""The Five-Good rates aimed at by D2 and by D3, in percent (一.2)."""

Test = Callable[["Organization"], bool]


def coverage_figures(place: Jurisdiction, evidence: Evidence) -> Iterable[Indicator]:
    """The figures about organizations and the bodies that serve them."""
    yield from _priority(place, evidence)
    yield from _five_good(place, evidence)
    yield from _work(place, evidence)
    yield from _qualified(place, evidence)
    covered = [one for one in place.everybody if place.covered(one) or one.worked]
    yield share(
        "I6", covered, place.everybody, Target(WHOLE), _beside(place.everybody, covered, evidence)
    )
    yield from _instructors(place, evidence)
    yield from _affiliation(place, evidence)


def _priority(place: Jurisdiction, evidence: Evidence) -> Iterable[Indicator]:
    """I1, without those whose own stage date is still ahead; then all together."""
    ahead = _stage_ahead(place, evidence)
    due = [one for one in place.priority if one.id not in ahead]
    reached = [one for one in due if place.covered(one)]
    apart = [Excluded(number, "stage_ahead") for number in sorted(ahead)]
    target = Target(WHOLE, place.stages[0])
    yield share("I1", reached, due, target, [*apart, *_beside(due, reached, evidence)])
    yield share("I1.all", _those(place.priority, place.covered), place.priority)


def _stage_ahead(place: Jurisdiction, evidence: Evidence) -> set[int]:
    """Priority targets only after D1 whose own stage date (C.7) is not reached yet."""
    first, months = place.stages[0], place.parameters["P2"]
    if place.on <= first or not isinstance(months, tuple):
        return set()
    found = set()
    for one in place.priority:
        since = became_priority_after(place.register, evidence, one, first)
        if since and Period(months=months[0]).after(since) > place.on:
            found.add(one.id)
    return found


def _five_good(place: Jurisdiction, evidence: Evidence) -> Iterable[Indicator]:
    """I2, and I3 by P24 and by the other reading (H5)."""
    bodies = _serving(place, place.priority)
    listed = [one for one in bodies if one.id in evidence.demonstrating]
    batch = Target(place.parameters.integer("P53"), place.stages[0], percent=False)
    yield count("I2", listed, batch)
    certified = [one for one in bodies if one.id in evidence.certified]
    readings: dict[str, tuple[Sequence[Body | Organization], Sequence[Body | Organization]]] = {
        "party_orgs": (certified, bodies),
        "priority_orgs": (
            _those(place.priority, lambda one: _is_certified(place, evidence, one)),
            place.priority,
        ),
    }
    chosen = str(place.parameters["P24"])
    target = _five_good_target(place)
    for basis, (numerator, denominator) in sorted(
        readings.items(), key=lambda one: one[0] != chosen
    ):
        name = f"I3.{basis}"
        if basis == chosen:
            yield share("I3", numerator, denominator, target, told_as=name)
        else:
            yield share(name, numerator, denominator)


def _five_good_target(place: Jurisdiction) -> Target:
    """30 % until D3 is reached, then 60 %."""
    _, second, third = place.stages
    return Target(FINAL, third) if place.on >= third else Target(HALFWAY, second)


def _serving(place: Jurisdiction, served: Iterable[Organization]) -> list[Body]:
    """The bodies that count as Party organizations of those served, each once."""
    found = {body.id: body for one in served for body in one.bodies if place.counts(body)}
    return [found[number] for number in sorted(found)]


def _is_certified(place: Jurisdiction, evidence: Evidence, one: Organization) -> bool:
    return any(body.id in evidence.certified and place.counts(body) for body in one.bodies)


def _work(place: Jurisdiction, evidence: Evidence) -> Iterable[Indicator]:
    """I4 and its three components."""
    rest = place.rest
    reached = _those(rest, lambda one: one.worked or place.has_party_organization(one))
    target = Target(WHOLE, place.stages[1])
    yield share("I4", reached, rest, target, _beside(rest, reached, evidence))
    yield share("I4a", _those(rest, lambda one: one.instructor), rest)
    yield share("I4b", _those(rest, lambda one: one.activists), rest)
    yield share("I4c", _those(rest, lambda one: one.leaders_trained), rest)


def _qualified(place: Jurisdiction, evidence: Evidence) -> Iterable[Indicator]:
    """I5, and beside it those that owe a provisional body."""
    qualified = _those(place.rest, lambda one: one.full_here >= one.minimum)
    formed = _those(qualified, lambda one: one.elected)
    target = Target(WHOLE, place.stages[2])
    yield share("I5", formed, qualified, target, _beside(qualified, formed, evidence))
    owing = _those(
        place.rest,
        lambda one: (
            one.full_here < one.minimum and one.counted >= one.minimum and one.elsewhere >= 1
        ),
    )
    having = _those(owing, lambda one: bool(one.bodies))
    yield share("I5.provisional", having, owing, None, _beside(owing, having, evidence))


def _instructors(place: Jurisdiction, evidence: Evidence) -> Iterable[Indicator]:
    """I11, split by whether there is a Party body."""
    groups = {
        "I11": place.priority,
        "I11.with_body": _those(place.priority, lambda one: bool(one.bodies)),
        "I11.without_body": _those(place.priority, lambda one: not one.bodies),
    }
    for name, group in groups.items():
        having = _those(group, lambda one: one.instructor)
        missing = {one.id for one in group} - {one.id for one in having}
        grace = sorted(missing & evidence.grace.get("D6", set()))
        yield share(name, having, group, None, [Excluded(one, "grace_D6") for one in grace])


def _affiliation(place: Jurisdiction, evidence: Evidence) -> Iterable[Indicator]:
    """I12, interim ones apart."""
    states = evidence.states["affiliation"]
    for name, state in (("I12", "decided"), ("I12.interim", "interim")):
        found = [one for one in place.everybody if states.get(one.id) == state]
        yield share(name, found, place.everybody)


def _those(group: Iterable[Organization], test: Test) -> list[Organization]:
    return [one for one in group if test(one)]


def _beside(
    group: Iterable[Organization], reached: Iterable[Organization], evidence: Evidence
) -> list[Excluded]:
    """Those not reached that are inside a term, or whose conditions an officer denied."""
    missing = {one.id for one in group} - {one.id for one in reached}
    named = {
        "conditions_denied": evidence.denied,
        "grace_D5": evidence.grace.get("D5", set()) - evidence.denied,
        "grace_D6": evidence.grace.get("D6", set()),
    }
    return [
        Excluded(number, reason)
        for reason, numbers in named.items()
        for number in sorted(missing & numbers)
    ]
