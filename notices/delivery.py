"""How owed notices reach people: the rest to one digest a day, the urgent ones at once.

Three steps per mail, never one transaction around them all: claim it; render it and store what
was rendered; hand it over and mark it. A crash in between leaves rows whose claim runs out.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lifecycle.errors import LifecycleError
from lifecycle.failpoints import failpoint
from lifecycle.moments import local_day
from lifecycle.store.session import in_transaction
from notices import outbox
from notices.labels import duties, labelled
from notices.message import AddressError, compose, domain_of
from notices.outbox import Notice, Parcel, Status
from notices.render import DigestItem, Rendered, RenderError, render, render_digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from email.message import EmailMessage

    from sqlalchemy import Connection, Engine

    from lifecycle.clock import Clock
    from lifecycle.registry import Registry

T = TypeVar("T")

LOG = logging.getLogger(__name__)

PATIENCE = 3
"""So many failures in a row mean that the channel is down: the rest waits for the next run."""

UNKNOWN_RECIPIENT = "missing:"
"""How the engine names a recipient whom no fact gave."""


class DeliveryError(LifecycleError):
    """A mail was not delivered; `retry` says whether a later attempt may succeed."""

    def __init__(self, reason: str, *, retry: bool) -> None:
        self.reason = reason
        self.retry = retry
        super().__init__(reason)


class DeliveryUncertainError(DeliveryError):
    """Nobody can say whether the mail was taken: the connection broke after its text was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retry=False)


class Channel(Protocol):
    """A way out for mails."""

    @property
    def repeatable(self) -> bool:
        """Whether handing over the same mail twice leaves one."""
        ...

    def send(self, message: EmailMessage) -> None:
        """Hands the mail over; when it returns, the mail has been taken.

        Raises:
            DeliveryError: it was not taken, or nobody can say.
        """
        ...


