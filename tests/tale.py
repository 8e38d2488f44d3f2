"""Tells a test's story as scenario steps and looks at what the database then holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import Actor, Role
from lifecycle.audit import verify
from lifecycle.store.tables import case, case_state, deadline, entry, outbox
from workflows.register import TABLES
from workflows.scenario import Player

if TYPE_CHECKING:
    from datetime import date

    from cli.wiring import App
    from lifecycle.audit import Verified
    from lifecycle.cases import CaseView

OFFICER = Actor("chen", frozenset({Role.CASE_OFFICER, Role.APPROVER}))


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as the trail has it."""

    seq: int
    event: str
    on: str
    to: str
    kind: str
    body: dict[str, Any]


class Tale:
    """A story on one database; steps are those of scenario files."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.player = Player("a test", app.registry, app.write)

    def tell(self, *steps: dict[str, Any]) -> None:
        """Plays the steps, one after the other."""
        for step in steps:
            self.player.steps += 1
            self.player._step(step)

    def case(self, reference: str) -> CaseView:
        """The case that `MEM(wang, clinic)` names."""
        return self.app.read(lambda connection: self.player.find(connection, reference))

    def case_of(self, number: int) -> CaseView:
        """The case of that number."""
        registry, clock = self.app.registry, self.app.clock
        return self.app.read(lambda c: engine.begin(c, registry, clock, OFFICER).case(number))

    def record(
        self,
        reference: str,
        event: str,
        on: date,
        actor: Actor = OFFICER,
        **fields: Any,  # noqa: ANN401 - what an officer enters
    ) -> engine.Done:
        """An event of a case, on whatever day the clock shows."""
        number = self.case(reference).id
        return self.app.write(
            lambda connection: engine.advance(
                connection,
                self.app.registry,
                self.app.clock,
                case_id=number,
                event=event,
                actor=actor,
                fields=fields,
                effective_on=on,
            )
        )

    def entries(self, reference: str) -> list[Told]:
        """The trail of the case."""
        statement = sa.select(entry).where(entry.c.case_id == self.case(reference).id)
        rows = self.app.read(lambda c: c.execute(statement.order_by(entry.c.seq)).mappings().all())
        return [
            Told(
                row["seq"],
                row["event"],
                row["effective_on"].isoformat(),
                row["to_state"],
                row["kind"],
                json.loads(row["body"]),
            )
            for row in rows
        ]

    def live(self, reference: str) -> list[Told]:
        """The entries that no later one supersedes."""
        told = self.entries(reference)
        gone = {seq for one in told for seq in one.body["supersedes"]}
        return [one for one in told if one.seq not in gone]

    def rows(self, table: sa.Table, **where: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """Rows of a table, all columns."""
        conditions = [table.c[name] == value for name, value in where.items()]
        statement = sa.select(table).where(*conditions).order_by(table.c.id)
        found = self.app.read(lambda c: c.execute(statement).mappings().all())
        return [dict(one) for one in found]

    def deadlines(self, reference: str) -> dict[str, str]:
        """Every running deadline of the case: `open 2026-03-04`."""
        rows = self.rows(deadline, case_id=self.case(reference).id)
        return {
            row["rule"]: f"{row['status']} {row['due_on']}"
            for row in rows
            if row["status"] in {"open", "suspended"}
        }

    def owed(self, reference: str) -> list[str]:
        """The notices of the case that are not withdrawn: `N11 due unit:3`."""
        rows = self.rows(outbox, case_id=self.case(reference).id)
        return sorted(
            f"{row['notice']} {row['stage']} {row['recipient']}"
            for row in rows
            if row["status"] != "withdrawn"
        )

    def history(self, reference: str) -> list[tuple[str, str, str | None]]:
        """The known states of the case: state, first day, first day without it."""
        rows = self.rows(case_state, case_id=self.case(reference).id)
        known = [row for row in rows if row["known_until"] is None]
        return self.states_of(sorted(known, key=lambda row: (row["from_on"], row["id"])))

    @staticmethod
    def states_of(rows: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
        """State, first day and first day without it, of each of the rows."""
        return [
            (row["state"], str(row["from_on"]), str(row["until_on"]) if row["until_on"] else None)
            for row in rows
        ]

    def verified(self) -> Verified:
        """What verification says of the whole trail."""
        codes = {n: book.workflow.code for n, book in self.app.registry.rulebooks.items()}
        return self.app.read(lambda connection: verify(connection, codes))

    def problems(self) -> list[str]:
        """Everything that never may be: breaks of the trail, gaps and overlaps of dated rows."""
        found = [str(one) for one in self.verified().breaks]
        for row in self.rows(case):
            states = [
                one
                for one in self.rows(case_state, case_id=row["id"])
                if one["known_until"] is None
            ]
            states.sort(key=lambda one: (one["from_on"], one["id"]))
            edges = [(one["from_on"], one["until_on"]) for one in states]
            joined = all(a[1] == b[0] for a, b in pairwise(edges))
            if not joined or edges[-1][1] is not None or states[-1]["state"] != row["state"]:
                found.append(f"case {row['id']} in {row['state']}: {self.states_of(states)}")
            if states[-1]["from_on"] != row["state_since_on"]:
                found.append(f"case {row['id']}: since {row['state_since_on']}, not {edges[-1][0]}")
            running = [
                one["rule"]
                for one in self.rows(deadline, case_id=row["id"])
                if one["status"] in {"open", "suspended"}
            ]
            if len(running) != len(set(running)) or (row["closed_on"] and running):
                found.append(f"case {row['id']} in {row['state']} runs {running}")
        return found + self._overlaps()

    def _overlaps(self) -> list[str]:
        found = []
        for table in TABLES.values():
            if "known_until" not in table.c:
                continue
            held: dict[tuple[Any, ...], Any] = {}
            rows = [row for row in self.rows(table) if row["known_until"] is None]
            for row in sorted(rows, key=lambda row: row["from_on"]):
                key = tuple(row[name] for name in table.info["key"])
                before = held.get(key)
                if before and (before["until_on"] is None or before["until_on"] > row["from_on"]):
                    found.append(f"{table.name} {key} holds twice on {row['from_on']}")
                held[key] = row
        return found
