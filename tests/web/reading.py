"""What somebody reads on a page, without the random numbers that its forms carry."""

from __future__ import annotations

import re


def read(page: str) -> str:
    """The text between the tags."""
    return re.sub(r"<[^>]*>", " ", page)
