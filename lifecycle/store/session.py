"""How a database is opened, and the only commit in the code base."""

from __future__ import annotations

import random
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from lifecycle.errors import ConcurrencyError
from lifecycle.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

T = TypeVar("T")

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=15000",
    "recursive_triggers=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
    "cache_size=-32000",
)
"""SQLite settings of every connection. NORMAL instead of FULL loses acknowledged commits."""

POSTGRESQL_OPTIONS = (
    "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s "
    "-c timezone=UTC -c jit=off -c plan_cache_mode=force_generic_plan"
)
"""Planning a prepared SELECT of many facts anew costs several times what running it costs."""

RETRIES = 5
_RETRY_STATES = frozenset({"40001", "40P01", "55P03"})
ONE_OPEN = "uq_case_open_subject"
"""Two who open the same case at once: the later one begins anew, and finds it open."""


def create_engine(url: str, *, durable: bool = True) -> Engine:
    """An engine for `url` with the settings without which acts can be lost or doubled.

    Args:
        url: the database.
        durable: False only where everything can be made again: commits are then not flushed.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = sa.create_engine(parsed, pool_use_lifo=True)
        _prepare_sqlite(engine, PRAGMAS if durable else (*PRAGMAS, "synchronous=OFF"))
        return engine
    engine = sa.create_engine(
        parsed,
        pool_pre_ping=True,
        # Last in, first out: the connection that is used next has its statements prepared.
        pool_use_lifo=True,
        connect_args={"options": POSTGRESQL_OPTIONS, "prepare_threshold": 1},
    )
    event.listen(engine, "connect", _keep_prepared)
    return engine


def _keep_prepared(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
    # A statement per set of facts that is asked for: more than the hundred that are kept unasked.
    connection.prepared_max = 500


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A connection whose work is committed once at the end, or not at all."""
    with engine.connect() as connection:
        with connection.begin():
            yield connection
            failpoint("before_commit")
        failpoint("after_commit")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads; on SQLite it never waits for a writer."""
    with engine.execution_options(read_only=True).connect() as connection:
        yield connection


def in_transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Do `work` in one transaction; when others got in between, do the whole of it again.

    Raises:
        ConcurrencyError: five attempts met other work each time.
    """
    for attempt in range(RETRIES):
        try:
            with transaction(engine) as connection:
                return work(connection)
        except (RetryWholeUnit, DBAPIError, psycopg.Error, sqlite3.Error) as error:
            if not is_transient(error):
                raise
            last: Exception = error
        # Jitter keeps two losers from meeting again.
        time.sleep(random.uniform(0.005, 0.05) * (attempt + 1))  # noqa: S311 - no secret
    message = f"other work kept changing the same cases ({last}); nothing was stored, try again"
    raise ConcurrencyError(message) from last


class RetryWholeUnit(Exception):  # noqa: N818 - a signal between the engine and this file
    """Somebody else holds a case that we cannot wait for: roll back and begin anew."""


def is_transient(error: Exception) -> bool:
    """Whether doing the same work again may succeed."""
    if isinstance(error, RetryWholeUnit):
        return True
    # Statements of the hot path raise the driver's own errors, all others SQLAlchemy's around them.
    own: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(own, psycopg.Error):
        taken = isinstance(own, psycopg.errors.UniqueViolation)
        return own.sqlstate in _RETRY_STATES or (taken and own.diag.constraint_name == ONE_OPEN)
    return isinstance(own, sqlite3.OperationalError) and "locked" in str(own)


def _prepare_sqlite(engine: Engine, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
        # Before any transaction: foreign_keys inside one is a silent no-op.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Everything but BEGIN IMMEDIATE lets two read-modify-writes lose one update.
        read_only = connection.get_execution_options().get("read_only", False)
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")
