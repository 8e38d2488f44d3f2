"""What a workflow cites, and what each of those sources says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.handbook.conditions import cited
from workflows.handbook.sources import sources

if TYPE_CHECKING:
    from lifecycle.conditions import Guard
    from lifecycle.definition import DeadlineRule, Transition, Workflow
    from workflows.handbook.sources import Source
    from workflows.handbook.tables import Cells
    from workflows.handbook.telling import Telling


def cites(workflow: Workflow) -> set[str]:
    """Every id that a workflow cites."""
    of_rows = {one for row in workflow.transitions for one in cites_of_row(row)}
    return of_rows | {
        one for rule in workflow.deadlines.values() for one in cites_of_deadline(rule)
    }


def cites_of_row(row: Transition) -> set[str]:
    """Every id that a row cites, its conditions included."""
    return {*row.cite, *(one for guard in guards_of(row) for one in guard.cite)}


def guards_of(row: Transition) -> list[Guard]:
    """Every condition of a row: its own, and those of what it opens and whom it tells."""
    of_deadlines = [guard for one in row.opens for guard in one.when]
    of_notices = [guard for one in row.notices for guard in one.when]
    return [*row.guards, *of_deadlines, *of_notices]


def cites_of_deadline(rule: DeadlineRule) -> set[str]:
    """Every id that a deadline cites, the conditions of its pause included."""
    return {*rule.cite, *(one for guard in rule.pause_while for one in guard.cite)}


def cited_sources(telling: Telling) -> list[Cells]:
    """What the workflow cites, in the order of the sources, with one sentence each."""
    wanted = cites(telling.workflow)
    return [_source(telling, one) for name, one in sources().items() if name in wanted]


def _source(telling: Telling, source: Source) -> Cells:
    speech = telling.speech
    title = speech.label(source.title)
    if source.force:
        title = f"{title} ({speech.own('forces')[source.force]})"
    place = f"{speech.label(source.document)} {cited(telling, source.place.split(' '))}".strip()
    return source.id, title, place, speech.label(source.says)
