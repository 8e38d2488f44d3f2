"""Conditions as sentences: what is looked at, what is needed, on which clause, who may waive it."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from lifecycle.conditions import Comparison, LeftKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lifecycle.conditions import Guard
    from workflows.handbook.telling import Telling

PRACTICE = "practice"

_QUOTED = re.compile(r'"(P\d+(?:\.[a-z_]+)?)"')
_HELPER = re.compile(r"\b(_[a-z]\w*)\(")


def condition(telling: Telling, guard: Guard) -> str:
    """One condition of a step, with its clause and who may set it aside."""
    speech = telling.speech
    told = statement(telling, guard)
    if guard.cite:
        told = speech("clause", told=told, cite=cited(telling, guard.cite))
    if guard.override:
        told = speech("clause", told=told, cite=speech("override"))
    if guard.advisory:
        told = speech("clause", told=told, cite=speech("advisory"))
    return told


def statement(telling: Telling, guard: Guard) -> str:
    """The condition alone: `full members ≥ 3 (P6)`."""
    if guard.left is LeftKind.PREDICATE:
        return _predicate(telling, guard.name)
    compared = _compared(telling, guard)
    if guard.label is None:
        return compared
    return telling.speech("labelled", label=telling.speech.label(guard.label), told=compared)


def together(telling: Telling, guards: Iterable[Guard]) -> str:
    """Several conditions in one half sentence."""
    return telling.speech("and").join(statement(telling, one) for one in guards)


def cited(telling: Telling, cites: Sequence[str]) -> str:
    """The ids that a rule cites; what rests on no text is called practice."""
    named = telling.speech.shared.section("sentences")
    return ", ".join(named[one] if one == PRACTICE else one for one in cites)


def _compared(telling: Telling, guard: Guard) -> str:
    speech, left, right = telling.speech, _left(telling, guard), guard.right
    if guard.comparison is Comparison.IS_KNOWN:
        return speech("known" if right.value else "not_known", left=left)
    needed = telling.operand(right, guard.name)
    if guard.comparison is Comparison.IS and isinstance(right.value, bool):
        return speech("is_statement", left=left, right=needed)
    return speech(guard.comparison.value, left=left, right=needed)


def _left(telling: Telling, guard: Guard) -> str:
    label = {
        LeftKind.FACT: telling.fact_label,
        LeftKind.FIELD: telling.field_label,
        LeftKind.RECORDED: telling.recorded_label,
        LeftKind.DEADLINE: telling.deadline,
    }[guard.left](guard.name)
    return telling.speech(f"left_{guard.left.value}", label=label)


def _predicate(telling: Telling, name: str) -> str:
    speech, predicate = telling.speech, telling.registry.predicates[name]
    label = speech.label(predicate.label)
    said = sentence_of(predicate.decide)
    if speech.language == "en" and said:
        label = speech("predicate_said", label=label, said=said.rstrip("."))
    parameters = [
        one
        for one in parameters_named(predicate.decide)
        if one in telling.registry.policy.parameters
    ]
    if parameters:
        return speech("predicate_with", label=label, parameters=telling.parameters(parameters))
    return speech("predicate", label=label)


def sentence_of(function: Callable[..., Any]) -> str:
    """The first line of a function's docstring; empty where it has none."""
    return (inspect.getdoc(function) or "").partition("\n")[0]


def parameters_named(function: Callable[..., Any]) -> list[str]:
    """The parameters that a function asks for by their id, itself or in a helper of its module."""
    text = inspect.getsource(function)
    module = inspect.getmodule(function)
    for name in sorted(set(_HELPER.findall(text))):
        helper = getattr(module, name, None)
        if inspect.isfunction(helper):
            text += inspect.getsource(helper)
    return sorted(set(_QUOTED.findall(text)), key=lambda one: (len(one), one))
