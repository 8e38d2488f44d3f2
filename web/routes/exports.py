"""Lists taken away as Excel, as the screen shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.sitting import form_of, sitting_of
from web.taking import download, note, reason_of
from web.translations import translations
from web.views import organizations, organizations_export
from web.views.sheets import about_export, workbook
from web.views.worklist import Conditions, known
from web.views.worklist_export import taken_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from web.views.worklist_export import Taken

router = APIRouter()


@router.post("/work/export")
def export_work(request: Request) -> Response:
    """The work list under the conditions of the screen, with a sheet that says what it is."""
    sitting = sitting_of(request)
    conditions = known(sitting, Conditions.of(form_of(request)))
    return _taken(
        request, "work", "Work list", conditions, lambda c: taken_list(c, sitting, conditions)
    )


@router.post("/organizations/export")
def export_organizations(request: Request) -> Response:
    """The organizations under the conditions of the screen, with a sheet that says which."""
    sitting = sitting_of(request)
    conditions = organizations.Conditions.of(form_of(request))
    return _taken(
        request,
        "organizations",
        "Organizations",
        conditions,
        lambda c: organizations_export.taken_list(c, sitting, conditions),
    )


def _taken(
    request: Request,
    what: str,
    name: str,
    conditions: Conditions | organizations.Conditions,
    read: Callable[[Connection], Taken],
) -> Response:
    """A list as a workbook; that it was taken away is noted.

    Args:
        request: who takes it, and why.
        what: what the note calls the list.
        name: what the page calls it, in English.
        conditions: what it is narrowed to.
        read: reads its rows.
    """
    sitting, why = sitting_of(request), reason_of(request)
    taken = sitting.desk.read(read)
    title = translations(sitting.language).gettext(name)
    about = about_export(sitting, title, taken.conditions, (len(taken.rows), taken.cut), why)
    sheet = sitting.teller.words("export_sheet")
    content = workbook(title, taken.columns, taken.rows, about, sheet)
    asked = {name: str(value) for name, value in conditions.as_query().items()}
    note(sitting, what, why, len(taken.rows), asked)
    return download(content, f"{title}-{sitting.today}.xlsx")
