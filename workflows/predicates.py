"""Conditions that a comparison cannot say: named, pure, each over the facts that it declares."""

from __future__ import annotations

from collections.abc import Callable

from lifecycle.definition import Label
from lifecycle.guards import Predicate, PredicateFunction, Situation, Verdict

PREDICATES: dict[str, Predicate] = {}
"""Every predicate by the name that definitions use."""


def predicate(
    zh: str, en: str, *needs: str, supplied_by: tuple[str, ...] = ()
) -> Callable[[PredicateFunction], PredicateFunction]:
    """Declares a predicate under its function's name, with its sentence and the facts it reads."""

    def declare(function: PredicateFunction) -> PredicateFunction:
        name = function.__name__
        PREDICATES[name] = Predicate(name, Label(zh=zh, en=en), needs, function, supplied_by)
        return function

    return declare


@predicate(
    "凭证种类与应转关系一致",
    "document fits the relation that is owed",
    "employment",
    supplied_by=("form",),
)
def document_fits(situation: Situation) -> Verdict:
    """A full-timer's formal relation moves by letter, a part-timer's temporary one by certificate."""
    wanted = "formal" if situation.fact("employment") == "full_time" else "temporary"
    given = situation.fields.get("document_kind")
    return Verdict(given == wanted, given, wanted)
