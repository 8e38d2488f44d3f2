"""Facts about a person at an organization: employment, membership, who holds the relation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.facts import At, FactType, FactValue
from lifecycle.registry import SUBJECT_ENDED, UNIT_IN_CHARGE
from lifecycle.store.tables import case, case_state
from workflows.facts.declaring import About
from workflows.facts.shared import (
    HELD,
    IN_FORCE,
    day_text,
    exists,
    in_charge,
    last_profile,
    own_body,
    recipient,
    scalar,
    serving_body,
    state_of,
)
from workflows.register import (
    body_kind,
    engagement,
    formal_relation,
    organization_profile,
    party_body,
    party_status,
    person,
    person_at_organization,
    temporary_relation,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from lifecycle.policy import Parameters

SUBJECT = "person_at_organization"


_fact, _derived = About(SUBJECT).fact, About(SUBJECT).derived


def person_of(subject_id: ColumnElement[int]) -> ColumnElement[int]:
    """The person's number."""
    p = person_at_organization.alias()
    return scalar(sa.select(p.c.person_id).where(p.c.id == subject_id))


def organization_of(subject_id: ColumnElement[int]) -> ColumnElement[int]:
    """The organization's number."""
    p = person_at_organization.alias()
    return scalar(sa.select(p.c.organization_id).where(p.c.id == subject_id))


