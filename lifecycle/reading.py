"""What one transaction knows: cases, their subjects, facts; read once, locked in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import (
    CaseView,
    DeadlineView,
    Subject,
)
from lifecycle.errors import CaseChangedError, CaseNotFoundError
from lifecycle.failpoints import failpoint
from lifecycle.plan import Decision
from lifecycle.registry import UNIT_IN_CHARGE
from lifecycle.sources import case_source
from lifecycle.store import hot
from lifecycle.store.rows import case_view, deadline_view
from lifecycle.store.session import RetryWholeUnit
from lifecycle.store.tables import entry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from collections.abc import Set as AbstractSet
    from datetime import date, datetime

    from sqlalchemy import Connection

    from lifecycle.facts import FactValue
    from lifecycle.registry import Registry


@dataclass(slots=True)
class Reading:
    """Reads for one transaction, and keeps what it has read until something is written to it."""

    connection: Connection
    registry: Registry
    now: datetime
    today: date
    taken_over_on: date | None = field(init=False, default=None)
    """The as-of day of the lists that are being taken over."""
    locked: set[int] = field(init=False, default_factory=set)
    _facts: dict[tuple[Subject, date], dict[str, FactValue]] = field(
        init=False, default_factory=dict
    )
    """What has been read and not been written to since."""
    _related: dict[frozenset[Subject], set[Subject]] = field(init=False, default_factory=dict)
    """What has been found since the register was last written to."""
    _open_cases: dict[frozenset[Subject], list[int]] = field(init=False, default_factory=dict)
    """What has been found since a case was last opened or closed."""

    def forget(self, written: AbstractSet[str]) -> None:
        """Drops what has been read from any of those sources (`lifecycle.sources`)."""
        sources = self.registry.reader.sources
        for (subject, _), known in self._facts.items():
            for name in [n for n in known if not written.isdisjoint(sources(subject.type, [n]))]:
                del known[name]
        if not written.isdisjoint(self.registry.domain.tables):
            self._related.clear()
        if any(case_source(name) in written for name in self.registry.rulebooks):
            self._open_cases.clear()

    def forget_all(self) -> None:
        """Drops everything that has been read: the database has gone back to an earlier point."""
        self._facts.clear()
        self._related.clear()
        self._open_cases.clear()

    def case(self, case_id: int) -> CaseView:
        """The case as it is now, with its deadlines.

        Raises:
            CaseNotFoundError: there is none of that number.
        """
        views = self.cases([case_id])
        if not views:
            raise CaseNotFoundError(str(case_id))
        return views[0]

    def subject_of(self, case_id: int) -> Subject:
        """What a case is about, which never changes.

        Raises:
            CaseNotFoundError: there is none of that number.
        """
        rows = hot.READ_SUBJECT.rows(self.connection, case_id=case_id)
        if not rows:
            raise CaseNotFoundError(str(case_id))
        return Subject(*rows[0])

    def cases(self, case_ids: Collection[int]) -> list[CaseView]:
        """The cases of those numbers as they are now, ascending, with their deadlines."""
        if not case_ids:
            return []
        with hot.together(self.connection):
            cases = hot.READ_CASES.send(self.connection, ids=case_ids)
            running = hot.READ_DEADLINES.send(self.connection, ids=case_ids)
        deadlines: dict[int, list[DeadlineView]] = {}
        for row in running.rows():
            deadlines.setdefault(row[1], []).append(deadline_view(row))
        return [
            case_view(row, self.registry.book_of(row[2]).workflow, deadlines.get(row[0], []))
            for row in cases.rows()
        ]

    def cases_of(self, subjects: Iterable[Subject]) -> list[int]:
        """The numbers of the open cases about any of `subjects`, ascending."""
        key = frozenset(subjects)
        if key in self._open_cases:
            return self._open_cases[key]
        by_type: dict[str, list[int]] = {}
        for one in key:
            by_type.setdefault(one.type, []).append(one.id)
        if not by_type:
            return []
        given: dict[str, Any] = {}
        for number, (kind, ids) in enumerate(by_type.items()):
            given |= {f"kind_{number}": kind, f"ids_{number}": ids}
        statement = hot.open_cases_about(len(by_type))
        found = [row[0] for row in statement.rows(self.connection, **given)]
        self._open_cases[key] = found
        return found

    def related(self, subjects: Iterable[Subject]) -> set[Subject]:
        """The subjects whose facts may change when something about `subjects` changes."""
        key = frozenset(subjects)
        found = self._related.get(key)
        if found is None:
            found = self.registry.domain.related(self.connection, key)
            self._related[key] = found
        return found

    def lock(self, case_ids: Iterable[int]) -> None:
        """Locks those cases; on SQLite the writer has the lock.

        Waits only in the order of the numbers: two who wait for each other would be a deadlock.

        Raises:
            RetryWholeUnit: a case whose turn has passed is held by somebody else.
        """
        wanted = set(case_ids) - self.locked
        if wanted and self.connection.dialect.name == "postgresql":
            in_order = not self.locked or min(wanted) > max(self.locked)
            statement = hot.LOCK_CASES if in_order else hot.LOCK_FREE_CASES
            if len(statement.rows(self.connection, ids=wanted)) < len(wanted):
                raise RetryWholeUnit
        self.locked |= wanted
        failpoint("after_lock")

    def lock_around(self, case_id: int) -> None:
        """Locks a case and all that it can affect, as they are when nobody else holds them.

        Raises:
            CaseNotFoundError: there is none of that number.
        """
        if self.connection.dialect.name == "postgresql":
            subject = self.subject_of(case_id)
            given = self.registry.domain.related_parameters([subject])
            statement = hot.lock_around(self.registry.domain.related_rows())
            rows = statement.rows(self.connection, case_id=case_id, **given)
            self.locked |= {row[0] for row in rows}
        failpoint("after_lock")

    def decision(
        self, subject: Subject, names: Iterable[str], on: date, unit_id: int | None
    ) -> Decision:
        """What deciding needs besides the case: facts as of `on`, as known now."""
        return self.decide(subject.type, self.read(subject, names, on), names, on, unit_id)

    def read(self, subject: Subject, names: Iterable[str], on: date) -> dict[str, FactValue]:
        """The read facts behind `names`."""
        wanted = [fact.name for fact in self.registry.facts.closure(subject.type, names)[0]]
        known = self._facts.setdefault((subject, on), {})
        if not known.keys() >= set(wanted):
            about = (subject.type, subject.id)
            known |= self.registry.reader.read_one(self.connection, about, names, on)
        return {name: known[name] for name in wanted}

    def read_ahead(self, kind: str, ids: Collection[int], names: Iterable[str], on: date) -> None:
        """Reads at once what several subjects will be asked; one by one each is a round trip."""
        table = self.registry.domain.tables[kind]
        found = self.registry.reader.read_several(self.connection, (table, ids), names, on)
        for subject_id, facts in found.items():
            self._facts.setdefault((Subject(kind, subject_id), on), {}).update(facts)

    def decide(
        self,
        kind: str,
        facts: dict[str, FactValue],
        names: Iterable[str],
        on: date,
        unit_id: int | None,
    ) -> Decision:
        """A decision from read facts that are at hand."""
        parameters = self.registry.policy.at(on, unit_id)
        self.registry.facts.derive(kind, names, facts, parameters)
        return Decision(
            facts, parameters, self.registry.rest_days, on, self.today, self.taken_over_on
        )

    def unit_in_charge(self, subject: Subject, on: date) -> int | None:
        """The unit that has the subject in charge on the day, where the domain knows one."""
        if (subject.type, UNIT_IN_CHARGE) not in self.registry.facts.facts:
            return None
        value = self.read(subject, [UNIT_IN_CHARGE], on)[UNIT_IN_CHARGE]
        return value if isinstance(value, int) else None

    def changed_meanwhile(self, ref: str, case_id: int, expected: int) -> CaseChangedError:
        """The error that says who changed the case and when."""
        e = entry.c
        last = self.connection.execute(
            sa.select(e.actor, e.recorded_at, e.event, e.seq)
            .where(e.case_id == case_id)
            .order_by(e.seq.desc())
            .limit(1)
        ).one()
        return CaseChangedError(ref, expected, last.seq, last.actor, last.recorded_at, last.event)
