"""Verifying the trail: chain, columns, number and commitments of every entry."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle import chain
from lifecycle.erasing import erased_places
from lifecycle.store.tables import case, entry, personal_value, workflow_text
from lifecycle.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, RowMapping

    from lifecycle.erasing import Place

_IN_BODY = {
    "case_id": "case",
    "seq": "seq",
    "kind": "kind",
    "event": "event",
    "from_state": "from",
    "to_state": "to",
    "effective_on": "effective_on",
    "recorded_at": "recorded_at",
    "request_id": "request",
    "corrects": "corrects",
    "supersedes": "supersedes",
}
"""Which part of an entry's body each of its columns repeats."""


class Flaw(StrEnum):
    """In what the stored differs from what the trail commits to."""

    DIFFERS = "differs"
    """A column does not repeat what the body says."""
    MISSING = "missing"
    NUMBER = "number"
    UNLINKED = "unlinked"
    NOT_CANONICAL = "not_canonical"
    PERSONAL_GONE = "personal_gone"
    PERSONAL_UNPROMISED = "personal_unpromised"
    PERSONAL_CHANGED = "personal_changed"
    HEAD = "head"
    COUNT = "count"
    NO_CASE = "no_case"
    NO_ENTRY = "no_entry"
    TEXT = "text"


SENTENCES = {
    Flaw.DIFFERS: "stored {stored}, the trail says {said}",
    Flaw.MISSING: "entry {said} is missing or moved",
    Flaw.NUMBER: "the number is not that of this case and place",
    Flaw.UNLINKED: "the entry does not link to the one before it",
    Flaw.NOT_CANONICAL: "the body is not what we write",
    Flaw.PERSONAL_GONE: "the personal value is gone and no entry says why",
    Flaw.PERSONAL_UNPROMISED: "a personal value that the entry does not commit to",
    Flaw.PERSONAL_CHANGED: "the personal value is not the one committed to",
    Flaw.HEAD: "the case does not end with this entry",
    Flaw.COUNT: "the case counts {stored} entries, the trail {said}",
    Flaw.NO_CASE: "there is no such case",
    Flaw.NO_ENTRY: "the case has no entry at all",
    Flaw.TEXT: "not the rules that were stored",
}


@dataclass(frozen=True, slots=True)
class Break:
    """One place at which what is stored differs from what the trail commits to."""

    entry: str
    """`MEM-301/2`: the case and the number of the entry in it."""
    field: str
    flaw: Flaw
    stored: str = ""
    said: str = ""

    def __str__(self) -> str:
        sentence = SENTENCES[self.flaw].format(stored=self.stored, said=self.said)
        return f"{self.entry} {self.field}: {sentence}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification looked at, and every break that it found."""

    cases: int
    entries: int
    breaks: tuple[Break, ...]


def verify(
    connection: Connection, codes: Mapping[str, str], case_id: int | None = None
) -> Verified:
    """Checks every entry of every case, or of one; `codes` are machine codes by workflow."""
    breaks: list[Break] = []
    cases = {row.id: row for row in connection.execute(_cases(case_id))}
    personal = _personal(connection, case_id)
    erased = _Erased(connection)
    seen: set[int] = set()
    entries = 0
    rows = connection.execute(_entries(case_id)).mappings()
    for number, group in groupby(rows, key=lambda row: int(row["case_id"])):
        seen.add(number)
        owner = cases.get(number)
        code = codes.get(owner.workflow, "?") if owner is not None else "?"
        checker = _Chain(f"{code}-{number}", personal, erased)
        for row in group:
            entries += 1
            breaks += checker.check(row)
        if owner is not None:
            breaks += checker.head(owner)
        else:
            breaks.append(Break(f"?-{number}", "case_id", Flaw.NO_CASE))
    for number in cases.keys() - seen:
        reference = f"{codes.get(cases[number].workflow, '?')}-{number}"
        breaks.append(Break(reference, "entries", Flaw.NO_ENTRY))
    breaks += _texts(connection) if case_id is None else []
    return Verified(len(cases), entries, tuple(breaks))


