"""Leading one case through its days once more, and keeping only what comes out otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.chain import entry_number
from lifecycle.correcting.consequences import GONE_OUT
from lifecycle.correcting.reenacting import Heading, Impossible, Reenactment, days_around
from lifecycle.correcting.steps import is_carrier, personal_values, signature
from lifecycle.correcting.trying import Trial
from lifecycle.definition import Stage
from lifecycle.errors import CorrectionImpossibleError, CorrectionProblem
from lifecycle.history import bodies_of, day_of, living
from lifecycle.owing import NoticeOwed, told
from lifecycle.store.tables import outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from lifecycle.cases import CaseView
    from lifecycle.correcting.steps import Step
    from lifecycle.history import Body
    from lifecycle.rulebook import Rulebook
    from lifecycle.work import Work

Telling = tuple[int, str, str, str, str]
"""Case, notice, stage, recipient, values."""


def lead(
    work: Work,
    book: Rulebook,
    view: CaseView,
    parts: tuple[Sequence[Body], Sequence[Body]],
    steps: Sequence[Step],
    heading: Heading,
    impossible: list[Impossible],
    since: date | None = None,
) -> bool:
    """Leads a case through its days once more; whether anything came out otherwise.

    What comes out as it was at first is left standing: then only the rest is taken back.

    Args:
        work: the unit of work.
        book: the rules under which the case runs.
        view: the case as it is.
        parts: its living entries that stay, and those that are taken back.
        steps: what people said in the latter, with what they should have said.
        heading: what the entry says that takes them back.
        impossible: gets the steps that cannot be taken any more.
        since: the day on which something became otherwise, where that is before the first of the
            entries that are taken back.

    Raises:
        CorrectionImpossibleError: the corrected entry comes out just as it was.
    """
    kept, dropped = parts
    corrects = heading.corrects is not None
    is_last = corrects
    while True:
        trial, failed = Trial.begin(work), len(impossible)
        days = [day_of(one) for one in dropped] + [one.on for one in steps]
        starts_on = min([*days, since] if since else days)
        _enact(work, book, view, (kept, dropped), steps, heading, impossible, starts_on)
        alike = _alike(work, view, dropped)
        if alike is None and len(impossible) == failed:
            trial.take_back()
            if corrects:
                entry = f"{view.ref}/{heading.corrects}"
                raise CorrectionImpossibleError(entry, CorrectionProblem.NOTHING)
            return False
        if is_last or not alike:
            trial.keep()
            return True
        trial.take_back()
        del impossible[failed:]
        kept, dropped = [*kept, *dropped[:alike]], dropped[alike:]
        since = max(since, day_of(kept[-1])) if since else None
        seqs = {one["seq"] for one in dropped}
        steps = [one for one in steps if one.seq in seqs]
        is_last = True


def _enact(
    work: Work,
    book: Rulebook,
    view: CaseView,
    parts: tuple[Sequence[Body], Sequence[Body]],
    steps: Sequence[Step],
    heading: Heading,
    impossible: list[Impossible],
    starts_on: date,
) -> None:
    kept, dropped = parts
    work.told |= _already_told(work, view, dropped)
    first = len(work.written)
    days = days_around(work, {view.subject}, starts_on, view.id)
    Reenactment(work, book, heading, days, impossible).run(view, kept, dropped, steps, starts_on)
    _withdraw_what_is_wrong(work, book, view, work.written[first].entry_id)
    work.told.clear()


def _alike(work: Work, view: CaseView, dropped: Sequence[Body]) -> int | None:
    """How many of the dropped entries, from the first on, were written again just as they were.

    None when all of them were, and nothing else.
    """
    anew = [one for one in living(bodies_of(work.connection, view.id)) if one["seq"] > view.version]
    hidden = personal_values(work.connection, view.id, [*dropped, *anew])
    before = [
        (place, signature(one, hidden.get(one["seq"], {})))
        for place, one in enumerate(dropped)
        if not is_carrier(one)
    ]
    after = [signature(one, hidden.get(one["seq"], {})) for one in anew if not is_carrier(one)]
    for number, (place, old) in enumerate(before):
        if number >= len(after) or old != after[number]:
            return place
    return None if len(before) == len(after) else len(dropped)


def _already_told(work: Work, view: CaseView, dropped: Iterable[Body]) -> set[Telling]:
    """What recipients have been told by entries that are being taken back."""
    o = outbox.c
    gone = [entry_number(view.id, one["seq"]) for one in dropped]
    statement = sa.select(o.notice, o.stage, o.recipient, o["values"]).where(
        o.entry_id.in_(gone), o.status.in_(GONE_OUT)
    )
    return {(view.id, *told(*row)) for row in work.connection.execute(statement)}


def _withdraw_what_is_wrong(work: Work, book: Rulebook, view: CaseView, entry_id: int) -> None:
    """Tells those who were told to do something that its cause is gone, unless it is told anew."""
    o = outbox.c
    new = sa.select(o.notice, o.recipient).where(
        o.case_id == view.id, o.created_at == work.now, o.status.in_(("owed", "no_address"))
    )
    anew = {tuple(row) for row in work.connection.execute(new)}
    withdrawable = {
        use.notice
        for row in book.workflow.transitions
        for use in row.notices
        if use.stage is Stage.WITHDRAWN
    }
    wrong = {
        (notice, recipient)
        for case_id, notice, stage, recipient, _ in work.told
        if stage in {Stage.DUE, Stage.REMINDER, Stage.OVERDUE}
        and (case_id, notice, stage, recipient) not in work.retold
        and (notice, recipient) not in anew
        and notice in withdrawable
    }
    for notice, recipient in sorted(wrong):
        values = {"effective_on": work.today.isoformat(), "state": view.state}
        owed = NoticeOwed(notice, Stage.WITHDRAWN, recipient, urgent=False, values=values)
        work.owe(view, owed, f"{view.id}:e{entry_id}:corrected", entry_id=entry_id)
