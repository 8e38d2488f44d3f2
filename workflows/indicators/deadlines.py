"""I7, I8 and I13: what was done on time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows.indicators.definitions import definitions
from workflows.indicators.figures import Behind, Excluded, Indicator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.indicators.base import Jurisdiction
    from workflows.indicators.evidence import Evidence, Term
    from workflows.indicators.figures import Period


@dataclass(frozen=True, slots=True)
class _Rule:
    """Which deadlines a figure counts."""

    id: str
    rule: str
    opened: bool
    """Whether those count that were opened in the period, not those that fell due in it."""


_RULES = (
    _Rule("I7", "D8", opened=False),
    _Rule("I8", "D10", opened=False),
    _Rule("I13", "D13", opened=True),
)


def deadline_figures(
    place: Jurisdiction, evidence: Evidence, period: Period
) -> Iterable[Indicator]:
    """The figures about terms; those of an organization that has ended count too."""
    mine = [one for one in evidence.terms if _is_here(place, one)]
    for rule in _RULES:
        counted = [one for one in mine if _counts(rule, one, period)]
        on_time = [one for one in counted if one.on_time and not _was_open(one, period)]
        running = [one for one in counted if _was_open(one, period) and one.due_on > period.until]
        yield Indicator(
            id=rule.id,
            definition=definitions()[rule.id],
            numerator=len(on_time),
            denominator=len(counted),
            excluded=tuple(Excluded(one.case_id, "still_running") for one in running),
            behind=Behind(
                tuple(one.case_id for one in on_time), tuple(one.case_id for one in counted)
            ),
        )


def _is_here(place: Jurisdiction, term: Term) -> bool:
    register, unit_id = place.register, place.unit_id
    return register.is_under(unit_id, term.organization_id) or register.unit_is_under(
        unit_id, term.unit_id
    )


def _counts(rule: _Rule, term: Term, period: Period) -> bool:
    if term.rule != rule.rule:
        return False
    day = term.anchor_on if rule.opened else term.due_on
    gone = term.fell_away and not _was_open(term, period)
    return period.after < day <= period.until and not gone


def _was_open(term: Term, period: Period) -> bool:
    """Whether it still ran at the end of the period; what came later is not looked at."""
    return term.closed_on is None or term.closed_on > period.until
