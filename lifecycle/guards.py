"""Guards: a comparison or a named predicate answers with a finding, met or not, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lifecycle.conditions import Comparison, Guard, Label, LeftKind, Operand, OperandKind

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.cases import CaseView, FieldValue, Subject
    from lifecycle.facts import FactValue
    from lifecycle.policy import Parameters
    from lifecycle.workdays import RestDays


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition of a step: whether it holds, what was seen, what is needed, who can help."""

    id: str
    met: bool
    label: Label
    kind: str
    comparison: str = ""
    seen: FieldValue = None
    needed: FieldValue = None
    parameter: str = ""
    cite: tuple[str, ...] = ()
    supplied_by: tuple[str, ...] = ()
    override: bool = False
    advisory: bool = False
    """Shown, and not in the way even while unmet."""
    waived: bool = False
    target: str = ""

    def __str__(self) -> str:
        if self.kind == "field" and self.seen is None:
            return f"{self.id} is not given"
        seen = "not recorded" if self.seen is None else self.seen
        need = f"{self.comparison} {self.needed}"
        named = f" ({self.parameter})" if self.parameter else ""
        clause = f" [{', '.join(self.cite)}]" if self.cite else ""
        return f"{self.id} is {seen}, needs {need}{named}{clause}"


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that deciding may look at; reading it touches no database."""

    case: CaseView
    facts: Mapping[str, FactValue]
    fields: Mapping[str, FieldValue]
    parameters: Parameters
    effective_on: date
    today: date
    rest_days: RestDays | None = None
    named: Mapping[Subject, str | None] = field(default_factory=dict)
    """What the things are called that entered numbers name."""

    def fact(self, name: str) -> FactValue:
        """A fact of the subject, or one of the three that every case has."""
        if name == "effective_on":
            return self.effective_on
        if name == "state_before":
            return self.case.previous_state
        if name == "today":
            return self.today
        return self.facts.get(name)

    def operand(self, operand: Operand) -> FieldValue:
        """The value that the operand stands for, here and now."""
        kind = operand.kind
        if kind is OperandKind.LITERAL:
            return operand.value  # type: ignore[return-value] # scalars or a tuple of them
        if kind is OperandKind.PARAMETER:
            return self.parameters[operand.name]
        if kind is OperandKind.FACT:
            return self.fact(operand.name)
        if kind is OperandKind.FIELD:
            return self.fields.get(operand.name)
        if kind is OperandKind.RECORDED:
            return self.case.fields.get(operand.name)
        row = self.case.deadline(operand.name)
        return row.due_on if row else None

    def left(self, guard: Guard) -> FieldValue:
        """What the guard looks at."""
        if guard.left is LeftKind.FACT:
            return self.fact(guard.name)
        if guard.left is LeftKind.FIELD:
            return self.fields.get(guard.name)
        if guard.left is LeftKind.RECORDED:
            return self.case.fields.get(guard.name)
        row = self.case.deadline(guard.name)
        return row.status.value if row else None


BUILT_IN_FACTS = frozenset({"effective_on", "state_before", "today"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a predicate found."""

    met: bool
    seen: FieldValue = None
    needed: FieldValue = None


PredicateFunction = Callable[[Situation], Verdict]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A named condition over facts, fields and recorded values, with the facts that it reads."""

    name: str
    label: Label
    needs: tuple[str, ...]
    decide: PredicateFunction
    supplied_by: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    """Predicates, flag facts and counts (above zero) that never hold together with it."""
    opposite: str = ""
    """The predicate that holds exactly when it does not."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Labels and suppliers of what guards look at, for findings that people can read."""

    labels: Mapping[str, Label] = field(default_factory=dict)
    supplied_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    predicates: Mapping[str, Predicate] = field(default_factory=dict)
    facts: frozenset[str] = frozenset()
    """The names of the facts about this workflow's subject."""

    def label_of(self, guard: Guard) -> Label:
        """What a guard is called: by itself, or like what it looks at."""
        return guard.label or self.labels.get(guard.name) or Label(zh=guard.name, en=guard.name)


def evaluate(guard: Guard, situation: Situation, vocabulary: Vocabulary) -> Finding:
    """The finding of one guard. A value that is not known leaves it unmet."""
    if guard.left is LeftKind.PREDICATE:
        predicate = vocabulary.predicates[guard.name]
        verdict = predicate.decide(situation)
        met, seen, needed = verdict.met, verdict.seen, verdict.needed
    else:
        seen = situation.left(guard)
        needed = situation.operand(guard.right)
        met = compare(guard.comparison, seen, needed)
    waived = not met and guard.override and guard.id in situation.case.waived
    return Finding(
        id=guard.id,
        met=met or waived,
        label=vocabulary.label_of(guard),
        kind=guard.left.value,
        comparison=guard.comparison.value,
        seen=seen,
        needed=needed,
        parameter=guard.right.name if guard.right.kind is OperandKind.PARAMETER else "",
        cite=guard.cite,
        supplied_by=vocabulary.supplied_by.get(guard.name, ()),
        override=guard.override,
        advisory=guard.advisory,
        waived=waived,
    )


def holds(guard: Guard, situation: Situation, vocabulary: Vocabulary) -> bool:
    """Whether the guard is met; the short form for conditions that nobody asks about."""
    return evaluate(guard, situation, vocabulary).met


def compare(comparison: Comparison, seen: FieldValue, needed: FieldValue) -> bool:
    """Whether `seen` stands in that relation to `needed`; unknown values do not."""
    if comparison is Comparison.IS_KNOWN:
        return (seen is not None) is needed
    if comparison is Comparison.IS_NOT and seen is None:
        return True
    if seen is None:
        return False
    if comparison in _NEVER_RECORDED_IS_FINE and needed is None:
        return True
    if needed is None:
        return False
    return _RELATIONS[comparison](seen, needed)


_NEVER_RECORDED_IS_FINE = frozenset({Comparison.NEWER_THAN, Comparison.DIFFERS_FROM})

_RELATIONS: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.AT_LEAST: lambda seen, needed: seen >= needed,
    Comparison.AT_MOST: lambda seen, needed: seen <= needed,
    Comparison.MORE_THAN: lambda seen, needed: seen > needed,
    Comparison.LESS_THAN: lambda seen, needed: seen < needed,
    Comparison.IS: lambda seen, needed: seen == needed,
    Comparison.IS_NOT: lambda seen, needed: seen != needed,
    Comparison.ONE_OF: lambda seen, needed: seen in needed,
    Comparison.BEFORE: lambda seen, needed: seen < needed,
    Comparison.AFTER: lambda seen, needed: seen > needed,
    Comparison.NOT_BEFORE: lambda seen, needed: seen >= needed,
    Comparison.NOT_AFTER: lambda seen, needed: seen <= needed,
    Comparison.NEWER_THAN: lambda seen, needed: seen > needed,
    Comparison.DIFFERS_FROM: lambda seen, needed: seen != needed,
}
