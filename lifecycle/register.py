"""Changes of the register: dated rows about a subject, as an entry orders them.

The engine knows no table of the domain by name; it applies these orders to whatever tables the
domain registers, and keeps them in the entry so that the rows can be rebuilt from the trail.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


NEW_SUBJECT = "$subject"
"""Stands, in an opening's orders, for the number of the subject that the opening creates."""


class RegisterAct(StrEnum):
    """What an order does."""

    CREATE = "create"
    """A new thing with an identity: an organization, a person, a body."""
    PUT = "put"
    """A dated row: it holds from its day on, and what held under the same key ends there."""
    END = "end"
    """What holds under the key ends on the day."""


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """One order: the table, the key that identifies what it is about, and the values."""

    act: RegisterAct
    table: str
    key: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    from_on: date | None = None
    until_on: date | None = None

    def about(self, subject_id: int) -> RegisterChange:
        """The same order with the number of a subject that now exists."""

        def named(given: Mapping[str, Any]) -> dict[str, Any]:
            return {k: subject_id if v == NEW_SUBJECT else v for k, v in given.items()}

        return replace(self, key=named(self.key), values=named(self.values))


def create(table: str, **values: Any) -> RegisterChange:  # noqa: ANN401 - a row's values
    """A new thing with an identity."""
    return RegisterChange(RegisterAct.CREATE, table, values=values)


def put(
    table: str,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    from_on: date,
    until_on: date | None = None,
) -> RegisterChange:
    """A dated row under `key`; an earlier row under it ends on `from_on`."""
    return RegisterChange(RegisterAct.PUT, table, key, values, from_on, until_on)


def end(table: str, key: Mapping[str, Any], on: date) -> RegisterChange:
    """Whatever holds under `key` on `on` ends there (`on` is the first day without it)."""
    return RegisterChange(RegisterAct.END, table, key, from_on=on)
