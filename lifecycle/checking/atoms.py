"""Conditions seen from afar: what they depend on, and the few values that make a difference.

A condition depends on its left side, a *variable*. A left side of a known vocabulary (a flag, a
choice, the status of a deadline) has the values of the vocabulary; any other has the literals
that conditions compare it with and one value beyond each. Where the right side is a name, the
*relation* of the two (less, equal, greater) is a variable of its own. What is not said to hang
together is free: the abstraction knows more situations than there are, so that "never together"
is proved and not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lifecycle.cases import DeadlineStatus
from lifecycle.checking.paths import STATE_BEFORE, states_before
from lifecycle.checking.solving import Constraint, Model
from lifecycle.conditions import Comparison, Guard, LeftKind, OperandKind
from lifecycle.definition import Field_, FieldType
from lifecycle.facts import Fact, FactType
from lifecycle.guards import compare

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence

    from lifecycle.checking.findings import Checked

FACT, PREDICATE, LITERAL = "fact", "predicate", "literal"
OPAQUE = "opaque"
"""A comparison that is not looked into: it holds or it does not."""

_ALWAYS_KNOWN = frozenset({PREDICATE, LITERAL, OPAQUE, OperandKind.PARAMETER})
_KNOWN_FACTS = frozenset({"effective_on", "today"})

SOMETHING_ELSE = "something else"
"""A text that no condition names."""

_STATUSES = tuple(one.value for one in DeadlineStatus)


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that a condition looks at or compares with; `version` after it may have changed."""

    kind: str
    name: str
    version: int = 0
    value: Any = None
    """Of a literal: what it is."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Relation:
    """How the left variable stands to the right one: -1 less, 0 equal, 1 greater."""

    left: Variable
    right: Variable


@dataclass(frozen=True, slots=True)
class Atom:
    """A condition over its variables."""

    guard: Guard
    left: Variable
    right: Variable | None = None

    @property
    def relation(self) -> Relation | None:
        """The variable that stands for a comparison of two names."""
        return Relation(self.left, self.right) if self.right else None

    def holds(self, model: Model) -> bool:
        """Whether it is met under the model; unknown values compare as the engine compares them."""
        seen = model[self.left]
        if self.left.kind in (PREDICATE, OPAQUE):
            return bool(seen)
        if self.right is None:
            return compare(self.guard.comparison, seen, self.guard.right.value)  # type: ignore[arg-type]
        needed = None if model[self.right] is None else 0
        related = None if seen is None else model[self.relation]
        return compare(self.guard.comparison, related, needed)

    @property
    def constraint(self) -> Constraint:
        """That it is met."""
        return Constraint(self.variables, self.holds)

    @property
    def variables(self) -> tuple[Hashable, ...]:
        """Everything that its verdict depends on."""
        if self.right is None:
            return (self.left,)
        return (self.left, self.right, Relation(self.left, self.right))


def named(kind: str, name: str) -> Variable:
    """The variable of that name as it stands before anything has changed."""
    return Variable(kind, name)


def atom(guard: Guard, name: Callable[[str, str], Variable] = named) -> Atom:
    """The condition over the variables that `name` gives for kinds and names."""
    operand = guard.right
    if guard.left is LeftKind.PREDICATE or operand.kind is OperandKind.LITERAL:
        return Atom(guard, name(guard.left.value, guard.name))
    if guard.comparison is Comparison.ONE_OF:
        return Atom(guard, name(OPAQUE, str(guard)))
    return Atom(guard, name(guard.left.value, guard.name), name(operand.kind.value, operand.name))


def binding(guards: Iterable[Guard]) -> list[Guard]:
    """The conditions that are in the way of a row whatever anybody decides.

    An advisory one never is, and an approver may set an *override* one aside.
    """
    return [one for one in guards if not (one.advisory or one.override)]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where conditions are asked: the workflow, whom facts are about, the state, the form."""

    checked: Checked
    subject: str
    state: str = ""
    fields: Mapping[str, Field_] = field(default_factory=dict)

    def vocabulary(self, variable: Variable) -> tuple[Any, ...] | None:
        """All values that the variable can have, None when there is no end to them."""
        if variable.kind == LITERAL:
            return (variable.value,)
        if variable.kind in (PREDICATE, OPAQUE):
            return (True, False)
        if variable.kind == LeftKind.DEADLINE:
            return _STATUSES
        if variable.kind == FACT:
            return self._of_fact(variable.name)
        spec = self.field(variable)
        if spec is None:
            return None
        return (True, False) if spec.type is FieldType.YES_NO else tuple(spec.choices) or None

    def _of_fact(self, name: str) -> tuple[Any, ...] | None:
        if name == STATE_BEFORE and self.state:
            return tuple(sorted(states_before(self.checked.workflow, self.state)))
        fact = self.fact(name)
        if fact is None:
            return None
        return (True, False) if fact.type is FactType.FLAG else fact.choices or None

    def fact(self, name: str) -> Fact | None:
        """What is declared under that name about the subject."""
        return self.checked.registry.facts.facts.get((self.subject, name))

    def field(self, variable: Variable) -> Field_ | None:
        """The field that the variable stands for, of the event or of the case."""
        if variable.kind == LeftKind.FIELD:
            return self.fields.get(variable.name)
        if variable.kind == LeftKind.RECORDED:
            return self.checked.workflow.fields.get(variable.name)
        return None

    def may_be_unknown(self, variable: Variable) -> bool:
        """Whether it can be that there is no value at all."""
        if variable.kind == FACT and variable.name in _KNOWN_FACTS:
            return False
        return variable.kind not in _ALWAYS_KNOWN

    def is_count(self, variable: Variable) -> bool:
        """Whether its numbers begin with zero."""
        spec = self.field(variable)
        if spec is not None:
            return spec.type is FieldType.COUNT
        fact = self.fact(variable.name) if variable.kind == FACT else None
        return fact is not None and fact.type is FactType.COUNT


def domains(
    atoms: Sequence[Atom], scope: Scope, known: Collection[Variable] = ()
) -> dict[Hashable, tuple[Any, ...]]:
    """The values that make a difference, for every variable of the conditions.

    Args:
        atoms: the conditions.
        scope: where they are asked.
        known: the variables that are taken to have a value.
    """
    found: dict[Hashable, tuple[Any, ...]] = {}
    for one in atoms:
        for variable in (one.left, one.right):
            if variable is None or variable in found:
                continue
            values = _values(variable, _literals(variable, atoms), scope)
            unknown = scope.may_be_unknown(variable) and variable not in known
            found[variable] = (*values, None) if unknown else values
        if one.relation:
            found[one.relation] = (0,) if one.left == one.right else (-1, 0, 1)
    return found


def _literals(variable: Variable, atoms: Iterable[Atom]) -> list[Any]:
    given = [one.guard.right.value for one in atoms if one.left == variable and not one.right]
    return [each for one in given for each in (one if isinstance(one, tuple) else (one,))]


def _values(variable: Variable, literals: Sequence[Any], scope: Scope) -> tuple[Any, ...]:
    vocabulary = scope.vocabulary(variable)
    if vocabulary is not None:
        return vocabulary
    numbers = {one for one in literals if isinstance(one, int) and not isinstance(one, bool)}
    if numbers:
        near = sorted({each for one in numbers for each in (one - 1, one, one + 1)})
        return tuple(one for one in near if one >= 0 or not scope.is_count(variable))
    texts = [one for one in literals if isinstance(one, str)]
    return (*dict.fromkeys(texts), SOMETHING_ELSE)
