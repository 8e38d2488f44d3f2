"""The list of organizations, narrowed by what the address says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from web.numbers import number_in
from web.views.worklist import below, units_in_sight
from workflows.lists import COUNTED, OrganizationsAsked, count_in_sight, organizations_in_sight
from workflows.recording import RECORDABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, RowMapping

    from web.sitting import Sitting

PAGE: Final = 50
NAMED: Final = ("unit", "kind", "text", "ended")
"""The conditions by the names that they have in the address and in forms."""
LONGEST: Final = 100
KINDS: Final = RECORDABLE["kind"].choices


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the address of the list asks for, as text."""

    unit: str = ""
    kind: str = ""
    text: str = ""
    ended: str = ""
    page: int = 1

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Conditions:
        """The conditions that a form carries, from its first page on."""
        unit, kind, text, ended = (str(given.get(name) or "") for name in NAMED)
        return cls(unit, kind, text[:LONGEST], ended)

    def as_query(self) -> dict[str, object]:
        """What stands in the address; the first page is not named."""
        named = {name: getattr(self, name) for name in NAMED}
        return named | {"page": self.page if self.page > 1 else ""}


@dataclass(frozen=True, slots=True)
class Row:
    """An organization in the list."""

    number: int
    name: str
    code: str
    kind: str
    unit: str
    registered: str
    ended: str
    coverage: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list with the choices of its filters."""

    conditions: Conditions
    rows: Sequence[Row]
    total: str
    more: bool
    kinds: Sequence[tuple[str, str]]
    units: Sequence[tuple[int, str]]


def asked_of(sitting: Sitting, conditions: Conditions) -> OrganizationsAsked:
    """The conditions as the register reads them; what names nothing is left out."""
    top = number_in(conditions.unit)
    return OrganizationsAsked(
        unit_ids=None if top is None else below(sitting, top),
        kind=conditions.kind if conditions.kind in KINDS else None,
        text=conditions.text.strip(),
        ended=bool(conditions.ended),
        limit=PAGE + 1,
        offset=(conditions.page - 1) * PAGE,
    )


def list_page(connection: Connection, sitting: Sitting, conditions: Conditions) -> ListPage:
    """The page of the list that the conditions ask for."""
    asked = asked_of(sitting, conditions)
    found = organizations_in_sight(connection, sitting.scope, asked)
    total = count_in_sight(connection, sitting.scope, asked)
    words = sitting.teller.words
    return ListPage(
        conditions=conditions,
        rows=[row_of(sitting, one) for one in found[:PAGE]],
        total=f"{COUNTED}+" if total > COUNTED else str(total),
        more=len(found) > PAGE,
        kinds=[(one, words.value(one)) for one in KINDS],
        units=units_in_sight(connection, sitting),
    )


def row_of(sitting: Sitting, one: RowMapping) -> Row:
    """An organization as the list shows it; its coverage only to who sees that case."""
    words, registry = sitting.teller.words, sitting.teller.registry
    coverage = ""
    if one["state"] and sitting.scope.covers(one["unit_id"]):
        workflow = registry.book_of(one["workflow_text_id"]).workflow
        coverage = words.label(workflow.states[one["state"]].label)
    return Row(
        number=one["id"],
        name=one["name"],
        code=one["credit_code"],
        kind=words.value(one["kind"]),
        unit=one["unit"] or words("unit_none"),
        registered=str(one["registered_on"] or ""),
        ended=str(one["until_on"] or ""),
        coverage=coverage,
    )
