"""What a workflow definition consists of: frozen types that refuse whatever they do not know."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from lifecycle.access import Role
from lifecycle.conditions import (
    Frozen,
    Guard,
    Label,
    Operand,
    Scalar,
    parse_operand,
)
from lifecycle.workdays import PeriodKind

SAME = "same"
ANY = "any"
OPENING = "-"


Value = Annotated[Operand, BeforeValidator(parse_operand)]


class FieldType(StrEnum):
    """What an officer may enter in a field."""

    TEXT = "text"
    """Free text, at most 300 characters; always a personal value (erasable)."""
    REFERENCE = "reference"
    """A document number or file reference."""
    DATE = "date"
    COUNT = "count"
    """A whole number, zero or more."""
    YES_NO = "yes_no"
    CHOICE = "choice"
    ID = "id"
    """The number of a thing on the register, named in `refers_to`."""
    ID_LIST = "id_list"


class Field_(Frozen):  # noqa: N801 - pydantic's own Field is used beside it
    """Something that an officer enters with an event, or that a case remembers."""

    type: FieldType
    label: Label
    required: bool = True
    personal: bool = False
    choices: dict[str, Label] = Field(default_factory=dict)
    refers_to: str = ""
    default: Scalar | None = None
    default_from: str = ""
    """The parameter whose value stands in the field until somebody enters another."""

    @property
    def is_personal(self) -> bool:
        """Whether the trail commits to the value instead of holding it (free text always)."""
        return self.personal or self.type is FieldType.TEXT


class State(Frozen):
    """A state; final ones have no way out."""

    label: Label
    meaning: Label | None = None
    final: bool = False


class Anchor(Frozen):
    """The day from which a deadline is counted: the latest of the values named."""

    latest_of: tuple[Operand, ...] = ()
    previous: bool = False
    """The anchor of the case's last deadline of this rule."""
    next_cycle: bool = False
    """The same anchor, one period further: cycle k is the original anchor and k periods."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if given == "effective":
            return {}
        if given in ("previous", "next_cycle"):
            return {given: True}
        if isinstance(given, dict) and set(given) == {"latest_of"}:
            return {"latest_of": [parse_operand(one) for one in given["latest_of"]]}
        if (
            isinstance(given, dict)
            and len(given) == 1
            and next(iter(given)) in {"fact", "field", "recorded", "due_on"}
        ):
            return {"latest_of": [parse_operand(given)]}
        return given


class Length(Frozen):
    """How long a deadline runs: exactly one of the first four, and what an extension adds."""

    days: Value | None = None
    months: Value | None = None
    years: Value | None = None
    year_end: Value | None = None
    """To the last day of the year that begins on the month and day of the named parameter."""
    plus_months: Value | None = None
    """More months, counted from the same anchor; none while the value is not known."""
    plus_days: Value | None = None
    """More days after the months; none while the value is not known."""

    @model_validator(mode="after")
    def _one(self) -> Length:
        base = [one for one in (self.days, self.months, self.years, self.year_end) if one]
        if len(base) != 1:
            msg = "exactly one of days, months, years, year_end is wanted"
            raise ValueError(msg)
        return self

    @property
    def given(self) -> tuple[Operand, ...]:
        """The values that the definition names, the extensions last."""
        named = (self.days, self.months, self.years, self.year_end)
        return tuple(one for one in (*named, self.plus_months, self.plus_days) if one)


class Reminder(Frozen):
    """A notice that reminds of a deadline, written `N7` or with a condition."""

    notice: str
    when: tuple[Guard, ...] = ()
    to: tuple[str, ...] = ()
    """Who is reminded, where it is not everybody whom the notice goes to."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return {"notice": given} if isinstance(given, str) else given


