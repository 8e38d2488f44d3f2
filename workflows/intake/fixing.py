"""Cells of a rejected row that are typed anew, before anything is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from workflows.intake.outcomes import Outcome, outcome_of
from workflows.intake.privacy import holds_identity_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workflows.intake.layouts import Cell, RecognisedSheet
    from workflows.intake.outcomes import CheckedRow

Fixes = dict[tuple[int, str], "str | None"]
"""Row of the sheet and field -> what was typed; None for an identity number, which is not kept."""


def fixable(sheet: RecognisedSheet, row: CheckedRow) -> tuple[str, ...]:
    """The fields of a rejected row that are at fault and have a column, in column order."""
    at_fault = {one.field for one in row.reasons if outcome_of(one.code) is Outcome.REJECTED}
    return tuple(name for name in sheet.columns if name in at_fault)


def shown(cell: Cell) -> str:
    """A cell as a form shows it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def kept(text: str) -> str | None:
    """What may be kept of what was typed: never an identity number."""
    return None if holds_identity_number(text) else text


def with_fixes(
    sheet: RecognisedSheet, fixes: Mapping[tuple[int, str], str | None]
) -> RecognisedSheet:
    """The sheet with what was typed in the place of what was wrong."""
    rows = [list(one) for one in sheet.raw.rows]
    withheld = set(sheet.withheld)
    for (number, name), text in fixes.items():
        column = sheet.columns.get(name)
        if column is None or not sheet.first_data_row <= number <= len(rows):
            continue
        cells = rows[number - 1]
        cells += [None] * (column + 1 - len(cells))
        cells[column] = text or None
        withheld.discard((number, name))
        if text is None:
            withheld.add((number, name))
    raw = replace(sheet.raw, rows=tuple(map(tuple, rows)))
    return replace(sheet, raw=raw, withheld=frozenset(withheld))
