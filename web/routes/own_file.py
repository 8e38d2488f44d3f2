"""A person's own file, printed and handed to that person (rulebook F13).

Every reading is an entry with its reason, also the same one again (F12): unlike other acts it is
not bound to the number of its form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lifecycle.cases import Subject
from web.numbers import Number
from web.people import reason_in, unit_for
from web.problems import answer
from web.render import page
from web.sitting import form_of, sitting_of
from web.views.own_file import own_file_page
from wording.erasing import refusal_lines
from workflows.own_file import READERS, OwnFileRefusedError, open_file
from workflows.subjects import PERSON

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from web.views.own_file import OwnFilePage

router = APIRouter()


@router.post("/people/{number}/file")
def own_file(request: Request, number: Number) -> Response:
    """The whole file, names in full; that it was read, and why, is an entry before it is shown."""
    sitting = sitting_of(request)
    teller = sitting.teller

    def read(connection: Connection) -> OwnFilePage:
        unit_id = unit_for(connection, sitting, number, READERS)
        file = open_file(
            connection,
            teller.registry,
            teller.clock,
            person=Subject(PERSON, number),
            reason=reason_in(form_of(request)),
            actor=sitting.actor_at(unit_id),
        )
        return own_file_page(connection, sitting, file)

    try:
        shown = sitting.desk.write(read)
    except OwnFileRefusedError as error:
        unmet = [one for one in error.findings if not one.met]
        return answer(request, 422, "; ".join(refusal_lines(teller.words, unmet)))
    return page(request, "own_file.html", file=shown)
