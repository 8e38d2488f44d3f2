"""Every way in which the engine says no: what happened, to which case, what to do next."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from lifecycle.correcting.reenacting import Impossible
    from lifecycle.guards import Finding


class LifecycleError(Exception):
    """The parent of every error that the engine raises on purpose."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One mistake in a definition file, at the place where it stands."""

    file: str
    line: int
    key: str
    message: str
    reason: str = ""
    """The kind of mistake, by which a command can tell it in the reader's language."""
    parts: Mapping[str, object] = field(default_factory=dict)
    """What that sentence names."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}"


class DefinitionError(LifecycleError):
    """A definition file cannot be used; `complaints` holds every mistake found, not the first."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(str(complaint) for complaint in complaints))


class CaseNotFoundError(LifecycleError):
    """No case of that number is known (or it lies outside the reader's scope)."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"there is no case {reference}: `lifecycle cases` lists those that exist")


class CaseOpenError(LifecycleError):
    """The subject has an open case of that workflow already: a second one cannot begin."""

    def __init__(self, case: str, event: str) -> None:
        self.case = case
        self.event = event
        super().__init__(f"{event} would begin a second case: {case} is open. Record it there")


class IdentityNumberError(LifecycleError):
    """An identity number may stand in what somebody wrote: it is refused and repeated nowhere."""

    def __init__(self) -> None:
        super().__init__("an identity number may stand in it; nothing was stored")


class SubjectNotFoundError(LifecycleError):
    """No organization, person or unit answers to the words given."""

    def __init__(self, words: str, nearest: Sequence[str] = ()) -> None:
        self.words = words
        self.nearest = tuple(nearest)
        hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
        super().__init__(f"nothing on the register answers to {words!r}{hint}")


class SubjectMergedError(LifecycleError):
    """The record that the words name has been merged into another one, which stands for both."""

    def __init__(self, words: str, instead: str, name: str) -> None:
        self.words = words
        self.instead = instead
        self.name = name
        super().__init__(f"{words!r} has been merged into {instead} ({name}). Name that one")


class TransitionRefusedError(LifecycleError):
    """The event cannot be recorded now; `findings` holds every reason, met and unmet."""

    def __init__(self, case: str, state: str, event: str, findings: Sequence[Finding]) -> None:
        self.case = case
        self.state = state
        self.event = event
        self.findings = tuple(findings)
        unmet = [finding for finding in self.findings if not finding.met]
        reasons = "; ".join(str(finding) for finding in unmet)
        super().__init__(
            f"{case} cannot record {event} in {state}: {reasons}. "
            f"`lifecycle explain {case} {event}` says who can supply what is missing"
        )


class EventUnknownError(LifecycleError):
    """The workflow has no such event in this state; `possible` names those that it has."""

    def __init__(self, case: str, state: str, event: str, possible: Sequence[str]) -> None:
        self.case = case
        self.state = state
        self.event = event
        self.possible = tuple(possible)
        known = ", ".join(possible) or "none: the state is final"
        super().__init__(f"{case} has no event {event} in {state}; possible: {known}")


class CaseChangedError(LifecycleError):
    """Somebody else changed the case since it was read."""

    def __init__(
        self,
        case: str,
        expected: int,
        found: int,
        changed_by: str,
        changed_at: datetime,
        event: str,
    ) -> None:
        self.case = case
        self.expected = expected
        self.found = found
        self.changed_by = changed_by
        self.changed_at = changed_at
        self.event = event
        super().__init__(
            f"{case} was changed meanwhile: {changed_by} recorded {event} at "
            f"{changed_at:%Y-%m-%d %H:%M:%S}Z (you read version {expected}, it is now {found}). "
            f"Read it again with `lifecycle case {case}`"
        )


class DateProblem(StrEnum):
    """Why an event cannot bear a day."""

    AFTER_TODAY = "after_today"
    BEFORE_PERSON = "before_person"
    """People have recorded something of a later day."""
    BEFORE_LAST = "before_last"
    """The case's last entry is of a later day."""


_DATE_PROBLEMS = {
    DateProblem.AFTER_TODAY: "that is after today, {bound}. Record it when it has happened",
    DateProblem.BEFORE_PERSON: "an entry made by a person is dated {bound}. "
    "Use `lifecycle correct` to change what was recorded",
    DateProblem.BEFORE_LAST: "the case's last entry is dated {bound}. Give that day or a later one",
}


class EventDateError(LifecycleError):
    """The day given for an event lies after today or before what has been recorded since."""

    def __init__(
        self, case: str, event: str, effective_on: date, problem: DateProblem, bound: date
    ) -> None:
        self.case = case
        self.event = event
        self.effective_on = effective_on
        self.problem = problem
        self.bound = bound
        reason = _DATE_PROBLEMS[problem].format(bound=bound)
        super().__init__(f"{case} cannot record {event} on {effective_on}: {reason}")


