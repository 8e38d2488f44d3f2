"""Effects on an area: training sessions and which organizations they reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.register import put
from workflows.effects import effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.guards import Situation
    from lifecycle.register import RegisterChange


@effect()
def record_session(situation: Situation) -> Iterable[RegisterChange]:
    """A session with its audience and headcount, and the organizations it reached; no names."""
    fields, on = situation.fields, situation.effective_on
    session = f"{on.year}-{fields.get('session')}"
    key = {"unit_id": situation.case.subject.id, "session": session}
    values = {"audience": fields.get("audience"), "headcount": fields.get("headcount")}
    yield put("training_session", key, values, on)
    reached = fields.get("organizations")
    for organization_id in reached if isinstance(reached, tuple) else ():
        attended = {**key, "organization_id": organization_id}
        for audience in _AUDIENCES[str(fields.get("audience"))]:
            yield put("attendance", {**attended, "audience": audience}, {"headcount": 1}, on)


_AUDIENCES = {
    "leaders": ("leaders",),
    "workers": ("workers",),
    "both": ("leaders", "workers"),
}
