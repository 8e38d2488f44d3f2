"""Effects on a Five-Good certificate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from lifecycle.register import end, put
from lifecycle.workdays import Period
from workflows.effects import effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.guards import Situation
    from lifecycle.register import RegisterChange


def _key(situation: Situation) -> dict[str, int]:
    return {"body_id": situation.case.subject.id}


@effect()
def issue_certificate(situation: Situation) -> Iterable[RegisterChange]:
    """The certificate runs from the day of the decision to the end of its validity (P23)."""
    months = situation.parameters.integer("P23")
    last_day = Period(months=months).after(situation.effective_on)
    yield put(
        "certificate",
        _key(situation),
        {},
        situation.effective_on,
        last_day + timedelta(days=1),
    )


def _on_list(situation: Situation, name: str) -> RegisterChange:
    return put("body_listing", {**_key(situation), "list": name}, {}, situation.effective_on)


@effect()
def list_as_demonstration_point(situation: Situation) -> Iterable[RegisterChange]:
    """The body is a demonstration point from the day of the decision (R61)."""
    yield _on_list(situation, "demonstration")


@effect()
def list_as_contact_point(situation: Situation) -> Iterable[RegisterChange]:
    """The body is a contact point from the day of the decision (R61)."""
    yield _on_list(situation, "contact")


@effect()
def unlist(situation: Situation) -> Iterable[RegisterChange]:
    """The body is off the list that the decision names."""
    key = {**_key(situation), "list": situation.fields.get("list")}
    yield end("body_listing", key, situation.effective_on)


@effect()
def end_certificate(situation: Situation) -> Iterable[RegisterChange]:
    """The certificate ends on the day of the event."""
    yield end("certificate", _key(situation), situation.effective_on)
