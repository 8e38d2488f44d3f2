"""Numbers in paths: what a database can hold, so that nothing else reaches it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

Number = Annotated[int, Path(ge=1, le=2**53 - 1)]
"""The number of a row."""
