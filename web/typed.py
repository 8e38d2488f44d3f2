"""What somebody typed into an entry form, read field by field; every fault is told at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from lifecycle.errors import LifecycleError, SubjectNotFoundError
from lifecycle.identity_numbers import may_be_identity_number
from workflows.byhand import find_unit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection

    from wording.words import Words

LONGEST = 100


class TypedWrongError(LifecycleError):
    """A form that cannot be stored as it is; `told` has a sentence for every fault."""

    def __init__(self, told: Collection[str]) -> None:
        self.told = tuple(told)
        super().__init__("; ".join(self.told))


def without_identity_numbers(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields but for those in which an identity number may stand."""
    return {name: text for name, text in fields.items() if not may_be_identity_number(text)}


@dataclass(slots=True)
class Given:
    """The fields of a form by name, with the labels that officers read."""

    words: Words
    fields: Mapping[str, str]
    labels: Mapping[str, str]
    today: date
    told: list[str] = field(default_factory=list)

    def fault(self, key: str, **values: object) -> None:
        """Notes a fault by its sentence."""
        self.told.append(self.words(key, **values))

    def end(self) -> None:
        """Lets a form pass in which nothing is wrong.

        Raises:
            TypedWrongError: with every fault that was found.
        """
        if self.told:
            raise TypedWrongError(self.told)

    def text(self, name: str, *, needed: bool = False) -> str:
        """A line of text without the spaces around it."""
        text = self.fields.get(name, "").strip()
        if needed and not text:
            self.fault("entry_needed", label=self.labels[name])
        if len(text) > LONGEST:
            self.fault("entry_too_long", label=self.labels[name], longest=LONGEST)
        return text

    def day(self, name: str, *, needed: bool = False) -> date | None:
        """A day up to today."""
        text = self.text(name, needed=needed)
        if not text:
            return None
        try:
            found = date.fromisoformat(text)
        except ValueError:
            self.fault("bad_date", text=text)
            return None
        if found > self.today:
            self.fault("entry_ahead", label=self.labels[name], day=found)
        return found

    def choice(self, name: str, known: Collection[str], *, needed: bool = False) -> str:
        """One of the choices."""
        text = self.text(name, needed=needed)
        if text and text not in known:
            self.fault("entry_choice", label=self.labels[name])
        return text

    def count(self, name: str) -> str:
        """A whole number as text; empty where none was given."""
        text = self.text(name)
        if text and not (text.isascii() and text.isdecimal() and len(text) <= len("999999999")):
            self.fault("bad_number", name=self.labels[name])
        return text

    def mail(self, name: str, *, needed: bool = False) -> str:
        """A mail address."""
        text = self.text(name, needed=needed)
        before, _, after = text.partition("@")
        if text and not (before and after and " " not in text and "@" not in after):
            self.fault("bad_mail")
        return text

    def unit(self, connection: Connection, name: str, *, needed: bool = False) -> int | None:
        """A unit by its name."""
        text = self.text(name, needed=needed)
        if not text:
            return None
        try:
            return find_unit(connection, text)
        except SubjectNotFoundError:
            self.fault("entry_no_unit", label=self.labels[name])
            return None
