"""The law in force: workflows by name and version, facts, predicates, effects, policy, calendar."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from lifecycle.calendars import read_years
from lifecycle.definition import Transition, Workflow
from lifecycle.facts import FactReader, FactRegistry
from lifecycle.guards import Predicate, Vocabulary
from lifecycle.loader import load_model, parse_yaml
from lifecycle.machine import build_machine
from lifecycle.policy import Policy, read_overrides
from lifecycle.rulebook import Effect, Rulebook
from lifecycle.store.tables import workflow_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, SelectBase, Table

    from lifecycle.cases import Subject
    from lifecycle.conditions import Label
    from lifecycle.facts import FactValue
    from lifecycle.workdays import RestDays

SUBJECT_ENDED = "subject_ended"
"""The flag fact that, where a type of subject has it, closes the subject's cases."""

UNIT_IN_CHARGE = "unit_in_charge"
"""The fact that gives the unit of a new case."""


class Domain(Protocol):
    """What the engine asks of the domain it serves, besides facts and effects."""

    @property
    def tables(self) -> Mapping[str, Table]:
        """The register's tables by name."""
        ...

    @property
    def notes(self) -> frozenset[str]:
        """The events of register files by which it is noted who did what: never taken back."""
        ...

    def names(self, connection: Connection, subjects: Iterable[Subject]) -> Mapping[Subject, str]:
        """What to call those of the subjects that are on the register."""
        ...

    def facts_of_named(
        self, connection: Connection, named: Iterable[Subject], on: date
    ) -> Mapping[str, FactValue]:
        """Facts by name, with what they tell on a day of things that a form names."""
        ...

    def related(self, connection: Connection, subjects: Iterable[Subject]) -> set[Subject]:
        """The subjects whose facts may change when something about `subjects` changes."""
        ...

    def related_rows(self) -> SelectBase:
        """The same as (kind, number) rows, with `related_parameters`; the same object each time."""
        ...

    def related_parameters(self, subjects: Iterable[Subject]) -> dict[str, Any]:
        """What `related_rows` is run with to find those around `subjects`."""
        ...

    def change_dates(
        self,
        connection: Connection,
        subjects: Iterable[Subject],
        span: tuple[date, date],
        policy: Policy,
    ) -> set[date]:
        """The days in (after, until] on which register rows change facts about `subjects`."""
        ...

    def changed_between(
        self, connection: Connection, span: tuple[date, date], policy: Policy
    ) -> dict[date, set[Subject]]:
        """By day in (after, until]: the subjects about which register rows change facts then."""
        ...

    def subjects_of(self, table: str, row: Mapping[str, Any]) -> set[Subject]:
        """The subjects that a row of the register speaks about."""
        ...

    def read_value(self, table: str, column: str, given: Any) -> Any:  # noqa: ANN401 - its type
        """A value for a column of the register as somebody enters it, in the column's type.

        Raises:
            LifecycleError: it is not one that the column can hold.
        """
        ...


