"""Conditions that a comparison cannot say: named, pure, each over the facts that it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.conditions import Label
from lifecycle.guards import Predicate, PredicateFunction

if TYPE_CHECKING:
    from collections.abc import Callable

PREDICATES: dict[str, Predicate] = {}
"""Every predicate by the name that definitions use."""


def predicate(
    zh: str,
    en: str,
    *needs: str,
    supplied_by: tuple[str, ...] = (),
    excludes: tuple[str, ...] = (),
    opposite: str = "",
) -> Callable[[PredicateFunction], PredicateFunction]:
    """Declares a predicate under its function's name, with its sentence and the facts it reads."""

    def declare(function: PredicateFunction) -> PredicateFunction:
        name = function.__name__
        PREDICATES[name] = Predicate(
            name, Label(zh=zh, en=en), needs, function, supplied_by, excludes, opposite
        )
        return function

    return declare
