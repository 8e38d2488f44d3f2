"""Doing something for real and taking it back: in the database and in what the work knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.engine import NestedTransaction

    from lifecycle.cases import CaseView, Subject
    from lifecycle.work import Work


@dataclass(frozen=True, slots=True)
class Trial:
    """A point of a unit of work to go back to."""

    work: Work
    savepoint: NestedTransaction
    written: int
    touched: frozenset[Subject]
    moved: Mapping[int, CaseView]
    changed: frozenset[str]
    ended: Mapping[int, date]
    told: frozenset[tuple[int, str, str, str, str]]
    retold: frozenset[tuple[int, str, str, str]]

    @classmethod
    def begin(cls, work: Work) -> Trial:
        """Marks the point."""
        return cls(
            work,
            work.connection.begin_nested(),
            len(work.written),
            frozenset(work.touched),
            dict(work.moved),
            frozenset(work.changed),
            dict(work.ended),
            frozenset(work.told),
            frozenset(work.retold),
        )

    def keep(self) -> None:
        """What was done since stands."""
        self.savepoint.commit()

    def take_back(self) -> None:
        """Nothing was done since."""
        self.savepoint.rollback()
        work = self.work
        del work.written[self.written :]
        work.touched = set(self.touched)
        work.moved = dict(self.moved)
        work.changed = set(self.changed)
        work.ended = dict(self.ended)
        work.told = set(self.told)
        work.retold = set(self.retold)
        work.forget_all()
