"""Kills a worker again and again and says what is wrong with the database it leaves behind."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.audit import verify
from lifecycle.moments import day_start
from lifecycle.store.tables import case, case_state, deadline, entry, outbox
from lifecycle.sweeps import due
from tests.builders import app_on
from tests.fault import plants, worker

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cli.wiring import App

POINTS = (
    *("after_lock", "after_entry", "after_case", "after_state", "after_deadlines"),
    *("after_outbox", "before_commit", "after_commit"),
)
WAIT_SECONDS = 30


@dataclass(slots=True)
class Harness:
    """One database, one nursery, and what its children have acknowledged."""

    url: str
    fault: str = ""
    points: tuple[str, ...] = POINTS
    random: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311
    acknowledged: dict[str, int] = field(default_factory=dict)
    """Request and the number of its entries."""
    swept: date | None = None
    next_act: int = 0
    kills: int = 0
    points_hit: Counter[str] = field(default_factory=Counter)

    def run(self, kills: int, *, stop_at_first: bool = False) -> list[str]:
        """Kills that many children, half at points and half at any moment; all faults found."""
        with app_on(self.url, worker.FIRST_DAY) as app:
            if not self.acknowledged:
                worker.prepare(app)
            app.engine.dispose()
            nursery = self._nursery()
            try:
                _expect(nursery, "ready")
                found: list[str] = []
                for _ in range(kills):
                    self._one_life(nursery)
                    found += app.read(lambda connection: self.faults(connection, app))
                    app.engine.dispose()
                    if found and stop_at_first:
                        break
                return found
            finally:
                nursery.kill()
                nursery.communicate()

    def _nursery(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.fault.worker", self.url],
            env={**os.environ, plants.VARIABLE: self.fault},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def _one_life(self, nursery: subprocess.Popen[bytes]) -> None:
        at_point = self.kills % 2 == 0 or bool(self.fault)
        point = self.random.choice(self.points)
        assert nursery.stdin is not None
        # Two acts back: what was done before must be found done, and change nothing.
        first = max(0, self.next_act - 2)
        passages = self.random.randint(1, 12)
        nursery.stdin.write(f"{first} {f'{point}:{passages}' if at_point else '-'}\n".encode())
        child = int(_expect(nursery, "pid").split()[1])
        left = -1 if at_point else self.random.randint(1, 12)
        while True:
            line = _read(nursery)
            if line.startswith("failed"):
                message = f"the worker did not die of our signal: {line}"
                raise AssertionError(message)
            if line.startswith("gone"):
                break
            self._note(line)
            left -= 1
            if left == 0:
                _moment(nursery, self.random.uniform(0, 0.02))
                os.kill(child, signal.SIGKILL)
        self.kills += 1
        if at_point:
            self.points_hit[point] += 1

    def _note(self, line: str) -> None:
        _, request, entries = line.split()
        kind, _, rest = request.partition("-")
        if kind == "day":
            self.swept = date.fromisoformat(rest)
            self.next_act = (self.swept - worker.FIRST_DAY).days * worker.SWEEP_EVERY
            return
        self.next_act = int(rest) + 1
        before = self.acknowledged.setdefault(request, int(entries))
        assert before == int(entries), f"{request} had {before} entries, repeated it has {entries}"

    def faults(self, connection: Connection, app: App) -> list[str]:
        """Everything that may not be, in the database as it is now."""
        codes = {name: book.workflow.code for name, book in app.registry.rulebooks.items()}
        found = [str(one) for one in verify(connection, codes).breaks]
        found += self._lost_or_doubled(connection)
        found += _history(connection)
        found += _belongings(connection)
        if self.swept is not None:
            now = day_start(self.swept) + timedelta(hours=9)
            found += [f"deadline {one} was swept and still waits" for one in due(connection, now)]
        return found

    def _lost_or_doubled(self, connection: Connection) -> list[str]:
        parts: defaultdict[str, list[int]] = defaultdict(list)
        for (request,) in connection.execute(sa.select(entry.c.request_id)):
            base, _, part = request.partition("/")
            parts[base].append(int(part or 0))
        found = [
            f"{base} has parts {sorted(numbers)}"
            for base, numbers in parts.items()
            if sorted(numbers) != list(range(len(numbers)))
        ]
        return found + [
            f"{request} was acknowledged with {entries} entries and has {len(parts[request])}"
            for request, entries in self.acknowledged.items()
            if len(parts[request]) != entries
        ]


def _history(connection: Connection) -> list[str]:
    s = case_state.c
    open_rows: defaultdict[int, list[str]] = defaultdict(list)
    now = sa.select(s.case_id, s.state).where(s.known_until.is_(None), s.until_on.is_(None))
    for case_id, state in connection.execute(now):
        open_rows[case_id].append(state)
    return [
        f"case {row.id} is {row.state}, its history says {open_rows[row.id]}"
        for row in connection.execute(sa.select(case.c.id, case.c.state))
        if open_rows[row.id] != [row.state]
    ]


def _belongings(connection: Connection) -> list[str]:
    """Deadlines and notices: what the bodies of the entries say is there, and nothing else."""
    opened: Counter[int] = Counter()
    ended: Counter[int] = Counter()
    owed: Counter[int] = Counter()
    found: list[str] = []
    for row in connection.execute(sa.select(deadline)):
        opened[row.opened_entry_id] += 1
        if row.closed_entry_id is not None:
            ended[row.closed_entry_id] += 1
        if (row.status in ("open", "suspended")) != (row.closed_entry_id is None):
            found.append(f"deadline {row.id} is {row.status}, closed by {row.closed_entry_id}")
    for (entry_id,) in connection.execute(
        sa.select(outbox.c.entry_id).where(outbox.c.entry_id.is_not(None))
    ):
        owed[entry_id] += 1
    for entry_id, packed in connection.execute(sa.select(entry.c.id, entry.c.body)):
        body = json.loads(packed)
        acts = Counter(change["act"] for change in body["deadlines"])
        closing = sum(acts[act] for act in ("meet", "cancel", "lapse"))
        notices = [one for one in body["notices"] if one[1] != "withdrawn"]
        _same(found, entry_id, "opened deadlines", acts["open"], opened.pop(entry_id, 0))
        _same(found, entry_id, "closed deadlines", closing, ended.pop(entry_id, 0))
        _same(found, entry_id, "notices", len(notices), owed.pop(entry_id, 0))
    return found + [f"rows of no entry: {one}" for one in (opened, ended, owed) if one]


def _same(found: list[str], entry_id: int, what: str, said: int, stored: int) -> None:
    if said != stored:
        found.append(f"entry {entry_id} says {said} {what}, {stored} are stored")


def _expect(nursery: subprocess.Popen[bytes], word: str) -> str:
    line = _read(nursery)
    assert line.startswith(word), f"expected {word!r}, got {line!r}"
    return line


def _read(nursery: subprocess.Popen[bytes]) -> str:
    assert nursery.stdout is not None
    ready, _, _ = select.select([nursery.stdout], [], [], WAIT_SECONDS)
    assert ready, "the worker says nothing any more"
    line = nursery.stdout.readline().decode().strip()
    assert line, "the nursery is gone"
    return line


def _moment(nursery: subprocess.Popen[bytes], seconds: float) -> None:
    """Lets the child go on until it says something more, at most so long."""
    streams: list[Any] = [nursery.stdout]
    select.select(streams, [], [], seconds)
