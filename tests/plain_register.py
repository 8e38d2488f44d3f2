"""A register written row by row, without the engine: for tests and figures over many subjects."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.store.tables import (
    case,
    case_state,
    deadline,
    entry,
    parameter_value,
    unit,
    workflow_text,
)
from workflows.register import (
    TABLES,
    organization,
    party_body,
    person,
    person_at_organization,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Table

LONG_AGO = date(2001, 1, 1)
KNOWN = datetime(2001, 1, 2, tzinfo=UTC)
BATCH = 5_000


@dataclass(slots=True)
class PlainRegister:
    """Rows by table; every number is given here, so that rows can name each other."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    _tables: dict[str, Table] = field(default_factory=dict)

    def add(self, table: Table, **values: Any) -> int:  # noqa: ANN401 - a row's values
        """A row with the next number."""
        rows = self.rows[table.name]
        self._tables[table.name] = table
        rows.append({"id": len(rows) + 1, **values})
        return len(rows)

    def dated(
        self,
        table: str,
        values: Mapping[str, Any],
        since: date = LONG_AGO,
        until: date | None = None,
    ) -> int:
        """A dated row of the register that nobody has doubted."""
        return self.add(TABLES[table], **values, **_held(since, until))

    def unit(self, level: str, kind: str, parent: int | None = None) -> int:
        """A unit with its Party body."""
        number = len(self.rows["unit"]) + 1
        values = {"name": f"unit {number}", "division_code": None}
        made = self.add(unit, level=level, kind=kind, parent_id=parent, **values)
        body = self.add(party_body, organization_id=None, unit_id=made, name=None)
        self.dated("body_kind", {"body_id": body, "kind": "unit", "name": None})
        return made

    def unit_body(self, unit_id: int) -> int:
        """The Party body of a unit."""
        rows = self.rows["party_body"]
        return next(int(row["id"]) for row in rows if row["unit_id"] == unit_id)

    def organization(
        self,
        *,
        kind: str | None = "private_nonenterprise_unit",
        supervisor: int | None = None,
        registrar: int | None = None,
        county: int | None = None,
        township: int | None = None,
        since: date = LONG_AGO,
        until: date | None = None,
        **headcount: Any,  # noqa: ANN401 - whole numbers
    ) -> int:
        """An organization, with a headcount statement from its first day if one is given."""
        number = len(self.rows["organization"]) + 1
        made = self.add(organization, credit_code=f"C{number:08}")
        values = {
            "organization_id": made,
            "name": f"organization {number}",
            "kind": kind,
            "supervisor_id": supervisor,
            "registrar_id": registrar,
            "county_id": county,
            "township_id": township,
            "county": None,
            "township": None,
            "registered_on": since,
        }
        self.dated("organization_profile", values, since, until)
        if headcount:
            self.headcount(made, since, **headcount)
        return made

    def headcount(
        self,
        organization_id: int,
        since: date,
        until: date | None = None,
        **counts: Any,  # noqa: ANN401 - whole numbers
    ) -> None:
        """A statement of counts."""
        names = ("members", "unit_members", "full_time", "part_time", "employees")
        values = {name: counts.get(name) for name in names}
        self.dated("headcount", {"organization_id": organization_id, **values}, since, until)

    def body(
        self,
        organization_id: int,
        kind: str = "own",
        *,
        partners: Iterable[int] = (),
        since: date = LONG_AGO,
    ) -> int:
        """A body of an organization; an elected one serves it and its partners."""
        made = self.add(party_body, organization_id=organization_id, unit_id=None, name=None)
        self.dated("body_kind", {"body_id": made, "kind": kind, "name": None}, since)
        if kind not in ("provisional", "prospective"):
            for one in (organization_id, *partners):
                self.dated("body_serves", {"body_id": made, "organization_id": one}, since)
        return made

    def member(
        self,
        organization_id: int,
        held_by: int | None = None,
        *,
        status: str = "full",
        employment: str = "full_time",
        since: date = LONG_AGO,
        until: date | None = None,
    ) -> int:
        """A member who works at an organization; the person at the organization."""
        number = len(self.rows["person"]) + 1
        made = self.add(
            person, name=f"王{number}", surname="王", birth_on=None, admitted_on=None, namesake=0
        )
        place = self.add(person_at_organization, person_id=made, organization_id=organization_id)
        values = {"person_at_organization_id": place, "employment": employment}
        self.dated("engagement", values, since, until)
        self.dated("party_status", {"person_id": made, "status": status})
        held = {"person_id": made, "body_id": held_by, "home_text": None}
        self.dated("formal_relation", held)
        return place

    def certificate(self, body_id: int, since: date, until: date) -> None:
        """A Five-Good certificate; `until` is the first day on which it no longer holds."""
        self.dated("certificate", {"body_id": body_id, "reason": None}, since, until)

    def case(
        self,
        workflow: str,
        subject: tuple[str, int],
        states: Sequence[tuple[str, date]],
        *,
        fields: Mapping[str, Any] | None = None,
        unit_id: int | None = None,
    ) -> int:
        """A case with its states, each from its day to that of the next."""
        first, last = states[0][1], states[-1]
        made = self.add(
            case,
            workflow=workflow,
            workflow_text_id=1,
            subject_type=subject[0],
            subject_id=subject[1],
            unit_id=unit_id,
            state=last[0],
            state_since_on=last[1],
            previous_state=None,
            fields=dict(fields or {}),
            version=1,
            head_hash=b"",
            last_on=last[1],
            last_person_on=None,
            taken_over_only=False,
            opened_on=first,
            # Closed in name only: several cases about one subject are wanted here.
            closed_on=last[1],
        )
        ends = [day for _, day in states[1:]] + [None]
        for (state, since), until in zip(states, ends, strict=True):
            self.add(case_state, case_id=made, state=state, **_held(since, until))
        return made

    def entry(self, case_id: int, event: str, on: date) -> None:
        """An entry that records an event."""
        number = len(self.rows["entry"]) + 2
        seq = sum(one["case_id"] == case_id for one in self.rows["entry"]) + 1
        self.add(entry, **_entry(case_id, event, on, seq, f"r{number}"))
        self.rows["entry"][-1]["id"] = number

    def deadline(
        self,
        case_id: int,
        rule: str,
        anchor: date,
        due: date,
        closed: tuple[str, date] | None = None,
        reason: str | None = None,
    ) -> None:
        """A deadline, open or closed (how, when)."""
        status, closed_on = closed or ("open", None)
        self.add(
            deadline,
            case_id=case_id,
            rule=rule,
            kind="deadline",
            cycle=0,
            anchor_on=anchor,
            raw_on=due,
            due_on=due,
            provisional=False,
            status=status,
            reason=reason,
            closed_on=closed_on,
            suspended_on=None,
            suspended_days=0,
            wake_at=None,
            derivation={},
            opened_entry_id=1,
            closed_entry_id=None,
        )

    def parameter(self, name: str, value: Any, unit_id: int | None = None) -> None:  # noqa: ANN401 - typed by its parameter
        """A value that a jurisdiction, or everybody, has set."""
        # A day after the shipped values, so that it comes after them.
        values = {"recorded_at": KNOWN, "recorded_by": "test", "from_on": date(2010, 6, 8)}
        self.add(parameter_value, parameter=name, unit_id=unit_id, value=value, **values)

    def post(self, organization_id: int, kind: str = "instructor") -> None:
        """An instructor or liaison in office."""
        rest = {"name": None, "unit_id": None, "covers_until_on": None}
        self.dated("instructor_post", {"organization_id": organization_id, "kind": kind, **rest})

    def attendance(self, area: int, organization_id: int, audience: str, on: date) -> None:
        """A session of an area that reached an organization."""
        key = {"unit_id": area, "session": f"{on}", "organization_id": organization_id}
        self.dated("attendance", {**key, "audience": audience, "headcount": 1}, on)

    def activists(self, organization_id: int, count: int) -> None:
        """Activists as counted."""
        values = {"organization_id": organization_id, "applicants": count, "activists": count}
        self.dated("activist_count", values)

    def store(self, connection: Connection) -> None:
        """Writes everything, in the order in which rows name each other."""
        connection.execute(
            sa.insert(workflow_text),
            {
                "id": 1,
                "workflow": "x",
                "version": "1",
                "digest": "x",
                "text": "",
                "stored_at": KNOWN,
            },
        )
        origin = PlainRegister()
        origin.case("x", ("unit", 0), [("x", LONG_AGO)])
        founding = {**origin.rows["case"][0], "id": 0, "workflow": "founding"}
        connection.execute(sa.insert(case), founding)
        connection.execute(sa.insert(entry), {"id": 1, **_entry(0, "founded", LONG_AGO, 1, "r")})
        for name in _order(self.rows):
            rows = self.rows[name]
            for begin in range(0, len(rows), BATCH):
                connection.execute(sa.insert(self._tables[name]), rows[begin : begin + BATCH])

    def advance_sequences(self, connection: Connection) -> None:
        """Lets PostgreSQL number further rows after these, where some are to come."""
        if connection.dialect.name != "postgresql":
            return
        for table in (*self._tables.values(), workflow_text):
            if table is not entry:
                last = sa.select(sa.func.max(table.c.id)).scalar_subquery()
                sequence = sa.func.pg_get_serial_sequence(f'"{table.name}"', "id")
                connection.execute(sa.select(sa.func.setval(sequence, last)))


def _held(since: date, until: date | None) -> dict[str, Any]:
    return {
        "from_on": since,
        "until_on": until,
        "known_from": KNOWN,
        "known_until": None,
        "entry_id": 1,
        "ended_entry_id": None,
    }


def _entry(case_id: int, event: str, on: date, seq: int, request: str) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "seq": seq,
        "kind": "event",
        "event": event,
        "from_state": None,
        "to_state": "x",
        "effective_on": on,
        "recorded_at": KNOWN,
        "actor": "test",
        "request_id": request,
        "corrects": None,
        "supersedes": [],
        "body": b"{}",
        "hash": b"",
    }


FIRST = ("unit", "organization", "party_body", "person", "person_at_organization", "case", "entry")


def _order(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
