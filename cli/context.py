"""What every command needs at hand: settings, language, the opened application, typed arguments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import typer

from cli.wiring import App, open_app
from lifecycle.access import OFFICERS, Actor, Role
from wording.teller import Teller
from wording.usage import UsageError
from workflows.byhand import find_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from cli.output import Output
    from cli.settings import Settings
    from lifecycle.registry import Registry

CLAIMABLE = tuple(one.value for one in OFFICERS)


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

    @cached_property
    def teller(self) -> Teller:
        """Tells what the database holds in the reader's language."""
        return Teller(self.output.words, self.registry, self.app.clock)

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

    def units(self, connection: Connection, name: str | None) -> list[int] | None:
        """A unit and all below it; None when none is named."""
        if name is None:
            return None
        top = find_unit(connection, name)
        policy = self.registry.policy
        return [one for one in policy.parents if top in policy.ancestors(one)]


def context_of(ctx: typer.Context, *, json: bool = False) -> Context:
    """The context of a command, told whether it writes JSON."""
    context: Context = ctx.obj
    context.output.json_wanted = json
    return context
