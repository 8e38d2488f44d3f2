"""What a verification of the trail has found, as officers read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lifecycle.audit import Break
    from wording.words import Words


def break_line(words: Words, one: Break) -> str:
    """One place at which what is stored differs from what the trail commits to."""
    flaw = words(f"flaw_{one.flaw}", stored=one.stored, said=one.said)
    return words("break", entry=one.entry, field=one.field, flaw=flaw)
