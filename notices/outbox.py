"""The life of a message: owed, rendering, sending; sent, or why not; every step conditional.

A parcel is what one mail carries: one urgent row, or all rows of a recipient's digest. A row in
`rendering` or `sending` belongs to whoever claimed it until the moment in `retry_at`; after that
its holder is taken for dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.definition import Stage
from lifecycle.moments import ZONE, day_start
from lifecycle.store.tables import case, outbox
from lifecycle.store.types import YesNo
from notices.message import message_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Row

    from notices.render import Rendered

LEASE = timedelta(minutes=15)
"""Longer than any mail takes: after this a claim counts as left behind by a crash."""

BACKOFF = tuple(timedelta(minutes=one) for one in (1, 5, 15, 60, 240, 720, 1440))
"""How long to wait after the first, second … attempt that failed."""

DIGEST_HOUR = 7
"""Digests leave at or after this hour, local time: what the night brought is in one mail."""

_CLAIM_LOCK = 7_230_411
"""Advisory lock (PostgreSQL) of the short transaction that claims: one digest per recipient."""

_o = outbox.c


class Status(StrEnum):
    """Where a notice stands."""

    OWED = "owed"
    RENDERING = "rendering"
    SENDING = "sending"
    SENT = "sent"
    RETRY_AT = "retry_at"
    FAILED = "failed"
    """Refused for good, or refused too often; an officer may send it again."""
    UNCERTAIN = "uncertain"
    """Perhaps delivered; an officer decides."""
    WITHDRAWN = "withdrawn"
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True)
class Notice:
    """One row of the outbox."""

    id: int
    key: str
    case_id: int | None
    workflow_text_id: int | None
    notice: str
    stage: Stage
    recipient: str
    urgent: bool
    values: Mapping[str, Any]
    owed_on: date
    created_at: datetime
    attempts: int
    rendered: Mapping[str, Any] | None

    @property
    def due(self) -> str:
        """The day by which a digest sorts it, as ISO text."""
        named = self.values.get("due_on")
        if isinstance(named, str):
            return named
        deadlines = [
            value
            for name, value in self.values.items()
            if name[:1] == "D" and name[1:].isdecimal() and isinstance(value, str)
        ]
        return min(deadlines, default=self.owed_on.isoformat())


@dataclass(frozen=True, slots=True)
class Parcel:
    """The rows that one mail carries, oldest due first."""

    message_id: str
    recipient: str
    urgent: bool
    rows: tuple[Notice, ...]

    @property
    def ids(self) -> list[int]:
        """The numbers of its rows."""
        return [row.id for row in self.rows]


# -- before claiming -----------------------------------------------------------------------


def recover(connection: Connection, now: datetime, *, repeatable: bool) -> int:
    """Takes back what crashed processes had claimed; the number of rows.

    Args:
        connection: in a transaction.
        now: claims that end by then are over.
        repeatable: whether sending twice is harmless; if not, a row that was being sent becomes
            `uncertain`.
    """
    left = sa.and_(
        _o.retry_at <= now, _waiting(Status.RENDERING, Status.SENDING), _o.message_id.is_not(None)
    )
    again = [Status.RENDERING, Status.SENDING] if repeatable else [Status.RENDERING]
    moved = connection.execute(
        sa.update(outbox)
        .where(left, _o.status.in_([one.value for one in again]))
        .values(status=Status.OWED.value, retry_at=None)
    ).rowcount
    moved += connection.execute(
        sa.update(outbox)
        .where(left, _o.status == Status.SENDING.value)
        .values(
            status=Status.UNCERTAIN.value,
            retry_at=None,
            problem="the process ended while the mail was being handed over",
        )
    ).rowcount
    return moved


def recipients_in(connection: Connection, status: Status) -> list[str]:
    """The recipients that rows of that status wait for."""
    statement = sa.select(_o.recipient).where(_o.status == status.value).distinct()
    return list(connection.execute(statement.order_by(_o.recipient)).scalars())


def readdress(connection: Connection, recipients: Iterable[str]) -> int:
    """Owes again what had no address; the number of rows."""
    return connection.execute(
        sa.update(outbox)
        .where(_o.recipient.in_(sorted(recipients)), _o.status == Status.NO_ADDRESS.value)
        .values(status=Status.OWED.value, problem=None, message_id=None)
    ).rowcount


def served_today(connection: Connection, today: date) -> frozenset[str]:
    """The recipients whose digest of the day has gone out."""
    sent = sa.and_(
        _waiting(Status.SENT), _is(_o.urgent, urgent=False), _o.sent_at >= day_start(today)
    )
    return frozenset(connection.execute(sa.select(_o.recipient).where(sent)).scalars())


# -- claiming ------------------------------------------------------------------------------


def claim(
    connection: Connection, now: datetime, served: frozenset[str], domain: str
) -> Parcel | None:
    """The next mail to be made, now in `rendering` and ours until the lease ends; None at rest.

    Args:
        connection: in a transaction, which is to be short.
        now: what waits for a later moment is left.
        served: recipients who had their digest today.
        domain: what stands behind the @ of a Message-ID.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CLAIM_LOCK)))
    rows = _interrupted(connection) or _urgent(connection, now) or _digest(connection, now, served)
    if not rows:
        return None
    identity = rows[0].message_id or message_id([(row.key, row.created_at) for row in rows], domain)
    ids = [row.id for row in rows]
    connection.execute(
        sa.update(outbox)
        .where(_o.id.in_(ids), _o.status.in_([Status.OWED.value, Status.RETRY_AT.value]))
        .values(status=Status.RENDERING.value, message_id=identity, retry_at=now + LEASE)
    )
    notices = sorted((_notice(row) for row in rows), key=lambda row: (row.due, row.id))
    return Parcel(identity, rows[0].recipient, rows[0].urgent, tuple(notices))