class _Erased:
    """The values of which an entry says that they were erased, in whatever case it stands.

    Read when the first value is missing: most trails have all of theirs.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def places(self) -> set[Place]:
        """Number of the entry and name of the value."""
        return erased_places(self.connection)


class _Chain:
    """Walks one case's entries in order."""

    def __init__(
        self, reference: str, personal: dict[int, dict[str, Any]], erased: _Erased
    ) -> None:
        self.reference = reference
        self.personal = personal
        self.erased = erased
        self.previous = chain.GENESIS
        self.expected = 1
        self.last_to: str | None = None

    def check(self, row: RowMapping) -> Iterator[Break]:
        """Every break of one entry."""
        at = f"{self.reference}/{row['seq']}"
        packed = bytes(row["body"])
        head = bytes(row["hash"])
        if row["seq"] != self.expected:
            yield Break(at, "seq", Flaw.MISSING, said=str(self.expected))
        if row["id"] != chain.entry_number(row["case_id"], row["seq"]):
            yield Break(at, "id", Flaw.NUMBER)
        if chain.link(self.previous, packed) != head:
            yield Break(at, "hash", Flaw.UNLINKED)
        self.previous = head
        self.expected = int(row["seq"]) + 1
        body = _read(packed)
        if body is None:
            yield Break(at, "body", Flaw.NOT_CANONICAL)
            return
        for column, name in _IN_BODY.items():
            stored, said = _plain(row[column]), body.get(name)
            if stored != said:
                yield Break(at, column, Flaw.DIFFERS, str(stored), str(said))
        named = (body.get("actor") or {}).get("id")
        if row["actor"] != named:
            yield Break(at, "actor", Flaw.DIFFERS, str(row["actor"]), str(named))
        self.last_to = body.get("to")
        yield from self._commitments(at, row["id"], body)

    def _commitments(self, at: str, entry_id: int, body: Mapping[str, Any]) -> Iterator[Break]:
        kept = self.personal.pop(entry_id, {})
        promised = body.get("personal") or {}
        for name in promised.keys() | kept.keys():
            value = kept.get(name)
            if value is None:
                if (entry_id, name) not in self.erased.places:
                    yield Break(at, name, Flaw.PERSONAL_GONE)
            elif name not in promised:
                yield Break(at, name, Flaw.PERSONAL_UNPROMISED)
            elif chain.Commitment(value.value, bytes(value.salt)).digest() != promised[name]:
                yield Break(at, name, Flaw.PERSONAL_CHANGED)

    def head(self, owner: Any) -> Iterator[Break]:  # noqa: ANN401 - a row of `case`
        """Whether the case's own row ends where its chain ends."""
        at = f"{self.reference}/{self.expected - 1}"
        if bytes(owner.head_hash) != self.previous:
            yield Break(at, "head_hash", Flaw.HEAD)
        if owner.version != self.expected - 1:
            yield Break(at, "version", Flaw.COUNT, str(owner.version), str(self.expected - 1))
        if owner.state != self.last_to:
            yield Break(at, "state", Flaw.DIFFERS, str(owner.state), str(self.last_to))


def _cases(case_id: int | None) -> sa.Select[Any]:
    columns = (case.c.id, case.c.workflow, case.c.head_hash, case.c.version, case.c.state)
    statement = sa.select(*columns)
    return statement if case_id is None else statement.where(case.c.id == case_id)


def _entries(case_id: int | None) -> sa.Select[Any]:
    statement = sa.select(entry).order_by(entry.c.case_id, entry.c.seq)
    return statement if case_id is None else statement.where(entry.c.case_id == case_id)


def _personal(connection: Connection, case_id: int | None) -> dict[int, dict[str, Any]]:
    statement = sa.select(personal_value)
    if case_id is not None:
        statement = statement.join(entry, entry.c.id == personal_value.c.entry_id).where(
            entry.c.case_id == case_id
        )
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.entry_id, {})[row.name] = row
    return found


def _texts(connection: Connection) -> Iterator[Break]:
    for row in connection.execute(sa.select(workflow_text)):
        if hashlib.sha256(row.text.encode()).hexdigest() != row.digest:
            yield Break(f"{row.workflow} {row.version}", "text", Flaw.TEXT)


def _read(packed: bytes) -> dict[str, Any] | None:
    """The body, or None when the bytes are not canonical JSON."""
    try:
        body = json.loads(packed)
        canonical = chain.canonical(body)
    except (ValueError, TypeError):
        return None
    return body if isinstance(body, dict) and canonical == packed else None


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column's value
    if isinstance(value, datetime):
        return instant_text(value)
    return value.isoformat() if isinstance(value, date) else value
