"""Which list a sheet is: recognised by its headers, never configured."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from workflows.intake.furniture import furniture
from workflows.intake.limits import UnreadableFileError
from workflows.intake.privacy import holds_identity_number
from workflows.intake.words import header_key, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Cell = str | int | float | bool | date | datetime | None
"""What a cell of a workbook can hold."""

_SEARCHED_ROWS: Final = 15
"""A header further down than this is no header."""


class Layout(StrEnum):
    """The known lists, in the order in which they are taken over."""

    UNITS = "units"
    REGISTER = "register"
    INTERMEDIARIES = "intermediaries"
    SURVEY = "survey"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet as it stands in its file."""

    file: str
    sheet: str
    digest: str
    """SHA-256 of the file, in hex."""

    rows: tuple[tuple[Cell, ...], ...]
    """`rows[i]` is row i + 1 of the sheet."""


@dataclass(frozen=True, slots=True)
class RecognisedSheet:
    """A sheet of a known list; what may not be kept is already gone from its cells."""

    raw: RawSheet
    layout: Layout
    first_data_row: int
    """Row of the sheet, counted from 1."""

    columns: Mapping[str, int]
    """Field -> index of its column, in column order."""

    headers: Mapping[str, str]
    """Field -> the header text that made it known."""

    dropped: tuple[str, ...]
    """Headers of the columns that are not kept, in column order."""

    furniture: Mapping[int, str] = field(default_factory=dict)
    """Row of the sheet -> why it is no data: total_row, footnote, header_row or blank_row."""

    withheld: frozenset[tuple[int, str]] = frozenset()
    """(row, field) of cells that held an identity number; they are empty now."""

    returned: bool = False
    """Whether this is a corrected error workbook."""


@dataclass(frozen=True, slots=True)
class _Header:
    """One reading of the top of a sheet."""

    layout: Layout
    height: int
    row: int
    fields: Mapping[int, str]
    texts: Mapping[int, str]


@cache
def _book() -> dict[str, Any]:
    return read_yaml("layouts.yaml")


@cache
def _aliases(layout: Layout) -> dict[str, str]:
    """Every spelling of a header -> its field; the first field that claims a spelling has it."""
    found: dict[str, str] = {}
    for name, spellings in _book()["layouts"][layout]["columns"].items():
        for spelling in spellings:
            found.setdefault(header_key(spelling), name)
    return found


def header_of(layout: Layout, name: str) -> str:
    """The header that the error workbook uses where the file's own is unknown."""
    spellings: list[str] = _book()["layouts"][layout]["columns"][name]
    return spellings[0]


def title_of(layout: Layout, language: str = "zh") -> str:
    """The officers' name of the list."""
    title: str = _book()["layouts"][layout]["label"][language]
    return title


def special_header(name: str) -> str:
    """The header of a column that the error workbook adds: `returned` or `source`."""
    text: str = _book()[name]
    return text


def recognise(raw: RawSheet) -> RecognisedSheet:
    """The sheet with its layout, its columns and nothing that may not be kept.

    Raises:
        UnreadableFileError: no known list has these columns.
    """
    header = _best_header(raw.rows)
    missing = _missing(header) if header else []
    if header is None or missing:
        nearest = f"the nearest is {header.layout}, without {missing[0]}" if header else ""
        raise UnreadableFileError(raw.file, "unknown_layout", nearest)
    return _recognised(raw, header)


def _missing(header: _Header) -> list[str]:
    known = set(header.fields.values())
    return [one for one in _book()["layouts"][header.layout]["required"] if one not in known]


def _best_header(rows: Sequence[Sequence[Cell]]) -> _Header | None:
    """The reading that explains most columns; complete before incomplete, short before tall."""
    readings = [
        reading
        for row in range(min(len(rows), _SEARCHED_ROWS))
        for height in (1, 2)
        if row + height <= len(rows)
        for reading in _readings(rows, row, height)
    ]
    if not readings:
        return None
    return max(
        readings, key=lambda one: (not _missing(one), len(one.fields), -one.height, -one.row)
    )


def _readings(rows: Sequence[Sequence[Cell]], row: int, height: int) -> list[_Header]:
    texts = _texts(rows[row], rows[row + 1] if height > 1 else ())
    found = []
    for layout in Layout:
        fields, used = _fields(texts, _aliases(layout))
        if len(fields) > 1:
            found.append(_Header(layout, height, row, fields, used))
    return found


