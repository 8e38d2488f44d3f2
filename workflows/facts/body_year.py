"""Facts about a year of a Party body: its yearly statement (BYR) and its funding (FUN)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.facts import At, FactType, FactValue, ReadFunction
from lifecycle.registry import SUBJECT_ENDED, UNIT_IN_CHARGE
from lifecycle.workdays import year_end
from workflows.facts import body
from workflows.facts.declaring import About
from workflows.facts.duty import number, organization_name, organization_of_body
from workflows.facts.duty import unit_in_charge as unit_of_organization
from workflows.facts.shared import last_profile, profile, recipient, scalar
from workflows.register import (
    body_year,
    formal_relation,
    funding,
    party_status,
    person_at_organization,
    temporary_relation,
)
from workflows.subjects import BODY, BODY_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from lifecycle.policy import Parameters

STATEMENT, FUNDING = "statement", "funding"
"""The two matters that a year of a body is about."""

_fact, _derived = About(BODY_YEAR).fact, About(BODY_YEAR).derived
_of_body, _derived_of_body = About(BODY).fact, About(BODY).derived


def body_of_year(subject_id: ColumnElement[int]) -> ColumnElement[int]:
    """The Party body whose year it is."""
    y = body_year.alias()
    return scalar(sa.select(y.c.body_id).where(y.c.id == subject_id))


def _year(subject_id: ColumnElement[int]) -> ColumnElement[int]:
    y = body_year.alias()
    return scalar(sa.select(y.c.year).where(y.c.id == subject_id))


def _through_body(function: ReadFunction) -> ReadFunction:
    def read(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
        return function(body_of_year(subject_id), at)

    return read


def _through_organization(function: ReadFunction) -> ReadFunction:
    def read(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
        return function(organization_of_body(body_of_year(subject_id)), at)

    return read


_fact(SUBJECT_ENDED, FactType.FLAG, "党组织已终止", "the body has ended", "branch.dissolved")(
    _through_body(body.subject_ended)
)
_fact("branch", FactType.RECIPIENT, "党组织", "the branch")(_through_body(body.branch))
_fact("superior", FactType.RECIPIENT, "上级党组织", "superior Party organization")(
    _through_body(body.superior)
)
_fact("organization_name", FactType.NAME, "单位名称", "name", "record:name")(
    _through_organization(organization_name)
)
_fact(UNIT_IN_CHARGE, FactType.ID, "责任单位", "unit in charge")(
    _through_organization(unit_of_organization)
)


@_fact("treasury", FactType.RECIPIENT, "同级财政", "the treasury")
def treasury(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The county that pays, written to at the unit that leads in it."""
    organization_id = organization_of_body(body_of_year(subject_id))
    return recipient("unit", last_profile(organization_id, at, "county_id"))


