"""Conditions on an organization's registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.guards import Verdict
from workflows.predicates import predicate

if TYPE_CHECKING:
    from lifecycle.guards import Situation

_COMPARED = {"kind": "kind", "supervisor": "supervisor_id", "county": "county_id"}
"""Fields of the change, each with the fact that holds what is recorded."""


@predicate(
    "类型、主管单位或所在县有变化",
    "kind, supervisory unit or county differs",
    *_COMPARED.values(),
    supplied_by=("form",),
)
def registration_differs(situation: Situation) -> Verdict:
    """At least one of kind, supervisory unit and county is other than recorded (R22)."""
    changed = [
        name
        for name, fact in _COMPARED.items()
        if situation.fields.get(name) not in (None, situation.fact(fact))
    ]
    return Verdict(bool(changed), ", ".join(changed) or None)
