"""Every statement of the hot path does, on the driver's cursor, what it does through Core."""

from __future__ import annotations

import contextlib
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle import clock, engine
from lifecycle.store import hot
from lifecycle.store.hot import Statement
from lifecycle.store.session import create_engine
from lifecycle.store.tables import case
from tests.builders import app_on, migrate
from tests.fault import worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.wiring import App

HOT = {id(one): name for name, one in vars(hot).items() if isinstance(one, Statement)}
DIRECT: dict[str, dict[str, Any]] = {
    "FIND_CASE_THEN": {
        "workflow": "member_relation",
        "subject_type": "person_at_organization",
        "subject_id": 1,
        "on_day": worker.FIRST_DAY,
    },
    "INSERT_PERSONAL": {"entry_id": 0, "name": "x", "salt": b"0" * 16, "value": "王"},
    "KEEP_DEADLINE": {
        "row_id": 1,
        "new_status": "suspended",
        "new_suspended_on": date(2026, 4, 1),
        "new_suspended_days": 3,
        "new_raw_on": date(2026, 5, 30),
        "new_due_on": date(2026, 6, 1),
        "new_provisional": True,
        "new_derivation": {"rule": "D5"},
        "new_wake_at": None,
    },
}
"""Statements that the acts below do not need, with values to run them by themselves."""


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, worker.FIRST_DAY) as app:
        worker.prepare(app)
        yield app


class Comparison:
    """Runs every statement both ways and keeps what differed."""

    def __init__(self) -> None:
        self.compared: set[str] = set()
        self.selects = 0
        self.differences: list[str] = []

    def around(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """`Statement.send` with the comparison before it."""

        def both(statement: Statement, connection: sa.Connection, **given: Any) -> Any:  # noqa: ANN401
            if not connection.in_transaction():
                connection.begin()
            wanted = statement.core.compile(dialect=connection.dialect).binds
            named = {name: value for name, value in given.items() if name in wanted}
            compare = self._read if statement.core.is_select else self._written
            compare(statement, connection, named, original)
            self.compared.add(HOT.get(id(statement), ""))
            return original(statement, connection, **given)

        return both

    def _read(
        self,
        statement: Statement,
        connection: sa.Connection,
        given: dict[str, Any],
        original: Callable[..., Any],
    ) -> None:
        self.selects += 1
        if statement is clock._DATABASE_NOW:
            return  # it never gives the same twice
        ours = original(statement, connection, **given).rows()
        core = [tuple(row) for row in connection.execute(statement.core, given)]
        if sorted(map(repr, ours)) != sorted(map(repr, core)):
            self.differences.append(f"{statement.core}: {ours} is not {core}")

    def _written(
        self,
        statement: Statement,
        connection: sa.Connection,
        given: dict[str, Any],
        original: Callable[..., Any],
    ) -> None:
        table = statement.core.table
        columns = [column for column in table.c if column.name != "id" or table.name == "entry"]
        contents = []
        for way in (
            lambda: original(statement, connection, **given),
            lambda: connection.execute(statement.core, given),
        ):
            savepoint = connection.begin_nested()
            way()
            after = connection.execute(sa.select(*columns))
            contents.append(sorted(repr(tuple(row)) for row in after))
            savepoint.rollback()
        if contents[0] != contents[1]:
            self.differences.append(
                f"{statement.core} writes {set(contents[0]) ^ set(contents[1])}"
            )


def test_the_drivers_cursor_gives_what_core_gives(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = Comparison()
    monkeypatch.setattr(Statement, "send", comparison.around(Statement.send))
    # Core, with which we compare, must not run before earlier answers have come.
    monkeypatch.setattr(hot, "together", contextlib.nullcontext)

    for number in range(3 * worker.SWEEP_EVERY):
        worker.act(app, number)
    app.write(lambda connection: _others(app, connection))

    assert comparison.differences == []
    assert comparison.selects > 100
    assert set(HOT.values()) - comparison.compared - _not_here(app) == set()


def _others(app: App, connection: sa.Connection) -> None:
    work = engine.begin(connection, app.registry, app.clock, worker.OFFICER)
    work.lock([2])
    work.lock([1])  # its turn has passed: only if nobody holds it
    some_entry = connection.execute(sa.text("SELECT min(id) FROM entry")).scalar_one()
    for name, given in DIRECT.items():
        entry_id = {"entry_id": some_entry} if "entry_id" in given else {}
        getattr(hot, name).run(connection, **given | entry_id)


def _not_here(app: App) -> set[str]:
    """SQLite has one writer, who needs no locks on rows."""
    locking = {"LOCK_CASES", "LOCK_FREE_CASES", "READ_SUBJECT"}
    return locking if app.engine.dialect.name == "sqlite" else set()


def test_lists_that_belong_to_a_statement_are_written_out(app: App) -> None:
    states = ("on_file", "formal_due")
    statement = Statement(
        sa.select(sa.literal("x").label("x"), case.c.state)
        .where(case.c.state.in_(states), case.c.version >= sa.bindparam("least"))
        .order_by(case.c.id)
    )

    with app.engine.connect() as connection:
        ours = statement.rows(connection, least=1)
        core = [tuple(row) for row in connection.execute(statement.core, {"least": 1})]

    assert ours == core
    assert {row[0] for row in ours} == {"x"}


@pytest.mark.parametrize("numbers", [[], [1], [3, 1, 2], list(range(1, 3000))])
def test_a_list_of_any_length_is_one_parameter(app: App, numbers: list[int]) -> None:
    with app.engine.connect() as connection:
        rows = hot.READ_CASES.rows(connection, ids=numbers)
        wanted: sa.Select[Any] = (
            sa.select(*case.c).where(case.c.id.in_(numbers)).order_by(case.c.id)
        )

        assert rows == [tuple(row) for row in connection.execute(wanted)]
        assert len(hot.READ_CASES.compiled) >= 1


def test_on_sqlite_a_list_is_looked_up_by_the_index(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'plans.sqlite'}"
    migrate(url)
    database = create_engine(url)
    with database.connect() as connection:
        for statement in (hot.READ_CASES, hot.READ_DEADLINES, hot.open_cases_about(2)):
            text = str(statement.core.compile(dialect=database.dialect))
            values = ("[1]",) * text.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
            assert not [row for row in plan if row[3].startswith(("SCAN case", "SCAN deadline"))]
    database.dispose()
