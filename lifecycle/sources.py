"""What a fact is read from, taken from its SQL: so that a change is followed only where it matters.

A source is the name of a register table; `case:branch`, when the question is whether there is
such a case; `state:branch`, when anything is read that an entry in such a case can change; or
`case`, where no workflow is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from lifecycle.store.tables import case, case_state

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

CHANGING = {one.name for one in case.c} - {
    *("id", "workflow", "subject_type", "subject_id", "unit_id", "opened_on", "closed_on")
}
"""The columns of a case that its entries change, but for its end."""


def case_source(workflow: str) -> str:
    """What changes when a case of the workflow opens or closes."""
    return f"{case.name}:{workflow}"


def state_source(workflow: str) -> str:
    """What changes when an entry is written to a case of the workflow."""
    return f"state:{workflow}"


def sources_of(expression: ColumnElement[Any]) -> frozenset[str]:
    """The sources of an expression, from its tables and what they are compared with."""
    seen = _Seen()
    for part in visitors.iterate(expression):
        seen.look_at(part)
    if not seen.workflow_of:
        return frozenset(seen.tables)
    found = {case_source(one) for one in seen.workflow_of.values()}
    found |= {
        state_source(one) for table, one in seen.workflow_of.items() if table in seen.changing
    }
    return frozenset(seen.tables - {case.name, case_state.name} | found)


@dataclass(slots=True)
class _Seen:
    tables: set[str] = field(default_factory=set)
    workflow_of: dict[object, str] = field(default_factory=dict)
    """By alias of the case table: the workflow that it is narrowed to."""
    changing: set[object] = field(default_factory=set)
    """The aliases of which something is read that entries change."""

    def look_at(self, part: object) -> None:
        table = part.element if isinstance(part, sa.Alias) else part
        if isinstance(table, sa.Table):
            self.tables.add(table.name)
        elif isinstance(part, sa.Column) and part.name in CHANGING:
            self.changing.add(part.table)
        elif isinstance(part, sa.BinaryExpression) and isinstance(part.left, sa.Column):
            self._look_at_comparison(part.left, part.right)

    def _look_at_comparison(self, left: sa.Column[Any], right: object) -> None:
        if left.name == case.c.workflow.name and isinstance(right, sa.BindParameter):
            self.workflow_of[left.table] = str(right.value)
        elif isinstance(right, sa.Column) and "case_id" in (left.name, right.name):
            # Joined with its history of states: both sides are read.
            self.changing |= {left.table, right.table}
