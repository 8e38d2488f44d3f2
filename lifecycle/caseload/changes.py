"""Who has changed a case since it was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.store.tables import entry

if TYPE_CHECKING:
    from sqlalchemy import Connection


def only_followed(connection: Connection, case_id: int, since: int, request: str) -> bool:
    """Whether everything in the case since that version followed from one request's other acts.

    Args:
        connection: a transaction.
        case_id: the case.
        since: the version that was looked at.
        request: what the numbers of the request's acts begin with.
    """
    e = entry.c
    foreign = sa.not_(e.request_id.startswith(request, autoescape=True))
    others = sa.select(e.id).where(e.case_id == case_id, e.seq > since, foreign).limit(1)
    return connection.execute(others).first() is None
