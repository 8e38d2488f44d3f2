"""Numbers in addresses: what a database can hold, so that nothing else reaches it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path

MOST: Final = 2**53 - 1
"""The largest that every database, and every reader of JSON, holds as it is."""

Number = Annotated[int, Path(ge=1, le=MOST)]
"""The number of a row."""


def number_in(text: str) -> int | None:
    """The number that a condition in an address names; None where it names none that is held."""
    return int(text) if text.isdecimal() and is_held(text) else None


def is_held(text: str) -> bool:
    """Whether a database holds the number that the text says; what is no number is no matter."""
    digits = text.lstrip("+-0")
    return not digits.isdecimal() or (len(digits) <= len(str(MOST)) and int(digits) <= MOST)
