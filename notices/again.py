"""Sending a notice again: what nobody has got goes out anew, what was sent is told once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from lifecycle.errors import LifecycleError
from lifecycle.store.tables import outbox
from notices.outbox import Status

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection, RowMapping

_o = outbox.c

UNDELIVERED: Final = frozenset({Status.FAILED, Status.UNCERTAIN, Status.NO_ADDRESS})
"""What an officer may let go out anew, in its own row."""

RESENDABLE: Final = UNDELIVERED | {Status.SENT}


class NotResendableError(LifecycleError):
    """A notice that waits, is on its way or has been withdrawn is not sent again."""

    def __init__(self, number: int, status: str) -> None:
        self.number = number
        self.status = status
        super().__init__(f"notice {number} is {status}")


def resend(connection: Connection, row: RowMapping, cause: str, now: datetime, on: date) -> None:
    """Owes a notice again, to go out at once and not with the next digest.

    What was sent stays as it was sent: a second row says it once more.

    Args:
        connection: in a transaction.
        row: the notice, as it was shown.
        cause: what makes the second telling of a sent notice another one.
        now: when it is asked for.
        on: that day.

    Raises:
        NotResendableError: it is in no state in which that can be asked for.
    """
    if row["status"] not in {one.value for one in RESENDABLE}:
        raise NotResendableError(row["id"], row["status"])
    waiting = {
        "status": Status.OWED.value,
        "urgent": True,
        "attempts": 0,
        "retry_at": None,
        "message_id": None,
        "problem": None,
    }
    if row["status"] == Status.SENT.value:
        kept = {name: row[name] for name in _COPIED}
        key = f"{row['key']}:again:{cause}"
        told = {**kept, **waiting, "key": key, "owed_on": on, "created_at": now}
        connection.execute(sa.insert(outbox).values(told | {"rendered": None, "sent_at": None}))
        return
    as_shown = sa.and_(_o.id == row["id"], _o.status == row["status"])
    changed = connection.execute(sa.update(outbox).where(as_shown).values(waiting))
    if changed.rowcount != 1:
        raise NotResendableError(row["id"], row["status"])


_COPIED = ("case_id", "entry_id", "deadline_id", "notice", "stage", "recipient", "values")
