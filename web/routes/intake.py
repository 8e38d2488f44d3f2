"""The import wizard: upload, check, fix, commit."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from web.render import IMPORTING, page
from web.sitting import form_of, sitting_of
from web.taking import note
from web.uploads import UploadNotFoundError, Uploads
from web.views.intake import (
    LEFT,
    differences_of,
    importer,
    opened_of,
    result_lines,
    result_of,
    sheet_pages,
)
from wording.problems import sentence_of
from wording.usage import UsageError
from workflows.intake.error_workbook import write_error_workbook
from workflows.intake.fixing import kept, shown
from workflows.intake.importing import check_sheets, import_sheets
from workflows.intake.limits import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import FormData

    from web.sitting import Sitting
    from web.uploads import Upload
    from workflows.intake.importing import FileReport
    from workflows.intake.layouts import RecognisedSheet

router = APIRouter()

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIX: Final = "fix."
AS_OF: Final = "as_of"
CHECKED: Final = "_checked"
"""The state of the upload that the page showed; a second click still carries the earlier one."""
RECHECKED: Final = "rechecked"
LONGEST: Final = 300


def uploads_of(sitting: Sitting) -> Uploads:
    """The reader's way to the uploads.

    Raises:
        HTTPException: 404 where none are taken.
    """
    if sitting.desk.uploads is None:
        raise HTTPException(404)
    return Uploads(sitting.desk.uploads)


def _found(sitting: Sitting, token: str) -> tuple[Uploads, Upload]:
    uploads = uploads_of(sitting)
    try:
        return uploads, uploads.load(token, sitting.who.account.id)
    except UploadNotFoundError:
        raise HTTPException(404) from None


@router.get("/import")
def upload_form(request: Request) -> Response:
    """Asks for workbooks, and names those that wait."""
    return _ask(request)


def _ask(request: Request, problems: Sequence[str] = (), status: int = 200) -> Response:
    sitting = sitting_of(request)
    may = sitting.reaches_all(IMPORTING) and sitting.desk.uploads is not None
    own = uploads_of(sitting).own(sitting.who.account.id) if may else []
    return page(request, "import.html", status, may=may, own=own, problems=problems)


@router.post("/import")
def upload(request: Request) -> Response:
    """Keeps workbooks that can be read; what cannot is refused with a sentence for each."""
    sitting, form = sitting_of(request), form_of(request)
    uploads = uploads_of(sitting)
    day = _as_of(sitting, form)
    given = [one for one in form.getlist("file") if isinstance(one, UploadFile) and one.filename]
    files = [(one.filename or "", one.file.read()) for one in given]
    if not files:
        raise UsageError("import_no_file")
    try:
        made = uploads.keep(files, sitting.who.account.id, sitting.desk.now(), day)
    except UnreadableFileError as error:
        told = sentence_of(error, sitting.teller.words, None) or str(error)
        return _ask(request, [told], 400)
    return RedirectResponse(f"/import/{made.token}", 303)


def _as_of(sitting: Sitting, form: FormData) -> date:
    text = str(form.get(AS_OF, "")) or sitting.today.isoformat()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError("bad_date", text=text[:40]) from None
    if day > sitting.today:
        raise UsageError("import_as_of_ahead", day=day, today=sitting.today)
    return day


@router.get("/import/{token}")
def check(request: Request, token: str) -> Response:
    """What would become of every row; or, once taken over, what became of them."""
    sitting = sitting_of(request)
    uploads, found = _found(sitting, token)
    if found.result is not None:
        return page(
            request,
            "import_result.html",
            upload=found,
            lines=result_lines(sitting, found.result),
            differences=differences_of(sitting, found.result),
            opened=opened_of(sitting, found.result),
            left=sum(found.result["kinds"].get(one, 0) for one in LEFT),
        )
    sheets, reports = _checked(sitting, uploads, found)
    return page(
        request,
        "import_check.html",
        upload=found,
        sheets=sheet_pages(sitting, reports, sheets),
        rechecked=RECHECKED in request.query_params,
    )


def _checked(
    sitting: Sitting, uploads: Uploads, found: Upload
) -> tuple[list[RecognisedSheet], list[FileReport]]:
    sheets = uploads.sheets(found)
    day = found.as_of_day
    return sheets, sitting.desk.read(lambda c: check_sheets(c, sheets, day))


@router.post("/import/{token}/check")
def fix(request: Request, token: str) -> Response:
    """Keeps what was typed anew, and checks again; nothing is stored yet."""
    sitting, form = sitting_of(request), form_of(request)
    uploads, found = _found(sitting, token)
    if found.result is None:
        _keep(sitting, uploads, found, form)
    return RedirectResponse(f"/import/{token}", 303)


def _keep(sitting: Sitting, uploads: Uploads, found: Upload, form: FormData) -> bool:
    """Keeps what was typed anew, and says whether it differs from what was checked.

    Raises:
        UsageError: the day cannot be read, or is still to come; the cells are kept all the same.
    """
    sheets, day = uploads.sheets(found), found.as_of
    changed = [
        _fix(found, sheets, name.removeprefix(FIX), str(value))
        for name, value in form.items()
        if name.startswith(FIX)
    ]
    uploads.save(found)
    if AS_OF in form:
        found.as_of = _as_of(sitting, form).isoformat()
        uploads.save(found)
    return any(changed) or found.as_of != day


def _fix(found: Upload, sheets: Sequence[RecognisedSheet], key: str, text: str) -> bool:
    """One cell: kept where it says something else than the sheet does, which is then told."""
    number, _, rest = key.partition(".")
    row, _, name = rest.partition(".")
    if not (number.isdecimal() and row.isdecimal() and int(number) < len(sheets)):
        return False
    sheet = sheets[int(number)]
    column = sheet.columns.get(name)
    if column is None or not sheet.first_data_row <= int(row) <= len(sheet.raw.rows):
        return False
    cells = sheet.raw.rows[int(row) - 1]
    stands = shown(cells[column]) if column < len(cells) else ""
    if _as_sent(text) == _as_sent(stands):
        return False
    found.fixes[f"{int(number)}.{int(row)}.{name}"] = kept(_as_sent(text))
    return True


def _as_sent(text: str) -> str:
    """A cell as the form sends it back: browsers take line breaks out of a field of one line."""
    return "".join(text.splitlines()).strip()[:LONGEST]


@router.get("/import/{token}/errors")
def errors(request: Request, token: str) -> Response:
    """The rows that come back, as a workbook with the reason beside each."""
    sitting = sitting_of(request)
    uploads, found = _found(sitting, token)
    _, reports = _checked(sitting, uploads, found)
    rejected = [row for one in reports for row in one.rejected]
    if not rejected:
        raise HTTPException(404)
    note(sitting, "rejected", sitting.teller.words("export_rejected"), len(rejected), {})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "errors.xlsx"
        write_error_workbook(path, rejected, [one.sheet for one in reports])
        content = path.read_bytes()
    named = {"Content-Disposition": 'attachment; filename="errors.xlsx"'}
    return Response(content, media_type=XLSX, headers=named)


@router.post("/import/{token}/commit")
def commit(request: Request, token: str) -> Response:
    """Takes the good rows over in one act of the reader's; a second click does nothing.

    What was typed anew meanwhile is kept and checked first: nothing is taken over unseen.
    """
    sitting, form = sitting_of(request), form_of(request)
    uploads, found = _found(sitting, token)
    if found.result is None:
        is_stale = form.get(CHECKED, found.state) != found.state
        if _keep(sitting, uploads, found, form) or is_stale:
            return RedirectResponse(f"/import/{token}?{RECHECKED}=1", 303)
    if found.result is None and uploads.begin(found):
        try:
            report = import_sheets(
                uploads.sheets(found),
                run=sitting.desk.write,
                registry=sitting.teller.registry,
                clock=sitting.teller.clock,
                as_of=found.as_of_day,
                actor=importer(sitting),
            )
            found.result = result_of(report)
            uploads.save(found)
        finally:
            uploads.end(found)
    return RedirectResponse(f"/import/{token}", 303)


@router.post("/import/{token}/discard")
def discard(request: Request, token: str) -> Response:
    """Gives an upload up; what has been taken over stays."""
    uploads, found = _found(sitting_of(request), token)
    uploads.discard(found)
    return RedirectResponse("/import", 303)
