"""The limit: the rows of one transition written by prepared SQL on the driver, one commit each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import RawCursor

from lifecycle import chain
from lifecycle.store.tables import case, case_state, deadline, entry, outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

    from benchmarks.world import World

Row = dict[str, Any]

MOVED = (
    *("state", "state_since_on", "previous_state", "fields", "head_hash", "last_on"),
    *("last_person_on", "taken_over_only", "closed_on", "unit_id", "version"),
)
"""The columns of a case that a transition writes."""

CLOSED = ("status", "reason", "closed_on", "closed_entry_id", "wake_at")
"""The columns of a deadline that closing it writes."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What our path wrote for one event: the values that the raw path writes again."""

    entry: Row
    case: Row
    opened: Row | None
    closed: Row | None
    outbox: list[Row]


class Raw:
    """One open connection of the driver, and the statements that it runs."""

    def __init__(self, world: World) -> None:
        self.pooled = world.app.engine.connect()
        self.driver: Any = driver_of(self.pooled)
        self.sqlite = self.pooled.dialect.name == "sqlite"
        self.cursor: Any = self.driver.cursor() if self.sqlite else RawCursor(self.driver)
        self.requests = itertools.count()
        self.inserts = {
            table.name: self._insert(table) for table in (entry, case_state, deadline, outbox)
        }
        locked = "" if self.sqlite else " FOR UPDATE"
        self.read_case = self._numbered(f'SELECT * FROM "case" WHERE id = ?{locked}')  # noqa: S608
        self.read_deadlines = self._numbered("SELECT * FROM deadline WHERE case_id = ?")
        sets = ", ".join(f"{name} = ?" for name in MOVED)
        self.move_case = self._numbered(
            f'UPDATE "case" SET {sets} WHERE id = ? AND version = ?'  # noqa: S608 - our names
        )
        self.end_state = self._numbered(
            "UPDATE case_state SET known_until = ?, ended_entry_id = ?"
            " WHERE case_id = ? AND known_until IS NULL"
        )
        sets = ", ".join(f"{name} = ?" for name in CLOSED)
        self.close_deadline = self._numbered(
            f"UPDATE deadline SET {sets} WHERE case_id = ? AND rule = ? AND status = 'open'"  # noqa: S608
        )

    def close(self) -> None:
        """Gives the connection back."""
        self.driver.rollback()
        self.pooled.close()

    def sample(self, entry_id: int) -> Sample:
        """What belongs to an entry that our path has just written."""
        written = self._rows("SELECT * FROM entry WHERE id = ?", entry_id)[0]
        moved = self._rows('SELECT * FROM "case" WHERE id = ?', written["case_id"])[0]
        opened = self._rows("SELECT * FROM deadline WHERE opened_entry_id = ?", entry_id)
        closed = self._rows("SELECT * FROM deadline WHERE closed_entry_id = ?", entry_id)
        owed = self._rows("SELECT * FROM outbox WHERE entry_id = ?", entry_id)
        self.driver.rollback()
        return Sample(
            written, moved, opened[0] if opened else None, closed[0] if closed else None, owed
        )

    def transition(self, case_id: int, sample: Sample) -> None:
        """Reads the case and its deadlines and writes what `sample` holds, durably."""
        run = self._run
        if self.sqlite:
            run("BEGIN IMMEDIATE", ())
        version = run(self.read_case, (case_id,)).fetchone()[_VERSION]
        run(self.read_deadlines, (case_id,)).fetchall()
        entry_id = chain.entry_number(case_id, version + 1)
        request = f"raw-{next(self.requests)}"
        at = sample.entry["recorded_at"]
        self._add(
            "entry", sample.entry, id=entry_id, case_id=case_id, seq=version + 1, request_id=request
        )
        moved = [sample.case[name] for name in MOVED[:-1]]
        run(self.move_case, (*moved, version + 1, case_id, version))
        run(self.end_state, (at, entry_id, case_id))
        run(
            self.inserts["case_state"],
            (
                case_id,
                sample.case["state"],
                sample.case["state_since_on"],
                None,
                at,
                None,
                entry_id,
                None,
            ),
        )
        if sample.closed is not None:
            values = [
                entry_id if name == "closed_entry_id" else sample.closed[name] for name in CLOSED
            ]
            run(self.close_deadline, (*values, case_id, sample.closed["rule"]))
        if sample.opened is not None:
            still = {"status": "open", "reason": None, "closed_on": None, "closed_entry_id": None}
            self._add("deadline", sample.opened | still, case_id=case_id, opened_entry_id=entry_id)
        for number, one in enumerate(sample.outbox):
            self._add("outbox", one, case_id=case_id, entry_id=entry_id, key=f"{request}:{number}")
        self.driver.commit()

    def _run(self, text: str, values: Sequence[Any]) -> Any:  # noqa: ANN401 - the driver's cursor
        if self.sqlite:
            return self.cursor.execute(text, values)
        return self.cursor.execute(text, values, prepare=True)

    def _add(self, table: str, row: Row, **changed: Any) -> None:  # noqa: ANN401 - column values
        values = {**row, **changed}
        if table != "entry":
            values.pop("id")
        self._run(self.inserts[table], tuple(values.values()))

    def _rows(self, text: str, *values: Any) -> list[Row]:  # noqa: ANN401 - column values
        found = self._run(self._numbered(text), values)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _insert(self, table: sa.Table) -> str:
        names = [f'"{c.name}"' for c in table.c if c.name != "id" or table is entry]
        marks = ", ".join("?" * len(names))
        return self._numbered(
            f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - ours
        )

    def _numbered(self, text: str) -> str:
        """`?` as this driver's server wants it."""
        if self.sqlite:
            return text
        parts = text.split("?")
        return "".join(f"{part}${i}" for i, part in enumerate(parts[:-1], start=1)) + parts[-1]


def driver_of(pooled: Any) -> Any:  # noqa: ANN401 - the driver's own, without a type
    """The driver's connection behind one of the pool."""
    return pooled.connection.driver_connection


_VERSION = list(case.c.keys()).index("version")
