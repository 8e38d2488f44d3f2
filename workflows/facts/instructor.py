"""Facts about the instructor that an organization needs or has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.conditions import Label
from lifecycle.facts import At, FactType, FactValue, derived
from lifecycle.store.tables import case
from workflows.facts import FACTS
from workflows.facts.declaring import About
from workflows.facts.shared import exists, recipient, scalar
from workflows.register import instructor_post

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from lifecycle.policy import Parameters

SUBJECT = "organization"


_fact = About(SUBJECT).fact


@derived(
    FACTS,
    "instructor_needed",
    SUBJECT,
    FactType.FLAG,
    Label(zh="需要党建指导员", en="an instructor is needed"),
    needs=("any_body_serves", "priority_now"),
    parameters=("P46",),
)
def instructor_needed(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """No Party body serves it, or it is a priority target that keeps its instructor (P46)."""
    return not values["any_body_serves"] or bool(values["priority_now"] and policy["P46"])


@derived(
    FACTS,
    "instructor_owed",
    SUBJECT,
    FactType.FLAG,
    Label(zh="应当选派党建指导员", en="an instructor is owed"),
    needs=("any_body_serves", "priority_now"),
)
def instructor_owed(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """A priority target that no Party body serves (R51)."""
    del policy
    return bool(values["priority_now"]) and not values["any_body_serves"]


def _current(subject_id: ColumnElement[int], at: At, column: str) -> ColumnElement[Any]:
    i = instructor_post.alias()
    return scalar(sa.select(i.c[column]).where(i.c.organization_id == subject_id, at.holds(i)))


@_fact("post_without_case", FactType.FLAG, "在任者尚未立案", "a post in force without a case")
def post_without_case(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether somebody is in office and no case of it runs (a list, or a replacement)."""
    i, c = instructor_post.alias(), case.alias()
    post = sa.select(i.c.id).where(i.c.organization_id == subject_id, at.holds(i))
    running = sa.select(c.c.id).where(
        c.c.workflow == "instructor_assignment",
        c.c.subject_type == SUBJECT,
        c.c.subject_id == subject_id,
        c.c.closed_on.is_(None),
    )
    return sa.and_(exists(post), sa.not_(exists(running)))


@_fact("post_held_before", FactType.FLAG, "曾有指导员在任", "somebody was in office before")
def post_held_before(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether a post has ended: what is owed then is to fill a gap."""
    i = instructor_post.alias()
    return exists(
        sa.select(i.c.id).where(
            i.c.organization_id == subject_id, at.known(i), i.c.until_on <= at.on
        )
    )


@_fact("post_from", FactType.DAY, "任职起", "in office from")
def post_from(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The first day of the post in force."""
    return _current(subject_id, at, "from_on")


@_fact("post_kind", FactType.NAME, "任职种类", "kind of post")
def post_kind(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Instructor or liaison."""
    return _current(subject_id, at, "kind")


@_fact("post_name", FactType.NAME, "任职者", "holder of the post")
def post_name(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The holder's name, to carry it over when the row is closed."""
    return _current(subject_id, at, "name")


@_fact("post_unit", FactType.ID, "任职者单位", "unit of the holder")
def post_unit(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The unit that sent the holder."""
    return _current(subject_id, at, "unit_id")


@_fact("sending_unit", FactType.RECIPIENT, "选派单位", "unit that sends the instructor")
def sending_unit(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The unit that sent the holder, as a recipient."""
    return recipient("unit", _current(subject_id, at, "unit_id"))
