"""What time does: deadlines that wake, years that begin, and facts that a date alone changes.

Every sweep asks the database what is due and is safe to run twice or on two hosts: it locks the
cases, re-reads their rows and moves `wake_at` on in the same transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.access import SYSTEM
from lifecycle.cases import CaseView, DeadlineStatus, DeadlineView, EntryKind, Subject
from lifecycle.deadlines import Moment, next_wake, wakes
from lifecycle.definition import Recorded, Stage, Yearly
from lifecycle.guards import Situation, holds
from lifecycle.moments import day_start, local_day
from lifecycle.owing import NoticeOwed, notices_owed
from lifecycle.plan import plan_opening
from lifecycle.registry import UNIT_IN_CHARGE
from lifecycle.settling import settle, settle_case, yearly_rows
from lifecycle.store.tables import case, deadline, job_run
from lifecycle.work import Work, blank_case
from lifecycle.workdays import year_begin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement, Connection

    from lifecycle.clock import Clock
    from lifecycle.definition import Transition
    from lifecycle.registry import Registry
    from lifecycle.rulebook import Rulebook

CHUNK = 50
ESCALATION = "escalation"
SETTLE_JOB = "settle"
YEARLY_JOB = "open_yearly_cases"


def due(
    connection: Connection,
    now: datetime,
    limit: int = CHUNK,
    narrowed: ColumnElement[bool] | None = None,
) -> list[tuple[int, int]]:
    """(case, deadline) of the next deadlines at which something is to be done.

    With `narrowed`, a condition on the table, only those that it holds for.
    """
    d = deadline.c
    # Literals, not parameters: only so can the partial index serve.
    waiting = sa.and_(
        d.status == sa.literal_column("'open'"), d.wake_at.is_not(None), d.wake_at <= now
    )
    if narrowed is not None:
        waiting = sa.and_(waiting, narrowed)
    rows = connection.execute(
        sa.select(d.case_id, d.id).where(waiting).order_by(d.wake_at, d.id).limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def sweep_deadlines(
    connection: Connection,
    registry: Registry,
    clock: Clock,
    limit: int = CHUNK,
    narrowed: ColumnElement[bool] | None = None,
) -> int:
    """Does what the next waking deadlines ask for; the number that it dealt with, 0 at rest."""
    now = clock.now(connection)
    waiting = due(connection, now, limit, narrowed)
    if not waiting:
        return 0
    free = _lock_free(connection, {case_id for case_id, _ in waiting})
    done = 0
    for case_id, deadline_id in waiting:
        if case_id not in free:
            continue
        work = _work(connection, registry, clock, f"deadline:{deadline_id}:{now.isoformat()}")
        work.locked |= free
        _wake(work, case_id, deadline_id)
        done += 1
    return done


def _lock_free(connection: Connection, case_ids: Iterable[int]) -> set[int]:
    """Those of the cases that nobody else holds, locked in the order of their numbers."""
    statement = sa.select(case.c.id).where(case.c.id.in_(sorted(case_ids))).order_by(case.c.id)
    if connection.dialect.name == "postgresql":
        statement = statement.with_for_update(skip_locked=True)
    return set(connection.execute(statement).scalars())


def _work(connection: Connection, registry: Registry, clock: Clock, request: str) -> Work:
    return Work(
        connection, registry, clock.now(connection), clock.today(connection), request, SYSTEM
    )


def _wake(work: Work, case_id: int, deadline_id: int) -> None:
    view = work.case(case_id)
    row = next((one for one in view.deadlines if one.id == deadline_id), None)
    if row is None or row.status is not DeadlineStatus.OPEN or row.wake_at is None:
        return
    if row.wake_at > work.now:
        return
    book = work.registry.book_of(view.workflow_text_id)
    rule = book.workflow.deadlines[row.rule]
    ahead = wakes(rule, row.raw_on, row.due_on, work.registry.policy.at(work.today, view.unit_id))
    reached = [wake for wake in ahead if local_day(row.wake_at) <= wake.on <= work.today]
    reminders = [wake for wake in reached if wake.moment is not Moment.FIRE]
    if reminders:
        # After downtime one reminder is enough: the latest that is due.
        stage = Stage.OVERDUE if reminders[-1].moment is Moment.OVERDUE else Stage.REMINDER
        remind(work, book, view, row, stage, reminders[-1].on)
    if any(wake.moment is Moment.FIRE for wake in reached):
        before = len(work.written)
        settle_case(work, book, view, work.today)
        if len(work.written) > before:
            first = work.written[before]
            settle(work, {view.subject} | work.touched, first.effective_on, first.entry_id)
            settle(work, {view.subject} | work.touched, work.today, first.entry_id)
    later = [wake for wake in ahead if wake.on > work.today]
    _move_on(work, row, next_wake(later, after=work.today))


def _move_on(work: Work, row: DeadlineView, wake: object) -> None:
    """Puts the row to its next moment; a moment that has come and fired nothing is over."""
    on = getattr(wake, "on", None)
    later = day_start(on) if isinstance(on, date) and on > work.today else None
    work.connection.execute(
        sa.update(deadline)
        .where(deadline.c.id == row.id, deadline.c.status == DeadlineStatus.OPEN.value)
        .values(wake_at=later)
    )


def remind(
    work: Work,
    book: Rulebook,
    view: CaseView,
    row: DeadlineView,
    stage: Stage,
    cause: date | str,
) -> None:
    """Owes the reminder of a deadline, and its escalation once it is overdue.

    The cause, a day or what somebody asked for, tells one reminder of a deadline from the others.
    """
    rule = book.workflow.deadlines[row.rule]
    names = book.reminder_facts(rule)
    decision = work.decision(view.subject, names, work.today, view.unit_id)
    situation = Situation(view, decision.facts, {}, decision.parameters, work.today, work.today)
    reminder = next(
        one
        for one in rule.reminder
        if all(holds(guard, situation, book.vocabulary) for guard in one.when)
    )
    owed = notices_owed(book, reminder.notice, stage, situation, to=reminder.to)
    if stage is Stage.OVERDUE and rule.escalates:
        owed += _escalated(work, view, owed)
    told = {"deadline": row.rule, "due_on": row.due_on.isoformat()}
    for one in owed:
        named = replace(one, values={**one.values, **told})
        work.owe(view, named, f"{view.id}:d{row.id}:{cause}", deadline_id=row.id)


def _escalated(work: Work, view: CaseView, owed: list[NoticeOwed]) -> list[NoticeOwed]:
    """A copy to the superior of the unit in charge."""
    path = work.registry.policy.ancestors(view.unit_id)
    if not owed or len(path) < 2:  # noqa: PLR2004 - the unit itself and its superior
        return []
    values = {**owed[0].values, ESCALATION: True}
    return [replace(owed[0], recipient=f"unit:{path[1]}", values=values)]


def open_yearly_cases(connection: Connection, registry: Registry, clock: Clock) -> int:
    """Opens the cases that a new year brings, looking once a day; the number of them."""
    today = clock.today(connection)
    if _covered(connection, YEARLY_JOB) == today:
        return 0
    opened = 0
    for book in registry.rulebooks.values():
        for row in yearly_rows(book):
            request = f"yearly:{book.workflow.workflow}:{clock.now(connection).isoformat()}"
            opened += _open_year(_work(connection, registry, clock, request), book, row)
    _cover(connection, YEARLY_JOB, today)
    return opened


def _open_year(work: Work, book: Rulebook, row: Transition) -> int:
    registry, kind = work.registry, row.for_each or book.workflow.subject
    eve, begins = _year_of(work, row)
    before = len(work.written)
    for subject_id in _begins_for(work, book, row, eve, begins):
        subject, names = Subject(kind, subject_id), book.facts_for([row]) | {UNIT_IN_CHARGE}
        read = registry.reader.read_one(work.connection, (kind, subject_id), names, eve)
        unit = read.get(UNIT_IN_CHARGE)
        unit_id = unit if isinstance(unit, int) else None
        decision = work.decide(kind, read, names, begins, unit_id)
        plan = plan_opening(book, blank_case(book, subject, unit_id), row, {}, None, decision)
        if plan is not None:
            view = work.open(book, subject, replace(plan, kind=EntryKind.TIME))
            settle_case(work, book, view, work.today)
    return sum(one.from_state is None for one in work.written[before:])


def _begins_for(
    work: Work, book: Rulebook, row: Transition, eve: date, begins: date
) -> Iterator[int]:
    """The subjects for which the row's conditions hold: asked of everybody, so little is read."""
    registry, kind = work.registry, row.for_each or book.workflow.subject
    names = book.guard_facts(row) | {UNIT_IN_CHARGE}
    everyone = sa.select(registry.domain.tables[kind].c.id)
    facts = registry.reader.read_many(work.connection, kind, everyone, names, eve)
    blank = blank_case(book, Subject(kind, 0), None)
    for subject_id, read in sorted(facts.items()):
        unit = read.get(UNIT_IN_CHARGE)
        unit_id = unit if isinstance(unit, int) else None
        decision = work.decide(kind, read, names, begins, unit_id)
        situation = Situation(blank, decision.facts, {}, decision.parameters, begins, work.today)
        if all(holds(guard, situation, book.vocabulary) for guard in row.guards):
            yield subject_id


