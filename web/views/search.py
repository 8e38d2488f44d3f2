"""What a search has found: organizations by name, persons by surname and organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows.naming import called
from workflows.searching import MOST, organizations_found, persons_found
from workflows.visibility import Sight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from web.sitting import Sitting


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization that answers."""

    number: int
    name: str
    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person who answers, by surname."""

    number: int
    name: str
    organization_id: int
    organization: str
    employment: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Everything that answers."""

    organizations: tuple[Organization, ...]
    persons: tuple[Person, ...]
    more: bool
    """There is more than is shown."""
    only: str = ""
    """The address of the one thing that a credit code names."""


def search_page(connection: Connection, sitting: Sitting, words: Sequence[str]) -> SearchPage:
    """What answers to the words among what is in sight."""
    told, code = sitting.teller.words, "".join(words).upper()
    organizations = organizations_found(connection, sitting.scope, words)
    persons = persons_found(connection, sitting.scope, words, sitting.today)
    exact = [one["id"] for one in organizations if one["credit_code"] == code]
    return SearchPage(
        organizations=tuple(
            Organization(one["id"], one["name"], told.value(one["kind"]), one["credit_code"])
            for one in organizations[:MOST]
        ),
        persons=tuple(
            Person(
                one["id"],
                called(Sight.MASKED, one["surname"], ""),
                one["organization_id"],
                one["organization"],
                told.value(one["employment"]),
            )
            for one in persons[:MOST]
        ),
        more=len(organizations) > MOST or len(persons) > MOST,
        only=f"/organizations/{exact[0]}" if exact else "",
    )
