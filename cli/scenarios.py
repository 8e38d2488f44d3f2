"""Plays scenario files on one throw-away database, and tells what did not hold."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import migrations
from cli.problems import told
from cli.wiring import App, open_app
from lifecycle.access import SYSTEM
from lifecycle.clock import store_time
from lifecycle.engine import begin
from lifecycle.errors import DefinitionError, LifecycleError, TransitionRefusedError
from lifecycle.moments import day_start
from wording.derivations import derivation_lines, derivation_of
from wording.rendering import Scene, finding_line, reconciled, value_of
from wording.suppliers import Suppliers
from workflows.expecting import Mismatch
from workflows.scenario import ScenarioError, play_file, read_scenario

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from wording.words import Words

BEFORE_EVERYTHING = date(2003, 1, 1)
"""The day on which a scenario's database begins; steps move its clock forward from here."""


@dataclass(frozen=True, slots=True)
class Played:
    """What became of one file."""

    name: str
    file: str
    steps: int | None
    """How many steps were played, the one that failed among them; None where none was."""
    on: date | None = None
    problems: tuple[str, ...] = ()
    """In the reader's language, each of one or more lines."""

    @property
    def passed(self) -> bool:
        """Whether every expectation held."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Stage:
    """A database that is empty again before every file, and the law read once."""

    app: App
    file: Path
    empty: Path
    words: Words

    def play(self, path: Path) -> Played:
        """Whether the scenario holds, and if not, at which step and why."""
        self.app.engine.dispose()
        shutil.copyfile(self.empty, self.file)
        self.app.read(self.app.registry.refresh_policy)
        name = path.stem
        try:
            name = str(read_scenario(path)["scenario"])
            steps = play_file(path, self.app.registry, self.app.write)
        except DefinitionError as error:
            return Played(name, str(path), None, problems=tuple(map(str, error.complaints)))
        except ScenarioError as error:
            problems = tuple(self._told(one) for one in error.problems)
            return Played(name, str(path), error.step, error.on, problems)
        return Played(name, str(path), steps)

    def _told(self, problem: Mismatch | LifecycleError) -> str:
        if isinstance(problem, Mismatch):
            return self.app.read(lambda connection: self._mismatch(connection, problem))
        if isinstance(problem, TransitionRefusedError):
            return self._refusal(problem)
        sentence = told(problem, self.words, self.app.registry)
        return sentence[0] if sentence else str(problem)

    def _scene(self, reference: str) -> Scene | None:
        """The law of the workflow whose code a reference begins with."""
        book = self.app.registry.by_code(reference.partition("(")[0].partition("-")[0])
        suppliers = Suppliers(self.words, self.app.registry)
        return Scene(self.words, self.app.registry, book.workflow, suppliers) if book else None

    def _refusal(self, error: TransitionRefusedError) -> str:
        scene = self._scene(error.case)
        if scene is None:
            return str(error)
        event, state = scene.event(error.event), scene.state(error.state)
        lines = [self.words("scenario_refused", ref=error.case, event=event, state=state)]
        unmet = [one for one in reconciled(error.findings) if not (one.met or one.advisory)]
        return "\n    ".join([*lines, *(finding_line(scene, one) for one in unmet)])

    def _mismatch(self, connection: Connection, problem: Mismatch) -> str:
        scene = self._scene(problem.about)
        name = self._name(scene, problem)
        values = {
            "about": problem.about,
            "name": name,
            "wanted": self._value(scene, problem, problem.wanted),
            "found": self._value(scene, problem, problem.found),
        }
        key = f"scenario_{problem.kind}" if problem.kind in _OWN else "scenario_differs"
        lines = [self.words(key, **values).strip()]
        if problem.deadline_id is not None and problem.case_id is not None:
            work = begin(connection, self.app.registry, self.app.clock, SYSTEM)
            which = (problem.case_id, problem.deadline_id)
            lines += derivation_lines(derivation_of(work, self.words, *which))
        return "\n    ".join(lines)

    def _name(self, scene: Scene | None, problem: Mismatch) -> str:
        """What was looked at, with its label."""
        if scene and problem.kind == "field" and problem.name in scene.workflow.fields:
            label = self.words.label(scene.workflow.fields[problem.name].label)
            return f"{problem.name} {label}"
        if scene and problem.kind == "deadline":
            label = self.words.label(scene.workflow.deadlines[problem.name].label)
            return f"{problem.name} {label}"
        named = problem.name or problem.kind
        return self.words.section("expected").get(named, named)

    def _value(self, scene: Scene | None, problem: Mismatch, value: object) -> str:
        if isinstance(value, list | tuple):
            return self.words.listed(map(self.words.value, value)) or self.words("none_of_them")
        if scene and problem.kind in {"state", "still_open"}:
            return scene.state(str(value))
        if scene and problem.kind == "field":
            return value_of(scene, problem.name, value)
        return self.words.value(value)


_OWN = frozenset({"notice", "no_notice", "told", "recorded", "reasons", "missing", "still_open"})
"""Kinds of mismatch with a sentence of their own."""


@contextmanager
def stage(words: Words) -> Iterator[Stage]:
    """A stage that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        file, empty = Path(folder) / "scenario.sqlite", Path(folder) / "empty.sqlite"
        url = f"sqlite:///{file}"
        migrations.upgrade(url)
        app = open_app(url, durable=False)
        app.write(lambda c: store_time(c, day_start(BEFORE_EVERYTHING) + timedelta(hours=9)))
        app.engine.dispose()
        shutil.copyfile(file, empty)
        app = open_app(url, durable=False)
        try:
            yield Stage(app, file, empty, words)
        finally:
            app.engine.dispose()
