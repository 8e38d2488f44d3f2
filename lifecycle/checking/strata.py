"""Strata: automatic conditions read downward only, so that settling comes to rest going upward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.checking.findings import Checked, Code, Problem
from lifecycle.conditions import LeftKind, OperandKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.conditions import Guard

_ANY_CASE = frozenset({"case", "case_state"})
"""What is read when an expression looks at cases and names no workflow."""


def check_strata(checked: Checked) -> Iterable[Problem]:
    """Automatic conditions that read a workflow of a higher stratum, or another of their own."""
    workflow = checked.workflow
    for number, row in checked.numbered():
        if row.automatic:
            subject = row.for_each or workflow.subject
            for i, guard in enumerate(row.guards):
                yield from _upward(checked, ("transitions", number, "guards", i), guard, subject)
    for name, rule in workflow.deadlines.items():
        for i, guard in enumerate(rule.pause_while):
            at = ("deadlines", name, "pause_while", i)
            yield from _upward(checked, at, guard, workflow.subject)


def facts_of(checked: Checked, guard: Guard) -> set[str]:
    """The facts that a condition looks at."""
    if guard.left is LeftKind.PREDICATE:
        return set(checked.book.vocabulary.predicates[guard.name].needs)
    found = {guard.name} if guard.left is LeftKind.FACT else set()
    return found | ({guard.right.name} if guard.right.kind is OperandKind.FACT else set())


def sources(checked: Checked, subject: str, names: Iterable[str]) -> frozenset[str]:
    """What the facts are read from; built-in facts are read from nothing."""
    registry = checked.registry
    declared = {name for name in names if (subject, name) in registry.facts.facts}
    return registry.reader.sources(subject, declared) if declared else frozenset()


def _upward(
    checked: Checked, at: tuple[str | int, ...], guard: Guard, subject: str
) -> Iterable[Problem]:
    own, books = checked.workflow, checked.registry.rulebooks
    read = sources(checked, subject, facts_of(checked, guard))
    if read & _ANY_CASE:
        yield checked.problem(Code.READS_UPWARD, at, f"{guard.name} reads cases of every workflow")
    for other in sorted({source.partition(":")[2] for source in read}):
        if other == own.workflow or other not in books:
            continue
        stratum = books[other].workflow.stratum
        if stratum >= own.stratum:
            yield checked.problem(
                Code.READS_UPWARD,
                at,
                f"{guard.name} reads {other} of stratum {stratum}, "
                f"and {own.workflow} is settled in stratum {own.stratum}",
            )
