"""Runs the command line inside a test: one call, its exit code and what it wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cli.main import run
from lifecycle.clock import store_time
from lifecycle.moments import day_start
from lifecycle.store.session import create_engine, transaction

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call of the program gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the command wrote
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass(slots=True)
class CommandLine:
    """The program on one database."""

    url: str
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Answer:
        """Runs one command, which may end in any way."""
        self.capsys.readouterr()
        code = run(arguments)
        captured = self.capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    def ok(self, *arguments: str) -> str:
        """Runs one command that must succeed; its output."""
        answer = self(*arguments)
        assert (answer.code, answer.err) == (0, ""), answer
        return answer.out

    def stand_on(self, day: date) -> None:
        """Puts the database's own clock at nine o'clock of the day."""
        engine = create_engine(self.url)
        with transaction(engine) as connection:
            store_time(connection, day_start(day) + timedelta(hours=9))
        engine.dispose()

    def case_of(self, code: str) -> str:
        """The reference of the latest case of that machine code."""
        rows = self("cases", "--json", "--workflow", code, "--limit", "999").json
        return str(max((row["case"] for row in rows), key=lambda one: int(one.split("-")[1])))


def command_line(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> CommandLine:
    """The program with settings of its own, as an officer of the unit in charge uses it."""
    for name in ("LANG", "SMTP_URL", "MAIL_FROM", "MAIL_DIR"):
        monkeypatch.delenv(f"LIFECYCLE_{name}", raising=False)
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", url)
    monkeypatch.setenv("LIFECYCLE_DATA_DIR", str(folder))
    monkeypatch.setenv("LIFECYCLE_ACTOR", "case_officer:陈")
    return CommandLine(url, capsys)
