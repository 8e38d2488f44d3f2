"""What every command needs at hand: settings, language, the opened application, typed arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
import typer

from cli.rendering import Scene
from cli.suppliers import suppliers_for
from cli.wiring import App, open_app
from lifecycle.access import SYSTEM, Actor, Role
from lifecycle.cases import Subject
from lifecycle.engine import begin
from lifecycle.errors import CaseNotFoundError, LifecycleError
from lifecycle.store import queries
from lifecycle.store.tables import case
from workflows.byhand import find_unit
from workflows.naming import names_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping

    from cli.output import Output
    from cli.settings import Settings
    from lifecycle.cases import CaseView
    from lifecycle.definition import Workflow
    from lifecycle.registry import Registry
    from lifecycle.rulebook import Rulebook
    from lifecycle.work import Work

ListedRow: TypeAlias = "RowMapping | dict[str, Any]"
"""A row as a list read it from its table, or put together."""

REFERENCE = re.compile(r"^([A-Za-z]+)-(\d{1,15})$")
CLAIMABLE = tuple(one.value for one in Role if one is not Role.SCHEDULER)


class UsageError(LifecycleError):
    """The command was given something that it cannot read; exit code 64."""

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(f"{key}: {values}")


@dataclass
class Context:
    """The state of one call of the program."""

    settings: Settings
    output: Output

    @cached_property
    def app(self) -> App:
        """The application on the database that the settings name."""
        return open_app(self.settings.url)

    @property
    def registry(self) -> Registry:
        """The law in force."""
        return self.app.registry

    def close(self) -> None:
        """Lets go of the database, if it was opened."""
        opened = self.__dict__.get("app")
        if opened is not None:
            opened.engine.dispose()

    # -- arguments -------------------------------------------------------------------------

    def actor(self, given: str | None) -> Actor:
        """The actor of `--as ROLE[:NAME]`, or of LIFECYCLE_ACTOR.

        Raises:
            UsageError: nobody is named, or not a role.
        """
        text = given or self.settings.actor
        if not text:
            raise UsageError("nobody", roles=", ".join(CLAIMABLE))
        role, _, name = text.partition(":")
        if role == Role.SCHEDULER:
            raise UsageError("scheduler_role")
        if role not in CLAIMABLE:
            raise UsageError("bad_role", text=role, roles=", ".join(CLAIMABLE))
        return Actor(name or role, frozenset({Role(role)}))

    def day(self, text: str | None) -> date | None:
        """A day written as 2026-11-30.

        Raises:
            UsageError: it is none.
        """
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise UsageError("bad_date", text=text) from None

    def pairs(self, given: Sequence[str]) -> dict[str, str]:
        """`a=1 b=2` as a dictionary.

        Raises:
            UsageError: one of them has no `=`, or a name stands there twice.
        """
        found: dict[str, str] = {}
        for one in given:
            name, equals, value = one.partition("=")
            if not equals or not name:
                raise UsageError("bad_field", text=one)
            if name in found:
                raise UsageError("field_twice", name=name)
            found[name] = value
        return found

    def book(self, given: str) -> Rulebook:
        """The workflow of that name or machine code.

        Raises:
            UsageError: there is none.
        """
        return book_of(self.registry, given)

    def units(self, connection: Connection, name: str | None) -> list[int] | None:
        """A unit and all below it; None when none is named."""
        if name is None:
            return None
        top = find_unit(connection, name)
        policy = self.registry.policy
        return [one for one in policy.parents if top in policy.ancestors(one)]

    def case_id(self, connection: Connection, reference: str) -> int:
        """The number of the case that `BR-7` names."""
        return case_number(connection, self.registry, reference)

    # -- reading ---------------------------------------------------------------------------

    def work(
        self, connection: Connection, actor: Actor = SYSTEM, request: str | None = None
    ) -> Work:
        """A unit of work in the connection's transaction."""
        return begin(connection, self.registry, self.app.clock, actor, request)

    def today(self, connection: Connection) -> date:
        """The day it is for this database."""
        return self.app.clock.today(connection)

    def listed(self) -> list[str]:
        """The workflows whose cases are shown."""
        books = self.registry.rulebooks.values()
        return [book.workflow.workflow for book in books if book.workflow.listed]

    def workflow(self, name: str) -> Workflow:
        """The current definition of that name."""
        return self.registry.book(name).workflow

    def scene(self, connection: Connection, view: CaseView) -> Scene:
        """Against what findings of this case are told."""
        words = self.output.words
        suppliers = suppliers_for(connection, words, self.registry, view)
        recorded = {
            name: words("recorded_in", on=on, entry=f"{view.ref}/{seq}")
            for name, (on, seq) in queries.recorded_in(connection, view.id).items()
        }
        workflow = self.registry.book_of(view.workflow_text_id).workflow
        return Scene(words, self.registry, workflow, suppliers, recorded)

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
    row = connection.execute(sa.select(case.c.workflow).where(case.c.id == number)).first()
    if row is None:
        raise CaseNotFoundError(f"{code}-{number}")
    right = registry.book(row.workflow).workflow.code
    if right != code:
        raise UsageError("wrong_code", number=number, right=f"{right}-{number}", wrong=reference)
    return number


def context_of(ctx: typer.Context, *, json: bool = False) -> Context:
    """The context of a command, told whether it writes JSON."""
    context: Context = ctx.obj
    context.output.json_wanted = json
    return context
