"""Leading a case through its days once more, after something that it rests on was corrected.

What people said is said again on its day; what rule and time did is left to rule and time. The
first entry takes back everything from there on and brings the deadlines to where they stood; the
others follow it as they would have followed then. Everything is written for real: whoever only
wants to look rolls back (`lifecycle.correcting`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.backdating import go_back
from lifecycle.cases import CaseView, DeadlineStatus, EntryKind
from lifecycle.correcting.reopening import plan_reopening
from lifecycle.correcting.steps import is_carrier, recorder, repeated
from lifecycle.correcting.trying import Trial
from lifecycle.deadlines import SUPERSEDED, DeadlineAct, close
from lifecycle.definition import Recorded
from lifecycle.engine import decision_for, recorders_of, with_named
from lifecycle.errors import EventUnknownError, TransitionRefusedError
from lifecycle.history import Body, bodies_of, day_of
from lifecycle.plan import Plan, plan_event
from lifecycle.recomputing import RECOMPUTED, moved_before
from lifecycle.settling import firings, settle_case
from lifecycle.store.tables import case, case_state
from lifecycle.waiving import waivable
from lifecycle.work import blank_case

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from lifecycle.access import Actor
    from lifecycle.cases import Subject
    from lifecycle.correcting.steps import Step
    from lifecycle.guards import Finding
    from lifecycle.rulebook import Rulebook
    from lifecycle.work import Work


@dataclass(frozen=True, slots=True)
class Heading:
    """What the entry says that takes others back."""

    event: str
    kind: EntryKind = EntryKind.CORRECTION
    corrects: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Why: a personal value."""
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Impossible:
    """A step that somebody recorded and that could not have been taken."""

    ref: str
    seq: int
    event: str
    on: date
    state: str
    findings: tuple[Finding, ...]
    is_new: bool
    """Whether it is the very step that is being corrected."""


