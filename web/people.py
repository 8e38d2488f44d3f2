"""What acts about a whole person have in common: at which unit they are done, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from wording.usage import UsageError
from workflows import files
from workflows.belongings import standing_record
from workflows.intake.privacy import may_be_identity_number

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection
    from starlette.datastructures import FormData

    from lifecycle.access import Role
    from web.sitting import Sitting


def unit_for(
    connection: Connection, sitting: Sitting, number: int, roles: Collection[Role]
) -> int | None:
    """The unit in charge where the person works and the reader holds one of those roles.

    One where none of them is held when there is no better: the act itself then says what is
    wanted.

    Raises:
        HTTPException: 404, whether there is nobody or it is somebody else's.
    """
    standing = standing_record(connection, number)
    rows = files.places(connection, sitting.today, person_id=standing)
    own = [row["unit_id"] for row in rows if sitting.scope.covers(row["unit_id"])]
    if not own:
        raise HTTPException(404)
    held: list[int | None] = [one for one in own if sitting.seat.roles_at(one) & set(roles)]
    return (held or own)[0]


def reason_in(form: FormData) -> str:
    """Why something is done; how long it may be says the act.

    Raises:
        UsageError: an identity number may stand in it.
    """
    reason = str(form.get("reason", "")).strip()
    if may_be_identity_number(reason):
        raise UsageError("identity_number_refused")
    return reason
