"""I10 and I14: what is owed every year, for the year of the day and for the one before."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lifecycle.workdays import ONE_DAY, year_begin, year_end
from workflows.indicators.base import unit_in_charge
from workflows.indicators.definitions import definitions
from workflows.indicators.figures import WHOLE, Behind, Excluded, Indicator, Target
from workflows.indicators.making import share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.indicators.base import Jurisdiction
    from workflows.indicators.evidence import Evidence, Money
    from workflows.indicators.places import Unit

KEPT = ("held", "kept")
"""States of a training year that reached both audiences."""


def yearly_figures(place: Jurisdiction, evidence: Evidence) -> Iterable[Indicator]:
    """Training and funding, this year and last."""
    begins = year_begin(str(place.parameters["P21"]), place.on)
    before = begins - ONE_DAY
    yield _training("I10", place, evidence, place.on)
    yield _training("I10.last", place, evidence, before)
    yield _funding("I14", place, evidence, place.on.year)
    yield _funding("I14.last", place, evidence, place.on.year - 1)


def _areas(place: Jurisdiction) -> list[Unit]:
    """The localities of 四.1 at the level of P44."""
    levels = ("city", "county") if place.parameters["P44"] == "county" else ("city",)
    register = place.register
    found = [one for level in levels for one in register.places.leads(level)]
    return [one for one in found if register.unit_is_under(place.unit_id, one.id)]


def _training(name: str, place: Jurisdiction, evidence: Evidence, day: date) -> Indicator:
    """The areas whose case of the year that contains `day` has reached both audiences."""
    year_start = str(place.parameters["P21"])
    begins, ends = year_begin(year_start, day), year_end(year_start, day)
    areas = _areas(place)
    kept = [
        one
        for one in areas
        if any(
            begins <= opened_on <= ends and state in KEPT
            for opened_on, state in evidence.years.get(one.id, ())
        )
    ]
    return share(name, kept, areas, Target(WHOLE, ends))


def _funding(name: str, place: Jurisdiction, evidence: Evidence, year: int) -> Indicator:
    """Vouchers among what is due; both as recorded for the year."""
    rows = [one for one in evidence.fundings if one.year == year and _is_here(place, one)]
    return Indicator(
        id=name,
        definition=definitions()[name],
        numerator=sum(one.paid_cny for one in rows),
        denominator=sum(one.due_cny for one in rows),
        target=Target(WHOLE, date(year, 12, 31)),
        excluded=tuple(
            Excluded(one.body_id, "other_rate")
            for one in rows
            if one.due_cny != one.members * _rate(place, one)
        ),
        behind=Behind(
            tuple(one.body_id for one in rows if one.paid_cny >= one.due_cny),
            tuple(one.body_id for one in rows),
        ),
    )


def _rate(place: Jurisdiction, money: Money) -> int:
    """P28 at the body's unit on the day of the year before on which members are counted (P29)."""
    home = place.register.homes.get(money.organization_id or 0)
    unit_id = unit_in_charge(home) if home else money.unit_id
    policy = place.register.policy
    counted_on = str(policy.at(date(money.year - 1, 12, 31), unit_id)["P29"])
    day = date.fromisoformat(f"{money.year - 1}-{counted_on}")
    return policy.at(day, unit_id).integer("P28")


def _is_here(place: Jurisdiction, money: Money) -> bool:
    register = place.register
    return register.is_under(place.unit_id, money.organization_id) or register.unit_is_under(
        place.unit_id, money.unit_id
    )
