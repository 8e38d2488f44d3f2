"""One durable transition: our whole path and the raw one, measured in pairs in one run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.raw import Raw, Sample
from benchmarks.world import OFFICER, World
from lifecycle import engine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from lifecycle.engine import Done

FORTH_AND_BACK: tuple[tuple[str, dict[str, Any]], ...] = (
    ("document_issued", {"document_kind": "formal", "number": "2026-17", "days": 30}),
    ("rejected", {"reason_code": "letter_incomplete"}),
)
"""A document opens a deadline; its refusal cancels it and owes notices. Both move the case."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rates per second of blocks that took turns."""

    ours: tuple[float, ...]
    raw: tuple[float, ...]
    own_cpu: float
    raw_cpu: float
    """Milliseconds of our process's processor time for one transition, without the server's."""

    @property
    def ratios(self) -> list[float]:
        """Ours over raw, pair by pair."""
        return [a / b for a, b in zip(self.ours, self.raw, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the pairs."""
        return median(self.ratios)


def advance(world: World, case_id: int, event: str, fields: dict[str, Any]) -> Done:
    """One act as the command line does it: in its own transaction, with a request id."""
    app = world.app

    def act(connection: Connection) -> Done:
        return engine.advance(
            connection,
            app.registry,
            app.clock,
            case_id=case_id,
            event=event,
            actor=OFFICER,
            fields=fields,
            request_id=f"{event}:{case_id}:{time.perf_counter_ns()}",
        )

    return app.write(act)


def measure(world: World, pairs: int) -> Pairs:
    """Our path on one half of the cases and the raw one on the other, block by block in turn."""
    half = len(world.cases) // 2
    mine, its = world.cases[:half], world.cases[half:]
    raw = Raw(world)
    samples: list[Sample] = []
    for case_id in mine[:3]:  # also warms up: statements are compiled and prepared
        samples = [
            raw.sample(advance(world, case_id, event, fields).written[0].entry_id)
            for event, fields in FORTH_AND_BACK
        ]

    def our_block() -> None:
        for case_id in mine:
            for event, fields in FORTH_AND_BACK:
                advance(world, case_id, event, fields)

    def raw_block() -> None:
        for case_id in its:
            for sample in samples:
                raw.transition(case_id, sample)

    our_block()
    raw_block()
    taken = [(_block(our_block, mine), _block(raw_block, its)) for _ in range(pairs)]
    raw.close()
    return Pairs(
        tuple(1 / one.wall for one, _ in taken),
        tuple(1 / one.wall for _, one in taken),
        min(one.cpu for one, _ in taken) * 1e3,
        min(one.cpu for _, one in taken) * 1e3,
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds for one transition, by the clock on the wall and of the processor."""

    wall: float
    cpu: float


def _block(block: Callable[[], None], case_ids: Sequence[int]) -> Taken:
    count = len(FORTH_AND_BACK) * len(case_ids)
    begun, begun_cpu = time.perf_counter(), time.process_time()
    block()
    return Taken((time.perf_counter() - begun) / count, (time.process_time() - begun_cpu) / count)
