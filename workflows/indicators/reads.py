"""The SELECTs behind the indicators: each reads one thing about the whole register on a day.

A fact is a scalar about one subject (`workflows.facts`); over a hundred thousand organizations the
same is read here once, grouped. A test holds the grouped form and the fact together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from workflows.facts.shared import day_text
from workflows.indicators.reading import AFTER, AT, begun
from workflows.register import (
    activist_count,
    attendance,
    body_kind,
    body_listing,
    body_serves,
    certificate,
    election,
    engagement,
    formal_relation,
    funding,
    headcount,
    instructor_post,
    organization_profile,
    party_body,
    party_status,
    person_at_organization,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import ColumnElement

    from workflows.indicators.reading import Reading, Rows


def profiles(reading: Reading) -> Rows:
    """Every profile that has begun, the latest last: number, end, kind and the four places."""
    p = organization_profile.c
    return reading.rows(
        sa.select(
            p.organization_id,
            p.until_on,
            p.kind,
            p.supervisor_id,
            p.registrar_id,
            p.county_id,
            p.township_id,
        )
        .where(begun(organization_profile))
        .order_by(p.from_on, p.id)
    )


def headcount_rows(reading: Reading) -> Rows:
    """The statements of each organization as one text, as the fact of that name gives it."""
    h = headcount.c
    parts: list[ColumnElement[str]] = [
        day_text(h.from_on),
        sa.func.coalesce(day_text(h.until_on), ""),
    ]
    parts += [
        sa.func.coalesce(sa.cast(h[name], sa.Text), "")
        for name in ("members", "unit_members", "full_time", "part_time", "employees")
    ]
    text = parts[0]
    for part in parts[1:]:
        text = text + "/" + part
    return reading.rows(
        sa.select(h.organization_id, sa.func.aggregate_strings(text, ";"))
        .where(begun(headcount))
        .group_by(h.organization_id)
    )


def bodies(reading: Reading) -> Rows:
    """Every body that exists on the day (not prospective): number, organization, unit, kind."""
    b, k = party_body.c, body_kind.c
    return reading.rows(
        sa.select(b.id, b.organization_id, b.unit_id, k.kind)
        .join(body_kind, k.body_id == b.id)
        .where(AT.holds(body_kind), k.kind != "prospective")
    )


def unit_bodies(reading: Reading) -> Rows:
    """The Party bodies of units: number and unit."""
    b = party_body.c
    return reading.rows(sa.select(b.id, b.unit_id).where(b.unit_id.is_not(None)))


def serving(reading: Reading) -> Rows:
    """Which elected body serves which organization."""
    s = body_serves.c
    return reading.rows(sa.select(s.organization_id, s.body_id).where(AT.holds(body_serves)))


def members(reading: Reading) -> Rows:
    """Members at work by organization, status and the body that holds their formal relation."""
    p, e = person_at_organization.c, engagement.c
    s, f = party_status.c, formal_relation.c
    return reading.rows(
        sa.select(p.organization_id, s.status, f.body_id, sa.func.count(sa.distinct(p.person_id)))
        .join(engagement, e.person_at_organization_id == p.id)
        .join(party_status, s.person_id == p.person_id)
        .outerjoin(formal_relation, sa.and_(f.person_id == p.person_id, AT.holds(formal_relation)))
        .where(AT.holds(engagement), AT.holds(party_status))
        .group_by(p.organization_id, s.status, f.body_id)
    )


def activists(reading: Reading) -> Rows:
    """Activists as last counted, by organization."""
    a = activist_count.c
    return reading.rows(sa.select(a.organization_id, a.activists).where(AT.holds(activist_count)))


def posts(reading: Reading) -> Rows:
    """Instructors and liaisons in office: organization, kind, how many."""
    i = instructor_post.c
    return reading.rows(
        sa.select(i.organization_id, i.kind, sa.func.count())
        .where(AT.holds(instructor_post))
        .group_by(i.organization_id, i.kind)
    )


def attendances(reading: Reading, after: date) -> Rows:
    """By organization and audience, the latest session after a day that reached it."""
    a = attendance.c
    return reading.rows(
        sa.select(a.organization_id, a.audience, sa.func.max(a.from_on, type_=a.from_on.type))
        .where(begun(attendance), a.from_on > AFTER)
        .group_by(a.organization_id, a.audience),
        after_day=after,
    )


def certified(reading: Reading) -> Rows:
    """The bodies with a certificate that covers the day."""
    c = certificate.c
    return reading.rows(sa.select(c.body_id).distinct().where(AT.holds(certificate)))


def demonstrating(reading: Reading) -> Rows:
    """The bodies on the list of demonstration points."""
    b = body_listing.c
    return reading.rows(
        sa.select(b.body_id).where(AT.holds(body_listing), b.list == "demonstration")
    )


def elected(reading: Reading) -> Rows:
    """The bodies whose election is recorded."""
    e = election.c
    return reading.rows(sa.select(e.body_id).distinct().where(AT.holds(election)))


def provisional_since(reading: Reading) -> Rows:
    """By body, the day of its approval as a provisional one."""
    k = body_kind.c
    return reading.rows(
        sa.select(k.body_id, sa.func.min(k.from_on, type_=k.from_on.type))
        .where(begun(body_kind), k.kind == "provisional")
        .group_by(k.body_id)
    )


def fundings(reading: Reading, years: Collection[int]) -> Rows:
    """What bodies are due and were paid: body, owner, unit, year, members, due, paid."""
    f, b = funding.c, party_body.c
    return reading.rows(
        sa.select(f.body_id, b.organization_id, b.unit_id, f.year, f.members, f.due_cny, f.paid_cny)
        .join(party_body, b.id == f.body_id)
        .where(AT.holds(funding), f.year.in_(sorted(years)))
        .order_by(f.body_id)
    )
