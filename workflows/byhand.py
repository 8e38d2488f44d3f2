"""The register by hand: add and record, as the command line and scenarios do it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.engine import open_by_person, record_rows
from lifecycle.errors import SubjectNotFoundError
from lifecycle.register import RegisterChange, put
from lifecycle.store.tables import unit
from lifecycle.takeover import take_over
from workflows.merged import merged_numbers, refuse_merged
from workflows.recording import RecordError
from workflows.register import (
    body_kind,
    organization,
    organization_profile,
    party_body,
    party_status,
    person,
    person_at_organization,
)
from workflows.subjects import BODY, ORGANIZATION, PERSON, PLACE, UNIT

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.work import Work

_COMPOUND = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 "
    "濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND.split())
"""Surnames of two characters."""


APPLICANT = "applicant"
"""The status of a person who has applied and is not a member yet: no row says more."""


def surname_of(name: str) -> str:
    """The surname of a Chinese name: two characters for the compound ones, else one."""
    return name[:2] if name[:2] in COMPOUND_SURNAMES else name[:1]


def add_unit(
    work: Work,
    *,
    name: str,
    level: str,
    kind: str,
    parent_id: int | None = None,
    mail: str | None = None,
    division_code: str | None = None,
) -> int:
    """A unit of the jurisdiction tree with its Party body, `<unit>党委`, and its mail address."""
    unit_id = work.connection.execute(
        sa.insert(unit)
        .values(name=name, parent_id=parent_id, level=level, kind=kind, division_code=division_code)
        .returning(unit.c.id)
    ).scalar_one()
    body_id = work.connection.execute(
        sa.insert(party_body).values(unit_id=unit_id, name=f"{name}党委").returning(party_body.c.id)
    ).scalar_one()
    changes = [put("body_kind", {"body_id": body_id}, {"kind": "unit"}, date(1949, 10, 1))]
    if mail:
        changes.append(put("contact", {"owner": f"unit:{unit_id}"}, {"mail": mail}, work.today))
    record_rows(work, Subject(UNIT, unit_id), changes, work.today, settles=False, event="added")
    work.registry.refresh_policy(work.connection)
    return int(unit_id)


def add_organization(  # noqa: PLR0913 - the columns of a register extract
    work: Work,
    *,
    name: str,
    credit_code: str,
    kind: str | None,
    supervisor_id: int | None = None,
    registrar_id: int | None = None,
    county_id: int | None = None,
    township_id: int | None = None,
    registered_on: date | None = None,
    on: date | None = None,
    mail: str | None = None,
    body: str | None = None,
    body_since: date | None = None,
) -> int:
    """An organization on the register; its cases open by settling.

    With `body` (own, joint or building) it has a Party body already, whose case is taken over.
    """
    day = on or work.today
    organization_id = work.connection.execute(
        sa.insert(organization).values(credit_code=credit_code).returning(organization.c.id)
    ).scalar_one()
    key = {"organization_id": organization_id}
    values = {
        "name": name,
        "kind": kind,
        "supervisor_id": supervisor_id,
        "registrar_id": registrar_id,
        "county_id": county_id,
        "township_id": township_id,
        "registered_on": registered_on,
    }
    changes = [put("organization_profile", key, values, registered_on or day)]
    if mail:
        owner = {"owner": f"organization:{organization_id}"}
        changes.append(put("contact", owner, {"mail": mail}, day))
    body_id = None
    if body:
        body_id = work.connection.execute(
            sa.insert(party_body).values(organization_id=organization_id).returning(party_body.c.id)
        ).scalar_one()
        serves = {"body_id": body_id, "organization_id": organization_id}
        since = body_since or day
        changes.append(put("body_kind", {"body_id": body_id}, {"kind": body}, since))
        changes.append(put("body_serves", serves, {}, since))
    # While lists are taken over, one settling step at the end opens every case.
    listing = work.taken_over_on is not None
    about = Subject(ORGANIZATION, organization_id)
    record_rows(work, about, changes, day, event="added", settles=not listing)
    if body_id is not None and not listing:
        take_over(work, [Subject(BODY, body_id)], day)
    return int(organization_id)


def add_person(
    work: Work,
    *,
    name: str,
    birth_on: date | None,
    admitted_on: date | None,
    status: str,
    full_since: date | None = None,
    home_body_id: int | None = None,
    home_text: str | None = None,
) -> int:
    """A person on the register: an applicant, or a member with status and home body."""
    person_id = work.connection.execute(
        sa.insert(person)
        .values(name=name, surname=surname_of(name), birth_on=birth_on, admitted_on=admitted_on)
        .returning(person.c.id)
    ).scalar_one()
    key = {"person_id": person_id}
    since = admitted_on or work.today
    changes: list[RegisterChange] = []
    if status == "full" and full_since and full_since > since:
        changes.append(put("party_status", key, {"status": "probationary"}, since))
        changes.append(put("party_status", key, {"status": "full"}, full_since))
    elif status != APPLICANT:
        changes.append(put("party_status", key, {"status": status}, since))
    if status != APPLICANT:
        held = {"body_id": home_body_id, "home_text": home_text}
        changes.append(put("formal_relation", key, held, since))
    subject = Subject(PERSON, person_id)
    record_rows(work, subject, changes, work.today, settles=False, event="added")
    return int(person_id)


def add_engagement(
    work: Work,
    *,
    person_id: int,
    organization_id: int,
    employment: str,
    since: date,
    on: date | None = None,
) -> int:
    """A person works at an organization; reports the member, which opens the relation's case.

    Returns:
        The number of the person at the organization: the case's subject.
    """
    day = on or work.today
    p = person_at_organization.c
    found = work.connection.execute(
        sa.select(p.id).where(p.person_id == person_id, p.organization_id == organization_id)
    ).scalar_one_or_none()
    place_id = (
        found
        or work.connection.execute(
            sa.insert(person_at_organization)
            .values(person_id=person_id, organization_id=organization_id)
            .returning(p.id)
        ).scalar_one()
    )
    subject = Subject(PLACE, place_id)
    key = {"person_at_organization_id": place_id}
    row = put("engagement", key, {"employment": employment}, since)
    record_rows(work, Subject(PERSON, person_id), [row], day, settles=False, event="engaged")
    if work.taken_over_on is not None or not _is_member(work.connection, person_id):
        return int(place_id)
    open_by_person(
        work,
        workflow="member_relation",
        event="member_reported",
        subject=subject,
        actor=work.actor,
        on=day,
    )
    return int(place_id)


def _is_member(connection: Connection, person_id: int) -> bool:
    """Whether the register has ever held a Party status of the person."""
    s = party_status.c
    statement = sa.select(s.id).where(s.person_id == person_id, s.known_until.is_(None)).limit(1)
    return connection.execute(statement).first() is not None


def add_contact(work: Work, owner: str, mail: str, on: date) -> str:
    """A mail address for a unit or an organization; the recipient that it now answers for.

    Raises:
        SubjectNotFoundError: nobody answers to `owner`.
        RecordError: not a mail address.
    """
    if "@" not in mail.strip("@"):
        msg = f"{mail!r} is not a mail address"
        raise RecordError(msg)
    try:
        subject = Subject(UNIT, find_unit(work.connection, owner))
    except SubjectNotFoundError:
        subject = Subject(ORGANIZATION, find_organization(work.connection, owner))
    recipient = f"{subject.type}:{subject.id}"
    row = put("contact", {"owner": recipient}, {"mail": mail}, on)
    record_rows(work, subject, [row], on, settles=False)
    return recipient


def find_organization(connection: Connection, words: str) -> int:
    """The organization of that name, credit code or `organization:7`.

    Where two records of one name have been merged, the one that stands for both answers.

    Raises:
        SubjectNotFoundError: none answers, or more than one.
        SubjectMergedError: what answers has been merged into a record that does not.
    """
    if words.startswith("organization:") and words[13:].isdecimal():
        number = int(words[13:])
        refuse_merged(connection, Subject(ORGANIZATION, number), words)
        return number
    p, o = organization_profile.c, organization.c
    named = sa.select(p.organization_id).where(p.name == words, p.known_until.is_(None))
    coded = sa.select(o.id).where(o.credit_code == words.upper())
    found = set(connection.execute(sa.union(named, coded)).scalars())
    gone = merged_numbers(ORGANIZATION)
    merged = found & set(connection.execute(gone).scalars())
    if len(found - merged) == 1:
        return int((found - merged).pop())
    if found and found == merged:
        refuse_merged(connection, Subject(ORGANIZATION, min(found)), words)
    named = sa.select(p.name).where(p.organization_id.not_in(gone))
    like = named.where(p.name.contains(words, autoescape=True)).distinct().limit(5)
    raise SubjectNotFoundError(words, list(connection.execute(like).scalars()))


def find_unit(connection: Connection, words: str) -> int:
    """The unit of that name or `unit:3`.

    Raises:
        SubjectNotFoundError: there is none.
    """
    if words.startswith("unit:") and words[5:].isdecimal():
        return int(words[5:])
    found = connection.execute(
        sa.select(unit.c.id).where(unit.c.name == words)
    ).scalar_one_or_none()
    if found is None:
        like = sa.select(unit.c.name).where(unit.c.name.contains(words, autoescape=True)).limit(5)
        raise SubjectNotFoundError(words, list(connection.execute(like).scalars()))
    return int(found)


def own_body_of(connection: Connection, organization_id: int) -> int:
    """The latest own body (also a prospective one) of an organization.

    Raises:
        SubjectNotFoundError: it has none.
    """
    statement = (
        sa.select(party_body.c.id)
        .join(body_kind, body_kind.c.body_id == party_body.c.id)
        .where(party_body.c.organization_id == organization_id)
        .order_by(party_body.c.id.desc())
        .limit(1)
    )
    found: int | None = connection.execute(statement).scalar_one_or_none()
    if found is None:
        raise SubjectNotFoundError(f"{BODY} of organization:{organization_id}")
    return int(found)


def unit_body_of(connection: Connection, unit_id: int) -> int:
    """The Party body of a unit."""
    statement = sa.select(party_body.c.id).where(party_body.c.unit_id == unit_id)
    return int(connection.execute(statement.order_by(party_body.c.id)).scalars().first() or 0)
