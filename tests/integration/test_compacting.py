"""A compacted file holds nothing of what was removed, neither between rows nor in its log."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.store.compacting import compact
from lifecycle.store.session import create_engine, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

SECRET = b"a value that nobody may find"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file from which a program that does not overwrite has removed rows."""
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as careless:
        careless.execute("PRAGMA secure_delete=OFF")
        careless.execute("CREATE TABLE told (id INTEGER PRIMARY KEY, value TEXT)")
        rows = [(number, f"{SECRET.decode()} {number}") for number in range(500)]
        careless.executemany("INSERT INTO told VALUES (?, ?)", rows)
        careless.execute("DELETE FROM told")
        careless.execute("INSERT INTO told VALUES (1, 'kept')")
    careless.close()
    assert SECRET in path.read_bytes()
    return path


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    opened = create_engine(f"sqlite:///{file}")
    yield opened
    opened.dispose()


def found(file: Path) -> list[str]:
    """The files in which a removed value can be read."""
    return [one.name for one in file.parent.iterdir() if SECRET in one.read_bytes()]


def test_nothing_is_left_between_rows(file: Path, engine: Engine) -> None:
    assert compact(engine)
    assert found(file) == []
    with transaction(engine) as connection:
        assert connection.execute(sa.text("SELECT value FROM told")).scalar_one() == "kept"


def test_nothing_is_left_in_the_log_while_others_are_connected(file: Path, engine: Engine) -> None:
    with engine.connect() as other:
        other.execute(sa.text("SELECT 1")).scalar_one()
        other.rollback()
        with transaction(engine) as connection:
            told = sa.text("INSERT INTO told VALUES (2, :value)")
            connection.execute(told, {"value": SECRET.decode()})
        with transaction(engine) as connection:
            connection.execute(sa.text("DELETE FROM told WHERE id = 2"))
        assert f"{file.name}-wal" in found(file)

        assert compact(engine)
        assert found(file) == []


def test_a_reader_in_the_way_is_told_and_later_it_succeeds(file: Path, engine: Engine) -> None:
    engine.connect().close()  # which puts the file into its mode with a log
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM told").fetchone()
    impatient = create_engine(f"sqlite:///{file}")
    sa.event.listen(impatient, "connect", _give_up_at_once)
    try:
        with transaction(impatient) as connection:
            connection.execute(sa.text("DELETE FROM told"))
        assert not compact(impatient)
        reader.execute("ROLLBACK")
        assert compact(impatient)
    finally:
        reader.close()
        impatient.dispose()


def _give_up_at_once(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=0")
