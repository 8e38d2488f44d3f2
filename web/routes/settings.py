"""Settings: users, roles, substitutes, parameters, calendars, addresses, aliases."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from web.routes import (
    settings_contacts,
    settings_parameters,
    settings_sessions,
    settings_users,
    settings_years,
)
from web.sitting import sitting_of
from web.views.settings import tabs_of

router = APIRouter()


@router.get("/settings")
def first_setting(request: Request) -> Response:
    """Leads to the first page of the settings that the reader may open."""
    sitting = sitting_of(request)
    for address, _ in tabs_of(sitting):
        return RedirectResponse(address, 303)
    raise HTTPException(403)


for part in (
    settings_users,
    settings_sessions,
    settings_parameters,
    settings_years,
    settings_contacts,
):
    router.routes.extend(part.router.routes)
