"""What delivery tests share: a post office on a folder, and notices owed without a case."""

from __future__ import annotations

from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cli.addresses import RegisterAddressBook
from lifecycle.store.tables import outbox
from notices.delivery import PostOffice
from notices.files import FileChannel

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from email.message import EmailMessage
    from pathlib import Path

    from sqlalchemy import Connection

    from cli.wiring import App
    from notices.delivery import Channel

SENDER = "office@example.org"


@dataclass(frozen=True, slots=True)
class Book:
    """An address book in memory."""

    entries: dict[str, str] = field(default_factory=lambda: {"unit:1": "one@example.org"})

    def address(self, recipient: str, on: date) -> str | None:
        del on
        return self.entries.get(recipient)


def office(app: App, channel: Channel, book: Book | None = None) -> PostOffice:
    """The post office of an application; with the register's contacts unless a book is given."""

    def addresses(connection: Connection) -> Book | RegisterAddressBook:
        return book or RegisterAddressBook(connection)

    return PostOffice(app.engine, app.registry, app.clock, channel, addresses, SENDER)


def owe(
    app: App,
    key: str,
    *,
    notice: str = "N11",
    stage: str = "due",
    recipient: str = "unit:1",
    urgent: bool = False,
    status: str = "owed",
    values: dict[str, Any] | None = None,
) -> int:
    """Owes one notice; the number of its row."""
    told = {"case": "MEM-1", "surname": "王", "organization_name": "门诊部", "due_on": "2026-03-02"}

    def write(connection: Connection) -> int:
        row: int = connection.execute(
            sa.insert(outbox)
            .values(
                key=key,
                notice=notice,
                stage=stage,
                recipient=recipient,
                urgent=urgent,
                values=told | (values or {}),
                status=status,
                owed_on=app.clock.today(connection),
                created_at=app.clock.now(connection),
                attempts=0,
            )
            .returning(outbox.c.id)
        ).scalar_one()
        return row

    return app.write(write)


def rows(app: App) -> list[sa.Row[Any]]:
    """Every row of the outbox."""
    return app.read(
        lambda connection: list(connection.execute(sa.select(outbox).order_by(outbox.c.id)))
    )


def statuses(app: App) -> list[str]:
    """Where every notice stands, in the order in which they were owed."""
    return [row.status for row in rows(app)]


def mails(folder: Path) -> list[EmailMessage]:
    """The mails in a folder."""
    return [_read(path) for path in sorted(folder.glob("*.eml"))]


def texts(folder: Path) -> Iterable[str]:
    """The text of every mail in a folder."""
    for mail in mails(folder):
        body = mail.get_body(("plain",))
        assert body is not None
        yield body.get_content()


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=default)


def folder_office(app: App, folder: Path, book: Book | None = None) -> PostOffice:
    """A post office that writes into a folder."""
    return office(app, FileChannel(folder), book)
