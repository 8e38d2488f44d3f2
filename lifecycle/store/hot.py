"""The statements of the hot path: compiled once per dialect, run on the driver's own cursor.

SQLAlchemy's execution context costs more than the statement itself; the pooled driver's cursor
has none. A test holds every statement here equal to the same one run through Core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from psycopg import RawCursor
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from lifecycle.store.among import Among
from lifecycle.store.tables import case, case_state, deadline, entry, outbox, personal_value

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import Dialect

Processor = Callable[[Any], Any]

Record: TypeAlias = Mapping[Any, Any]
"""A row that was read, by the names of its columns: ours, or SQLAlchemy's, which has more keys."""


@dataclass(slots=True)
class _Compiled:
    text: str
    names: tuple[str, ...]
    binders: Mapping[str, Processor]
    """By name: a value that stands in the text many times is converted once."""
    readers: tuple[tuple[int, Processor], ...]
    """The places in a row that the driver does not give as we want them."""
    constants: Mapping[str, Any]
    """Values that are part of the statement itself, as the driver takes them."""
    columns: tuple[str, ...]
    """What the places in a row are called."""

    def parameters(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        values = {**self.constants, **given}
        for name, binder in self.binders.items():
            values[name] = binder(values[name])
        return tuple([values[name] for name in self.names])

    def row(self, raw: Sequence[Any]) -> tuple[Any, ...]:
        values = list(raw)
        for place, reader in self.readers:
            if values[place] is not None:
                values[place] = reader(values[place])
        return tuple(values)


@dataclass(slots=True)
class Statement:
    """A Core statement that runs on the driver's cursor."""

    core: Any
    compiled: dict[str, _Compiled] = field(default_factory=dict)

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self.compiled.get(dialect.name)
        if found is None:
            found = self.compiled[dialect.name] = _compile(self.core, dialect)
        return found

    def send(self, connection: Connection, **given: Any) -> Answer:  # noqa: ANN401 - columns
        """Runs the statement; inside `together` its answer may still be on its way."""
        compiled = self._for(connection.dialect)
        cursor = _cursor(connection)
        cursor.execute(compiled.text, compiled.parameters(given))
        # SQLite has answered, and commits nothing while an answer is unread.
        fetched = None if connection.dialect.name == "postgresql" else cursor.fetchall()
        return Answer(cursor, compiled, fetched)

    def rows(self, connection: Connection, **given: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
        """The rows that the statement gives, as Python values."""
        return self.send(connection, **given).rows()

    def mappings(self, connection: Connection, **given: Any) -> list[Record]:  # noqa: ANN401
        """The same rows by the names of their columns."""
        answer = self.send(connection, **given)
        columns = answer.compiled.columns
        return [dict(zip(columns, row, strict=True)) for row in answer.rows()]

    def run(self, connection: Connection, **given: Any) -> int:  # noqa: ANN401 - column values
        """Runs the statement and says how many rows it touched."""
        return self.send(connection, **given).count()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave; asking for rows waits for them, a count is known after `together`."""

    cursor: Any
    compiled: _Compiled
    fetched: Sequence[Sequence[Any]] | None = None

    def rows(self) -> list[tuple[Any, ...]]:
        """The rows, as Python values; to be asked for once."""
        raws = self.cursor.fetchall() if self.fetched is None else self.fetched
        return [self.compiled.row(raw) for raw in raws]

    def count(self) -> int:
        """How many rows the statement touched."""
        return int(self.cursor.rowcount)


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Statements sent inside go to the server without waiting for each other's answers.

    For statements of this module alone: Core looks at an answer before it has come.
    """
    if connection.dialect.name == "postgresql":
        with _driver(connection).pipeline():
            yield
    else:
        yield


def _driver(connection: Connection) -> Any:  # noqa: ANN401 - the driver's connection
    # `.connection` begins the transaction that Core would have begun at its first statement.
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.driver_connection


def _cursor(connection: Connection) -> Any:  # noqa: ANN401 - the driver's
    driver = _driver(connection)
    # psycopg's own placeholders are read anew at every run of a long statement; the server's not.
    return RawCursor(driver) if connection.dialect.name == "postgresql" else driver.cursor()


def _compile(core: Any, dialect: Dialect) -> _Compiled:  # noqa: ANN401 - any Core statement
    if dialect.name == "postgresql":
        dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    compiled = core.compile(dialect=dialect)
    wanted = {name for name, bind in compiled.binds.items() if bind.required}
    # Lists that are part of the statement are written out here, once.
    state = compiled.construct_expanded_state(dict.fromkeys(wanted))
    binders = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect)
        for name, bind in compiled.binds.items()
    } | dict(state.processors)
    constants = {
        name: value if binders.get(name) is None else binders[name](value)
        for name, value in state.parameters.items()
        if name not in wanted
    }
    columns = list(getattr(core, "exported_columns", ())) if core.is_select else _returned(core)
    readers = [
        column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
    ]
    return _Compiled(
        state.statement,
        tuple(state.positiontup or ()),
        {name: binder for name, binder in binders.items() if name in wanted and binder},
        tuple((place, reader) for place, reader in enumerate(readers) if reader),
        constants,
        tuple(column.key for column in columns),
    )


