"""The programme of a jurisdiction: its start (P1), its stages D1 to D3, and what is frozen at them.

Not a case: the stages are the parameters P1 and P2, and a stage is met by the snapshot that is
frozen when its day is over (rulebook C.7). Each snapshot is told to the lead department (N4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.store.tables import outbox
from workflows.indicators.base import stages_of
from workflows.indicators.figures import STAGES
from workflows.indicators.snapshots import Snapshot, freeze_due_stages, latest

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from lifecycle.clock import Clock
    from lifecycle.registry import Registry

NOTICE = "N4"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage date of a jurisdiction's programme."""

    name: str
    """D1, D2 or D3."""
    due_on: date
    frozen: Snapshot | None
    """The latest version of what was frozen for it; None while it is ahead."""

    @property
    def status(self) -> str:
        """`met` by its snapshot, else `open`."""
        return "met" if self.frozen else "open"


def stages(connection: Connection, registry: Registry, unit_id: int, on: date) -> list[Stage]:
    """The three stages of a jurisdiction, as its parameters stand on the day."""
    days = stages_of(registry.policy.at(on, unit_id))
    return [
        Stage(name, day, latest(connection, unit_id, day))
        for name, day in zip(STAGES, days, strict=True)
    ]


def freeze_and_tell(connection: Connection, registry: Registry, clock: Clock) -> int:
    """Freezes the stages whose day is over and owes their statements; how many were frozen."""
    made = freeze_due_stages(connection, registry, clock)
    for one in made:
        connection.execute(
            sa.insert(outbox).values(
                key=f"snapshot:{one.unit_id}:{one.as_of}:{one.version}:{NOTICE}",
                notice=NOTICE,
                stage="due",
                recipient=f"unit:{one.unit_id}",
                urgent=False,
                values=_statement(one),
                status="owed",
                owed_on=clock.today(connection),
                created_at=clock.now(connection),
                attempts=0,
            )
        )
    return len(made)


def _statement(made: Snapshot) -> dict[str, Any]:
    rows = [
        {
            "indicator": row["indicator"],
            "zh": row["label"]["zh"],
            "en": row["label"]["en"],
            "numerator": row["numerator"],
            "denominator": row["denominator"],
            "met": row["met"],
            "excluded": sum(len(ids) for ids in row["excluded"].values()),
        }
        for row in made.statement()
    ]
    return {"programme_stage": made.stage, "as_of": made.as_of.isoformat(), "rows": rows}
