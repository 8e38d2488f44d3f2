"""Good rows into the register: what is new or different is written, what is known stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import EntryKind, Subject
from lifecycle.engine import record_rows
from lifecycle.register import RegisterChange, put
from lifecycle.store.tables import case, entry, unit
from workflows.byhand import surname_of
from workflows.intake.comparing import BODY_APPEARS, CONTRADICTS, Difference
from workflows.intake.rows import (
    CheckedRow,
    IntermediaryRow,
    MemberRow,
    RegisterRow,
    SurveyRow,
    UnitRow,
)
from workflows.merged import kept_numbers
from workflows.register import (
    TABLES,
    organization,
    organization_profile,
    party_body,
    person,
    person_at_organization,
)
from workflows.subjects import BODY, ORGANIZATION, PERSON, UNIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lifecycle.work import Work

FOUNDED = date(1949, 10, 1)
"""From when on a unit's Party body is taken to exist: no list says, and no rule asks."""

NO_UNIT_LEVEL = "department"


@dataclass(slots=True)
class RowStore:
    """Stores checked rows of one file in the caller's transaction."""

    work: Work
    as_of: date
    units: dict[str, int] = field(default_factory=dict)
    organizations: dict[str, int] = field(default_factory=dict)
    bodies: dict[int, int] = field(default_factory=dict)
    merged_codes: frozenset[str] = frozenset()
    """Credit codes of records that have been merged into another one."""
    kept_persons: dict[int, int] = field(default_factory=dict)
    """By number of a person's merged record: the one that stands for it."""
    differences: list[Difference] = field(default_factory=list)
    """Rows that say otherwise than an officer's entry: listed, the entry stays."""

    def __post_init__(self) -> None:
        """Reads what rows are looked up by."""
        connection = self.work.connection
        self.units = {
            row.name: row.id for row in connection.execute(sa.select(unit.c.name, unit.c.id))
        }
        o, b = organization.c, party_body.c
        kept = kept_numbers(connection, ORGANIZATION)
        codes = {
            row.credit_code: row.id for row in connection.execute(sa.select(o.credit_code, o.id))
        }
        self.organizations = {code: kept.get(one, one) for code, one in codes.items()}
        self.kept_persons = kept_numbers(connection, PERSON)
        self.merged_codes = frozenset(code for code, one in codes.items() if one in kept)
        self.bodies = {
            row.organization_id: row.id
            for row in connection.execute(
                sa.select(b.organization_id, b.id)
                .where(b.organization_id.is_not(None))
                .order_by(b.id)
            )
        }

    def store(self, row: CheckedRow) -> bool:
        """Stores one good row; False when it says nothing new."""
        values = row.values
        origin = {"file": row.digest, "name": row.file, "row": row.row}
        if isinstance(values, UnitRow):
            return self._unit(values, origin)
        if isinstance(values, RegisterRow | IntermediaryRow):
            return self._organization(row, values, origin)
        if isinstance(values, SurveyRow):
            return self._survey(row, values, origin)
        if isinstance(values, MemberRow):
            return self._member(values, origin)
        msg = f"a row of {row.layout} carries no values"
        raise TypeError(msg)

    # -- units -----------------------------------------------------------------------------

    def _unit(self, given: UnitRow, origin: Mapping[str, Any]) -> bool:
        parent_id = self.unit(given.parent_name) if given.parent_name else None
        known = self.units.get(given.name)
        unit_id = known or self.unit(given.name)
        wanted = {"level": given.level, "kind": given.kind, "parent_id": parent_id}
        changed = self.work.connection.execute(
            sa.update(unit)
            .where(
                unit.c.id == unit_id,
                sa.or_(
                    unit.c.level != given.level,
                    unit.c.kind != given.kind,
                    unit.c.parent_id.is_distinct_from(parent_id),
                ),
            )
            .values(**wanted)
        )
        changes = []
        if given.mail:
            changes = self._new(
                put("contact", {"owner": f"unit:{unit_id}"}, {"mail": given.mail}, self.as_of)
            )
        self._write(Subject(UNIT, unit_id), changes, origin)
        return bool(changes) or known is None or changed.rowcount > 0

    def unit(self, name: str) -> int:
        """The unit of that name; created as a department without address when no list knows it."""
        if name in self.units:
            return self.units[name]
        connection = self.work.connection
        unit_id: int = connection.execute(
            sa.insert(unit)
            .values(name=name, parent_id=None, level=NO_UNIT_LEVEL, kind="department")
            .returning(unit.c.id)
        ).scalar_one()
        body_id = connection.execute(
            sa.insert(party_body)
            .values(unit_id=unit_id, name=f"{name}党委")
            .returning(party_body.c.id)
        ).scalar_one()
        change = put(
            "body_kind", {"body_id": body_id}, {"kind": "unit", "name": f"{name}党委"}, FOUNDED
        )
        self._write(Subject(UNIT, unit_id), [change], None)
        self.units[name] = unit_id
        return unit_id

    # -- organizations ---------------------------------------------------------------------

    def _organization(
        self,
        row: CheckedRow,
        given: RegisterRow | IntermediaryRow,
        origin: Mapping[str, Any],
    ) -> bool:
        if given.credit_code in self.merged_codes:
            return False  # how the old code is registered says nothing of the record that stands
        organization_id = self.organizations.get(given.credit_code)
        if organization_id is None:
            organization_id = self._new_organization(given.credit_code)
        key = {"organization_id": organization_id}
        registrar = given.registrar if isinstance(given, RegisterRow) else None
        values = {
            "name": given.name,
            "kind": given.kind if isinstance(given, RegisterRow) else "intermediary_organization",
            "supervisor_id": self.unit(given.supervisor) if given.supervisor else None,
            "registrar_id": self.unit(registrar) if registrar else None,
            "county": given.county,
            "township": given.township,
            "registered_on": given.registered_on,
        }
        since = given.registered_on
        standing = given.standing if isinstance(given, RegisterRow) else "active"
        ended_on = self.as_of if standing != "active" else None
        changes = self._profile(row, key, values, since, ended_on)
        if isinstance(given, IntermediaryRow) and given.employees is not None:
            counts = {"employees": given.employees}
            changes += self._stated(row, "headcount", key, counts)
        if organization_id not in self.bodies and ended_on is None:
            body_id = self._prospective_body(organization_id)
            kind = {"kind": "prospective", "name": None}
            changes.append(put("body_kind", {"body_id": body_id}, kind, since))
        self._write(Subject(ORGANIZATION, organization_id), changes, origin)
        return bool(changes)

    def _new_organization(self, credit_code: str) -> int:
        organization_id: int = self.work.connection.execute(
            sa.insert(organization).values(credit_code=credit_code).returning(organization.c.id)
        ).scalar_one()
        self.organizations[credit_code] = organization_id
        return organization_id

    def _prospective_body(self, organization_id: int) -> int:
        body_id: int = self.work.connection.execute(
            sa.insert(party_body).values(organization_id=organization_id).returning(party_body.c.id)
        ).scalar_one()
        self.bodies[organization_id] = body_id
        return body_id

    def _profile(
        self,
        row: CheckedRow,
        key: Mapping[str, Any],
        values: dict[str, Any],
        since: date,
        ended_on: date | None,
    ) -> list[RegisterChange]:
        current = self.current("organization_profile", key)
        if current is None and ended_on is not None and self._ended_already(key):
            return []
        if current is not None and not self._differs(current, values):
            return []
        if current is not None and self._by_officer(current):
            self._note(CONTRADICTS, row, "organization_profile")
            return []
        from_on = since if current is None else max(self.as_of, current["from_on"])
        units = {"county_id": None, "township_id": None}
        return [put("organization_profile", key, {**values, **units}, from_on, ended_on)]

    def _ended_already(self, key: Mapping[str, Any]) -> bool:
        p = organization_profile.c
        statement = sa.select(p.id).where(
            p.organization_id == key["organization_id"], p.known_until.is_(None)
        )
        return self.work.connection.execute(statement).first() is not None

    # -- the survey ------------------------------------------------------------------------

    def _survey(self, row: CheckedRow, given: SurveyRow, origin: Mapping[str, Any]) -> bool:
        organization_id = self.organizations[given.credit_code]
        key = {"organization_id": organization_id}
        counts = {
            "members": given.members,
            "full_time": given.full_time,
            "part_time": given.part_time,
            "employees": given.employees,
        }
        changes = self._stated(row, "headcount", key, counts)
        activists = {"applicants": given.applicants, "activists": given.activists or 0}
        changes += self._stated(row, "activist_count", key, activists)
        claim = {
            "full_members": given.full_members,
            "probationary_members": given.probationary_members,
            "held_here": given.held_here,
        }
        changes += self._stated(row, "survey_claim", key, claim)
        if given.mail:
            owner = {"owner": f"organization:{organization_id}"}
            changes += self._stated(row, "contact", owner, {"mail": given.mail})
        if given.instructor:
            post = {"kind": "instructor", "name": given.instructor}
            changes += self._stated(row, "instructor_post", key, post)
        if given.body_name and self.current("organization_profile", key) is not None:
            changes += self._own_body(row, organization_id, given)
        self._write(Subject(ORGANIZATION, organization_id), changes, origin)
        return bool(changes)

    def _own_body(
        self, row: CheckedRow, organization_id: int, given: SurveyRow
    ) -> list[RegisterChange]:
        body_id = self.bodies.get(organization_id) or self._prospective_body(organization_id)
        key = {"body_id": body_id}
        current = self.current("body_kind", key)
        if current is not None and current["kind"] != "prospective":
            return []
        if cases := self._at_work_on(body_id):
            self._note(BODY_APPEARS, row, "", cases)
            return []
        formed_on = given.body_formed_on or self.as_of
        since = max(formed_on, current["from_on"]) if current else formed_on
        serves = {"body_id": body_id, "organization_id": organization_id}
        return [
            put("body_kind", key, {"kind": "own", "name": given.body_name}, since),
            put("body_serves", serves, {}, since),
        ]

    def _at_work_on(self, body_id: int) -> tuple[str, ...]:
        """The body's open case, when people have recorded anything in it."""
        c = case.c
        statement = sa.select(c.id).where(
            c.workflow == "branch",
            c.subject_type == BODY,
            c.subject_id == body_id,
            c.closed_on.is_(None),
            sa.not_(c.taken_over_only),
            c.last_person_on.is_not(None),
        )
        code = self.work.registry.book("branch").workflow.code
        return tuple(f"{code}-{one}" for one in self.work.connection.execute(statement).scalars())

    def _note(self, code: str, row: CheckedRow, item: str, cases: tuple[str, ...] = ()) -> None:
        self.differences.append(Difference(code, row.name, item=item, cases=cases))

    # -- members ---------------------------------------------------------------------------

    def _member(self, given: MemberRow, origin: Mapping[str, Any]) -> bool:
        organization_id = self.organizations[given.credit_code]
        person_id = self._person(given)
        place_id = self._place(person_id, organization_id)
        changes = self._status(person_id, given)
        held = {"person_id": person_id}
        if self.current("formal_relation", held) is None:
            home = {"body_id": None, "home_text": given.home}
            changes.append(put("formal_relation", held, home, given.admitted_on))
        place = {"person_at_organization_id": place_id}
        if self.current("engagement", place) is None:
            row = {"employment": given.employment}
            changes.append(put("engagement", place, row, given.engaged_on))
        self._write(Subject(PERSON, person_id), changes, origin)
        return bool(changes)

    def _person(self, given: MemberRow) -> int:
        p = person.c
        found: int | None = self.work.connection.execute(
            sa.select(p.id).where(
                p.name == given.name,
                p.birth_on == given.birth_on,
                p.admitted_on == given.admitted_on,
            )
        ).scalar_one_or_none()
        if found:
            return self.kept_persons.get(found, found)
        return int(
            self.work.connection.execute(
                sa.insert(person)
                .values(
                    name=given.name,
                    surname=surname_of(given.name),
                    birth_on=given.birth_on,
                    admitted_on=given.admitted_on,
                )
                .returning(p.id)
            ).scalar_one()
        )

    def _place(self, person_id: int, organization_id: int) -> int:
        p = person_at_organization.c
        found = self.work.connection.execute(
            sa.select(p.id).where(p.person_id == person_id, p.organization_id == organization_id)
        ).scalar_one_or_none()
        return found or int(
            self.work.connection.execute(
                sa.insert(person_at_organization)
                .values(person_id=person_id, organization_id=organization_id)
                .returning(p.id)
            ).scalar_one()
        )

    def _status(self, person_id: int, given: MemberRow) -> list[RegisterChange]:
        key = {"person_id": person_id}
        current = self.current("party_status", key)
        if current is not None:
            if current["status"] == given.status:
                return []
            since = given.full_since or self.as_of
            return [put("party_status", key, {"status": given.status}, since)]
        admitted = given.admitted_on
        if given.status == "full" and given.full_since and given.full_since > admitted:
            return [
                put("party_status", key, {"status": "probationary"}, admitted),
                put("party_status", key, {"status": "full"}, given.full_since),
            ]
        return [put("party_status", key, {"status": given.status}, admitted)]

    # -- what is known already -------------------------------------------------------------

    def current(self, table: str, key: Mapping[str, Any]) -> dict[str, Any] | None:
        """The row under the key that holds on the as-of day."""
        t = TABLES[table].c
        statement = sa.select(TABLES[table]).where(
            *(t[name] == value for name, value in key.items()),
            t.known_until.is_(None),
            t.from_on <= self.as_of,
            sa.or_(t.until_on.is_(None), t.until_on > self.as_of),
        )
        found = self.work.connection.execute(statement).mappings().first()
        return dict(found) if found else None

    def _stated(
        self, row: CheckedRow, table: str, key: Mapping[str, Any], values: Mapping[str, Any]
    ) -> list[RegisterChange]:
        """A count or contact as stated: written when it says something new."""
        said = {name: value for name, value in values.items() if value is not None}
        if not said:
            return []
        current = self.current(table, key)
        if current is None:
            return [put(table, key, said, self.as_of)]
        if not self._differs(current, said):
            return []
        if self._by_officer(current):
            self._note(CONTRADICTS, row, table)
            return []
        plain = {name: current[name] for name in values if name in current}
        return [put(table, key, {**plain, **said}, max(self.as_of, current["from_on"]))]

    def _new(self, change: RegisterChange) -> list[RegisterChange]:
        current = self.current(change.table, change.key)
        if current is not None and not self._differs(current, change.values):
            return []
        return [change]

    @staticmethod
    def _differs(current: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
        return any(current[name] != value for name, value in said.items())

    def _by_officer(self, current: Mapping[str, Any]) -> bool:
        statement = sa.select(entry.c.kind).where(entry.c.id == current["entry_id"])
        kind = self.work.connection.execute(statement).scalar_one()
        return bool(kind != EntryKind.TAKEN_OVER)

    def _write(
        self,
        subject: Subject,
        changes: Iterable[RegisterChange],
        origin: Mapping[str, Any] | None,
    ) -> None:
        orders = list(changes)
        if not orders:
            return
        self.work.origin = origin
        record_rows(
            self.work,
            subject,
            orders,
            self.as_of,
            settles=False,
            event="taken_over",
            kind=EntryKind.TAKEN_OVER,
        )
        self.work.origin = None
