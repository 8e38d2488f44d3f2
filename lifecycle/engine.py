"""Act: lock, plan, write everything, let what follows settle; all in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from json import loads
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import sqlalchemy as sa

from lifecycle.access import SYSTEM
from lifecycle.backdating import rewind
from lifecycle.cases import REGISTER as REGISTER  # noqa: PLC0414 - known from here
from lifecycle.cases import CaseView, EntryKind, Subject
from lifecycle.entered import LONGEST_TEXT, named_by, read_field
from lifecycle.errors import (
    CaseOpenError,
    DateProblem,
    EventDateError,
    EventUnknownError,
    TransitionRefusedError,
)
from lifecycle.identity_numbers import refuse_identity_numbers
from lifecycle.moments import local_day
from lifecycle.plan import Decision, Plan, findings_of, plan_event, plan_opening
from lifecycle.reach import asked_at_rest
from lifecycle.settling import settle, settle_case
from lifecycle.store import hot
from lifecycle.store.tables import entry
from lifecycle.waiving import WAIVED, plan_waiver
from lifecycle.work import Work, Written, blank_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from lifecycle.access import Actor
    from lifecycle.clock import Clock
    from lifecycle.definition import Transition
    from lifecycle.guards import Finding
    from lifecycle.register import RegisterChange
    from lifecycle.registry import Registry
    from lifecycle.rulebook import Rulebook

REASON = "reason"
"""The field of an entry of such a file that says why."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an act wrote: its own entry first, then everything that followed from it."""

    view: CaseView
    written: tuple[Written, ...]
    findings: tuple[Finding, ...] = ()
    repeated: bool = False
    """The request had been carried out before; nothing was written now."""


def begin(
    connection: Connection,
    registry: Registry,
    clock: Clock,
    actor: Actor,
    request_id: str | None = None,
) -> Work:
    """A unit of work in the caller's transaction."""
    now = clock.now(connection)
    return Work(connection, registry, now, local_day(now), request_id or uuid4().hex, actor)


def advance(
    connection: Connection,
    registry: Registry,
    clock: Clock,
    *,
    case_id: int,
    event: str,
    actor: Actor,
    fields: Mapping[str, Any] | None = None,
    effective_on: date | None = None,
    expected_version: int | None = None,
    request_id: str | None = None,
) -> Done:
    """Records an event in a case and lets what follows settle.

    Raises:
        CaseNotFoundError: there is no such case.
        CaseChangedError: it was changed since `expected_version`.
        EventUnknownError: the state has no such event.
        EventDateError: the day is after today, or before what people recorded since.
        TransitionRefusedError: with every finding.
    """
    work = begin(connection, registry, clock, actor, request_id)
    work.lock_around(case_id)
    # Under the lock: the same request may be on its way twice.
    with hot.together(connection):
        earlier = hot.FIND_REQUEST.send(connection, request=request_id)
        view = work.case(case_id)
    if found := earlier.rows():
        done_in = work.case(found[0][1])
        return Done(done_in, written_by(connection, work.request_id), repeated=True)
    if expected_version is not None and view.version != expected_version:
        raise work.changed_meanwhile(view.ref, view.id, expected_version)
    book = registry.book_of(view.workflow_text_id)
    on = effective_on or work.today
    if event == WAIVED:
        plan = plan_waiver(book, view, fields or {}, actor, (on, work.today))
        done = Done(work.write(book, view, plan), tuple(work.written), plan.findings)
    else:
        done = _record(work, book, view, event, fields or {}, actor, on)
    so_far = len(work.written)
    follow(work, {view.subject} | work.touched, on, done.written[0].entry_id)
    after = done.view if len(work.written) == so_far else work.case(case_id)
    return Done(after, tuple(work.written), done.findings)


def written_by(connection: Connection, request_id: str) -> tuple[Written, ...]:
    """The entries that an earlier request wrote in its case."""
    e = entry.c
    rows = connection.execute(
        sa.select(e.id, e.case_id, e.seq, e.kind, e.event, e.from_state, e.to_state, e.effective_on)
        .where(sa.or_(e.request_id == request_id, e.request_id.like(f"{request_id}/%")))
        .order_by(e.id)
    )
    return tuple(
        Written(
            row.id,
            row.case_id,
            "",
            row.seq,
            EntryKind(row.kind),
            row.event,
            row.from_state,
            row.to_state,
            row.effective_on,
            (),
            (),
        )
        for row in rows
    )


