"""The facts that a workflow rests on: what they mean, how they are found, who supplies them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.conditions import LeftKind, Operand, OperandKind
from lifecycle.guards import BUILT_IN_FACTS
from workflows.handbook.citing import guards_of
from workflows.handbook.conditions import sentence_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.conditions import Guard
    from lifecycle.definition import Transition, Workflow
    from lifecycle.facts import Fact
    from lifecycle.registry import Registry
    from workflows.handbook.tables import Cells
    from workflows.handbook.telling import Telling


def facts(telling: Telling) -> list[Cells]:
    """Every fact that the definition rests on: its meaning, how it is found, who supplies it."""
    return [
        (
            f"`{fact.name}`",
            telling.speech.label(fact.label),
            _how(telling, fact),
            _supplied(telling, fact),
        )
        for fact in facts_used(telling.registry, telling.workflow)
    ]


def facts_used(registry: Registry, workflow: Workflow) -> list[Fact]:
    """The facts that a definition names, and those from which they are derived."""
    named = {
        (subject, name)
        for subject, name in _named(registry, workflow)
        if name not in BUILT_IN_FACTS and (subject, name) in registry.facts.facts
    }
    for subject in {subject for subject, _ in named}:
        names = {name for kind, name in named if kind == subject}
        for group in registry.facts.closure(subject, names):
            named |= {(subject, one.name) for one in group}
    return [registry.facts.facts[key] for key in sorted(named, key=lambda one: (one[1], one[0]))]


def _named(registry: Registry, workflow: Workflow) -> Iterator[tuple[str, str]]:
    """Type of subject and name of every fact that a definition, its predicates or effects name."""
    for row in workflow.transitions:
        subject = row.for_each or workflow.subject
        yield from ((subject, name) for name in _of_guards(registry, guards_of(row)))
        yield from ((subject, one.name) for one in _operands(row) if one.kind is OperandKind.FACT)
        for effect in (row.creates, *row.effects):
            needs = registry.effects[effect].needs if effect else ()
            yield from ((workflow.subject, name) for name in needs)
    for rule in workflow.deadlines.values():
        yield from ((workflow.subject, name) for name in _of_guards(registry, rule.pause_while))
        yield from ((workflow.subject, one.name) for one in rule.anchor.latest_of)
    for notice in workflow.notices.values():
        yield from (
            (workflow.subject, name)
            for name in (*notice.to, *notice.copies, *notice.values, *notice.needs)
        )


def _of_guards(registry: Registry, guards: Iterable[Guard]) -> Iterator[str]:
    for guard in guards:
        if guard.left is LeftKind.FACT:
            yield guard.name
        if guard.left is LeftKind.PREDICATE:
            yield from registry.predicates[guard.name].needs
        if guard.right.kind is OperandKind.FACT:
            yield guard.right.name


def _operands(row: Transition) -> Iterator[Operand]:
    yield from row.sets.values()
    for use in row.opens:
        yield from use.anchor.latest_of if use.anchor else ()


def _how(telling: Telling, fact: Fact) -> str:
    speech = telling.speech
    if speech.language == "en" and (said := meaning_of(telling.registry, fact)):
        return said
    if fact.derive is None:
        return speech("fact_read")
    needs = speech.listed(
        speech.label(telling.registry.facts.get(fact.subject, one).label) for one in fact.needs
    )
    parameters = telling.parameters(fact.parameters) if fact.parameters else ""
    key = {
        (True, True): "fact_derived_with",
        (True, False): "fact_derived",
        (False, True): "fact_parameters",
    }.get((bool(needs), bool(parameters)), "fact_read")
    return speech(key, needs=needs, parameters=parameters)


def meaning_of(registry: Registry, fact: Fact) -> str:
    """The first line that the code says about a fact, or about one of that name elsewhere."""
    alike = [one for (_, name), one in registry.facts.facts.items() if name == fact.name]
    for one in (fact, *alike):
        function = one.read or one.derive
        if function and (said := sentence_of(function)):
            return said
    return ""


def _supplied(telling: Telling, fact: Fact) -> str:
    """Who can change a fact, or the facts from which it is derived."""
    speech = telling.speech
    declared = fact.supplied_by
    if not declared:
        read, _ = telling.registry.facts.closure(fact.subject, [fact.name])
        declared = tuple(one for behind in read for one in behind.supplied_by)
    told = speech.listed(_supplier(telling, one) for one in declared)
    return told or speech("supplied_nobody")


def _supplier(telling: Telling, declared: str) -> str:
    speech = telling.speech
    kind, _, name = declared.partition(":")
    if kind == "record":
        return speech("supplied_record", name=name)
    workflow, _, event = declared.partition(".")
    found = telling.registry.rulebooks.get(workflow)
    if found is None:
        return declared
    labels = [row.label for row in found.workflow.transitions if row.event == event]
    return speech(
        "supplied_event",
        workflow=speech.label(found.workflow.label),
        event=speech.label(labels[0]) if labels else event,
    )
