"""A very small constraint solver: conditions over few variables with few values each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Model = dict[Hashable, Any]
"""A value for each variable."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """Something that must hold, and the variables it speaks about."""

    variables: tuple[Hashable, ...]
    holds: Callable[[Model], bool]


def find_model(
    domains: Mapping[Hashable, Sequence[Any]], constraints: Sequence[Constraint]
) -> Model | None:
    """Values for all variables that the constraints name, or None when there are none.

    Each constraint is asked as soon as its last variable has a value, so that a contradiction
    ends the search where it arises.
    """
    order = list(dict.fromkeys(name for one in constraints for name in one.variables))
    place = {name: i for i, name in enumerate(order)}
    due: list[list[Constraint]] = [[] for _ in order]
    for one in constraints:
        if one.variables:
            due[max(place[name] for name in one.variables)].append(one)
        elif not one.holds({}):
            return None
    model: Model = {}

    def search(i: int) -> bool:
        if i == len(order):
            return True
        for value in domains[order[i]]:
            model[order[i]] = value
            if all(one.holds(model) for one in due[i]) and search(i + 1):
                return True
        model.pop(order[i], None)
        return False

    return model if search(0) else None
