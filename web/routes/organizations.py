"""Organizations: the list, and one with all its cases in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.cases import Subject
from web.numbers import Number
from web.render import page
from web.sitting import sitting_of
from web.views.organization import COUNTS, organization_page
from web.views.organizations import LONGEST, Conditions, list_page
from workflows import files
from workflows.merged import kept_of
from workflows.subjects import ORGANIZATION

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from web.views.organization import OrganizationPage

router = APIRouter()


@router.get("/organizations")
def organizations(
    request: Request,
    unit: str = "",
    kind: str = "",
    text: str = "",
    ended: str = "",
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """The organizations in sight, narrowed by what the address says."""
    sitting = sitting_of(request)
    conditions = Conditions(unit, kind, text[:LONGEST], ended, number)
    shown = sitting.desk.read(lambda c: list_page(c, sitting, conditions))
    return page(request, "organizations.html", list=shown)


@router.get("/organizations/{number}")
def organization(request: Request, number: Number) -> Response:
    """Everything about one organization; a merged record leads to the one that stands for it."""
    sitting = sitting_of(request)

    def read(connection: Connection) -> OrganizationPage | int:
        kept = kept_of(connection, Subject(ORGANIZATION, number))
        wanted = number if kept is None else kept.id
        profile = files.organization_seen(connection, sitting.scope, wanted)
        if profile is None:
            raise HTTPException(404)
        return wanted if kept else organization_page(connection, sitting, profile)

    shown = sitting.desk.read(read)
    if isinstance(shown, int):
        return RedirectResponse(f"/organizations/{shown}", 303)
    return page(request, "organization.html", file=shown, columns=COUNTS)
