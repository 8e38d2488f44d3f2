"""Rows that are no data: blank ones, totals, footnotes and headers repeated on every page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workflows.intake.words import header_key, squeezed, word_set, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CODE_LIKE = re.compile(r"[0-9A-Za-z]{6}")

_LONG_WORD = 4
"""A footnote word this long needs no mark behind it; a name may open with a shorter one."""


def furniture(
    rows: Sequence[Sequence[object]],
    first: int,
    columns: Mapping[str, int],
    header: Mapping[str, str],
) -> dict[int, str]:
    """Row of the sheet -> why it is no data.

    Args:
        rows: Every row of the sheet, as it came.
        first: The first data row, counted from 1.
        columns: Field -> index of its column.
        header: Field -> the header text above it.
    """
    found: dict[int, str] = {}
    for number, cells in enumerate(rows[first - 1 :], first):
        reason = _reason(cells, columns, header)
        if reason:
            found[number] = reason
    return found


def _reason(
    cells: Sequence[object], columns: Mapping[str, int], header: Mapping[str, str]
) -> str | None:
    filled = [i for i, cell in enumerate(cells) if squeezed(str(cell if cell is not None else ""))]
    if not filled:
        return "blank_row"
    if _repeats(cells, columns, header):
        return "header_row"
    text = squeezed(str(cells[filled[0]]))
    if not _has_code(cells, columns):
        if _opens_total(text, alone=filled[0] == columns["name"] or "credit_code" not in columns):
            return "total_row"
        if _is_footnote(cells, filled, columns["name"], text):
            return "footnote"
    return None if set(filled) & set(columns.values()) else "blank_row"


def _has_code(cells: Sequence[object], columns: Mapping[str, int]) -> bool:
    """Whether something like a code stands in the code column, and not a sum or a signature."""
    index = columns.get("credit_code", len(cells))
    return index < len(cells) and bool(_CODE_LIKE.search(squeezed(str(cells[index]))))


def _repeats(
    cells: Sequence[object], columns: Mapping[str, int], header: Mapping[str, str]
) -> bool:
    same = [
        header_key(str(cells[index])) == header_key(header[name])
        for name, index in columns.items()
        if index < len(cells) and isinstance(cells[index], str)
    ]
    return len(same) > 1 and sum(same) * 2 > len(same)


def _opens_total(text: str, *, alone: bool) -> bool:
    """Whether the text is a word for a total.

    Args:
        text: The first text of the row.
        alone: The text stands where a name would: then nothing but figures may follow the word.
    """
    opening = [word for word in word_set("totals") if text.startswith(word)]
    return any(not alone or not text[len(word) : len(word) + 1].isalpha() for word in opening)


def _is_footnote(cells: Sequence[object], filled: list[int], name: int, text: str) -> bool:
    if len(filled) == 1 and filled[0] != name:
        return isinstance(cells[filled[0]], str) and not text.isdigit()
    if len(filled) > 2:  # noqa: PLR2004 - a remark and what it is about
        return False
    return any(_opens(text, squeezed(word)) for word in words()["footnotes"])


def _opens(text: str, word: str) -> bool:
    rest = text.removeprefix(word)
    if rest == text:
        return False
    return len(word) >= _LONG_WORD or not rest or not rest[0].isalpha()
