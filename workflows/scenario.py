"""Scenarios: dated steps and expectations in YAML, played against the real engine.

A step is one of `add`, `record`, `event`, `correct`, `tick`; it may carry `expect`. Names given
in a scenario (`wang`, `clinic`) stand for the things that it adds (`docs/scenarios.md`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import Actor, ActorSource, Role
from lifecycle.cases import CaseView, Subject
from lifecycle.clock import StoredClock, store_time
from lifecycle.errors import LifecycleError, TransitionRefusedError
from lifecycle.loader import read_yaml
from lifecycle.moments import day_start
from lifecycle.register import put
from lifecycle.store.tables import case, parameter_value
from lifecycle.sweeps import sweep_all
from lifecycle.takeover import take_over
from workflows import byhand, recording
from workflows.expecting import (
    figure_problems,
    problems_of,
    refusal_problems,
    stage_problems,
    told_problems,
)
from workflows.facts.body_year import FUNDING, STATEMENT
from workflows.intake.listing import owe_lists
from workflows.programme import freeze_and_tell
from workflows.second_thoughts import put_right
from workflows.subjects import BODY, BODY_YEAR, ORGANIZATION, PERSON, PLACE, UNIT

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from lifecycle.definition import Transition
    from lifecycle.registry import Registry
    from lifecycle.work import Work

Run = Callable[[Callable[["Connection"], Any]], Any]
"""How a step's work reaches the database: in a transaction of its own."""

OF_NO_CASE = frozenset({"indicators", "programme", "told"})
"""What a step may expect that is about no case."""

SINCE_EVER = date(2010, 6, 7)
"""From when a value holds that a scenario gives without a day: that of the document itself."""

_MATTERS = {"BYR": STATEMENT, "FUN": FUNDING}

CASE = re.compile(r"^([A-Z]+)\(([^)]*)\)$")


class ScenarioError(LifecycleError):
    """An expectation did not hold: what was expected, what came, and the derivation."""

    def __init__(self, scenario: str, step: int, problems: list[str]) -> None:
        self.scenario = scenario
        self.step = step
        self.problems = tuple(problems)
        super().__init__(f"{scenario}, step {step}: " + "; ".join(problems))


