"""Settling: what follows by rule or by time from a change, stratum by stratum, to its rest.

Automatic guards read downward only, so one pass upward is enough unless an opening or an effect
touches something new; then the pass is repeated until nothing fires.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from lifecycle.cases import REGISTER, CaseView, DeadlineStatus, DeadlineView, Subject
from lifecycle.deadlines import early_moment
from lifecycle.definition import Before, DeadlineRule, Recorded, Transition, Yearly
from lifecycle.errors import SettlingError
from lifecycle.plan import Plan, plan_automatic, plan_closing, plan_opening, plan_pauses
from lifecycle.reach import (
    asked_at_rest,
    asked_to_open,
    may_end,
    may_pause,
    reaches_anything,
    reaches_case,
    reaches_openings,
)
from lifecycle.registry import SUBJECT_ENDED, UNIT_IN_CHARGE
from lifecycle.store import hot
from lifecycle.unit_in_charge import follow_units
from lifecycle.work import Work, blank_case
from lifecycle.workdays import PeriodKind, moment_reached

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lifecycle.policy import Parameters
    from lifecycle.rulebook import Rulebook

MOST_PASSES = 20


def settle(
    work: Work,
    subjects: Iterable[Subject],
    on: date,
    cause: int | None = None,
    *,
    narrowly: bool = False,
) -> None:
    """Fires everything that holds on `on` for the cases about `subjects` and what they affect.

    When `narrowly`, only the cases written to so far, and those whose facts read what was
    written; what time has changed meanwhile is then left to the sweep.

    Raises:
        SettlingError: a definition keeps firing; nothing is stored.
    """
    seeds = set(subjects)
    for _ in range(MOST_PASSES):
        before = len(work.written)
        reach = _Reach(work, dict(work.moved), frozenset(work.changed)) if narrowly else None
        around: set[Subject] = set()
        if reach is None or reaches_anything(work.registry, reach.changed):
            around = work.related(seeds) | seeds
        work.touched.clear()
        work.moved.clear()
        work.changed.clear()
        _pass(work, around, on, cause, reach)
        if len(work.written) == before:
            return
        seeds = set(work.touched)
    last = work.written[-5:]
    raise SettlingError(last[-1].ref, [f"{one.ref} {one.event}" for one in last])


@dataclass(frozen=True, slots=True)
class _Reach:
    """What was written since the last pass; during a pass, what the pass itself wrote too."""

    work: Work
    moved: Mapping[int, CaseView]
    changed: frozenset[str]

    def case(self, book: Rulebook, view: CaseView) -> bool:
        changed = self.changed | self.work.changed
        return view.id in self.moved or reaches_case(self.work.registry, book, view, changed)

    def openings(self, book: Rulebook) -> bool:
        return reaches_openings(self.work.registry, book, self.changed | self.work.changed)


def _pass(
    work: Work, subjects: set[Subject], on: date, cause: int | None, reach: _Reach | None
) -> None:
    moved = reach.moved if reach else {}
    case_ids = set(work.cases_of(subjects))
    work.lock(case_ids)
    units = follow_units(work, subjects, reach.changed if reach else None)
    by_workflow: dict[str, list[CaseView]] = {}
    found = [
        *work.cases(case_ids - moved.keys()),
        *(_under(one, units) for one in moved.values()),
    ]
    views = sorted((one for one in found if one.closed_on is None), key=lambda one: one.id)
    _read_ahead(work, views, on, reach)
    for view in views:
        by_workflow.setdefault(view.workflow, []).append(view)
    for stratum in work.registry.strata:
        for book in stratum:
            for view in by_workflow.get(book.workflow.workflow, []):
                law = work.registry.book_of(view.workflow_text_id)
                if reach is None or reach.case(law, view):
                    settle_case(work, law, view, on, cause)
        for book in stratum:
            if reach is None or reach.openings(book):
                open_what_is_due(work, book, subjects, by_workflow, on, cause)


def _under(view: CaseView, units: Mapping[Subject, int]) -> CaseView:
    """A case as it was written, with the unit that is in charge of it now."""
    if view.workflow == REGISTER and view.unit_id is None:
        return view
    return replace(view, unit_id=units.get(view.subject, view.unit_id))


def _read_ahead(work: Work, views: Iterable[CaseView], on: date, reach: _Reach | None) -> None:
    """Reads together what the cases at rest will be asked, where several are asked the same."""
    asked: dict[tuple[str, frozenset[str], date], list[int]] = {}
    for view in views:
        book = work.registry.book_of(view.workflow_text_id)
        if reach is not None and not reach.case(book, view):
            continue
        names = asked_at_rest(work.registry, book, view)
        key = (view.subject.type, names, max(on, view.last_on or on))
        asked.setdefault(key, []).append(view.subject.id)
    for (kind, names, day), ids in asked.items():
        if names and len(ids) > 1:
            work.read_ahead(kind, ids, names, day)


def settle_case(
    work: Work, book: Rulebook, view: CaseView, on: date, cause: int | None = None
) -> CaseView:
    """Lets one case come to rest as of `on`, and gives it back as it then is.

    Raises:
        SettlingError: more steps than the workflow has states: an automatic circle.
    """
    most = 2 * len(book.workflow.states) + len(view.deadlines) + 2
    path: list[str] = []
    while view.closed_on is None:
        plan = next_plan(work, book, view, on)
        if plan is None:
            return view
        path.append(plan.event)
        if len(path) > most:
            raise SettlingError(view.ref, path)
        view = work.write(book, view, plan, cause)
    return view


def next_plan(work: Work, book: Rulebook, view: CaseView, on: date) -> Plan | None:
    """The next step that rule or time takes in a case, or None when it rests."""
    return (
        _time_passed(work, book, view, on)
        or _ended_or_automatic(work, book, view, on)
        or _year_over(work, book, view, on)
    )


def _time_passed(work: Work, book: Rulebook, view: CaseView, on: date) -> Plan | None:
    parameters = work.registry.policy.at(on, view.unit_id)
    moments = [
        (moment, row, early)
        for row in view.deadlines
        if row.status is DeadlineStatus.OPEN and row.rule in book.workflow.deadlines
        for moment, early in firings(book.workflow.deadlines[row.rule], row, parameters)
        if moment <= on
    ]
    for moment, row, early in sorted(moments, key=lambda one: (one[0], one[1].id)):
        rows = [one for one in book.workflow.exits(view.state) if fired_by(one, row.rule, early)]
        plan = _timed_plan(work, book, view, rows, moment)
        if plan is not None:
            return plan
    return None


def firings(
    rule: DeadlineRule, row: DeadlineView, parameters: Parameters
) -> Iterable[tuple[date, bool]]:
    """The days on which a deadline makes time act, each with whether that is ahead of its date."""
    if rule.fires_before is not None:
        yield early_moment(rule.fires_before, row.raw_on, parameters), True
    if rule.fires:
        yield moment_reached(PeriodKind(row.kind), row.due_on), False


def fired_by(row: Transition, deadline: str, early: bool) -> bool:  # noqa: FBT001 - one of two kinds
    """Whether time takes that row when the deadline's day (or the one ahead of it) has come."""
    if isinstance(row.time, Before):
        return early and row.time.before == deadline
    return not early and row.time == deadline