@dataclass(slots=True)
class Reenactment:
    """One case on its way through its days; `impossible` fills with what cannot be repeated."""

    work: Work
    book: Rulebook
    heading: Heading
    days: Sequence[date]
    """On which something around the case changes, ascending, none of them after today."""
    impossible: list[Impossible] = field(default_factory=list)
    _cause: int | None = None

    def run(
        self,
        before: CaseView,
        kept: Sequence[Body],
        dropped: Sequence[Body],
        steps: Iterable[Step],
        starts_on: date,
    ) -> CaseView:
        """The case as it comes out when everything in `dropped` is taken back, from that day on."""
        pending = sorted(steps, key=lambda one: (one.on, one.seq))
        if kept:
            rewound = go_back(self.work, self.book, before, kept, dropped, starts_on)
            self._hold(before)
            # The stored rows are those of today: the entry brings them back before it goes on.
            current = replace(rewound.view, deadlines=before.deadlines, closed_on=None)
            plan = replace(self._carrier(current, starts_on), deadlines=rewound.changes)
            view = self._write(current, replace(plan, supersedes=rewound.supersedes))
        else:
            opened = self._open(before, dropped, pending)
            if opened is None:
                self._refuse_all(before, [one for one in pending if not one.opens])
                return self.work.case(before.id)
            view = opened
            pending = [one for one in pending if not one.opens]
            starts_on = view.last_on or starts_on
        view = self._through(view, pending, starts_on, _first_on_its_day(dropped))
        return self._release(view)

    def _carrier(self, view: CaseView, on: date) -> Plan:
        return Plan(
            self.heading.kind,
            self.heading.event,
            view.state,
            view.state,
            on,
            fields=self.heading.fields,
            personal=frozenset(self.heading.fields),
            by_person=True,
            cite=("practice",),
            corrects=self.heading.corrects,
        )

    def _write(self, view: CaseView, plan: Plan, actor: Actor | None = None) -> CaseView:
        after = self.work.write(self.book, view, plan, self._cause or self.heading.cause, actor)
        if self._cause is None:
            self._cause = self.work.written[-1].entry_id
        return after

    # -- a case that had ended ---------------------------------------------------------------

    def _hold(self, before: CaseView) -> None:
        if before.closed_on is not None:
            self.work.ended[before.id] = before.closed_on

    def _release(self, view: CaseView) -> CaseView:
        """Lets a case that had ended and has not any more count as open again."""
        if self.work.ended.pop(view.id, None) is None or view.closed_on is not None:
            return view
        c, about = case.c, view.subject
        another = sa.select(c.id).where(
            c.workflow == view.workflow,
            c.subject_type == about.type,
            c.subject_id == about.id,
            c.closed_on.is_(None),
        )
        if (number := self.work.connection.execute(another).scalar()) is not None:
            ref = f"{view.code}-{number}"
            self.impossible.append(
                Impossible(ref, 1, "opened", self.work.today, view.state, (), is_new=False)
            )
            return view
        reopened = sa.update(case).where(c.id == view.id).values(closed_on=None)
        self.work.connection.execute(reopened)
        self.work.forget({case.name, f"{case.name}:{view.workflow}"})
        return view

    # -- the opening -------------------------------------------------------------------------

    def _open(
        self, before: CaseView, dropped: Sequence[Body], pending: Sequence[Step]
    ) -> CaseView | None:
        """The case opened anew where it would have been; None when it never would have been."""
        # Where the case has been taken back whole before, its first entry says how it began.
        began = bodies_of(self.work.connection, before.id)[0]
        first = began if is_carrier(dropped[0]) else dropped[0]
        first = {**first, "creates": began["creates"]}
        step = next((one for one in pending if one.opens), None)
        blank = blank_case(self.book, before.subject, before.unit_id)
        defaults = {
            name: spec.default
            for name, spec in self.book.workflow.fields.items()
            if spec.default is not None
        }
        bare = replace(
            blank,
            id=before.id,
            workflow_text_id=before.workflow_text_id,
            fields=defaults,
            version=before.version,
            head_hash=before.head_hash,
            deadlines=before.deadlines,
        )
        self._hold(before)
        # How it would have begun is read as if it never had: its own traces are gone meanwhile.
        trial, written = Trial.begin(self.work), self._cause
        never = self._begin(bare, self._never(bare, day_of(first)), dropped, None)
        try:
            found = plan_reopening(self.work, self.book, before, first, step, self.days)
        except TransitionRefusedError as error:
            found = None
            self._refuse(before, step or pending[0], error.findings)
        if found is None:
            trial.keep()
            self.work.ended.pop(never.id, None)
            return None
        trial.take_back()
        self._cause = written
        return self._begin(bare, found, dropped, step)

    def _begin(
        self, bare: CaseView, plan: Plan, dropped: Sequence[Body], step: Step | None
    ) -> CaseView:
        """Writes the entry that takes everything back and begins the case as planned."""
        on = plan.effective_on
        plan = replace(
            plan,
            creates=None,
            register=tuple(one.about(bare.subject.id) for one in plan.register),
            deadlines=(
                *(close(one, DeadlineAct.CANCEL, on, SUPERSEDED) for one in bare.deadlines),
                *plan.deadlines,
            ),
            fields={**plan.fields, **self.heading.fields},
            personal=plan.personal | frozenset(self.heading.fields),
            supersedes=tuple(one["seq"] for one in dropped),
            corrects=self.heading.corrects,
            details={**plan.details, "opened_again": dropped[0]["seq"]},
        )
        return self._write(bare, plan, step.actor if step and not step.is_new else None)

    def _never(self, bare: CaseView, on: date) -> Plan:
        """The entry that ends, on its first day, what never should have begun."""
        return Plan(
            EntryKind.WITHDRAWN,
            self.heading.event,
            None,
            self.book.workflow.closing_state or bare.state,
            on,
            by_person=True,
            cite=("practice",),
        )

    # -- the days ----------------------------------------------------------------------------

    def _through(
        self, view: CaseView, pending: list[Step], starts_on: date, early: frozenset[int]
    ) -> CaseView:
        """Day by day: what rule and time do, and what people said, in the order of the days."""
        day: date | None = starts_on
        while day is not None and view.closed_on is None:
            todays = [one for one in pending if one.on <= day]
            pending = [one for one in pending if one.on > day]
            while todays and todays[0].seq in early:
                view = self._say(view, todays.pop(0), settles=True)
            view = settle_case(self.work, self.book, view, day, self._cause)
            for step in todays:
                view = self._say(view, step, settles=False)
                view = settle_case(self.work, self.book, view, day, self._cause)
            day = self._next_day(view, pending, day)
        self._refuse_all(view, pending)
        return view

    def _next_day(self, view: CaseView, pending: Sequence[Step], day: date) -> date | None:
        ahead = [one.on for one in pending[:1]]
        ahead += [one for one in self.days if one > day][:1]
        ahead += [one for one in self._moments(view) if one > day]
        return min((one for one in ahead if one <= self.work.today), default=None)

    def _moments(self, view: CaseView) -> Iterator[date]:
        """The days on which time will do something in the case as it stands."""
        parameters = self.work.registry.policy.at(self.work.today, view.unit_id)
        for row in view.deadlines:
            if row.status is DeadlineStatus.OPEN and row.rule in self.book.workflow.deadlines:
                rule = self.book.workflow.deadlines[row.rule]
                yield from (moment for moment, _ in firings(rule, row, parameters))
        for one in self.book.workflow.exits(view.state):
            until = view.fields.get(one.time.recorded) if isinstance(one.time, Recorded) else None
            if isinstance(until, date):
                yield until + timedelta(days=1)

    def _say(self, view: CaseView, step: Step, *, settles: bool) -> CaseView:
        """The case after the step; where it cannot be taken yet, rule and time come first."""
        try:
            return self._take(view, step)
        except (EventUnknownError, TransitionRefusedError) as error:
            if settles:
                settled = settle_case(self.work, self.book, view, step.on, self._cause)
                if settled.version != view.version:
                    return self._say(settled, step, settles=False)
            findings = error.findings if isinstance(error, TransitionRefusedError) else ()
            self._refuse(view, step, findings)
            return view

    def _take(self, view: CaseView, step: Step) -> CaseView:
        if step.event == RECOMPUTED:
            moves = moved_before(self.work, view, step.body)
            if not moves:
                return view
            plan = Plan(EntryKind.DEADLINE, RECOMPUTED, view.state, view.state, step.on)
            return self._write(view, replace(plan, deadlines=moves), step.actor)
        if step.kind is EntryKind.WAIVED:
            return self._write(view, self._waiver(view, step), step.actor)
        decision = decision_for(self.work, self.book, view, step.event, step.on)
        rows = self.book.workflow.rows(view.state, step.event)
        decision = replace(
            with_named(self.work, decision, rows, step.entered),
            recorders=recorders_of(self.work, view, rows),
        )
        plan = plan_event(self.book, view, step.event, step.entered, recorder(step), decision)
        return self._write(view, repeated(plan, step), None if step.is_new else step.actor)

    def _waiver(self, view: CaseView, step: Step) -> Plan:
        guards = step.body["details"].get("waived", ())
        if not set(guards) <= set(waivable(self.book, view)):
            raise EventUnknownError(view.ref, view.state, step.event, waivable(self.book, view))
        return repeated(
            Plan(
                EntryKind.WAIVED,
                step.event,
                view.state,
                view.state,
                step.on,
                fields=step.entered,
                personal=frozenset({"reason"}),
                by_person=True,
                cite=("practice",),
                details={"waived": list(guards)},
            ),
            step,
        )

    def _refuse_all(self, view: CaseView, steps: Iterable[Step]) -> None:
        """Steps to which it does not come any more; a deadline that was moved is nobody's step."""
        for step in steps:
            if step.event != RECOMPUTED:
                self._refuse(view, step, ())

    def _refuse(self, view: CaseView, step: Step, findings: Sequence[Finding]) -> None:
        self.impossible.append(
            Impossible(
                view.ref, step.seq, step.event, step.on, view.state, tuple(findings), step.is_new
            )
        )


