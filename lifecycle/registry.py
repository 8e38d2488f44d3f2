"""The law in force: workflows by name and version, facts, predicates, effects, policy, calendar."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from lifecycle.definition import Label, Transition, Workflow
from lifecycle.facts import FactReader, FactRegistry
from lifecycle.guards import Predicate, Vocabulary
from lifecycle.loader import load_model, parse_yaml
from lifecycle.machine import build_machine
from lifecycle.plan import Effect, Rulebook
from lifecycle.policy import Policy, read_overrides
from lifecycle.store.tables import workflow_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Table

    from lifecycle.cases import Subject
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

    def related(self, connection: Connection, subjects: Iterable[Subject]) -> set[Subject]:
        """The subjects whose facts may change when something about `subjects` changes."""
        ...

    def change_dates(
        self, connection: Connection, subjects: Iterable[Subject], after: date, until: date
    ) -> list[date]:
        """The days in (after, until] on which register rows about `subjects` begin or end."""
        ...

    def changed_between(
        self, connection: Connection, after: date, until: date
    ) -> list[tuple[date, set[Subject]]]:
        """By day in (after, until]: the subjects about which register rows begin or end then."""
        ...

    def subjects_of(self, table: str, row: Mapping[str, Any]) -> set[Subject]:
        """The subjects that a row of the register speaks about."""
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
    reader: FactReader = field(init=False)
    versions: dict[int, Rulebook] = field(default_factory=dict)
    strata: tuple[tuple[Rulebook, ...], ...] = ()

    def __post_init__(self) -> None:
        """Sorts the workflows into strata: settling goes through them upward."""
        self.reader = FactReader(self.facts)
        self._stratify()

    def _stratify(self) -> None:
        books = sorted(self.rulebooks.values(), key=lambda book: book.workflow.stratum)
        self.strata = tuple(
            tuple(group) for _, group in groupby(books, key=lambda book: book.workflow.stratum)
        )

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

    def publish(self, connection: Connection, now: datetime) -> None:
        """Stores every current text that the database lacks, and loads those of older cases."""
        w = workflow_text.c
        stored = {row.digest: row for row in connection.execute(sa.select(workflow_text))}
        for name, book in self.rulebooks.items():
            digest = text_digest(self.texts[name])
            row = stored.pop(digest, None)
            text_id = (
                row.id
                if row
                else connection.execute(
                    sa.insert(workflow_text)
                    .values(
                        workflow=name,
                        version=book.workflow.version,
                        digest=digest,
                        text=self.texts[name],
                        stored_at=now,
                    )
                    .returning(w.id)
                ).scalar_one()
            )
            current = replace(book, text_id=text_id)
            self.rulebooks[name] = self.versions[text_id] = current
        for row in stored.values():
            if row.workflow in self.rulebooks:
                self.versions[row.id] = self._older(row.text, row.workflow, row.id)
        self._stratify()

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
