"""Facts about the Five-Good evaluation of a Party body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.conditions import Label
from lifecycle.facts import At, FactType, fact
from workflows.facts import FACTS
from workflows.facts.shared import state_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

SUBJECT = "party_body"


@fact(
    FACTS,
    "in_term",
    SUBJECT,
    FactType.FLAG,
    Label(zh="在任期内", en="committee in term"),
    ["branch_term.reelection_held"],
)
def in_term(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the committee's term runs; where no election is recorded it counts as running."""
    state = state_of("branch_term", SUBJECT, subject_id, at)
    return sa.func.coalesce(state, "in_term").in_(("in_term", "due", "extended"))
