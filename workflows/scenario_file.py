"""A scenario as it is written: read strictly, every name in it looked up before it is played."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lifecycle.definition import Stage
from lifecycle.loader import Document, load_model, nearest, read_yaml
from lifecycle.parameters import WANTED, fits
from lifecycle.policy import typed
from lifecycle.waiving import WAIVED
from workflows.indicators.definitions import definitions
from workflows.law import read_sources
from workflows.recording import RECORDABLE
from workflows.subjects import BODY_YEAR, PLACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from lifecycle.definition import Workflow
    from lifecycle.registry import Registry

CASE = re.compile(r"^([A-Z]+)\(([^()]*)\)$")
"""A case as a scenario names it: `BR(clinic)`, `MEM(wang, clinic)`, `BYR(clinic, 2026)`."""

UNKNOWN_HOME = "unknown"
"""The home of a member of whom nobody knows it."""

_UNITS = ("parent", "supervisor", "registrar", "county", "township", "engaged_at")
_BESIDE_GUARDS = ("role", "another_person")
"""What else an event can be refused for."""

IN_FILES = ("added", "recorded", "engaged", "certificate_recorded")
"""What is said in files of the register."""

_RECORDED_ABOUT = ("organization", "body", "person", "at")

At = tuple[str | int, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Certificate(_Strict):
    from_: date = Field(alias="from")
    until: date


class _Added(_Strict):
    unit: str = ""
    level: Literal["city", "county", "township", "department"] = "county"
    kind: str = ""
    parent: str = ""
    mail: str = ""
    organization: str = ""
    supervisor: str = ""
    registrar: str = ""
    county: str = ""
    township: str = ""
    registered_on: date | None = None
    body: Literal["own", "joint", "building"] | None = None
    body_since: date | None = None
    certificate: _Certificate | None = None
    person: str = ""
    party_status: Literal["full", "probationary", "applicant"] = "full"
    admitted_on: date | None = None
    home: str = ""
    engaged_at: str = ""
    employment: Literal["full_time", "part_time"] | None = None
    since: date | None = None


class _AboutCase(_Strict):
    state: str | None = None
    since: date | None = None
    last_on: date | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    deadlines: dict[str, date | str] = Field(default_factory=dict)
    overdue: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    no_notices: tuple[str, ...] = ()
    none: bool = False


class _Expected(_AboutCase):
    case: str | None = None
    cases: dict[str, _AboutCase] = Field(default_factory=dict)
    refused: tuple[str, ...] = ()
    error: str = ""
    indicators: dict[str, tuple[bool | int | None, ...]] = Field(default_factory=dict)
    programme: dict[str, dict[str, date | str]] = Field(default_factory=dict)
    told: tuple[str, ...] = ()


class _Correction(_Strict):
    case: str = ""
    file: str = ""
    event: str
    said: date | None = None
    to: date | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    withdraw: Literal[True] | None = None
    reason: str = Field(default="", max_length=300)

    @model_validator(mode="after")
    def _of_something(self) -> _Correction:
        if bool(self.case) == bool(self.file):
            msg = "case or file is wanted: where the entry stands that was wrong"
            raise ValueError(msg)
        return self


class _Step(_Strict):
    on: date
    entered_on: date | None = None
    as_: str = Field(default="", alias="as")
    add: _Added | None = None
    record: dict[str, Any] | None = None
    take_over: tuple[_Added, ...] = ()
    event: str = ""
    case: str = ""
    fields: dict[str, Any] = Field(default_factory=dict)
    correct: _Correction | tuple[_Correction, ...] = ()
    tick: Literal[True] | None = None
    expect: _Expected | None = None

    @model_validator(mode="after")
    def _does_something(self) -> _Step:
        told = (self.add, self.record, self.take_over, self.event, self.correct, self.tick)
        if not (any(told) or self.expect):
            msg = "one of add, record, take_over, event, correct, tick, expect is wanted"
            raise ValueError(msg)
        if bool(self.event) != bool(self.case):
            msg = "event and case belong together: what happened, and in which case"
            raise ValueError(msg)
        return self


class _Scenario(_Strict):
    scenario: str = Field(min_length=1)
    cites: tuple[str, ...] = ()
    policy: dict[str, Any] = Field(default_factory=dict)
    steps: tuple[_Step, ...] = Field(min_length=1)


def read_scenario(path: Path) -> Mapping[str, Any]:
    """A scenario file's content.

    Raises:
        DefinitionError: every mistake in its form, with the line and the nearest known key.
    """
    document = read_yaml(path)
    load_model(document, _Scenario)
    values: Mapping[str, Any] = document.values
    return values


def check_scenario(path: Path, registry: Registry) -> Mapping[str, Any]:
    """The same, when every name in it is known too: cases, events, fields, states, clauses.

    Raises:
        DefinitionError: every mistake, with the line and the nearest known name.
    """
    document = read_yaml(path)
    given = load_model(document, _Scenario)
    check = _Check(document, registry)
    check.head(given)
    for number, step in enumerate(given.steps):
        check.step(("steps", number), step)
    document.raise_complaints()
    values: Mapping[str, Any] = document.values
    return values


@dataclass(slots=True)
class _Check:
    """Looks up the names of one scenario in the order in which it is played."""

    document: Document
    registry: Registry
    things: set[str] = field(default_factory=set)
    """What has been added so far."""

    def _known(self, at: At, name: str, known: Iterable[str], what: str) -> bool:
        found = set(known)
        if name not in found:
            self.document.complain(at, f"unknown {what} {name!r}{nearest(name, found)}")
        return name in found

    def head(self, given: _Scenario) -> None:
        """The clauses and the parameters."""
        parameters = self.registry.policy.parameters
        for cite in given.cites:
            self._known(("cites",), cite, {*read_sources(), *parameters}, "citation")
        for name, value in given.policy.items():
            at: At = ("policy", name)
            if not self._known(at, name, parameters, "parameter"):
                continue
            for day, one in (value if isinstance(value, dict) else {"": value}).items():
                self._value(((*at, day) if day else at), name, day, one)

    def _value(self, at: At, name: str, day: str, value: object) -> None:
        parameter = self.registry.policy.parameters[name]
        try:
            date.fromisoformat(day or "2026-01-01")
        except ValueError:
            self.document.complain(at, f"{day} is not a day such as 2026-11-30")
        if not fits(parameter.type, typed(parameter.type, value), parameter.choices):
            wanted = WANTED[parameter.type] or " / ".join(parameter.choices)
            self.document.complain(at, f"{value!r} is not {wanted}")

    def step(self, at: At, step: _Step) -> None:
        """One step: what it adds is known from then on."""
        if step.add:
            self._added((*at, "add"), step.add)
        for i, one in enumerate(step.take_over):
            self._added((*at, "take_over", i), one)
        if step.record is not None:
            self._recorded((*at, "record"), step.record)
        workflow = self._case((*at, "case"), step.case.removeprefix("+")) if step.case else None
        if workflow:
            refused = step.expect.refused if step.expect else ()
            self._event(at, workflow, step.event, step.fields, refused)
        corrections = step.correct if isinstance(step.correct, tuple) else (step.correct,)
        for each in corrections:
            self._corrected((*at, "correct"), each)
        if step.expect:
            self._expected((*at, "expect"), step, step.expect)

    def _added(self, at: At, given: _Added) -> None:
        if not (given.unit or given.organization or given.person):
            self.document.complain(at, "unit, organization or person is wanted")
        for key in _UNITS:
            if name := getattr(given, key):
                self._known((*at, key), name, self.things, "name")
        named = {given.unit, given.organization, given.person, given.home}
        self.things |= named - {"", UNKNOWN_HOME}

    def _recorded(self, at: At, given: Mapping[str, Any]) -> None:
        for key, value in given.items():
            if key in _RECORDED_ABOUT:
                self._known((*at, key), str(value), self.things, "name")
            else:
                self._known((*at, key), key, RECORDABLE, "fact to record")

    def _case(self, at: At, reference: str) -> Workflow | None:
        match = CASE.match(reference)
        books = {one.workflow.code: one for one in self.registry.rulebooks.values()}
        listed = [code for code, one in books.items() if one.workflow.listed]
        if match is None:
            message = f"{reference!r} is no case: write BR(clinic) or MEM(wang, clinic)"
            self.document.complain(at, message)
            return None
        if not self._known(at, match[1], listed, "workflow"):
            return None
        workflow = books[match[1]].workflow
        names = [one.strip() for one in match[2].split(",")]
        wanted = 2 if workflow.subject in {PLACE, BODY_YEAR} else 1
        if len(names) != wanted:
            self.document.complain(at, f"{match[1]} is about {wanted} names, not {len(names)}")
            return None
        if workflow.subject == BODY_YEAR and not names.pop().isdecimal():
            self.document.complain(at, f"{reference} names no year: write {match[1]}(clinic, 2026)")
        for name in names:
            self._known(at, name, self.things, "name")
        return workflow

    def _corrected(self, at: At, given: _Correction) -> None:
        if given.file:
            self._known((*at, "file"), given.file, self.things, "name")
            self._known((*at, "event"), given.event, IN_FILES, "event of a file")
            return
        workflow = self._case((*at, "case"), given.case)
        by_rule = {row.event for row in (workflow.transitions if workflow else ()) if not row.by}
        if workflow and given.event not in by_rule:  # that nobody said it may be the point
            self._event(at, workflow, given.event, given.fields)

    def _event(
        self,
        at: At,
        workflow: Workflow,
        event: str,
        entered: Iterable[str],
        refused: Iterable[str] = (),
    ) -> None:
        rows = [row for row in workflow.transitions if row.by and row.event == event]
        recorded = [WAIVED, *(row.event for row in workflow.transitions if row.by)]
        if not rows:
            self._known((*at, "event"), event, recorded, f"event of {workflow.code}")
            return
        fields = {name for row in rows for name in row.fields}
        for name in entered:
            self._known((*at, "fields", name), name, fields, f"field of {event}")
        reasons = {guard.id for row in rows for guard in row.guards} | fields
        for name in refused:
            known = reasons | set(_BESIDE_GUARDS)
            self._known((*at, "expect", "refused"), name, known, f"condition of {event}")

    def _expected(self, at: At, step: _Step, given: _Expected) -> None:
        reference = given.case or step.case.removeprefix("+")
        if given.case:
            self._case((*at, "case"), given.case)
        self._about(at, reference, given)
        for name, one in given.cases.items():
            self._case((*at, "cases", name), name)
            self._about((*at, "cases", name), name, one)
        for name in given.indicators:
            known = {*definitions(), *(one.partition(".")[0] for one in definitions())}
            self._known((*at, "indicators", name), name, known, "indicator")
        for name in given.programme:
            self._known((*at, "programme", name), name, self.things, "name")

    def _about(self, at: At, reference: str, given: _AboutCase) -> None:
        match = CASE.match(reference)
        book = self.registry.by_code(match[1]) if match else None
        if not match and given.model_fields_set & set(_AboutCase.model_fields):
            self.document.complain(at, "of which case this is expected stands under `case`")
        if book:
            self._about_known(at, book.workflow, given)

    def _about_known(self, at: At, workflow: Workflow, given: _AboutCase) -> None:
        if given.state is not None:
            self._known((*at, "state"), given.state, workflow.states, f"state of {workflow.code}")
        for name in given.fields:
            where = (*at, "fields", name)
            self._known(where, name, workflow.fields, f"case field of {workflow.code}")
        for key in ("deadlines", "overdue"):
            for name in getattr(given, key):
                where = (*at, key, name)
                self._known(where, name, workflow.deadlines, f"deadline of {workflow.code}")
        for key in ("notices", "no_notices"):
            for one in getattr(given, key):
                self._notice((*at, key), workflow, one)

    def _notice(self, at: At, workflow: Workflow, given: str) -> None:
        name, _, stage = given.partition(" ")
        if self._known(at, name, workflow.notices, f"notice of {workflow.code}") and stage:
            self._known(at, stage, [one.value for one in Stage], "stage")
