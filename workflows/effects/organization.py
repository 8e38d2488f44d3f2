"""Effects on an organization: who is its instructor, and how long a gap is bridged."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lifecycle.register import end, put
from lifecycle.workdays import Period, PeriodKind, roll
from workflows.effects import effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.guards import Situation
    from lifecycle.register import RegisterChange

_POST = ("post_from", "post_kind", "post_name", "post_unit")


def _key(situation: Situation) -> dict[str, int]:
    return {"organization_id": situation.case.subject.id}


@effect()
def take_post(situation: Situation) -> Iterable[RegisterChange]:
    """The nominated instructor or liaison is in office from the day of the event."""
    values = {
        "kind": situation.case.fields.get("kind"),
        "name": situation.fields.get("instructor_name"),
        "unit_id": situation.fields.get("unit_id"),
    }
    yield put("instructor_post", _key(situation), values, situation.effective_on)


@effect()
def hand_over_post(situation: Situation) -> Iterable[RegisterChange]:
    """The successor is in office from the same day; there is no gap."""
    values = {
        "kind": situation.fields.get("successor_kind"),
        "name": situation.fields.get("successor_name"),
        "unit_id": situation.fields.get("unit_id"),
    }
    yield put("instructor_post", _key(situation), values, situation.effective_on)


@effect(*_POST)
def leave_post(situation: Situation) -> Iterable[RegisterChange]:
    """The post ends; coverage survives until the gap is over (P18, rolled like a deadline)."""
    since = situation.fact("post_from")
    if not isinstance(since, date):
        return
    days = situation.parameters.integer("P18.gap")
    bridged = Period(days=days).after(situation.effective_on)
    if situation.rest_days is not None:
        bridged = roll(bridged, PeriodKind.DEADLINE, situation.rest_days).due_on
    values = {
        "kind": situation.fact("post_kind"),
        "name": situation.fact("post_name"),
        "unit_id": situation.fact("post_unit"),
        "covers_until_on": bridged,
    }
    yield put("instructor_post", _key(situation), values, since)
    yield end("instructor_post", _key(situation), situation.effective_on)
