"""The settings without which acts get lost, on every connection that the pool gives out."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.store.session import create_engine, reading, transaction
from lifecycle.store.tables import setting
from tests.builders import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import PostgresServer

EXPECTED: dict[str, Any] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 15000,
    "recursive_triggers": 1,
    "trusted_schema": 0,
    "secure_delete": 1,
}
POSTGRESQL = {
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "1min",
    "TimeZone": "UTC",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "transaction_isolation": "read committed",
    "synchronous_commit": "on",
}


@pytest.fixture
def engine(migrated_url: str) -> Iterator[sa.Engine]:
    engine = create_engine(migrated_url)
    yield engine
    engine.dispose()


@pytest.fixture
def file_engine(tmp_path: Path) -> Iterator[sa.Engine]:
    """A database file with the current schema."""
    url = f"sqlite:///{tmp_path / 'settings.sqlite'}"
    migrate(url)
    engine = create_engine(url)
    yield engine
    engine.dispose()


def add(connection: sa.Connection, name: str) -> None:
    connection.execute(sa.insert(setting).values(name=name, value="1"))


def names(connection: sa.Connection) -> set[str]:
    return set(connection.execute(sa.select(setting.c.name)).scalars())


def test_every_pooled_connection_has_the_settings(engine: sa.Engine, backend: str) -> None:
    command, expected = ("PRAGMA", EXPECTED) if backend == "sqlite" else ("SHOW", dict(POSTGRESQL))
    if backend == "postgresql":
        expected.pop("synchronous_commit")  # the shared server of the tests runs without
    with ExitStack() as stack:
        connections = [
            stack.enter_context(engine.execution_options(read_only=True).connect())
            for _ in range(5)
        ]
        for connection in connections:
            found = {
                name: connection.exec_driver_sql(f"{command} {name}").scalar_one()
                for name in expected
            }
            assert found == expected


def test_a_writer_begins_by_locking_out_the_others(file_engine: sa.Engine) -> None:
    with transaction(file_engine) as first:
        second: Any = file_engine.raw_connection()
        second.execute("PRAGMA busy_timeout=0")
        assert first.in_transaction()
        with pytest.raises(Exception, match="locked"):
            second.execute("BEGIN IMMEDIATE")
        second.execute("PRAGMA busy_timeout=15000")
        second.close()


def test_what_begins_is_said_to_the_database(file_engine: sa.Engine) -> None:
    said: list[str] = []
    sa.event.listen(
        file_engine, "checkout", lambda connection, *_: connection.set_trace_callback(said.append)
    )

    with transaction(file_engine) as connection:
        add(connection, "a")
    with reading(file_engine) as connection:
        names(connection)

    assert [one for one in said if one.startswith("BEGIN")] == ["BEGIN IMMEDIATE", "BEGIN"]


def test_readers_neither_wait_nor_see_what_is_not_committed(engine: sa.Engine) -> None:
    with transaction(engine) as writer:
        add(writer, "before")
    with transaction(engine) as writer:
        add(writer, "unfinished")
        with reading(engine) as reader:
            assert "unfinished" not in names(reader)
            assert "before" in names(reader)
    with reading(engine) as reader:
        assert "unfinished" in names(reader)


def test_a_failed_transaction_leaves_nothing(engine: sa.Engine) -> None:
    def fail() -> None:
        with transaction(engine) as writer:
            add(writer, "half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    with reading(engine) as reader:
        assert "half" not in names(reader)


def test_a_durable_server_commits_to_the_disk(durable_postgres: PostgresServer) -> None:
    engine = create_engine(durable_postgres.url(durable_postgres.create_database()))
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("fsync", "synchronous_commit", "full_page_writes")
        }
    engine.dispose()

    assert set(found.values()) == {"on"}
