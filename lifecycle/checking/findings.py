"""What the checker says about a definition: one problem, where it stands, and how to get there."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from lifecycle.checking.paths import positions_reached, states_of
from lifecycle.registry import SUBJECT_ENDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lifecycle.checking.paths import Position
    from lifecycle.definition import Transition, Workflow
    from lifecycle.loader import Document
    from lifecycle.registry import Registry
    from lifecycle.rulebook import Rulebook


class Code(StrEnum):
    """The kinds of problem that can be found in definitions."""

    UNREACHABLE_STATE = "unreachable_state"
    """No events lead into the state."""
    TRAP_STATE = "trap_state"
    """The state is not final, and nothing leads out of it."""
    DEAD_ROW = "dead_row"
    """The conditions of a row contradict each other."""
    WRONG_VALUE = "wrong_value"
    """A condition compares with a value that its left side never has."""
    ROWS_OVERLAP = "rows_overlap"
    """Two rows of which only one may fire can hold together."""
    ROWS_LEAVE_GAP = "rows_leave_gap"
    """The rows of a recorded event leave a case for which there is none."""
    AUTOMATIC_CIRCLE = "automatic_circle"
    """Rows that fire by themselves can follow each other for ever."""
    CROSS_CIRCLE = "cross_circle"
    """Workflows can keep moving each other."""
    READS_UPWARD = "reads_upward"
    """An automatic condition reads a workflow that is settled later than its own."""
    DEADLINE_OWNER = "deadline_owner"
    """A deadline is declared by no workflow, or by two."""
    DEADLINE_NEVER_STARTS = "deadline_never_starts"
    """No row opens the deadline."""
    DEADLINE_NEVER_ENDS = "deadline_never_ends"
    """No row meets, cancels or lapses the deadline."""
    DEADLINE_STUCK = "deadline_stuck"
    """Once the deadline runs, a state may be reached from which nothing can end it."""
    DEADLINE_OUTLIVES_CASE = "deadline_outlives_case"
    """A case can come to its end while the deadline still runs."""
    REMINDER_TOO_LATE = "reminder_too_late"
    """Everything that reminds of the deadline comes after it."""
    NOTICE_UNUSED = "notice_unused"
    """A notice is declared and never owed."""
    NOTICE_UNDECLARED = "notice_undeclared"
    """A notice is owed and not declared."""
    NOTICE_VALUE_UNKNOWN = "notice_value_unknown"
    """A notice tells a value that nothing gives."""
    NOBODY_CAN_ACT = "nobody_can_act"
    """Only roles that no officer holds, or that only read, may record the event."""
    ONE_ROLE_FOR_TWO = "one_role_for_two"
    """Two different persons are wanted, and one role alone may record both events."""
    PARAMETER_UNKNOWN = "parameter_unknown"
    """A parameter is read that the policy does not declare."""
    PARAMETER_UNUSED = "parameter_unused"
    """A parameter is declared that nothing reads."""
    UNCITED = "uncited"
    """A rule rests on no clause."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, the line it stands in, and the events that lead to it from the opening on."""

    file: str
    line: int
    code: Code
    message: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = f" (e.g. after {', '.join(self.path)})" if self.path else ""
        return f"{self.file}:{self.line}: {self.code}: {self.message}{shown}"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts in which problems are found, beside the registry that was made of them."""

    workflows: Mapping[str, Document]
    """By the name of the workflow."""
    policy: Document
    in_code: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """The parameters that Python code names, each with the first file and line."""


CASE_CLOSED = "case_closed"
"""The engine's own event, by which a case closes when its subject ends."""


@dataclass(frozen=True)
class Checked:
    """One workflow under examination, among all that are in force."""

    registry: Registry
    book: Rulebook
    document: Document

    @property
    def workflow(self) -> Workflow:
        """Its definition."""
        return self.book.workflow

    @cached_property
    def positions(self) -> dict[Position, tuple[str, ...]]:
        """Every position that rows lead to, with the shortest events that lead there."""
        return positions_reached(self.workflow)

    @cached_property
    def reached(self) -> dict[str, tuple[str, ...]]:
        """Every state that a case can be in, with the shortest events that lead there."""
        found = states_of(self.positions)
        if self.closes_with_subject:
            first = next(iter(found), self.workflow.initial)
            found.setdefault(self.workflow.closing_state, (*found.get(first, ()), CASE_CLOSED))
        return found

    @property
    def closes_with_subject(self) -> bool:
        """Whether the engine closes cases of the workflow when their subject ends."""
        known = (self.workflow.subject, SUBJECT_ENDED) in self.registry.facts.facts
        return known and bool(self.workflow.closing_state)

    def problem(
        self, code: Code, at: Iterable[str | int], message: str, path: Iterable[str] = ()
    ) -> Problem:
        """A problem at that place of the definition."""
        return Problem(self.document.file, self.document.line(at), code, message, tuple(path))

    def numbered(self) -> Iterable[tuple[int, Transition]]:
        """Every row with its number in the file."""
        return enumerate(self.workflow.transitions)


def opened(registry: Registry, texts: Texts) -> list[Checked]:
    """Every workflow in force of which there is a text, by name."""
    return [
        Checked(registry, registry.rulebooks[name], document)
        for name, document in sorted(texts.workflows.items())
    ]