class AddressBook(Protocol):
    """Who can be reached where, on a day."""

    def address(self, recipient: str, on: date) -> str | None:
        """The mail address of `unit:12`, `organization:7`, `body:3`; None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class PostOffice:
    """Everything that delivering needs; built by the wiring."""

    engine: Engine
    registry: Registry
    clock: Clock
    channel: Channel
    addresses: Callable[[Connection], AddressBook]
    sender: str
    language: str = "zh"

    def act(self, work: Callable[[Connection], T]) -> T:
        """Does `work` in a transaction of its own."""
        return in_transaction(self.engine, work)


@dataclass(slots=True)
class Delivered:
    """What one run of the delivery did: notices by where they now stand, and mails sent."""

    mails: int = 0
    notices: Counter[str] = field(default_factory=Counter)

    def count(self, status: Status, number: int) -> None:
        """Adds notices that now stand there."""
        if number:
            self.notices[status.value] += number


@dataclass(frozen=True, slots=True)
class _Start:
    """A claimed mail, with what the same transaction knew."""

    parcel: Parcel
    address: str | None
    now: datetime


def deliver(
    office: PostOffice, *, limit: int = 200, progress: Callable[[], None] = lambda: None
) -> Delivered:
    """Delivers what is owed, at most `limit` mails; safe to run twice at the same time.

    Args:
        office: the collaborators.
        limit: mails of one run; the next run goes on.
        progress: called after each mail, for a watchdog.
    """
    done = Delivered()
    served = office.act(lambda connection: _prepare(office, connection))
    failures = 0
    while done.mails < limit and failures < PATIENCE:
        start = office.act(partial(_claim, office, served))
        if start is None:
            break
        status = _deliver_one(office, start, done)
        failures = failures + 1 if status is Status.RETRY_AT else 0
        if status is Status.SENT and not start.parcel.urgent:
            served |= {start.parcel.recipient}
        progress()
    return done


def _prepare(office: PostOffice, connection: Connection) -> frozenset[str]:
    """Takes back what crashes left, looks again for missing addresses; whose digest is out."""
    now = office.clock.now(connection)
    today = local_day(now)
    outbox.recover(connection, now, repeatable=office.channel.repeatable)
    book = office.addresses(connection)
    found = [
        recipient
        for recipient in outbox.recipients_in(connection, Status.NO_ADDRESS)
        if _lookup(book, recipient, today) is not None
    ]
    outbox.readdress(connection, found)
    return outbox.served_today(connection, today)


def _claim(office: PostOffice, served: frozenset[str], connection: Connection) -> _Start | None:
    now = office.clock.now(connection)
    parcel = outbox.claim(connection, now, served, domain_of(office.sender))
    if parcel is None:
        return None
    book = office.addresses(connection)
    return _Start(parcel, _lookup(book, parcel.recipient, local_day(now)), now)


def _lookup(book: AddressBook, recipient: str, today: date) -> str | None:
    return None if recipient.startswith(UNKNOWN_RECIPIENT) else book.address(recipient, today)


def _deliver_one(office: PostOffice, start: _Start, done: Delivered) -> Status:
    """Takes one claimed mail as far as it goes; where its notices then stand."""
    parcel = start.parcel
    if start.address is None:
        return _give_up(office, parcel, Status.NO_ADDRESS, _unaddressed(parcel.recipient), done)
    texts = _rendered(office, parcel, done)
    if not texts:
        return Status.FAILED
    on = _day_of(parcel, start.now)
    try:
        letter = _letter(office, parcel, texts, on)
        message = compose(
            letter,
            sender=office.sender,
            recipient=start.address,
            identity=parcel.message_id,
            written_at=start.now,
        )
    except (AddressError, RenderError) as error:
        return _give_up(office, parcel, Status.FAILED, str(error), done)
    ours = office.act(
        lambda connection: outbox.store_rendered(connection, parcel, texts, office.language, on)
    )
    if not ours:
        LOG.warning("mail %s: its rows were taken by another run", parcel.message_id)
        return Status.OWED
    return _hand_over(office, parcel, sorted(texts), message, done)


def _hand_over(
    office: PostOffice, parcel: Parcel, ids: list[int], message: EmailMessage, done: Delivered
) -> Status:
    failpoint("before_send")
    try:
        office.channel.send(message)
    except DeliveryUncertainError as error:
        return _give_up(office, parcel, Status.UNCERTAIN, error.reason, done)
    except DeliveryError as error:
        if not error.retry:
            return _give_up(office, parcel, Status.FAILED, error.reason, done)
        return _later(office, parcel, error.reason, done)
    failpoint("after_send")
    number = office.act(
        lambda connection: outbox.mark_sent(connection, parcel, ids, office.clock.now(connection))
    )
    done.mails += 1
    done.count(Status.SENT, number)
    LOG.info("mail %s: sent with notices %s", parcel.message_id, ids)
    return Status.SENT


def _give_up(
    office: PostOffice, parcel: Parcel, status: Status, problem: str, done: Delivered
) -> Status:
    office.act(lambda connection: outbox.mark(connection, parcel, parcel.ids, status, problem))
    done.count(status, len(parcel.rows))
    LOG.warning("mail %s: %s, notices %s: %s", parcel.message_id, status, parcel.ids, problem)
    return status


def _later(office: PostOffice, parcel: Parcel, problem: str, done: Delivered) -> Status:
    status = office.act(
        lambda connection: outbox.mark_retry(
            connection, parcel, office.clock.now(connection), problem
        )
    )
    done.count(status, len(parcel.rows))
    LOG.warning("mail %s: %s, notices %s: %s", parcel.message_id, status, parcel.ids, problem)
    return status


def _unaddressed(recipient: str) -> str:
    if recipient.startswith(UNKNOWN_RECIPIENT):
        return f"no recipient is on record: {recipient.removeprefix(UNKNOWN_RECIPIENT)}"
    return f"{recipient} has no mail address: add one with `lifecycle add contact`"


# -- words ---------------------------------------------------------------------------------


def _rendered(office: PostOffice, parcel: Parcel, done: Delivered) -> dict[int, Rendered]:
    """The words of each notice; one that cannot be rendered fails alone."""
    texts: dict[int, Rendered] = {}
    for row in parcel.rows:
        try:
            texts[row.id] = _words(office, row)
        except RenderError as error:
            problem = str(error)
            LOG.error("notice %s: %s", row.id, problem)  # noqa: TRY400 - the trace shows values
            office.act(partial(_spoil, parcel, row.id, problem))
            done.count(Status.FAILED, 1)
    return texts


def _spoil(parcel: Parcel, row_id: int, problem: str, connection: Connection) -> None:
    outbox.mark(connection, parcel, [row_id], Status.FAILED, problem)


def _words(office: PostOffice, row: Notice) -> Rendered:
    """As rendered before, when an interrupted attempt has stored it; else anew."""
    kept = row.rendered
    if kept is not None:
        return Rendered(kept["subject"], kept["text"], kept["html"], kept["body"])
    language = office.language
    if row.workflow_text_id is None:
        values = {**row.values, "duties": duties(office.registry, language)}
    else:
        workflow = office.registry.book_of(row.workflow_text_id).workflow
        values = labelled(workflow, row.values, language)
    return render(row.notice, row.stage, language, values)


def _day_of(parcel: Parcel, now: datetime) -> str:
    """The day on the digest: that of the first attempt, however late the repeat."""
    for row in parcel.rows:
        if row.rendered is not None:
            first: Any = row.rendered["on"]
            return str(first)
    return local_day(now).isoformat()


def _letter(office: PostOffice, parcel: Parcel, texts: dict[int, Rendered], on: str) -> Rendered:
    if parcel.urgent:
        return texts[parcel.rows[0].id]
    items = [
        DigestItem(row.notice, texts[row.id].subject, texts[row.id].body)
        for row in parcel.rows
        if row.id in texts
    ]
    return render_digest(office.language, on, items)