def _year_of(work: Work, row: Transition) -> tuple[date, date]:
    """The day whose facts count, and the first day of the year that is opened by them."""
    if not isinstance(row.time, Yearly):
        msg = f"{row.event} is not opened by a year"
        raise TypeError(msg)
    start = str(work.registry.policy.at(work.today)[row.time.yearly.name])
    if not row.time.after:
        begins = year_begin(start, work.today)
        return begins, begins
    eve = year_begin(start, work.today - timedelta(days=1))
    return eve, eve + timedelta(days=1)


def settle_by_time(connection: Connection, registry: Registry, clock: Clock) -> int:
    """Settles what a date alone has changed since the last time; the number of entries written."""
    work = _work(connection, registry, clock, f"settle:{clock.now(connection).isoformat()}")
    covered = _covered(connection, SETTLE_JOB)
    written = 0
    if covered is None or covered < work.today:
        span = (covered or work.today - timedelta(days=1), work.today)
        changed = registry.domain.changed_between(connection, span, registry.policy)
        for day in registry.policy.changes(*span):
            changed.setdefault(day, set()).update(everybody(connection))
        for day, subjects in sorted(changed.items(), key=lambda one: one[0]):
            settle(work, subjects, day)
    for case_id in _years_over(work):
        view = work.case(case_id)
        settle_case(work, registry.book_of(view.workflow_text_id), view, work.today)
    written += len(work.written)
    _cover(connection, SETTLE_JOB, work.today)
    return written