def _timed_plan(
    work: Work, book: Rulebook, view: CaseView, rows: list[Transition], moment: date
) -> Plan | None:
    if not rows:
        return None
    decision = work.decision(view.subject, book.facts_for(rows), moment, view.unit_id)
    return plan_automatic(book, view, decision, rows)


def _ended_or_automatic(work: Work, book: Rulebook, view: CaseView, on: date) -> Plan | None:
    rows = book.workflow.automatic(view.state)
    pauses, ends = may_pause(book, view), may_end(work.registry, book)
    if not (rows or pauses or ends):
        return None
    # The later of the cause's day and the case's own last entry (DESIGN: automatic entries).
    effective_on = max(on, view.last_on or on)
    names = asked_at_rest(work.registry, book, view)
    decision = work.decision(view.subject, names, effective_on, view.unit_id)
    if ends and decision.facts.get(SUBJECT_ENDED):
        return plan_closing(book, view, decision)
    plan = plan_automatic(book, view, decision) if rows else None
    return plan or (plan_pauses(book, view, decision) if pauses else None)


def _year_over(work: Work, book: Rulebook, view: CaseView, on: date) -> Plan | None:
    """Rows that time fires on the day after a date recorded in the case."""
    for row in book.workflow.exits(view.state):
        if not isinstance(row.time, Recorded):
            continue
        until = view.fields.get(row.time.recorded)
        if isinstance(until, date) and on > until:
            rows = [
                one
                for one in book.workflow.rows(view.state, row.event)
                if isinstance(one.time, Recorded)
            ]
            return _timed_plan(work, book, view, rows, until + timedelta(days=1))
    return None


def open_what_is_due(
    work: Work,
    book: Rulebook,
    subjects: set[Subject],
    by_workflow: dict[str, list[CaseView]],
    on: date,
    cause: int | None,
) -> None:
    """Opens the cases whose opening rows hold and that no open case covers yet."""
    rows = [row for row in book.workflow.openings if row.automatic]
    if not rows:
        return
    covered = {view.subject for view in by_workflow.get(book.workflow.workflow, [])}
    candidate_type = rows[0].for_each or book.workflow.subject
    for subject in sorted(subjects, key=lambda one: (one.type, one.id)):
        if subject.type != candidate_type or subject in covered:
            continue
        if on < work.today and _had_one(work, book, subject, on):
            continue  # what is settled for a day long past may have had its case then
        opened = open_if_due(work, book, subject, rows, on, cause)
        if opened is not None:
            settle_case(work, book, opened, on, cause)


def _had_one(work: Work, book: Rulebook, subject: Subject, on: date) -> bool:
    """Whether a case of the workflow was open for the subject on that day."""
    found = hot.FIND_CASE_THEN.rows(
        work.connection,
        workflow=book.workflow.workflow,
        subject_type=subject.type,
        subject_id=subject.id,
        on_day=on,
    )
    return bool(found)


def open_if_due(
    work: Work,
    book: Rulebook,
    subject: Subject,
    rows: list[Transition],
    on: date,
    cause: int | None,
) -> CaseView | None:
    """Opens a case by the first of `rows` whose guards hold for the subject."""
    names = asked_to_open(work.registry, book, rows)
    if (subject.type, UNIT_IN_CHARGE) in work.registry.facts.facts:
        work.read(subject, names | {UNIT_IN_CHARGE}, on)  # both below then need no other SELECT
    unit_id = work.unit_in_charge(subject, on)
    decision = work.decision(subject, names, on, unit_id)
    if decision.facts.get(SUBJECT_ENDED):
        return None  # what has ended gets no case, whatever still hangs on it
    blank = blank_case(book, subject, unit_id)
    for row in rows:
        plan = plan_opening(book, blank, row, {}, None, decision)
        if plan is not None:
            return work.open(book, subject, plan, cause)
    return None


def yearly_rows(book: Rulebook) -> list[Transition]:
    """The rows by which time opens a case every year."""
    return [row for row in book.workflow.openings if isinstance(row.time, Yearly)]
