"""Effects on a Party body: it is founded, serves organizations, takes over relations, ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.register import NEW_SUBJECT, RegisterChange, create, end, put
from workflows.effects import effect
from workflows.facts.body import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lifecycle.guards import Situation


def _body(situation: Situation) -> dict[str, int]:
    return {"body_id": situation.case.subject.id}


def _kind(situation: Situation, kind: Any) -> RegisterChange:  # noqa: ANN401 - a recorded value
    values = {"kind": kind, "name": situation.fact("body_name")}
    return put("body_kind", _body(situation), values, situation.effective_on)


def _serves(situation: Situation, organization_id: Any) -> RegisterChange:  # noqa: ANN401 - as above
    key = {**_body(situation), "organization_id": organization_id}
    return put("body_serves", key, {}, situation.effective_on)


def _listed(values: Mapping[str, Any], name: str) -> tuple[int, ...]:
    given = values.get(name)
    return given if isinstance(given, tuple) else ()


def _take_over(situation: Situation, persons: Iterable[int]) -> Iterable[RegisterChange]:
    for person_id in persons:
        yield put(
            "formal_relation",
            {"person_id": person_id},
            {**_body(situation), "home_text": None},
            situation.effective_on,
        )


@effect()
def prospective_body(situation: Situation) -> Iterable[RegisterChange]:
    """The body that the organization may one day have; the new case's subject."""
    yield create("party_body", organization_id=situation.case.subject.id)


@effect()
def prospective_kind(situation: Situation) -> Iterable[RegisterChange]:
    """The new body is a prospective one until it is approved or elected."""
    key = {"body_id": NEW_SUBJECT}
    yield put("body_kind", key, {"kind": "prospective"}, situation.effective_on)


@effect("body_name")
def found_provisional_body(situation: Situation) -> Iterable[RegisterChange]:
    """The body is in force as a provisional one; relations stay where they are."""
    yield _kind(situation, "provisional")


@effect(
    "body_name",
    "organization_id",
    "other_body_serving",
    "persons_to_take_over",
    "guests_to_take_over",
)
def found_body(situation: Situation) -> Iterable[RegisterChange]:
    """The elected body serves its organization and partners and takes their relations over.

    The founding moves the relations that another body held for the organization: attached ones,
    and those of a joint body that is left. A provisional body is the same body, so its relations
    need no move. Partners' relations move as far as the officer lists their members.
    """
    on = situation.effective_on
    recorded = situation.case.fields
    organization_id = situation.fact("organization_id")
    yield _kind(situation, recorded.get("body_kind"))
    other = situation.fact("other_body_serving")
    if other is not None:
        yield end("body_serves", {"body_id": other, "organization_id": organization_id}, on)
    yield _serves(situation, organization_id)
    for partner_id in _listed(recorded, "partners"):
        yield _serves(situation, partner_id)
    own = numbers(situation.fact("persons_to_take_over"))
    moving = _listed(situation.fields, "members_moving")
    yield from _take_over(situation, sorted({*own, *moving}))
    for place_id in numbers(situation.fact("guests_to_take_over")):
        yield put(
            "temporary_relation", {"person_at_organization_id": place_id}, _body(situation), on
        )


@effect("body_name", "body_kind")
def join_partner(situation: Situation) -> Iterable[RegisterChange]:
    """The body serves one organization more, which makes an own body a joint one."""
    if situation.fact("body_kind") == "own":
        yield _kind(situation, "joint")
    yield _serves(situation, situation.fields.get("organization"))
    yield from _take_over(situation, _listed(situation.fields, "members_moving"))


@effect()
def leave_partner(situation: Situation) -> Iterable[RegisterChange]:
    """The body no longer serves the organization."""
    key = {**_body(situation), "organization_id": situation.fields.get("organization")}
    yield end("body_serves", key, situation.effective_on)


@effect()
def end_body(situation: Situation) -> Iterable[RegisterChange]:
    """The body is no longer in force and serves nobody."""
    yield end("body_kind", _body(situation), situation.effective_on)
    yield end("body_serves", _body(situation), situation.effective_on)
