"""Facts: computed, named, typed values about a subject on a day, read by one SELECT.

A *read* fact is a correlated scalar expression in SQL. A *derived* fact is a pure function over
read facts and policy parameters (ADR 0006): thresholds differ by jurisdiction and date, so the
database counts and Python compares.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.sources import sources_of
from lifecycle.store.among import Among
from lifecycle.store.hot import Statement
from lifecycle.store.types import END_OF_TIME, Day, Instant

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from lifecycle.conditions import Label
    from lifecycle.policy import Parameters

FactValue = bool | int | str | date | None
"""None means UNKNOWN: a guard on it is unmet with "not recorded"."""


class FactType(StrEnum):
    """What a fact's value is."""

    COUNT = "count"
    FLAG = "flag"
    DAY = "day"
    NAME = "name"
    """A word of a fixed vocabulary or a text to show."""
    ID = "id"
    RECIPIENT = "recipient"
    """Whom to write to: `unit:12`, `organization:7` or `party_body:3`."""


@dataclass(frozen=True, slots=True)
class At:
    """The day on which facts are read and the time up to which knowledge counts."""

    on: ColumnElement[date]
    known_at: ColumnElement[datetime]

    def holds(self, table: Any) -> ColumnElement[bool]:  # noqa: ANN401 - Table or alias
        """Rows with the four dates that were true on the day, as known then."""
        c = table.c
        return sa.and_(
            c.from_on <= self.on,
            sa.or_(c.until_on.is_(None), c.until_on > self.on),
            self.known(table),
        )

    def known(self, table: Any) -> ColumnElement[bool]:  # noqa: ANN401 - Table or alias
        """Rows with the four dates that the database vouched for at the time."""
        c = table.c
        return sa.and_(
            c.known_from <= self.known_at,
            sa.or_(c.known_until.is_(None), c.known_until > self.known_at),
        )


ReadFunction = Callable[["ColumnElement[int]", At], "ColumnElement[Any]"]
DerivedFunction = Callable[[Mapping[str, FactValue], "Parameters"], FactValue]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact's name, meaning and how to compute it."""

    name: str
    subject: str
    type: FactType
    label: Label
    supplied_by: tuple[str, ...]
    """Who can change it: `workflow.event`, or `record:name` for a register value."""
    read: ReadFunction | None = None
    derive: DerivedFunction | None = None
    needs: tuple[str, ...] = ()
    """The facts that a derived one is computed from."""
    parameters: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    """Flag facts that are never true, and counts that are never above zero, while it is."""
    implies: tuple[str, ...] = ()
    """Flag facts that are true whenever it is known at all."""
    choices: tuple[str, ...] = ()
    """All words that it can be, of a name of a fixed vocabulary."""


@dataclass(slots=True)
class FactRegistry:
    """All facts by subject type and name."""

    facts: dict[tuple[str, str], Fact] = field(default_factory=dict)
    _closures: dict[tuple[str, frozenset[str]], tuple[list[Fact], list[Fact]]] = field(
        default_factory=dict
    )

    def add(self, fact: Fact) -> None:
        """Register `fact`; a second one of that name for that subject is a mistake."""
        key = (fact.subject, fact.name)
        if key in self.facts:
            msg = f"fact {fact.name} of {fact.subject} is declared twice"
            raise ValueError(msg)
        self.facts[key] = fact
        self._closures.clear()

    def get(self, subject: str, name: str) -> Fact:
        """The fact of that name.

        Raises:
            KeyError: there is none.
        """
        return self.facts[subject, name]

    def names(self, subject: str) -> list[str]:
        """The names of all facts about that type of subject."""
        return sorted(name for kind, name in self.facts if kind == subject)

    def closure(self, subject: str, names: Iterable[str]) -> tuple[list[Fact], list[Fact]]:
        """What must be read, and what must be derived from it (in the order to derive)."""
        key = (subject, frozenset(names))
        found = self._closures.get(key)
        if found is None:
            found = self._closures[key] = self._closure(subject, key[1])
        return found

    def _closure(self, subject: str, names: Iterable[str]) -> tuple[list[Fact], list[Fact]]:
        read: dict[str, Fact] = {}
        derived: dict[str, Fact] = {}

        def visit(name: str) -> None:
            fact = self.get(subject, name)
            if fact.read is not None:
                read[name] = fact
                return
            if name in derived:
                return
            for need in fact.needs:
                visit(need)
            derived[name] = fact

        for name in sorted(names):
            visit(name)
        return list(read.values()), list(derived.values())

    def derive(
        self, subject: str, names: Iterable[str], values: dict[str, FactValue], policy: Parameters
    ) -> dict[str, FactValue]:
        """`values` with the derived facts among `names` added."""
        for fact in self.closure(subject, names)[1]:
            if fact.derive is not None and fact.name not in values:
                values[fact.name] = fact.derive(values, policy)
        return values


def fact(
    registry: FactRegistry,
    name: str,
    subject: str,
    type_: FactType,
    label: Label,
    supplied_by: Sequence[str] = (),
    *,
    excludes: Sequence[str] = (),
    implies: Sequence[str] = (),
) -> Callable[[ReadFunction], ReadFunction]:
    """Declares a read fact over `def f(subject_id, at) -> scalar expression`."""

    def declare(function: ReadFunction) -> ReadFunction:
        registry.add(
            Fact(
                name,
                subject,
                type_,
                label,
                tuple(supplied_by),
                read=function,
                excludes=tuple(excludes),
                implies=tuple(implies),
            )
        )
        return function

    return declare


