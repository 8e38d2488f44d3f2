"""Mails that lie about as files: removed with the notices that they carried, or when they are old.

Removing is repeatable: a file that is gone already is no error.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.erasing import says_nothing
from lifecycle.moments import local_day
from lifecycle.store.chunks import in_chunks
from lifecycle.store.compacting import compact
from lifecycle.store.session import reading
from lifecycle.store.tables import outbox
from notices.files import FileChannel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import date
    from pathlib import Path

    from sqlalchemy import Connection, Engine

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


def kept_too_long(
    connection: Connection, folder: Path, is_over: Callable[[date], bool]
) -> list[Path]:
    """The mails in the folder, unfinished ones too, whose day is over.

    Args:
        connection: knows when a mail was sent; of a file that it does not know, the day on which
            it was last written counts.
        folder: where mails lie as files; it need not be there.
        is_over: whether what is of that day is kept no longer.
    """
    files = [path for path in folder.iterdir() if path.suffix in _MAILS] if folder.is_dir() else []
    if not files:
        return []
    channel = FileChannel(folder)
    statement = sa.select(_o.message_id, _o.sent_at).where(_o.sent_at.is_not(None))
    sent = {channel.path(row.message_id): row.sent_at for row in connection.execute(statement)}
    days = {path: local_day(sent[path]) if path in sent else written_on(path) for path in files}
    return sorted(path for path, day in days.items() if is_over(day))


def written_on(path: Path) -> date:
    """The local day on which a file or folder was last written."""
    return local_day(datetime.fromtimestamp(path.stat().st_mtime, UTC))


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


def clean_up(engine: Engine, folder: Path | None) -> tuple[int, bool]:
    """What an erasure leaves outside its transaction: files of mails, old bytes of the database.

    Args:
        engine: the database.
        folder: where mails lie as files; None: nowhere.

    Returns:
        How many files were removed, and whether the database holds nothing old (`compact`).

    Raises:
        OSError: a file that is there cannot be removed.
    """
    with reading(engine) as connection:
        mails = mails_of_blanked(connection)
    files = remove(lying(folder, mails)) if folder is not None else 0
    return files, compact(engine)
