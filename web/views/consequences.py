"""What an act or a correction changes, as far as it lies in the reader's units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from web.views.places import unit_asked
from wording.correction_lines import aftermath_lines, consequence_lines, correction_line
from wording.doing import Told, told_of
from workflows.aftermath import aftermath

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from lifecycle.cases import Subject
    from lifecycle.correcting import Corrected, Correction
    from lifecycle.correcting.consequences import Consequences
    from lifecycle.engine import Done
    from lifecycle.work import Work
    from web.sitting import Sitting
    from workflows.aftermath import Aftermath


def lines_of(connection: Connection, sitting: Sitting, done: Corrected) -> list[str]:
    """Everything that follows, in the transaction in which it has just been done."""
    teller = sitting.teller
    work = sitting.work(connection)
    own = unit_asked(sitting, "")
    after = aftermath(connection, teller.registry, done, sitting.today, own)
    told, hidden = _in_sight(work, sitting, done.consequences)
    owed, elsewhere = _owed_in_sight(work, sitting, after)
    lines = list(consequence_lines(teller, connection, told))
    lines += aftermath_lines(teller, connection, owed)
    if hidden or elsewhere:
        lines.append(teller.words("correct_elsewhere", count=hidden + elsewhere))
    return lines


def told_in_sight(
    connection: Connection, sitting: Sitting, done: Done, *, preview: bool = False
) -> list[Told]:
    """What an act wrote in the reader's cases, its own entry first; of others only how many."""
    others = {one.case_id for one in done.written[1:]} - {done.view.id}
    outside = others - _seen(sitting.work(connection), sitting, others) if others else set()
    kept = tuple(one for one in done.written if one.case_id not in outside)
    told = list(told_of(sitting.teller, replace(done, written=kept), preview=preview))
    if outside:
        head = sitting.teller.words("correct_elsewhere", count=len(outside))
        told.append(Told(head, (), ()))
    return told


def _seen(work: Work, sitting: Sitting, numbers: Collection[int]) -> set[int]:
    """Those of the cases that are the reader's."""
    return {
        view.id
        for view in work.cases(sorted(numbers))
        if sitting.scope.sees(view.unit_id, view.subject.type)
    }


def wanted_lines(
    connection: Connection, sitting: Sitting, wanted: Sequence[Correction]
) -> list[str]:
    """What is put right, entry by entry."""
    return [correction_line(sitting.teller, connection, one) for one in wanted]


def _in_sight(work: Work, sitting: Sitting, found: Consequences) -> tuple[Consequences, int]:
    """The cases and notices that are the reader's; how many are not."""
    numbers = {int(one.after.ref.partition("-")[2]) for one in found.cases}
    numbers |= {one.case_id for one in (*found.wrong, *found.owed)}
    seen = _seen(work, sitting, numbers)
    kept = replace(
        found,
        cases=tuple(x for x in found.cases if int(x.after.ref.partition("-")[2]) in seen),
        wrong=tuple(one for one in found.wrong if one.case_id in seen),
        owed=tuple(one for one in found.owed if one.case_id in seen),
    )
    return kept, len(numbers - seen)


def _owed_in_sight(work: Work, sitting: Sitting, after: Aftermath) -> tuple[Aftermath, int]:
    """The obligations of those about whom the reader sees a case; how many are of others."""
    about: set[Subject] = {one for _, one in (*after.owed, *after.settled)}
    seen = {
        view.subject
        for view in work.cases(work.cases_of(about))
        if sitting.scope.sees(view.unit_id, view.subject.type)
    }
    kept = replace(
        after,
        owed=tuple(one for one in after.owed if one[1] in seen),
        settled=tuple(one for one in after.settled if one[1] in seen),
    )
    return kept, len(about - seen)
