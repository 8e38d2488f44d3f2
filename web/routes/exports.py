"""Lists taken away as Excel, as the screen shows them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.sitting import form_of, sitting_of
from web.taking import download, note, reason_of
from web.translations import translations
from web.views.sheets import about_export, workbook
from web.views.worklist import Conditions, known
from web.views.worklist_export import taken_list

router = APIRouter()


@router.post("/work/export")
def export_work(request: Request) -> Response:
    """The work list under the conditions of the screen, with a sheet that says what it is."""
    sitting, form = sitting_of(request), form_of(request)
    why = reason_of(request)
    conditions = known(sitting, Conditions.of(form))
    taken = sitting.desk.read(lambda c: taken_list(c, sitting, conditions))
    title = translations(sitting.language).gettext("Work list")
    about = about_export(sitting, title, taken.conditions, (len(taken.rows), taken.cut), why)
    sheet = sitting.teller.words("export_sheet")
    content = workbook(title, taken.columns, taken.rows, about, sheet)
    asked = {name: str(value) for name, value in conditions.as_query().items()}
    note(sitting, "work", why, len(taken.rows), asked)
    return download(content, f"{title}-{sitting.today}.xlsx")
