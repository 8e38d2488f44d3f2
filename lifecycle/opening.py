"""What opening a case would need, before anybody opens it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lifecycle.engine import Opening, opening_of
from lifecycle.errors import TransitionRefusedError
from lifecycle.plan import plan_opening
from lifecycle.work import blank_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.access import Actor
    from lifecycle.cases import Subject
    from lifecycle.definition import Transition
    from lifecycle.guards import Finding
    from lifecycle.reading import Reading
    from lifecycle.rulebook import Rulebook
    from lifecycle.work import Work


def opening_rows(book: Rulebook, event: str | None = None) -> list[Transition]:
    """The rows by which people open a case of that workflow: all, or those of one event."""
    rows = [row for row in book.workflow.openings if row.by_person]
    return [row for row in rows if event in {None, row.event}]


def explain_opening(
    work: Work, *, workflow: str, event: str, subject: Subject, actor: Actor
) -> tuple[Finding, ...]:
    """Everything that opening the case today would need, met or not; nothing is written.

    Raises:
        CaseOpenError: the subject has an open case of that workflow.
        EventUnknownError: the workflow has no such opening.
    """
    return _findings(opening_of(work, workflow, event, subject, {}, work.today), actor)


def would_need(
    reading: Reading, book: Rulebook, rows: Sequence[Transition], subject: Subject, actor: Actor
) -> tuple[Finding, ...]:
    """The same for one of many, where no case is open and the actor's unit has the subject.

    What `Reading.read_ahead` has read is not read again.
    """
    decision = reading.decision(subject, book.facts_for(rows), reading.today, actor.unit_id)
    blank = blank_case(book, subject, actor.unit_id)
    return _findings(Opening(book, rows, blank, decision), actor)


def _findings(found: Opening, actor: Actor) -> tuple[Finding, ...]:
    told: list[Finding] = []
    for row in found.rows:
        findings: Sequence[Finding] = ()
        try:
            plan = plan_opening(found.book, found.blank, row, {}, actor, found.decision)
            findings = plan.findings if plan else ()
        except TransitionRefusedError as error:
            findings = error.findings
        told += [replace(one, target=row.target) for one in findings]
    return tuple(dict.fromkeys(told))
