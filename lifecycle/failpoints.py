"""Named points at which the fault tests stop the process; they do nothing in ordinary runs."""

from __future__ import annotations

import os
import signal

VARIABLE = "LIFECYCLE_FAILPOINT"
"""`name` or `name:n`: kill this process at the n-th passage (1 when left out) of that point."""

_name, _, _count = os.environ.get(VARIABLE, "").partition(":")
_left = int(_count or "1")


def failpoint(name: str) -> None:
    """Die here, as by a power cut, when the environment asks for it; otherwise nothing."""
    if not _name or name != _name:
        return
    global _left  # noqa: PLW0603 - counts passages in this process
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