@_fact("employment", FactType.NAME, "用工性质", "employment", "record:employment")
def employment(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """full_time or part_time on the day; NULL when the person does not work there."""
    e = engagement.alias()
    return scalar(
        sa.select(e.c.employment).where(e.c.person_at_organization_id == subject_id, at.holds(e))
    )


@_fact("engaged", FactType.FLAG, "在岗", "works here", "record:employment")
def engaged(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the employment runs on the day; on the day of leaving it has ended."""
    e = engagement.alias()
    return exists(sa.select(e.c.id).where(e.c.person_at_organization_id == subject_id, at.holds(e)))


@_fact(
    "employment_ended",
    FactType.FLAG,
    "已离职",
    "employment has ended",
    "record:employment",
    excludes=("engaged",),
)
def employment_ended(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the person worked here and does no longer."""
    e = engagement.alias()
    ever = sa.select(e.c.id).where(
        e.c.person_at_organization_id == subject_id, at.known(e), e.c.from_on <= at.on
    )
    return sa.and_(exists(ever), sa.not_(engaged(subject_id, at)))


@_fact("engaged_on_the_day", FactType.FLAG, "当日在岗", "still here that day")
def engaged_on_the_day(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """As `engaged`, but the day of leaving counts: a minimum is reached at 00:00 (rulebook 0.1)."""
    e = engagement.alias()
    return exists(
        sa.select(e.c.id).where(
            e.c.person_at_organization_id == subject_id,
            at.known(e),
            e.c.from_on <= at.on,
            sa.or_(e.c.until_on.is_(None), e.c.until_on >= at.on),
        )
    )


@_fact("employment_ended_on", FactType.DAY, "离职日", "last day of employment")
def employment_ended_on(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The latest day on which an employment here ended."""
    e = engagement.alias()
    return scalar(
        sa.select(e.c.until_on)
        .where(e.c.person_at_organization_id == subject_id, at.known(e), e.c.until_on <= at.on)
        .order_by(e.c.until_on.desc())
    )


@_fact("full_time_since", FactType.DAY, "专职到岗日", "full-time since")
def full_time_since(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The first day of the full-time work that runs on the day."""
    e = engagement.alias()
    return scalar(
        sa.select(e.c.from_on).where(
            e.c.person_at_organization_id == subject_id,
            e.c.employment == "full_time",
            at.holds(e),
        )
    )


@_fact("part_time_stretches", FactType.NAME, "兼职起止", "stretches of part-time work")
def part_time_stretches(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Every stretch up to the day as `from/until`, separated by commas."""
    e = engagement.alias()
    stretch = day_text(e.c.from_on) + "/" + sa.func.coalesce(day_text(e.c.until_on), "")
    return (
        sa.select(sa.func.aggregate_strings(stretch, ","))
        .where(
            e.c.person_at_organization_id == subject_id,
            e.c.employment == "part_time",
            at.known(e),
            e.c.from_on <= at.on,
        )
        .scalar_subquery()
    )


@_derived(
    "service_since",
    FactType.DAY,
    "兼职到岗日",
    "part-time since",
    ("part_time_stretches",),
    ("P12",),
)
def service_since(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """The first day of part-time work, stretches at most P12 days apart joined."""
    text = values["part_time_stretches"]
    if not isinstance(text, str):
        return None
    tolerance = timedelta(days=policy.integer("P12"))
    stretches = sorted(one.split("/") for one in text.split(","))
    since: date | None = None
    last_until: date | None = None
    for start, until in stretches:
        began = date.fromisoformat(start)
        if since is None or last_until is None or began - last_until > tolerance:
            since = began
        last_until = date.fromisoformat(until) if until else None
    return since


@_fact("party_status", FactType.NAME, "党员类别", "Party status", "record:party_status")
def status(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Probationary or full."""
    s = party_status.alias()
    return scalar(sa.select(s.c.status).where(s.c.person_id == person_of(subject_id), at.holds(s)))


def _holder(subject_id: ColumnElement[int], at: At) -> sa.Select[Any]:
    f = formal_relation.alias()
    return sa.select(f.c.body_id).where(f.c.person_id == person_of(subject_id), at.holds(f))


@_fact(
    "home_body", FactType.ID, "组织关系所在党组织", "body that holds the relation", "record:home"
)
def home_body(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The body that holds the formal relation, where it is known by number."""
    return scalar(_holder(subject_id, at))


@_fact("formal_held_here", FactType.FLAG, "正式组织关系在此", "formal relation held here")
def formal_held_here(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the body in charge of the organization holds the formal relation."""
    f = formal_relation.alias()
    return exists(
        sa.select(f.c.id).where(
            f.c.person_id == person_of(subject_id),
            at.holds(f),
            in_charge(f.c.body_id, organization_of(subject_id), at),
        )
    )


@_fact(
    "other_formal_relation",
    FactType.FLAG,
    "另有未转出的正式组织关系",
    "another formal relation is open",
    "member_relation.arrived_elsewhere",
)
def other_formal_relation(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether another organization still holds a formal relation and has issued no letter."""
    own, other = person_at_organization.alias(), person_at_organization.alias()
    c, s = case.alias(), case_state.alias()
    staying = [state for state in HELD if state != "moving_out"]
    return exists(
        sa.select(s.c.id)
        .join(c, c.c.id == s.c.case_id)
        .join(other, other.c.id == c.c.subject_id)
        .join(own, own.c.person_id == other.c.person_id)
        .where(
            c.c.workflow == "member_relation",
            own.c.id == subject_id,
            other.c.id != subject_id,
            s.c.state.in_(staying),
            at.holds(s),
        )
    )


@_fact("temporary_held", FactType.FLAG, "临时组织关系在此", "takes part here as a guest")
def temporary_held(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether a temporary relation of the person runs here."""
    t = temporary_relation.alias()
    return exists(sa.select(t.c.id).where(t.c.person_at_organization_id == subject_id, at.holds(t)))


@_fact("relation_state", FactType.NAME, "组织关系状态", "state of the relation")
def relation_state(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The state of the latest relation case."""
    return state_of("member_relation", SUBJECT, subject_id, at)


@_fact("body_in_charge", FactType.ID, "接收党组织", "receiving Party body")
def body_in_charge(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Own, joint or provisional body; else the supervisory unit's; else the territory's."""
    organization_id = organization_of(subject_id)
    b, p = party_body.alias(), organization_profile.alias()

    def of_unit(column: Any) -> ColumnElement[Any]:  # noqa: ANN401 - a column of the profile
        return scalar(
            sa.select(b.c.id)
            .join(p, b.c.unit_id == column)
            .where(p.c.organization_id == organization_id, at.holds(p))
        )

    return sa.func.coalesce(
        scalar(serving_body(organization_id, at)),
        scalar(own_body(organization_id, at, IN_FORCE)),
        of_unit(p.c.supervisor_id),
        of_unit(sa.func.coalesce(p.c.township_id, p.c.county_id)),
    )


@_fact(SUBJECT_ENDED, FactType.FLAG, "单位已注销", "the organization has ended")
def subject_ended(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the organization's profile has ended."""
    p = organization_profile.alias()
    organization_id = organization_of(subject_id)
    known = sa.select(p.c.id).where(p.c.organization_id == organization_id, at.known(p))
    holds = sa.select(p.c.id).where(p.c.organization_id == organization_id, at.holds(p))
    past = known.where(p.c.until_on <= at.on)
    return sa.and_(exists(past), sa.not_(exists(holds)))


@_fact(UNIT_IN_CHARGE, FactType.ID, "责任单位", "unit in charge")
def unit_in_charge(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The supervisory unit of the organization, else its township, else its county."""
    organization_id = organization_of(subject_id)
    return sa.func.coalesce(
        last_profile(organization_id, at, "supervisor_id"),
        last_profile(organization_id, at, "township_id"),
        last_profile(organization_id, at, "county_id"),
    )


@_fact("supervisory_unit", FactType.RECIPIENT, "责任单位", "unit in charge")
def supervisory_unit(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The unit in charge of the organization, as a recipient."""
    return recipient("unit", unit_in_charge(subject_id, at))


@_fact("organization_contact", FactType.RECIPIENT, "社会组织", "the organization")
def organization_contact(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The organization as a recipient."""
    del at
    return recipient("organization", organization_of(subject_id))


@_fact("home_branch", FactType.RECIPIENT, "原党组织", "home branch")
def home_branch(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The unit or organization of the body that holds the formal relation."""
    f, b, k = formal_relation.alias(), party_body.alias(), body_kind.alias()
    whom = sa.case(
        (b.c.unit_id.is_not(None), recipient("unit", b.c.unit_id)),
        else_=recipient("organization", b.c.organization_id),
    )
    del k
    return scalar(
        sa.select(whom)
        .join(f, f.c.body_id == b.c.id)
        .where(f.c.person_id == person_of(subject_id), at.holds(f))
    )


@_fact("person_id", FactType.ID, "人员", "person")
def person_id(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The person's number on the register."""
    del at
    return person_of(subject_id)


@_fact(
    "admitted_without_case",
    FactType.FLAG,
    "在此入党而未立案",
    "admitted here, no relation case yet",
    "member_development.approved_probationary",
)
def admitted_without_case(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether a development case admitted the person here and no relation case runs."""
    c = case.alias()
    relation = sa.select(c.c.id).where(
        c.c.workflow == "member_relation",
        c.c.subject_type == SUBJECT,
        c.c.subject_id == subject_id,
        c.c.closed_on.is_(None),
    )
    state = state_of("member_development", SUBJECT, subject_id, at)
    return sa.and_(
        sa.func.coalesce(state, "").in_(("probationary", "probation_extended")),
        formal_held_here(subject_id, at),
        sa.not_(exists(relation)),
    )


@_fact("surname", FactType.NAME, "姓", "surname")
def surname(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The surname: all of a name that a notice or list shows (rulebook F8)."""
    del at
    p = person.alias()
    return scalar(sa.select(p.c.surname).where(p.c.id == person_of(subject_id)))


@_fact("organization_name", FactType.NAME, "单位", "organization")
def organization_name(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The organization's name on the day, or its last one."""
    return last_profile(organization_of(subject_id), at, "name")