def _texts(upper: Sequence[Cell], lower: Sequence[Cell]) -> dict[int, tuple[str, ...]]:
    """Column -> the texts that may be its header, the most telling first.

    A merged cell holds its text in its first column only, so a lower text without one above
    belongs to the last upper text to its left.
    """
    found: dict[int, tuple[str, ...]] = {}
    group = ""
    for index in range(max(len(upper), len(lower))):
        above = _text(upper[index]) if index < len(upper) else ""
        below = _text(lower[index]) if index < len(lower) else ""
        group = above or group
        if below and group and below != group:
            found[index] = (group + below, below)
        elif above or below:
            found[index] = (below or above,)
    return found


def _text(cell: Cell) -> str:
    return "".join(cell.split()) if isinstance(cell, str) else ""


def _fields(
    texts: Mapping[int, tuple[str, ...]], aliases: Mapping[str, str]
) -> tuple[dict[int, str], dict[int, str]]:
    """Column -> field, and column -> the header text to show."""
    fields: dict[int, str] = {}
    shown: dict[int, str] = {}
    for index, candidates in texts.items():
        shown[index] = candidates[-1]
        for text in candidates:
            name = aliases.get(header_key(text))
            if name and name not in fields.values():
                fields[index], shown[index] = name, text
                break
    return fields, shown


def _recognised(raw: RawSheet, header: _Header) -> RecognisedSheet:
    book = _book()
    keys = {index: header_key(text) for index, text in header.texts.items()}
    identity = [header_key(one) for one in book["identity"]]
    columns = {
        name: index
        for index, name in sorted(header.fields.items())
        if not any(one in keys[index] for one in identity)
    }
    headers = {name: header.texts[index] for name, index in columns.items()}
    first = header.row + header.height + 1
    rows, withheld = _cleaned(raw.rows, first, columns)
    return RecognisedSheet(
        raw=RawSheet(raw.file, raw.sheet, raw.digest, rows),
        layout=header.layout,
        first_data_row=first,
        columns=columns,
        headers=headers,
        dropped=_dropped(raw.rows[first - 1 :], header, columns, withheld),
        furniture=furniture(raw.rows, first, columns, headers),
        withheld=withheld,
        returned=header_key(book["returned"]) in keys.values(),
    )


def _cleaned(
    rows: Sequence[tuple[Cell, ...]], first: int, columns: Mapping[str, int]
) -> tuple[tuple[tuple[Cell, ...], ...], frozenset[tuple[int, str]]]:
    """The rows with kept columns only, and the cells emptied of an identity number."""
    names = {index: name for name, index in columns.items()}
    cleaned = list(rows[: first - 1])
    withheld: set[tuple[int, str]] = set()
    for number, cells in enumerate(rows[first - 1 :], first):
        kept: list[Cell] = [cell if index in names else None for index, cell in enumerate(cells)]
        for index, cell in enumerate(kept):
            if cell is not None and holds_identity_number(cell):
                kept[index] = None
                withheld.add((number, names[index]))
        cleaned.append(tuple(kept))
    return tuple(cleaned), frozenset(withheld)


def _dropped(
    data: Sequence[Sequence[Cell]],
    header: _Header,
    columns: Mapping[str, int],
    withheld: frozenset[tuple[int, str]],
) -> tuple[str, ...]:
    """Headers of columns that are not kept; a column without a header goes by its letter."""
    passed = {header_key(one) for one in _book()["passed_over"]}
    leaving = set(_book()["layouts"][header.layout].get("used_then_dropped", ()))
    leaving |= {name for _, name in withheld if _mostly(name, columns[name], data, withheld)}
    kept = {index for name, index in columns.items() if name not in leaving}
    filled = {index for cells in data for index, cell in enumerate(cells) if cell is not None}
    texts = {index: _letters(index) for index in filled} | dict(header.texts)
    return tuple(
        text
        for index, text in sorted(texts.items())
        if index not in kept and header_key(text) not in passed
    )


def _mostly(
    name: str, index: int, data: Sequence[Sequence[Cell]], withheld: frozenset[tuple[int, str]]
) -> bool:
    """Whether most of what stood in a kept column were identity numbers."""
    filled = sum(1 for cells in data if index < len(cells) and cells[index] is not None)
    return 2 * sum(1 for _, one in withheld if one == name) > filled


def _letters(index: int) -> str:
    """The name of a column in a spreadsheet: A to Z, then AA."""
    high, low = divmod(index, 26)
    return (_letters(high - 1) if high else "") + chr(ord("A") + low)
