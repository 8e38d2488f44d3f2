"""What lists leave open: rows that are gone, claims that differ, relations that an officer decides.

Nothing is changed because of these (rulebook I.1, I.4): they are shown, with the cases concerned.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.engine import REGISTER
from lifecycle.store.tables import case
from workflows.facts.shared import HELD
from workflows.intake.layouts import Layout
from workflows.intake.rows import MemberRow, UnitRow
from workflows.register import (
    engagement,
    headcount,
    organization,
    organization_profile,
    party_body,
    party_status,
    person,
    person_at_organization,
    survey_claim,
)
from workflows.subjects import BODY, ORGANIZATION, PLACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

    from lifecycle.registry import Registry
    from workflows.intake.rows import CheckedRow

NOT_LISTED = "not_listed"
"""On the register, in a county that the list covers, and not on the list."""

CLAIM_DIFFERS = "claim_differs"
"""The survey counts members otherwise than the roster."""

SECOND_FORMAL = "second_formal_relation"
"""Two organizations would both hold the formal relation of one person."""

BODY_APPEARS = "body_appears"
"""The list names a body where officers are at work on one: they record it by its events."""

CONTRADICTS = "contradicts_officer"
"""The list says otherwise than what an officer recorded, which stays."""

ON_THE_FORMAL_WAY = ("formal_due", "transfer_rejected", "formal_in", "move_out_due", "moving_out")

MOST = 900
"""Numbers in one statement: SQLite takes no more than so many parameters in old builds."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that an officer should look at."""

    code: str
    name: str
    """The organization; of a person the surname before it (rulebook F8)."""

    item: str = ""
    said: int | None = None
    """What the list says of the item, and what the register holds."""

    held: int | None = None
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The register as of a day, against which the lists of one command are held."""

    connection: Connection
    registry: Registry
    as_of: date

    def differences(self, rows: Iterable[CheckedRow]) -> list[Difference]:
        """Everything that these rows leave open, in the order in which it is looked at."""
        by_layout: dict[Layout, list[CheckedRow]] = defaultdict(list)
        for row in rows:
            by_layout[row.layout].append(row)
        found: list[Difference] = []
        for layout, its in by_layout.items():
            found += self._not_listed(layout, its)
        if Layout.SURVEY in by_layout or Layout.MEMBERS in by_layout:
            found += self._claims()
            found += self._second_relations()
        return found

    # -- rows that are gone ----------------------------------------------------------------

    def _not_listed(self, layout: Layout, rows: Sequence[CheckedRow]) -> list[Difference]:
        if layout is Layout.UNITS:
            return []
        codes = {_code(row) for row in rows}
        known = self._organizations()
        counties = {known[code].county for code in codes if code in known}
        covered = {one.id: one for one in known.values() if one.county in counties}
        if layout is Layout.MEMBERS:
            return self._members_not_listed(rows, covered)
        gone = [one for one in covered.values() if one.code not in codes]
        if layout is Layout.SURVEY:
            surveyed = self._with_rows_in(headcount)
            gone = [one for one in gone if one.id in surveyed and not one.intermediary]
        else:
            wanted = layout is Layout.INTERMEDIARIES
            gone = [one for one in gone if one.intermediary is wanted]
        cases = self._cases(ORGANIZATION, [one.id for one in gone])
        return [
            Difference(NOT_LISTED, one.name, item=layout.value, cases=tuple(cases[one.id]))
            for one in gone
        ]

    def _members_not_listed(
        self, rows: Sequence[CheckedRow], covered: Mapping[int, _Organization]
    ) -> list[Difference]:
        p, e, who = person_at_organization.c, engagement.c, person.c
        listed = {(_code(row), _name(row)) for row in rows}
        statement = (
            sa.select(p.id, p.organization_id, who.name, who.surname)
            .join(person, who.id == p.person_id)
            .join(engagement, e.person_at_organization_id == p.id)
            .where(self._holds(engagement))
            .order_by(p.id)
        )
        gone = [
            row
            for row in self.connection.execute(statement)
            if row.organization_id in covered
            and (covered[row.organization_id].code, row.name) not in listed
        ]
        cases = self._cases(PLACE, [row.id for row in gone])
        return [
            Difference(
                NOT_LISTED,
                f"{row.surname}某 · {covered[row.organization_id].name}",
                item=Layout.MEMBERS.value,
                cases=tuple(cases[row.id]),
            )
            for row in gone
        ]

    # -- the survey against the roster -----------------------------------------------------

    def _claims(self) -> list[Difference]:
        c = survey_claim.c
        names = {one.id: one.name for one in self._organizations().values()}
        held = self._held()
        found = []
        statement = sa.select(survey_claim).where(self._holds(survey_claim))
        for row in self.connection.execute(statement.order_by(c.organization_id)).mappings():
            for item, number in zip(_CLAIMED, held[row["organization_id"]], strict=True):
                said = row[item]
                if said is not None and said != number and row["organization_id"] in names:
                    name = names[row["organization_id"]]
                    found.append(Difference(CLAIM_DIFFERS, name, item=item, said=said, held=number))
        return found

    def _held(self) -> dict[int, tuple[int, int, int]]:
        """By organization: full members, probationary members, formal relations held here."""
        p, s, c = person_at_organization.c, party_status.c, case.c
        here = sa.exists().where(
            c.workflow == "member_relation",
            c.subject_type == PLACE,
            c.subject_id == p.id,
            c.state.in_(HELD),
        )
        statement = (
            sa.select(p.organization_id, s.status, here.label("here"))
            .join(engagement, engagement.c.person_at_organization_id == p.id)
            .join(party_status, s.person_id == p.person_id)
            .where(self._holds(engagement), self._holds(party_status))
        )
        counts: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
        for row in self.connection.execute(statement):
            count = counts[row.organization_id]
            count[0] += row.status == "full"
            count[1] += row.status == "probationary"
            count[2] += bool(row.here)
        return defaultdict(
            lambda: (0, 0, 0), {key: (one[0], one[1], one[2]) for key, one in counts.items()}
        )

    # -- one person, two relations ---------------------------------------------------------

    def _second_relations(self) -> list[Difference]:
        p, c = person_at_organization.c, case.c
        statement = (
            sa.select(p.person_id, person.c.surname, p.organization_id, c.id)
            .join(case, sa.and_(c.subject_type == PLACE, c.subject_id == p.id))
            .join(person, person.c.id == p.person_id)
            .where(
                c.workflow == "member_relation",
                c.closed_on.is_(None),
                c.state.in_(ON_THE_FORMAL_WAY),
            )
            .order_by(p.person_id, c.id)
        )
        by_person: dict[int, list[Any]] = defaultdict(list)
        for row in self.connection.execute(statement):
            by_person[row.person_id].append(row)
        names = {one.id: one.name for one in self._organizations().values()}
        code = self.registry.book("member_relation").workflow.code
        return [
            Difference(
                SECOND_FORMAL,
                f"{rows[0].surname}某 · "
                + " / ".join(names.get(row.organization_id, "") for row in rows),
                cases=tuple(f"{code}-{row.id}" for row in rows),
            )
            for rows in by_person.values()
            if len(rows) > 1
        ]

    # -- the register ----------------------------------------------------------------------

    def _holds(self, table: sa.Table) -> ColumnElement[bool]:
        t = table.c
        return sa.and_(
            t.known_until.is_(None),
            t.from_on <= self.as_of,
            sa.or_(t.until_on.is_(None), t.until_on > self.as_of),
        )

    def _organizations(self) -> dict[str, _Organization]:
        """By credit code: what is on the register on the day."""
        o, p = organization.c, organization_profile.c
        statement = (
            sa.select(o.id, o.credit_code, p.name, p.kind, p.county)
            .join(organization_profile, p.organization_id == o.id)
            .where(self._holds(organization_profile))
            .order_by(o.id)
        )
        return {
            row.credit_code: _Organization(
                row.id,
                row.credit_code,
                row.name,
                row.county,
                row.kind == "intermediary_organization",
            )
            for row in self.connection.execute(statement)
        }

    def _with_rows_in(self, table: sa.Table) -> set[int]:
        statement = sa.select(table.c.organization_id).where(self._holds(table))
        return set(self.connection.execute(statement).scalars())

    def _cases(self, kind: str, ids: Sequence[int]) -> dict[int, list[str]]:
        """The open cases about those things, an organization's body included."""
        c, b = case.c, party_body.c
        found: dict[int, list[str]] = defaultdict(list)
        for start in range(0, len(ids), MOST):
            chunk = ids[start : start + MOST]
            its = [
                sa.select(c.subject_id.label("thing"), c.workflow, c.id).where(
                    c.subject_type == kind, c.subject_id.in_(chunk)
                )
            ]
            if kind == ORGANIZATION:
                its.append(
                    sa.select(b.organization_id.label("thing"), c.workflow, c.id)
                    .join(party_body, sa.and_(c.subject_type == BODY, c.subject_id == b.id))
                    .where(b.organization_id.in_(chunk))
                )
            for statement in its:
                for row in self.connection.execute(statement.where(c.closed_on.is_(None))):
                    if row.workflow != REGISTER:
                        code = self.registry.book(row.workflow).workflow.code
                        found[row.thing].append(f"{code}-{row.id}")
        return found


@dataclass(frozen=True, slots=True)
class _Organization:
    id: int
    code: str
    name: str
    county: str | None
    intermediary: bool


_CLAIMED = ("full_members", "probationary_members", "held_here")


def _code(row: CheckedRow) -> str:
    """The credit code, as checked or, of a rejected row, as near as the cell comes to one."""
    if row.values is None or isinstance(row.values, UnitRow):
        return _text(row, "credit_code").upper()
    return row.values.credit_code


def _name(row: CheckedRow) -> str:
    return row.values.name if isinstance(row.values, MemberRow) else _text(row, "name")


def _text(row: CheckedRow, name: str) -> str:
    return str(row.cells.get(name, "")).strip()
