"""What a person asked for in a way that cannot be read."""

from __future__ import annotations

from lifecycle.errors import LifecycleError


class UsageError(LifecycleError):
    """Something was given that cannot be read; the catalogue has the sentence of that key."""

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(f"{key}: {values}")
