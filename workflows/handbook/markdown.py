"""Markdown as the pages need it: tables, lists, and the only Jinja environment of the handbook."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_EMPTY_LINES = re.compile(r"\n{3,}")


@cache
def _environment() -> Environment:
    # Markdown for people who read the repository: nothing here comes from outside of it.
    return Environment(  # noqa: S701
        loader=PackageLoader("workflows.handbook", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def rendered(template: str, **values: object) -> str:
    """A template with its values, without runs of empty lines."""
    text = _environment().get_template(template).render(values)
    return _EMPTY_LINES.sub("\n\n", text).strip() + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""A Markdown table; a stroke in a cell is written so that it does not end the cell.

    >>> print(table(["a", "b"], [("1", "x|y")]))
    | a | b |
    | --- | --- |
    | 1 | x\|y |
    """
    lines = [_line(headings), _line(["---"] * len(headings))]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(one.replace("|", "\\|").replace("\n", " ") for one in cells) + " |"


def several(heading: str, items: Sequence[str]) -> str:
    """A bullet with its points below it; nothing where there are none."""
    if not items:
        return ""
    return "\n".join([f"- **{heading}**", *(f"  - {one}" for one in items)]) + "\n"
