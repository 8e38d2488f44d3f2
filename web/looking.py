"""Noting that somebody opened a page about a person (rulebook F12).

One entry in the person's file for each reader, page and day: who turns to the same page again on
the same day is noted once, whoever acts for somebody else is noted apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.cases import Subject
from workflows.remarks import has_looked, note_look
from workflows.subjects import PERSON

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from web.sitting import Sitting
    from web.views.case import CasePage


def note(sitting: Sitting, person_id: int, unit_id: int | None, page: str) -> None:
    """Notes the look before anything is shown."""
    subject, actor = Subject(PERSON, person_id), sitting.actor_at(unit_id)

    def noted(connection: Connection) -> bool:
        return has_looked(connection, subject, actor, page, sitting.today)

    def write(connection: Connection) -> None:
        if not noted(connection):
            note_look(sitting.teller.work(connection, actor), subject, page)

    if not sitting.desk.read(noted):
        sitting.desk.write(write)


def note_case(sitting: Sitting, shown: CasePage) -> None:
    """Notes that a case about a person was opened, in whatever form its page is shown."""
    note_view(sitting, shown.view, shown.person_id)


def note_view(sitting: Sitting, view: CaseView, person_id: int | None) -> None:
    """The same for a case of which only a part is told."""
    if person_id is not None:
        note(sitting, person_id, view.unit_id, f"/cases/{view.ref}")