def _interrupted(connection: Connection) -> Sequence[Row[Any]]:
    """A mail that a crash left behind is made again of the same rows, under the same identity."""
    first = (
        sa.select(_o.message_id)
        .where(_waiting(Status.OWED), _o.message_id.is_not(None))
        .order_by(_o.id)
        .limit(1)
    )
    identity = connection.execute(first).scalar_one_or_none()
    if identity is None:
        return ()
    return _locked(connection, sa.and_(_waiting(Status.OWED), _o.message_id == identity))


def _urgent(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    ready = sa.or_(_o.retry_at.is_(None), _o.retry_at <= now)
    waiting = _waiting(Status.OWED, Status.RETRY_AT)
    return _locked(connection, sa.and_(waiting, _is(_o.urgent, urgent=True), ready), limit=1)


def _digest(connection: Connection, now: datetime, served: frozenset[str]) -> Sequence[Row[Any]]:
    if now.astimezone(ZONE).hour < DIGEST_HOUR:
        return ()
    # One row that waits after a failed attempt makes the whole digest wait.
    held = sa.select(_o.recipient).where(
        _is(_o.urgent, urgent=False),
        sa.or_(
            _one_of(_o.status, (Status.RENDERING, Status.SENDING)),
            sa.and_(_one_of(_o.status, (Status.RETRY_AT,)), _o.retry_at > now),
        ),
    )
    busy = served | frozenset(connection.execute(held).scalars())
    collected = sa.and_(_waiting(Status.OWED, Status.RETRY_AT), _is(_o.urgent, urgent=False))
    statement = (
        sa.select(_o.recipient)
        .where(collected, _o.recipient.not_in(sorted(busy)))
        .order_by(_o.recipient)
        .limit(1)
    )
    recipient = connection.execute(statement).scalar_one_or_none()
    if recipient is None:
        return ()
    return _locked(connection, sa.and_(collected, _o.recipient == recipient))


def _locked(
    connection: Connection, condition: ColumnElement[bool], limit: int | None = None
) -> Sequence[Row[Any]]:
    """The rows that nobody else holds, locked, with the rules under which their case runs."""
    statement = (
        sa.select(outbox, case.c.workflow_text_id)
        .join_from(outbox, case, case.c.id == _o.case_id, isouter=True)
        .where(condition)
        .order_by(_o.id)
        .limit(limit)
    )
    if connection.dialect.name == "postgresql":
        statement = statement.with_for_update(of=outbox, skip_locked=True)
    return connection.execute(statement).all()


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        key=row.key,
        case_id=row.case_id,
        workflow_text_id=row.workflow_text_id,
        notice=row.notice,
        stage=Stage(row.stage),
        recipient=row.recipient,
        urgent=row.urgent,
        values=row._mapping["values"],  # noqa: SLF001 - SQLAlchemy's public name; `values` is taken
        owed_on=row.owed_on,
        created_at=row.created_at,
        attempts=row.attempts,
        rendered=row.rendered,
    )


