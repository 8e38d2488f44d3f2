"""The list of cases as of an earlier day against the list of today, over 100,000 cases.

One case is made by the engine; its rows are then copied, a hundred times with other days, and each
of these a thousand times by the database itself. Of one in twenty the last entry is of a kind that
may do more to deadlines than open and close them: the trails of those under way have to be read.
"""

from __future__ import annotations

import json
import time
from datetime import date, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from benchmarks import transition, world
from lifecycle import past
from lifecycle.access import EVERYTHING
from lifecycle.asof import AsOf
from lifecycle.chain import SEQ_BITS, entry_place
from lifecycle.store import queries
from lifecycle.store.queries import CaseFilter
from lifecycle.store.tables import case, case_state, deadline, entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Table

    from cli.wiring import App

CASES = 100_000
VARIANTS = 100
EACH = CASES // VARIANTS
FIRST = 1_000_000
"""The number of the first copied case."""

STEP = timedelta(days=7)
"""How much earlier each variant happened than the one before."""

BETWEEN = timedelta(days=10)
"""How long after one entry of a case the next one follows."""

BACK = timedelta(days=350)
"""How far back the past list looks: about half of the cases were there then."""

MENDING = range(5, VARIANTS, 20)
"""The variants with an entry that may do more; one of them was under way on the past day."""

ENTRIES = 5
"""How many entries the case that is copied has."""

Rows = dict[str, list[dict[str, Any]]]

ACCEPTED = 3.0
"""The past list over the list of today."""


def fill(url: str) -> tuple[App, int]:
    """A database with that many cases, each with five entries and two deadlines; the model."""
    place = world.build(url, organizations=1, members_each=1)
    for event, fields in transition.FORTH_AND_BACK:
        transition.advance(place, place.cases[0], event, fields)
    app, model = place.app, place.cases[0]
    with app.engine.begin() as connection:
        rows = _rows(connection, model)
        for variant in range(VARIANTS):
            for table in (case, entry, case_state, deadline):
                told = [_varied(table, row, model, variant) for row in rows[table.name]]
                connection.execute(sa.insert(table), told)
        for table in (case, entry, case_state, deadline):
            _multiply(connection, table)
    with app.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return app, model


def _rows(connection: Connection, model: int) -> Rows:
    found: Rows = {}
    for table in (case, entry, case_state, deadline):
        own = table.c.id if table is case else table.c.case_id
        rows = connection.execute(sa.select(table).where(own == model).order_by(table.c.id))
        found[table.name] = [dict(row) for row in rows.mappings()]
    return found


def _varied(table: Table, row: dict[str, Any], model: int, variant: int) -> dict[str, Any]:
    """A row of the model as one of another case that happened at another time."""
    number = FIRST + variant * EACH
    moved = (number - model) << SEQ_BITS
    origin = row["id"] if table is entry else row.get("opened_entry_id", row.get("entry_id"))
    seq = entry_place(origin)[1] if origin else 1
    later = BETWEEN * (seq - ENTRIES) - STEP * variant
    told = {name: _later(value, later) for name, value in row.items()}
    for name in ("entry_id", "ended_entry_id", "opened_entry_id", "closed_entry_id"):
        if told.get(name):
            told[name] += moved
    if table is case:
        return told | {"id": number, "subject_id": number}
    told["case_id"] = number
    if table is not entry:
        del told["id"]
        return told
    told |= {"id": row["id"] + moved, "request_id": f"copy/{number}/{seq}"}
    if variant in MENDING and seq == ENTRIES:
        told["kind"] = "deadline"
    body = json.loads(row["body"])
    body["effective_on"] = told["effective_on"].isoformat()
    return told | {"body": json.dumps(body, ensure_ascii=False).encode()}


def _later(value: Any, later: timedelta) -> Any:  # noqa: ANN401 - a column's value
    return value + later if isinstance(value, date | datetime) else value


def _multiply(connection: Connection, table: Table) -> None:
    """Every row of a copied case once more for each of the other cases of its variant."""
    numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    following = sa.select(numbers.c.n + 1).where(numbers.c.n < EACH - 1)
    n = (numbers := numbers.union_all(following)).c.n
    by_number = {"id", "case_id", "subject_id"} if table is not entry else {"case_id"}
    by_entry = {"entry_id", "ended_entry_id", "opened_entry_id", "closed_entry_id"}
    by_entry |= {"id"} if table is entry else set()
    columns: dict[str, Any] = {}
    for column in table.c:
        if column.name in by_entry:
            columns[column.name] = column + n * (1 << SEQ_BITS)
        elif column.name in by_number:
            columns[column.name] = column + n
        elif column.name == "request_id":
            columns[column.name] = column + "/" + sa.cast(n, sa.Text)
        else:
            columns[column.name] = column
    if table in (case_state, deadline):
        del columns["id"]
    copied = (table.c.id if table is case else table.c.case_id) >= FIRST
    chosen = sa.select(*columns.values()).select_from(table).join(numbers, sa.true()).where(copied)
    connection.execute(sa.insert(table).from_select(list(columns), chosen))


def plain(app: App) -> Callable[[], float]:
    """A function that makes the list of today and says how many seconds it took."""
    books = app.registry.rulebooks.values()
    listed = [one.workflow.workflow for one in books if one.workflow.listed]
    wanted = CaseFilter(limit=50)

    def now(connection: Connection) -> int:
        return len(queries.list_cases(connection, EVERYTHING, listed, wanted))

    return lambda: _seconds(app, now)


def measure(app: App, pairs: int) -> tuple[float, float, float]:
    """Medians of the list of today and of the past one, and of the ratio of pairs."""
    books = app.registry.rulebooks.values()
    finals = {
        one.workflow.workflow: past.final_states(one.workflow)
        for one in books
        if one.workflow.listed
    }
    wanted = CaseFilter(limit=50)
    today = app.read(app.clock.today)

    def then(connection: Connection) -> int:
        return len(past.list_cases(connection, EVERYTHING, finals, wanted, AsOf(today - BACK)))

    now = plain(app)
    now(), _seconds(app, then)
    taken = [(now(), _seconds(app, then)) for _ in range(pairs)]
    return (
        median(one for one, _ in taken),
        median(one for _, one in taken),
        median(b / a for a, b in taken),
    )


def _seconds(app: App, listing: Callable[[Connection], int]) -> float:
    begun = time.perf_counter()
    listed = app.read(listing)
    taken = time.perf_counter() - begun
    if not listed:
        message = "an empty list measures nothing"
        raise RuntimeError(message)
    return taken
