"""Compacting a database file, so that nothing of what was removed is left between its rows.

`secure_delete` overwrites a row that goes, but rows that had moved before it leave their old bytes
in the free part of a page, and the write-ahead log holds pages as they were. Writing the file anew
and emptying the log leaves neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.store.session import is_transient

if TYPE_CHECKING:
    from sqlalchemy import Engine


def compact(engine: Engine, *, anew: bool = True) -> bool:
    """Writes a SQLite file anew and empties its log; True when nothing old is left in either.

    Args:
        engine: the database.
        anew: False only empties the log: what `secure_delete` has overwritten stays so, and no
            officer waits while a large file is written.

    False when another connection was in the way for longer than a statement waits: it reads the
    old pages still, and calling again later finishes it. On PostgreSQL nothing is done: there the
    administrator's VACUUM FULL rewrites tables, and the log is the server's.
    """
    if engine.dialect.name != "sqlite":
        return True
    # Not a transaction of ours: VACUUM cannot run inside one.
    pooled = engine.raw_connection()
    try:
        driver: Any = pooled.driver_connection
        if anew:
            driver.execute("VACUUM")
        busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except Exception as error:
        if not is_transient(error):
            raise
        return False
    finally:
        pooled.close()
    return not busy
