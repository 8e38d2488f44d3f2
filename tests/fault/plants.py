"""Faults that an engine could have, planted by replacing parts of it, for the harness to find."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cli.wiring
from lifecycle.failpoints import failpoint
from lifecycle.projection import Projection
from lifecycle.store import session
from lifecycle.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

VARIABLE = "LIFECYCLE_TEST_FAULT"

ANSWERS_EARLY = False
"""The answer goes out before COMMIT."""


def plant(name: str) -> None:
    """Replaces the part of the engine that the fault of that name is about."""
    if name:
        FAULTS[name]()


def _replace(owner: object, name: str, part: object) -> None:
    if not hasattr(owner, name):
        message = f"{owner} has no {name} any more: plant the fault where it is now"
        raise AttributeError(message)
    setattr(owner, name, part)


def _answer_early() -> None:
    global ANSWERS_EARLY  # noqa: PLW0603 - read by the worker
    ANSWERS_EARLY = True


def _outbox_later() -> None:
    owed: list[Callable[[Connection], None]] = []
    owe = Work.owe

    def later(self: Work, *given: Any, **named: Any) -> None:  # noqa: ANN401 - whatever it is
        owed.append(lambda connection: owe(replace(self, connection=connection), *given, **named))

    def in_two(engine: Engine, work: Callable[[Connection], Any]) -> Any:  # noqa: ANN401
        owed.clear()
        done = in_one(engine, work)
        with session.transaction(engine) as connection:
            for one in owed:
                one(connection)
        return done

    in_one = session.in_transaction
    _replace(Work, "owe", later)
    _replace(cli.wiring, "in_transaction", in_two)


def _stale_head() -> None:
    heads: dict[int, bytes] = {}
    write = Work.write

    def stale(self: Work, book: Any, view: Any, *rest: Any) -> Any:  # noqa: ANN401
        head = heads.setdefault(view.id, view.head_hash)
        return write(self, book, replace(view, head_hash=head), *rest)

    _replace(Work, "write", stale)


def _entry_alone() -> None:
    """The transaction is committed after the entry, and a second one holds the rest."""
    move = Projection._move_case

    def committed(self: Projection, *given: Any) -> None:  # noqa: ANN401
        driver: Any = self.connection.connection.driver_connection
        driver.commit()
        failpoint("between")
        if self.connection.dialect.name == "sqlite":
            driver.execute("BEGIN IMMEDIATE")
        move(self, *given)

    _replace(Projection, "_move_case", committed)


FAULTS = {
    "answer_before_commit": _answer_early,
    "outbox_in_second_transaction": _outbox_later,
    "link_to_stale_head": _stale_head,
    "entry_committed_alone": _entry_alone,
}
