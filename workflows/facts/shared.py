"""Expressions that several facts share: who is engaged where, and which body is in charge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.store.tables import case, case_state
from workflows.register import (
    body_kind,
    body_serves,
    engagement,
    formal_relation,
    organization_profile,
    party_body,
    party_status,
    person_at_organization,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from lifecycle.facts import At

ELECTED = ("own", "joint", "building")
"""Kinds of body with an elected leadership (and bodies below the threshold that keep it)."""

IN_FORCE = (*ELECTED, "provisional")
"""Kinds of body that exist; a prospective one does not yet."""

HELD = ("formal_in", "move_out_due", "moving_out", "out_of_touch")
"""States of a relation case in which the formal relation is held here (rulebook C.2)."""


def scalar(statement: sa.Select[Any]) -> ColumnElement[Any]:
    """A correlated scalar: what a fact gives."""
    return statement.limit(1).scalar_subquery()


def state_of(
    workflow: str, subject_type: str, subject_id: ColumnElement[int], at: At
) -> ColumnElement[Any]:
    """The state, on the day, of the latest case of that workflow about the subject."""
    c, s = case.alias(), case_state.alias()
    return scalar(
        sa.select(s.c.state)
        .join(c, c.c.id == s.c.case_id)
        .where(
            c.c.workflow == workflow,
            c.c.subject_type == subject_type,
            c.c.subject_id == subject_id,
            at.holds(s),
        )
        .order_by(c.c.id.desc())
    )


def own_body(organization_id: ColumnElement[int], at: At, kinds: Sequence[str]) -> sa.Select[Any]:
    """The organization's own body of one of the kinds, on the day."""
    b, k = party_body.alias(), body_kind.alias()
    return (
        sa.select(b.c.id)
        .join(k, k.c.body_id == b.c.id)
        .where(b.c.organization_id == organization_id, k.c.kind.in_(kinds), at.holds(k))
    )


def serving_body(organization_id: ColumnElement[int], at: At) -> sa.Select[Any]:
    """The elected bodies that serve the organization on the day."""
    s = body_serves.alias()
    return sa.select(s.c.body_id).where(s.c.organization_id == organization_id, at.holds(s))


def has_body(organization_id: ColumnElement[int], at: At) -> ColumnElement[bool]:
    """Whether an own, joint or provisional body is responsible for the organization."""
    return sa.or_(
        sa.exists(own_body(organization_id, at, IN_FORCE)),
        sa.exists(serving_body(organization_id, at)),
    )


def unit_body(organization_id: ColumnElement[int], at: At) -> sa.Select[Any]:
    """The Party bodies of the organization's supervisory unit and territory."""
    b, p = party_body.alias(), organization_profile.alias()
    return (
        sa.select(b.c.id)
        .join(
            p,
            sa.or_(
                b.c.unit_id == p.c.supervisor_id,
                b.c.unit_id == sa.func.coalesce(p.c.township_id, p.c.county_id),
            ),
        )
        .where(p.c.organization_id == organization_id, at.holds(p))
    )


def held_here(
    body_id: ColumnElement[Any], organization_id: ColumnElement[int], at: At
) -> ColumnElement[bool]:
    """Whether the body is the one responsible for the organization ("here", rulebook C.2)."""
    return sa.or_(
        body_id.in_(own_body(organization_id, at, IN_FORCE)),
        body_id.in_(serving_body(organization_id, at)),
        sa.and_(
            sa.not_(has_body(organization_id, at)), body_id.in_(unit_body(organization_id, at))
        ),
    )


def in_charge(
    body_id: ColumnElement[Any], organization_id: ColumnElement[int], at: At
) -> ColumnElement[bool]:
    """As `held_here`, and the supervisory unit's body beside an own one (rulebook I.1)."""
    return sa.or_(
        body_id.in_(own_body(organization_id, at, IN_FORCE)),
        body_id.in_(serving_body(organization_id, at)),
        body_id.in_(unit_body(organization_id, at)),
    )


def engaged_members(
    organization_id: ColumnElement[int],
    at: At,
    *,
    full_only: bool = False,
    here_only: bool = False,
) -> ColumnElement[int]:
    """How many Party members work at the organization on the day."""
    p, e = person_at_organization.alias(), engagement.alias()
    s, f = party_status.alias(), formal_relation.alias()
    statement = (
        sa.select(sa.func.count(sa.distinct(p.c.person_id)))
        .join(e, e.c.person_at_organization_id == p.c.id)
        .join(s, s.c.person_id == p.c.person_id)
        .where(p.c.organization_id == organization_id, at.holds(e), at.holds(s))
    )
    if full_only:
        statement = statement.where(s.c.status == "full")
    if here_only:
        statement = statement.join(f, f.c.person_id == p.c.person_id).where(
            at.holds(f), held_here(f.c.body_id, organization_id, at)
        )
    return statement.scalar_subquery()


def profile(organization_id: ColumnElement[int], at: At, column: str) -> ColumnElement[Any]:
    """One value of the organization's profile on the day."""
    p = organization_profile.alias()
    return scalar(sa.select(p.c[column]).where(p.c.organization_id == organization_id, at.holds(p)))


def last_profile(organization_id: ColumnElement[int], at: At, column: str) -> ColumnElement[Any]:
    """The latest known value, also of an organization that has ended."""
    p = organization_profile.alias()
    return scalar(
        sa.select(p.c[column])
        .where(p.c.organization_id == organization_id, at.known(p), p.c.from_on <= at.on)
        .order_by(p.c.from_on.desc())
    )


def recipient(kind: str, number: ColumnElement[Any]) -> ColumnElement[str]:
    """`unit:12`: whom a notice goes to; NULL when there is nobody."""
    return sa.literal(f"{kind}:", sa.Text).concat(sa.cast(number, sa.Text))


def exists(statement: sa.Select[Any]) -> ColumnElement[bool]:
    """A flag: whether there is such a row."""
    return sa.exists(statement)


def day_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """A day as ISO text, on either database."""
    return sa.cast(column, sa.Text)