class DeadlineRule(Frozen):
    """One deadline of the catalogue; only the workflow that declares it writes its rows."""

    label: Label
    kind: PeriodKind
    anchor: Anchor = Anchor()
    length: Length
    cap: Value | None = None
    """A length may not exceed this many days."""
    fires: bool = False
    """Whether time records an event when the period has passed; read off the transitions."""
    fires_before: Operand | None = None
    """How many months before its raw date time records an event; read off the transitions."""
    reminder: tuple[Reminder, ...] = ()
    """The notice of its reminders and its overdue stage: the first whose conditions hold."""
    escalates: bool = False
    pause_while: tuple[Guard, ...] = ()
    """Suspended while any of these holds."""
    kept_at_takeover: bool = False
    """Counted from its true anchor even when that lies before the take-over."""
    cite: tuple[str, ...]

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        given = _cited(given)
        if isinstance(given, dict) and isinstance(given.get("reminder"), str):
            return given | {"reminder": [given["reminder"]]}
        return given


class Opens(Frozen):
    """A deadline that a transition opens, with its own anchor where the rule's does not serve."""

    deadline: str
    anchor: Anchor | None = None
    length: Length | None = None
    """Where this occasion has a length of its own."""
    when: tuple[Guard, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return {"deadline": given} if isinstance(given, str) else given


class Stage(StrEnum):
    """What a notice says about its matter."""

    DUE = "due"
    """Something is to be done."""
    REMINDER = "reminder"
    """It is still to be done and the day comes near."""
    OVERDUE = "overdue"
    """The day has passed."""
    DONE = "done"
    """The result."""
    WITHDRAWN = "withdrawn"
    """The cause is gone."""


class NoticeUse(Frozen):
    """A notice that a transition owes, written `N7 due` or with a condition."""

    notice: str
    stage: Stage
    when: tuple[Guard, ...] = ()
    to: tuple[str, ...] = ()
    """Who is told on this occasion, where it is not everybody whom the notice goes to."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if isinstance(given, str):
            notice, _, stage = given.partition(" ")
            return {"notice": notice, "stage": stage}
        return given


class NoticeRule(Frozen):
    """To whom a notice of this workflow goes and which values it carries."""

    label: Label
    to: tuple[str, ...]
    """Facts that give recipients, and fields that name a unit, an organization or a body."""
    copies: tuple[str, ...] = ()
    """The same for those who get a copy: where there is nobody, nobody is missing."""
    values: tuple[str, ...] = ()
    """Facts, fields of the case or the event, and deadlines (their due date) that it tells."""
    needs: tuple[str, ...] = ()
    """It stays silent when one of these facts is unknown."""
    urgent: bool = False


class Yearly(Frozen):
    """Time opens a case every year, on the month and day of the named parameter."""

    yearly: Value
    after: bool = False
    """On the day after instead, by what held at the end of the day itself."""


class Before(Frozen):
    """Time acts so many months before the raw date of a running deadline."""

    before: str
    months: Value


class Recorded(Frozen):
    """Time acts on the day after the date in a field of the case."""

    recorded: str


class Transition(Frozen):
    """One row of a transition table."""

    event: str
    label: Label
    source: tuple[str, ...] = Field(alias="from")
    target: str = Field(alias="to")
    by: tuple[Role, ...] = ()
    differs_from: str = ""
    """An earlier event of the case that another person must have recorded."""
    automatic: bool = False
    time: Yearly | Recorded | Before | str | None = None
    taken_over: bool = False
    """Only a take-over of lists uses this row."""
    for_each: str = ""
    """An opening's candidates, when they are not the subjects themselves."""
    creates: str = ""
    """The effect that makes the subject of an opening."""
    fields: dict[str, Field_] = Field(default_factory=dict)
    guards: tuple[Guard, ...] = ()
    sets: dict[str, Value] = Field(default_factory=dict)
    effects: tuple[str, ...] = ()
    opens: tuple[Opens, ...] = ()
    meets: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    lapses: tuple[str, ...] = ()
    notices: tuple[NoticeUse, ...] = ()
    cite: tuple[str, ...]
    why: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        given = _cited(given)
        if isinstance(given, dict) and isinstance(given.get("from"), str):
            given = given | {"from": [given["from"]]}
        return given

    @model_validator(mode="after")
    def _one_mover(self) -> Transition:
        movers = [bool(self.by), self.automatic, self.time is not None, self.taken_over]
        if sum(movers) != 1:
            msg = "exactly one of by, automatic, time, taken_over is wanted"
            raise ValueError(msg)
        if self.differs_from and not self.by:
            msg = "differs_from is about persons, and nobody records this row"
            raise ValueError(msg)
        return self

    @property
    def is_opening(self) -> bool:
        """Whether it opens a case instead of moving one."""
        return self.source == (OPENING,)

    @property
    def by_person(self) -> bool:
        """Whether somebody records it."""
        return bool(self.by)


class Workflow(Frozen):
    """A state machine written as data; each rule names the clause it rests on."""

    workflow: str
    code: str
    version: Annotated[str, Field(strict=True)]
    label: Label
    subject: str
    stratum: int
    initial: str
    closing_state: str = ""
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    fields: dict[str, Field_] = Field(default_factory=dict)
    states: dict[str, State]
    transitions: tuple[Transition, ...]
    deadlines: dict[str, DeadlineRule] = Field(default_factory=dict)
    notices: dict[str, NoticeRule] = Field(default_factory=dict)
    listed: Literal[True, False] = True
    """Whether lists of cases show it (the register's own files are not cases to work on)."""

    @model_validator(mode="after")
    def _expand(self) -> Workflow:
        """Replaces `any` and group names in `from` by the states they stand for."""
        expanded = tuple(
            row.model_copy(update={"source": tuple(self._sources(row.source))})
            for row in self.transitions
        )
        object.__setattr__(self, "transitions", expanded)
        timed = {row.time for row in expanded if isinstance(row.time, str)}
        early = {
            row.time.before: row.time.months for row in expanded if isinstance(row.time, Before)
        }
        rules = {
            name: rule.model_copy(update={"fires": name in timed, "fires_before": early.get(name)})
            for name, rule in self.deadlines.items()
        }
        object.__setattr__(self, "deadlines", rules)
        return self

    def _sources(self, names: tuple[str, ...]) -> list[str]:
        found: list[str] = []
        for name in names:
            if name == ANY:
                found += [one for one, state in self.states.items() if not state.final]
            else:
                found += self.groups.get(name, (name,))
        return list(dict.fromkeys(found))

    @cached_property
    def events(self) -> tuple[str, ...]:
        """Every event, in file order."""
        return tuple(dict.fromkeys(row.event for row in self.transitions))

    @cached_property
    def openings(self) -> tuple[Transition, ...]:
        """The rows from `-`, in file order."""
        return tuple(row for row in self.transitions if row.is_opening)

    @cached_property
    def _by_state(self) -> dict[str, tuple[Transition, ...]]:
        return {
            name: tuple(row for row in self.transitions if name in row.source)
            for name in self.states
        }

    def exits(self, state: str) -> tuple[Transition, ...]:
        """The rows that leave `state` (or stay in it), in file order."""
        return self._by_state[state]

    def rows(self, state: str, event: str) -> tuple[Transition, ...]:
        """The rows of `event` from `state`: more than one where guards decide the target."""
        return tuple(row for row in self._by_state[state] if row.event == event)

    def automatic(self, state: str) -> tuple[Transition, ...]:
        """The rows from `state` that fire by themselves."""
        return tuple(row for row in self._by_state[state] if row.automatic)

    def possible(self, state: str) -> tuple[str, ...]:
        """The events that somebody may record in `state`."""
        return tuple(dict.fromkeys(row.event for row in self._by_state[state] if row.by_person))


def _cited(given: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    if isinstance(given, dict) and isinstance(given.get("cite"), str):
        return given | {"cite": [given["cite"]]}
    return given