def _returned(core: Any) -> list[Any]:  # noqa: ANN401 - any Core statement
    return list(getattr(core, "exported_columns", ()) or ())


def _insert(
    table: sa.Table, *, returning: bool = False, skip: Sequence[str] = ("id",)
) -> Statement:
    columns = {
        column.name: sa.bindparam(column.name, type_=column.type)
        for column in table.c
        if column.name not in skip
    }
    statement = sa.insert(table).values(columns)
    return Statement(statement.returning(table.c.id) if returning else statement)


def parameter(name: str, column: sa.ColumnElement[Any]) -> sa.BindParameter[Any]:
    """A value of a column's kind, to be given when the statement is run."""
    return sa.bindparam(name, type_=column.type)


INSERT_CASE = _insert(case, returning=True)
INSERT_ENTRY = _insert(entry, skip=())
INSERT_PERSONAL = _insert(personal_value)
INSERT_STATE = _insert(case_state)
INSERT_DEADLINE = _insert(deadline, returning=True)
INSERT_OUTBOX = _insert(outbox)

_CASE_CHANGES = (
    "state",
    "state_since_on",
    "previous_state",
    "fields",
    "head_hash",
    "last_on",
    "last_person_on",
    "taken_over_only",
    "closed_on",
    "unit_id",
)
MOVE_CASE = Statement(
    sa.update(case)
    .where(
        case.c.id == parameter("case_id", case.c.id),
        case.c.version == parameter("expected", case.c.version),
    )
    .values(
        {name: parameter(f"new_{name}", case.c[name]) for name in _CASE_CHANGES}
        | {"version": parameter("new_version", case.c.version)}
    )
)
"""Compare-and-set on the version: a row count of zero means that somebody else was first."""

END_STATE = Statement(
    sa.update(case_state)
    .where(
        case_state.c.case_id == parameter("of_case", case_state.c.case_id),
        case_state.c.known_until.is_(None),
        case_state.c.until_on.is_(None),
    )
    .values(
        known_until=parameter("at", case_state.c.known_until),
        ended_entry_id=parameter("by_entry", case_state.c.ended_entry_id),
    )
)
"""Ends what is known of a case's present state."""

CLOSE_DEADLINE = Statement(
    sa.update(deadline)
    .where(deadline.c.id == parameter("row_id", deadline.c.id))
    .values(
        status=parameter("new_status", deadline.c.status),
        reason=parameter("new_reason", deadline.c.reason),
        closed_on=parameter("on_day", deadline.c.closed_on),
        closed_entry_id=parameter("by_entry", deadline.c.closed_entry_id),
        wake_at=sa.null(),
    )
)

