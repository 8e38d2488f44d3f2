"""Builds what tests need: databases with the schema, applications on a clock of their own."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

import migrations
from cli.wiring import App, open_app
from lifecycle.cases import Subject
from lifecycle.clock import store_time
from lifecycle.moments import day_start
from lifecycle.store.session import create_engine, transaction
from workflows.register import TABLES
from workflows.subjects import BODY, BODY_YEAR, ORGANIZATION, PLACE, UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


def migrate(url: str) -> None:
    """The current schema in an empty database."""
    migrations.upgrade(url)


@contextmanager
def app_on(url: str, day: date) -> Iterator[App]:
    """An application on the database, which carries its own clock at nine o'clock of `day`."""
    engine = create_engine(url)
    with transaction(engine) as connection:
        store_time(connection, day_start(day) + timedelta(hours=9))
    engine.dispose()
    app = open_app(url)
    yield app
    app.engine.dispose()


def move_clock(app: App, day: date) -> None:
    """Puts the database's clock at nine o'clock of `day`."""
    app.write(lambda connection: store_time(connection, day_start(day) + timedelta(hours=9)))


def everything(connection: Connection) -> set[Subject]:
    """Whatever a case can be about."""
    return {
        Subject(kind, number)
        for kind in (ORGANIZATION, BODY, BODY_YEAR, PLACE, UNIT)
        for number in connection.execute(sa.select(TABLES[kind].c.id)).scalars()
    }
