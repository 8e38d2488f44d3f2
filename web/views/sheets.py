"""A list as a workbook: the rows of the screen, and a sheet that says what they are."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from lifecycle.moments import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from web.sitting import Sitting

MOST: Final = 20_000
"""More rows than these are not handed out at once."""

_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
WIDTH: Final = 18

Cell = str | int | None


def workbook(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    about: Sequence[tuple[str, str]],
    about_title: str,
) -> bytes:
    """Two sheets: the rows under their columns, and what is said about them."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        # Text is text, also when it opens with = + - or @: quoted, and of the format "text".
        text = book.add_format({"num_format": "@", "quote_prefix": True})
        head = book.add_format({"bold": True, "bg_color": "#D9E1F2"})
        page = book.add_worksheet(title)
        page.set_column(0, len(columns) - 1, WIDTH)
        page.freeze_panes(1, 0)
        page.repeat_rows(0)
        _row(page, 0, columns, head)
        for number, cells in enumerate(rows, 1):
            _row(page, number, cells, text)
        told = book.add_worksheet(about_title)
        told.set_column(0, 0, WIDTH)
        told.set_column(1, 1, 4 * WIDTH)
        for number, pair in enumerate(about):
            _row(told, number, pair, text)
    return file.getvalue()


def _row(page: Any, number: int, cells: Iterable[Cell], style: Any) -> None:  # noqa: ANN401 - untyped
    for column, cell in enumerate(cells):
        if isinstance(cell, int):
            page.write_number(number, column, cell)
        elif cell is not None:
            page.write_string(number, column, cell, style)


def about_export(
    sitting: Sitting,
    title: str,
    conditions: Iterable[tuple[str, str]],
    counted: tuple[int, bool],
    why: str,
) -> list[tuple[str, str]]:
    """What the second sheet says: the list, its conditions, who took it, when, as of, why.

    Args:
        sitting: who takes it.
        title: what list it is.
        conditions: what it was narrowed to, in words.
        counted: how many rows there are, and whether more were left out.
        why: the reason that was given.
    """
    words, who = sitting.teller.words, sitting.who.account
    name = f"{who.name} ({who.login})"
    if sitting.seat.on_behalf_of:
        name = words("acting_for", who=name, absent=sitting.seat.on_behalf_of)
    rows, cut = counted
    return [
        (words("export_list"), title),
        *((label, text) for label, text in conditions if text),
        (words("export_rows"), words("export_cut", most=MOST) if cut else str(rows)),
        (words("export_as_of"), str(sitting.today)),
        (words("export_who"), name),
        (words("export_at"), sitting.desk.now().astimezone(ZONE).strftime("%Y-%m-%d %H:%M")),
        (words("export_reason"), why),
        (words("export_remark"), words("export_masked")),
    ]
