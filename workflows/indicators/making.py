"""How a figure is made from the rows that count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from workflows.indicators.definitions import definitions
from workflows.indicators.figures import Behind, Indicator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workflows.indicators.figures import Excluded, Target


class Numbered(Protocol):
    """An organization, body, unit or case."""

    @property
    def id(self) -> int:
        """Its number."""
        ...


def share(
    name: str,
    numerator: Sequence[Numbered],
    denominator: Sequence[Numbered],
    target: Target | None = None,
    excluded: Sequence[Excluded] = (),
    *,
    told_as: str | None = None,
) -> Indicator:
    """So many among so many.

    Args:
        name: the figure's id.
        numerator: what is counted.
        denominator: among what; none gives "not applicable".
        target: what is aimed at.
        excluded: who is named beside the figure.
        told_as: the id of the words, where they are another figure's.
    """
    return Indicator(
        id=name,
        definition=definitions()[told_as or name],
        numerator=len(numerator),
        denominator=len(denominator),
        target=target,
        excluded=tuple(excluded),
        behind=Behind(_numbers(numerator), _numbers(denominator)),
    )


def count(name: str, counted: Sequence[Numbered], target: Target | None = None) -> Indicator:
    """So many, among nothing."""
    return Indicator(
        id=name,
        definition=definitions()[name],
        numerator=len(counted),
        target=target,
        behind=Behind(_numbers(counted)),
    )


def _numbers(rows: Sequence[Numbered]) -> tuple[int, ...]:
    return tuple(one.id for one in rows)