@_fact("organization_kind", FactType.NAME, "组织类型", "kind of organization", "record:kind")
def organization_kind(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The kind of the organization whose body it is: R62 and R63 ask different kinds."""
    return profile(organization_of_body(body_of_year(subject_id)), at, "kind")


# -- what a new year opens -------------------------------------------------------------------


def _years_of(matter: str) -> ReadFunction:
    def read(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
        del at
        y = body_year.alias()
        return scalar(
            sa.select(sa.func.max(y.c.year)).where(y.c.body_id == subject_id, y.c.matter == matter)
        )

    return read


for _matter, _zh, _en in (
    (STATEMENT, "最近一次年度情况表年度", "last year with a statement"),
    (FUNDING, "最近一次经费年度", "last year with funding"),
):
    _of_body(f"last_{_matter}_year", FactType.COUNT, _zh, _en)(_years_of(_matter))


@_derived_of_body(
    "statement_year_missing",
    FactType.FLAG,
    "本年度情况表尚未立案",
    "this year's statement is not open yet",
    ("last_statement_year", "body_in_force"),
)
def statement_year_missing(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Whether the body is in force on the first day of a year that has no statement yet (P21)."""
    return bool(values["body_in_force"]) and number(values, "last_statement_year") < policy.on.year


@_derived_of_body(
    "funding_year_missing",
    FactType.FLAG,
    "该年度经费尚未统计",
    "this year's funding is not open yet",
    ("last_funding_year", "body_in_force"),
    ("P29",),
)
def funding_year_missing(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Whether the body is in force on the day of counting of a year without funding yet (P29)."""
    year = funding_year_after(policy)
    return bool(values["body_in_force"]) and number(values, "last_funding_year") < year


def funding_year_after(policy: Parameters) -> int:
    """The funding year whose members were counted the day before: the year after the count."""
    return (policy.on - date.resolution).year + 1


# -- funding ---------------------------------------------------------------------------------


def _held(table: Any, matter_id: ColumnElement[int], at: At) -> ColumnElement[Any]:  # noqa: ANN401 - one of two register tables
    """Members with a row of `table` at the body, by person."""
    t, s = table.alias(), party_status.alias()
    if "person_id" in t.c:
        person_id = t.c.person_id
        statement = sa.select(sa.func.count(sa.distinct(person_id))).join(
            s, s.c.person_id == person_id
        )
    else:
        p = person_at_organization.alias()
        statement = (
            sa.select(sa.func.count(sa.distinct(p.c.person_id)))
            .join(p, p.c.id == t.c.person_at_organization_id)
            .join(s, s.c.person_id == p.c.person_id)
        )
    return statement.where(t.c.body_id == matter_id, at.holds(t), at.holds(s)).scalar_subquery()


@_of_body("formal_members", FactType.COUNT, "正式组织关系党员数", "members held")
def formal_members(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Full and probationary members whose formal relation the body holds."""
    return _held(formal_relation, subject_id, at)


@_of_body("guest_members", FactType.COUNT, "临时组织关系党员数", "members who take part")
def guest_members(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Members who take part there while their formal relation stays at home."""
    return _held(temporary_relation, subject_id, at)


@_derived_of_body(
    "funding_members",
    FactType.COUNT,
    "经费计入党员数",
    "members counted for funding",
    ("formal_members", "guest_members"),
    ("P30",),
)
def funding_members(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Who counts for funding: formal relations, or everybody who takes part (P30)."""
    guests = number(values, "guest_members") if policy["P30"] == "all" else 0
    return number(values, "formal_members") + guests


@_derived_of_body("funding_year", FactType.COUNT, "经费年度", "funding year", (), ("P29",))
def funding_year(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """The year for which the members of the day of counting are counted."""
    del values
    return funding_year_after(policy)


@_derived_of_body("year_end_on", FactType.DAY, "年度终了日", "last day of the year", (), ("P21",))
def statement_year_end(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """The last day of the year that contains the day (P21)."""
    del values
    return year_end(str(policy["P21"]), policy.on)


@_derived_of_body(
    "funding_year_end_on", FactType.DAY, "经费年度终了日", "end of the funding year", (), ("P29",)
)
def funding_year_end(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """The last day of the funding year."""
    del values
    return date(funding_year_after(policy), 12, 31)


def _funding(column: str) -> ReadFunction:
    def read(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
        f = funding.alias()
        return scalar(
            sa.select(f.c[column]).where(
                f.c.body_id == body_of_year(subject_id),
                f.c.year == _year(subject_id),
                at.holds(f),
            )
        )

    return read


for _name, _zh, _en in (
    ("members", "经费计入党员数", "members counted"),
    ("due_cny", "按标准应拨", "due by the rate"),
    ("carried_cny", "上年结转", "carried over"),
    ("amount_cny", "拨付金额", "amount allocated"),
    ("paid_cny", "已支付", "paid"),
):
    _fact(_name, FactType.COUNT, _zh, _en)(_funding(_name))

_fact("year", FactType.COUNT, "年度", "year")(lambda subject_id, _at: _year(subject_id))
_fact("body_id", FactType.ID, "党组织", "Party body")(
    lambda subject_id, _at: body_of_year(subject_id)
)


@_fact("carried_over", FactType.COUNT, "上年结转", "rest of the year before")
def carried_over(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """What was left when the year before was closed."""
    f = funding.alias()
    rest = scalar(
        sa.select(f.c.rest_cny).where(
            f.c.body_id == body_of_year(subject_id),
            f.c.year == _year(subject_id) - 1,
            at.holds(f),
        )
    )
    return sa.func.coalesce(rest, 0)


@_derived(
    "amount_wanted",
    FactType.COUNT,
    "应核定金额",
    "amount by the rule",
    ("members", "carried_over"),
    ("P28",),
)
def amount_wanted(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Members counted (P29, P30) times the rate (P28), and the rest of the year before (R65)."""
    return number(values, "members") * policy.integer("P28") + number(values, "carried_over")
