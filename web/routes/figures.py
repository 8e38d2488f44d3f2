"""The indicators, the rows behind them, the monthly table; as pages, charts and workbooks."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from web.render import page
from web.sitting import form_of, sitting_of
from web.taking import download, note, reason_of
from web.translations import translations
from web.views.charts import month_chart, shares_chart, units_chart
from web.views.figures import (
    Asked,
    figures_page,
    place,
    report_asked,
    rows_page,
    seen_by,
    taken_rows,
)
from web.views.monthly import CellAsked, month_page, month_rows
from web.views.places import unit_names
from web.views.sheets import about_export, workbook
from workflows.indicators.drilling import reference_names, references_of
from workflows.indicators.workbook import write_workbook

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from web.sitting import Sitting
    from web.views.figures import TakenRows
    from web.views.monthly import Line, MonthPage
    from workflows.indicators.figures import Report

router = APIRouter()

PageNumber = Annotated[int, Query(alias="page", ge=1, le=10_000)]


@router.get("/indicators")
def indicators(request: Request, as_of: str = "", unit: str = "") -> Response:
    """I1 to I16 of a unit on a day, with those of the units below."""
    sitting = sitting_of(request)
    shown = sitting.desk.read(lambda c: figures_page(c, sitting, Asked(as_of, unit)))
    return page(request, "indicators.html", figures=shown)


@router.get("/indicators/{name}/rows")
def rows_behind(
    request: Request,
    name: str,
    as_of: str = "",
    unit: str = "",
    part: str = "",
    number: PageNumber = 1,
) -> Response:
    """What stands behind a figure."""
    sitting, asked = sitting_of(request), Asked(as_of, unit)
    shown = sitting.desk.read(lambda c: rows_page(c, sitting, asked, name, part, number))
    return page(request, "indicator_rows.html", list=shown)


@router.get("/indicators/chart.svg")
def indicators_chart(
    request: Request, as_of: str = "", unit: str = "", what: str = "shares"
) -> Response:
    """The shares as bars, or the units below side by side."""
    sitting, asked = sitting_of(request), Asked(as_of, unit)
    told, words = translations(sitting.language).gettext, sitting.teller.words
    if what == "units":
        shown = sitting.desk.read(lambda c: figures_page(c, sitting, asked))
        return units_chart(shown, told("No data"))
    if what != "shares":
        raise HTTPException(404)
    found = sitting.desk.read(lambda c: report_asked(c, sitting, asked))
    pairs = [(words.label(one.label), one) for one in found.figures]
    return shares_chart(told("Shares (%)"), pairs, told("No data"))


@router.post("/indicators/export")
def export_indicators(request: Request) -> Response:
    """The figures with the rows behind them that are in sight."""
    sitting, form = sitting_of(request), form_of(request)
    why = reason_of(request)
    asked = Asked(str(form.get("as_of", "")), str(form.get("unit", "")))
    found, content, rows = sitting.desk.read(lambda c: _workbook(c, sitting, asked, why))
    conditions = {"as_of": found.as_of.isoformat(), "unit": asked.unit}
    note(sitting, "indicators", why, rows, conditions)
    title = translations(sitting.language).gettext("Indicators")
    return download(content, f"{title}-{found.as_of}.xlsx")


@router.post("/indicators/{name}/rows/export")
def export_rows_behind(request: Request, name: str) -> Response:
    """What stands behind a figure and is in sight, as a workbook."""
    sitting, form = sitting_of(request), form_of(request)
    why = reason_of(request)
    asked = Asked(str(form.get("as_of", "")), str(form.get("unit", "")))
    part = str(form.get("part", ""))
    taken = sitting.desk.read(lambda c: taken_rows(c, sitting, asked, name, part))
    figure, told = taken.figure, translations(sitting.language).gettext
    heads = (told("Number"), told("Name"), told("Counted"), told("Named beside it"))
    title, words = f"{figure.id} {figure.label}", sitting.teller.words
    conditions = _told_rows(sitting, taken, part)
    about = about_export(sitting, title, conditions, (len(taken.rows), taken.cut), why)
    answers = {True: words("yes"), False: words("no")}
    rows = [(one.number, one.name, answers[one.counted], one.reasons) for one in taken.rows]
    content = workbook(figure.id, heads, rows, about, words("export_sheet"))
    noted = {"figure": figure.id, "as_of": taken.as_of, "unit": asked.unit, "part": part}
    note(sitting, "indicator_rows", why, len(taken.rows), noted)
    return download(content, f"{figure.id}-{taken.as_of}.xlsx")


def _told_rows(sitting: Sitting, taken: TakenRows, part: str) -> list[tuple[str, str]]:
    """Which rows they are, in the words of the page.

    Raises:
        HTTPException: 404, the figure has no such part.
    """
    told = translations(sitting.language).gettext
    parts = {
        "": told("All rows"),
        "numerator": told("Counted"),
        "missing": told("Not counted"),
        "beside": told("Named beside it"),
        **{name: label for name, label, _ in taken.figure.beside},
    }
    if part not in parts:
        raise HTTPException(404)
    return [
        (told("Which rows"), parts[part]),
        (told("Unit and below"), taken.unit),
        (told("As of"), taken.as_of),
    ]


def _workbook(
    connection: Connection, sitting: Sitting, asked: Asked, why: str
) -> tuple[Report, bytes, int]:
    """The report, its workbook, and how many rows that shows."""
    found = report_asked(connection, sitting, asked)
    is_seen = seen_by(connection, sitting, found.figures)
    seen = {one for one in references_of(found.figures) if is_seen(one)}
    names = unit_names(connection, [found.unit_id])
    title = translations(sitting.language).gettext("Indicators")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "indicators.xlsx"
        write_workbook(
            path,
            found,
            jurisdiction=place(sitting, names, found.unit_id),
            names=reference_names(connection, seen),
            language=sitting.language,
            is_shown=is_seen,
            taken=about_export(sitting, title, (), (len(seen), False), why),
        )
        return found, path.read_bytes(), len(seen)


@router.get("/monthly")
def monthly(request: Request, month: str = "", unit: str = "") -> Response:
    """County by kind by state of coverage, with the change of the month."""
    sitting = sitting_of(request)
    shown = sitting.desk.read(lambda c: month_page(c, sitting, month, unit))
    return page(request, "monthly.html", table=shown)


@router.get("/monthly/chart.svg")
def monthly_chart(request: Request, month: str = "", unit: str = "") -> Response:
    """The counties side by side, each split by state."""
    sitting = sitting_of(request)
    told = translations(sitting.language).gettext
    shown = sitting.desk.read(lambda c: month_page(c, sitting, month, unit))
    return month_chart(shown, told("Organizations by county and state"), told("No data"))


@router.get("/monthly/rows")
def monthly_rows(
    request: Request,
    month: str = "",
    unit: str = "",
    county: str = "",
    kind: str = "",
    state: str = "",
    number: PageNumber = 1,
) -> Response:
    """The organizations behind a number of the monthly table."""
    sitting, asked = sitting_of(request), CellAsked(month, unit, county, kind, state)
    shown = sitting.desk.read(lambda c: month_rows(c, sitting, asked, number))
    return page(request, "monthly_rows.html", list=shown)


@router.post("/monthly/export")
def export_monthly(request: Request) -> Response:
    """The monthly table as a workbook."""
    sitting, form = sitting_of(request), form_of(request)
    why = reason_of(request)
    month, unit = str(form.get("month", "")), str(form.get("unit", ""))
    shown = sitting.desk.read(lambda c: month_page(c, sitting, month, unit))
    told, words = translations(sitting.language).gettext, sitting.teller.words
    title = told("Monthly table")
    conditions = [
        (told("Month"), f"{shown.month} ({shown.before} → {shown.on})"),
        (told("Unit and below"), shown.unit_name),
    ]
    about = about_export(sitting, title, conditions, (len(shown.lines), False), why)
    heads, rows = _cells(shown, (told("County"), told("Kind"), told("All"), told("Change")))
    content = workbook(title, heads, rows, about, words("export_sheet"))
    note(sitting, "monthly", why, len(shown.lines), {"month": shown.month, "unit": shown.unit})
    return download(content, f"{title}-{shown.month}.xlsx")


def _cells(
    shown: MonthPage, words: tuple[str, str, str, str]
) -> tuple[list[str], list[list[str | int]]]:
    """The table of the page: every number with its change beside it."""
    county, kind, everything, change = words
    names = [*(label for _, label in shown.states), everything]
    heads = [county, kind, *(one for name in names for one in (name, change))]

    def row(line: Line, first: str) -> list[str | int]:
        parts = [number for one in (*line.parts, line.total) for number in (one.count, one.change)]
        return [first, line.kind_name, *parts]

    rows = [row(one, one.county_name) for one in shown.lines]
    return heads, [*rows, row(shown.totals, everything)]
