"""What else the indicators look at on a day: cases, deadlines, certificates, lists and money."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from lifecycle.policy import Parameters
from workflows.facts import FACTS
from workflows.indicators import case_reads, reads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workflows.indicators.base import Organization, Register

GRACE = {"D5": "branch", "D6": "instructor_assignment"}
"""Terms whose running keeps an organization listed beside a figure, and who owns them."""

REPORTED = {
    "D8": "member_relation",
    "D10": "member_relation",
    "D13": "organization_registration",
}
"""Deadlines that a figure counts, and who owns them."""

CASES = ("affiliation", "activity_premises", "branch_term", "training_year")
AILING = ("below_threshold", "adjusting")
"""States of a branch that exists and is not active."""


@dataclass(frozen=True, slots=True)
class Term:
    """A deadline that I7, I8 or I13 may count."""

    rule: str
    case_id: int
    organization_id: int | None
    unit_id: int | None
    anchor_on: date
    due_on: date
    status: str
    closed_on: date | None

    @property
    def on_time(self) -> bool:
        """Met on or before the due date."""
        return self.status == "met" and self._closed_in_time

    @property
    def fell_away(self) -> bool:
        """Cancelled before it could be late: nothing was owed on the due date."""
        return self.status == "cancelled" and self._closed_in_time

    @property
    def _closed_in_time(self) -> bool:
        return self.closed_on is not None and self.closed_on <= self.due_on


@dataclass(frozen=True, slots=True)
class Money:
    """What a body is due and was paid for a year."""

    body_id: int
    organization_id: int | None
    unit_id: int | None
    year: int
    members: int
    due_cny: int
    paid_cny: int


@dataclass(slots=True)
class Evidence:
    """Everything that is read once for all jurisdictions."""

    grace: Mapping[str, set[int]]
    """By rule (D5, D6), the organizations for which it runs and is not past."""
    denied: set[int]
    """Organizations whose conditions for forming an officer has denied."""
    states: Mapping[str, Mapping[int, str]]
    """By workflow, the state of each subject's latest case."""
    years: Mapping[int, list[tuple[date, str]]]
    """By area, the training years: when the case was opened, and its state on the day."""
    ailing: set[int]
    """Bodies below the threshold or being adjusted."""
    certified: set[int]
    demonstrating: set[int]
    elected: set[int]
    """Bodies with a recorded election."""
    provisional_since: Mapping[int, date]
    fundings: list[Money]
    terms: list[Term]
    priority_since: Mapping[int, date]
    """As recorded in the coverage case, where it was recorded by the day."""


def read_evidence(register: Register, after: date) -> Evidence:
    """The rest of what the figures need, in a fixed number of SELECTs."""
    reading = register.reading
    states: dict[str, dict[int, str]] = {name: {} for name in CASES}
    years: dict[int, list[tuple[date, str]]] = defaultdict(list)
    for workflow, subject_id, opened_on, state in case_reads.states(reading, CASES):
        states[workflow][subject_id] = state
        if workflow == "training_year":
            years[subject_id].append((opened_on, state))
    branches = case_reads.states(reading, ["branch"], AILING)
    year = register.on.year
    return Evidence(
        grace=_grace(register),
        denied=_denied(register),
        states=states,
        years=years,
        ailing={row[1] for row in branches},
        certified={row[0] for row in reads.certified(reading)},
        demonstrating={row[0] for row in reads.demonstrating(reading)},
        elected={row[0] for row in reads.elected(reading)},
        provisional_since=dict(reads.provisional_since(reading)),
        fundings=[Money(*row) for row in reads.fundings(reading, (year, year - 1))],
        terms=[Term(*row) for row in case_reads.deadlines(reading, REPORTED, after)],
        priority_since=_recorded_since(register),
    )


def _grace(register: Register) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for rule, organization_id in case_reads.running(register.reading, GRACE):
        found[rule].add(organization_id)
    return found


def _denied(register: Register) -> set[int]:
    last: dict[int, str] = dict(case_reads.conditions(register.reading))
    return {number for number, event in last.items() if event == "conditions_denied"}


def _recorded_since(register: Register) -> dict[int, date]:
    found: dict[int, date] = {}
    for number, fields in case_reads.priority_fields(register.reading):
        since = date.fromisoformat(fields["priority_since"])
        if since <= register.on:
            found[number] = since
    return found


def became_priority_after(
    register: Register, evidence: Evidence, one: Organization, day: date
) -> date | None:
    """Since when it is a priority target without a break, where that is after `day`.

    The day is the one that the coverage case records (rulebook C.7), else the first of the
    unbroken run of headcount statements that reach the threshold.
    """
    since = evidence.priority_since.get(one.id)
    if since is None:
        rows = [row for row in register.statements.get(one.id, "").split(";") if row]
        days = _changes(register, one, rows)
        if not days or days[-1] <= day:
            return None
        since = _run_begins(register, one, rows, days)
    return since if since and since > day else None


def _run_begins(
    register: Register, one: Organization, rows: list[str], days: list[date]
) -> date | None:
    since: date | None = None
    for day in days:
        if not _was_priority(register, one, rows, day):
            since = None
        elif since is None:
            since = day
    return since


def _changes(register: Register, one: Organization, rows: list[str]) -> list[date]:
    """The days up to the one asked about on which a statement begins, ends or loses its grace."""
    grace = timedelta(days=register.local.at(one.unit_id).integer("P42"))
    days: set[date] = set()
    for row in rows:
        start, until, *_ = row.split("/")
        days.add(date.fromisoformat(start))
        if until:
            days |= {date.fromisoformat(until), date.fromisoformat(until) + grace}
    return sorted(day for day in days if day <= register.on)


def _was_priority(register: Register, one: Organization, rows: list[str], on: date) -> bool:
    fact = FACTS.get("organization", "priority_now")
    begun = ";".join(row for row in rows if row[:10] <= on.isoformat())
    values: dict[str, Any] = {"kind": one.kind, "headcount_rows": begun}
    parameters = Parameters(register.policy, on, register.policy.ancestors(one.unit_id))
    return bool(fact.derive and fact.derive(values, parameters))
