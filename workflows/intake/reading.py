"""From a file on disk to recognised sheets, with the parser locked into a child process."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Any, Final

from workflows.intake import child
from workflows.intake.layouts import Cell, RawSheet, RecognisedSheet, recognise
from workflows.intake.limits import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    UnreadableFileError,
    check_container,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WALL_SECONDS: Final = 15

_EXIT_CODES: Final = {
    child.DAMAGED: "damaged",
    child.TOO_MANY_ROWS: "too_many_rows",
    child.TOO_MANY_COLUMNS: "too_many_columns",
    child.TOO_MUCH: "inflates_too_much",
    -6: "inflates_too_much",  # the parser aborts when it gets no more memory
    -9: "took_too_long",
    -24: "took_too_long",
}


def read_workbook(path: Path, name: str | None = None) -> RecognisedSheet:
    """The first sheet of the workbook that is a known list.

    Args:
        path: The file.
        name: The name under which it was given, where it is stored under another.

    Raises:
        UnreadableFileError: the file is refused, or no sheet is a known list.
    """
    return read_workbooks(path, name)[0]


def read_workbooks(path: Path, name: str | None = None) -> list[RecognisedSheet]:
    """Every sheet of the workbook that is a known list; hidden sheets are not looked at.

    Args:
        path: The file.
        name: The name under which it was given, where it is stored under another.

    Raises:
        UnreadableFileError: the file is refused, or no sheet is a known list.
    """
    name = name or path.name
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFileError(name, "too_large")
    content = path.read_bytes()
    check_container(name, content)
    digest = hashlib.sha256(content).hexdigest()
    found: list[RecognisedSheet] = []
    refused: UnreadableFileError | None = None
    for sheet, rows in _parsed(name, content):
        try:
            found.append(recognise(RawSheet(name, sheet, digest, rows)))
        except UnreadableFileError as problem:
            refused = refused or problem
    if not found:
        raise refused or UnreadableFileError(name, "unknown_layout")
    return found


def _parsed(name: str, content: bytes) -> Iterator[tuple[str, tuple[tuple[Cell, ...], ...]]]:
    """Name and rows of each visible sheet, as the child process reports them.

    The child gets the very bytes that were checked, not the path: a file can change meanwhile.
    """
    with tempfile.NamedTemporaryFile() as copy, tempfile.TemporaryFile() as report:
        copy.write(content)
        copy.flush()
        _run_child(name, copy.name, report)
        report.seek(0)
        for line in report:
            sheet = json.loads(line)
            yield sheet["sheet"], _trimmed([[_cell(one) for one in row] for row in sheet["rows"]])


def _run_child(name: str, path: str, report: IO[bytes]) -> None:
    command = [sys.executable, "-I", child.__file__, path, str(MAX_ROWS), str(MAX_COLUMNS)]
    try:
        ended = subprocess.run(  # noqa: S603 - our own program with a path of our own
            command,
            stdin=subprocess.DEVNULL,
            stdout=report,
            stderr=subprocess.DEVNULL,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise UnreadableFileError(name, "took_too_long") from problem
    if ended.returncode:
        raise UnreadableFileError(name, _EXIT_CODES.get(ended.returncode, "damaged"))


def _cell(value: Any) -> Cell:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, dict):
        if "t" in value:
            return datetime.fromisoformat(value["t"])
        return date.fromisoformat(value["d"])
    return value  # type: ignore[no-any-return]


def _trimmed(rows: list[list[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """The rows without blank ones at the end, which formats leave behind."""
    while rows and all(
        cell is None or (isinstance(cell, str) and not cell.strip()) for cell in rows[-1]
    ):
        rows.pop()
    return tuple(tuple(row) for row in rows)


__all__ = ["RawSheet", "RecognisedSheet", "read_workbook", "read_workbooks"]
