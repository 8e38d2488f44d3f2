"""Effects on a person at an organization: employment, and who holds the relation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.register import RegisterChange, end, put
from workflows.effects import effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.guards import Situation


def _place(situation: Situation) -> dict[str, int]:
    return {"person_at_organization_id": situation.case.subject.id}


@effect()
def end_engagement(situation: Situation) -> Iterable[RegisterChange]:
    """The employment ends on the day of the event."""
    yield end("engagement", _place(situation), situation.effective_on)


@effect()
def engage_full_time(situation: Situation) -> Iterable[RegisterChange]:
    """From the day of the event the person works here full-time."""
    yield put("engagement", _place(situation), {"employment": "full_time"}, situation.effective_on)


@effect()
def engage_part_time(situation: Situation) -> Iterable[RegisterChange]:
    """From the day of the event the person works here part-time."""
    yield put("engagement", _place(situation), {"employment": "part_time"}, situation.effective_on)


@effect("person_id", "body_in_charge")
def hold_formal_relation_here(situation: Situation) -> Iterable[RegisterChange]:
    """The body in charge of the organization holds the formal relation."""
    yield put(
        "formal_relation",
        {"person_id": situation.fact("person_id")},
        {"body_id": situation.fact("body_in_charge"), "home_text": None},
        situation.effective_on,
    )
    yield end("temporary_relation", _place(situation), situation.effective_on)


@effect("body_in_charge")
def hold_temporary_relation_here(situation: Situation) -> Iterable[RegisterChange]:
    """The person takes part here; the formal relation stays where it is."""
    yield put(
        "temporary_relation",
        _place(situation),
        {"body_id": situation.fact("body_in_charge")},
        situation.effective_on,
    )


@effect()
def end_temporary_relation(situation: Situation) -> Iterable[RegisterChange]:
    """The person no longer takes part here as a guest."""
    yield end("temporary_relation", _place(situation), situation.effective_on)


@effect("person_id", "formal_held_here")
def release_formal_relation(situation: Situation) -> Iterable[RegisterChange]:
    """The relation leaves this organization, unless its new holder is on the register already."""
    if situation.fact("formal_held_here"):
        yield end(
            "formal_relation", {"person_id": situation.fact("person_id")}, situation.effective_on
        )


@effect("person_id")
def end_membership(situation: Situation) -> Iterable[RegisterChange]:
    """Party status and every relation end; the person's name stays with the closed file."""
    key = {"person_id": situation.fact("person_id")}
    yield end("party_status", key, situation.effective_on)
    yield end("formal_relation", key, situation.effective_on)
    yield end("temporary_relation", _place(situation), situation.effective_on)
