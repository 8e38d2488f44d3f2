"""What `lifecycle check` finds: in definitions, between them, and against the notices' texts."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import workflows
from lifecycle.checking import Problem, check
from lifecycle.errors import Complaint, DefinitionError
from lifecycle.loader import load_workflow, read_yaml
from lifecycle.registry import rulebook
from notices.catalogue import check_catalogue
from workflows.law import check_vocabulary, read_policy, sources_in
from workflows.scenario_file import check_scenario
from workflows.texts import read_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lifecycle.checking import Texts
    from lifecycle.registry import Registry

Found = Complaint | Problem | str
"""A mistake of form, something that does not hold, or a notice without a text."""


def everything_found(files: Sequence[Path]) -> list[Found]:
    """Every complaint about the law in force, with the files in place of those they replace.

    A file replaces the workflow of the same name, or the policy; sources and scenarios are read
    and their names looked up. While a file cannot be read, only that is said.
    """
    try:
        registry, texts = workflows.load_all(), read_texts()
    except DefinitionError as error:
        return list(error.complaints)
    complaints: list[Found] = []
    # What the policy declares is looked up by the others, whichever is named first.
    for path in sorted(files, key=lambda one: _kind(one) != "parameters"):
        try:
            registry, texts = _replaced(registry, texts, path)
        except DefinitionError as error:
            complaints += error.complaints
    complaints = complaints or [*_unknown(registry, texts)]
    return complaints or [*check(registry, texts), *check_catalogue(registry)]


def _kind(path: Path) -> str:
    """The key by which a file shows what it is; none for a workflow or what is no YAML."""
    try:
        values = read_yaml(path).values
    except DefinitionError:
        return ""
    known = ("parameters", "sources", "scenario")
    return next((one for one in known if isinstance(values, dict) and one in values), "")


def _replaced(registry: Registry, texts: Texts, path: Path) -> tuple[Registry, Texts]:
    """The law with this file in the place of the one that it replaces, if it replaces any."""
    kind = _kind(path)
    if kind == "parameters":
        return replace(registry, policy=read_policy(path)), replace(texts, policy=read_yaml(path))
    if kind == "sources":
        sources_in(path)
    elif kind == "scenario":
        check_scenario(path, registry)
    else:
        vocabulary = partial(check_vocabulary, facts=registry.facts, policy=registry.policy)
        workflow, document = load_workflow(path, vocabulary)
        book = rulebook(workflow, registry.facts, registry.predicates, registry.effects)
        name = workflow.workflow
        registry = replace(registry, rulebooks={**registry.rulebooks, name: book})
        texts = replace(texts, workflows={**texts.workflows, name: document})
    return registry, texts


def _unknown(registry: Registry, texts: Texts) -> Iterator[Complaint]:
    """What workflows name and nothing declares any more, such as a parameter of another policy."""
    for name, document in texts.workflows.items():
        workflow = registry.rulebooks[name].workflow
        check_vocabulary(workflow, document, registry.facts, registry.policy)
        yield from document.complaints


def found_json(one: Found) -> dict[str, Any]:
    """The same keys for every kind of complaint; those that it has no value for are null."""
    told: dict[str, Any] = dict.fromkeys(("file", "line", "code", "key", "message", "path"))
    if isinstance(one, str):
        return told | {"message": one}
    told |= {"file": one.file, "line": one.line, "message": one.message}
    if isinstance(one, Problem):
        return told | {"code": one.code.value, "path": list(one.path)}
    return told | {"key": one.key}
