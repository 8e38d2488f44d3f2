"""Correcting what was recorded: a wrong day, a wrong value, an entry made in error.

The entries that were wrong stay in the trail; new ones supersede them, and every case whose facts
are others now is led through its days once more (`reenacting`). A preview does all of that and
rolls back, so it says what saving will do.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lifecycle.access import Role
from lifecycle.cases import EntryKind
from lifecycle.correcting.affected import BEFORE
from lifecycle.correcting.consequences import Consequences, Pictures
from lifecycle.correcting.following import Following
from lifecycle.correcting.leading import lead
from lifecycle.correcting.reenacting import Heading, Impossible
from lifecycle.correcting.rewriting import rewrite_file
from lifecycle.correcting.steps import WHY, Step, is_carrier, steps_of
from lifecycle.engine import REGISTER, begin
from lifecycle.entered import LONGEST_TEXT
from lifecycle.errors import CorrectionImpossibleError, CorrectionProblem, CorrectionRefusedError
from lifecycle.history import bodies_of, day_of, living
from lifecycle.identity_numbers import refuse_identity_numbers
from lifecycle.plan import role_finding
from lifecycle.store import hot
from lifecycle.store.types import END_OF_TIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from lifecycle.access import Actor
    from lifecycle.cases import CaseView, Subject
    from lifecycle.clock import Clock
    from lifecycle.history import Body
    from lifecycle.registry import Registry
    from lifecycle.work import Work, Written

CORRECTED = "corrected"
WITHDRAWN = "entry_withdrawn"


@dataclass(frozen=True, slots=True)
class Correction:
    """What one entry should have said; or, withdrawn, that it should not have been made."""

    case_id: int
    seq: int
    on: date | None = None
    """The day on which it really happened; None leaves it."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What was really so, by field; what is not named stays."""
    withdraw: bool = False


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correction did, or would do."""

    written: tuple[Written, ...]
    consequences: Consequences
    around: frozenset[Subject] = frozenset()
    """Everything whose facts it may have changed."""
    known_before: datetime = END_OF_TIME
    """Up to when to read what was known before it."""
    repeated: bool = False
    """The request had been carried out before; nothing was written now."""


def correct(
    connection: Connection,
    registry: Registry,
    clock: Clock,
    *,
    corrections: Sequence[Correction],
    reason: str,
    actor: Actor,
    expected: Mapping[int, int] | None = None,
    request_id: str | None = None,
) -> Corrected:
    """Corrects entries and everything that follows from them, in the caller's transaction.

    Args:
        connection: the transaction.
        registry: the law in force.
        clock: says what time it is.
        corrections: the entries, of one case or of several, that are put right in one act.
        reason: why, at most 300 characters; kept as a personal value like every free text.
        actor: who corrects; needs the role that may record the event.
        expected: by case, the version that was looked at.
        request_id: a second call with the same one writes nothing.

    Raises:
        CorrectionImpossibleError: an entry that cannot be corrected so, or no reason.
        CaseChangedError: a case was changed since it was looked at.
        CorrectionRefusedError: with every step that could not have been taken.
    """
    work = begin(connection, registry, clock, actor, request_id)
    if hot.FIND_REQUEST.rows(connection, request=work.request_id):
        return Corrected((), Consequences(), repeated=True)
    return _Act(work, reason.strip(), expected or {}).carry_out(corrections)


def preview(
    connection: Connection,
    registry: Registry,
    clock: Clock,
    *,
    corrections: Sequence[Correction],
    reason: str,
    actor: Actor,
) -> Corrected:
    """What `correct` would do: done, looked at, and taken back; nothing is kept.

    Raises:
        CorrectionImpossibleError: an entry that cannot be corrected so, or no reason.
        CorrectionRefusedError: with every step that could not have been taken.
    """
    trial = connection.begin_nested()
    try:
        return correct(
            connection, registry, clock, corrections=corrections, reason=reason, actor=actor
        )
    finally:
        trial.rollback()


@dataclass(slots=True)
class _Act:
    """One correction on its way."""

    work: Work
    reason: str
    expected: Mapping[int, int]
    around: set[Subject] = field(default_factory=set)
    impossible: list[Impossible] = field(default_factory=list)

    def carry_out(self, corrections: Sequence[Correction]) -> Corrected:
        if not self.reason or len(self.reason) > LONGEST_TEXT:
            raise CorrectionImpossibleError("", CorrectionProblem.NO_REASON)
        refuse_identity_numbers(
            self.reason, *(x for one in corrections for x in one.fields.values())
        )
        by_case: dict[int, list[Correction]] = {}
        for one in corrections:
            by_case.setdefault(one.case_id, []).append(one)
        self._lock(by_case)
        pictures = Pictures(self.work, frozenset(by_case))
        pictures.take(self.work.cases_of(self.around))
        days: list[date] = []
        for view in sorted(self.work.cases(by_case), key=self._stratum):
            pictures.take([view.id])
            days += self._correct_case(view, by_case[view.id])
        first = self.work.written[0].entry_id
        following = Following(self.work, pictures, self.around, first, self.impossible)
        following.follow(min(days))
        if self.impossible:
            raise CorrectionRefusedError(self.impossible)
        return Corrected(
            tuple(self.work.written),
            pictures.consequences(),
            frozenset(following.around),
            self.work.now - BEFORE,
        )

    def _stratum(self, view: CaseView) -> tuple[int, int]:
        return self.work.registry.book_of(view.workflow_text_id).workflow.stratum, view.id

    def _lock(self, case_ids: Iterable[int]) -> None:
        """Locks the cases and all around them, in the order of their numbers."""
        wanted = set(case_ids)
        subjects = {self.work.subject_of(one) for one in wanted}
        self.around = self.work.related(subjects) | subjects
        self.work.lock(wanted | set(self.work.cases_of(self.around)))

    # -- the entries that were wrong ---------------------------------------------------------

    def _correct_case(self, view: CaseView, corrections: Sequence[Correction]) -> list[date]:
        """Corrects entries of one case; the days from which on something may be otherwise."""
        expected = self.expected.get(view.id)
        if expected is not None and expected != view.version:
            raise self.work.changed_meanwhile(view.ref, view.id, expected)
        bodies = living(bodies_of(self.work.connection, view.id))
        wrong = {one.seq: self._wrong(view, bodies, one) for one in corrections}
        for body in wrong.values():
            self._may(view, body)
        book = self.work.registry.book_of(view.workflow_text_id)
        heading = self._heading(corrections)
        if view.workflow == REGISTER:
            asked = {one.seq: (one.on, one.fields, one.withdraw) for one in corrections}
            days, subjects = rewrite_file(self.work, book, view, bodies, asked, heading)
            self.around |= subjects
            return days
        cut = _cut(bodies, corrections)
        dropped = bodies[cut:]
        steps = self._steps(view, dropped, corrections)
        lead(self.work, book, view, (bodies[:cut], dropped), steps, heading, self.impossible)
        self.around |= _named(self.work, dropped) | self.work.touched
        return [day_of(one) for one in wrong.values()] + [one.on for one in steps if one.is_new]

    def _heading(self, corrections: Sequence[Correction]) -> Heading:
        withdrawn = all(one.withdraw for one in corrections)
        return Heading(
            WITHDRAWN if withdrawn else CORRECTED,
            EntryKind.WITHDRAWN if withdrawn else EntryKind.CORRECTION,
            min(one.seq for one in corrections),
            {WHY: self.reason},
        )

    def _wrong(self, view: CaseView, bodies: Sequence[Body], asked: Correction) -> Body:
        """The body of the entry that is to be corrected.

        Raises:
            CorrectionImpossibleError: it does not exist, is superseded, or says nothing of its own.
        """
        ref = f"{view.ref}/{asked.seq}"
        if asked.on is not None and asked.on > self.work.today:
            raise CorrectionImpossibleError(
                ref, CorrectionProblem.AFTER_TODAY, str(self.work.today)
            )
        if not 1 <= asked.seq <= view.version:
            last = f"{view.ref}/{view.version}"
            raise CorrectionImpossibleError(ref, CorrectionProblem.NO_ENTRY, last)
        body = next((one for one in bodies if one["seq"] == asked.seq), None)
        if body is None:
            instead = self._instead(view, bodies, asked.seq)
            problem = CorrectionProblem.SUPERSEDED if instead else CorrectionProblem.GONE
            raise CorrectionImpossibleError(ref, problem, instead)
        self._refuse_unsaid(view, body, asked)
        if asked.withdraw and (asked.on or asked.fields):
            raise CorrectionImpossibleError(ref, CorrectionProblem.WITHDRAWN_AND_CHANGED)
        if not asked.withdraw and asked.on is None and not asked.fields:
            raise CorrectionImpossibleError(ref, CorrectionProblem.NOTHING)
        return body

    def _refuse_unsaid(self, view: CaseView, body: Body, asked: Correction) -> None:
        """Refuses an entry that says nothing of its own.

        Raises:
            CorrectionImpossibleError: with what it is instead.
        """
        ref = f"{view.ref}/{asked.seq}"
        said = steps_of(self.work.connection, view.id, [body])
        is_listed = view.workflow == REGISTER and body["register"]
        if not is_listed and (not said or said[0].kind is EntryKind.WAIVED or is_carrier(body)):
            problem = {
                EntryKind.TAKEN_OVER: CorrectionProblem.TAKEN_OVER,
                EntryKind.WAIVED: CorrectionProblem.WAIVED,
            }.get(EntryKind(body["kind"]), CorrectionProblem.BY_RULE)
            if not (problem is CorrectionProblem.WAIVED and asked.withdraw):
                raise CorrectionImpossibleError(ref, problem)
        elif body["event"] in self.work.registry.domain.notes:
            # Whoever looked or remarked would else take the proof of it out of the trail.
            raise CorrectionImpossibleError(ref, CorrectionProblem.NOTED)

    def _instead(self, view: CaseView, bodies: Sequence[Body], seq: int) -> str:
        """The living entry that says now what a superseded one said; "" when nothing does."""
        last = seq
        for body in sorted(bodies_of(self.work.connection, view.id), key=lambda one: one["seq"]):
            if body["details"].get("repeats") == last:
                last = body["seq"]
        is_living = any(one["seq"] == last for one in bodies)
        return f"{view.ref}/{last}" if is_living and last != seq else ""

    def _steps(
        self, view: CaseView, dropped: Sequence[Body], corrections: Sequence[Correction]
    ) -> list[Step]:
        asked = {one.seq: one for one in corrections}
        steps: list[Step] = []
        for step in steps_of(self.work.connection, view.id, dropped):
            wanted = asked.get(step.seq)
            if wanted is None:
                steps.append(step)
            elif not wanted.withdraw:
                steps.append(
                    replace(
                        step,
                        on=wanted.on or step.on,
                        entered={**step.entered, **wanted.fields},
                        actor=self.work.actor,
                        is_new=True,
                    )
                )
        return steps

    def _may(self, view: CaseView, body: Body) -> None:
        """Whoever corrects holds a role that may record what the entry says.

        Raises:
            CorrectionRefusedError: with the finding.
        """
        rows = self.work.registry.book_of(view.workflow_text_id).workflow.transitions
        own = [one for one in rows if one.event == body["event"] and one.by]
        if view.workflow == REGISTER:
            own = list(rows)  # whatever is recorded in a file is recorded by the same row
        wanted = list(dict.fromkeys(role for row in own for role in row.by))
        if body["kind"] == EntryKind.WAIVED:
            wanted = [Role.APPROVER]
        findings = tuple(role_finding(wanted, self.work.actor))
        if any(not one.met for one in findings):
            refused = (body["seq"], body["event"], day_of(body), view.state, findings)
            raise CorrectionRefusedError([Impossible(view.ref, *refused, is_new=True)])


def _cut(bodies: Sequence[Body], corrections: Sequence[Correction]) -> int:
    """The first entry that has to be taken back for the corrected ones to stand in their place."""
    cut = len(bodies)
    for asked in corrections:
        own = next(i for i, one in enumerate(bodies) if one["seq"] == asked.seq)
        if asked.on is not None and asked.on < day_of(bodies[own]):
            own = next(i for i, one in enumerate(bodies) if day_of(one) > asked.on)
        cut = min(cut, own)
    return cut


def _named(work: Work, bodies: Iterable[Body]) -> set[Subject]:
    """The subjects about which those entries wrote into the register."""
    domain = work.registry.domain
    return {
        subject
        for body in bodies
        for one in body["register"]
        for subject in domain.subjects_of(one["table"], {**one["key"], **one["values"]})
    }
