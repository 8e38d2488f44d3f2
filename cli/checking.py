"""What `lifecycle check` finds: in definitions, between them, and against the notices' texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import workflows
from lifecycle.checking import Problem, check
from lifecycle.errors import Complaint, DefinitionError
from lifecycle.loader import load_workflow
from lifecycle.registry import rulebook
from notices.catalogue import check_catalogue
from workflows.law import check_vocabulary
from workflows.texts import read_texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lifecycle.loader import Document
    from lifecycle.registry import Registry
    from lifecycle.rulebook import Rulebook

Found = Complaint | Problem | str
"""A mistake of form, something that does not hold, or a notice without a text."""


def everything_found(files: Sequence[Path]) -> list[Found]:
    """Every complaint about the law in force, with the files in place of those they replace.

    A file replaces the workflow of the same name. While a file cannot be read, only that is said.
    """
    try:
        registry, texts = workflows.load_all(), read_texts()
    except DefinitionError as error:
        return list(error.complaints)
    complaints: list[Found] = []
    books: dict[str, Rulebook] = {}
    documents: dict[str, Document] = {}
    for path in files:
        try:
            book, document = _read(registry, path)
        except DefinitionError as error:
            complaints += error.complaints
            continue
        books[book.workflow.workflow] = book
        documents[book.workflow.workflow] = document
    if complaints:
        return complaints
    registry = replace(registry, rulebooks={**registry.rulebooks, **books})
    texts = replace(texts, workflows={**texts.workflows, **documents})
    return [*check(registry, texts), *check_catalogue(registry)]


def _read(registry: Registry, path: Path) -> tuple[Rulebook, Document]:
    workflow, document = load_workflow(path)
    check_vocabulary(workflow, document, registry.facts, registry.policy)
    return rulebook(workflow, registry.facts, registry.predicates, registry.effects), document


def found_json(one: Found) -> dict[str, Any]:
    """The same keys for every kind of complaint; those that it has no value for are null."""
    told: dict[str, Any] = dict.fromkeys(("file", "line", "code", "key", "message", "path"))
    if isinstance(one, str):
        return told | {"message": one}
    told |= {"file": one.file, "line": one.line, "message": one.message}
    if isinstance(one, Problem):
        return told | {"code": one.code.value, "path": list(one.path)}
    return told | {"key": one.key}
