"""The watchdog and the clock guard, on clocks that tests move."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.watchdog import ClockGuard, Watchdog


@dataclass
class Clocks:
    """A wall clock and a monotonic one, moved together or apart."""

    wall: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)
    ticks: float = 100.0
    calls: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def passing(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.ticks += seconds

    def watchdog(self) -> Watchdog:
        dog = Watchdog(
            self.monotonic, lambda: self.calls.append("kick"), lambda: self.calls.append("give up")
        )
        dog.watch("sweep", 20)
        return dog


def test_a_job_that_goes_on_is_left_alone() -> None:
    clocks = Clocks()
    dog = clocks.watchdog()
    for _ in range(10):
        clocks.passing(50)
        dog.alive("sweep")
        dog.check()

    assert clocks.calls == []


def test_three_silent_intervals_kick_once_and_six_give_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clocks = Clocks()
    dog = clocks.watchdog()
    for _ in range(12):
        clocks.passing(10)
        dog.check()

    assert clocks.calls == ["kick", "give up"]
    assert "CRITICAL" in {record.levelname for record in caplog.records}


def test_a_job_that_recovers_may_be_kicked_again() -> None:
    clocks = Clocks()
    dog = clocks.watchdog()
    for _ in range(2):
        clocks.passing(60)
        dog.check()
        dog.alive("sweep")

    assert clocks.calls == ["kick", "kick"]


@pytest.mark.parametrize(
    ("jump", "trusted"),
    [(0, True), (290, True), (310, False), (-50, True), (-70, False), (86_400, False)],
)
def test_a_jump_of_the_wall_clock_suspends(jump: int, trusted: bool) -> None:  # noqa: FBT001
    clocks = Clocks()
    guard = ClockGuard(clocks.now, clocks.monotonic)
    clocks.passing(30)
    clocks.wall += timedelta(seconds=jump)

    assert guard.trusted() is trusted


def test_only_a_confirmation_lifts_the_suspension() -> None:
    clocks = Clocks()
    guard = ClockGuard(clocks.now, clocks.monotonic)
    clocks.wall += timedelta(hours=8)
    suspended = guard.trusted()
    clocks.wall -= timedelta(hours=8)

    assert not suspended
    assert not guard.trusted()
    guard.confirm()
    assert guard.trusted()


def test_small_steps_do_not_add_up() -> None:
    clocks = Clocks()
    guard = ClockGuard(clocks.now, clocks.monotonic)
    for _ in range(30):
        clocks.passing(600)
        clocks.wall += timedelta(seconds=20)

        assert guard.trusted()


def test_a_database_in_another_time_suspends() -> None:
    clocks = Clocks()
    apart = timedelta(seconds=59)
    guard = ClockGuard(clocks.now, clocks.monotonic, lambda: clocks.wall + apart)

    assert guard.trusted()
    apart = timedelta(seconds=61)
    assert not guard.trusted()
