"""What a scenario has added to the register, by the names that the scenario gives to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle import engine
from lifecycle.cases import Subject
from lifecycle.register import put
from lifecycle.takeover import take_over
from workflows import byhand, recording
from workflows.facts.body_year import FUNDING, STATEMENT
from workflows.intake.listing import owe_lists
from workflows.register import body_year, party_body, person_at_organization
from workflows.subjects import BODY, BODY_YEAR, ORGANIZATION, PLACE, UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.definition import Workflow
    from lifecycle.work import Work

_MATTERS = {"BYR": STATEMENT, "FUN": FUNDING}


@dataclass(slots=True)
class Things:
    """Units, organizations and persons by their names in the scenario."""

    named: dict[str, Subject] = field(default_factory=dict)

    def take_over(self, work: Work, given: Sequence[Mapping[str, Any]], day: date) -> None:
        """Lists found this on the day: everything is recorded first, then cases are opened."""
        work.silent = True
        work.taken_over_on = day
        for one in given:
            self.add(work, one, day)
        done = take_over(work, set(work.touched), day)
        owe_lists(work, done.touched, day, ["scenario"])

    def add(self, work: Work, given: Mapping[str, Any], day: date) -> None:
        """A unit, an organization or a person, and where that person works."""
        for kind in ("unit", "organization", "person"):
            if kind in given and given[kind] not in self.named:
                adding = getattr(self, f"_add_{kind}")
                self.named[given[kind]] = Subject(kind, adding(work, given, day))
        if "engaged_at" in given:
            byhand.add_engagement(
                work,
                person_id=self.named[given["person"]].id,
                organization_id=self.named[given["engaged_at"]].id,
                employment=given["employment"],
                since=given.get("since", day),
                on=day,
            )

    def _add_unit(self, work: Work, given: Mapping[str, Any], day: date) -> int:
        del day
        parent = given.get("parent")
        return byhand.add_unit(
            work,
            name=given["unit"],
            level=given.get("level", "county"),
            kind=given.get("kind", "supervisory_unit"),
            parent_id=self.named[parent].id if parent else None,
            mail=given.get("mail", f"{given['unit']}@example.org"),
        )

    def _add_organization(self, work: Work, given: Mapping[str, Any], day: date) -> int:
        name = given["organization"]
        units = {
            f"{role}_id": self.named[given[role]].id
            for role in ("supervisor", "registrar", "county", "township")
            if given.get(role)
        }
        organization_id = byhand.add_organization(
            work,
            name=name,
            credit_code=f"CODE-{name}",
            kind=given.get("kind", "private_nonenterprise_unit"),
            **units,
            registered_on=given.get("registered_on", date(2005, 1, 1)),
            on=day,
            mail=given.get("mail", f"{name}@example.org"),
            body=given.get("body"),
            body_since=given.get("body_since", day),
        )
        if "certificate" in given:
            self._add_certificate(work, organization_id, given["certificate"], day)
        return organization_id

    def _add_certificate(
        self, work: Work, organization_id: int, given: Mapping[str, date], day: date
    ) -> None:
        """A Five-Good certificate of the own body: `{from: 2025-12-01, until: 2026-12-01}`."""
        subject = Subject(BODY, byhand.own_body_of(work.connection, organization_id))
        row = put("certificate", {"body_id": subject.id}, {}, given["from"], given["until"])
        engine.record_rows(work, subject, [row], day, event="certificate_recorded")

    def _add_person(self, work: Work, given: Mapping[str, Any], day: date) -> int:
        status = given.get("party_status", "full")
        admitted = given.get("admitted_on", date(2000, 1, 1) + timedelta(days=len(self.named)))
        home = given.get("home", "elsewhere")
        return byhand.add_person(
            work,
            name=given["person"],
            birth_on=date(1980, 1, 1),
            admitted_on=None if status == byhand.APPLICANT else admitted,
            status=status,
            home_body_id=self._home(work, home, day),
            home_text=None if home in self.named else home,
        )

    def _home(self, work: Work, home: str, day: date) -> int | None:
        if home == "unknown":
            return None
        if home not in self.named:
            self.named[home] = Subject(
                UNIT, self._add_unit(work, {"unit": home, "level": "county"}, day)
            )
        thing = self.named[home]
        if thing.type == ORGANIZATION:
            return byhand.own_body_of(work.connection, thing.id)
        return byhand.unit_body_of(work.connection, thing.id)

    def record(self, work: Work, given: Mapping[str, Any], day: date) -> None:
        """Facts about one of them from the day on."""
        values = dict(given)
        subject = self._recorded_subject(work.connection, values)
        recording.record(work, subject, values, day)

    def _recorded_subject(self, connection: Connection, values: dict[str, Any]) -> Subject:
        if "person" in values:
            person_name = values.pop("person")
            where = values.pop("at", None)
            if where is None:
                return self.named[person_name]
            return self._place(connection, person_name, where)
        if "body" in values:
            return self._body(connection, self.named[values.pop("body")])
        return self.named[values.pop("organization")]

    # -- looking up ------------------------------------------------------------------------

    def number(self, connection: Connection, value: Any, meant: str) -> Any:  # noqa: ANN401 - a field's value
        """A field's value, the name of a thing in it as its number."""
        if isinstance(value, list):
            return ",".join(str(self.number(connection, one, meant)) for one in value)
        if not meant or not isinstance(value, str) or value not in self.named:
            return value
        thing = self.named[value]
        return self._body(connection, thing).id if meant == BODY else thing.id

    def subject(self, connection: Connection, workflow: Workflow, names: str) -> Subject | None:
        """What a case of the workflow is about; None for a year that has not begun."""
        first, *others = (part.strip() for part in names.split(","))
        thing = self.named[first]
        if workflow.subject == PLACE:
            return self._place(connection, first, others[0])
        if workflow.subject == BODY:
            return self._body(connection, thing)
        if workflow.subject == BODY_YEAR:
            return _year(connection, thing, int(others[0]), _MATTERS[workflow.code])
        return thing

    def _place(self, connection: Connection, person: str, organization: str) -> Subject:
        p = person_at_organization.c
        statement = sa.select(p.id).where(
            p.person_id == self.named[person].id, p.organization_id == self.named[organization].id
        )
        return Subject(PLACE, connection.execute(statement).scalar_one())

    def _body(self, connection: Connection, thing: Subject) -> Subject:
        if thing.type == UNIT:
            return Subject(BODY, byhand.unit_body_of(connection, thing.id))
        return Subject(BODY, byhand.own_body_of(connection, thing.id))


def _year(connection: Connection, lead: Subject, year: int, matter: str) -> Subject | None:
    """`BYR(clinic, 2026)`: the year of the own body, also of one dissolved since."""
    y, b = body_year.c, party_body.c
    statement = (
        sa.select(y.id)
        .join(party_body, b.id == y.body_id)
        .where(b.organization_id == lead.id, y.year == year, y.matter == matter)
        .order_by(y.id.desc())
        .limit(1)
    )
    found = connection.execute(statement).scalar_one_or_none()
    return None if found is None else Subject(BODY_YEAR, found)