def _record(
    work: Work,
    book: Rulebook,
    view: CaseView,
    event: str,
    fields: Mapping[str, Any],
    actor: Actor,
    on: date,
) -> Done:
    rewound = rewind(work, book, view, event, on)
    current = rewound.view
    if not rewound.supersedes:
        # Read together; and what time alone should have done before this day comes first.
        asked = asked_at_rest(work.registry, book, view) | _asked_by(book, view, event)
        work.read(view.subject, asked, on)
        current = settle_case(work, book, current, on)
    decision = decision_for(work, book, current, event, on)
    rows = book.workflow.rows(current.state, event)
    decision = replace(
        with_named(work, decision, rows, fields), recorders=recorders_of(work, current, rows)
    )
    plan = plan_event(book, current, event, fields, actor, decision)
    plan = replace(
        plan,
        supersedes=rewound.supersedes,
        deadlines=(*rewound.changes, *plan.deadlines),
    )
    if rewound.supersedes:
        # The stored rows are those of today: the entry brings them back before it goes on.
        current = replace(current, deadlines=view.deadlines)
    first = len(work.written)
    after = work.write(book, current, plan)
    written = work.written[first:] + work.written[:first]
    return Done(after, tuple(written), plan.findings)


def with_named(
    work: Work, decision: Decision, rows: Sequence[Transition], entered: Mapping[str, Any]
) -> Decision:
    """The decision with what is known of the things that entered numbers name."""
    named = _named_things(work, rows, entered)
    if not named:
        return decision
    domain, on = work.registry.domain, decision.effective_on
    told = domain.facts_of_named(work.connection, named, on)
    asked = {name: value for name, value in told.items() if name in decision.facts}
    return replace(decision, named=named, facts={**decision.facts, **asked})


def _named_things(
    work: Work, rows: Sequence[Transition], entered: Mapping[str, Any]
) -> Mapping[Subject, str | None]:
    """What each is called, None when it is not there."""
    named: set[Subject] = set()
    for row in rows:
        for name, spec in row.fields.items():
            if spec.refers_to and name in entered:
                named.update(named_by(spec, read_field(spec, entered[name])))
    known = work.registry.domain.names(work.connection, named) if named else {}
    return {one: known.get(one) for one in named}


def recorders_of(
    work: Work, view: CaseView, rows: Sequence[Transition]
) -> Mapping[str, frozenset[str]]:
    """Who answers for the last of each event that the rows want somebody else to have recorded."""
    wanted = {row.differs_from for row in rows if row.differs_from}
    if not wanted:
        return {}
    e = entry.c
    statement = sa.select(e.event, e.body).where(e.case_id == view.id, e.event.in_(wanted))
    actors = {row[0]: loads(bytes(row[1]))["actor"] for row in
              work.connection.execute(statement.order_by(e.seq))}  # fmt: skip
    return {
        event: frozenset(filter(None, (one["id"], one["for"]))) for event, one in actors.items()
    }


def decision_for(work: Work, book: Rulebook, view: CaseView, event: str, on: date) -> Decision:
    """The facts that deciding on `event` needs, as of `on`."""
    return work.decision(view.subject, _asked_by(book, view, event), on, view.unit_id)


def _asked_by(book: Rulebook, view: CaseView, event: str) -> frozenset[str]:
    rows = [row for row in book.workflow.rows(view.state, event) if row.by_person]
    return book.facts_for(rows)


def follow(work: Work, subjects: Iterable[Subject], on: date, cause: int | None) -> None:
    """Settles what an act of day `on` causes; for a back-dated act, day by day up to today."""
    seeds = set(subjects)
    if on >= work.today:
        settle(work, seeds, on, cause, narrowly=True)
        return
    settle(work, seeds, on, cause)
    around = work.related(seeds)
    span, policy = (on, work.today), work.registry.policy
    days = work.registry.domain.change_dates(work.connection, around, span, policy)
    for day in sorted(days | policy.changes(*span) | {work.today}):
        settle(work, seeds, day, cause)


def explain(
    work: Work,
    case_id: int,
    event: str | None = None,
    actor: Actor | None = None,
    fields: Mapping[str, Any] | None = None,
) -> list[tuple[str, tuple[Finding, ...]]]:
    """For every event that somebody may record now (or for `event`): all its findings.

    Args:
        work: a unit of work; nothing is written.
        case_id: the case.
        event: the event to explain; every possible one when left out.
        actor: who would record it; without, no role is asked for.
        fields: what would be entered with it.

    Raises:
        EventUnknownError: the state has no such event.
    """
    view = work.case(case_id)
    book = work.registry.book_of(view.workflow_text_id)
    possible = book.workflow.possible(view.state)
    if event is not None and event not in possible:
        raise EventUnknownError(view.ref, view.state, event, possible)
    answers = []
    for name in [event] if event else possible:
        decision = decision_for(work, book, view, name, work.today)
        rows = book.workflow.rows(view.state, name)
        decision = replace(decision, recorders=recorders_of(work, view, rows))
        answers.append((name, findings_of(book, view, name, fields or {}, actor, decision)))
    return answers


