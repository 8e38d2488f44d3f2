"""Facts about a unit: the training year of an area."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.facts import At, FactType, FactValue
from lifecycle.registry import UNIT_IN_CHARGE
from lifecycle.store.tables import case, unit
from lifecycle.workdays import year_begin, year_end
from workflows.facts.declaring import About
from workflows.facts.shared import recipient, scalar
from workflows.register import organization_profile, training_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from lifecycle.policy import Parameters

SUBJECT = "unit"
LEAD = "organization_department"


_fact, _derived = About(SUBJECT).fact, About(SUBJECT).derived


def _own(subject_id: ColumnElement[int], column: str) -> ColumnElement[Any]:
    u = unit.alias()
    return scalar(sa.select(u.c[column]).where(u.c.id == subject_id))


@_fact("unit_name", FactType.NAME, "单位", "unit")
def unit_name(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The unit's name."""
    del at
    return _own(subject_id, "name")


@_fact("unit_level", FactType.NAME, "层级", "level")
def unit_level(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """City, county, township or department."""
    del at
    return _own(subject_id, "level")


@_fact("unit_kind", FactType.NAME, "单位性质", "kind of unit")
def unit_kind(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """What the unit is."""
    del at
    return _own(subject_id, "kind")


@_fact(UNIT_IN_CHARGE, FactType.ID, "责任单位", "unit in charge")
def unit_in_charge(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """An area answers for itself."""
    del at
    return _own(subject_id, "id")


@_fact("area", FactType.RECIPIENT, "本地区", "the area")
def area(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The unit that leads in the area, as a recipient."""
    del at
    return recipient("unit", subject_id)


@_fact("area_organizations", FactType.RECIPIENT, "本地区社会组织", "organizations of the area")
def area_organizations(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The organizations of the county that the unit leads, as recipients."""
    p = organization_profile.alias()
    whom = recipient("organization", p.c.organization_id)
    theirs = sa.select(sa.func.aggregate_strings(whom, ","))
    return theirs.where(p.c.county_id == subject_id, at.holds(p)).scalar_subquery()


@_fact("organizations_of_area", FactType.NAME, "本地区单位编号", "organizations under the area")
def organizations_of_area(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The numbers of the organizations under the unit itself or under a unit below it."""
    p, below = organization_profile.alias(), _below(subject_id)
    places = (p.c.supervisor_id, p.c.township_id, p.c.county_id)
    theirs = sa.select(sa.func.aggregate_strings(sa.cast(p.c.organization_id, sa.Text), ","))
    under = sa.or_(*(one.in_(below) for one in places))
    return theirs.where(under, at.holds(p)).scalar_subquery()


def _below(subject_id: ColumnElement[int]) -> sa.Select[Any]:
    """The unit and those below it: of a city its counties, and the townships of these."""
    u, above, top = unit.alias(), unit.alias(), unit.alias()
    return (
        sa.select(u.c.id)
        .outerjoin(above, above.c.id == u.c.parent_id)
        .outerjoin(top, top.c.id == above.c.parent_id)
        .where(sa.or_(*(one.c.id == subject_id for one in (u, above, top))))
    )


@_derived(
    "is_training_area",
    FactType.FLAG,
    "承担年度培训",
    "owes the yearly training",
    ("unit_level", "unit_kind"),
    ("P44",),
)
def is_training_area(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """The locality of 四.1: every county and the city, or the city alone (P44)."""
    levels = {"city", "county"} if policy["P44"] == "county" else {"city"}
    return values["unit_kind"] == LEAD and values["unit_level"] in levels


@_fact("training_opened_on", FactType.DAY, "最近培训年度立案日", "last training year opened on")
def training_opened_on(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The day on which the area's latest training year was opened."""
    del at
    c = case.alias()
    return scalar(
        sa.select(c.c.opened_on)
        .where(
            c.c.workflow == "training_year",
            c.c.subject_type == SUBJECT,
            c.c.subject_id == subject_id,
        )
        .order_by(c.c.opened_on.desc())
    )


@_derived(
    "training_year_missing",
    FactType.FLAG,
    "本年度尚未立案",
    "this training year is not open yet",
    ("training_opened_on",),
    ("P21",),
)
def training_year_missing(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Whether no case was opened since the year began (P21)."""
    opened = values["training_opened_on"]
    begins = year_begin(str(policy["P21"]), policy.on)
    return not isinstance(opened, date) or opened < begins


@_derived("year_end_on", FactType.DAY, "年度终了日", "last day of the year", (), ("P21",))
def year_end_on(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """The last day of the training year that contains the day (P21)."""
    del values
    return year_end(str(policy["P21"]), policy.on)


def _last_session(subject_id: ColumnElement[int], at: At, audience: str) -> ColumnElement[Any]:
    s = training_session.alias()
    return scalar(
        sa.select(s.c.from_on)
        .where(
            s.c.unit_id == subject_id,
            s.c.audience.in_((audience, "both")),
            at.known(s),
            s.c.from_on <= at.on,
        )
        .order_by(s.c.from_on.desc())
    )


@_fact("leaders_session_on", FactType.DAY, "最近负责人培训", "last session for leaders")
def leaders_session_on(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The latest session that reached organization leaders."""
    return _last_session(subject_id, at, "leaders")


@_fact("workers_session_on", FactType.DAY, "最近党务工作者培训", "last session for workers")
def workers_session_on(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The latest session that reached Party-affairs workers."""
    return _last_session(subject_id, at, "workers")


def _this_year(day: FactValue, policy: Parameters) -> bool:
    return isinstance(day, date) and day >= year_begin(str(policy["P21"]), policy.on)


@_derived(
    "audiences_reached",
    FactType.NAME,
    "已培训对象",
    "audiences reached this year",
    ("leaders_session_on", "workers_session_on"),
    ("P21",),
)
def audiences_reached(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Which audiences this year's sessions have reached: none, leaders, workers or both."""
    leaders = _this_year(values["leaders_session_on"], policy)
    workers = _this_year(values["workers_session_on"], policy)
    return _NAMED[leaders, workers]


@_derived(
    "audience_missing",
    FactType.NAME,
    "尚缺对象",
    "audience still missing",
    ("audiences_reached",),
)
def audience_missing(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """Which audience the year's sessions have not reached yet."""
    del policy
    return _MISSING[str(values["audiences_reached"])]


_NAMED = {
    (False, False): "none",
    (True, False): "leaders",
    (False, True): "workers",
    (True, True): "both",
}
_MISSING = {"none": "both", "leaders": "workers", "workers": "leaders", "both": "none"}
