"""Facts about an organization: who it is, its headcount, who covers it, its stage date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.facts import At, FactType, FactValue, ReadFunction
from lifecycle.registry import SUBJECT_ENDED
from lifecycle.workdays import Period
from workflows.facts.declaring import About
from workflows.facts.duty import BODY, ORGANIZATION, number, organization_ended
from workflows.facts.shared import (
    IN_FORCE,
    day_text,
    exists,
    own_body,
    profile,
    scalar,
    serving_body,
    state_of,
)
from workflows.register import (
    activist_count,
    attendance,
    certificate,
    headcount,
    instructor_post,
    organization_profile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from lifecycle.policy import Parameters

_ASSOCIATION = "association"
_LIVING = (*IN_FORCE, "prospective")


_fact, _derived = About(ORGANIZATION).fact, About(ORGANIZATION).derived


@_fact("kind", FactType.NAME, "组织类型", "kind of organization", "record:kind")
def kind(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """association, private_nonenterprise_unit or intermediary_organization (R1)."""
    return profile(subject_id, at, "kind")


@_fact("on_register", FactType.FLAG, "在册", "on the register", "record:name")
def on_register(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the organization exists on the day."""
    p = organization_profile.alias()
    return exists(sa.select(p.c.id).where(p.c.organization_id == subject_id, at.holds(p)))


