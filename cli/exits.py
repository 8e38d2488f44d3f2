"""The exit codes on which scripts rely."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
SOME_REJECTED: Final = 2
"""Some rows of a list came back."""
REFUSED: Final = 3
"""The step is not possible now; every finding was shown."""
WRONG_USAGE: Final = 64
