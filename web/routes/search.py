"""One field that leads anywhere in sight: a case number, a name, a code, initials, a surname."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.errors import LifecycleError
from lifecycle.identity_numbers import may_be_identity_number
from web.render import page
from web.sitting import sitting_of
from web.views.search import search_page
from wording.teller import REFERENCE
from workflows.searching import CHUNK, names_lack, read_names

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from web.sitting import Sitting
    from web.views.search import SearchPage

router = APIRouter()

LONGEST = 60


@router.get("/search")
def search(request: Request, q: str = "", refused: str = "") -> Response:
    """What answers to the words; straight to it where only one thing can be meant."""
    sitting, asked = sitting_of(request), q.strip()[:LONGEST]
    if may_be_identity_number(q):
        # Led elsewhere, so that the number stands in no address that links or a history repeat.
        return RedirectResponse("/search?refused=1", 303)
    if refused:
        problem = sitting.teller.words("identity_number_refused")
        return page(request, "search.html", 400, q="", found=None, problem=problem)
    ref = sitting.desk.read(lambda c: _case(c, sitting, asked))
    if ref:
        return RedirectResponse(f"/cases/{ref}", 303)
    found = _found(sitting, asked) if asked else None
    if found is not None and found.only:
        return RedirectResponse(found.only, 303)
    return page(request, "search.html", q=asked, found=found, problem="")


def _case(connection: Connection, sitting: Sitting, asked: str) -> str:
    """The case of that number, where it is in sight."""
    if not REFERENCE.match(asked):
        return ""
    try:
        return sitting.case(sitting.work(connection), asked).ref
    except LifecycleError:
        return ""


def _found(sitting: Sitting, asked: str) -> SearchPage:
    if sitting.desk.read(names_lack):
        while sitting.desk.write(read_names) == CHUNK:
            pass  # others may write in between
    return sitting.desk.read(lambda c: search_page(c, sitting, asked.split()))
