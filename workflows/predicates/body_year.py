"""Conditions on a body's yearly statement and its funding."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lifecycle.guards import Verdict
from workflows.predicates import predicate

if TYPE_CHECKING:
    from lifecycle.guards import Situation

FORM = ("form",)
SYSTEMS = (
    "regular_meetings",
    "party_dues",
    "activities",
    "relation_transfer",
    "mobile_members",
    "member_appraisal",
)
"""The six working systems of R49; each question has its date `<system>_on`."""


@predicate("各项制度均填写最近日期", "a date for every system in place", supplied_by=FORM)
def dates_for_systems(situation: Situation) -> Verdict:
    """A system that is in place was applied on a day within the year or before (R49, E17-E20)."""
    missing = [
        name
        for name in SYSTEMS
        if situation.fields.get(name) is True and not _past(situation, f"{name}_on")
    ]
    return Verdict(not missing, ", ".join(missing) or None)


def _past(situation: Situation, name: str) -> bool:
    given = situation.fields.get(name)
    return isinstance(given, date) and given <= situation.effective_on


@predicate(
    "本类型组织的问题已回答",
    "the question for this kind is answered",
    "organization_kind",
    supplied_by=FORM,
)
def kind_question_answered(situation: Situation) -> Verdict:
    """R63 asks associations for a share of fees in the charter, R62 the others for conditions."""
    association = situation.fact("organization_kind") == "association"
    name = "fee_share_in_charter" if association else "conditions_provided"
    answer = situation.fields.get(name)
    return Verdict(answer is not None, answer, name)


@predicate("不予补助须说明理由", "a declined request has its reason", supplied_by=FORM)
def declined_with_reason(situation: Situation) -> Verdict:
    """Nothing is granted only with a reason (R64)."""
    granted = situation.fields.get("sum_cny")
    reason = situation.fields.get("reason")
    return Verdict(bool(granted) or bool(reason), granted)
