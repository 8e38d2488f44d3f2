"""The composition root: opens the database, loads the law, and checks that the parts fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

import migrations
import workflows
from cli.addresses import RegisterAddressBook
from lifecycle.clock import StoredClock, SystemClock, stored_time
from lifecycle.errors import LifecycleError
from lifecycle.store.session import create_engine, in_transaction, reading
from notices.catalogue import check_catalogue
from notices.delivery import PostOffice
from notices.files import FileChannel
from notices.smtp import SmtpChannel
from scheduler.jobs import Parts

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from cli.settings import Settings
    from lifecycle.clock import Clock
    from lifecycle.registry import Registry
    from notices.delivery import Channel

T = TypeVar("T")


class DatabaseMissingError(LifecycleError):
    """There is no database of ours at the place that the settings name."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(f"no lifecycle database at {url}: create one with `lifecycle init`")


class DatabaseUnfitError(LifecycleError):
    """The database has the tables of another version of the program."""

    def __init__(self, url: str, revision: str | None) -> None:
        self.url = url
        self.revision = revision or "-"
        super().__init__(f"{url} has schema {self.revision}: upgrade it with `lifecycle migrate`")


class NoticesUnfitError(LifecycleError):
    """A workflow owes a notice that cannot be written: nothing starts until it can."""

    def __init__(self, complaints: tuple[str, ...]) -> None:
        self.complaints = complaints
        super().__init__("\n".join(complaints))


@dataclass(frozen=True, slots=True)
class App:
    """Everything that commands and jobs are handed."""

    engine: Engine
    registry: Registry
    clock: Clock

    def write(self, work: Callable[[Connection], T]) -> T:
        """Does `work` in one transaction, again when others got in between."""
        return in_transaction(self.engine, work)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Does `work` on a connection that only reads."""
        with reading(self.engine) as connection:
            return work(connection)


def post_office(app: App, settings: Settings, *, durable: bool = True) -> PostOffice:
    """Delivery as the settings want it: by SMTP when configured, else into a folder of files."""
    channel: Channel = (
        SmtpChannel.at(settings.smtp_url)
        if settings.smtp_url
        else FileChannel(settings.outgoing, durable)
    )
    return PostOffice(
        engine=app.engine,
        registry=app.registry,
        clock=app.clock,
        channel=channel,
        addresses=RegisterAddressBook,
        sender=settings.mail_from,
        language=settings.lang,
    )


def job_parts(app: App, settings: Settings) -> Parts:
    """What the clock's jobs are handed."""
    return Parts(
        app.engine,
        app.registry,
        app.clock,
        post_office(app, settings),
        uploads=settings.data_dir / "uploads",
    )


def existing_engine(url: str, *, durable: bool = True) -> Engine:
    """An engine on a database of ours that is there already.

    Raises:
        DatabaseMissingError: there is none; it is not made by looking for it.
    """
    parsed = sa.make_url(url)
    shown = parsed.render_as_string(hide_password=True)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        raise DatabaseMissingError(shown)
    engine = create_engine(url, durable=durable)
    with reading(engine) as connection:
        ours = sa.inspect(connection).has_table("workflow_text")
    if not ours:
        engine.dispose()
        raise DatabaseMissingError(shown)
    return engine


def open_app(url: str, *, durable: bool = True) -> App:
    """The application on an existing database.

    Raises:
        DatabaseMissingError: there is no database of ours.
        DatabaseUnfitError: its tables are those of another version.
        DefinitionError: the law has mistakes.
    """
    engine = existing_engine(url, durable=durable)
    with reading(engine) as connection:
        has, wants = migrations.revisions(connection)
    if has != wants:
        engine.dispose()
        raise DatabaseUnfitError(engine.url.render_as_string(hide_password=True), has)
    registry = workflows.load_all()
    with reading(engine) as connection:
        own_time = stored_time(connection) is not None
        missing = registry.adopt(connection)
        registry.refresh_policy(connection)
        registry.refresh_calendars(connection)
    app = App(engine, registry, StoredClock() if own_time else SystemClock())
    if missing:  # only then does a command that reads wait for those that write
        if complaints := check_catalogue(registry):
            raise NoticesUnfitError(complaints)
        app.write(lambda connection: registry.publish(connection, app.clock.now(connection)))
    return app
