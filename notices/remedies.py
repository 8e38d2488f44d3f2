"""What an officer does about notices that did not arrive, or perhaps did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.store.tables import outbox
from notices.outbox import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_o = outbox.c


def send_again(connection: Connection, ids: Sequence[int]) -> int:
    """Owes failed and uncertain rows anew (a repeat may reach the recipient twice); how many.

    An uncertain mail keeps its Message-ID, so that the reader's side can drop the repeat.
    """
    chosen = _o.id.in_(ids)
    fresh = {"status": Status.OWED.value, "attempts": 0, "retry_at": None, "problem": None}
    failed = connection.execute(
        sa.update(outbox)
        .where(chosen, _o.status == Status.FAILED.value)
        .values(**fresh, message_id=None)
    ).rowcount
    same_mail = sa.select(_o.message_id).where(chosen)
    uncertain = connection.execute(
        sa.update(outbox)
        .where(_o.message_id.in_(same_mail), _o.status == Status.UNCERTAIN.value)
        .values(**fresh)
    ).rowcount
    return failed + uncertain


def accept_as_sent(connection: Connection, ids: Sequence[int], now: datetime) -> int:
    """Takes uncertain rows as delivered: somebody asked the recipient; how many."""
    return connection.execute(
        sa.update(outbox)
        .where(_o.id.in_(ids), _o.status == Status.UNCERTAIN.value)
        .values(status=Status.SENT.value, sent_at=now)
    ).rowcount


def counts(connection: Connection) -> dict[str, int]:
    """How many notices stand where."""
    statement = sa.select(_o.status, sa.func.count()).group_by(_o.status).order_by(_o.status)
    return {row[0]: row[1] for row in connection.execute(statement)}
