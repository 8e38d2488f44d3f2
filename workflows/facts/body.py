"""Facts about a Party body: its kind, whom it serves, the members and relations that it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.facts import At, FactType, FactValue, ReadFunction
from lifecycle.registry import SUBJECT_ENDED
from workflows.facts.declaring import About
from workflows.facts.duty import (
    BODY,
    organization_ended,
    organization_of_body,
    unit_in_charge,
)
from workflows.facts.shared import (
    exists,
    held_here,
    recipient,
    scalar,
    state_of,
)
from workflows.register import body_kind as kinds
from workflows.register import (
    body_serves,
    certificate,
    engagement,
    formal_relation,
    party_body,
    party_status,
    person_at_organization,
    temporary_relation,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from lifecycle.policy import Parameters

SHARED_KINDS = ("joint", "building")
"""Kinds of body that several organizations found together."""


_fact, _derived = About(BODY).fact, About(BODY).derived


def _joined(statement: sa.Select[Any]) -> ColumnElement[Any]:
    """The texts of a one-column statement as one text; their order is the reader's to settle."""
    texts = statement.subquery()
    column = next(iter(texts.c))
    return sa.select(sa.func.aggregate_strings(column, ",")).scalar_subquery()


@_fact(SUBJECT_ENDED, FactType.FLAG, "党组织已终止", "the body has ended", "branch.dissolved")
def subject_ended(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the body's kind has ended, or the organization that it is the body of."""
    k = kinds.alias()
    about = sa.select(k.c.id).where(k.c.body_id == subject_id)
    past = about.where(at.known(k), k.c.until_on <= at.on)
    gone = sa.and_(exists(past), sa.not_(exists(about.where(at.holds(k)))))
    return sa.or_(gone, organization_ended(organization_of_body(subject_id), at))


@_fact("organization_id", FactType.ID, "社会组织编号", "number of the organization")
def organization_id(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The organization whose body it is."""
    del at
    return organization_of_body(subject_id)


@_fact("branch", FactType.RECIPIENT, "党组织", "the branch")
def branch(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The branch is written to at its organization, or at its unit."""
    del at
    b = party_body.alias()
    whom = sa.case(
        (b.c.unit_id.is_not(None), recipient("unit", b.c.unit_id)),
        else_=recipient("organization", b.c.organization_id),
    )
    return scalar(sa.select(whom).where(b.c.id == subject_id))


@_fact("superior", FactType.RECIPIENT, "上级党组织", "superior Party organization")
def superior(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The unit in charge of the organization, whose Party organization is the superior."""
    return recipient("unit", unit_in_charge(organization_of_body(subject_id), at))


@_fact("body_kind", FactType.NAME, "党组织类型", "kind of body", "branch.elected")
def body_kind(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """prospective, own, joint, building, provisional or unit."""
    k = kinds.alias()
    return scalar(sa.select(k.c.kind).where(k.c.body_id == subject_id, at.holds(k)))


@_fact("body_name", FactType.NAME, "党组织名称", "name of the body")
def body_name(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Its name on the day, where a list gave one."""
    k = kinds.alias()
    return scalar(sa.select(k.c.name).where(k.c.body_id == subject_id, at.holds(k)))


@_fact("body_state", FactType.NAME, "党组织状态", "state of the body", "branch.elected")
def body_state(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The state of the body's case on the day."""
    return state_of("branch", BODY, subject_id, at)


@_fact("body_active", FactType.FLAG, "党组织运行中", "the body is active", "branch.elected")
def body_active(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether its elected leadership is in place and its members suffice."""
    return sa.func.coalesce(state_of("branch", BODY, subject_id, at), "") == "active"


@_fact(
    "certificate_valid",
    FactType.FLAG,
    "五好证书有效",
    "certificate valid",
    "five_good_evaluation.certified",
)
def certificate_valid(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether a certificate of the body covers the day."""
    c = certificate.alias()
    return exists(sa.select(c.c.id).where(c.c.body_id == subject_id, at.holds(c)))


def _held(subject_id: ColumnElement[int], at: At, *, full_only: bool) -> ColumnElement[Any]:
    f, s = formal_relation.alias(), party_status.alias()
    statement = (
        sa.select(sa.func.count(sa.distinct(f.c.person_id)))
        .join(s, s.c.person_id == f.c.person_id)
        .where(f.c.body_id == subject_id, at.holds(f), at.holds(s))
    )
    if full_only:
        statement = statement.where(s.c.status == "full")
    return statement.scalar_subquery()


_MOVES = ("member_relation.received_formal", "member_relation.arrived_elsewhere")


@_fact("full_members_held", FactType.COUNT, "本组织正式党员数", "full members it holds", *_MOVES)
def full_members_held(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Full members whose formal relation the body holds, engaged or not."""
    return _held(subject_id, at, full_only=True)


@_fact("all_members_held", FactType.COUNT, "本组织党员数", "members it holds", *_MOVES)
def all_members_held(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """All members whose formal relation the body holds."""
    return _held(subject_id, at, full_only=False)


@_derived(
    "body_members",
    FactType.COUNT,
    "党组织计入党员数",
    "members that count for the body",
    ("body_kind", "full_members_held", "all_members_held"),
    ("P7",),
)
def body_members(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Full members that the body holds; for a shared body by the basis P7."""
    everyone = values["body_kind"] in SHARED_KINDS and policy["P7"] == "all"
    return values["all_members_held" if everyone else "full_members_held"]


@_derived(
    "members_to_join",
    FactType.COUNT,
    "计入联合的党员数",
    "members that count toward a joint body",
    ("formal_full_members", "members_held_here"),
    ("P7",),
)
def members_to_join(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """What the organization itself brings into a joint body, by the basis P7."""
    return values["members_held_here" if policy["P7"] == "all" else "formal_full_members"]


def _relations(table: Any) -> ReadFunction:  # noqa: ANN401 - one of two register tables
    def read(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
        t = table.alias()
        return (
            sa.select(sa.func.count(t.c.id))
            .where(t.c.body_id == subject_id, at.holds(t))
            .scalar_subquery()
        )

    return read


_fact("relations_held", FactType.COUNT, "在此组织关系数", "formal relations it holds", *_MOVES)(
    _relations(formal_relation)
)
_fact(
    "temporary_relations_held",
    FactType.COUNT,
    "在此临时组织关系数",
    "temporary relations it holds",
    "member_relation.temporary_ends",
)(_relations(temporary_relation))


@_fact(
    "other_body_serving",
    FactType.ID,
    "联合党组织",
    "another body that serves it",
    "branch.partner_left",
)
def other_body_serving(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The body of another lead organization that serves this body's organization."""
    s = body_serves.alias()
    return scalar(
        sa.select(s.c.body_id)
        .where(
            s.c.organization_id == organization_of_body(subject_id),
            s.c.body_id != subject_id,
            at.holds(s),
        )
        .order_by(s.c.body_id)
    )


@_fact("served", FactType.NAME, "所服务单位", "organizations it serves", "branch.partner_joined")
def served(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The numbers of the organizations that the body serves, separated by commas."""
    s = body_serves.alias()
    return _joined(
        sa.select(sa.cast(s.c.organization_id, sa.Text).label("text")).where(
            s.c.body_id == subject_id, at.holds(s)
        )
    )


@_fact("served_by_any", FactType.NAME, "已有党组织的单位", "organizations that a body serves")
def served_by_any(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The numbers of all organizations that some elected body serves: partners must be free."""
    del subject_id
    s = body_serves.alias()
    return _joined(
        sa.select(sa.cast(s.c.organization_id, sa.Text).label("text")).where(at.holds(s))
    )


@_fact("held_by_organization", FactType.NAME, "各单位组织关系", "relations by organization")
def held_by_organization(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """`organization/person` for every relation that the body holds of somebody engaged there."""
    p, e = person_at_organization.alias(), engagement.alias()
    f = formal_relation.alias()
    text = sa.cast(p.c.organization_id, sa.Text) + "/" + sa.cast(p.c.person_id, sa.Text)
    return _joined(
        sa.select(text.label("text"))
        .join(e, e.c.person_at_organization_id == p.c.id)
        .join(f, f.c.person_id == p.c.person_id)
        .where(f.c.body_id == subject_id, at.holds(e), at.holds(f))
    )


@_fact("engaged_to_move", FactType.NAME, "可随之转入者", "who may move in with a partner")
def engaged_to_move(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """`organization/person` for everybody engaged at an organization that the body serves.

    Of the persons whom a form names it is said too where else they work
    (`workflows.domain.PartyBuilding.facts_of_named`).
    """
    p, e, s = person_at_organization.alias(), engagement.alias(), body_serves.alias()
    text = sa.cast(p.c.organization_id, sa.Text) + "/" + sa.cast(p.c.person_id, sa.Text)
    served = sa.select(s.c.organization_id).where(s.c.body_id == subject_id, at.holds(s))
    return _joined(
        sa.select(text.label("text"))
        .join(e, e.c.person_at_organization_id == p.c.id)
        .where(at.holds(e), p.c.organization_id.in_(served))
    )


@_fact("persons_to_take_over", FactType.NAME, "由本组织接收的党员", "members it takes over")
def persons_to_take_over(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Persons engaged here whose relation another body holds for the organization.

    Such a body is the supervisory unit's or territory's (attached), or a joint one that is left.
    """
    p, e = person_at_organization.alias(), engagement.alias()
    f = formal_relation.alias()
    organization = organization_of_body(subject_id)
    return _joined(
        sa.select(sa.cast(p.c.person_id, sa.Text).label("text"))
        .join(e, e.c.person_at_organization_id == p.c.id)
        .join(f, f.c.person_id == p.c.person_id)
        .where(
            p.c.organization_id == organization,
            at.holds(e),
            at.holds(f),
            f.c.body_id != subject_id,
            held_here(f.c.body_id, organization, at),
        )
    )


@_fact("guests_to_take_over", FactType.NAME, "由本组织接收的临时党员", "guests it takes over")
def guests_to_take_over(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Places at the organization whose temporary relation another body holds."""
    p, t = person_at_organization.alias(), temporary_relation.alias()
    return _joined(
        sa.select(sa.cast(p.c.id, sa.Text).label("text"))
        .join(t, t.c.person_at_organization_id == p.c.id)
        .where(
            p.c.organization_id == organization_of_body(subject_id),
            at.holds(t),
            sa.or_(t.c.body_id.is_(None), t.c.body_id != subject_id),
        )
    )


@_fact("home_branch_list", FactType.NAME, "原党组织名单", "home bodies of its members")
def home_branch_list(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whose bodies hold the relations of members engaged here that are not held here."""
    p, e = person_at_organization.alias(), engagement.alias()
    f, b = formal_relation.alias(), party_body.alias()
    organization = organization_of_body(subject_id)
    whom = sa.case(
        (b.c.unit_id.is_not(None), recipient("unit", b.c.unit_id)),
        else_=recipient("organization", b.c.organization_id),
    )
    return _joined(
        sa.select(whom.label("text"))
        .select_from(p)
        .join(e, e.c.person_at_organization_id == p.c.id)
        .join(f, f.c.person_id == p.c.person_id)
        .join(b, b.c.id == f.c.body_id)
        .where(
            p.c.organization_id == organization,
            at.holds(e),
            at.holds(f),
            sa.not_(held_here(f.c.body_id, organization, at)),
        )
    )


@_derived(
    "home_branches",
    FactType.RECIPIENT,
    "原党组织",
    "home branches",
    ("home_branch_list", "organization_contact"),
)
def home_branches(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Every home branch once; the organization itself where none is known by number (I.3)."""
    del policy
    text = values["home_branch_list"]
    if not isinstance(text, str):
        return values["organization_contact"]
    return ",".join(sorted(set(text.split(","))))


@_derived(
    "units_concerned",
    FactType.RECIPIENT,
    "有关单位",
    "units concerned",
    ("served", "organization_contact"),
)
def units_concerned(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """The organizations that the body serves; before it does, its own."""
    del policy
    text = values["served"]
    if not isinstance(text, str):
        return values["organization_contact"]
    return ",".join(f"organization:{one}" for one in sorted(set(text.split(",")), key=int))


@_derived("joint_basis", FactType.NAME, "联合计数口径", "basis of a joint body", (), ("P7",))
def joint_basis(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Which members count toward a joint body: full or all."""
    del values
    return str(policy["P7"])


@_derived("joint_limit", FactType.COUNT, "联合单位上限", "most units of a joint body", (), ("P16",))
def joint_limit(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """How many units a joint body normally covers at most."""
    del values
    return policy.integer("P16")


@_derived("served_count", FactType.COUNT, "所服务单位数", "units it serves", ("served",))
def served_count(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """How many organizations the body serves."""
    del policy
    return len(numbers(values["served"]))


def numbers(text: FactValue) -> tuple[int, ...]:
    """The numbers in a text of numbers separated by commas, ascending, each once."""
    return tuple(sorted({int(one) for one in text.split(",")})) if isinstance(text, str) else ()