@_fact(SUBJECT_ENDED, FactType.FLAG, "单位已注销", "the organization has ended")
def subject_ended(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the organization's profile has ended."""
    return organization_ended(subject_id, at)


@_fact("needs_prospective_body", FactType.FLAG, "尚无拟建党组织", "no own body on the register")
def needs_prospective_body(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether a living organization has neither a prospective nor a living own body."""
    return sa.and_(on_register(subject_id, at), sa.not_(exists(own_body(subject_id, at, _LIVING))))


@_fact("headcount_recorded", FactType.FLAG, "已登记人数", "headcount recorded", "record:members")
def headcount_recorded(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether a dated headcount statement holds on the day."""
    h = headcount.alias()
    return exists(sa.select(h.c.id).where(h.c.organization_id == subject_id, at.holds(h)))


def _count(column: str) -> ReadFunction:
    def read(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
        h = headcount.alias()
        return scalar(sa.select(h.c[column]).where(h.c.organization_id == subject_id, at.holds(h)))

    return read


for _name, _zh, _en in (
    ("members", "个人会员数", "individual members"),
    ("unit_members", "单位会员数", "unit members"),
    ("full_time", "专职人数", "full-time staff"),
    ("part_time", "兼职人数", "part-time staff"),
    ("employees", "从业人员数", "employees"),
):
    _fact(_name, FactType.COUNT, _zh, _en, f"record:{_name}")(_count(_name))


@_fact("headcount_rows", FactType.NAME, "历次人数", "headcount statements")
def headcount_rows(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Every statement up to the day: `from/until/members/units/full/part/employees;...`."""
    h = headcount.alias()
    parts = [day_text(h.c.from_on), sa.func.coalesce(day_text(h.c.until_on), "")]
    parts += [
        sa.func.coalesce(sa.cast(h.c[name], sa.Text), "")
        for name in ("members", "unit_members", "full_time", "part_time", "employees")
    ]
    text = parts[0]
    for part in parts[1:]:
        text = text + "/" + part
    return (
        sa.select(sa.func.aggregate_strings(text, ";"))
        .where(h.c.organization_id == subject_id, at.known(h), h.c.from_on <= at.on)
        .scalar_subquery()
    )


_COUNTS = ("members", "unit_members", "full_time", "part_time", "employees")


def _counted(kind_: FactValue, counts: Mapping[str, FactValue], policy: Parameters) -> int | None:
    """The number that the threshold of the kind looks at, None when it is not stated."""
    if kind_ == _ASSOCIATION:
        members, units = counts["members"], counts["unit_members"]
        if policy["P48"] == "individuals" or members is None:
            return members if isinstance(members, int) else None
        return number(counts, "members") + (units if isinstance(units, int) else 0)
    total = counts["employees"]
    if policy["P49"] == "full_and_part_time" or total is None:
        if counts["full_time"] is None and counts["part_time"] is None:
            return None
        return number(counts, "full_time") + number(counts, "part_time")
    return total if isinstance(total, int) else None


def _meets(kind_: FactValue, counts: Mapping[str, FactValue], policy: Parameters) -> bool | None:
    """Whether the counts reach the thresholds of R2 or R3; None while one that decides is open."""
    found = _counted(kind_, counts, policy)
    if kind_ != _ASSOCIATION:
        return None if found is None else found >= policy.integer("P5")
    staff = counts["full_time"]
    sides = (
        None if found is None else found >= policy.integer("P3"),
        None if not isinstance(staff, int) else staff >= policy.integer("P4"),
    )
    if False in sides:
        return False
    return None if None in sides else True


def _statements(text: FactValue) -> list[tuple[date, date | None, dict[str, FactValue]]]:
    found = []
    for row in str(text).split(";") if isinstance(text, str) else []:
        start, until, *numbers = row.split("/")
        counts: dict[str, FactValue] = {
            name: int(one) if one else None for name, one in zip(_COUNTS, numbers, strict=True)
        }
        found.append(
            (date.fromisoformat(start), date.fromisoformat(until) if until else None, counts)
        )
    return sorted(found, key=lambda one: one[0])


@_derived(
    "priority_now",
    FactType.FLAG,
    "达到重点对象条件",
    "is a priority target",
    ("kind", "headcount_rows"),
    ("P3", "P4", "P5", "P42", "P48", "P49"),
)
def priority_now(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """R2-R4: the thresholds are reached now, or were until less than P42 days ago."""
    kind_ = values["kind"]
    if kind_ is None:
        return None
    grace = timedelta(days=policy.integer("P42"))
    answer: bool | None = None
    for _, until, counts in _statements(values["headcount_rows"]):
        meets = _meets(kind_, counts, policy)
        if until is None or until > policy.on:
            answer = answer if meets is None else meets or bool(answer)
        elif meets and until + grace > policy.on:
            answer = True
    return answer


@_derived(
    "counted",
    FactType.COUNT,
    "计入人数",
    "number that counts",
    ("kind", *_COUNTS),
    ("P48", "P49"),
)
def counted(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Members of an association (P48), employees of the other kinds (P49)."""
    return _counted(values["kind"], values, policy)


@_derived("threshold", FactType.COUNT, "人数门槛", "threshold", ("kind",), ("P3", "P5"))
def threshold(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """What the number that counts has to reach."""
    return policy.integer("P3" if values["kind"] == _ASSOCIATION else "P5")


@_fact("activists", FactType.COUNT, "积极分子数", "activists", "record:activists")
def activists(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Activists as last counted; none is stated as none."""
    a = activist_count.alias()
    found = scalar(sa.select(a.c.activists).where(a.c.organization_id == subject_id, at.holds(a)))
    return sa.func.coalesce(found, 0)


def _posts(kind_: str) -> ReadFunction:
    def read(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
        i = instructor_post.alias()
        return (
            sa.select(sa.func.count(i.c.id))
            .where(i.c.organization_id == subject_id, i.c.kind == kind_, at.holds(i))
            .scalar_subquery()
        )

    return read


def _covered_until(kind_: str) -> ReadFunction:
    def read(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
        i = instructor_post.alias()
        last = sa.func.coalesce(i.c.covers_until_on, i.c.until_on)
        return scalar(
            sa.select(last)
            .where(
                i.c.organization_id == subject_id,
                i.c.kind == kind_,
                at.known(i),
                i.c.from_on <= at.on,
            )
            .order_by(i.c.from_on.desc(), i.c.id.desc())
        )

    return read


for _kind, _zh, _en in (
    ("instructor", "党建指导员", "instructor"),
    ("liaison", "联络员", "liaison"),
):
    _fact(
        f"{_kind}s",
        FactType.COUNT,
        f"在任{_zh}",
        f"{_en}s in office",
        "instructor_assignment.accepted",
    )(_posts(_kind))
    _fact(f"{_kind}_covers_until", FactType.DAY, f"{_zh}空缺容许至", f"{_en} gap bridged until")(
        _covered_until(_kind)
    )


@_derived(
    "instructors_in_office",
    FactType.COUNT,
    "在任党建指导员数",
    "instructors in office",
    ("instructors", "liaisons"),
    ("P45",),
)
def instructors_in_office(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Posts in force; a liaison's counts where P45 says so."""
    liaisons = number(values, "liaisons") if policy["P45"] else 0
    return number(values, "instructors") + liaisons


@_derived(
    "instructor_gap_over",
    FactType.FLAG,
    "指导员空缺超期",
    "instructor's post vacant too long",
    ("instructors_in_office", "instructor_covers_until", "liaison_covers_until"),
    ("P45",),
    excludes=("instructors_in_office",),
)
def instructor_gap_over(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Whether nobody is in office and the last day that the gap is bridged has passed."""
    if number(values, "instructors_in_office"):
        return False
    names = ["instructor_covers_until"] + (["liaison_covers_until"] if policy["P45"] else [])
    days = [day for day in (values[name] for name in names) if isinstance(day, date)]
    return not days or max(days) < policy.on


@_fact("leaders_trained_on", FactType.DAY, "负责人最近受训日", "leaders last trained")
def leaders_trained_on(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The latest session for leaders that the organization attended (P22 is the area's matter)."""
    a = attendance.alias()
    return scalar(
        sa.select(a.c.from_on)
        .where(
            a.c.organization_id == subject_id,
            a.c.audience.in_(("leader", "leaders", "delegate", "delegates")),
            at.known(a),
            a.c.from_on <= at.on,
        )
        .order_by(a.c.from_on.desc())
    )


@_derived(
    "missing_components",
    FactType.NAME,
    "工作覆盖缺项",
    "missing components of work coverage",
    ("instructors_in_office", "activists", "leaders_trained_on"),
    ("P20", "P45"),
)
def missing_components(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Which of instructor, activists and leader_training (this year) R9 still misses."""
    trained = values["leaders_trained_on"]
    present = {
        "instructor": number(values, "instructors_in_office") >= 1,
        "activists": number(values, "activists") >= policy.integer("P20"),
        "leader_training": isinstance(trained, date) and trained.year == policy.on.year,
    }
    return ", ".join(name for name, there in present.items() if not there)


@_fact(
    "body_state",
    FactType.NAME,
    "党组织状态",
    "state of its body",
    "branch.elected",
    implies=("body_serves",),
)
def body_state(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The state of the case of the elected body that serves the organization."""
    return state_of("branch", BODY, scalar(serving_body(subject_id, at)), at)


@_fact("certificate_valid", FactType.FLAG, "五好证书有效", "certificate valid")
def certificate_valid(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether a certificate of a serving body covers the day."""
    c = certificate.alias()
    return exists(
        sa.select(c.c.id).where(c.c.body_id.in_(serving_body(subject_id, at)), at.holds(c))
    )


def _stages(policy: Parameters) -> list[date]:
    """D1, D2 and D3 of the programme."""
    start, months = policy["P1"], policy["P2"]
    if not isinstance(start, date) or not isinstance(months, tuple):
        msg = "P1 is a day and P2 a list of months"
        raise TypeError(msg)
    return [Period(months=one).after(start) for one in months]


@_derived(
    "work_stage_on", FactType.DAY, "工作覆盖阶段日", "next stage date", ("kind",), ("P1", "P2")
)
def work_stage_on(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """D2 or D3, whichever comes next (R6); None when both are past."""
    del values
    return next((day for day in _stages(policy)[1:] if day >= policy.on), None)


@_derived(
    "stage_on",
    FactType.DAY,
    "组织覆盖阶段日",
    "stage date",
    ("priority_now", "work_stage_on"),
    ("P1", "P2"),
)
def stage_on(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Until when coverage is aimed at: D1, for a later priority target the day + 12 months.

    The day is that of the event which finds the priority: that event records the value in its
    case, and whatever tells it later tells the recorded one (rulebook C.7).
    """
    if not values["priority_now"]:
        return values["work_stage_on"]
    first, months = _stages(policy)[0], policy["P2"]
    if first >= policy.on or not isinstance(months, tuple):
        return first
    return Period(months=months[0]).after(policy.on)
