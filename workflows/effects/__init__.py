"""What events change in the register: named, pure, each from the facts that it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.rulebook import Effect, EffectFunction

if TYPE_CHECKING:
    from collections.abc import Callable

EFFECTS: dict[str, Effect] = {}
"""Every effect by the name that definitions use."""


def effect(*needs: str) -> Callable[[EffectFunction], EffectFunction]:
    """Declares an effect under its function's name, with the facts that it reads."""

    def declare(function: EffectFunction) -> EffectFunction:
        name = function.__name__
        if name in EFFECTS:
            msg = f"effect {name} is declared twice"
            raise ValueError(msg)
        EFFECTS[name] = Effect(name, needs, function)
        return function

    return declare