def everybody(connection: Connection) -> set[Subject]:
    """What open cases are about: a change of the policy may concern any of them."""
    c = case.c
    statement = sa.select(c.subject_type, c.subject_id).where(c.closed_on.is_(None)).distinct()
    return {Subject(kind, number) for kind, number in connection.execute(statement)}


def _years_over(work: Work) -> list[int]:
    """The cases in a state that ends with the date recorded in them."""
    found: list[int] = []
    for book in work.registry.rulebooks.values():
        states = sorted(
            {
                source
                for row in book.workflow.transitions
                if isinstance(row.time, Recorded)
                for source in row.source
            }
        )
        if states:
            statement = sa.select(case.c.id).where(
                case.c.workflow == book.workflow.workflow, case.c.state.in_(states)
            )
            found += work.connection.execute(statement.order_by(case.c.id)).scalars()
    return found


def _covered(connection: Connection, job: str) -> date | None:
    statement = sa.select(job_run.c.last_covered_on).where(job_run.c.job == job)
    found: date | None = connection.execute(statement).scalar_one_or_none()
    return found


def _cover(connection: Connection, job: str, day: date) -> None:
    changed = connection.execute(
        sa.update(job_run).where(job_run.c.job == job).values(last_covered_on=day)
    )
    if changed.rowcount == 0:
        connection.execute(sa.insert(job_run).values(job=job, last_covered_on=day))


def sweep_all(
    connection: Connection, registry: Registry, clock: Clock, *, yearly: bool = True
) -> int:
    """Every sweep once, in the order in which time does its work; the number of things done.

    Without `yearly` nobody looks whether a new year has opened cases.
    """
    done = 0
    while dealt := sweep_deadlines(connection, registry, clock):
        done += dealt
    done += settle_by_time(connection, registry, clock)
    if yearly:
        done += open_yearly_cases(connection, registry, clock)
    while dealt := sweep_deadlines(connection, registry, clock):
        done += dealt
    return done
