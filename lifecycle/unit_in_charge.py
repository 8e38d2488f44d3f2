"""Cases lie with the unit that is in charge of their subject today.

Who may see and record a case goes by it. That an organization has come under another unit is an
entry of the register; what follows for its cases is read from there and needs no entry of its own:
every entry says which unit the case lay with when it was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.cases import REGISTER, Subject
from lifecycle.registry import UNIT_IN_CHARGE
from lifecycle.store.hot import Statement, parameter
from lifecycle.store.tables import case

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from lifecycle.work import Work


def follow_units(
    work: Work, subjects: Iterable[Subject], changed: AbstractSet[str] | None = None
) -> dict[Subject, int]:
    """Puts the cases about the subjects, closed ones too, under the unit that is in charge today.

    Files of the register that lie with no unit stay so. Gives the unit of every subject that was
    looked at.

    Args:
        work: the unit of work that has the open ones among them locked.
        subjects: what may have come under another unit.
        changed: what has been written (`lifecycle.sources`); None: whatever it was.
    """
    by_kind: dict[str, set[int]] = {}
    for one in subjects:
        by_kind.setdefault(one.type, set()).add(one.id)
    found: dict[Subject, int] = {}
    for kind, ids in by_kind.items():
        if _may_have_moved(work, kind, changed):
            found |= _follow(work, kind, ids)
    return found


def _may_have_moved(work: Work, kind: str, changed: AbstractSet[str] | None) -> bool:
    if (kind, UNIT_IN_CHARGE) not in work.registry.facts.facts:
        return False
    sources = work.registry.reader.sources(kind, [UNIT_IN_CHARGE])
    return changed is None or not changed.isdisjoint(sources)


def _follow(work: Work, kind: str, ids: set[int]) -> dict[Subject, int]:
    table = work.registry.domain.tables[kind]
    found = work.registry.reader.read_several(
        work.connection, (table, ids), [UNIT_IN_CHARGE], work.today
    )
    units: dict[Subject, int] = {}
    for number, facts in sorted(found.items()):
        unit_id = facts[UNIT_IN_CHARGE]
        if isinstance(unit_id, int):
            _FOLLOW.run(work.connection, kind=kind, number=number, unit_id=unit_id)
            units[Subject(kind, number)] = unit_id
    return units


_C = case.c
_FOLLOW = Statement(
    sa.update(case)
    .where(_C.subject_type == parameter("kind", _C.subject_type))
    .where(_C.subject_id == parameter("number", _C.subject_id))
    .where(
        sa.or_(
            _C.unit_id != parameter("unit_id", _C.unit_id),
            sa.and_(_C.unit_id.is_(None), _C.workflow != REGISTER),
        )
    )
    .values(unit_id=parameter("unit_id", _C.unit_id))
)
