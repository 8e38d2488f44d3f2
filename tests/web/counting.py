"""How many statements a page costs, by SQLite's own account."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import event

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from tests.web.town import Town

AROUND = ("BEGIN", "COMMIT", "ROLLBACK")


@contextmanager
def statements(town: Town) -> Iterator[list[str]]:
    """The statements that the town's database is sent meanwhile."""
    sent: list[str] = []

    def note(statement: str) -> None:
        if not statement.startswith(AROUND):
            sent.append(statement)

    def trace(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(note)

    event.listen(town.app.engine.pool, "checkout", trace)
    try:
        yield sent
    finally:
        event.remove(town.app.engine.pool, "checkout", trace)


def counted(town: Town, visit: Callable[[], object]) -> int:
    """How many a visit costs."""
    with statements(town) as sent:
        visit()
    assert sent, "nothing was traced"
    return len(sent)
