"""`column IN (a list of any length)` as one parameter, so that the statement's text stays the same.

An expanding IN gives a text per length of list, which has to be compiled and prepared each time.
"""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler


class Numbers(TypeDecorator[Any]):
    """Whole numbers as one parameter: an array on PostgreSQL, JSON text on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """BIGINT[] where the database has it, TEXT where it has not."""
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(sa.ARRAY(sa.BigInteger) if native else sa.Text())

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:  # noqa: ANN401
        """Sorted, so that equal sets are equal parameters."""
        numbers = sorted(value or ())
        return numbers if dialect.name == "postgresql" else f"[{','.join(map(str, numbers))}]"


class Texts(Numbers):
    """The same for texts."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """TEXT[] where the database has it, TEXT where it has not."""
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(sa.ARRAY(sa.Text) if native else sa.Text())

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:  # noqa: ANN401
        """Sorted, so that equal sets are equal parameters."""
        texts = sorted(value or ())
        return texts if dialect.name == "postgresql" else dumps(texts)


class Among(sa.ColumnElement[bool]):
    """Whether a column's value is one of the numbers, or of the texts, in a parameter."""

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, column: sa.ColumnElement[Any], name: str) -> None:
        self.column = column
        is_text = isinstance(column.type, sa.Text)
        self.numbers = sa.bindparam(name, type_=Texts() if is_text else Numbers())

    def self_group(self, against: object = None) -> Among:  # noqa: ARG002 - the parent's argument
        """Itself: `... = 1`, which SQLite gets for other truth values, would bar every index."""
        return self


@compiles(Among, "postgresql")
def _any_of_array(element: Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    column = compiler.process(element.column, **options)
    return f"{column} = ANY({compiler.process(element.numbers, **options)})"


@compiles(Among, "sqlite")
def _in_json(element: Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    column = compiler.process(element.column, **options)
    numbers = compiler.process(element.numbers, **options)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 - compiled parts
