"""The step of a scenario that puts right what an earlier one said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.access import Actor, Role
from lifecycle.correcting import Correction, correct
from lifecycle.engine import REGISTER
from lifecycle.errors import LifecycleError
from lifecycle.history import bodies_of, day_of, living
from lifecycle.store.tables import case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from workflows.scenario import Player

ANYBODY = Actor("anybody", frozenset(Role) - {Role.SCHEDULER})
"""Whoever may: scenarios are about what follows, not about who corrects."""


class NothingSaidError(LifecycleError):
    """The scenario corrects what nobody has said."""


def put_right(
    player: Player, connection: Connection, given: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> None:
    """Corrects one entry or several in one act.

    Args:
        player: the scenario being played.
        connection: the step's transaction.
        given: `{case: MEM(wang, clinic), event: received_formal, to: 2026-01-20}`, or
            `{file: clinic, event: recorded, fields: {employees: 31}}`; `said` tells entries of one
            event apart by their day, `withdraw: true` takes one back.

    Raises:
        NothingSaidError: there is no such entry.
    """
    wanted = [given] if isinstance(given, Mapping) else given
    correct(
        connection,
        player.registry,
        player.clock,
        corrections=[correction_of(player, connection, one) for one in wanted],
        reason=str(next((one["reason"] for one in wanted if "reason" in one), "录入有误")),
        actor=ANYBODY,
    )


def correction_of(player: Player, connection: Connection, one: Mapping[str, Any]) -> Correction:
    """The correction of one entry that the scenario means.

    Raises:
        NothingSaidError: there is no such entry.
    """
    number = _file(player, connection, one["file"]) if "file" in one else None
    case_id = number or player.find(connection, one["case"]).id
    said = [
        body
        for body in living(bodies_of(connection, case_id))
        if body["event"] == one["event"] and ("said" not in one or day_of(body) == one["said"])
    ]
    if not said:
        msg = f"nobody has said {one['event']} in {one.get('case') or one.get('file')}"
        raise NothingSaidError(msg)
    return Correction(
        case_id,
        said[-1]["seq"],
        one.get("to"),
        one.get("fields", {}),
        withdraw=bool(one.get("withdraw")),
    )


def _file(player: Player, connection: Connection, name: str) -> int:
    subject = player.things.named[name]
    statement = sa.select(case.c.id).where(
        case.c.workflow == REGISTER,
        case.c.subject_type == subject.type,
        case.c.subject_id == subject.id,
    )
    number: int = connection.execute(statement).scalar_one()
    return number
