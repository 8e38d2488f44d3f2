"""Conditions on a branch's committee, its secretary and its premises."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lifecycle.guards import Verdict
from lifecycle.workdays import Period
from workflows.facts.body import numbers
from workflows.facts.posts import term_end
from workflows.predicates import predicate

if TYPE_CHECKING:
    from lifecycle.guards import Situation

FORM = ("form",)


@predicate("任期届满后延期不超过一年", "extended by at most a year", supplied_by=FORM)
def extension_within_a_year(situation: Situation) -> Verdict:
    """All extensions of the term together end within a year of its own end (E16)."""
    given, elected = situation.fields.get("extended_days"), situation.case.fields.get("elected_on")
    if not isinstance(given, int) or not isinstance(elected, date):
        return Verdict(met=False)
    ends = term_end(elected, situation.parameters.integer("P33"))
    most = (Period(months=12).after(ends) - ends).days
    return Verdict(given <= most, given, most)


def _both_prior(situation: Situation) -> bool:
    notice_on = situation.fields.get("notice_given_on")
    by = situation.effective_on if situation.parameters["P47"] == "effective" else notice_on
    consents = [situation.fields.get(name) for name in _CONSENTS]
    return isinstance(by, date) and all(isinstance(one, date) and one < by for one in consents)


_CONSENTS = ("superior_consent_on", "unit_consent_on")


@predicate(
    "上级党组织和主管单位均已事先同意",
    "both bodies consented beforehand",
    supplied_by=FORM,
    excludes=("a_consent_missing",),
)
def both_consents_prior(situation: Situation) -> Verdict:
    """Superior Party organization and supervisory unit, each before the day of P47 (R40)."""
    given = [str(situation.fields.get(name) or "-") for name in _CONSENTS]
    by = "effective_on" if situation.parameters["P47"] == "effective" else "notice_given_on"
    needed = situation.effective_on if by == "effective_on" else situation.fields.get(by)
    return Verdict(_both_prior(situation), " / ".join(given), needed)


@predicate(
    "缺少事先同意",
    "a consent is missing or came too late",
    supplied_by=FORM,
    excludes=("both_consents_prior",),
)
def a_consent_missing(situation: Situation) -> Verdict:
    """A consent is missing, or not dated before the day of P47 (R40)."""
    given = [str(situation.fields.get(name) or "-") for name in _CONSENTS]
    return Verdict(not _both_prior(situation), " / ".join(given))


@predicate("共用阵地已验收", "the host's room is accepted", "hosts_of_premises", supplied_by=FORM)
def host_accepted(situation: Situation) -> Verdict:
    """The body whose room is shared has accepted premises of its own (R53)."""
    host = situation.fields.get("host")
    return Verdict(host in numbers(situation.fact("hosts_of_premises")), host)
