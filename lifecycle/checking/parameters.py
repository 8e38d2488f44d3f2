"""Policy parameters: that whatever reads one finds it, and that each is read by something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.checking.findings import Code, Problem, Texts
from lifecycle.conditions import OperandKind
from lifecycle.definition import Before, Yearly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.conditions import Guard, Operand
    from lifecycle.definition import DeadlineRule, Transition, Workflow
    from lifecycle.registry import Registry


def check_parameters(registry: Registry, texts: Texts) -> Iterable[Problem]:
    """Parameters that code names and the policy lacks, and those that nothing reads.

    What definitions name was checked when they were read; a parameter without a clause is
    complained of here.
    """
    known = registry.policy.parameters
    for name, (file, line) in sorted(texts.in_code.items()):
        if name not in known:
            yield Problem(file, line, Code.PARAMETER_UNKNOWN, f"the policy has no {name}")
    read = set(texts.in_code)
    for fact in registry.facts.facts.values():
        read.update(fact.parameters)
    for book in registry.rulebooks.values():
        read |= parameters_of(book.workflow)
    for name, parameter in known.items():
        line = texts.policy.line(("parameters", name))
        if name not in read:
            message = f"nothing reads {name} ({parameter.name})"
            yield Problem(texts.policy.file, line, Code.PARAMETER_UNUSED, message)
        if not parameter.cite:
            yield Problem(texts.policy.file, line, Code.UNCITED, f"{name} cites no clause")


def parameters_of(workflow: Workflow) -> set[str]:
    """The parameters that a definition names."""
    operands: list[Operand] = []
    for row in workflow.transitions:
        operands += _of_row(row)
    for rule in workflow.deadlines.values():
        operands += _of_rule(rule)
    fields = (spec for row in workflow.transitions for spec in row.fields.values())
    defaults = {spec.default_from for spec in fields if spec.default_from}
    return defaults | {one.name for one in operands if one.kind is OperandKind.PARAMETER}


def _of_row(row: Transition) -> Iterable[Operand]:
    yield from row.sets.values()
    if isinstance(row.time, Yearly):
        yield row.time.yearly
    if isinstance(row.time, Before):
        yield row.time.months
    for use in row.opens:
        yield from use.length.given if use.length else ()
        yield from use.anchor.latest_of if use.anchor else ()
        yield from _of_guards(use.when)
    for owed in row.notices:
        yield from _of_guards(owed.when)
    yield from _of_guards(row.guards)


def _of_rule(rule: DeadlineRule) -> Iterable[Operand]:
    yield from rule.length.given
    yield from rule.anchor.latest_of
    if rule.cap:
        yield rule.cap
    for reminder in rule.reminder:
        yield from _of_guards(reminder.when)
    yield from _of_guards(rule.pause_while)


def _of_guards(guards: Iterable[Guard]) -> Iterable[Operand]:
    return (one.right for one in guards)
