"""A form that waits for the password: it is carried along, for browsers forget what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import FormData

THEN: Final = "_then"
CARRIED: Final = "_carried."
LEFT_OUT: Final = frozenset({"_token"})


@dataclass(frozen=True, slots=True)
class Again:
    """Where a form goes, and what it says."""

    path: str
    fields: Sequence[tuple[str, str]]


def waiting(path: str, form: FormData) -> Again | None:
    """A form that was stopped on its way; none where files are in it, which no page can carry."""
    fields = [(name, value) for name, value in form.multi_items() if name not in LEFT_OUT]
    texts = [(name, value) for name, value in fields if isinstance(value, str)]
    return Again(path, texts) if len(texts) == len(fields) else None


def carried(form: FormData, path: str) -> Again | None:
    """The form that came along with the password, on its way to a path of our own."""
    if THEN not in form:
        return None
    start = len(CARRIED)
    fields = [
        (name[start:], str(value)) for name, value in form.multi_items() if name.startswith(CARRIED)
    ]
    return Again(path, fields)
