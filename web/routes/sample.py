"""A demonstration: its tour, and moving its day."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.workdays import Period
from scheduler.ticking import tick
from web.again import local_path
from web.forms import text_of
from web.render import page
from web.sitting import form_of, sitting_of
from web.views.tour import stops

if TYPE_CHECKING:
    from datetime import date

    from web.sitting import Sitting

router = APIRouter()

TOURED: Final = "lifecycle_toured"
"""A cookie that says that the tour was shown in this session."""


@router.get("/tour")
def tour(request: Request) -> Response:
    """What there is to see, with real examples."""
    sitting = _in_a_demonstration(request)
    shown = sitting.desk.read(lambda c: stops(c, sitting))
    answer = page(request, "tour.html", stops=shown)
    secure = sitting.desk.secure
    answer.set_cookie(TOURED, _mark(sitting), httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/sample/forward")
def forward(request: Request) -> Response:
    """Moves the demonstration's day and lets the clock do what falls due until then."""
    sitting = _in_a_demonstration(request)
    form = form_of(request)
    day = _later(sitting.today, text_of(form, "by"))
    tick(sitting.desk.parts, day)
    return RedirectResponse(local_path(text_of(form, "next")), 303)


def _later(today: date, by: str) -> date:
    """A day, a week or a month later.

    Raises:
        HTTPException: 400 for any other step.
    """
    if by == "month":
        return Period(months=1).after(today)
    days = {"day": 1, "week": 7}.get(by)
    if days is None:
        raise HTTPException(400)
    return today + timedelta(days=days)


def _in_a_demonstration(request: Request) -> Sitting:
    """The reader, on a demonstration; a real database knows no such page.

    Raises:
        HTTPException: 404.
    """
    sitting = sitting_of(request)
    if not sitting.desk.sample:
        raise HTTPException(404)
    return sitting


def wants_tour(request: Request) -> bool:
    """Whether the reader has not seen the tour in this session of a demonstration."""
    sitting = sitting_of(request)
    return sitting.desk.sample and request.cookies.get(TOURED) != _mark(sitting)


def _mark(sitting: Sitting) -> str:
    """What tells this session from every other, without saying anything of it."""
    return hashlib.sha256(sitting.token.encode()).hexdigest()[:16]