@dataclass(frozen=True, slots=True)
class Opening:
    """What deciding on the opening of a case by a person looks at."""

    book: Rulebook
    rows: Sequence[Transition]
    blank: CaseView
    decision: Decision


def open_by_person(
    work: Work,
    *,
    workflow: str,
    event: str,
    subject: Subject,
    actor: Actor,
    fields: Mapping[str, Any] | None = None,
    on: date | None = None,
) -> Done:
    """Opens a case by an opening event that people record, and settles.

    Raises:
        CaseOpenError: the subject has an open case of that workflow.
        EventDateError: the day is after today.
        EventUnknownError: the workflow has no such opening.
        TransitionRefusedError: with every finding.
    """
    day, entered = on or work.today, fields or {}
    found = opening_of(work, workflow, event, subject, entered, day)
    refusals: list[TransitionRefusedError] = []
    for row in found.rows:
        try:
            plan = plan_opening(found.book, found.blank, row, entered, actor, found.decision)
        except TransitionRefusedError as error:
            refusals.append(error)
            continue
        if plan is not None:
            view = work.open(found.book, subject, plan)
            follow(work, {subject} | work.touched, day, work.written[-1].entry_id)
            return Done(work.case(view.id), tuple(work.written), plan.findings)
    raise refusals[0]


def opening_of(
    work: Work, workflow: str, event: str, subject: Subject, entered: Mapping[str, Any], day: date
) -> Opening:
    """The rows by which people may open the case on that day, and what they are decided on.

    Raises:
        CaseOpenError: the subject has an open case of that workflow.
        EventDateError: the day is after today.
        EventUnknownError: the workflow has no such opening.
    """
    book = work.registry.book(workflow)
    rows = [row for row in book.workflow.openings if row.event == event and row.by_person]
    if not rows:
        known = [row.event for row in book.workflow.openings if row.by_person]
        raise EventUnknownError(book.workflow.code, "-", event, known)
    if day > work.today:
        problem = DateProblem.AFTER_TODAY
        raise EventDateError(book.workflow.code, event, day, problem, work.today)
    found = hot.FIND_OPEN_CASE.rows(
        work.connection, workflow=workflow, subject_type=subject.type, subject_id=subject.id
    )
    if found:
        raise CaseOpenError(f"{book.workflow.code}-{found[0][0]}", event)
    unit_id = work.unit_in_charge(subject, day)
    decision = work.decision(subject, book.facts_for(rows), day, unit_id)
    decision = with_named(work, decision, rows, entered)
    return Opening(book, rows, blank_case(book, subject, unit_id), decision)


def record_rows(
    work: Work,
    subject: Subject,
    changes: Sequence[RegisterChange],
    on: date,
    *,
    settles: bool = True,
    event: str = "recorded",
    kind: EntryKind = EntryKind.EVENT,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> Written:
    """Writes register rows about a subject into its file, and settles.

    The file of a subject is a case of the workflow `register`: its chain holds everything that
    was recorded about the subject outside the events of its cases. A reason is a personal value
    like every free text.

    Raises:
        ValueError: the reason is longer than a free text may be (rulebook F14); callers ask first.
        IdentityNumberError: an identity number may stand in the reason (rulebook F8).
    """
    refuse_identity_numbers(reason)
    if len(reason) > LONGEST_TEXT:
        msg = f"a reason has at most {LONGEST_TEXT} characters, this one {len(reason)}"
        raise ValueError(msg)
    book = work.registry.book(REGISTER)
    view = file_of(work, book, subject, on)
    plan = Plan(
        kind,
        event,
        view.state,
        view.state,
        on,
        fields={REASON: reason} if reason else {},
        personal=frozenset({REASON}),
        register=tuple(changes),
        by_person=work.actor is not SYSTEM,
        cite=("practice",),
        details=details or {},
    )
    work.write(book, view, plan)
    written = work.written[-1]
    if settles:
        follow(work, {subject} | work.touched, on, written.entry_id)
    return written


def file_of(work: Work, book: Rulebook, subject: Subject, on: date) -> CaseView:
    """The register file of a subject; opened when there is none yet."""
    found = hot.FIND_OPEN_CASE.rows(
        work.connection, workflow=REGISTER, subject_type=subject.type, subject_id=subject.id
    )
    if found:
        return work.case(found[0][0])
    plan = Plan(EntryKind.OPENED, "opened", None, book.workflow.initial, on, cite=("practice",))
    return work.open(book, subject, plan)
