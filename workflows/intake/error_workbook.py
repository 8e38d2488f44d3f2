"""Rejected rows go back as they came, with the reason beside them, ready to be corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from workflows.intake.layouts import (
    Cell,
    Layout,
    RecognisedSheet,
    header_of,
    special_header,
    title_of,
)
from workflows.intake.outcomes import CheckedRow, Outcome, outcome_of, reason_text
from workflows.intake.words import words

if TYPE_CHECKING:
    from pathlib import Path

_OPTIONS: Final = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "in_memory": True,
}
_WIDTH: Final = 18
_WIDE: Final = 60

Formats = Mapping[tuple[str, bool], Any]


def write_error_workbook(
    path: Path, rejected: Sequence[CheckedRow], sheets: Sequence[RecognisedSheet]
) -> None:
    """Write one sheet per list: the kept columns, where each row came from, and why it came back.

    The sheets are recognised again by their headers; what was dropped on the way in is not in them.

    Args:
        path: Where the workbook goes; an existing file is replaced.
        rejected: The rows to send back.
        sheets: The sheets that they stand on, for the officers' own headers and column order.

    Raises:
        ValueError: there is nothing to send back.
    """
    if not rejected:
        raise ValueError("no rejected row to write")
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        formats = _formats(book)
        for layout in Layout:
            rows = [row for row in rejected if row.layout is layout]
            if rows:
                _write_sheet(book, formats, layout, rows, _headers(layout, rows, sheets))


def _headers(
    layout: Layout, rows: Sequence[CheckedRow], sheets: Sequence[RecognisedSheet]
) -> dict[str, str]:
    """Field -> header, in the column order of the first sheet of the list."""
    found: dict[str, str] = {}
    for sheet in sheets:
        if sheet.layout is layout:
            found = {**sheet.headers, **found} if found else dict(sheet.headers)
    for row in rows:
        for name in row.cells:
            found.setdefault(name, header_of(layout, name))
    return found


def _formats(book: Any) -> dict[tuple[str, bool], Any]:  # noqa: ANN401 - the library is untyped
    """(what, whether it is the fault) -> format; text is text, also when it opens with =."""
    kinds: dict[str, dict[str, Any]] = {
        "text": {"num_format": "@", "quote_prefix": True},
        "number": {"num_format": "General"},
        "day": {"num_format": "yyyy-mm-dd"},
        "head": {"bold": True, "text_wrap": True, "bg_color": "#D9E1F2", "border": 1},
        "reason": {"num_format": "@", "text_wrap": True, "font_color": "#9C0006"},
    }
    fault = {"bg_color": "#FFC7CE", "border": 1, "border_color": "#9C0006"}
    return {
        (kind, wrong): book.add_format({**look, **(fault if wrong else {})})
        for kind, look in kinds.items()
        for wrong in (False, True)
    }


def _write_sheet(
    book: Any,  # noqa: ANN401 - the library is untyped
    formats: Formats,
    layout: Layout,
    rows: Sequence[CheckedRow],
    headers: Mapping[str, str],
) -> None:
    page = book.add_worksheet(title_of(layout))
    titles = [*headers.values(), special_header("source"), special_header("returned")]
    for column, title in enumerate(titles):
        page.write_string(0, column, title, formats["head", False])
    page.set_column(0, len(titles) - 2, _WIDTH)
    page.set_column(len(titles) - 1, len(titles) - 1, _WIDE)
    page.freeze_panes(1, 0)
    for number, row in enumerate(rows, 1):
        faults = {one.field for one in row.reasons if outcome_of(one.code) is Outcome.REJECTED}
        for column, name in enumerate(headers):
            _write_cell(page, (number, column), row.cells.get(name), formats, name in faults)
        origin = words()["origin"].format(file=row.file, row=row.row)
        page.write_string(number, len(headers), origin, formats["text", False])
        page.write_string(number, len(headers) + 1, _remark(row, headers), formats["reason", False])


def _write_cell(
    page: Any,  # noqa: ANN401 - the library is untyped
    place: tuple[int, int],
    cell: Cell,
    formats: Formats,
    is_fault: bool,  # noqa: FBT001 - a private function with one caller
) -> None:
    if cell is None:
        page.write_blank(*place, None, formats["text", is_fault])
    elif isinstance(cell, bool):
        page.write_boolean(*place, cell, formats["number", is_fault])
    elif isinstance(cell, int | float):
        page.write_number(*place, cell, formats["number", is_fault])
    elif isinstance(cell, date):
        _write_day(page, place, cell, formats, is_fault)
    else:
        page.write_string(*place, cell, formats["text", is_fault])


def _write_day(
    page: Any,  # noqa: ANN401 - the library is untyped
    place: tuple[int, int],
    day: date,
    formats: Formats,
    is_fault: bool,  # noqa: FBT001 - a private function with one caller
) -> None:
    """A date cell, or text where a spreadsheet cannot count that far back."""
    if day.year < 1900:  # noqa: PLR2004 - where spreadsheets begin
        page.write_string(*place, day.isoformat(), formats["text", is_fault])
    else:
        moment = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)  # noqa: DTZ001
        page.write_datetime(*place, moment, formats["day", is_fault])


def _remark(row: CheckedRow, headers: Mapping[str, str]) -> str:
    """What is wrong and what to do, fault by fault; nothing of a cell's content is repeated."""
    spoken = words()
    parts = []
    for reason in row.reasons:
        if outcome_of(reason.code) is not Outcome.REJECTED:
            continue
        wrong, do = reason_text(reason.code)
        form = "remark" if reason.field in headers else "remark_without_column"
        header = headers.get(reason.field or "", "")
        parts.append(spoken[form].format(header=header, wrong=wrong, do=do))
    return str(spoken["remark_separator"].join(parts))
