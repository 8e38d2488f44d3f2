"""What a definition can say about a value: labels, operands, comparisons and guards."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

PARAMETER = re.compile(r"^P\d+(\.[a-z_]+)?$")
"""How a definition names a policy parameter: P6, or P18.gap for one part of it."""

Scalar = bool | int | str


class Frozen(BaseModel):
    """A part of a definition: unchangeable, and unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(Frozen):
    """What officers read, in both languages."""

    zh: str
    en: str


class OperandKind(StrEnum):
    """Where the right-hand side of a comparison comes from."""

    LITERAL = "literal"
    """Written in the definition."""
    PARAMETER = "parameter"
    """The policy parameter in force on the event's day at the case's unit."""
    FACT = "fact"
    """A fact of the subject."""
    FIELD = "field"
    """What the officer enters with the event."""
    RECORDED = "recorded"
    """A field of the case, as recorded so far."""
    DUE_ON = "due_on"
    """The due date of a deadline of the case."""


class Operand(Frozen):
    """A value, or the name under which to find one."""

    kind: OperandKind
    name: str = ""
    value: Scalar | tuple[Scalar, ...] | None = None

    def __str__(self) -> str:
        return str(self.value) if self.kind is OperandKind.LITERAL else self.name


def parse_operand(given: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """Reads `3`, `yes`, `P6`, `[a, b]` or `{recorded: name}`."""
    if isinstance(given, Operand):
        return given
    if isinstance(given, dict):
        if len(given) != 1:
            msg = "one of fact, field, recorded, due_on is wanted"
            raise ValueError(msg)
        (kind, name), *_ = given.items()
        if kind not in {"fact", "field", "recorded", "due_on"}:
            msg = f"{kind!r} is not one of fact, field, recorded, due_on"
            raise ValueError(msg)
        return Operand(kind=OperandKind(kind), name=name)
    if isinstance(given, str) and PARAMETER.match(given):
        return Operand(kind=OperandKind.PARAMETER, name=given)
    if isinstance(given, list):
        return Operand(kind=OperandKind.LITERAL, value=tuple(given))
    return Operand(kind=OperandKind.LITERAL, value=given)


class Comparison(StrEnum):
    """How a guard compares; each reads as a statement."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    BEFORE = "before"
    AFTER = "after"
    NOT_BEFORE = "not_before"
    NOT_AFTER = "not_after"
    NEWER_THAN = "newer_than"
    """Later or greater than the right side; a right side never recorded is older than anything."""
    DIFFERS_FROM = "differs_from"
    """Not equal to the right side; a right side never recorded differs from anything."""
    IS_KNOWN = "is_known"
    """Recorded at all (true) or not (false)."""


class LeftKind(StrEnum):
    """What a guard looks at."""

    FACT = "fact"
    FIELD = "field"
    RECORDED = "recorded"
    DEADLINE = "deadline"
    """The status of the case's latest deadline of that rule."""
    PREDICATE = "predicate"
    """A named condition that no comparison can say."""


class Guard(Frozen):
    """One condition of a transition, written `{fact: x, at_least: P6, cite: 二.2}`."""

    left: LeftKind
    name: str
    comparison: Comparison = Comparison.IS
    right: Operand = Operand(kind=OperandKind.LITERAL, value=True)
    cite: tuple[str, ...] = ()
    override: bool = False
    advisory: bool = False
    """Shown with its finding and never in the way: what a later step will ask."""
    label: Label | None = None
    why: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if not isinstance(given, dict) or "left" in given:
            return given
        rest = dict(given)
        lefts = [key for key in rest if key in _LEFTS]
        if len(lefts) != 1:
            msg = f"exactly one of {', '.join(LeftKind)} is wanted"
            raise ValueError(msg)
        read: dict[str, Any] = {"left": lefts[0], "name": rest.pop(lefts[0])}
        comparisons = [key for key in rest if key in _COMPARISONS]
        if len(comparisons) > 1:
            msg = f"one comparison is wanted, not {' and '.join(comparisons)}"
            raise ValueError(msg)
        if comparisons:
            read["comparison"] = comparisons[0]
            read["right"] = parse_operand(rest.pop(comparisons[0]))
        elif lefts[0] != LeftKind.PREDICATE:
            msg = "a comparison is wanted, such as at_least or is"
            raise ValueError(msg)
        if isinstance(rest.get("cite"), str):
            rest["cite"] = [rest["cite"]]
        return read | rest

    @property
    def id(self) -> str:
        """The name under which an approver waives it and a finding reports it."""
        return self.name

    def __str__(self) -> str:
        if self.left is LeftKind.PREDICATE:
            return self.name
        return f"{self.left} {self.name} {self.comparison} {self.right}"


"""How a definition names a policy parameter: P6, or P18.gap for one part of it."""


_LEFTS = frozenset(one.value for one in LeftKind)


_COMPARISONS = frozenset(one.value for one in Comparison)
