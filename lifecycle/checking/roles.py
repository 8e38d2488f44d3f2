"""Who may act: that somebody can, and that two different persons can where two are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.access import Role
from lifecycle.checking.findings import Checked, Code, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

IDLE = frozenset({Role.SCHEDULER, Role.AUDITOR, Role.ADMINISTRATOR})
"""Roles in which nobody records an event: one is the system's own, the other only reads."""


def check_roles(checked: Checked) -> Iterable[Problem]:
    """Events that nobody can record, and pairs of events for two persons of one role."""
    for number, row in checked.numbered():
        if row.by_person and set(row.by) <= IDLE:
            yield checked.problem(
                Code.NOBODY_CAN_ACT,
                ("transitions", number, "by"),
                f"nobody can record {row.event}: {', '.join(row.by)} never acts",
            )
        if not row.differs_from:
            continue
        roles = {one for one in row.by if one not in IDLE} | _roles_of(checked, row.differs_from)
        if len(roles) == 1:
            yield checked.problem(
                Code.ONE_ROLE_FOR_TWO,
                ("transitions", number, "differs_from"),
                f"{row.event} wants another person than {row.differs_from}, "
                f"and {', '.join(roles)} alone may record both",
            )


def _roles_of(checked: Checked, event: str) -> set[Role]:
    rows = checked.workflow.transitions
    return {one for row in rows if row.event == event for one in row.by if one not in IDLE}
