"""Days and instants: where a legal day begins and on which day an instant falls. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
"""The zone in which a legal day begins and ends."""


def day_start(day: date) -> datetime:
    """The instant (UTC) at which the local `day` begins."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def day_end(day: date) -> datetime:
    """The last instant (UTC) of the local `day`, to the microsecond that databases keep."""
    return day_start(day + timedelta(days=1)) - timedelta(microseconds=1)


def local_day(instant: datetime) -> date:
    """The local day on which the aware `instant` falls."""
    return instant.astimezone(ZONE).date()
