"""How a case would have begun, by what is known now: by a list, by somebody, by rule, or never."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.cases import EntryKind
from lifecycle.correcting.steps import recorder, repeated
from lifecycle.definition import Yearly
from lifecycle.engine import with_named
from lifecycle.errors import TransitionRefusedError
from lifecycle.history import day_of
from lifecycle.plan import plan_opening
from lifecycle.reach import asked_to_open
from lifecycle.registry import SUBJECT_ENDED
from lifecycle.store.tables import case
from lifecycle.takeover import classify_again
from lifecycle.work import blank_case

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.cases import CaseView, Subject
    from lifecycle.correcting.steps import Step
    from lifecycle.definition import Transition
    from lifecycle.history import Body
    from lifecycle.plan import Plan
    from lifecycle.rulebook import Rulebook
    from lifecycle.work import Work


def plan_reopening(
    work: Work,
    book: Rulebook,
    before: CaseView,
    first: Body,
    step: Step | None,
    days: Sequence[date],
) -> Plan | None:
    """The entry with which the case would have begun; None when it would not have.

    Args:
        work: the unit of work.
        book: the rules under which the case runs.
        before: the case as it was.
        first: how it began.
        step: what somebody said to open it, when somebody did and does not take that back.
        days: the days on which a rule may open it, ascending.

    Raises:
        TransitionRefusedError: somebody could not have opened it so.
    """
    if first["kind"] == EntryKind.TAKEN_OVER:
        return classify_again(work, book, before, day_of(first))
    rows = [one for one in book.workflow.openings if one.event == first["event"]]
    if step is not None:
        return _by_somebody(work, book, before, [one for one in rows if one.by_person], step)
    if any(one.by_person for one in rows):
        return None  # somebody opened it, and takes that back
    return _by_rule(work, book, before, rows, first, days)


def _by_somebody(
    work: Work, book: Rulebook, before: CaseView, rows: Sequence[Transition], step: Step
) -> Plan:
    blank = blank_case(book, before.subject, before.unit_id)
    decision = work.decision(before.subject, book.facts_for(rows), step.on, before.unit_id)
    decision = with_named(work, decision, rows, step.entered)
    refusal: TransitionRefusedError | None = None
    for row in rows:
        try:
            plan = plan_opening(book, blank, row, step.entered, recorder(step), decision)
        except TransitionRefusedError as error:
            refusal = error
        else:
            if plan is not None:
                return repeated(plan, step)
    raise refusal or TransitionRefusedError(before.ref, "-", step.event, ())


def _by_rule(
    work: Work,
    book: Rulebook,
    before: CaseView,
    rows: Sequence[Transition],
    first: Body,
    days: Sequence[date],
) -> Plan | None:
    """On the first day on which a row's guards hold."""
    about = _candidate(work, before.subject, rows, first)
    names = asked_to_open(work.registry, book, rows)
    blank = blank_case(book, before.subject, before.unit_id)
    for day, facts_on in _days(work, before, rows, day_of(first), days):
        decision = work.decision(about, names, facts_on, before.unit_id)
        decision = replace(decision, effective_on=day)
        if decision.facts.get(SUBJECT_ENDED):
            continue
        for row in rows:
            plan = plan_opening(book, blank, row, {}, None, decision)
            if plan is not None:
                return replace(plan, kind=EntryKind(first["kind"]))
    return None


def _days(
    work: Work,
    before: CaseView,
    rows: Sequence[Transition],
    opened_on: date,
    days: Sequence[date],
) -> Iterator[tuple[date, date]]:
    """The days on which a rule may open it, each with the day whose facts count."""
    years = [one.time for one in rows if isinstance(one.time, Yearly)]
    if years:
        eve = opened_on - timedelta(days=1)
        yield opened_on, eve if any(one.after for one in years) else opened_on
        return
    c, about = case.c, before.subject
    earlier = sa.select(sa.func.max(c.closed_on, type_=c.closed_on.type)).where(
        c.workflow == before.workflow,
        c.subject_type == about.type,
        c.subject_id == about.id,
        c.id < before.id,
    )
    free_on = work.connection.execute(earlier).scalar()
    for day in sorted({*days, opened_on}):
        if free_on is None or day >= free_on:
            yield day, day


def _candidate(work: Work, subject: Subject, rows: Sequence[Transition], first: Body) -> Subject:
    """Whom the opening is about: the subject, or the thing for which it makes one."""
    kind = rows[0].for_each if rows else ""
    if not kind or not first["creates"]:
        return subject
    table, values = first["creates"]
    named = work.registry.domain.subjects_of(table, values)
    return next((one for one in named if one.type == kind), subject)
