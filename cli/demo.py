"""`lifecycle demo`: builds the demonstration database and ends with a short tour of commands."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

import migrations
from cli.wiring import App, open_app, post_office
from lifecycle.clock import store_time
from lifecycle.errors import LifecycleError
from lifecycle.moments import day_start
from lifecycle.store.session import create_engine, reading, transaction
from lifecycle.store.tables import APPEND_ONLY, case, entry, setting
from notices.delivery import deliver
from workflows.demo import SAMPLE_MARK, Demo, read_demo
from workflows.demo_stops import five_states, letter_under_way, rolled, six_months

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from cli.settings import Settings

FORGED = "forged.sqlite"
ALL = 1_000_000
"""More mails than a demonstration sends: every recipient gets the digest of that day."""

MAIL_DAY = (7, 1)
"""The month and day of every year on which the demonstration sends its mail."""


class NotASampleError(LifecycleError):
    """The database at hand holds real work: the demonstration would overwrite it."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"{url} holds work that is no demonstration: name another place with "
            "LIFECYCLE_DATA_DIR or LIFECYCLE_DATABASE_URL"
        )


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the tour: what it shows (a catalogue key), and the command that shows it."""

    shows: str
    command: str


def build(settings: Settings, progress: Callable[[date], None]) -> tuple[Demo, App]:
    """The demonstration database, made anew, with its mail delivered day by day.

    Raises:
        NotASampleError: a database that is no demonstration is in the way.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _clear(settings)
    migrations.upgrade(settings.url)
    _own_time(settings.url)
    # Built in one go from files at hand: a power cut costs a minute, not a record.
    app = open_app(settings.url, durable=False)
    office = post_office(app, settings, durable=False)
    demo = read_demo(app.registry, app.write)

    def day_done(day: date) -> None:
        # Once a year: two years of daily digests would bury the reader.
        if (day.month, day.day) == MAIL_DAY:
            deliver(office, limit=ALL)
        progress(day)

    demo.play(day_done)
    deliver(office, limit=ALL)
    return demo, app


def _clear(settings: Settings) -> None:
    """Removes an earlier demonstration, and nothing else."""
    engine = create_engine(settings.url)
    with reading(engine) as connection:
        tables = sa.inspect(connection).get_table_names()
        sample = (
            "setting" in tables
            and connection.execute(
                sa.select(setting.c.value).where(setting.c.name == SAMPLE_MARK)
            ).scalar_one_or_none()
        )
        in_use = "case" in tables and connection.execute(sa.select(case.c.id).limit(1)).first()
    if in_use and not sample:
        raise NotASampleError(engine.url.render_as_string(hide_password=True))
    if tables and engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    if engine.dialect.name == "sqlite" and engine.url.database:
        for ending in ("", "-wal", "-shm"):
            Path(f"{engine.url.database}{ending}").unlink(missing_ok=True)
    for message in settings.outgoing.glob("*.eml"):
        message.unlink()


def _own_time(url: str) -> None:
    engine = create_engine(url)
    with transaction(engine) as connection:
        store_time(connection, day_start(date(2024, 11, 2)))
    engine.dispose()


def forge(app: App, settings: Settings) -> Path:
    """A copy of the database in which one entry was changed behind the program's back."""
    path = settings.data_dir / FORGED
    path.unlink(missing_ok=True)
    with reading(app.engine) as connection:
        connection.connection.driver_connection.execute(  # type: ignore[union-attr] # SQLite's own
            "VACUUM INTO ?", (str(path),)
        )
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table in APPEND_ONLY:
            for act in ("update", "delete", "replace"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{act}")
        victim = (
            connection.execute(
                sa.select(entry.c.id).where(entry.c.event == "received_formal").order_by(entry.c.id)
            )
            .scalars()
            .first()
        )
        connection.execute(
            sa.update(entry).where(entry.c.id == victim).values(effective_on=date(2025, 1, 1))
        )
    engine.dispose()
    return path


def tour(app: App, settings: Settings) -> list[Stop]:
    """Eight things to look at, with real numbers in the commands."""
    me = program()
    with reading(app.engine) as connection:
        stops = [
            Stop("tour_five_states", f"{me} case {_ref(five_states(connection), 'COV')}"),
            Stop("tour_six_months", f"{me} case {_ref(six_months(connection), 'MEM')}"),
            Stop("tour_training", f"{me} cases --workflow training_year"),
            Stop("tour_owing", f"{me} cases --owing R24"),
            Stop("tour_indicators", f"{me} indicators"),
            *_refusal(connection, me),
            Stop("tour_date", f"{me} explain --deadline {rolled(connection)}"),
            Stop("tour_verify", f"{me} audit verify"),
        ]
    if app.engine.dialect.name == "sqlite":
        forged = forge(app, settings)
        stops.append(Stop("tour_forged", f"{me} audit verify --database sqlite:///{forged}"))
    return stops


def program() -> str:
    """How this program was called, so that a command can be pasted."""
    called = Path(sys.argv[0])
    try:
        return str(called.resolve().relative_to(Path.cwd()))
    except ValueError:
        return "lifecycle"


def _ref(number: int | None, code: str) -> str:
    return f"{code}-{number}"


def _refusal(connection: Connection, me: str) -> list[Stop]:
    number = _ref(letter_under_way(connection), "MEM")
    event = f"{me} advance {number} received_formal"
    allowed = f"{event} --field receipt_returned=yes --as case_officer:陈 --dry-run"
    return [
        Stop("tour_refused", f"{event} --as finance_officer:李"),
        Stop("tour_allowed", allowed),
    ]
