"""What a search has found: organizations by name, persons by surname and organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows.naming import called
from workflows.searching import MOST, formerly_found, organizations_found, persons_found
from workflows.visibility import Sight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping

    from web.sitting import Sitting
    from wording.words import Words


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization that answers."""

    number: int
    name: str
    kind: str
    code: str
    former: str = ""
    """What it was called when it was called as asked for."""
    ended: str = ""
    """The day from which it is no longer on the register."""


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
    formerly = formerly_found(connection, sitting.scope, words)
    persons = persons_found(connection, sitting.scope, words, sitting.today)
    found = [*organizations, *formerly]
    exact = [one["id"] for one in found if one["credit_code"] == code]
    shown: dict[int, RowMapping] = {}
    for one in [*organizations[:MOST], *formerly[:MOST]]:
        shown.setdefault(one["id"], one)
    return SearchPage(
        organizations=tuple(_organization(told, one) for one in shown.values()),
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
        more=max(map(len, (organizations, formerly, persons))) > MOST,
        only=f"/organizations/{exact[0]}" if exact else "",
    )


def _organization(words: Words, one: RowMapping) -> Organization:
    former = one.get("former", "")
    return Organization(
        one["id"],
        one["name"],
        words.value(one["kind"]),
        one["credit_code"],
        former=former if former != one["name"] else "",
        ended=str(one.get("until_on") or ""),
    )
