"""What an officer records about a subject outside the events of its cases: NAME=VALUE on a day."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.engine import record_rows
from lifecycle.entered import LONGEST_TEXT
from lifecycle.errors import LifecycleError
from lifecycle.identity_numbers import refuse_identity_numbers
from lifecycle.register import RegisterChange, end, put
from lifecycle.store.types import Day
from workflows.register import (
    TABLES,
    organization,
    person_at_organization,
)
from workflows.subjects import BODY, ORGANIZATION, PERSON, PLACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from lifecycle.work import Work


class RecordError(LifecycleError):
    """A fact that cannot be recorded: unknown, or a value that is not of its kind."""


@dataclass(frozen=True, slots=True)
class Recordable:
    """A value that `record` may set: where it goes and how it is read."""

    subject: str
    table: str
    column: str
    type: type
    choices: tuple[str, ...] = ()


_HEADCOUNT = ("members", "unit_members", "full_time", "part_time", "employees")


RECORDABLE: dict[str, Recordable] = {
    **{name: Recordable(ORGANIZATION, "headcount", name, int) for name in _HEADCOUNT},
    "activists": Recordable(ORGANIZATION, "activist_count", "activists", int),
    "applicants": Recordable(ORGANIZATION, "activist_count", "applicants", int),
    "name": Recordable(ORGANIZATION, "organization_profile", "name", str),
    "kind": Recordable(
        ORGANIZATION,
        "organization_profile",
        "kind",
        str,
        ("association", "private_nonenterprise_unit", "intermediary_organization"),
    ),
    "mass_body": Recordable(
        ORGANIZATION, "mass_body", "kind", str, ("union", "youth_league", "women")
    ),
    "cultivation": Recordable(ORGANIZATION, "cultivation", "reference", str),
    "network_member": Recordable(ORGANIZATION, "network_link", "member_id", int),
    "employment": Recordable(
        PLACE, "engagement", "employment", str, ("full_time", "part_time", "left")
    ),
    "party_status": Recordable(PERSON, "party_status", "status", str, ("probationary", "full")),
    "home": Recordable(PERSON, "formal_relation", "body_id", int),
    "elected": Recordable(BODY, "election", "elected", str, ("yes",)),
}
"""Every name that `record SUBJECT NAME=VALUE` knows."""


def record(work: Work, subject: Subject, values: Mapping[str, Any], on: date) -> None:
    """Dated values about a subject, by their names; what they had not named stays as it was.

    Raises:
        RecordError: an unknown name, or a value that is not of its kind.
    """
    by_table: dict[str, dict[str, Any]] = {}
    for name, given in values.items():
        spec = _recordable(subject, name)
        by_table.setdefault(spec.table, {})[spec.column] = _read(name, spec, given)
    changes = []
    for table, row in by_table.items():
        changes.append(_change(work, subject, table, row, on))
    record_rows(work, _file_subject(work.connection, subject), changes, on)


def read_value(table: str, column: str, given: Any) -> Any:  # noqa: ANN401 - its type
    """A value for a column of a dated table as somebody enters it, in the column's type.

    Raises:
        RecordError: it is not one that the column can hold.
    """
    for name, spec in RECORDABLE.items():
        if (spec.table, spec.column) == (table, column):
            return _read(name, spec, given)
    kind, text = TABLES[table].c[column].type, str(given).strip()
    if isinstance(kind, Day):
        try:
            return date.fromisoformat(text)
        except ValueError:
            msg = f"{column} is a day such as 2026-11-30, not {text!r}"
            raise RecordError(msg) from None
    return _read(
        column, Recordable("", table, column, str if isinstance(kind, sa.Text) else int), given
    )


def _file_subject(connection: Connection, subject: Subject) -> Subject:
    """Whose file holds the entry: what happens to a person somewhere stands in the person's."""
    if subject.type != PLACE:
        return subject
    return Subject(PERSON, _key(connection, subject, "party_status")["person_id"])


def _recordable(subject: Subject, name: str) -> Recordable:
    known = [one for one, spec in RECORDABLE.items() if _takes(subject.type, spec)]
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3) or known
        msg = f"{name!r} cannot be recorded about a {subject.type}; possible: {', '.join(near)}"
        raise RecordError(msg)
    return RECORDABLE[name]


def _takes(kind: str, spec: Recordable) -> bool:
    return spec.subject == kind or (kind == PLACE and spec.subject == PERSON)


def _read(name: str, spec: Recordable, given: Any) -> Any:  # noqa: ANN401 - typed by the spec
    text = str(given).strip()
    if spec.choices and text not in spec.choices:
        msg = f"{name} is one of {', '.join(spec.choices)}, not {text!r}"
        raise RecordError(msg)
    if spec.type is int:
        if not text.isdecimal():
            msg = f"{name} is a whole number, not {text!r}"
            raise RecordError(msg)
        return int(text)
    refuse_identity_numbers(text)
    if len(text) > LONGEST_TEXT:
        msg = f"{name} has at most {LONGEST_TEXT} characters, this one {len(text)}"
        raise RecordError(msg)
    return text


def _change(
    work: Work, subject: Subject, table: str, row: dict[str, Any], on: date
) -> RegisterChange:
    key = _key(work.connection, subject, table)
    if row.get("employment") == "left":
        return end(table, key, on)
    if table == "election":
        return put(table, key, {}, on)
    if table == "network_link":
        return put(table, {**key, "member_id": _organization(work, row["member_id"])}, {}, on)
    if table == "mass_body":
        return put(table, {**key, "kind": row["kind"]}, {}, on)
    t = TABLES[table]
    current = (
        work.connection.execute(
            sa.select(t).where(
                *(t.c[name] == value for name, value in key.items()),
                t.c.known_until.is_(None),
                t.c.from_on <= on,
                sa.or_(t.c.until_on.is_(None), t.c.until_on > on),
            )
        )
        .mappings()
        .first()
    )
    plain = {"id", "from_on", "until_on", "known_from", "known_until", "entry_id", "ended_entry_id"}
    kept = {n: v for n, v in dict(current or {}).items() if n not in plain and n not in key}
    if table == "activist_count":
        kept.setdefault("activists", 0)
    return put(table, key, {**kept, **row}, on)


def _organization(work: Work, number: int) -> int:
    """The number of an organization that is on the register.

    Raises:
        RecordError: there is none of that number.
    """
    statement = sa.select(organization.c.id).where(organization.c.id == number)
    if work.connection.execute(statement).first() is None:
        msg = f"there is no organization:{number}"
        raise RecordError(msg)
    return number


def _key(connection: Connection, subject: Subject, table: str) -> dict[str, int]:
    if subject.type == PLACE and table in {"party_status", "formal_relation"}:
        p = person_at_organization.c
        person_id = connection.execute(
            sa.select(p.person_id).where(p.id == subject.id)
        ).scalar_one()
        return {"person_id": person_id}
    column = {
        ORGANIZATION: "organization_id",
        PLACE: "person_at_organization_id",
        BODY: "body_id",
    }
    return {column.get(subject.type, "person_id"): subject.id}