class CorrectionProblem(StrEnum):
    """Why an entry cannot be corrected as somebody wants it."""

    NO_REASON = "no_reason"
    AFTER_TODAY = "after_today"
    NO_ENTRY = "no_entry"
    SUPERSEDED = "superseded"
    """A later entry says what counts now."""
    GONE = "gone"
    """It has been taken back and nothing stands in its place."""
    BY_RULE = "by_rule"
    """Rule or time wrote it: what it rests on can be corrected."""
    TAKEN_OVER = "taken_over"
    """A list put the case there: what the list said stands in the subject's file."""
    WAIVED = "waived"
    MERGED = "merged"
    """Two records were merged by it."""
    ERASED = "erased"
    """It says that personal values are gone: nothing can bring them back."""
    NOTED = "noted"
    """It put nothing into the register: that somebody looked or remarked is not taken back."""
    NO_FIELD = "no_field"
    SEVERAL_DAYS = "several_days"
    """What it says holds from several days: which one is wrong is not clear."""
    NOTHING = "nothing"
    WITHDRAWN_AND_CHANGED = "withdrawn_and_changed"


_CORRECTION_PROBLEMS = {
    CorrectionProblem.NO_REASON: "say why, in at most 300 characters (--reason)",
    CorrectionProblem.AFTER_TODAY: "the day lies after today, {0}. Give the day on which it "
    "happened, or withdraw the entry",
    CorrectionProblem.NO_ENTRY: "there is no such entry; the last one is {0}",
    CorrectionProblem.SUPERSEDED: "it has been taken back. Correct {0} instead",
    CorrectionProblem.GONE: "it has been taken back and nothing stands in its place. Record what "
    "happened",
    CorrectionProblem.BY_RULE: "a rule or the clock wrote it. Correct the entry that it follows "
    "from, and it will follow",
    CorrectionProblem.TAKEN_OVER: "a list put the case there. Correct the row of the list in the "
    "subject's file, and the case will follow",
    CorrectionProblem.WAIVED: "what was set aside is not changed, only withdrawn",
    CorrectionProblem.MERGED: "it merged two records, whose histories have gone on together since. "
    "Correct the entries that are wrong in themselves",
    CorrectionProblem.ERASED: "it says that personal values have been erased, and nothing brings "
    "them back",
    CorrectionProblem.NOTED: "it notes that somebody remarked, looked or took a list away, which "
    "is not taken back",
    CorrectionProblem.NO_FIELD: "it says nothing of {0}; it says: {1}",
    CorrectionProblem.SEVERAL_DAYS: "what it says holds from several days ({0}). Withdraw it and "
    "record what is right",
    CorrectionProblem.NOTHING: "that changes nothing: give another day or another value",
    CorrectionProblem.WITHDRAWN_AND_CHANGED: "either withdraw it or change it, not both",
}


class CorrectionImpossibleError(LifecycleError):
    """The entry cannot be corrected so; `named` are the words that the sentence needs."""

    def __init__(self, entry: str, problem: CorrectionProblem, *named: str) -> None:
        self.entry = entry
        self.problem = problem
        self.named = named
        reason = _CORRECTION_PROBLEMS[problem].format(*named)
        super().__init__(f"{entry or 'the correction'} cannot be corrected: {reason}")


class CorrectionRefusedError(LifecycleError):
    """Steps that were recorded could not have been taken; `impossible` holds every one."""

    def __init__(self, impossible: Sequence[Impossible]) -> None:
        self.impossible = tuple(impossible)
        named = "; ".join(f"{one.ref}/{one.seq} {one.event} {one.on}" for one in impossible)
        super().__init__(
            f"after the correction these steps could not have been taken: {named}. "
            "Correct or withdraw them in the same act"
        )


class SettlingError(LifecycleError):
    """Automatic transitions did not come to rest; nothing was stored."""

    def __init__(self, case: str, path: Sequence[str]) -> None:
        self.case = case
        self.path = tuple(path)
        super().__init__(
            f"{case} does not settle: {' -> '.join(path)}. The definition has an automatic circle; "
            "run `lifecycle check`"
        )


class ParameterUnknownError(LifecycleError):
    """No value of that parameter is in force on that day."""

    def __init__(self, parameter: str, on: date | None = None) -> None:
        self.parameter = parameter
        self.on = on
        when = f" on {on}" if on else ""
        super().__init__(f"parameter {parameter} has no value{when}: add one to policy.yaml")


class ConcurrencyError(LifecycleError):
    """Other work kept getting in between; nothing was stored, the act can be repeated."""


class AuditBrokenError(LifecycleError):
    """Stored evidence differs from what the trail commits to; `breaks` names every entry."""

    def __init__(self, breaks: Sequence[object]) -> None:
        self.breaks = tuple(breaks)
        super().__init__("\n".join(str(one) for one in breaks))
