"""A person's own file: everything that is stored about one person, to be handed to that person.

The only read in which names stand in full (rulebook F13). Opening it is an entry in the file: who,
when and why (F12).
"""

from __future__ import annotations

from dataclasses import dataclass
from json import loads
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.cases import Subject
from lifecycle.chain import entry_place
from lifecycle.conditions import Label
from lifecycle.correcting.steps import personal_values
from lifecycle.engine import begin, record_rows
from lifecycle.entered import LONGEST_TEXT
from lifecycle.errors import LifecycleError
from lifecycle.guards import Finding
from lifecycle.plan import role_finding
from lifecycle.store import queries
from lifecycle.store.tables import outbox, personal_value
from workflows.belongings import POSTS, belongings_of, marked, standing_record
from workflows.naming import names_of
from workflows.register import (
    engagement,
    formal_relation,
    intake_waiting,
    party_status,
    person,
    person_at_organization,
    temporary_relation,
)
from workflows.remarks import FILE_READ
from workflows.subjects import BODY, ORGANIZATION, PERSON, UNIT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Table

    from lifecycle.access import Actor
    from lifecycle.cases import CaseView
    from lifecycle.clock import Clock
    from lifecycle.registry import Registry
    from lifecycle.work import Work
    from workflows.belongings import Belongings

READERS = (Role.CASE_OFFICER, Role.APPROVER)
"""Who sees persons by name (rulebook F11)."""


class OwnFileRefusedError(LifecycleError):
    """The file is not opened; `findings` holds every condition, met and unmet."""

    def __init__(self, person: Subject, findings: Sequence[Finding]) -> None:
        self.person = person
        self.findings = tuple(findings)
        unmet = ", ".join(one.id for one in findings if not one.met)
        super().__init__(f"the file of {person.type}:{person.id} is not opened: unmet {unmet}")


@dataclass(frozen=True, slots=True)
class Identity:
    """One record of the person; more than one after a merge."""

    number: int
    name: str
    birth_on: date | None
    admitted_on: date | None