def days_around(
    work: Work, subjects: Collection[Subject], since: date, besides: int = 0
) -> list[date]:
    """The days from `since` to today on which facts about the subjects may change, ascending.

    Args:
        work: the unit of work.
        subjects: what the case, or all of several, are about.
        since: the first day.
        besides: the case itself, if one: its own steps are no reason to look at it.
    """
    around = work.related(subjects) | set(subjects)
    eve = since - timedelta(days=1)
    registry = work.registry
    days = registry.domain.change_dates(work.connection, around, (eve, work.today), registry.policy)
    days |= set(registry.policy.changes(eve, work.today))
    s, c = case_state.c, case.c
    by_type: dict[str, list[int]] = {}
    for one in around:
        by_type.setdefault(one.type, []).append(one.id)
    about = [sa.and_(c.subject_type == k, c.subject_id.in_(ids)) for k, ids in by_type.items()]
    statement = (
        sa.select(s.from_on)
        .join(case, c.id == s.case_id)
        .where(sa.or_(*about), c.id != besides, s.known_until.is_(None), s.from_on >= since)
        .distinct()
    )
    days |= set(work.connection.execute(statement).scalars())
    return sorted(one for one in {*days, since, work.today} if since <= one <= work.today)


def _first_on_its_day(bodies: Sequence[Body]) -> frozenset[int]:
    """The steps that people recorded before rule or time did anything on the same day."""
    first: set[int] = set()
    moved: set[date] = set()
    for body in bodies:
        if body["kind"] in {EntryKind.AUTOMATIC, EntryKind.TIME, EntryKind.DEADLINE}:
            moved.add(day_of(body))
        elif day_of(body) not in moved:
            first.add(body["seq"])
    return frozenset(first)
