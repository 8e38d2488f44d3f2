"""A large register made of a small one: every row of the demonstration, so many times over.

Numbers of things are moved by a fixed step for each copy, those of units are not: the copies live
in the same city. The trails of copies do not verify, which no page that is measured asks for.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

import migrations
from lifecycle.chain import SEQ_BITS
from lifecycle.store.session import create_engine, transaction
from lifecycle.store.tables import case, entry, metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

FOLDER: Final = Path("build")
STEP: Final = 100_000
"""How far apart the numbers of two copies of one row are."""

LEFT_OUT: Final = frozenset(
    {
        *("outbox", "job_run", "heartbeat", "setting", "workflow_text", "parameter_value"),
        *("calendar_year", "unit", "account", "role_grant", "substitution", "login_session"),
        *("login_attempt", "assignment", "alembic_version", "contact", "home_alias"),
        *("indicator_snapshot", "search_name"),
    }
)
"""Tables that are no larger in a larger city, or that the pages do not read by size."""


def enlarged(small: Path, copies: int) -> Path:
    """A database with so many copies of the register in `small`, made when there is none yet."""
    digest = hashlib.sha256(f"{small.stat().st_size}{revision()}".encode()).hexdigest()[:8]
    path = FOLDER / f"pages-{copies}-{digest}.sqlite"
    if path.exists():
        return path
    begun = time.perf_counter()
    unfinished = path.with_suffix(".unfinished")
    shutil.copyfile(small, unfinished)
    engine = create_engine(f"sqlite:///{unfinished}", durable=False)
    with transaction(engine) as connection:
        for number in range(1, copies):
            for table in metadata.sorted_tables:
                if table.name not in LEFT_OUT:
                    _copy(connection, table, number)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    emptied(unfinished)
    unfinished.rename(path)
    print(f"built {path} in {time.perf_counter() - begun:.0f} s")
    return path


def emptied(path: Path) -> None:
    """Brings everything from the log into the file itself, so that the file alone can be copied."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def revision() -> str:
    """The newest migration: what was built before it is of another schema."""
    versions = Path(migrations.__file__).parent / "versions"
    return max(one.name for one in versions.glob("0*.py"))


def _copy(connection: Connection, table: Table, number: int) -> None:
    """One more copy of a table's original rows."""
    columns = {one.name: _moved(table, one, number) for one in table.c}
    original = table.c.id <= STEP if table is not entry else entry.c.case_id <= STEP
    chosen = sa.select(*columns.values()).where(original)
    connection.execute(sa.insert(table).from_select(list(columns), chosen))


def _moved(table: Table, column: sa.Column[Any], number: int) -> Any:  # noqa: ANN401 - an expression
    """A column as the copy of that number has it."""
    targets = {key.column.table.name for key in column.foreign_keys}
    if (table is entry and column.name == "id") or "entry" in targets:
        return column + ((number * STEP) << SEQ_BITS)
    if column.name == "id" or (targets and not targets & LEFT_OUT):
        return column + number * STEP
    if table is case:
        return _of_case(column, number)
    unlike = UNLIKE.get((table.name, column.name))
    return column if unlike is None else column + unlike.format(number)


def _of_case(column: sa.Column[Any], number: int) -> Any:  # noqa: ANN401 - an expression
    """One open case of a unit is all that the database allows: copies of it are closed."""
    of_unit = case.c.subject_type == "unit"
    if column.name == "subject_id":
        return sa.case((of_unit, column), else_=column + number * STEP)
    if column.name == "closed_on":
        return sa.case((sa.and_(of_unit, column.is_(None)), case.c.opened_on), else_=column)
    return column


UNLIKE: Final = {
    ("organization", "credit_code"): "/{}",
    ("entry", "request_id"): "/copy{}",
    ("person", "name"): "{}",
    ("intake_waiting", "digest"): "/{}",
}
"""What no two rows may have alike."""
