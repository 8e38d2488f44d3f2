"""What somebody looked at or took away, in words: as the auditor reads it (rulebook F12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.cases import Subject
from web.numbers import number_in
from workflows.subjects import UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from web.sitting import Sitting

PAGE, LIST = "page", "list"


def units_of(details: Mapping[str, Any]) -> set[Subject]:
    """The units that a list was narrowed to, whose names are to be read."""
    number = number_in(str(details.get("conditions", {}).get("unit", "")))
    return set() if number is None else {Subject(UNIT, number)}


def look_told(sitting: Sitting, details: Mapping[str, Any], names: Mapping[Subject, str]) -> str:
    """The page, or the list with how many rows it had and what it was narrowed to."""
    words = sitting.teller.words
    if LIST not in details:
        _, _, about = str(details.get(PAGE, "")).strip("/").partition("/")
        kind = "look_case" if "-" in about else "look_person"
        return words(kind, ref=about.partition("/")[0]) if about else ""
    name = words.section("lists").get(details[LIST], details[LIST])
    head = words("look_list", name=name, rows=details.get("rows", 0))
    return words.listed([head, *_conditions(sitting, details.get("conditions", {}), names)])


def _conditions(
    sitting: Sitting, given: Mapping[str, Any], names: Mapping[Subject, str]
) -> Iterator[str]:
    words, registry = sitting.teller.words, sitting.teller.registry
    book = registry.rulebooks.get(str(given.get("workflow", "")))
    labels = words.section("conditions")
    # In the order of the page; an entry keeps them by name.
    for name in [*(one for one in labels if one in given), *(given.keys() - labels.keys())]:
        value = given[name]
        told = words.section("narrowed").get(str(value)) or words.value(value)
        if name == "workflow" and book is not None:
            told = words.label(book.workflow.label)
        if name == "state" and book is not None and value in book.workflow.states:
            told = words.label(book.workflow.states[value].label)
        if name == "unit":
            told = next((names.get(one, "") for one in units_of({"conditions": given})), "")
        yield f"{labels.get(name, name)} {told}"
