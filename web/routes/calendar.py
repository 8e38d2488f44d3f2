"""What falls due in a month, day by day."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.render import page
from web.sitting import sitting_of
from web.views.calendar import calendar_page

router = APIRouter()


@router.get("/calendar")
def calendar(request: Request, month: str = "", whose: str = "") -> Response:
    """A month of the work list."""
    sitting = sitting_of(request)
    shown = sitting.desk.read(lambda c: calendar_page(c, sitting, month, whose))
    return page(request, "calendar.html", calendar=shown)
