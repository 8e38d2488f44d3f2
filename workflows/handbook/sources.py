"""What rules may cite, with its title, its force and one sentence, as the pages tell it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from lifecycle.conditions import Label
from lifecycle.loader import read_yaml
from workflows.law import HERE

if TYPE_CHECKING:
    from collections.abc import Mapping

RULE = "rule"


@dataclass(frozen=True, slots=True)
class Source:
    """One id of `sources.yaml`."""

    id: str
    kind: str
    title: Label
    says: Label
    document: Label
    place: str
    """Clause or article in the document; of a rule, the clauses that it reads."""
    force: str = ""
    clauses: tuple[str, ...] = ()


@cache
def sources() -> Mapping[str, Source]:
    """Every source by its id, in the order of the file."""
    values = read_yaml(HERE / "sources.yaml").values
    documents = values["documents"]
    return {name: _source(name, one, documents) for name, one in values["sources"].items()}


def _source(name: str, given: Mapping[str, Any], documents: Mapping[str, Any]) -> Source:
    clauses = tuple(given.get("clauses", ()))
    document = documents.get(given["document"], {}).get("title", {"zh": "", "en": ""})
    place = given.get("clause") or given.get("article") or " ".join(clauses)
    return Source(
        id=name,
        kind=given["kind"],
        title=Label(**given["title"]),
        says=Label(**{key: " ".join(str(text).split()) for key, text in given["says"].items()}),
        document=Label(**document),
        place=str(place),
        force=given.get("force", ""),
        clauses=clauses,
    )
