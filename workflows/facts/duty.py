"""The duty table of the branch, and the counts and names it rests on, for both kinds of subject.

An organization and its Party body look at the same register: each expression here is written
once over the organization's number and declared for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.conditions import Label
from lifecycle.facts import At, DerivedFunction, FactType, FactValue, ReadFunction, derived, fact
from lifecycle.registry import UNIT_IN_CHARGE
from workflows.facts import FACTS
from workflows.facts.shared import (
    engaged_members,
    exists,
    has_body,
    last_profile,
    own_body,
    recipient,
    scalar,
    serving_body,
    state_of,
)
from workflows.register import organization_profile, party_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement

    from lifecycle.policy import Parameters

ORGANIZATION = "organization"
BODY = "party_body"

OWN, PROVISIONAL, OPTION, NONE = "own", "provisional", "option", "none"

_RECEIVED = ("member_relation.received_formal", "member_relation.arrived_elsewhere")


@dataclass(frozen=True, slots=True)
class Counts:
    """What the duty table asks: F, T, E, and whether a joint or provisional body serves."""

    full_here: int
    counted: int
    elsewhere: int
    served: bool


def duty_of(counts: Counts, minimum: int) -> str:
    """The first line of the duty table that matches (rulebook C.2)."""
    if counts.full_here >= minimum:
        return OWN
    if counts.served:
        return NONE
    if counts.counted >= minimum and counts.elsewhere >= 1:
        return PROVISIONAL
    if counts.counted >= 1 and counts.elsewhere >= 1:
        return OPTION
    return NONE


def organization_of_body(body_id: ColumnElement[int]) -> ColumnElement[int]:
    """The organization whose own (or prospective) body it is; NULL for a unit's."""
    b = party_body.alias()
    return scalar(sa.select(b.c.organization_id).where(b.c.id == body_id))


