"""Conditions on the development of a member: pools, majorities, months; totals only (F4)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lifecycle.guards import Verdict
from lifecycle.workdays import CalendarGapError, Period, working_days_between
from workflows.predicates import predicate

if TYPE_CHECKING:
    from lifecycle.guards import Situation

FORM = ("form",)
LONGEST_MONTHS = 6
"""For an admission: three months, in special cases at most six (E7)."""
NOTICE_DAYS = 5
TRAINING_DAYS, TRAINING_HOURS = 3, 24
_SENIORITY = {"association_member": "P35", "contract_employee": "P36"}


@predicate("发展对象来源", "comes from the main pool", "employment", supplied_by=FORM)
def pool_met(situation: Situation) -> Verdict:
    """The person belongs to the main pool of R44, R45 or R46.

    R44: full-time staff of an association. R45: 24 months in it (P35). R46: individual investors,
    or employees with a contract on file and 24 continuous months (P36).
    """
    recorded = situation.case.fields
    basis, since = recorded.get("pool_basis"), recorded.get("pool_since")
    if basis == "association_staff":
        employment = situation.fact("employment")
        return Verdict(employment == "full_time", employment, "full_time")
    if basis == "investor":
        return Verdict(met=True, seen=basis)
    parameter = _SENIORITY.get(str(basis))
    if parameter is None or not isinstance(since, date):
        return Verdict(met=False, seen=None)
    reached = Period(months=situation.parameters.integer(parameter)).after(since)
    filed = basis == "association_member" or recorded.get("contract_filing") is not None
    return Verdict(filed and reached <= situation.effective_on, since if filed else None, reached)


@predicate("本单位和属地已征询", "own unit and territory were asked", supplied_by=FORM)
def routing_settled(situation: Situation) -> Verdict:
    """A member of an association: the own unit has no Party body, the territory was asked (R45)."""
    if situation.case.fields.get("pool_basis") != "association_member":
        return Verdict(met=True)
    own, consulted = (
        situation.fields.get(name) for name in ("own_unit_has_party_body", "territory_consulted")
    )
    return Verdict(own is False and consulted is True, consulted, needed=True)


@predicate("公示期满五个工作日", "public notice of five working days", supplied_by=FORM)
def notice_long_enough(situation: Situation) -> Verdict:
    """The notice hung for at least five working days before the decision (E1, rule-set 2026)."""
    first, last = (situation.fields.get(name) for name in ("notice_from", "notice_until"))
    if not isinstance(first, date) or not isinstance(last, date) or situation.rest_days is None:
        return Verdict(met=False, needed=NOTICE_DAYS)
    try:
        days = working_days_between(first, last, situation.rest_days)
    except CalendarGapError:
        return Verdict(met=False, needed=NOTICE_DAYS)
    return Verdict(days >= NOTICE_DAYS and last <= situation.effective_on, days, NOTICE_DAYS)


@predicate("集中培训", "short training", supplied_by=FORM)
def trained_enough(situation: Situation) -> Verdict:
    """At least three days or 24 class hours (E6)."""
    days, hours = (situation.fields.get(name) for name in ("training_days", "training_hours"))
    met = (isinstance(days, int) and days >= TRAINING_DAYS) or (
        isinstance(hours, int) and hours >= TRAINING_HOURS
    )
    return Verdict(met, hours if days is None else days, TRAINING_DAYS)


def _majority(situation: Situation) -> bool | None:
    """Whether more than half came and more than half of those entitled voted yes; None: unclear."""
    entitled, present, yes = (
        situation.fields.get(name) for name in ("entitled", "present", "votes")
    )
    if not (isinstance(entitled, int) and isinstance(present, int) and isinstance(yes, int)):
        return None
    if present > entitled or yes > entitled:
        return None
    return 2 * present > entitled and 2 * yes > entitled


@predicate(
    "到会和赞成均超过半数",
    "more than half came and voted yes",
    supplied_by=FORM,
    excludes=("majority_missed",),
)
def majority_reached(situation: Situation) -> Verdict:
    """More than half of those entitled attended, and voted yes (E7, E9)."""
    return Verdict(_majority(situation) is True, situation.fields.get("votes"))


@predicate("未达到半数", "a majority was missed", supplied_by=FORM, excludes=("majority_reached",))
def majority_missed(situation: Situation) -> Verdict:
    """One of the two majorities was not reached; no names (E7, F4)."""
    return Verdict(_majority(situation) is False, situation.fields.get("votes"))


def _months_over(situation: Situation) -> tuple[date | None, bool]:
    voted = situation.case.fields.get("assembly_on")
    if not isinstance(voted, date):
        return None, False
    last = Period(months=LONGEST_MONTHS).after(voted)
    return last, situation.effective_on > last


@predicate("六个月内审批", "within six months of the assembly")
def within_six_months(situation: Situation) -> Verdict:
    """The superior decides within six months of the assembly at the latest (E7)."""
    last, over = _months_over(situation)
    return Verdict(last is not None and not over, situation.effective_on, last)


@predicate("不予批准或已逾六个月", "refused, or six months over", supplied_by=FORM)
def refused_or_late(situation: Situation) -> Verdict:
    """An officer confirms what has happened: refused, or no decision within six months (E7)."""
    outcome, (last, over) = situation.fields.get("outcome"), _months_over(situation)
    return Verdict(outcome == "refused" or (outcome == "lapsed" and over), outcome, last)