_KEPT = (
    *("status", "suspended_on", "suspended_days", "raw_on", "due_on"),
    *("provisional", "derivation", "wake_at"),
)
KEEP_DEADLINE = Statement(
    sa.update(deadline)
    .where(deadline.c.id == parameter("row_id", deadline.c.id))
    .values({name: parameter(f"new_{name}", deadline.c[name]) for name in _KEPT})
    .values(reason=sa.null(), closed_on=sa.null(), closed_entry_id=sa.null())
)
"""Suspends a deadline, or lets it run on."""

READ_SUBJECT = Statement(
    sa.select(case.c.subject_type, case.c.subject_id).where(
        case.c.id == parameter("case_id", case.c.id)
    )
)
READ_CASES = Statement(sa.select(case).where(Among(case.c.id, "ids")).order_by(case.c.id))
READ_DEADLINES = Statement(
    sa.select(
        *(
            # As text: of the many that have closed nobody asks how their dates came about.
            sa.cast(column, sa.Text).label(column.name) if column.name == "derivation" else column
            for column in deadline.c
        )
    )
    .where(
        Among(deadline.c.case_id, "ids"),
        deadline.c.reason.is_distinct_from(sa.literal_column("'superseded'")),
    )
    .order_by(deadline.c.id)
)
"""Without those whose opening has been taken back."""
FIND_OPEN_CASE = Statement(
    sa.select(case.c.id).where(
        case.c.workflow == parameter("workflow", case.c.workflow),
        case.c.subject_type == parameter("subject_type", case.c.subject_type),
        case.c.subject_id == parameter("subject_id", case.c.subject_id),
        case.c.closed_on.is_(None),
    )
)
FIND_CASE_THEN = Statement(
    sa.select(case.c.id).where(
        case.c.workflow == parameter("workflow", case.c.workflow),
        case.c.subject_type == parameter("subject_type", case.c.subject_type),
        case.c.subject_id == parameter("subject_id", case.c.subject_id),
        case.c.opened_on <= parameter("on_day", case.c.opened_on),
        sa.or_(
            case.c.closed_on.is_(None), case.c.closed_on > parameter("on_day", case.c.closed_on)
        ),
    )
)
"""The case that was open on a day; one that ended on its first day never was."""
_THOSE_CASES = sa.select(case.c.id).where(Among(case.c.id, "ids")).order_by(case.c.id)
LOCK_CASES = Statement(_THOSE_CASES.with_for_update())
LOCK_FREE_CASES = Statement(_THOSE_CASES.with_for_update(skip_locked=True))
"""The same without waiting for those that somebody else holds."""


@cache
def lock_around(related: sa.SelectBase) -> Statement:
    """Locks the open cases about what `related` gives (kind, number), and the case itself."""
    itself = sa.select(case.c.subject_type, case.c.subject_id).where(
        case.c.id == parameter("case_id", case.c.id)
    )
    about = sa.union(related, itself).subquery("about")
    kind, number = about.c
    statement = sa.select(case.c.id).join(
        about, sa.and_(case.c.subject_type == kind, case.c.subject_id == number)
    )
    ordered = statement.where(case.c.closed_on.is_(None)).order_by(case.c.id)
    return Statement(ordered.with_for_update(of=case))


FIND_REQUEST = Statement(
    sa.select(entry.c.id, entry.c.case_id, entry.c.seq, entry.c.event).where(
        entry.c.request_id == parameter("request", entry.c.request_id)
    )
)


@cache
def open_cases_about(kinds: int) -> Statement:
    """The open cases about subjects of that many types: `kind_0` with `ids_0`, and so on."""
    about = [
        sa.and_(
            case.c.subject_type == parameter(f"kind_{number}", case.c.subject_type),
            Among(case.c.subject_id, f"ids_{number}"),
        )
        for number in range(kinds)
    ]
    statement = sa.select(case.c.id).where(case.c.closed_on.is_(None), sa.or_(*about))
    return Statement(statement.order_by(case.c.id))