@dataclass(slots=True)
class Player:
    """One scenario being played."""

    name: str
    registry: Registry
    run: Run
    things: dict[str, Subject] = field(default_factory=dict)
    clock: StoredClock = field(default_factory=StoredClock)
    steps: int = 0

    def play(self, scenario: Mapping[str, Any]) -> int:
        """Plays every step; the number of steps.

        Raises:
            ScenarioError: an expectation did not hold.
        """
        for parameter, value in scenario.get("policy", {}).items():
            dated = value if isinstance(value, dict) else {SINCE_EVER: value}
            for day, one in dated.items():
                given = (parameter, date.fromisoformat(str(day)), one)
                self.run(partial(self._set_parameter, given=given))
        for number, step in enumerate(scenario["steps"], start=1):
            self.steps = number
            self._step(step)
        return self.steps

    def _step(self, step: Mapping[str, Any]) -> None:
        day: date = step["on"]
        now = day_start(step.get("entered_on", day)) + timedelta(hours=9, seconds=self.steps)
        self.run(lambda connection: store_time(connection, now))
        refused: TransitionRefusedError | None = None
        try:
            self._act(step, day)
        except TransitionRefusedError as error:
            refused = error
        except LifecycleError as error:
            if step.get("expect", {}).get("error") != type(error).__name__:
                raise
            return
        self._check(step, refused)

    def _act(self, step: Mapping[str, Any], day: date) -> None:
        if "add" in step:
            self.run(lambda c: self._add(self._work(c, step), step["add"], day))
        if "take_over" in step:
            self.run(lambda c: self._take_over(self._work(c, step), step["take_over"], day))
        if "record" in step:
            self.run(lambda c: self._record(self._work(c, step), step["record"], day))
        if "event" in step:
            self.run(lambda c: self._event(c, step, day))
        if "correct" in step:
            self.run(lambda c: put_right(self, c, step["correct"]))
        if step.get("tick"):
            self.run(lambda c: sweep_all(c, self.registry, self.clock))
            self.run(lambda c: freeze_and_tell(c, self.registry, self.clock))

    def _work(self, connection: Connection, step: Mapping[str, Any]) -> Work:
        return engine.begin(connection, self.registry, self.clock, _actor(step))

    def _event(self, connection: Connection, step: Mapping[str, Any], day: date) -> None:
        if str(step["case"]).startswith("+"):
            self._open(connection, step, day)
            return
        view = self.find(connection, step["case"])
        rows = self.registry.book_of(view.workflow_text_id).workflow.rows(view.state, step["event"])
        fields = self._entered(connection, step, rows)
        engine.advance(
            connection,
            self.registry,
            self.clock,
            case_id=view.id,
            event=step["event"],
            actor=_actor(step, self._role_for(view, step["event"])),
            fields=fields,
            effective_on=day,
        )

    def _open(self, connection: Connection, step: Mapping[str, Any], day: date) -> None:
        match = CASE.match(str(step["case"])[1:])
        if match is None:
            raise ScenarioError(self.name, self.steps, [f"unreadable case {step['case']!r}"])
        book = self.registry.by_code(match[1])
        if book is None:
            raise ScenarioError(self.name, self.steps, [f"unknown machine {match[1]}"])
        subject = self._subject(connection, book.workflow.subject, match[2])
        rows = [one for one in book.workflow.openings if one.event == step["event"] and one.by]
        engine.open_by_person(
            self._work(connection, step),
            workflow=book.workflow.workflow,
            event=step["event"],
            subject=subject,
            actor=_actor(step, rows[0].by[0] if rows else None),
            fields=self._entered(connection, step, rows),
            on=day,
        )

    def _entered(
        self, connection: Connection, step: Mapping[str, Any], rows: Sequence[Transition]
    ) -> dict[str, Any]:
        """The fields of a step, the names of things in them as their numbers."""
        meant = {name: spec.refers_to for row in rows for name, spec in row.fields.items()}
        return {
            name: self._number(connection, value, meant.get(name, ""))
            for name, value in step.get("fields", {}).items()
        }

    def _number(self, connection: Connection, value: Any, meant: str) -> Any:  # noqa: ANN401 - a field's value
        if isinstance(value, list):
            return ",".join(str(self._number(connection, one, meant)) for one in value)
        if not meant or not isinstance(value, str) or value not in self.things:
            return value
        thing = self.things[value]
        if meant == BODY and thing.type == UNIT:
            return byhand.unit_body_of(connection, thing.id)
        if meant == BODY:
            return byhand.own_body_of(connection, thing.id)
        return thing.id

    def _role_for(self, view: CaseView, event: str) -> Role | None:
        rows = self.registry.book_of(view.workflow_text_id).workflow.rows(view.state, event)
        return next((row.by[0] for row in rows if row.by), None)

    # -- adding and recording --------------------------------------------------------------

    def _take_over(self, work: Work, given: Sequence[Mapping[str, Any]], day: date) -> None:
        """Lists found this on the day: everything is recorded first, then cases are opened."""
        work.silent = True
        work.taken_over_on = day
        for one in given:
            self._add(work, one, day)
        done = take_over(work, set(work.touched), day)
        owe_lists(work, done.touched, day, ["scenario"])

    def _add(self, work: Work, given: Mapping[str, Any], day: date) -> None:
        for kind in ("unit", "organization", "person"):
            if kind in given and given[kind] not in self.things:
                adding = getattr(self, f"_add_{kind}")
                self.things[given[kind]] = Subject(kind, adding(work, given, day))
        if "engaged_at" in given:
            byhand.add_engagement(
                work,
                person_id=self.things[given["person"]].id,
                organization_id=self.things[given["engaged_at"]].id,
                employment=given["employment"],
                since=given.get("since", day),
                on=day,
            )

    def _add_unit(self, work: Work, given: Mapping[str, Any], day: date) -> int:
        del day
        parent = given.get("parent")
        return byhand.add_unit(
            work,
            name=given["unit"],
            level=given.get("level", "county"),
            kind=given.get("kind", "supervisory_unit"),
            parent_id=self.things[parent].id if parent else None,
            mail=given.get("mail", f"{given['unit']}@example.org"),
        )

    def _add_organization(self, work: Work, given: Mapping[str, Any], day: date) -> int:
        name = given["organization"]
        units = {
            f"{role}_id": self.things[given[role]].id
            for role in ("supervisor", "registrar", "county", "township")
            if given.get(role)
        }
        organization_id = byhand.add_organization(
            work,
            name=name,
            credit_code=f"CODE-{name}",
            kind=given.get("kind", "private_nonenterprise_unit"),
            **units,
            registered_on=given.get("registered_on", date(2005, 1, 1)),
            on=day,
            mail=given.get("mail", f"{name}@example.org"),
            body=given.get("body"),
            body_since=given.get("body_since", day),
        )
        if "certificate" in given:
            self._add_certificate(work, organization_id, given["certificate"], day)
        return organization_id

    def _add_certificate(
        self, work: Work, organization_id: int, given: Mapping[str, date], day: date
    ) -> None:
        """A Five-Good certificate of the own body: `{from: 2025-12-01, until: 2026-12-01}`."""
        subject = Subject(BODY, byhand.own_body_of(work.connection, organization_id))
        row = put("certificate", {"body_id": subject.id}, {}, given["from"], given["until"])
        engine.record_rows(work, subject, [row], day, event="certificate_recorded")

    def _add_person(self, work: Work, given: Mapping[str, Any], day: date) -> int:
        status = given.get("party_status", "full")
        admitted = given.get("admitted_on", date(2000, 1, 1) + timedelta(days=len(self.things)))
        home = given.get("home", "elsewhere")
        return byhand.add_person(
            work,
            name=given["person"],
            birth_on=date(1980, 1, 1),
            admitted_on=None if status == byhand.APPLICANT else admitted,
            status=status,
            home_body_id=self._home(work, home, day),
            home_text=None if home in self.things else home,
        )

    def _home(self, work: Work, home: str, day: date) -> int | None:
        if home == "unknown":
            return None
        if home not in self.things:
            self.things[home] = Subject(
                UNIT, self._add_unit(work, {"unit": home, "level": "county"}, day)
            )
        thing = self.things[home]
        if thing.type == ORGANIZATION:
            return byhand.own_body_of(work.connection, thing.id)
        return byhand.unit_body_of(work.connection, thing.id)

    def _record(self, work: Work, given: Mapping[str, Any], day: date) -> None:
        values = dict(given)
        subject = self._recorded_subject(work.connection, values)
        recording.record(work, subject, values, day)

    def _recorded_subject(self, connection: Connection, values: dict[str, Any]) -> Subject:
        if "person" in values:
            person_name = values.pop("person")
            where = values.pop("at", None)
            if where is None:
                return self.things[person_name]
            return self._subject(connection, PLACE, f"{person_name}, {where}")
        if "body" in values:
            return self._subject(connection, BODY, values.pop("body"))
        return self.things[values.pop("organization")]

    def _set_parameter(self, connection: Connection, given: tuple[str, date, Any]) -> None:
        parameter, from_on, value = given
        connection.execute(
            sa.insert(parameter_value).values(
                parameter=parameter,
                unit_id=None,
                from_on=from_on,
                value=value.isoformat() if isinstance(value, date) else value,
                recorded_at=day_start(date(2020, 1, 1)),
                recorded_by="scenario",
            )
        )
        self.registry.refresh_policy(connection)

    # -- looking ---------------------------------------------------------------------------

    def find(self, connection: Connection, reference: str) -> CaseView:
        """The latest case that `MEM(wang, clinic)` names."""
        match = CASE.match(reference)
        book = self.registry.by_code(match[1]) if match else None
        if match is None or book is None:
            raise ScenarioError(self.name, self.steps, [f"unreadable case {reference!r}"])
        matter = _MATTERS.get(match[1], "")
        subject = self._subject(connection, book.workflow.subject, match[2], matter)
        statement = (
            sa.select(case.c.id)
            .where(
                case.c.workflow == book.workflow.workflow,
                case.c.subject_type == subject.type,
                case.c.subject_id == subject.id,
            )
            .order_by(case.c.id.desc())
            .limit(1)
        )
        case_id = connection.execute(statement).scalar_one_or_none()
        if case_id is None:
            raise ScenarioError(self.name, self.steps, [f"there is no case {reference}"])
        return self._work(connection, {}).case(case_id)

    def _subject(self, connection: Connection, kind: str, names: str, matter: str = "") -> Subject:
        parts = [part.strip() for part in names.split(",")]
        first = self.things[parts[0]]
        if kind == PLACE:
            table = self.registry.domain.tables[PLACE]
            place = connection.execute(
                sa.select(table.c.id).where(
                    table.c.person_id == first.id,
                    table.c.organization_id == self.things[parts[1]].id,
                )
            ).scalar_one()
            return Subject(PLACE, place)
        if kind == BODY and first.type == ORGANIZATION:
            return Subject(BODY, byhand.own_body_of(connection, first.id))
        if kind == BODY_YEAR:
            return self._year(connection, first, int(parts[1]), matter)
        return first

    def _year(self, connection: Connection, lead: Subject, year: int, matter: str) -> Subject:
        """`BYR(clinic, 2026)`: the year of the own body, also of one dissolved since."""
        tables = self.registry.domain.tables
        y, b = tables[BODY_YEAR].c, tables[BODY].c
        statement = (
            sa.select(y.id)
            .join(tables[BODY], b.id == y.body_id)
            .where(b.organization_id == lead.id, y.year == year, y.matter == matter)
            .order_by(y.id.desc())
            .limit(1)
        )
        found = connection.execute(statement).scalar_one_or_none()
        if found is None:
            raise ScenarioError(self.name, self.steps, [f"no {matter} of {year} has begun"])
        return Subject(BODY_YEAR, found)

    # -- expecting -------------------------------------------------------------------------

    def _check(self, step: Mapping[str, Any], refused: TransitionRefusedError | None) -> None:
        expected = step.get("expect", {})
        problems: list[str] = []
        if refused is not None and "refused" not in expected:
            problems.append(str(refused))
        if "refused" in expected:
            problems += refusal_problems(expected["refused"], refused)
        if OF_NO_CASE & set(expected):
            problems += self.run(partial(self._figures, expected=expected, on=step["on"]))
        many = expected.get("cases", {})
        if set(expected) - {"refused", "cases", "error", *OF_NO_CASE}:
            many = {expected.get("case", step.get("case")): expected, **many}
        for reference, wanted in many.items():
            problems += self.run(partial(self._case_problems, reference=reference, wanted=wanted))
        if problems:
            raise ScenarioError(self.name, self.steps, problems)

    def _figures(self, connection: Connection, expected: Mapping[str, Any], on: date) -> list[str]:
        """What differs of figures (`I3: [10, 33, true]`) and of stages (`bureau: {D1: met}`)."""
        found = figure_problems(connection, self.registry, expected.get("indicators", {}), on)
        found += told_problems(connection, expected.get("told", []))
        for name, wanted in expected.get("programme", {}).items():
            unit_id = self.things[name].id
            found += stage_problems(connection, self.registry, unit_id, wanted, on)
        return found

    def _case_problems(
        self, connection: Connection, reference: str, wanted: Mapping[str, Any]
    ) -> list[str]:
        if wanted.get("none"):
            return self._absence_problems(connection, reference)
        view = self.find(connection, reference)
        today = self.clock.today(connection)
        return [f"{reference} {one}" for one in problems_of(connection, view, wanted, today)]

    def _absence_problems(self, connection: Connection, reference: str) -> list[str]:
        try:
            view = self.find(connection, reference)
        except ScenarioError:
            return []
        return [] if view.closed_on else [f"{reference} is open in {view.state}, expected none"]


def _actor(step: Mapping[str, Any], role: Role | None = None) -> Actor:
    """Whoever acts: `as: ROLE` or `as: ROLE:NAME`; without, somebody who may."""
    given, _, name = str(step.get("as") or role or Role.CASE_OFFICER).partition(":")
    return Actor(name or given, frozenset({Role(given)}), source=ActorSource.DECLARED)


def read_scenario(path: Path) -> Mapping[str, Any]:
    """A scenario file's content.

    Raises:
        DefinitionError: it is not YAML as we read it.
    """
    document = read_yaml(path)
    document.raise_complaints()
    values: Mapping[str, Any] = document.values
    return values


def play_file(path: Path, registry: Registry, run: Run) -> int:
    """Plays one file on an empty database that carries its own clock; the number of steps.

    Raises:
        ScenarioError: an expectation did not hold.
    """
    scenario = read_scenario(path)
    return Player(str(scenario["scenario"]), registry, run).play(scenario)


__all__ = ["PERSON", "Player", "ScenarioError", "play_file", "read_scenario"]
