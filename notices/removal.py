"""Mails that lie about as files: removed with the notices that they carried, or when they are old.

Removing is repeatable: a file that is gone already is no error.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.erasing import says_nothing
from lifecycle.store.chunks import in_chunks
from lifecycle.store.tables import outbox
from notices.files import FileChannel

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from sqlalchemy import Connection

_o = outbox.c
_MAILS = (".eml", ".tmp")
"""What the channel writes: mails, and mails that a crash left unfinished."""


def mails_of(connection: Connection, notices: Collection[int]) -> set[str]:
    """The Message-IDs of the mails that carried those notices."""
    found: set[str] = set()
    for some in in_chunks(notices):
        statement = sa.select(_o.message_id).where(_o.id.in_(some), _o.message_id.is_not(None))
        found |= set(connection.execute(statement).scalars())
    return found


def mails_of_blanked(connection: Connection) -> set[str]:
    """The Message-IDs of the mails that carried notices of which nothing may be left."""
    statement = sa.select(_o.message_id).where(says_nothing(), _o.message_id.is_not(None))
    return set(connection.execute(statement).scalars())


def lying(folder: Path, mails: Iterable[str]) -> list[Path]:
    """The files of those mails that are there."""
    channel = FileChannel(folder)
    return [path for path in map(channel.path, mails) if path.is_file()]


def older_than(folder: Path, moment: datetime) -> list[Path]:
    """The mails in the folder, unfinished ones too, last written before `moment`."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix in _MAILS and datetime.fromtimestamp(path.stat().st_mtime, UTC) < moment
    )


def remove(files: Iterable[Path]) -> int:
    """Removes the files; how many.

    Raises:
        OSError: a file that is there cannot be removed.
    """
    count = 0
    for path in files:
        path.unlink(missing_ok=True)
        count += 1
    return count
