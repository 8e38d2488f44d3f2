"""Conditions on a Party body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.guards import Situation, Verdict
from workflows.facts.body import SHARED_KINDS, numbers
from workflows.predicates import predicate

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from lifecycle.cases import FieldValue

FORM = ("form",)


def _is_shared(values: Mapping[str, FieldValue]) -> bool:
    return values.get("body_kind") in SHARED_KINDS


def _count(value: FieldValue) -> int:
    return value if isinstance(value, int) else 0


def _ids(values: Mapping[str, FieldValue], name: str) -> tuple[int, ...]:
    given = values.get(name)
    return given if isinstance(given, tuple) else ()


def _together(situation: Situation, values: Mapping[str, FieldValue]) -> int:
    # A fact speaks about its own subject only, so what the partners bring is the officer's count.
    return _count(situation.fact("members_to_join")) + _count(values.get("partners_full_members"))


@predicate("暂不具备组建条件", "conditions for forming are denied")
def formation_denied(situation: Situation) -> Verdict:
    """The duty is an own one, and the officer has recorded that conditions are missing (R24)."""
    recorded = situation.case.fields
    denied = recorded.get("duty_kind") == "own" and recorded.get("formation_conditions") is False
    return Verdict(denied, recorded.get("formation_conditions"), needed=False)


@predicate("联合单位已列明", "partners are named", "organization_id", supplied_by=FORM)
def partners_named(situation: Situation) -> Verdict:
    """A joint or building body names other organizations; every other kind names none."""
    partners = _ids(situation.fields, "partners")
    others = [one for one in partners if one != situation.fact("organization_id")]
    met = bool(others) if _is_shared(situation.fields) else not partners
    return Verdict(met and len(others) == len(set(partners)), len(partners), None)


@predicate("联合单位均同意", "all partners consent", supplied_by=FORM)
def partners_agree(situation: Situation) -> Verdict:
    """The partners of a joint or building body have consented (C.8)."""
    consent = situation.fields.get("partners_consent")
    return Verdict(not _is_shared(situation.fields) or consent is True, consent, needed=True)


@predicate(
    "联合各单位党员合计",
    "members of all partners together",
    "members_to_join",
    supplied_by=FORM,
)
def partners_together(situation: Situation) -> Verdict:
    """The partners together have P6 members, counted by P7."""
    together, needed = _together(situation, situation.fields), situation.parameters.integer("P6")
    return Verdict(not _is_shared(situation.fields) or together >= needed, together, needed)


@predicate("联合单位数", "number of units", supplied_by=FORM)
def partners_within_limit(situation: Situation) -> Verdict:
    """Lead and partners are at most P16 units."""
    units, limit = 1 + len(_ids(situation.fields, "partners")), situation.parameters.integer("P16")
    return Verdict(not _is_shared(situation.fields) or units <= limit, units, limit)


@predicate("联合单位未被覆盖", "no partner is served", "served_by_any", supplied_by=FORM)
def partners_free(situation: Situation) -> Verdict:
    """No partner is served by a body already."""
    taken = set(_ids(situation.fields, "partners")) & set(numbers(situation.fact("served_by_any")))
    return Verdict(not taken, len(taken), 0)


@predicate(
    "批复时人数仍够",
    "the count still suffices",
    "formal_full_members",
    "members_to_join",
)
def count_still_enough(situation: Situation) -> Verdict:
    """An own body has P6 full members here; a shared one has P6 together, by P7."""
    recorded, needed = situation.case.fields, situation.parameters.integer("P6")
    own = _count(situation.fact("formal_full_members"))
    seen = _together(situation, recorded) if _is_shared(recorded) else own
    return Verdict(seen >= needed, seen, needed)


@predicate(
    "该单位未被覆盖", "the organization is served by none", "served_by_any", supplied_by=FORM
)
def partner_free(situation: Situation) -> Verdict:
    """The organization that joins is served neither by this body nor by another."""
    organization = situation.fields.get("organization")
    return Verdict(organization not in numbers(situation.fact("served_by_any")), organization, None)


@predicate("加入后单位数", "number of units with it", "served_count", supplied_by=FORM)
def units_within_limit(situation: Situation) -> Verdict:
    """With the organization that joins the body serves at most P16 units."""
    units, limit = _count(situation.fact("served_count")) + 1, situation.parameters.integer("P16")
    return Verdict(units <= limit, units, limit)


@predicate(
    "该单位在服务名单内",
    "the organization is a partner",
    "served",
    "organization_id",
    supplied_by=FORM,
)
def partner_served(situation: Situation) -> Verdict:
    """The organization that leaves is served by the body and is not its lead."""
    organization = situation.fields.get("organization")
    partners = set(numbers(situation.fact("served"))) - {situation.fact("organization_id")}
    return Verdict(organization in partners, organization, None)


@predicate(
    "该单位组织关系已安置",
    "its relations are placed",
    "held_by_organization",
    supplied_by=("member_relation.arrived_elsewhere",),
)
def partner_relations_placed(situation: Situation) -> Verdict:
    """The body holds no relation of anybody engaged at the organization that leaves."""
    text = situation.fact("held_by_organization")
    pairs = text.split(",") if isinstance(text, str) else []
    left = [one for one in pairs if one.split("/")[0] == str(situation.fields.get("organization"))]
    return Verdict(not left, len(left), 0)


@predicate("联合后党员合计", "members after regrouping", "body_members", supplied_by=FORM)
def regroup_together(situation: Situation) -> Verdict:
    """With the members who move into it the body has P6 members again."""
    moving = len(_ids(situation.fields, "members_moving"))
    seen, needed = (
        _count(situation.fact("body_members")) + moving,
        situation.parameters.integer("P6"),
    )
    return Verdict(seen >= needed, seen, needed)


def _work_there(situation: Situation, organizations: Collection[FieldValue]) -> Verdict:
    """Whether all who are to move in are engaged at its own organization or at one of these."""
    moving = set(_ids(situation.fields, "members_moving"))
    text = situation.fact("engaged_to_move")
    pairs = [one.split("/") for one in text.split(",")] if isinstance(text, str) else []
    there = {situation.fact("organization_id"), *organizations}
    known = {int(person) for organization, person in pairs if int(organization) in there}
    return Verdict(moving <= known)


@predicate(
    "转入的党员均在联合各单位任职",
    "all who move in work at the partners",
    "engaged_to_move",
    "organization_id",
    "served",
    supplied_by=FORM,
)
def movers_of_partners(situation: Situation) -> Verdict:
    """All who move in are engaged at the lead, at a named partner or where the body serves."""
    named = _ids(situation.case.fields, "partners")
    return _work_there(situation, {*named, *numbers(situation.fact("served"))})


@predicate(
    "转入的党员均在该单位任职",
    "all who move in work there",
    "engaged_to_move",
    "organization_id",
    "served",
    supplied_by=FORM,
)
def movers_of_joining(situation: Situation) -> Verdict:
    """All who move in are engaged at the organization that joins or where the body serves."""
    joining = situation.fields.get("organization")
    return _work_there(situation, {joining, *numbers(situation.fact("served"))})
