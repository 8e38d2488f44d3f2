"""Indicators over a plain register: written to the database, read, and taken back."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import workflows
from workflows.indicators.reporting import report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlalchemy import Connection, Engine

    from lifecycle.registry import Registry
    from tests.plain_register import PlainRegister
    from workflows.indicators.figures import Indicator, Report

LEAD = "organization_department"


@cache
def law() -> Registry:
    """The law as shipped."""
    return workflows.load_all()


@contextmanager
def stored(engine: Engine, register: PlainRegister) -> Iterator[Connection]:
    """The register in the database, for a while."""
    with engine.connect() as connection:
        transaction = connection.begin()
        register.store(connection)
        law().refresh_policy(connection)
        yield connection
        transaction.rollback()


def figures(engine: Engine, register: PlainRegister, on: date, **given: Any) -> Report:  # noqa: ANN401 - arguments of `report`
    """The figures of a register on a day."""
    with stored(engine, register) as connection:
        return report(connection, law(), on, **given)


def told(one: Indicator) -> tuple[int | None, int | None, bool | None]:
    """Numerator, denominator and verdict."""
    return one.numerator, one.denominator, one.met
