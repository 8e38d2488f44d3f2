"""Scenarios: dated steps and expectations in YAML, played against the real engine.

A step is one of `add`, `record`, `event`, `correct`, `tick`; it may carry `expect`. Names given
in a scenario (`wang`, `clinic`) stand for the things that it adds (`docs/scenarios.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import Actor, ActorSource, Role
from lifecycle.clock import StoredClock, store_time
from lifecycle.errors import LifecycleError, TransitionRefusedError
from lifecycle.moments import day_start
from lifecycle.store.tables import case, parameter_value
from lifecycle.sweeps import sweep_all
from workflows.expecting import (
    Mismatch,
    figure_problems,
    problems_of,
    refusal_problems,
    stage_problems,
    told_problems,
)
from workflows.programme import freeze_and_tell
from workflows.scenario_file import CASE, check_scenario, read_scenario
from workflows.scenario_things import Things
from workflows.second_thoughts import put_right

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from lifecycle.definition import Transition
    from lifecycle.registry import Registry
    from lifecycle.work import Work

Run = Callable[[Callable[["Connection"], Any]], Any]
"""How a step's work reaches the database: in a transaction of its own."""

OF_NO_CASE = frozenset({"indicators", "programme", "told"})
"""What a step may expect that is about no case."""

SINCE_EVER = date(2010, 6, 7)
"""From when a value holds that a scenario gives without a day: that of the document itself."""


class ScenarioError(LifecycleError):
    """An expectation did not hold: what was expected, what came, and the derivation."""

    def __init__(
        self, scenario: str, step: tuple[int, date], problems: Sequence[Mismatch | LifecycleError]
    ) -> None:
        self.scenario = scenario
        self.step, self.on = step
        self.problems = tuple(problems)
        told = "; ".join(str(one) for one in problems)
        super().__init__(f"{scenario}, step {self.step} of {self.on}: {told}")


@dataclass(slots=True)
class Player:
    """One scenario being played."""

    name: str
    registry: Registry
    run: Run
    things: Things = field(default_factory=Things)
    clock: StoredClock = field(default_factory=StoredClock)
    steps: int = 0
    on: date = SINCE_EVER

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
            self.steps, self.on = number, step["on"]
            self._step(step)
        return self.steps

    def _fail(self, *problems: Mismatch | LifecycleError) -> ScenarioError:
        return ScenarioError(self.name, (self.steps, self.on), problems)

    def _step(self, step: Mapping[str, Any]) -> None:
        day: date = step["on"]
        now = day_start(step.get("entered_on", day)) + timedelta(hours=9, seconds=self.steps)
        self.run(lambda connection: store_time(connection, now))
        refused: TransitionRefusedError | None = None
        try:
            self._act(step, day)
        except TransitionRefusedError as error:
            refused = error
        except ScenarioError:
            raise
        except LifecycleError as error:
            if step.get("expect", {}).get("error") != type(error).__name__:
                raise self._fail(error) from error
            return
        self._check(step, refused)

    def _act(self, step: Mapping[str, Any], day: date) -> None:
        if "add" in step:
            self.run(lambda c: self.things.add(self._work(c, step), step["add"], day))
        if "take_over" in step:
            self.run(lambda c: self.things.take_over(self._work(c, step), step["take_over"], day))
        if "record" in step:
            self.run(lambda c: self.things.record(self._work(c, step), step["record"], day))
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
        reference = str(step["case"])[1:]
        match = CASE.match(reference)
        book = self.registry.by_code(match[1]) if match else None
        subject = (
            self.things.subject(connection, book.workflow, match[2]) if match and book else None
        )
        if book is None or subject is None:
            raise self._fail(Mismatch("missing", reference))
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
            name: self.things.number(connection, value, meant.get(name, ""))
            for name, value in step.get("fields", {}).items()
        }

    def _role_for(self, view: CaseView, event: str) -> Role | None:
        rows = self.registry.book_of(view.workflow_text_id).workflow.rows(view.state, event)
        return next((row.by[0] for row in rows if row.by), None)

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
        subject = (
            self.things.subject(connection, book.workflow, match[2]) if match and book else None
        )
        if book is None or subject is None:
            raise self._fail(Mismatch("missing", reference))
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
            raise self._fail(Mismatch("missing", reference))
        return self._work(connection, {}).case(case_id)

    # -- expecting -------------------------------------------------------------------------

    def _check(self, step: Mapping[str, Any], refused: TransitionRefusedError | None) -> None:
        expected = step.get("expect", {})
        problems: list[Mismatch | LifecycleError] = []
        if refused is not None and "refused" not in expected:
            problems.append(refused)
        if "refused" in expected:
            problems += refusal_problems(str(step.get("case", "")), expected["refused"], refused)
        if OF_NO_CASE & set(expected):
            problems += self.run(partial(self._figures, expected=expected, on=step["on"]))
        many = expected.get("cases", {})
        if set(expected) - {"refused", "cases", "error", *OF_NO_CASE}:
            own = str(expected.get("case", step.get("case"))).removeprefix("+")
            many = {own: expected, **many}
        for reference, wanted in many.items():
            problems += self.run(partial(self._case_problems, reference=reference, wanted=wanted))
        if problems:
            raise self._fail(*problems)

    def _figures(
        self, connection: Connection, expected: Mapping[str, Any], on: date
    ) -> list[Mismatch]:
        """What differs of figures (`I3: [10, 33, true]`) and of stages (`bureau: {D1: met}`)."""
        found = figure_problems(connection, self.registry, expected.get("indicators", {}), on)
        found += told_problems(connection, expected.get("told", []))
        for name, wanted in expected.get("programme", {}).items():
            unit_id = self.things.named[name].id
            found += stage_problems(connection, self.registry, unit_id, wanted, on)
        return found

    def _case_problems(
        self, connection: Connection, reference: str, wanted: Mapping[str, Any]
    ) -> list[Mismatch]:
        if wanted.get("none"):
            return self._absence_problems(connection, reference)
        view = self.find(connection, reference)
        today = self.clock.today(connection)
        return problems_of(connection, reference, view, wanted, today)

    def _absence_problems(self, connection: Connection, reference: str) -> list[Mismatch]:
        try:
            view = self.find(connection, reference)
        except ScenarioError:
            return []
        if view.closed_on:
            return []
        return [Mismatch("still_open", reference, found=view.state, case_id=view.id)]


def _actor(step: Mapping[str, Any], role: Role | None = None) -> Actor:
    """Whoever acts: `as: ROLE` or `as: ROLE:NAME`; without, somebody who may."""
    given, _, name = str(step.get("as") or role or Role.CASE_OFFICER).partition(":")
    return Actor(name or given, frozenset({Role(given)}), source=ActorSource.DECLARED)


def play_file(path: Path, registry: Registry, run: Run) -> int:
    """Plays one file on an empty database that carries its own clock; the number of steps.

    Raises:
        DefinitionError: the file has mistakes: nothing was played.
        ScenarioError: an expectation did not hold.
    """
    scenario = check_scenario(path, registry)
    return Player(str(scenario["scenario"]), registry, run).play(scenario)


__all__ = ["Player", "ScenarioError", "play_file", "read_scenario"]
