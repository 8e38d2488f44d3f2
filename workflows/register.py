"""The register: what is known about units, organizations, Party bodies and people, dated.

Things have an identity row that never changes and dated rows that say what held when. The rows
are written only by effects of events, by `record` and by intake (`lifecycle.store.timeline`).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from lifecycle.store.tables import STRICT, four_dates, identity, metadata, unit
from lifecycle.store.types import Day, Document, YesNo, key_type


def _ref(name: str, target: str, *, required: bool = True) -> Column[int]:
    return Column(name, key_type(), ForeignKey(f"{target}.id"), nullable=not required)


def _dated(
    name: str,
    *columns: Column[Any] | Index,
    key: tuple[str, ...],
    comment: str,
    personal: tuple[str, ...] = (),
) -> Table:
    """A table of dated rows; `key` says what at most one row holds for at a time."""
    return Table(
        name,
        metadata,
        identity(),
        *columns,
        *four_dates(),
        Index(f"ix_{name}_key", *key, "from_on"),
        comment=comment,
        info={"key": key, "personal": frozenset(personal)},
        **STRICT,
    )


_STANDING = sa.text("known_until IS NULL AND until_on IS NULL")
"""Of what is on the register today; in the words of the index."""

organization = Table(
    "organization",
    metadata,
    identity(),
    Column("credit_code", sa.Text, nullable=False, unique=True),
    comment="社会组织: an association, private non-enterprise unit or intermediary.",
    **STRICT,
)

organization_profile = _dated(
    "organization_profile",
    _ref("organization_id", "organization"),
    Column("name", sa.Text, nullable=False),
    Column("kind", sa.Text),
    _ref("supervisor_id", "unit", required=False),
    _ref("registrar_id", "unit", required=False),
    Column("county", sa.Text),
    Column("township", sa.Text),
    _ref("county_id", "unit", required=False),
    _ref("township_id", "unit", required=False),
    Column("registered_on", Day),
    Index(
        "ix_organization_profile_name",
        "name",
        "organization_id",
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    ),
    key=("organization_id",),
    comment="Name, kind and units of an organization; the row ends when the organization does.",
)

party_body = Table(
    "party_body",
    metadata,
    identity(),
    _ref("organization_id", "organization", required=False),
    _ref("unit_id", "unit", required=False),
    Column("name", sa.Text),
    Index("ix_party_body_organization_id", "organization_id"),
    Index("ix_party_body_unit_id", "unit_id"),
    comment="党组织: the own (or prospective) body of an organization, or a unit's.",
    **STRICT,
)

body_year = Table(
    "body_year",
    metadata,
    identity(),
    _ref("body_id", "party_body"),
    Column("year", sa.Integer, nullable=False),
    Column("matter", sa.Text, nullable=False),
    UniqueConstraint("body_id", "year", "matter"),
    comment="A year of a Party body: subject of its yearly statement or of its yearly funding.",
    **STRICT,
)

body_kind = _dated(
    "body_kind",
    _ref("body_id", "party_body"),
    Column("kind", sa.Text, nullable=False),
    Column("name", sa.Text),
    key=("body_id",),
    comment="prospective, own, joint, building, provisional or unit; ends with the body.",
)

body_serves = _dated(
    "body_serves",
    _ref("body_id", "party_body"),
    _ref("organization_id", "organization"),
    Index("ix_body_serves_organization_id", "organization_id"),
    key=("body_id", "organization_id"),
    comment="Which organizations an elected body serves.",
)

headcount = _dated(
    "headcount",
    _ref("organization_id", "organization"),
    Column("members", sa.Integer),
    Column("unit_members", sa.Integer),
    Column("full_time", sa.Integer),
    Column("part_time", sa.Integer),
    Column("employees", sa.Integer),
    key=("organization_id",),
    comment="Counts as stated: association members, staff, employees.",
)

activist_count = _dated(
    "activist_count",
    _ref("organization_id", "organization"),
    Column("applicants", sa.Integer),
    Column("activists", sa.Integer, nullable=False),
    key=("organization_id",),
    comment="入党申请人 and 积极分子 as numbers; no names.",
)

survey_claim = _dated(
    "survey_claim",
    _ref("organization_id", "organization"),
    Column("full_members", sa.Integer),
    Column("probationary_members", sa.Integer),
    Column("held_here", sa.Integer),
    key=("organization_id",),
    comment="What the survey says of members: compared with the roster, never a second source.",
)

mass_body = _dated(
    "mass_body",
    _ref("organization_id", "organization"),
    Column("kind", sa.Text, nullable=False),
    Column("reference", sa.Text),
    key=("organization_id", "kind"),
    comment="群众组织: union, youth league, women's body.",
)

cultivation = _dated(
    "cultivation",
    _ref("organization_id", "organization"),
    Column("reference", sa.Text, nullable=False),
    key=("organization_id",),
    comment="重点培育 (R12): noted by an officer for closer cultivation; never computed.",
)

network_link = _dated(
    "network_link",
    _ref("organization_id", "organization"),
    _ref("member_id", "organization"),
    key=("organization_id", "member_id"),
    comment="行业协会与会员单位党建网络 (R32): which member units an industry association links.",
)

person = Table(
    "person",
    metadata,
    identity(),
    Column("name", sa.Text, nullable=False),
    Column("surname", sa.Text, nullable=False),
    Column("birth_on", Day),
    Column("admitted_on", Day),
    Column("namesake", sa.Integer, nullable=False, server_default="0"),
    UniqueConstraint("name", "birth_on", "admitted_on", "namesake"),
    Index("ix_person_surname", "surname"),
    comment="A member or applicant; identified by name, birth and admission date, no number.",
    info={"personal": frozenset({"name", "surname", "birth_on", "admitted_on"})},
    **STRICT,
)

person_at_organization = Table(
    "person_at_organization",
    metadata,
    identity(),
    _ref("person_id", "person"),
    _ref("organization_id", "organization"),
    UniqueConstraint("person_id", "organization_id"),
    Index("ix_person_at_organization_organization_id", "organization_id"),
    comment="A person's belonging to one organization: the subject of a member_relation case.",
    **STRICT,
)

party_status = _dated(
    "party_status",
    _ref("person_id", "person"),
    Column("status", sa.Text, nullable=False),
    key=("person_id",),
    comment="probationary or full.",
)

engagement = _dated(
    "engagement",
    _ref("person_at_organization_id", "person_at_organization"),
    Column("employment", sa.Text, nullable=False),
    key=("person_at_organization_id",),
    comment="full_time or part_time; the row ends on the day of leaving.",
)

formal_relation = _dated(
    "formal_relation",
    _ref("person_id", "person"),
    _ref("body_id", "party_body", required=False),
    Column("home_text", sa.Text),
    key=("person_id",),
    comment="正式组织关系: the body that holds it, or the text that a roster gives for it.",
    personal=("home_text",),
)

temporary_relation = _dated(
    "temporary_relation",
    _ref("person_at_organization_id", "person_at_organization"),
    _ref("body_id", "party_body", required=False),
    key=("person_at_organization_id",),
    comment="临时组织关系: takes part here, the formal relation stays at home.",
)

instructor_post = _dated(
    "instructor_post",
    _ref("organization_id", "organization"),
    Column("kind", sa.Text, nullable=False),
    Column("name", sa.Text),
    _ref("unit_id", "unit", required=False),
    Column("covers_until_on", Day),
    key=("organization_id",),
    comment="党建指导员 or 联络员 in office; covers_until_on: the last day that a gap is bridged.",
    personal=("name",),
)

secretary_post = _dated(
    "secretary_post",
    _ref("body_id", "party_body"),
    Column("name", sa.Text),
    Column("route", sa.Text),
    key=("body_id",),
    comment="党组织书记 in office, and by which of three routes: internal, seconded, recruited.",
    personal=("name",),
)

election = _dated(
    "election",
    _ref("body_id", "party_body"),
    key=("body_id",),
    comment="换届选举: a row from the day of each election of the body's committee.",
)

affiliation = _dated(
    "affiliation",
    _ref("organization_id", "organization"),
    _ref("body_id", "party_body"),
    Column("route", sa.Text, nullable=False),
    Column("interim", YesNo, nullable=False),
    key=("organization_id",),
    comment="隶属关系: the Party body in charge of an organization, and the rule it was routed by.",
)

body_listing = _dated(
    "body_listing",
    _ref("body_id", "party_body"),
    Column("list", sa.Text, nullable=False),
    key=("body_id", "list"),
    comment="示范点 (demonstration) and 联系点 (contact): which lists a Party body is on.",
)

funding = _dated(
    "funding",
    _ref("body_id", "party_body"),
    Column("year", sa.Integer, nullable=False),
    Column("members", sa.Integer, nullable=False),
    Column("due_cny", sa.Integer, nullable=False),
    Column("carried_cny", sa.Integer),
    Column("amount_cny", sa.Integer),
    Column("paid_cny", sa.Integer, nullable=False),
    Column("rest_cny", sa.Integer),
    key=("body_id", "year"),
    comment="活动经费: members counted for a year, what is due for them (with what the year before "
    "left and what was added: amount), what vouchers cover, what is left over at the end.",
)

certificate = _dated(
    "certificate",
    _ref("body_id", "party_body"),
    Column("reason", sa.Text),
    key=("body_id",),
    comment="五好 certificate: from its date to the day after its validity.",
)

training_session = _dated(
    "training_session",
    _ref("unit_id", "unit"),
    Column("session", sa.Text, nullable=False),
    Column("audience", sa.Text, nullable=False),
    Column("headcount", sa.Integer, nullable=False),
    key=("unit_id", "session"),
    comment="A training session of an area: audience and headcount, no names.",
)

attendance = _dated(
    "attendance",
    _ref("unit_id", "unit"),
    Column("session", sa.Text, nullable=False),
    _ref("organization_id", "organization"),
    Column("audience", sa.Text, nullable=False),
    Column("headcount", sa.Integer, nullable=False),
    Index("ix_attendance_organization_id", "organization_id"),
    key=("unit_id", "session", "organization_id", "audience"),
    comment="Which organizations a session reached, by audience and headcount.",
)

merged_record = _dated(
    "merged_record",
    Column("subject_type", sa.Text, nullable=False),
    Column("gone_id", key_type(), nullable=False),
    Column("kept_id", key_type(), nullable=False),
    key=("subject_type", "gone_id"),
    comment="合并: which record of one organization or person stands for another one.",
)

contact = _dated(
    "contact",
    Column("owner", sa.Text, nullable=False),
    Column("mail", sa.Text, nullable=False),
    key=("owner",),
    comment="Mail address of `unit:12` or the business contact of `organization:7`.",
    personal=("mail",),
)

search_name = Table(
    "search_name",
    metadata,
    identity(),
    Column("subject_type", sa.Text, nullable=False),
    Column("subject_id", key_type(), nullable=False),
    Column("name", sa.Text, nullable=False),
    Column("initials", sa.Text, nullable=False),
    UniqueConstraint("subject_type", "subject_id"),
    Index("ix_search_name_initials", "initials", "name"),
    comment="Names with the initials of their pinyin, made from the register where they lack.",
    **STRICT,
)

intake_waiting = Table(
    "intake_waiting",
    metadata,
    identity(),
    Column("layout", sa.Text, nullable=False),
    Column("credit_code", sa.Text, nullable=False),
    Column("digest", sa.Text, nullable=False),
    Column("file", sa.Text, nullable=False),
    Column("row", sa.Integer, nullable=False),
    Column("as_of", Day, nullable=False),
    Column("values", Document, nullable=False),
    UniqueConstraint("digest", "row"),
    comment="Good rows about an organization that no register has named yet; used when one does.",
    info={"personal": frozenset({"values"})},
    **STRICT,
)

home_alias = _dated(
    "home_alias",
    Column("text", sa.Text, nullable=False),
    _ref("body_id", "party_body"),
    key=("text",),
    comment="What officers decided a free-text home means.",
)

TABLES: dict[str, Table] = {
    one.name: one
    for one in (
        unit,
        organization,
        organization_profile,
        party_body,
        body_year,
        body_kind,
        body_serves,
        headcount,
        activist_count,
        survey_claim,
        mass_body,
        cultivation,
        network_link,
        person,
        person_at_organization,
        party_status,
        engagement,
        formal_relation,
        temporary_relation,
        instructor_post,
        secretary_post,
        election,
        affiliation,
        body_listing,
        funding,
        certificate,
        training_session,
        attendance,
        merged_record,
        contact,
        home_alias,
    )
}
"""Every table of the register, by name."""

DATED = tuple(table for table in TABLES.values() if "from_on" in table.c)
