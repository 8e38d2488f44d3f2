"""How results reach the reader: rich tables on a terminal, aligned text in a pipe, or JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from wcwidth import wcswidth

from cli.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(slots=True)
class Output:
    """Where a command writes, in which language and form."""

    words: Words
    json_wanted: bool = False
    console: Console = field(default_factory=lambda: Console(highlight=False))

    def line(self, text: str = "") -> None:
        """One line of text."""
        if sys.stdout.isatty():
            self.console.print(text, markup=False, soft_wrap=True)
        else:
            sys.stdout.write(text + "\n")

    def say(self, key: str, **values: object) -> None:
        """A sentence of the catalogue."""
        self.line(self.words(key, **values))

    def complain(self, text: str) -> None:
        """One line on the error stream."""
        sys.stderr.write(text + "\n")

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
            return
        if not rows:
            self.say("empty")
            return
        headings = [self.words(f"col_{name}") for name in columns]
        cells = [[_text(row.get(name)) for name in columns] for row in rows]
        if sys.stdout.isatty():
            table = Table(*headings, box=None, pad_edge=False)
            for one in cells:
                table.add_row(*one)
            self.console.print(table)
            return
        widths = [max(_width(one[i]) for one in [headings, *cells]) for i in range(len(columns))]
        for one in [headings, *cells]:
            padded = [text + " " * (width - _width(text)) for text, width in zip(one, widths, strict=True)]
            sys.stdout.write("  ".join(padded).rstrip() + "\n")


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _width(text: str) -> int:
    return max(wcswidth(text), 0)
