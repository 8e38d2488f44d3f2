"""What the desk is made of: the parts it works with and how it is set up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from lifecycle.store.session import in_transaction, reading
from wording.teller import Teller
from wording.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from scheduler.jobs import Parts

T = TypeVar("T")


def wall_now() -> datetime:
    """The machine's time: sessions and passwords live in it, also on a demonstration's own day."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts that pages work with; one for the life of the program."""

    parts: Parts
    language: str = "zh"
    secure: bool = False
    """Whether browsers reach the desk by https only: cookies are then bound to that."""
    sample: bool = False
    """A demonstration: its day is shown and can be moved."""
    now: Callable[[], datetime] = wall_now
    outgoing: Path | None = None
    """Where mails lie as files; None: nowhere."""

    @property
    def uploads(self) -> Path | None:
        """Where workbooks wait between being uploaded and being taken over; None: none are."""
        return self.parts.uploads

    def read(self, work: Callable[[Connection], T]) -> T:
        """Does `work` on a connection that only reads."""
        with reading(self.parts.engine) as connection:
            return work(connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Does `work` in one transaction, again when others got in between."""
        return in_transaction(self.parts.engine, work)

    def teller(self, language: str) -> Teller:
        """Tells what the database holds in one language."""
        return Teller(Words(language, at_desk=True), self.parts.registry, self.parts.clock)
