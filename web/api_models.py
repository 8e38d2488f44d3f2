"""What the API answers and takes: the OpenAPI document is made from these."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from lifecycle.entered import LONGEST_TEXT

MOST_FIELDS = 100
MOST_NAMED = 200

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
FieldValue = bool | int | Text | Annotated[list[int | Text], Field(max_length=MOST_NAMED)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Finding(_Answer):
    """Whether one thing is there that an event needs, what was seen, and on what ground."""

    id: str
    met: bool
    kind: str
    comparison: str
    seen: Any = Field(description="What is there; of a form's own fields it is not repeated.")
    needed: Any
    parameter: str
    cite: list[str]
    supplied_by: list[str] = Field(description="Who can supply what is missing.")
    override: bool = Field(description="A superior Party organization may set it aside.")
    advisory: bool = Field(description="Said, and no obstacle.")
    waived: bool
    target: str = Field(description="The state to which the row leads that asks for it.")


class Changed(_Answer):
    """What somebody else recorded since the expected version."""

    expected: int
    found: int
    event: str
    by: str
    at: datetime


class Problem(BaseModel):
    """Why nothing was done (RFC 9457)."""

    type: str
    status: int
    title: str = Field(description="A sentence in the language of the session.")
    findings: list[Finding] = Field(
        default=[], description="With 422: all that stands against the event, met and unmet."
    )
    changed: Changed | None = Field(default=None, description="With 409: what has changed.")


class RoleHeld(_Answer):
    """A role and the unit at the top of those for which it is held; null: everywhere."""

    role: str
    unit: int | None


class Session(_Answer):
    """Who asks."""

    login: str
    name: str
    on_behalf_of: str | None
    roles: list[RoleHeld]
    token: str = Field(description="For the header X-CSRF-Token of everything that writes.")
    language: str
    today: date


class CaseRow(_Answer):
    """A case in the work list."""

    ref: str
    workflow: str
    workflow_label: str
    subject: str = Field(description="What it is about; a person by surname.")
    unit: str
    state: str
    state_label: str
    since: date
    light: str = Field(description="overdue, soon, open or waiting.")
    due_on: date | None
    provisional: bool | None
    rule: str
    deadline: int | None
    holder: str
    version: int


class CaseList(_Answer):
    """A page of the work list."""

    items: list[CaseRow]
    total: str = Field(description="How many there are; counted so far and no further: 200+.")
    next: str | None = Field(description="The address of the next page.")


class Recorded(_Answer):
    """A value that is recorded."""

    label: str
    value: str


class Deadline(_Answer):
    """A deadline of a case."""

    id: int
    rule: str
    label: str
    due_on: date
    status: str
    provisional: bool
    running: bool


class Entry(_Answer):
    """An entry of a case."""

    entry: str
    on: date
    at: datetime
    what: str
    state: str
    who: str
    clause: str
    taken_back_by: str | None


class Case(_Answer):
    """A case: where it stands, what is owed, what happened."""

    ref: str
    workflow: str
    workflow_label: str
    subject: str
    unit: str
    state: str
    state_label: str
    since: date | None
    closed_on: date | None
    version: int = Field(description="For expected_version.")
    fields: list[Recorded]
    deadlines: list[Deadline]
    entries: list[Entry]
    holder: str | None


class Action(_Answer):
    """An event that people can record from here."""

    event: str
    label: str
    possible: bool = Field(description="Whether nothing is missing, the fields of its form apart.")
    mine: bool = Field(description="Whether the reader holds a role that records it.")
    findings: list[Finding]


class ActionList(_Answer):
    """What can be recorded in a case, and everything that each event needs."""

    case: str
    state: str
    version: int
    items: list[Action]


class EventGiven(BaseModel):
    """What is recorded."""

    model_config = ConfigDict(extra="forbid")

    on: date | None = Field(default=None, description="When it happened; today when left out.")
    fields: Annotated[dict[str, FieldValue], Field(max_length=MOST_FIELDS)] = Field(
        default={}, description="The fields of the event; organizations and units also by name."
    )
    expected_version: int | None = Field(
        default=None, ge=0, description="Refused with 409 when the case has moved on since."
    )
    dry_run: bool = Field(default=False, description="Says what would follow and writes nothing.")


class EntryWritten(_Answer):
    """An entry of the case that the event wrote: its own first, then what followed."""

    entry: str
    event: str
    from_state: str | None
    to_state: str
    effective_on: date


class Done(_Answer):
    """What was recorded in the case; the same request again has the same answer."""

    case: str
    state: str
    version: int
    dry_run: bool
    entries: list[EntryWritten]
    follows: list[str] = Field(description="Of a dry run: all that would follow, line by line.")


class DeadlineExplained(_Answer):
    """Why a deadline is due on its day."""

    id: int
    case: str
    rule: str
    kind: str
    status: str
    due_on: date
    provisional: bool
    lines: list[str] = Field(description="As an officer reckons it.")
    explained: dict[str, Any]


class Organization(_Answer):
    """An organization on the register."""

    number: int
    name: str
    credit_code: str
    kind: str | None
    unit: str | None = Field(description="The unit in charge.")


class OrganizationList(_Answer):
    """A page of the organizations in sight, by name."""

    items: list[Organization]
    next: str | None = Field(description="The address of the next page.")


class Figure(_Answer):
    """An indicator; without a denominator above zero it does not apply."""

    id: str
    label: str
    numerator: int | None
    denominator: int | None
    unit: str
    percent: str | None
    target: int | None
    target_in_percent: bool | None
    target_on: date | None
    verdict: str | None = Field(description="met, not_met or not_applicable.")
    cite: list[str]
    excluded: dict[str, int] = Field(description="By reason: how many are named beside it.")


class FigureList(_Answer):
    """I1 to I16 of a unit and all below it on a day."""

    unit: int | None = Field(description="null: the whole register.")
    as_of: date
    since: date = Field(description="The first day of the period of I7, I8 and I13.")
    stages: list[date]
    figures: list[Figure]