def _is(column: ColumnElement[bool], *, urgent: bool) -> ColumnElement[bool]:
    return column == sa.literal(urgent, YesNo())


def _one_of(column: ColumnElement[str], statuses: Iterable[Status]) -> ColumnElement[bool]:
    # Literals, not parameters: only so can the partial index serve.
    return column.in_([sa.literal_column(f"'{one.value}'") for one in statuses])


def _waiting(*statuses: Status) -> ColumnElement[bool]:
    return _one_of(_o.status, statuses)


# -- after claiming ------------------------------------------------------------------------


def store_rendered(
    connection: Connection, parcel: Parcel, texts: Mapping[int, Rendered], language: str, on: str
) -> bool:
    """Keeps what was rendered and moves on to `sending`; False when the rows are no longer ours."""
    for row in parcel.rows:
        if row.id not in texts:
            continue
        text = texts[row.id]
        kept = {
            "language": language,
            "on": on,
            "subject": text.subject,
            "body": text.body,
            "text": text.text,
            "html": text.html,
        }
        moved = _move(
            connection, parcel, [row.id], Status.RENDERING, status=Status.SENDING, rendered=kept
        )
        if moved != 1:
            return False
    return True


def mark_sent(connection: Connection, parcel: Parcel, ids: Sequence[int], now: datetime) -> int:
    """The mail has been taken: the rows are done; their number."""
    return _move(
        connection,
        parcel,
        ids,
        Status.SENDING,
        status=Status.SENT,
        sent_at=now,
        retry_at=None,
        problem=None,
    )


def mark_retry(connection: Connection, parcel: Parcel, now: datetime, problem: str) -> Status:
    """Puts the rows back for a later attempt, or gives up after the last; what became of them."""
    attempts = max(row.attempts for row in parcel.rows) + 1
    if attempts > len(BACKOFF):
        return mark(connection, parcel, parcel.ids, Status.FAILED, problem)
    _move(
        connection,
        parcel,
        parcel.ids,
        Status.RENDERING,
        Status.SENDING,
        status=Status.RETRY_AT,
        retry_at=now + BACKOFF[attempts - 1],
        attempts=attempts,
        # Nothing was delivered: the next digest may hold more rows, so it is another mail.
        message_id=None,
        problem=problem,
    )
    return Status.RETRY_AT


def mark(
    connection: Connection, parcel: Parcel, ids: Sequence[int], status: Status, problem: str
) -> Status:
    """Ends the attempt for those rows with `status` and the reason."""
    _move(
        connection,
        parcel,
        ids,
        Status.RENDERING,
        Status.SENDING,
        status=status,
        retry_at=None,
        problem=problem,
    )
    return status


def _move(
    connection: Connection,
    parcel: Parcel,
    ids: Sequence[int],
    *before: Status,
    status: Status,
    **values: Any,  # noqa: ANN401 - columns of the table
) -> int:
    """Changes the rows that are still ours; the number of them."""
    return connection.execute(
        sa.update(outbox)
        .where(
            _o.id.in_(ids),
            _o.message_id == parcel.message_id,
            _o.status.in_([one.value for one in before]),
        )
        .values(status=status.value, **values)
    ).rowcount
