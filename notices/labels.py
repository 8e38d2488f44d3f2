"""The officers' words for the identifiers that a notice carries: state, deadlines, choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lifecycle.conditions import Label
    from lifecycle.definition import Field_, Workflow
    from lifecycle.registry import Registry


def labelled(workflow: Workflow | None, values: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The values, and beside every one that is an identifier its label as `name_label`."""
    told = dict(values)
    if workflow is None:
        return told
    told["workflow_label"] = _in(workflow.label, language)
    for name, label in _labels(workflow, values):
        told[f"{name}_label"] = _in(label, language)
    return told


def duties(registry: Registry, language: str) -> dict[str, str]:
    """The label of every deadline of every workflow: what a list over many cases needs."""
    return {
        name: _in(rule.label, language)
        for book in registry.rulebooks.values()
        for name, rule in book.workflow.deadlines.items()
    }


def _labels(workflow: Workflow, values: Mapping[str, Any]) -> Iterator[tuple[str, Label]]:
    state = workflow.states.get(str(values.get("state")))
    if state is not None:
        yield "state", state.label
    rule = workflow.deadlines.get(str(values.get("deadline")))
    if rule is not None:
        yield "deadline", rule.label
    for name, spec in _fields(workflow):
        choice = spec.choices.get(str(values.get(name)))
        if choice is not None:
            yield name, choice


def _fields(workflow: Workflow) -> Iterator[tuple[str, Field_]]:
    yield from workflow.fields.items()
    for row in workflow.transitions:
        yield from row.fields.items()


def _in(label: Label, language: str) -> str:
    return label.en if language == "en" else label.zh
