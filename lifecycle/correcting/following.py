"""What follows from a correction in other cases, stratum by stratum, until nothing changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lifecycle.correcting.affected import Affected, tail_of
from lifecycle.correcting.consequences import first_day_of
from lifecycle.correcting.leading import lead
from lifecycle.correcting.reenacting import Heading, Impossible, days_around
from lifecycle.correcting.steps import steps_of
from lifecycle.errors import SettlingError
from lifecycle.settling import open_what_is_due, settle, settle_case

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.cases import CaseView, Subject
    from lifecycle.correcting.consequences import Pictures
    from lifecycle.history import Body
    from lifecycle.rulebook import Rulebook
    from lifecycle.work import Work

FOLLOWED = "recomputed"
"""The event of the entry by which a case follows a correction elsewhere."""

MOST_ROUNDS = 12


@dataclass(slots=True)
class Following:
    """Goes through the cases around a correction; `impossible` fills with what cannot stand."""

    work: Work
    pictures: Pictures
    around: set[Subject]
    cause: int
    impossible: list[Impossible] = field(default_factory=list)

    def follow(self, since: date) -> None:
        """Leads every case whose facts are others since that day through its days.

        Raises:
            SettlingError: the definitions keep answering each other; nothing is stored.
        """
        work = self.work
        floor = first_day_of(work.connection, self.around)
        affected = Affected(work, max(since, floor) if floor else since)
        for _ in range(MOST_ROUNDS):
            self.around |= work.related(self.around) | work.touched
            changed = self._round(affected)
            if not self._open(affected.since) and not changed:
                break
        else:
            last = work.written[-5:]
            raise SettlingError(last[-1].ref, [f"{one.ref} {one.event}" for one in last])
        self.pictures.take(work.cases_of(self.around))
        before = len(work.written)
        settle(work, self.around, work.today, self.cause)
        self.pictures.take_new(one.case_id for one in work.written[before:])

    def _round(self, affected: Affected) -> bool:
        """One pass upward; whether any case came out otherwise."""
        work, changed = self.work, False
        for _, numbers in affected.in_order(self.around):
            for number in numbers:
                view = work.case(number)
                book = work.registry.book_of(view.workflow_text_id)
                days = days_around(work, {view.subject}, affected.since, number)
                kept, tail = tail_of(work, view, affected.since)
                day = affected.first_change(book, view, [*kept, *tail], days)
                if day is not None:
                    self.pictures.take([number])
                    work.lock([number])
                    changed |= self._lead(book, view, tail_of(work, view, day), day)
        return changed

    def _lead(
        self, book: Rulebook, view: CaseView, parts: tuple[list[Body], list[Body]], day: date
    ) -> bool:
        if not parts[1]:
            return self._lead_on(book, view, day)
        steps = steps_of(self.work.connection, view.id, parts[1])
        heading = Heading(FOLLOWED, cause=self.cause)
        return lead(self.work, book, view, parts, steps, heading, self.impossible, day)

    def _lead_on(self, book: Rulebook, view: CaseView, day: date) -> bool:
        """Nothing has happened in the case since that day: what happens now simply follows."""
        before = len(self.work.written)
        for each in days_around(self.work, {view.subject}, day, view.id):
            view = settle_case(self.work, book, view, each, self.cause)
        return len(self.work.written) > before

    def _open(self, since: date) -> bool:
        """Opens the cases that would have begun on some day, and leads them on to today."""
        work, before = self.work, len(self.work.written)
        looked_at = -1
        views: dict[str, list[CaseView]] = {}
        for day in days_around(work, self.around, since):
            if len(work.written) != looked_at:
                looked_at = len(work.written)
                views = self._open_cases()
            for stratum in work.registry.strata:
                for book in stratum:
                    open_what_is_due(work, book, self.around, views, day, self.cause)
        opened = sorted({one.case_id for one in work.written[before:]})
        self.pictures.take_new(opened)
        for number in opened:
            view = work.case(number)
            self._lead_on(work.registry.book_of(view.workflow_text_id), view, view.last_on or since)
        return bool(opened)

    def _open_cases(self) -> dict[str, list[CaseView]]:
        """By workflow: the cases around that are open now."""
        views: dict[str, list[CaseView]] = {}
        for view in self.work.cases(self.work.cases_of(self.around)):
            views.setdefault(view.workflow, []).append(view)
        return views
