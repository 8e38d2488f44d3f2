"""A person's own file as a page made for printing, in the words of the command line's."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from wording.own_file import own_file_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from web.sitting import Sitting
    from workflows.own_file import OwnFile


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with its lines; a sentence by itself has none."""

    head: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnFilePage:
    """Everything on the page of the file, names in full."""

    number: int
    names: str
    about: str
    parts: tuple[Part, ...]
    rights: str


def own_file_page(connection: Connection, sitting: Sitting, file: OwnFile) -> OwnFilePage:
    """The file that has been opened, part by part."""
    first, *parts, last = _parts(own_file_lines(sitting.teller, connection, file))
    names = dict.fromkeys(one.name for one in file.identities)
    return OwnFilePage(
        number=file.person.id,
        names=sitting.teller.words.listed(names),
        about=first.head,
        parts=tuple(parts),
        rights=last.head,
    )


def _parts(lines: Iterable[str]) -> Iterator[Part]:
    """What stands between blank lines."""
    for is_text, some in groupby(lines, key=bool):
        if is_text:
            head, *rest = some
            yield Part(head, tuple(one.strip() for one in rest))