def derived(
    registry: FactRegistry,
    name: str,
    subject: str,
    type_: FactType,
    label: Label,
    *,
    needs: Sequence[str],
    parameters: Sequence[str] = (),
    supplied_by: Sequence[str] = (),
    excludes: Sequence[str] = (),
    choices: Sequence[str] = (),
) -> Callable[[DerivedFunction], DerivedFunction]:
    """Declares a derived fact over `def f(values, parameters) -> value`."""

    def declare(function: DerivedFunction) -> DerivedFunction:
        registry.add(
            Fact(
                name,
                subject,
                type_,
                label,
                tuple(supplied_by),
                derive=function,
                needs=tuple(needs),
                parameters=tuple(parameters),
                excludes=tuple(excludes),
                choices=tuple(choices),
            )
        )
        return function

    return declare


_SUBJECT = sa.bindparam("subject_id", type_=sa.BigInteger())
_ON = sa.bindparam("on_day", type_=Day())
_KNOWN_AT = sa.bindparam("known_at", type_=Instant())


@dataclass(slots=True)
class FactReader:
    """Reads facts: for one subject or for many, by the same expressions."""

    registry: FactRegistry
    _one: dict[tuple[str, tuple[str, ...]], Statement] = field(default_factory=dict)
    _several: dict[tuple[str, tuple[str, ...]], Statement] = field(default_factory=dict)
    _sources: dict[tuple[str, frozenset[str]], frozenset[str]] = field(default_factory=dict)

    def sources(self, kind: str, names: Iterable[str]) -> frozenset[str]:
        """What the facts behind `names` are read from: register tables, and `case:branch`."""
        key = (kind, frozenset(names))
        found = self._sources.get(key)
        if found is None:
            columns = _columns(self.registry.closure(kind, key[1])[0], _SUBJECT, At(_ON, _KNOWN_AT))
            found = self._sources[key] = frozenset().union(*map(sources_of, columns))
        return found

    def read_one(
        self,
        connection: Connection,
        subject: tuple[str, int],
        names: Iterable[str],
        on: date,
        known_at: datetime = END_OF_TIME,
    ) -> dict[str, FactValue]:
        """The read facts behind `names` for one subject; derived ones are not in it yet."""
        kind, subject_id = subject
        read, _ = self.registry.closure(kind, names)
        if not read:
            return {}
        key = (kind, tuple(fact.name for fact in read))
        statement = self._one.get(key)
        if statement is None:
            at = At(_ON, _KNOWN_AT)
            statement = self._one[key] = Statement(sa.select(*_columns(read, _SUBJECT, at)))
        given = {"subject_id": subject_id, "on_day": on, "known_at": known_at}
        row = statement.rows(connection, **given)[0]
        return {fact.name: _clean(fact, row[i]) for i, fact in enumerate(read)}

    def read_several(
        self,
        connection: Connection,
        subjects: tuple[sa.Table, Collection[int]],
        names: Iterable[str],
        on: date,
        known_at: datetime = END_OF_TIME,
    ) -> dict[int, dict[str, FactValue]]:
        """As `read_one`, for some rows of the table that holds that type of subject."""
        table, ids = subjects
        read, _ = self.registry.closure(table.name, names)
        if not read:
            return {}
        key = (table.name, tuple(fact.name for fact in read))
        statement = self._several.get(key)
        if statement is None:
            chosen = sa.select(table.c.id).where(Among(table.c.id, "ids"))
            statement = self._several[key] = Statement(_over(chosen, read))
        given = {"ids": ids, "on_day": on, "known_at": known_at}
        return _by_subject(read, statement.rows(connection, **given))

    def read_many(
        self,
        connection: Connection,
        kind: str,
        subjects: sa.Select[Any],
        names: Iterable[str],
        on: date,
        known_at: datetime = END_OF_TIME,
    ) -> dict[int, dict[str, FactValue]]:
        """The read facts behind `names` for every subject that `subjects` (one column) selects."""
        read, _ = self.registry.closure(kind, names)
        given = {"on_day": on, "known_at": known_at}
        return _by_subject(read, connection.execute(_over(subjects, read), given).all())


def _over(subjects: sa.Select[Any], read: Sequence[Fact]) -> sa.Select[Any]:
    """The facts of every subject that `subjects` (one column) selects, its number first."""
    ids = subjects.subquery("subjects")
    name = next(iter(ids.c)).name
    # A name in plain text: a column object would join the list of subjects anew in every
    # nested SELECT, because correlation reaches only one level outward.
    subject_id: ColumnElement[int] = sa.literal_column(f"subjects.{name}", sa.BigInteger())
    columns = _columns(read, subject_id, At(_ON, _KNOWN_AT))
    return sa.select(subject_id, *columns).select_from(ids)


def _by_subject(
    read: Sequence[Fact], rows: Iterable[Sequence[Any]]
) -> dict[int, dict[str, FactValue]]:
    return {
        row[0]: {fact.name: _clean(fact, row[i]) for i, fact in enumerate(read, start=1)}
        for row in rows
    }


def _columns(
    read: Sequence[Fact], subject_id: ColumnElement[int], at: At
) -> list[ColumnElement[Any]]:
    return [fact.read(subject_id, at).label(fact.name) for fact in read if fact.read is not None]


def _clean(fact: Fact, value: Any) -> FactValue:  # noqa: ANN401 - whatever the driver gave
    """The two databases agree on types: SQLite gives 0 and 1 for truth."""
    if value is None:
        return None
    if fact.type is FactType.FLAG:
        return bool(value)
    if fact.type is FactType.DAY and isinstance(value, str):
        return date.fromisoformat(value)
    result: FactValue = value
    return result
