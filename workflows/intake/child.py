"""The only place where a stranger's workbook is parsed: a program of its own, on a short leash.

Started by path, it imports nothing of the project. It limits itself, reads the workbook given as
its argument and writes one JSON line per visible sheet. Its exit code says what went wrong.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

MEMORY_BYTES: Final = 1024 * 1024 * 1024
CPU_SECONDS: Final = 10
OUTPUT_BYTES: Final = 64 * 1024 * 1024
MAX_TEXT: Final = 512
"""Characters kept of one cell: more than any rule allows, so that a cut text is refused later."""

DAMAGED: Final = 3
TOO_MANY_ROWS: Final = 4
TOO_MANY_COLUMNS: Final = 5
TOO_MUCH: Final = 6


def _limit() -> None:
    limits = (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0),
    )
    for what, most in limits:
        resource.setrlimit(what, (most, most))


def _plain(cell: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """A cell as JSON; dates become an object with one key, empty cells null."""
    if isinstance(cell, datetime):
        return {"t": cell.isoformat()}
    if isinstance(cell, date):
        return {"d": cell.isoformat()}
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, bool | int | float):
        return cell
    return str(cell)[:MAX_TEXT] or None


def _rows(sheet: CalamineSheet, max_rows: int, max_columns: int) -> list[list[Any]]:
    if sheet.total_height > max_rows:
        sys.exit(TOO_MANY_ROWS)
    if sheet.total_width > max_columns:
        sys.exit(TOO_MANY_COLUMNS)
    return [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def main() -> None:
    """Read the workbook that the first argument names, within the caps of the other two."""
    _limit()
    from python_calamine import (  # noqa: PLC0415 - the limits come before any foreign code
        CalamineError,
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    max_rows, max_columns = int(sys.argv[2]), int(sys.argv[3])
    try:
        with open(sys.argv[1], "rb") as file:  # noqa: PTH123 - nothing more is imported than needed
            book = CalamineWorkbook.from_filelike(file)
            for index, sheet in enumerate(book.sheets_metadata):
                if sheet.typ != SheetTypeEnum.WorkSheet:
                    continue
                if sheet.visible != SheetVisibleEnum.Visible:
                    continue
                rows = _rows(book.get_sheet_by_index(index), max_rows, max_columns)
                sys.stdout.write(json.dumps({"sheet": sheet.name, "rows": rows}) + "\n")
            sys.stdout.flush()
    except CalamineError:
        sys.exit(DAMAGED)
    except (MemoryError, OSError):
        sys.exit(TOO_MUCH)


if __name__ == "__main__":
    main()
