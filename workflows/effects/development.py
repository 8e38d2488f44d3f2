"""Effects of a member's development: admitted on approval, a full member on approval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.register import put
from workflows.effects import effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.guards import Situation
    from lifecycle.register import RegisterChange


@effect("person_id", "body_in_charge")
def admit(situation: Situation) -> Iterable[RegisterChange]:
    """A probationary member from the approval on, whose relation the body in charge holds (E7)."""
    key, on = {"person_id": situation.fact("person_id")}, situation.effective_on
    yield put("party_status", key, {"status": "probationary"}, on)
    held = {"body_id": situation.fact("body_in_charge"), "home_text": None}
    yield put("formal_relation", key, held, on)


@effect("person_id")
def convert(situation: Situation) -> Iterable[RegisterChange]:
    """A full member from the approval on: counts change that day, not at the end of probation."""
    key = {"person_id": situation.fact("person_id")}
    yield put("party_status", key, {"status": "full"}, situation.effective_on)
