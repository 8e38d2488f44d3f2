"""Take-over of lists: cases begin where the facts put them, with one first entry each.

Facts are read by sets, one query a workflow. Each case is then led through its rows in memory,
from its opening to its rest, and only where it comes to rest is written: kind `taken_over`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import CaseView, DeadlineStatus, DeadlineView, EntryKind, Subject
from lifecycle.deadlines import SUPERSEDED, DeadlineAct, DeadlineChange
from lifecycle.errors import SettlingError
from lifecycle.plan import Decision, Plan, plan_automatic, plan_opening
from lifecycle.registry import SUBJECT_ENDED, UNIT_IN_CHARGE
from lifecycle.settling import fired_by, firings, settle
from lifecycle.store import hot
from lifecycle.store.rows import case_view, deadline_view
from lifecycle.store.tables import case
from lifecycle.work import Work, blank_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from lifecycle.definition import Transition
    from lifecycle.facts import FactValue
    from lifecycle.rulebook import Rulebook


@dataclass(slots=True)
class TakenOver:
    """What one take-over did, for its report."""

    opened: dict[str, int] = field(default_factory=dict)
    reclassified: dict[str, int] = field(default_factory=dict)
    settled: int = 0
    touched: list[int] = field(default_factory=list)
    """The numbers of the cases that it wrote."""


def take_over(work: Work, touched: Iterable[Subject], as_of: date) -> TakenOver:
    """Opens, re-classifies or settles the cases about everything that the lists touched.

    A case whose only entries are taken over as of the same day is classified anew; a case that
    people or time have moved since settles by its rules like any other.
    """
    subjects = work.registry.domain.related(work.connection, set(touched)) | set(touched)
    done = TakenOver()
    moved: set[Subject] = set()
    for stratum in work.registry.strata:
        for book in stratum:
            moved |= _classify(work, book, subjects, as_of, done)
    before = len(work.written)
    if moved:
        settle(work, moved, as_of)
    done.settled = len(work.written) - before
    return done


def classify_again(work: Work, book: Rulebook, view: CaseView, as_of: date) -> Plan | None:
    """The entry that would take a case over now, as of the day of its list; None when nothing.

    For a case whose list has been corrected: its facts of that day are others now.
    """
    openings = _openings(book)
    names = _names(work, book, openings)
    number = view.subject.id
    facts = _facts(work, view.subject.type, [number], names, as_of)
    if number not in facts:
        return None
    return _Fold(work, book, openings, view.subject, facts[number], names, as_of).run()


def _classify(
    work: Work, book: Rulebook, subjects: set[Subject], as_of: date, done: TakenOver
) -> set[Subject]:
    """Handles one workflow; the subjects whose cases must settle by their rules instead."""
    openings = _openings(book)
    if not openings:
        return set()
    kind = book.workflow.subject
    wanted = sorted(one.id for one in subjects if one.type == kind)
    existing = _existing(work, book, wanted)
    fresh = {
        number
        for number, view in existing.items()
        if view.taken_over_only and view.last_on == as_of
    }
    names = _names(work, book, openings)
    facts = _facts(work, kind, wanted, names, as_of)
    for number in wanted:
        if number not in facts or (number in existing and number not in fresh):
            continue
        folded = _Fold(work, book, openings, Subject(kind, number), facts[number], names, as_of)
        plan = folded.run()
        if plan is not None:
            _write(work, book, folded, plan, existing.get(number), done)
        else:
            # What an earlier list opened has no ground any more: its own rules end it.
            fresh.discard(number)
    return {Subject(kind, number) for number in existing if number not in fresh}


def _openings(book: Rulebook) -> list[Transition]:
    """The rows by which lists open cases: those made for it first, then those of rules."""
    rows = [row for row in book.workflow.openings if row.taken_over]
    # A row that makes its own subject has nothing to do here: the list has made it.
    own = [row for row in book.workflow.openings if not row.for_each]
    rows += [row for row in own if row.automatic or row.by]
    return rows


def _existing(work: Work, book: Rulebook, wanted: list[int]) -> dict[int, CaseView]:
    found: dict[int, CaseView] = {}
    for chunk in _chunks(wanted):
        statement = sa.select(case).where(
            case.c.workflow == book.workflow.workflow,
            case.c.subject_type == book.workflow.subject,
            case.c.subject_id.in_(chunk),
            case.c.closed_on.is_(None),
        )
        for row in work.connection.execute(statement).all():
            deadlines = hot.READ_DEADLINES.rows(work.connection, ids=[row.id])
            view = case_view(tuple(row), book.workflow, [deadline_view(one) for one in deadlines])
            found[view.subject.id] = view
    return found


def _names(work: Work, book: Rulebook, openings: list[Transition]) -> set[str]:
    """Every fact that any row may look at while a case is led to its rest."""
    rows = list(openings)
    rows += [one for one in book.workflow.transitions if one.automatic or one.time is not None]
    own = {name for kind, name in work.registry.facts.facts if kind == book.workflow.subject}
    names = {name for name in book.facts_for(rows) if name in own}
    return names | ({SUBJECT_ENDED, UNIT_IN_CHARGE} & own)


def _facts(
    work: Work, kind: str, wanted: list[int], names: set[str], as_of: date
) -> dict[int, dict[str, FactValue]]:
    table = work.registry.domain.tables[kind]
    found: dict[int, dict[str, FactValue]] = {}
    for chunk in _chunks(wanted):
        subjects = sa.select(table.c.id).where(table.c.id.in_(chunk))
        found |= work.registry.reader.read_many(work.connection, kind, subjects, names, as_of)
    return found


def _chunks(numbers: list[int], size: int = 500) -> Iterable[list[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


@dataclass(slots=True)
class _Fold:
    """Leads one subject's case in memory from its opening to its rest."""

    work: Work
    book: Rulebook
    openings: list[Transition]
    subject: Subject
    facts: dict[str, FactValue]
    names: set[str]
    as_of: date
    path: list[str] = field(default_factory=list)
    view: CaseView = field(init=False)

    def run(self) -> Plan | None:
        """The one entry that takes the case over, or None when nothing opens."""
        if self.facts.get(SUBJECT_ENDED):
            return None
        unit_id = self.facts.get(UNIT_IN_CHARGE)
        unit = unit_id if isinstance(unit_id, int) else None
        blank = blank_case(self.book, self.subject, unit)
        decision = self._decision(self.as_of, unit)
        first = self._opening(blank, decision)
        if first is None:
            return None
        defaults = {
            name: spec.default
            for name, spec in self.book.workflow.fields.items()
            if spec.default is not None
        }
        self.view = replace(blank, fields=defaults)
        plans = [first]
        self._apply(first)
        while (plan := self._next(unit)) is not None:
            plans.append(plan)
            self._apply(plan)
            if len(plans) > 2 * len(self.book.workflow.states) + 2:
                raise SettlingError(self.view.ref, self.path)
        return self._one(plans)

    def _opening(self, blank: CaseView, decision: Decision) -> Plan | None:
        for row in self.openings:
            plan = plan_opening(self.book, blank, row, {}, None, decision)
            if plan is not None:
                return plan
        return None

    def _next(self, unit: int | None) -> Plan | None:
        parameters = self.work.registry.policy.at(self.as_of, unit)
        rules = self.book.workflow.deadlines
        moments = [
            (moment, row, early)
            for row in self.view.deadlines
            if row.status is DeadlineStatus.OPEN
            for moment, early in firings(rules[row.rule], row, parameters)
            if moment <= self.as_of
        ]
        exits = self.book.workflow.exits(self.view.state)
        for moment, row, early in sorted(moments, key=lambda one: (one[0], one[1].id)):
            rows = [one for one in exits if fired_by(one, row.rule, early)]
            plan = plan_automatic(self.book, self.view, self._decision(moment, unit), rows)
            if plan is not None:
                return plan
        return plan_automatic(self.book, self.view, self._decision(self.as_of, unit))

    def _decision(self, on: date, unit: int | None) -> Decision:
        parameters = self.work.registry.policy.at(on, unit)
        values = dict(self.facts)
        self.work.registry.facts.derive(self.subject.type, self.names, values, parameters)
        return Decision(
            values, parameters, self.work.registry.rest_days, on, self.work.today, self.as_of
        )

    def _apply(self, plan: Plan) -> None:
        self.path.append(plan.event)
        rows = {one.id: one for one in self.view.deadlines}
        for change in plan.deadlines:
            if change.act is DeadlineAct.OPEN:
                number = -len(rows) - 1
                rows[number] = _row(number, change)
            elif change.deadline_id in rows:
                closed = replace(rows[change.deadline_id], status=DeadlineStatus.MET)
                rows[change.deadline_id] = closed
        self.view = replace(
            self.view,
            state=plan.to_state,
            previous_state=plan.from_state if plan.moves else self.view.previous_state,
            fields={**self.view.fields, **plan.sets},
            deadlines=tuple(rows.values()),
        )

    def _one(self, plans: list[Plan]) -> Plan:
        """All steps as one entry: the resting state, what is recorded, what is still open."""
        opened = [
            change for plan in plans for change in plan.deadlines if change.act is DeadlineAct.OPEN
        ]
        running = {
            (row.rule, row.anchor_on)
            for row in self.view.deadlines
            if row.status is DeadlineStatus.OPEN
        }
        return Plan(
            kind=EntryKind.TAKEN_OVER,
            event="taken_over",
            from_state=None,
            to_state=self.view.state,
            effective_on=self.as_of,
            sets={name: value for plan in plans for name, value in plan.sets.items()},
            register=tuple(change for plan in plans for change in plan.register),
            deadlines=tuple(
                replace(one, on=self.as_of)
                for one in opened
                if (one.rule, one.anchor_on) in running
            ),
            cite=("R67",),
            details={"path": self.path},
        )


