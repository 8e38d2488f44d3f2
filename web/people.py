"""What acts about a whole person have in common: where they may be done, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from web.views.worklist import hidden
from wording.usage import UsageError
from workflows import files
from workflows.belongings import standing_record
from workflows.intake.privacy import may_be_identity_number
from workflows.people import engagements, in_hand

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection
    from starlette.datastructures import FormData

    from lifecycle.access import Role
    from lifecycle.store.hot import Record
    from web.sitting import Sitting


def unit_for(
    connection: Connection, sitting: Sitting, number: int, roles: Collection[Role]
) -> int | None:
    """The unit in charge where the person is in hand and the reader holds one of those roles.

    One where none of them is held when there is no better: the act itself then says what is
    wanted.

    Raises:
        HTTPException: 404, whether there is nobody or it is somebody else's.
    """
    standing = standing_record(connection, number)
    own = [row["unit_id"] for row in own_places(connection, sitting, standing)]
    held: list[int | None] = [one for one in own if sitting.seat.roles_at(one) & set(roles)]
    return (held or own)[0]


def own_places(connection: Connection, sitting: Sitting, number: int) -> list[Record]:
    """The places where the reader answers for the person today; former ones are not among them.

    Raises:
        HTTPException: 404, whether there is nobody or it is somebody else's.
    """
    own = answered_for(connection, sitting, number)
    if not own:
        raise HTTPException(404)
    return own


def answered_for(connection: Connection, sitting: Sitting, number: int) -> list[Record]:
    """The same; none where it is somebody else's."""
    rows = files.places(connection, sitting.today, person_id=number)
    cases = files.cases_of_places(connection, hidden(sitting), [row["id"] for row in rows])
    kept = in_hand(rows, engagements(connection, rows), cases, sitting.today)
    return [row for row in rows if row["id"] in kept and sitting.scope.covers(row["unit_id"])]


def reason_in(form: FormData) -> str:
    """Why something is done; how long it may be says the act.

    Raises:
        UsageError: an identity number may stand in it.
    """
    reason = str(form.get("reason", "")).strip()
    if may_be_identity_number(reason):
        raise UsageError("identity_number_refused")
    return reason
