"""What facts and predicates declare about each other, and what a situation is called in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lifecycle.checking.atoms import FACT, PREDICATE, Relation, Scope, Variable
from lifecycle.checking.solving import Constraint, Model

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable

_Together = Callable[[Variable, Variable], Callable[[Model], bool]]
"""Makes of two variables the test that they hang together as declared."""


def declared(variables: Collection[Hashable], scope: Scope) -> list[Constraint]:
    """What facts and predicates declare about each other, as far as the variables are concerned."""
    found: list[Constraint] = []
    spoken = [one for one in variables if isinstance(one, Variable)]
    for one in spoken:
        for kind, name, together in _declared_by(one, scope):
            found += [
                Constraint((one, other), together(one, other))
                for other in spoken
                if other.name == name and other.kind in (kind, FACT)
            ]
    return found


def _declared_by(variable: Variable, scope: Scope) -> Iterable[tuple[str, str, _Together]]:
    """Kind and name of other variables, and what must hold of the two."""
    if variable.kind == PREDICATE:
        predicate = scope.checked.book.vocabulary.predicates[variable.name]
        yield from ((PREDICATE, name, _not_both) for name in predicate.excludes)
        if predicate.opposite:
            yield PREDICATE, predicate.opposite, _just_one
    fact = scope.fact(variable.name) if variable.kind == FACT else None
    if fact is not None:
        yield from ((FACT, name, _not_both) for name in fact.excludes)
        yield from ((FACT, name, _known_with) for name in fact.implies)


def _not_both(one: Variable, other: Variable) -> Callable[[Model], bool]:
    return lambda model: not (_positive(model[one]) and _positive(model[other]))


def _positive(value: Any) -> bool:  # noqa: ANN401 - whatever a variable holds
    return value is True or (isinstance(value, int) and value > 0)


def _known_with(one: Variable, other: Variable) -> Callable[[Model], bool]:
    return lambda model: model[one] is None or model[other] is True


def _just_one(one: Variable, other: Variable) -> Callable[[Model], bool]:
    return lambda model: model[one] is not model[other]


def told(model: Model) -> str:
    """The model in words, for a message: `a is True, b < P6`."""
    said = []
    for name, value in model.items():
        if isinstance(name, Relation):
            known = model.get(name.left) is not None and model.get(name.right) is not None
            if known:
                said.append(f"{name.left} {_SIGNS[value]} {name.right}")
        elif isinstance(name, Variable) and not any(
            isinstance(one, Relation) and name in (one.left, one.right) and value is not None
            for one in model
        ):
            said.append(f"{name} is {'unknown' if value is None else value}")
    return ", ".join(said)


_SIGNS = {-1: "<", 0: "=", 1: ">"}
