"""Holiday calendars: the years that are loaded, and loading one from its file."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.changing_policy import Loading, load_year
from lifecycle.errors import LifecycleError
from web.forms import text_of
from web.guard import MOST_TEXT
from web.problems import status_of
from web.render import page
from web.routes.settings_users import told
from web.sitting import form_of, sitting_of
from web.views.policy import DayRow, arrangement, day_rows, moves_by_rule, year_rows
from web.views.settings import tabs_of
from wording.usage import UsageError
from workflows.holidays import year_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from web.sitting import Sitting

router = APIRouter()


class LookEndsError(Exception):
    """Carries what loading would do out of its transaction, which is rolled back."""

    def __init__(self, loading: Loading) -> None:
        self.loading = loading
        super().__init__()


@router.get("/settings/calendars")
def calendars(request: Request) -> Response:
    """The years that are loaded."""
    return _years(request)


def _years(
    request: Request,
    *,
    loading: Loading | None = None,
    content: str = "",
    error: LifecycleError | None = None,
) -> Response:
    sitting = sitting_of(request)
    return page(
        request,
        "settings_years.html",
        200 if error is None else status_of(error),
        tabs=tabs_of(sitting),
        rows=sitting.desk.read(lambda c: year_rows(c, sitting)),
        loading=loading,
        moves=moves_by_rule(sitting, loading.moves) if loading else (),
        days=_days(sitting, loading) if loading else (),
        content=content,
        problem=told(request, error),
    )


def _days(sitting: Sitting, loading: Loading) -> Sequence[DayRow]:
    """The days of a new year; of a later notice those that it arranges otherwise."""
    words, loaded = sitting.teller.words, loading.loaded
    if loaded is None:
        return day_rows(sitting, loading.given)
    return [
        DayRow(
            words.dated(day),
            arrangement(words, loading.given.reason(day)),
            arrangement(words, loaded.reason(day)),
        )
        for day in loading.changed_days
    ]


@router.get("/settings/calendars/{year}")
def calendar(request: Request, year: int) -> Response:
    """Every day that a year's notice arranges."""
    sitting = sitting_of(request)
    found = sitting.teller.registry.rest_days.calendars.get(year)
    if found is None:
        raise HTTPException(404)
    rows = day_rows(sitting, found)
    return page(request, "settings_year.html", tabs=tabs_of(sitting), year=found, rows=rows)


@router.post("/settings/calendars")
def load(request: Request) -> Response:
    """Shows what a year's file would change, or loads it."""
    sitting = sitting_of(request)
    content, name = _given(request)
    confirmed = text_of(form_of(request), "_do") == "save"

    def act(connection: Connection) -> Loading:
        # On rules of its own: what is only tried must not be what others reckon by meanwhile.
        teller = replace(sitting.teller, registry=copy(sitting.teller.registry))
        work = teller.work(connection, sitting.actor_at(None))
        loading = load_year(work, year_in(content, name), confirmed=confirmed)
        if not confirmed:
            raise LookEndsError(loading)
        return loading

    try:
        sitting.desk.write(act)
    except LookEndsError as look:
        return _years(request, loading=look.loading, content=content.decode())
    except LifecycleError as error:
        return _years(request, error=error)
    sitting.desk.read(sitting.teller.registry.refresh_calendars)
    return RedirectResponse("/settings/calendars", 303)


def _given(request: Request) -> tuple[bytes, str]:
    """The file that was sent, or its text, which a preview carries on.

    Raises:
        UsageError: neither, or more than a year's file can be.
    """
    form = form_of(request)
    file, text = form.get("file"), form.get("content")
    if isinstance(file, UploadFile) and file.filename:
        with file.file:
            content, name = file.file.read(MOST_TEXT + 1), file.filename
    else:
        content, name = str(text or "").encode(), "calendar.yaml"
    if not content:
        raise UsageError("calendar_no_file")
    if len(content) > MOST_TEXT:
        raise UsageError("calendar_too_large", most=MOST_TEXT // 1024)
    return content, name
