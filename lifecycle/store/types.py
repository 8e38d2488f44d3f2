"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
"""Read "as known now": every row whose knowledge has not ended."""


class Day(TypeDecorator[date]):
    """A local calendar day: DATE on PostgreSQL, ISO text on SQLite (STRICT has no dates)."""

    impl = sa.Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """DATE where the database has one, TEXT where it has not."""
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(sa.Date() if native else sa.Text())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:  # noqa: ANN401
        """Refuses a datetime: it would carry a zone's worth of doubt into a day."""
        if value is None:
            return None
        if isinstance(value, datetime):
            msg = f"a day is wanted, not the instant {value!r}"
            raise TypeError(msg)
        return value if dialect.name == "postgresql" else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:  # noqa: ANN401, ARG002
        """A `date`, on either database."""
        if value is None or isinstance(value, date):
            return value
        return date.fromisoformat(value)


class Instant(TypeDecorator[datetime]):
    """An aware moment in UTC: TIMESTAMPTZ on PostgreSQL, fixed-width ISO text on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMPTZ where the database has it, TEXT where it has not."""
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(sa.DateTime(timezone=True) if native else sa.Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401
        """Refuses naive values: nobody could say which moment they mean."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"an aware moment is wanted, not the naive {value!r}"
            raise TypeError(msg)
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else instant_text(utc)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401
        """An aware `datetime` in UTC, on either database."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            moment: datetime = value
            return moment.astimezone(UTC)
        return datetime.fromisoformat(value)


class Document(TypeDecorator[Any]):
    """JSON that is replaced whole, never changed in place: kept as text on both databases."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002
        """Sorted keys, so that equal values are equal text."""
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002
        """The value that was put in."""
        return None if value is None else json.loads(value)


class YesNo(TypeDecorator[bool]):
    """BOOLEAN on PostgreSQL, 0 or 1 on SQLite (STRICT has no booleans)."""

    impl = sa.Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """BOOLEAN where the database has it, INTEGER where it has not."""
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(sa.Boolean() if native else sa.Integer())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:  # noqa: ANN401, FBT001
        """0 or 1 where there are no booleans."""
        return value if value is None or dialect.name == "postgresql" else int(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:  # noqa: ANN401, ARG002
        """A `bool`, on either database."""
        return None if value is None else bool(value)


def key_type() -> sa.types.TypeEngine[int]:
    """Surrogate keys: 64 bits on PostgreSQL, the rowid on SQLite."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


@lru_cache(maxsize=1024)
def instant_text(moment: datetime) -> str:
    """UTC with microseconds and Z: sorts as text in the order of time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def bytes_type() -> sa.types.TypeEngine[bytes]:
    """Raw bytes: BYTEA on PostgreSQL, BLOB on SQLite."""
    return sa.LargeBinary().with_variant(postgresql.BYTEA(), "postgresql")
