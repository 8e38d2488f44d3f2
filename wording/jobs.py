"""What the clock's jobs did, as officers read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wording.words import Words


def job_result(words: Words, text: str) -> str:
    """A job's result in words."""
    told: dict[str, Any] = json.loads(text)
    if "error" in told:
        return words("job_failed", error=told["error"])
    parts = [words("job_done", count=told.get("done", 0))]
    if told.get("stuck"):
        parts.append(words("job_stuck", count=len(told["stuck"])))
    counted = told.get("notices") or {}
    parts += [f"{words.value(name)} {count}" for name, count in counted.items()]
    return ", ".join(parts)
