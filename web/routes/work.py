"""The first page, and the work list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.access import OFFICERS, Role
from web.last_list import remember
from web.render import page, query
from web.routes.sample import wants_tour
from web.sitting import sitting_of
from web.views.worklist import GROUPS, Conditions, known, work_list_page
from web.views.worklist_export import told_conditions

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from web.views.worklist import WorkListPage

router = APIRouter()


@router.get("/")
def first(request: Request) -> Response:
    """Where a reader's work begins."""
    sitting = sitting_of(request)
    if sitting.may(*OFFICERS):
        return RedirectResponse("/tour" if wants_tour(request) else "/work", 303)
    if sitting.may(Role.ADMINISTRATOR):
        return RedirectResponse("/settings/users", 303)
    return page(request, "nothing.html")


@router.get("/work")
def work(
    request: Request,
    whose: str = "",
    light: str = "",
    workflow: str = "",
    state: str = "",
    unit: str = "",
    due_from: str = "",
    due_until: str = "",
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """The work list, narrowed by what the address says."""
    sitting = sitting_of(request)
    conditions = known(
        sitting,
        Conditions(whose, light, workflow, state, unit, number, due_from, due_until),
    )

    def read(connection: Connection) -> tuple[WorkListPage, list[tuple[str, str]]]:
        told = told_conditions(connection, sitting, conditions)
        return work_list_page(connection, sitting, conditions), told

    shown, told = sitting.desk.read(read)
    answer = page(request, "work.html", list=shown, told=told, groups=GROUPS)
    return remember(request, answer, "/work", query(conditions.as_query()))
