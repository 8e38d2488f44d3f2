"""What every command needs at hand: settings, language, the opened application, typed arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cli.output import Output
from cli.wiring import App, open_app
from lifecycle.access import Actor, Role
from lifecycle.engine import begin
from lifecycle.errors import CaseNotFoundError, LifecycleError
from lifecycle.store.tables import case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from cli.settings import Settings
    from lifecycle.work import Work

REFERENCE = re.compile(r"^([A-Za-z]+)-(\d+)$")


class UsageError(LifecycleError):
    """The command was given something that it cannot read; exit code 64."""


@dataclass
class Context:
    """The state of one call of the program."""

    settings: Settings
    output: Output

    @cached_property
    def app(self) -> App:
        """The application on the database that the settings name."""
        return open_app(self.settings.url)

    def actor(self, given: str | None) -> Actor:
        """The actor of `--as ROLE[:NAME]`, or of LIFECYCLE_ACTOR.

        Raises:
            UsageError: nobody is named, or not a role.
        """
        words = self.output.words
        text = given or self.settings.actor
        if not text:
            raise UsageError(words("nobody"))
        role, _, name = text.partition(":")
        known = [one.value for one in Role if one is not Role.SCHEDULER]
        if role == Role.SCHEDULER:
            raise UsageError(words("scheduler_role"))
        if role not in known:
            raise UsageError(words("bad_role", text=role, roles=", ".join(known)))
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
            raise UsageError(self.output.words("bad_date", text=text)) from None

    def pairs(self, given: Sequence[str]) -> dict[str, str]:
        """`a=1 b=2` as a dictionary.

        Raises:
            UsageError: one of them has no `=`.
        """
        found = {}
        for one in given:
            name, equals, value = one.partition("=")
            if not equals or not name:
                raise UsageError(self.output.words("bad_field", text=one))
            found[name] = value
        return found

    def case_id(self, connection: Connection, reference: str) -> int:
        """The number of the case that `BR-7` names.

        Raises:
            UsageError: it is no case number, or names another workflow's code.
            CaseNotFoundError: there is no such case.
        """
        words = self.output.words
        match = REFERENCE.match(reference)
        if match is None:
            raise UsageError(words("bad_reference", ref=reference))
        code, number = match[1].upper(), int(match[2])
        row = connection.execute(sa.select(case.c.workflow).where(case.c.id == number)).first()
        if row is None:
            raise CaseNotFoundError(reference)
        right = self.app.registry.book(row.workflow).workflow.code
        if right != code:
            shown = f"{right}-{number}"
            raise UsageError(words("wrong_code", number=number, right=shown, wrong=reference))
        return number

    def work(self, connection: Connection, actor: Actor, request: str | None = None) -> Work:
        """A unit of work in the connection's transaction."""
        return begin(connection, self.app.registry, self.app.clock, actor, request)

    def listed(self) -> list[str]:
        """The workflows whose cases are shown."""
        books = self.app.registry.rulebooks.values()
        return [book.workflow.workflow for book in books if book.workflow.listed]

    def code(self, workflow: str) -> str:
        """The machine code of a workflow."""
        return self.app.registry.book(workflow).workflow.code

    def today(self, connection: Connection) -> date:
        """The day it is for this database."""
        return self.app.clock.today(connection)

    def state_label(self, workflow: str, state: str) -> str:
        """A state's label in the reader's language."""
        states = self.app.registry.book(workflow).workflow.states
        return self.output.words.label(states[state].label) if state in states else state


