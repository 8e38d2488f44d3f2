"""What the engine knows about a case when it decides: typed, read-only pictures of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FieldValue = bool | int | str | date | tuple[int, ...] | None


class EntryKind(StrEnum):
    """What an entry of the trail records."""

    OPENED = "opened"
    """A case begins."""
    TAKEN_OVER = "taken_over"
    """A case, as a list found it."""
    EVENT = "event"
    """Somebody recorded what happened."""
    AUTOMATIC = "automatic"
    """Guards came to hold and the rule fired by itself."""
    TIME = "time"
    """A day was reached or passed."""
    DEADLINE = "deadline"
    """A deadline was suspended, resumed or recomputed."""
    WAIVED = "waived"
    """An approver set a condition aside, with a reason."""
    CORRECTION = "correction"
    """An earlier entry was wrong."""
    WITHDRAWN = "withdrawn"
    """An earlier entry was made in error."""
    ERASED = "erased"
    """Personal values were removed on order."""


CARRIERS = frozenset({EntryKind.CORRECTION, EntryKind.WITHDRAWN})
"""Entries that take others back and say nothing of their own: what was said stands beside them."""

BY_TIME_OR_RULE = CARRIERS | {EntryKind.AUTOMATIC, EntryKind.TIME, EntryKind.DEADLINE}
"""Entries that a back-dated event may supersede: nobody's word of its own stands behind them."""


class DeadlineStatus(StrEnum):
    """How a deadline stands; overdue is computed, never stored."""

    OPEN = "open"
    MET = "met"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    SUSPENDED = "suspended"


REGISTER = "register"
"""The workflow whose cases are the files of the register: what is recorded about a subject."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case is about."""

    type: str
    id: int


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """A deadline row as deciding needs it."""

    id: int
    rule: str
    kind: str
    cycle: int
    anchor_on: date
    raw_on: date
    due_on: date
    provisional: bool
    status: DeadlineStatus
    suspended_on: date | None
    suspended_days: int
    wake_at: datetime | None
    derivation: Mapping[str, Any]
    opened_entry_id: int

    @property
    def is_running(self) -> bool:
        """Open or suspended: not done with."""
        return self.status in {DeadlineStatus.OPEN, DeadlineStatus.SUSPENDED}


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case row as deciding needs it; id 0 stands for one that is about to be opened."""

    id: int
    code: str
    workflow: str
    workflow_text_id: int
    subject: Subject
    unit_id: int | None
    state: str
    state_since_on: date | None
    previous_state: str | None
    fields: Mapping[str, FieldValue]
    version: int
    head_hash: bytes
    last_on: date | None
    last_person_on: date | None
    taken_over_only: bool
    closed_on: date | None
    deadlines: tuple[DeadlineView, ...] = ()
    waived: frozenset[str] = frozenset()

    @property
    def ref(self) -> str:
        """The number that officers use, such as `BR-7`."""
        return f"{self.code}-{self.id}"

    def deadline(self, rule: str) -> DeadlineView | None:
        """The latest deadline of that rule, whatever its status."""
        rows = [one for one in self.deadlines if one.rule == rule]
        return max(rows, key=lambda one: one.id) if rows else None

    def runs(self, rule: str) -> list[DeadlineView]:
        """The open and suspended deadlines of that rule, the one due first in front."""
        rows = [one for one in self.deadlines if one.rule == rule and one.is_running]
        return sorted(rows, key=lambda one: (one.due_on, one.id))
