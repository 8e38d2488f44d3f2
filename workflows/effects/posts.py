"""Effects on a branch's committee and its secretary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.register import end, put
from workflows.effects import effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.guards import Situation
    from lifecycle.register import RegisterChange


def _key(situation: Situation) -> dict[str, int]:
    return {"body_id": situation.case.subject.id}


@effect()
def record_election(situation: Situation) -> Iterable[RegisterChange]:
    """The committee was elected on the day of the event."""
    yield put("election", _key(situation), {}, situation.effective_on)


@effect()
def take_secretary_post(situation: Situation) -> Iterable[RegisterChange]:
    """The secretary is in office from the day of the event."""
    fields, recorded = situation.fields, situation.case.fields
    values = {"name": fields.get("secretary_name"), "route": recorded.get("route")}
    yield put("secretary_post", _key(situation), values, situation.effective_on)


@effect()
def leave_secretary_post(situation: Situation) -> Iterable[RegisterChange]:
    """The secretary's post is vacant from the day of the event."""
    yield end("secretary_post", _key(situation), situation.effective_on)
