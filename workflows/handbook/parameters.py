"""What reads a parameter: deadlines, conditions, predicates, effects and facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.conditions import LeftKind, OperandKind
from lifecycle.definition import Before, Yearly
from workflows.handbook.conditions import parameters_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.conditions import Guard, Operand
    from lifecycle.definition import Transition, Workflow
    from lifecycle.registry import Registry


def users(registry: Registry) -> dict[str, list[str]]:
    """By parameter: everything that reads it, each once."""
    found: dict[str, dict[str, None]] = {}
    for name, user in (*_of_definitions(registry), *_of_facts(registry), *_of_effects(registry)):
        found.setdefault(name, {})[user] = None
    return {name: list(some) for name, some in found.items()}


def _of_definitions(registry: Registry) -> Iterator[tuple[str, str]]:
    for book in registry.rulebooks.values():
        workflow = book.workflow
        for name, rule in workflow.deadlines.items():
            for operand in (*rule.length.given, *([rule.cap] if rule.cap else [])):
                yield from _named(operand, name)
        for row in workflow.transitions:
            event = f"{workflow.code} `{row.event}`"
            for operand in _operands(row):
                yield from _named(operand, event)
            for field in row.fields.values():
                if field.default_from:
                    yield field.default_from, event
        yield from _of_predicates(registry, workflow)


def _of_predicates(registry: Registry, workflow: Workflow) -> Iterator[tuple[str, str]]:
    for guard in _guards(workflow):
        if guard.left is LeftKind.PREDICATE:
            for name in parameters_named(registry.predicates[guard.name].decide):
                yield name, f"`{guard.name}`"


def _guards(workflow: Workflow) -> Iterator[Guard]:
    for row in workflow.transitions:
        yield from row.guards
    for rule in workflow.deadlines.values():
        yield from rule.pause_while


def _operands(row: Transition) -> Iterator[Operand]:
    yield from (guard.right for guard in row.guards)
    yield from row.sets.values()
    for use in row.opens:
        yield from use.length.given if use.length else ()
    if isinstance(row.time, Yearly):
        yield row.time.yearly
    if isinstance(row.time, Before):
        yield row.time.months


def _named(operand: Operand, user: str) -> Iterator[tuple[str, str]]:
    if operand.kind is OperandKind.PARAMETER:
        yield operand.name, user


def _of_facts(registry: Registry) -> Iterator[tuple[str, str]]:
    for fact in registry.facts.facts.values():
        for name in fact.parameters:
            yield name, f"`{fact.name}`"


def _of_effects(registry: Registry) -> Iterator[tuple[str, str]]:
    for effect in registry.effects.values():
        for name in parameters_named(effect.changes):
            yield name, f"`{effect.name}`"
