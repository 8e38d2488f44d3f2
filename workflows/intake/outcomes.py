"""What becomes of a row, and the reasons for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from workflows.intake.words import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workflows.intake.layouts import Cell, Layout
    from workflows.intake.values import Values


class Outcome(StrEnum):
    """What becomes of a row, the mildest first."""

    ACCEPTED = "accepted"
    WARNING = "warning"
    REJECTED = "rejected"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that was put right, is doubtful or is wrong."""

    code: str
    field: str | None = None
    """The column that it is about."""


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row of a roster with its outcome."""

    file: str
    digest: str
    row: int
    """Row of the sheet, counted from 1."""

    layout: Layout
    name: str
    """The organization or unit; of a person only the organization is named."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    """Those that decide the outcome first, and in column order; the first gives the reason."""

    values: Values | None = None
    """None unless the row is stored."""

    cells: Mapping[str, Cell] = field(default_factory=dict)
    """Field -> the original cell of each kept column."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the store and the files read before know."""

    organizations: Mapping[str, str] = field(default_factory=dict)
    """Credit code -> name."""


@cache
def _book() -> dict[str, dict[str, Any]]:
    book: dict[str, dict[str, Any]] = read_yaml("reasons.yaml")["reasons"]
    return book


def reason_codes() -> tuple[str, ...]:
    """Every code that a row can get."""
    return tuple(_book())


def outcome_of(code: str) -> Outcome:
    """What a reason makes of its row."""
    return Outcome(_book()[code]["outcome"])


def reason_text(code: str, language: str = "zh") -> tuple[str, str]:
    """What is wrong and what to do, in the officers' words.

    Args:
        code: One of `reason_codes()`.
        language: zh or en.
    """
    entry = _book()[code]
    return entry["wrong"][language], entry["do"][language]


def worst(reasons: Sequence[Reason]) -> Outcome:
    """The outcome that the reasons together give; none is accepted."""
    ranks = list(Outcome)
    return max((outcome_of(one.code) for one in reasons), key=ranks.index, default=Outcome.ACCEPTED)


def in_order(reasons: Sequence[Reason], columns: Mapping[str, int]) -> tuple[Reason, ...]:
    """The reasons, the gravest first and within one gravity by column."""
    ranks = list(Outcome)

    def place(reason: Reason) -> tuple[int, int]:
        return -ranks.index(outcome_of(reason.code)), columns.get(reason.field or "", len(columns))

    return tuple(sorted(dict.fromkeys(reasons), key=place))
