"""How much of a person the reader sees on a page: what `sight_at` is told for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows import files
from workflows.subjects import PERSON, PLACE
from workflows.visibility import Sight, sight_at

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from lifecycle.store.hot import Record
    from web.sitting import Sitting


def sights_of(
    connection: Connection, sitting: Sitting, rows: Sequence[Record], cases: Sequence[Any]
) -> dict[int, Sight]:
    """By number of the person at an organization: what the reader sees of them there.

    Args:
        connection: where to read.
        sitting: who reads.
        rows: what `files.places` has read.
        cases: the rows of the cases about them; an escalated one shows more.
    """
    affiliated = files.affiliated_units(
        connection, {row["organization_id"] for row in rows}, sitting.today
    )
    of_places = [one for one in cases if one["subject_type"] == PLACE]
    raised = files.escalated_among(connection, [one["id"] for one in of_places])
    escalated = {one["subject_id"] for one in of_places if one["id"] in raised}
    return {row["id"]: _sight(sitting, row, affiliated, escalated) for row in rows}


def _sight(
    sitting: Sitting,
    row: Record,
    affiliated: Mapping[int, Collection[int]],
    escalated: Collection[int],
) -> Sight:
    return sight_at(
        sitting.seat,
        row["unit_id"],
        applicant=row["status"] is None,
        escalated=row["id"] in escalated,
        affiliated_to=affiliated.get(row["organization_id"], ()),
    )


def case_sight(
    connection: Connection, sitting: Sitting, view: CaseView
) -> tuple[Sight, int | None]:
    """What the reader sees of the person that a case is about, and the person's number.

    Of a case about anything else: no person, and nothing to hide.
    """
    if view.subject.type == PERSON:
        # Their file of the register has no unit: who opens it holds a role for every unit.
        return sight_at(sitting.seat, view.unit_id), view.subject.id
    if view.subject.type != PLACE:
        return Sight.COUNTS, None
    rows = files.places(connection, sitting.today, place_id=view.subject.id)
    affiliated = files.affiliated_units(
        connection, {row["organization_id"] for row in rows}, sitting.today
    )
    for row in rows:
        seen = sight_at(
            sitting.seat,
            view.unit_id,
            applicant=row["status"] is None,
            escalated=bool(files.escalated_among(connection, [view.id])),
            affiliated_to=affiliated.get(row["organization_id"], ()),
        )
        return seen, row["person_id"]
    return Sight.MASKED, None
