"""How results reach the reader: rich tables on a terminal, aligned text in a pipe, or JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from wcwidth import wcswidth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wording.words import Words


@dataclass(slots=True)
class Output:
    """Where a command writes, in which language and form."""

    words: Words
    json_wanted: bool = False
    console: Console = field(default_factory=lambda: Console(highlight=False))

    def line(self, text: str = "") -> None:
        """One line of text (or several)."""
        text = printable(text)
        if sys.stdout.isatty():
            self.console.print(text, markup=False, soft_wrap=True)
        else:
            sys.stdout.write(text + "\n")

    def lines(self, texts: Sequence[str], indent: str = "") -> None:
        """One line for each text."""
        for text in texts:
            self.line(indent + text)

    def say(self, key: str, **values: object) -> None:
        """A sentence of the catalogue."""
        self.line(self.words(key, **values))

    def complain(self, text: str) -> None:
        """A message on the error stream."""
        sys.stderr.write(printable(text) + "\n")

    def data(self, value: object) -> None:
        """A JSON document."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")

    def json_line(self, value: object) -> None:
        """One line of JSON Lines."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")

    def rows(self, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        """A listing: its column keys name both the headings and the JSON fields."""
        if self.json_wanted:
            self.data([{name: row.get(name) for name in columns} for row in rows])
        elif rows:
            self.table(columns, rows)
        else:
            self.say("empty")

    def table(self, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows under their headings: framed by rich on a terminal, aligned by width in a pipe."""
        headings = [self.words(f"col_{name}") for name in columns]
        cells = [[_cell(row.get(name)) for name in columns] for row in rows]
        if not sys.stdout.isatty():
            sys.stdout.write("".join(line + "\n" for line in aligned([headings, *cells])))
            return
        table = Table(*headings, box=None, pad_edge=False)
        for one in cells:
            table.add_row(*(Text(text) for text in one))
        self.console.print(table)

    def more(self, shown: int, limit: int) -> None:
        """Says that a listing may go on, where its limit was reached."""
        if shown >= limit and not self.json_wanted:
            self.say("more", limit=limit)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines whose columns stand below each other; a Chinese character is two wide."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text + " " * (wide - width(text)) for text, wide in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return max(wcswidth(text), 0)


def printable(text: str) -> str:
    """The text without control characters: what a roster holds must not steer a terminal."""
    return "".join(one if one.isprintable() or one == "\n" else "�" for one in text)


def _cell(value: object) -> str:
    return "" if value is None else printable(str(value)).replace("\n", " ")
