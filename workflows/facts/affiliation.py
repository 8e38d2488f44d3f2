"""Facts about affiliation: which Party body answers for an organization, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.conditions import Label
from lifecycle.facts import At, FactType, ReadFunction, fact
from lifecycle.store.tables import case, case_state
from workflows.facts import FACTS
from workflows.facts.declaring import About
from workflows.facts.duty import BODY, ORGANIZATION, organization_of_body
from workflows.facts.shared import exists, last_profile, recipient, scalar, state_of
from workflows.register import affiliation, organization_profile, party_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

_fact = About(ORGANIZATION).fact
_DECIDED = ("affiliation.decided", "affiliation.interim_set")


def _for_both(
    name: str, type_: FactType, zh: str, en: str, *supplied_by: str
) -> Callable[[ReadFunction], ReadFunction]:
    """Declares the fact about an organization and about its Party body alike."""
    label = Label(zh=zh, en=en)

    def declare(function: ReadFunction) -> ReadFunction:
        def of_body(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
            return function(organization_of_body(subject_id), at)

        fact(FACTS, name, ORGANIZATION, type_, label, supplied_by)(function)
        fact(FACTS, name, BODY, type_, label, supplied_by)(of_body)
        return function

    return declare


def _of(organization_id: ColumnElement[int], at: At, column: str) -> ColumnElement[Any]:
    a = affiliation.alias()
    return scalar(sa.select(a.c[column]).where(a.c.organization_id == organization_id, at.holds(a)))


def _unit_body(
    organization_id: ColumnElement[int], at: At, unit_id: Callable[[Any], ColumnElement[Any]]
) -> ColumnElement[Any]:
    """The Party body of the unit that `unit_id` picks out of the profile's columns."""
    b, p = party_body.alias(), organization_profile.alias()
    return scalar(
        sa.select(b.c.id)
        .join(p, b.c.unit_id == unit_id(p.c))
        .where(p.c.organization_id == organization_id, at.holds(p))
        .order_by(b.c.id)
    )


@_for_both("affiliated_body", FactType.ID, "隶属党组织", "Party body in charge", *_DECIDED)
def affiliated_body(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The Party body that the organization is affiliated to."""
    return _of(organization_id, at, "body_id")


@_fact("affiliated_body_name", FactType.NAME, "隶属党组织", "Party body in charge", *_DECIDED)
def affiliated_body_name(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """What the Party body in charge is called, where it is a unit's."""
    b = party_body.alias()
    return scalar(sa.select(b.c.name).where(b.c.id == _of(subject_id, at, "body_id")))


@_for_both("affiliated_since", FactType.DAY, "隶属关系明确日", "affiliated since", *_DECIDED)
def affiliated_since(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The day of the decision that holds."""
    return _of(organization_id, at, "from_on")


@_for_both("affiliation_state", FactType.NAME, "隶属状态", "state of the affiliation", *_DECIDED)
def affiliation_state(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The state of the organization's affiliation case."""
    return state_of("affiliation", ORGANIZATION, organization_id, at)


@fact(
    FACTS,
    "registration_event",
    BODY,
    FactType.FLAG,
    Label(zh="登记或隶属有变动", en="a registration event or an open affiliation"),
    ("organization_registration.kind_or_supervisor_changed", "affiliation.basis_gone"),
)
def registration_event(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether there is something to adjust the body to (R22).

    The registration is being changed or ended, no body in charge is decided, or the register was
    changed since the body's case came to its present state.
    """
    organization_id = organization_of_body(subject_id)
    p, c, s = organization_profile.alias(), case.alias(), case_state.alias()
    since = scalar(
        sa.select(s.c.from_on)
        .join(c, c.c.id == s.c.case_id)
        .where(
            c.c.workflow == "branch",
            c.c.subject_type == BODY,
            c.c.subject_id == subject_id,
            at.holds(s),
        )
    )
    registration = state_of("organization_registration", ORGANIZATION, organization_id, at)
    in_charge = state_of("affiliation", ORGANIZATION, organization_id, at)
    changed = sa.select(p.c.id).where(
        p.c.organization_id == organization_id,
        at.known(p),
        p.c.from_on > since,
        p.c.from_on <= at.on,
    )
    return sa.or_(
        sa.func.coalesce(registration, "").in_(("changing", "deregistering")),
        sa.func.coalesce(in_charge, "") != "decided",
        exists(changed),
    )


@_for_both("affiliation_holder", FactType.RECIPIENT, "隶属党组织", "Party body in charge")
def affiliation_holder(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The Party body in charge, as a recipient."""
    return recipient("party_body", _of(organization_id, at, "body_id"))


@_for_both("territory", FactType.RECIPIENT, "属地", "the territory")
def territory(organization_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Township or county, which gets copies of what concerns it (R60)."""
    return recipient(
        "unit",
        sa.func.coalesce(
            last_profile(organization_id, at, "township_id"),
            last_profile(organization_id, at, "county_id"),
        ),
    )


@_fact("has_supervisor", FactType.FLAG, "有业务主管单位", "has a supervisory unit")
def has_supervisor(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the register names a supervisory or host unit."""
    p = organization_profile.alias()
    return exists(
        sa.select(p.c.id).where(
            p.c.organization_id == subject_id, p.c.supervisor_id.is_not(None), at.holds(p)
        )
    )


@_fact("supervisor_body", FactType.ID, "业务主管单位党组织", "Party body of the supervisory unit")
def supervisor_body(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The Party body of the supervisory or host unit."""
    return _unit_body(subject_id, at, lambda row: row.supervisor_id)


@_fact("township_body", FactType.ID, "属地党（工）委", "Party body of the territory")
def township_body(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The Party (work) committee of the township or subdistrict, else of the county."""
    return _unit_body(subject_id, at, lambda row: sa.func.coalesce(row.township_id, row.county_id))
