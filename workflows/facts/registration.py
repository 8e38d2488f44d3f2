"""Facts about an organization's registration: its profile, what is still open when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.facts import At, FactType, ReadFunction
from lifecycle.store.tables import case, case_state
from workflows.facts.declaring import About
from workflows.facts.duty import ORGANIZATION
from workflows.facts.shared import (
    HELD,
    IN_FORCE,
    exists,
    last_profile,
    own_body,
    profile,
    recipient,
    scalar,
)
from workflows.register import headcount, person_at_organization

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_fact = About(ORGANIZATION).fact

PROFILE = {
    "supervisor_id": (FactType.ID, "业务主管单位", "supervisory unit"),
    "registrar_id": (FactType.ID, "登记机关", "registrar"),
    "county": (FactType.NAME, "县（市、区）", "county"),
    "township": (FactType.NAME, "乡镇（街道）", "township"),
    "county_id": (FactType.ID, "县级单位", "unit of the county"),
    "township_id": (FactType.ID, "乡镇级单位", "unit of the township"),
    "registered_on": (FactType.DAY, "登记日", "registered on"),
}
"""Columns of the profile that stand as facts under their own names, beside name and kind."""


def _of_profile(column: str) -> ReadFunction:
    def read(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
        return profile(subject_id, at, column)

    return read


for _name, (_type, _zh, _en) in PROFILE.items():
    _fact(_name, _type, _zh, _en)(_of_profile(_name))


@_fact("registrar", FactType.RECIPIENT, "登记机关", "registrar")
def registrar(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The unit that keeps the organization's registration, as a recipient."""
    return recipient("unit", last_profile(subject_id, at, "registrar_id"))


@_fact("headcount_since", FactType.DAY, "人数核定日", "counts stated on", "record:members")
def headcount_since(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The day of the headcount statement that holds."""
    h = headcount.alias()
    return scalar(sa.select(h.c.from_on).where(h.c.organization_id == subject_id, at.holds(h)))


@_fact(
    "relations_open",
    FactType.COUNT,
    "未转出的组织关系",
    "relations still here",
    "member_relation.arrived_elsewhere",
    "member_relation.temporary_ends",
)
def relations_open(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Formal and temporary relations that are still here: each needs its receipt (S13)."""
    c, s, p = case.alias(), case_state.alias(), person_at_organization.alias()
    return (
        sa.select(sa.func.count(s.c.id))
        .join(c, c.c.id == s.c.case_id)
        .join(p, p.c.id == c.c.subject_id)
        .where(
            c.c.workflow == "member_relation",
            p.c.organization_id == subject_id,
            s.c.state.in_((*HELD, "temporary_in")),
            at.holds(s),
        )
        .scalar_subquery()
    )


@_fact(
    "own_body_in_force",
    FactType.FLAG,
    "本单位党组织未撤销",
    "its own body is in force",
    "branch.dissolved",
    "branch.provisional_wound_up",
)
def own_body_in_force(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether a body of its own, elected or provisional, has not been dissolved yet."""
    return exists(own_body(subject_id, at, IN_FORCE))