def _of_body(function: ReadFunction) -> ReadFunction:
    def read(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
        return function(organization_of_body(subject_id), at)

    return read


def _fact(
    name: str, type_: FactType, zh: str, en: str, *supplied_by: str
) -> Callable[[ReadFunction], ReadFunction]:
    label = Label(zh=zh, en=en)

    def declare(function: ReadFunction) -> ReadFunction:
        fact(FACTS, name, ORGANIZATION, type_, label, supplied_by)(function)
        fact(FACTS, name, BODY, type_, label, supplied_by)(_of_body(function))
        return function

    return declare


def _derived(
    name: str,
    type_: FactType,
    zh: str,
    en: str,
    needs: tuple[str, ...],
    parameters: tuple[str, ...] = (),
    excludes: tuple[str, ...] = (),
    choices: tuple[str, ...] = (),
) -> Callable[[DerivedFunction], DerivedFunction]:
    label = Label(zh=zh, en=en)

    def declare(function: DerivedFunction) -> DerivedFunction:
        for subject in (ORGANIZATION, BODY):
            derived(
                FACTS,
                name,
                subject,
                type_,
                label,
                needs=needs,
                parameters=parameters,
                excludes=excludes,
                choices=choices,
            )(function)
        return function

    return declare


def number(values: Mapping[str, FactValue], name: str) -> int:
    """A count among the values; one that is not known counts as none."""
    value = values.get(name)
    return value if isinstance(value, int) else 0


@_fact("formal_full_members", FactType.COUNT, "本单位正式党员数", "full members here", *_RECEIVED)
def formal_full_members(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """F: full members engaged here whose formal relation is held here."""
    return engaged_members(organization_id, at, full_only=True, here_only=True)


@_fact("members_held_here", FactType.COUNT, "关系在此党员数", "members held here", *_RECEIVED)
def members_held_here(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Members engaged here, full or probationary, whose formal relation is held here."""
    return engaged_members(organization_id, at, here_only=True)


@_fact(
    "members_engaged",
    FactType.COUNT,
    "在岗党员数",
    "members who work here",
    "member_relation.member_reported",
)
def members_engaged(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """All members engaged here, wherever their relation is."""
    return engaged_members(organization_id, at)


@_fact(
    "full_members_engaged",
    FactType.COUNT,
    "在岗正式党员数",
    "full members who work here",
    "record:party_status",
)
def full_members_engaged(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Full members engaged here, wherever their relation is."""
    return engaged_members(organization_id, at, full_only=True)


@_derived(
    "members_counted",
    FactType.COUNT,
    "参加活动党员数",
    "members who count",
    ("members_engaged", "full_members_engaged"),
    ("P8",),
)
def members_counted(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """T: members engaged here, by the basis P8."""
    return values["full_members_engaged" if policy["P8"] == "full" else "members_engaged"]


@_derived(
    "members_elsewhere",
    FactType.COUNT,
    "关系在外党员数",
    "members held elsewhere",
    ("members_counted", "members_held_here", "formal_full_members"),
    ("P8",),
)
def members_elsewhere(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """E: T minus those of them whose formal relation is held here."""
    held = "formal_full_members" if policy["P8"] == "full" else "members_held_here"
    return number(values, "members_counted") - number(values, held)


@_fact("body_serves", FactType.FLAG, "有党组织服务", "an elected body serves it", "branch.elected")
def body_serves(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether an elected own, joint or building body serves the organization."""
    return exists(serving_body(organization_id, at))


@_fact(
    "provisional_body_in_force",
    FactType.FLAG,
    "有临时党组织",
    "provisional body in force",
    "branch.provisional_approved",
)
def provisional_body_in_force(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether its provisional body is in force: from its approval to its end or an election."""
    return exists(own_body(organization_id, at, (PROVISIONAL,)))


@_fact("any_body_serves", FactType.FLAG, "有党组织覆盖", "some body serves it", "branch.elected")
def any_body_serves(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether an elected or a provisional body is responsible for the organization."""
    return has_body(organization_id, at)


@_derived(
    "duty_kind",
    FactType.NAME,
    "组建义务",
    "kind of duty",
    ("formal_full_members", "members_counted", "members_elsewhere", "any_body_serves"),
    ("P6", "P8"),
    choices=(OWN, PROVISIONAL, OPTION, NONE),
)
def duty_kind(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """own, provisional, option or none: what the counts make of the organization."""
    counts = Counts(
        number(values, "formal_full_members"),
        number(values, "members_counted"),
        number(values, "members_elsewhere"),
        served=bool(values["any_body_serves"]),
    )
    return duty_of(counts, policy.integer("P6"))


@_derived(
    "attached_fully",
    FactType.FLAG,
    "已挂靠",
    "attached in full",
    (
        "body_serves",
        "provisional_body_in_force",
        "formal_full_members",
        "members_counted",
        "members_elsewhere",
    ),
    ("P6", "P8"),
    excludes=("body_serves", "provisional_body_in_force", "uncovered"),
)
def attached_fully(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Whether every member's relation sits with the supervisory unit or territory, below P6."""
    if values["body_serves"] or values["provisional_body_in_force"]:
        return False
    return (
        number(values, "formal_full_members") < policy.integer("P6")
        and number(values, "members_counted") >= 1
        and number(values, "members_elsewhere") == 0
    )


@_derived(
    "uncovered",
    FactType.FLAG,
    "无党组织且未挂靠",
    "neither served nor attached",
    ("body_serves", "provisional_body_in_force", "attached_fully"),
    excludes=("body_serves", "provisional_body_in_force", "attached_fully"),
)
def uncovered(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Whether no elected or provisional body serves it and it is not attached."""
    del policy
    return not (
        values["body_serves"] or values["provisional_body_in_force"] or values["attached_fully"]
    )


@_fact(
    "registration_deregistering",
    FactType.FLAG,
    "正在注销",
    "being deregistered",
    "organization_registration.deregistration_notified",
)
def registration_deregistering(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the registration case of the organization is on its way to its end."""
    state = state_of("organization_registration", ORGANIZATION, organization_id, at)
    return sa.func.coalesce(state, "") == "deregistering"


@_fact("organization_name", FactType.NAME, "单位名称", "name", "record:name")
def organization_name(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The organization's name on the day, or its last one."""
    return last_profile(organization_id, at, "name")


@_fact("organization_contact", FactType.RECIPIENT, "社会组织", "the organization")
def organization_contact(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The organization as a recipient."""
    del at
    return recipient("organization", organization_id)


@_fact(UNIT_IN_CHARGE, FactType.ID, "责任单位", "unit in charge")
def unit_in_charge(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The supervisory unit of the organization, else its township, else its county."""
    return sa.func.coalesce(
        last_profile(organization_id, at, "supervisor_id"),
        last_profile(organization_id, at, "township_id"),
        last_profile(organization_id, at, "county_id"),
    )


@_fact("supervisory_unit", FactType.RECIPIENT, "业务主管单位", "supervisory unit")
def supervisory_unit(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The unit in charge as a recipient."""
    return recipient("unit", unit_in_charge(organization_id, at))


def organization_ended(organization_id: ColumnElement[int], at: At) -> ColumnElement[bool]:
    """Whether the organization was on the register and no longer is."""
    p = organization_profile.alias()
    about = sa.select(p.c.id).where(p.c.organization_id == organization_id)
    past = about.where(at.known(p), p.c.until_on <= at.on)
    return sa.and_(exists(past), sa.not_(exists(about.where(at.holds(p)))))