@dataclass(frozen=True, slots=True)
class Held:
    """A dated row: status, engagement, relation or post, where, and from when to when."""

    table: str
    value: str | None
    """An identifier such as `full_time`, or a free text."""
    place: str
    from_on: date
    until_on: date | None
    stands: bool
    """Whether it is known still, or has been corrected since."""


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An entry of a case: what happened, who recorded it, with which values."""

    reference: str
    event: str
    on: date
    recorded_at: datetime
    actor: str
    values: Mapping[str, Any]
    cite: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnNotice:
    """A notice about the person: to whom, when, and what its subject line says."""

    case: str
    notice: str
    stage: str
    recipient: str
    owed_on: date
    sent_at: datetime | None
    subject: str


@dataclass(frozen=True, slots=True)
class OwnCase:
    """A case of the person, whole."""

    view: CaseView
    subject: str
    entries: tuple[OwnEntry, ...]


@dataclass(frozen=True, slots=True)
class OwnFile:
    """Everything that is stored about one person."""

    person: Subject
    identities: tuple[Identity, ...]
    held: tuple[Held, ...] = ()
    cases: tuple[OwnCase, ...] = ()
    notices: tuple[OwnNotice, ...] = ()
    waiting: tuple[Mapping[str, Any], ...] = ()
    """Rows of rosters about the person that wait for their organization."""
    mentions: tuple[tuple[str, str], ...] = ()
    """Values in other entries in which the name stands: entry and text."""
    shared_name: bool = False
    """Somebody else bears the name: mentions and posts are not searched for."""


def open_file(
    connection: Connection,
    registry: Registry,
    clock: Clock,
    *,
    person: Subject,
    reason: str,
    actor: Actor,
) -> OwnFile:
    """Records that the file is read, and gives everything in it.

    Args:
        connection: the transaction, in which the entry is written.
        registry: the law in force.
        clock: says what time it is.
        person: any of the person's records.
        reason: why it is read, at most 300 characters; a personal value.
        actor: who reads.

    Raises:
        OwnFileRefusedError: with every condition, met and unmet.
    """
    work, reason = begin(connection, registry, clock, actor), reason.strip()
    subject = Subject(PERSON, standing_record(connection, person.id))
    findings = [*role_finding(READERS, actor), _reason(reason)]
    if any(not one.met for one in findings):
        raise OwnFileRefusedError(subject, findings)
    record_rows(work, subject, [], work.today, settles=False, event=FILE_READ, reason=reason)
    return own_file(begin(connection, registry, clock, actor), subject)


def _reason(reason: str) -> Finding:
    met = 0 < len(reason) <= LONGEST_TEXT
    label = Label(zh="原因", en="reason")
    return Finding("reason", met, label, "own_file", seen=len(reason), cite=("E31",))


def own_file(work: Work, subject: Subject) -> OwnFile:
    """Everything about the person of that record; nothing is written, and nothing recorded."""
    connection = work.connection
    found = belongings_of(connection, subject.id, work.today)
    rows = connection.execute(
        sa.select(person.c.id, person.c.name, person.c.birth_on, person.c.admitted_on)
        .where(person.c.id.in_(found.persons))
        .order_by(person.c.id)
    )
    views = work.cases(found.cases)
    names = names_of(connection, {one.subject for one in views})
    return OwnFile(
        subject,
        tuple(Identity(*row) for row in rows),
        tuple(sorted(_held(connection, found), key=lambda one: (one.table, one.from_on))),
        tuple(OwnCase(one, names.get(one.subject, ""), _entries(work, one)) for one in views),
        tuple(_notices(connection, views)),
        tuple(_waiting(connection, found.waiting)),
        tuple(_mentions(work, found)),
        bool(found.shared),
    )


def _held(connection: Connection, found: Belongings) -> Iterator[Held]:
    p = person_at_organization.c
    places = {
        row.id: Subject(ORGANIZATION, row.organization_id)
        for row in connection.execute(
            sa.select(p.id, p.organization_id).where(p.id.in_(found.places))
        )
    }
    own = {number: Subject(PERSON, number) for number in found.persons}
    yield from _rows(connection, party_status, "person_id", own, "status")
    yield from _rows(connection, formal_relation, "person_id", own, "home_text")
    at = "person_at_organization_id"
    yield from _rows(connection, engagement, at, places, "employment")
    yield from _rows(connection, temporary_relation, at, places, None)
    for table in POSTS:
        numbers = [number for name, number in found.posts if name == table.name]
        yield from _rows(
            connection, table, "id", dict.fromkeys(numbers, own[found.persons[0]]), "name"
        )


def _rows(
    connection: Connection,
    table: Table,
    key: str,
    about: Mapping[int, Subject],
    value: str | None,
) -> Iterator[Held]:
    """Every row under those keys, with the organization or body that it is about by name."""
    t = table.c
    statement = sa.select(table).where(t[key].in_(about)).order_by(t.from_on, t.id)
    rows = connection.execute(statement).mappings().all()
    places = [_place(dict(row), about[row[key]]) for row in rows]
    names = names_of(connection, {one for one in places if one.type != PERSON})
    for row, place in zip(rows, places, strict=True):
        yield Held(
            table.name,
            row[value] if value else None,
            names.get(place, ""),
            row["from_on"],
            row["until_on"],
            row["known_until"] is None,
        )


def _place(row: Mapping[str, Any], otherwise: Subject) -> Subject:
    """The body, organization or unit that a row names, or what its key is about."""
    for column, kind in (("body_id", BODY), ("organization_id", ORGANIZATION), ("unit_id", UNIT)):
        if row.get(column):
            return Subject(kind, row[column])
    return otherwise


def _entries(work: Work, view: CaseView) -> tuple[OwnEntry, ...]:
    rows = queries.timeline(work.connection, view.id)
    bodies = [loads(bytes(row["body"])) for row in rows]
    hidden = personal_values(work.connection, view.id, bodies)
    return tuple(
        OwnEntry(
            f"{view.ref}/{row['seq']}",
            row["event"],
            row["effective_on"],
            row["recorded_at"],
            row["actor"],
            body["fields"] | _by_name(hidden.get(row["seq"], {})),
            tuple(body["cite"]),
        )
        for row, body in zip(rows, bodies, strict=True)
    )


def _by_name(hidden: Mapping[str, str]) -> dict[str, str]:
    """Personal values by field or column: `field.reason` and `register.0.home_text`."""
    return {place.rpartition(".")[2]: value for place, value in hidden.items()}


def _notices(connection: Connection, views: Sequence[CaseView]) -> Iterator[OwnNotice]:
    refs = {one.id: one.ref for one in views}
    statement = sa.select(outbox).where(outbox.c.case_id.in_(refs)).order_by(outbox.c.id)
    for row in connection.execute(statement).mappings():
        rendered = row["rendered"] or {}
        yield OwnNotice(
            refs[row["case_id"]],
            row["notice"],
            row["stage"],
            row["recipient"],
            row["owed_on"],
            row["sent_at"],
            rendered.get("subject", ""),
        )


def _waiting(connection: Connection, numbers: Collection[int]) -> Iterator[Mapping[str, Any]]:
    w = intake_waiting.c
    statement = sa.select(w["values"]).where(w.id.in_(numbers)).order_by(w.id)
    yield from connection.execute(statement).scalars()


def _mentions(work: Work, found: Belongings) -> Iterator[tuple[str, str]]:
    """What other cases' entries say with the name in it."""
    own = set(found.cases)
    values = marked(work.connection, found).values
    others = {one for one in values if entry_place(one[0])[0] not in own}
    cases = {entry_place(one[0])[0] for one in others}
    refs = {one.id: one.ref for one in work.cases(cases)}
    p = personal_value.c
    for entry_id, name in sorted(others):
        case_id, seq = entry_place(entry_id)
        statement = sa.select(p.value).where(p.entry_id == entry_id, p.name == name)
        yield f"{refs[case_id]}/{seq}", work.connection.execute(statement).scalar_one()
