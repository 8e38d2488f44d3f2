"""Effects on an affiliation and on an organization's registration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.register import end, put
from workflows.effects import effect
from workflows.facts.registration import PROFILE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.guards import Situation
    from lifecycle.register import RegisterChange

_AS_IS = ("organization_name", "kind", *PROFILE)


def _key(situation: Situation) -> dict[str, int]:
    return {"organization_id": situation.case.subject.id}


def _affiliate(situation: Situation, route: Any, *, interim: bool) -> RegisterChange:  # noqa: ANN401 - a recorded value
    values = {"body_id": situation.fields.get("body"), "route": route, "interim": interim}
    return put("affiliation", _key(situation), values, situation.effective_on)


@effect("supervisor_body")
def affiliate_as_listed(situation: Situation) -> Iterable[RegisterChange]:
    """A list names the supervisory unit: its Party body is in charge, to be confirmed (I.1)."""
    values = {"body_id": situation.fact("supervisor_body"), "route": "listed", "interim": False}
    yield put("affiliation", _key(situation), values, situation.effective_on)


@effect()
def affiliate(situation: Situation) -> Iterable[RegisterChange]:
    """The body named is in charge from the day of the decision."""
    yield _affiliate(situation, situation.fields.get("route"), interim=False)


@effect()
def affiliate_for_now(situation: Situation) -> Iterable[RegisterChange]:
    """The affiliated-organs work committee stands in (R17)."""
    yield _affiliate(situation, "R17", interim=True)


@effect()
def end_affiliation(situation: Situation) -> Iterable[RegisterChange]:
    """Nobody is in charge any more."""
    yield end("affiliation", _key(situation), situation.effective_on)


def _profile(situation: Situation, changed: dict[str, Any]) -> RegisterChange:
    as_is = {name: situation.fact(name) for name in PROFILE}
    names = {"name": situation.fact("organization_name"), "kind": situation.fact("kind")}
    values = {**names, **as_is, **{k: v for k, v in changed.items() if v is not None}}
    return put("organization_profile", _key(situation), values, situation.effective_on)


@effect(*_AS_IS)
def rename(situation: Situation) -> Iterable[RegisterChange]:
    """The organization bears its new name from the day of the change."""
    yield _profile(situation, {"name": situation.fields.get("name")})


@effect(*_AS_IS)
def change_registration(situation: Situation) -> Iterable[RegisterChange]:
    """Kind, supervisory unit and county are what the new extract says; the rest stays."""
    given = situation.fields
    yield _profile(
        situation,
        {
            "kind": given.get("kind"),
            "supervisor_id": given.get("supervisor"),
            "county_id": given.get("county"),
            "township_id": given.get("township"),
        },
    )


@effect()
def end_organization(situation: Situation) -> Iterable[RegisterChange]:
    """The organization is no longer on the register; its cases close by themselves."""
    yield end("organization_profile", _key(situation), situation.effective_on)
