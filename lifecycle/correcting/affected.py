"""Which cases a correction reaches, and from which day on: those whose facts are others now.

The register and the states of cases carry four dates, so what a fact was before the correction
can still be read: as known a moment ago. Where every fact that a rule or a recorded step of a case
looks at is as it was, on every day, the case is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.history import Body, bodies_of, day_of, living
from lifecycle.reach import may_end
from lifecycle.registry import SUBJECT_ENDED
from lifecycle.store.tables import case
from lifecycle.store.types import END_OF_TIME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date, datetime

    from lifecycle.cases import CaseView, Subject
    from lifecycle.facts import FactValue
    from lifecycle.rulebook import Rulebook
    from lifecycle.work import Work

BEFORE = timedelta(microseconds=1)
"""What was known so long before an act is what was known before it."""


@dataclass(slots=True)
class Affected:
    """The cases around some subjects that have lived since a day, and what they ask."""

    work: Work
    since: date
    seen: dict[int, tuple[tuple[date, tuple[tuple[str, FactValue], ...]], ...]] = field(
        default_factory=dict
    )
    """By case: the facts with which it was last led through its days."""

    def in_order(self, subjects: Collection[Subject]) -> list[tuple[Rulebook, list[int]]]:
        """The cases of each workflow, stratum by stratum; the files of the register left out."""
        by_type: dict[str, list[int]] = {}
        for one in subjects:
            by_type.setdefault(one.type, []).append(one.id)
        c = case.c
        found: dict[str, list[int]] = {}
        for kind, ids in by_type.items():
            statement = sa.select(c.workflow, c.id).where(
                c.subject_type == kind,
                c.subject_id.in_(ids),
                sa.or_(c.closed_on.is_(None), c.closed_on >= self.since),
            )
            for workflow, number in self.work.connection.execute(statement.order_by(c.id)):
                found.setdefault(workflow, []).append(number)
        return [
            (book, found[book.workflow.workflow])
            for stratum in self.work.registry.strata
            for book in stratum
            if book.workflow.listed and book.workflow.workflow in found
        ]

    def first_change(
        self, book: Rulebook, view: CaseView, tail: Sequence[Body], days: Iterable[date]
    ) -> date | None:
        """The first of the days on which a fact that the case asks is another than it was.

        Facts with which the case has been led through its days already are no news.
        """
        names = _asked(self.work, book, tail)
        if not names:
            return None
        before = self.work.now - BEFORE
        news: list[tuple[date, tuple[tuple[str, FactValue], ...]]] = []
        for day in days:
            now = self._facts(view, names, day, END_OF_TIME)
            if now == self._facts(view, names, day, before) or (news and now == news[-1][1]):
                continue
            news.append((day, now))
        if not news or self.seen.get(view.id) == tuple(news):
            return None
        self.seen[view.id] = tuple(news)
        return news[0][0]

    def _facts(
        self, view: CaseView, names: frozenset[str], day: date, known_at: datetime
    ) -> tuple[tuple[str, FactValue], ...]:
        work, subject = self.work, view.subject
        about = (subject.type, subject.id)
        read = work.registry.reader.read_one(work.connection, about, names, day, known_at)
        parameters = work.registry.policy.at(day, view.unit_id)
        facts = work.registry.facts.derive(subject.type, names, read, parameters)
        return tuple(sorted((name, facts.get(name)) for name in names))


def tail_of(work: Work, view: CaseView, since: date) -> tuple[list[Body], list[Body]]:
    """The living entries of a case before the day, and those of that day and later."""
    bodies = living(bodies_of(work.connection, view.id))
    cut = next((i for i, one in enumerate(bodies) if day_of(one) >= since), len(bodies))
    return bodies[:cut], bodies[cut:]


def _asked(work: Work, book: Rulebook, tail: Sequence[Body]) -> frozenset[str]:
    """What rules ask in any state of the case, and what the recorded steps of its tail asked."""
    said = {body["event"] for body in tail}
    rows = [
        row
        for row in book.workflow.transitions
        if (row.automatic or row.time is not None or row.event in said) and not row.for_each
    ]
    names = book.deciding_facts(rows) | book.pause_facts()
    if may_end(work.registry, book):
        names |= {SUBJECT_ENDED}
    return names
