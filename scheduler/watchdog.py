"""What watches the clock itself: is work being finished, and can the time be trusted."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LOG = logging.getLogger(__name__)

KICK_AFTER = 3
"""Intervals without a finished run after which the scheduler is replaced by a fresh one."""

GIVE_UP_AFTER = 6
"""Intervals after which the process ends: whatever supervises it starts a new one."""

FORWARD = timedelta(minutes=5)
"""A wall clock that runs ahead of the monotonic one by more than this has jumped."""

BACKWARD = timedelta(seconds=60)
"""The same for falling back."""

APART = timedelta(seconds=60)
"""How far the clocks of this machine and of the database may differ."""


@dataclass(slots=True)
class Watchdog:
    """Notices jobs that no longer finish; `check` is called by a thread of its own."""

    monotonic: Callable[[], float]
    kick: Callable[[], None]
    give_up: Callable[[], None]
    _intervals: dict[str, float] = field(default_factory=dict)
    _seen: dict[str, float] = field(default_factory=dict)
    _kicked: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, job: str, every_seconds: float) -> None:
        """Expects progress of that job from now on."""
        with self._lock:
            self._intervals[job] = every_seconds
            self._seen[job] = self.monotonic()

    def alive(self, job: str) -> None:
        """The job has finished, or finished a chunk."""
        with self._lock:
            self._seen[job] = self.monotonic()
            self._kicked.discard(job)

    def check(self) -> None:
        """Kicks once after three silent intervals; gives up after six."""
        with self._lock:
            now = self.monotonic()
            silent = {
                job: (now - self._seen[job]) / every for job, every in self._intervals.items()
            }
            lost = _over(silent.items(), GIVE_UP_AFTER)
            late = [job for job in _over(silent.items(), KICK_AFTER) if job not in self._kicked]
            self._kicked.update(late)
        if lost:
            LOG.critical("no finished run for %s intervals: %s", GIVE_UP_AFTER, ", ".join(lost))
            self.give_up()
        elif late:
            LOG.error("no finished run for %s intervals: %s", KICK_AFTER, ", ".join(late))
            self.kick()


def _over(silent: Iterable[tuple[str, float]], intervals: int) -> list[str]:
    return sorted(job for job, count in silent if count >= intervals)


@dataclass(slots=True)
class ClockGuard:
    """Suspends what cannot be undone when the wall clock has jumped, until somebody confirms it."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    database_now: Callable[[], datetime] | None = None
    """The database's own time, where it has one."""
    reason: str = ""
    """Why firing is suspended; empty while it is not."""
    _wall: datetime = field(init=False)
    _ticks: float = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Starting counts as a confirmation: whoever starts the process trusts its clock."""
        self._wall, self._ticks = self.now(), self.monotonic()

    def trusted(self) -> bool:
        """Whether the time can be acted upon; once suspended, only `confirm` lifts it."""
        with self._lock:
            if not self.reason:
                self.reason = self._jump() or self._apart()
                if self.reason:
                    LOG.critical("the clock is not trusted: %s; nothing fires", self.reason)
            return not self.reason

    def confirm(self) -> None:
        """Takes the time as it now is for right."""
        with self._lock:
            self._wall, self._ticks = self.now(), self.monotonic()
            self.reason = ""

    def _jump(self) -> str:
        wall, ticks = self.now(), self.monotonic()
        jump = (wall - self._wall) - timedelta(seconds=ticks - self._ticks)
        if jump > FORWARD or jump < -BACKWARD:
            return f"it jumped by {jump.total_seconds():.0f} s"
        # Small steps (NTP) are taken in, so that they do not add up over months.
        self._wall, self._ticks = wall, ticks
        return ""

    def _apart(self) -> str:
        if self.database_now is None:
            return ""
        apart = self.database_now() - self.now()
        if abs(apart) > APART:
            return f"the database's clock differs by {apart.total_seconds():.0f} s"
        return ""
