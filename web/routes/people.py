"""The file of a member or applicant, masked unless the reader may see the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.cases import Subject
from web.looking import note
from web.numbers import Number
from web.render import page
from web.sitting import sitting_of
from web.views.person import person_page
from workflows.merged import kept_of
from workflows.subjects import PERSON

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from web.views.person import PersonPage

router = APIRouter()


@router.get("/people/{number}")
def person(request: Request, number: Number) -> Response:
    """One person's file; that it was opened is noted before it is shown."""
    sitting = sitting_of(request)

    def read(connection: Connection) -> PersonPage | int:
        kept = kept_of(connection, Subject(PERSON, number))
        shown = person_page(connection, sitting, number if kept is None else kept.id)
        if shown is None:
            raise HTTPException(404)
        return kept.id if kept else shown

    shown = sitting.desk.read(read)
    if isinstance(shown, int):
        return RedirectResponse(f"/people/{shown}", 303)
    note(sitting, shown.number, shown.unit_id, f"/people/{shown.number}")
    return page(request, "person.html", file=shown)