@dataclass(slots=True)
class Registry:
    """Everything that deciding needs and that changes only when the law does."""

    rulebooks: dict[str, Rulebook]
    texts: dict[str, str]
    facts: FactRegistry
    predicates: Mapping[str, Predicate]
    effects: Mapping[str, Effect]
    policy: Policy
    rest_days: RestDays
    domain: Domain
    shipped: RestDays = field(init=False)
    """The calendars without the years that the database holds."""
    reader: FactReader = field(init=False)
    versions: dict[int, Rulebook] = field(default_factory=dict)
    strata: tuple[tuple[Rulebook, ...], ...] = ()
    reached: dict[frozenset[str], bool] = field(default_factory=dict)
    """By what changed: whether that can move a case at rest or open one (`lifecycle.reach`)."""

    def __post_init__(self) -> None:
        """Sorts the workflows into strata: settling goes through them upward."""
        self.shipped = self.rest_days
        self.reader = FactReader(self.facts)
        self._stratify()

    def _stratify(self) -> None:
        books = sorted(self.rulebooks.values(), key=lambda book: book.workflow.stratum)
        self.strata = tuple(
            tuple(group) for _, group in groupby(books, key=lambda book: book.workflow.stratum)
        )
        self.reached.clear()

    def book(self, workflow: str) -> Rulebook:
        """The rulebook of that workflow in its current version."""
        return self.rulebooks[workflow]

    def book_of(self, workflow_text_id: int) -> Rulebook:
        """The rulebook under which a case runs."""
        return self.versions[workflow_text_id]

    def by_code(self, code: str) -> Rulebook | None:
        """The rulebook whose machine code (`BR`, `MEM`) that is."""
        for book in self.rulebooks.values():
            if book.workflow.code == code.upper():
                return book
        return None

    def adopt(self, connection: Connection) -> list[str]:
        """Takes over the numbers of the stored texts and loads those that older cases run under.

        Returns the workflows whose current text the database lacks.
        """
        w = workflow_text.c
        known = {text_digest(text): name for name, text in self.texts.items()}
        missing = set(self.rulebooks)
        for row in connection.execute(sa.select(w.id, w.workflow, w.digest)).all():
            if row.digest in known:
                name = known[row.digest]
                current = replace(self.rulebooks[name], text_id=row.id)
                self.rulebooks[name] = self.versions[row.id] = current
                missing.remove(name)
            elif row.workflow in self.rulebooks and row.id not in self.versions:
                text = connection.execute(sa.select(w.text).where(w.id == row.id)).scalar_one()
                self.versions[row.id] = self._older(text, row.workflow, row.id)
        self._stratify()
        return sorted(missing)

    def publish(self, connection: Connection, now: datetime) -> None:
        """Stores every current text that the database lacks, and adopts what is stored."""
        for name in self.adopt(connection):
            text = self.texts[name]
            connection.execute(
                sa.insert(workflow_text).values(
                    workflow=name,
                    version=self.rulebooks[name].workflow.version,
                    digest=text_digest(text),
                    text=text,
                    stored_at=now,
                )
            )
        self.adopt(connection)

    def _older(self, text: str, name: str, text_id: int) -> Rulebook:
        workflow = load_model(parse_yaml(text, f"{name} as stored"), Workflow)
        return replace(
            self.rulebooks[name],
            workflow=workflow,
            machine=build_machine(workflow),
            text_id=text_id,
        )

    def refresh_policy(self, connection: Connection) -> None:
        """Reads what jurisdictions have set for themselves."""
        self.policy = read_overrides(connection, self.policy)

    def refresh_calendars(self, connection: Connection) -> None:
        """Reads the calendar years that the database holds: they come before those shipped."""
        self.rest_days = self.shipped.with_years(read_years(connection))

    def label(self, subject: str, name: str) -> Label | None:
        """The label of a fact, for messages."""
        fact = self.facts.facts.get((subject, name))
        return fact.label if fact else None


def text_digest(text: str) -> str:
    """The name of a definition text: SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def rulebook(
    workflow: Workflow,
    facts: FactRegistry,
    predicates: Mapping[str, Predicate],
    effects: Mapping[str, Effect],
) -> Rulebook:
    """A workflow joined with what its names stand for."""
    own = {name: fact for (kind, name), fact in facts.facts.items() if kind == workflow.subject}
    labels = {name: fact.label for name, fact in own.items()}
    labels |= {name: spec.label for name, spec in workflow.fields.items()}
    labels |= {name: predicate.label for name, predicate in predicates.items()}
    labels |= {name: rule.label for name, rule in workflow.deadlines.items()}
    labels |= _field_labels(workflow.transitions)
    supplied = {name: fact.supplied_by for name, fact in own.items()}
    supplied |= {name: predicate.supplied_by for name, predicate in predicates.items()}
    candidates = {
        name
        for row in workflow.openings
        if row.for_each
        for kind, name in facts.facts
        if kind == row.for_each
    }
    vocabulary = Vocabulary(labels, supplied, predicates, frozenset(own) | candidates)
    return Rulebook(workflow, build_machine(workflow), vocabulary, effects)


def _field_labels(rows: Sequence[Transition]) -> dict[str, Label]:
    return {name: spec.label for row in rows for name, spec in row.fields.items()}
