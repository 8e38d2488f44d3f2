"""What is said about the figures: labels, clauses and reasons, read from `figures.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lifecycle.conditions import Label
from lifecycle.loader import load_model, nearest, read_yaml
from workflows.indicators.figures import Definition
from workflows.law import read_sources

PATH = Path(__file__).with_name("figures.yaml")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Figure(_Strict):
    label: Label
    numerator: Label
    denominator: Label | None = None
    rows: str
    measure: str = "rows"
    cite: tuple[str, ...]


class _File(_Strict):
    figures: dict[str, _Figure]
    reasons: dict[str, Label]
    words: dict[str, Label]


@cache
def _read(path: Path = PATH) -> _File:
    document = read_yaml(path)
    given = load_model(document, _File)
    sources = read_sources()
    for name, one in given.figures.items():
        for cite in one.cite:
            if cite not in sources:
                where = ("figures", name, "cite")
                document.complain(where, f"unknown citation {cite!r}{nearest(cite, sources)}")
    document.raise_complaints()
    return given


@cache
def definitions() -> dict[str, Definition]:
    """Every figure by its id, in the order in which figures are shown.

    Raises:
        DefinitionError: every mistake in the file.
    """
    return {
        name: Definition(one.label, one.numerator, one.denominator, one.rows, one.measure, one.cite)
        for name, one in _read().figures.items()
    }


def reasons() -> dict[str, Label]:
    """Why something is named beside a figure, by the word of the reason."""
    return _read().reasons


def words() -> dict[str, Label]:
    """The words of the workbook."""
    return _read().words
