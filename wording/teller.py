"""What telling needs at hand: the reader's words, the law, the clock; and reads by reference."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from lifecycle.access import EVERYTHING, SYSTEM, Actor
from lifecycle.cases import Subject
from lifecycle.engine import begin
from lifecycle.errors import CaseNotFoundError
from lifecycle.store import queries
from lifecycle.store.hot import Statement, parameter
from lifecycle.store.tables import case
from wording.rendering import Scene
from wording.suppliers import suppliers_for
from wording.usage import UsageError
from workflows.naming import names_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection, RowMapping

    from lifecycle.access import Scope
    from lifecycle.cases import CaseView
    from lifecycle.clock import Clock
    from lifecycle.definition import Workflow
    from lifecycle.registry import Registry
    from lifecycle.rulebook import Rulebook
    from lifecycle.work import Work
    from wording.words import Words

ListedRow: TypeAlias = "RowMapping | dict[str, Any]"
"""A row as a list read it from its table, or put together."""

MISCALLED = "wrong_code"
"""The sentence about a number that is another workflow's case: it names what there is."""

REFERENCE = re.compile(r"^([A-Za-z]+)-(\d{1,15})$")


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells what the database holds in one language."""

    words: Words
    registry: Registry
    clock: Clock

    def work(
        self, connection: Connection, actor: Actor = SYSTEM, request: str | None = None
    ) -> Work:
        """A unit of work in the connection's transaction."""
        return begin(connection, self.registry, self.clock, actor, request)

    def today(self, connection: Connection) -> date:
        """The day it is for this database."""
        return self.clock.today(connection)

    def listed(self) -> list[str]:
        """The workflows whose cases are shown."""
        books = self.registry.rulebooks.values()
        return [book.workflow.workflow for book in books if book.workflow.listed]

    def workflow(self, name: str) -> Workflow:
        """The current definition of that name."""
        return self.registry.book(name).workflow

    def book(self, given: str) -> Rulebook:
        """The workflow of that name or machine code.

        Raises:
            UsageError: there is none.
        """
        return book_of(self.registry, given)

    def case_id(self, connection: Connection, reference: str) -> int:
        """The number of the case that `BR-7` names."""
        return case_number(connection, self.registry, reference)

    def scene(self, connection: Connection, view: CaseView, scope: Scope = EVERYTHING) -> Scene:
        """Against what findings of this case are told; of the cases around it those in scope."""
        suppliers = suppliers_for(connection, self.words, self.registry, view, scope)
        recorded = {
            name: self.words("recorded_in", on=on, entry=f"{view.ref}/{seq}")
            for name, (on, seq) in queries.recorded_in(connection, view.id).items()
        }
        workflow = self.registry.book_of(view.workflow_text_id).workflow
        return Scene(self.words, self.registry, workflow, suppliers, recorded)

    def subject_name(self, connection: Connection, subject: Subject) -> str:
        """What a subject is called; of a person only the surname."""
        return names_of(connection, [subject]).get(subject, "")

    def subject_names(self, connection: Connection, rows: Sequence[ListedRow]) -> list[str]:
        """The same for every row that has a subject's type and number."""
        subjects = [Subject(row["subject_type"], row["subject_id"]) for row in rows]
        names = names_of(connection, subjects)
        return [names.get(one, "") for one in subjects]


def book_of(registry: Registry, given: str) -> Rulebook:
    """The workflow of that name or machine code.

    Raises:
        UsageError: there is none.
    """
    book = registry.rulebooks.get(given) or registry.by_code(given)
    if book is None:
        known = ", ".join(
            f"{name} ({one.workflow.code})" for name, one in registry.rulebooks.items()
        )
        raise UsageError("bad_workflow", text=given, known=known)
    return book


def case_number(connection: Connection, registry: Registry, reference: str) -> int:
    """The number of the case that `BR-7` names.

    Raises:
        UsageError: it is no case number, or names another workflow's code.
        CaseNotFoundError: there is no such case.
    """
    match = REFERENCE.match(reference)
    if match is None:
        raise UsageError("bad_reference", ref=reference)
    code, number = match[1].upper(), int(match[2])
    rows = _WORKFLOW.rows(connection, number=number)
    if not rows:
        raise CaseNotFoundError(as_called(reference))
    right = registry.book(rows[0][0]).workflow.code
    if right != code:
        raise UsageError(MISCALLED, number=number, right=f"{right}-{number}", wrong=reference)
    return number


def number_in(error: UsageError) -> int:
    """The number of the case that was called by another workflow's code."""
    return int(str(error.values["number"]))


def as_called(reference: str) -> str:
    """A case number as it is written back: without leading zeros, in capitals."""
    code, _, number = reference.partition("-")
    return f"{code.upper()}-{int(number)}"


_WORKFLOW = Statement(sa.select(case.c.workflow).where(case.c.id == parameter("number", case.c.id)))
