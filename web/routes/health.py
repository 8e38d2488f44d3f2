"""How the installation is: clock, jobs, queue, database, version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.render import page
from web.sitting import sitting_of
from web.views.health import health_page, quick_check

if TYPE_CHECKING:
    from collections.abc import Sequence

router = APIRouter()


@router.get("/health")
def health(request: Request) -> Response:
    """Everything that who runs the machine looks at in the morning."""
    return _shown(request)


@router.post("/health/check")
def check(request: Request) -> Response:
    """The same, with the database looking through its own pages."""
    return _shown(request, sitting_of(request).desk.read(quick_check))


def _shown(request: Request, faults: Sequence[str] | None = None) -> Response:
    sitting = sitting_of(request)
    shown = sitting.desk.read(lambda c: health_page(c, sitting))
    return page(request, "health.html", health=shown, faults=faults)