def _row(number: int, change: DeadlineChange) -> DeadlineView:
    if change.anchor_on is None or change.raw_on is None or change.due_on is None:
        msg = f"{change.rule} was opened without dates"
        raise ValueError(msg)
    return DeadlineView(
        id=number,
        rule=change.rule,
        kind=change.kind,
        cycle=change.cycle,
        anchor_on=change.anchor_on,
        raw_on=change.raw_on,
        due_on=change.due_on,
        provisional=change.provisional,
        status=DeadlineStatus.OPEN,
        suspended_on=None,
        suspended_days=0,
        wake_at=change.wake_at,
        derivation=change.derivation or {},
        opened_entry_id=0,
    )


def _write(
    work: Work,
    book: Rulebook,
    folded: _Fold,
    plan: Plan,
    existing: CaseView | None,
    done: TakenOver,
) -> None:
    name = book.workflow.workflow
    if existing is None:
        done.touched.append(work.open(book, folded.subject, plan).id)
        done.opened[name] = done.opened.get(name, 0) + 1
        return
    if _same(existing, folded.view, plan):
        return
    closing = tuple(
        DeadlineChange(
            DeadlineAct.CANCEL, row.rule, plan.effective_on, deadline_id=row.id, reason=SUPERSEDED
        )
        for row in existing.deadlines
        if row.is_running
    )
    anew = replace(
        plan,
        from_state=existing.state,
        deadlines=(*closing, *plan.deadlines),
        supersedes=tuple(range(1, existing.version + 1)),
    )
    bare: Mapping[str, Any] = {
        key: spec.default for key, spec in book.workflow.fields.items() if spec.default is not None
    }
    work.write(book, replace(existing, fields=dict(bare)), anew)
    done.touched.append(existing.id)
    done.reclassified[name] = done.reclassified.get(name, 0) + 1


def _same(existing: CaseView, folded: CaseView, plan: Plan) -> bool:
    """Whether classifying again gave what is stored already."""
    stored = {(row.rule, row.anchor_on, row.due_on) for row in existing.deadlines if row.is_running}
    wanted = {(one.rule, one.anchor_on, one.due_on) for one in plan.deadlines}
    return (
        existing.state == folded.state
        and stored == wanted
        and dict(existing.fields) == dict(folded.fields)
    )
