"""Long lists in pieces: a statement takes a limited number of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T", bound=Any)

CHUNK = 500


def in_chunks(things: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The things in ascending order, at most `size` at a time.

    >>> list(in_chunks({3, 1, 2}, 2))
    [[1, 2], [3]]
    """
    ordered = sorted(things)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
