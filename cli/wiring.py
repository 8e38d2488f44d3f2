"""The composition root: opens the database, loads the law, and checks that the parts fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

import workflows
from lifecycle.clock import Clock, StoredClock, SystemClock, stored_time
from lifecycle.errors import LifecycleError
from lifecycle.store.session import create_engine, in_transaction, reading

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from lifecycle.registry import Registry

T = TypeVar("T")


class DatabaseMissingError(LifecycleError):
    """There is no database of ours at the place that the settings name."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(f"no lifecycle database at {url}: create one with `lifecycle init`")


@dataclass(frozen=True, slots=True)
class App:
    """Everything that commands and jobs are handed."""

    engine: Engine
    registry: Registry
    clock: Clock

    def write(self, work: Callable[[Connection], T]) -> T:
        """Does `work` in one transaction, again when others got in between."""
        return in_transaction(self.engine, work)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Does `work` on a connection that only reads."""
        with reading(self.engine) as connection:
            return work(connection)


def open_app(url: str) -> App:
    """The application on an existing database.

    Raises:
        DatabaseMissingError: there is no database of ours.
        DefinitionError: the law has mistakes.
    """
    engine = create_engine(url)
    registry = workflows.load_all()
    with reading(engine) as connection:
        if not sa.inspect(connection).has_table("workflow_text"):
            raise DatabaseMissingError(sa.make_url(url).render_as_string(hide_password=True))
        own_time = stored_time(connection) is not None
    clock: Clock = StoredClock() if own_time else SystemClock()
    app = App(engine, registry, clock)

    def publish(connection: Connection) -> None:
        registry.publish(connection, clock.now(connection))
        registry.refresh_policy(connection)

    app.write(publish)
    return app
