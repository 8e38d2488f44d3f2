"""Facts about what an active Party body needs: a committee in term, a secretary, premises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.facts import At, FactType, FactValue
from lifecycle.store.tables import case, case_state
from lifecycle.workdays import Period
from workflows.facts.declaring import About
from workflows.facts.duty import organization_of_body
from workflows.facts.shared import IN_FORCE, exists, profile, scalar, state_of
from workflows.register import body_kind, election, secretary_post
from workflows.subjects import BODY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import ColumnElement

    from lifecycle.policy import Parameters

_fact, _derived = About(BODY).fact, About(BODY).derived

APPROVED = ("approved", "provisional")
"""States of a branch case that begin with the superior's approval."""


@_fact("body_in_force", FactType.FLAG, "党组织在运行", "the body is in force", "branch.elected")
def body_in_force(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether it is an elected or a provisional body that has not ended."""
    k = body_kind.alias()
    return exists(
        sa.select(k.c.id).where(k.c.body_id == subject_id, k.c.kind.in_(IN_FORCE), at.holds(k))
    )


@_fact("organization_kind", FactType.NAME, "组织类型", "kind of organization", "record:kind")
def organization_kind(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The kind of the organization whose body it is."""
    return profile(organization_of_body(subject_id), at, "kind")


@_fact("approved_on", FactType.DAY, "批复日", "approved on", "branch.approved")
def approved_on(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The day of the first approval of the body; unknown for one taken over from a list."""
    c, s = case.alias(), case_state.alias()
    return (
        sa.select(sa.func.min(s.c.from_on))
        .join(c, c.c.id == s.c.case_id)
        .where(
            c.c.workflow == "branch",
            c.c.subject_type == BODY,
            c.c.subject_id == subject_id,
            s.c.state.in_(APPROVED),
            s.c.from_on <= at.on,
            at.known(s),
        )
        .scalar_subquery()
    )


# -- the committee's term --------------------------------------------------------------------


@_fact("elected_on", FactType.DAY, "选举日", "elected on", "branch.elected", "record:elected")
def elected_on(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The day of the latest election of the committee that is on record."""
    e = election.alias()
    return scalar(
        sa.select(e.c.from_on)
        .where(e.c.body_id == subject_id, at.known(e), e.c.from_on <= at.on)
        .order_by(e.c.from_on.desc())
    )


@_fact("term_state", FactType.NAME, "任期状态", "state of the term", "branch_term.reelection_held")
def term_state(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The state of the committee's term."""
    return state_of("branch_term", BODY, subject_id, at)


# -- the secretary ---------------------------------------------------------------------------


@_fact("secretary_in_office", FactType.FLAG, "书记在任", "a secretary is in office")
def secretary_in_office(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether somebody holds the post on the day."""
    p = secretary_post.alias()
    return exists(sa.select(p.c.id).where(p.c.body_id == subject_id, at.holds(p)))


@_fact("secretary_case_ended", FactType.FLAG, "前任书记已离任", "an earlier holder has left")
def secretary_case_ended(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the latest appointment of this body has ended."""
    return sa.func.coalesce(state_of("secretary_appointment", BODY, subject_id, at), "") == "ended"


@_derived(
    "secretary_wanted",
    FactType.FLAG,
    "书记职位空缺",
    "the secretary's post is open",
    ("body_in_force", "approved_on", "secretary_case_ended", "secretary_in_office"),
)
def secretary_wanted(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """A body in force that an approval formed, or whose holder left, and nobody in office.

    A body taken over from a list owes nothing before an officer has recorded who is in office.
    """
    del policy
    known = values["approved_on"] is not None or bool(values["secretary_case_ended"])
    return bool(values["body_in_force"]) and known and not values["secretary_in_office"]


# -- premises --------------------------------------------------------------------------------


@_fact("premises_state", FactType.NAME, "活动阵地状态", "state of the premises")
def premises_state(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The state of the latest premises case of the body, closed ones too."""
    return state_of("activity_premises", BODY, subject_id, at)


@_derived(
    "premises_owed",
    FactType.FLAG,
    "应同步建设活动阵地",
    "premises are to be built",
    ("approved_on", "premises_state"),
)
def premises_owed(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """The body is approved and never had a premises case (R52)."""
    del policy
    return values["approved_on"] is not None and values["premises_state"] is None


@_derived(
    "premises_may_be_planned",
    FactType.FLAG,
    "可安排活动阵地",
    "premises may be planned",
    ("approved_on", "premises_state", "body_state", "body_in_force"),
)
def premises_may_be_planned(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """While the application runs; or for a body taken over; or after an earlier case closed."""
    del policy
    if values["premises_state"] == "closed":
        return bool(values["body_in_force"])
    if values["approved_on"] is not None or values["premises_state"] is not None:
        return False
    return values["body_state"] == "application_filed" or bool(values["body_in_force"])


@_fact("hosts_of_premises", FactType.NAME, "已验收阵地的党组织", "bodies with accepted premises")
def hosts_of_premises(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The numbers of all other bodies whose room is accepted, separated by commas."""
    c, s = case.alias(), case_state.alias()
    bodies = (
        sa.select(sa.cast(c.c.subject_id, sa.Text).label("text"))
        .join(s, s.c.case_id == c.c.id)
        .where(
            c.c.workflow == "activity_premises",
            c.c.subject_id != subject_id,
            s.c.state == "accepted",
            at.holds(s),
        )
        .subquery()
    )
    return sa.select(sa.func.aggregate_strings(bodies.c.text, ",")).scalar_subquery()


def term_end(elected: date, years: int) -> date:
    """The last day of a committee's term before rolling (E14)."""
    return Period(months=12 * years).after(elected)
