"""An approver sets a condition aside: with a reason, and until the case's state changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.access import Role
from lifecycle.cases import CaseView, EntryKind
from lifecycle.conditions import Label
from lifecycle.definition import Field_, FieldType
from lifecycle.entered import read_fields
from lifecycle.errors import DateProblem, EventDateError, TransitionRefusedError
from lifecycle.guards import Finding
from lifecycle.plan import Plan, role_finding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from lifecycle.access import Actor
    from lifecycle.rulebook import Rulebook

WAIVED = "waived"
"""The engine's own event by which an approver sets a condition aside."""

WAIVER_FIELDS = {
    "guard": Field_(
        type=FieldType.REFERENCE, label=Label(zh="放行的条件", en="condition set aside")
    ),
    "reason": Field_(type=FieldType.TEXT, label=Label(zh="理由", en="reason")),
}
"""What an approver enters to set a condition aside."""


def plan_waiver(
    book: Rulebook,
    view: CaseView,
    entered: Mapping[str, Any],
    actor: Actor,
    days: tuple[date, date],
) -> Plan:
    """The entry that sets one of the state's *override* conditions aside.

    Args:
        book: the rules under which the case runs.
        view: the case.
        entered: `guard`, the condition's id, and `reason`.
        actor: who has to hold the role of an approver.
        days: the day on which it is set aside, and today.

    Raises:
        EventDateError: the day lies after today or before the case's last entry.
        TransitionRefusedError: with every finding.
    """
    on, today = days
    if on > today:
        raise EventDateError(view.ref, WAIVED, on, DateProblem.AFTER_TODAY, today)
    if view.last_on is not None and on < view.last_on:
        raise EventDateError(view.ref, WAIVED, on, DateProblem.BEFORE_LAST, view.last_on)
    values, complaints = read_fields(WAIVER_FIELDS, entered)
    findings = [*role_finding([Role.APPROVER], actor), *complaints]
    guard = values.get("guard")
    possible = waivable(book, view)
    if guard is not None and guard not in possible:
        findings.append(
            Finding(
                "guard",
                met=False,
                label=WAIVER_FIELDS["guard"].label,
                kind="field",
                comparison="one_of",
                seen=str(guard),
                needed=", ".join(possible) or "none",
            )
        )
    if any(not one.met for one in findings):
        raise TransitionRefusedError(view.ref, view.state, WAIVED, findings)
    return Plan(
        EntryKind.WAIVED,
        WAIVED,
        view.state,
        view.state,
        on,
        fields=values,
        personal=frozenset({"reason"}),
        findings=tuple(findings),
        by_person=True,
        cite=("practice",),
        details={"waived": [str(guard)]},
    )


def waivable(book: Rulebook, view: CaseView) -> list[str]:
    """The ids of the conditions that may be set aside in the case's state."""
    return sorted(
        {
            guard.id
            for row in book.workflow.exits(view.state)
            for guard in row.guards
            if guard.override
        }
    )
