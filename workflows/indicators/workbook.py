"""The indicators as a workbook: the figures, the rows behind them, and what each one means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from workflows.indicators.definitions import reasons, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from lifecycle.conditions import Label
    from workflows.indicators.figures import Indicator, Report

_OPTIONS: Final = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "constant_memory": True,
}
LAST_ROW: Final = 1_048_575
"""The last row that a sheet of a workbook has, counted from zero."""

_WIDTHS: Final = {"narrow": 11, "middle": 28, "wide": 70}

Cell = str | int | None


def write_workbook(
    path: Path,
    found: Report,
    *,
    jurisdiction: str,
    names: Mapping[str, str],
    language: str = "zh",
    is_shown: Callable[[str], bool] = bool,
    taken: Iterable[tuple[str, str]] = (),
) -> None:
    """Writes three sheets: figures, rows behind them, explanation with clause.

    Args:
        path: where the workbook goes; an existing file is replaced.
        found: the figures.
        jurisdiction: what the unit is called; empty for the whole register.
        names: what a row is called, by its reference; cases of persons have none.
        language: zh or en.
        is_shown: whether the row of a reference is for the reader.
        taken: what else the third sheet says: who took it, when, and why.
    """
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        writer = _Writer(book, language)
        writer.figures(found)
        writer.rows(found, names, is_shown)
        writer.explanation(found, jurisdiction, taken)


class _Writer:
    """One workbook being written, row by row: nothing already written is kept in memory."""

    def __init__(self, book: Any, language: str) -> None:  # noqa: ANN401 - the library is untyped
        self.book = book
        self.language = language
        # Text is text, also when it opens with = + - or @: quoted, and of the format "text".
        self.text = book.add_format({"num_format": "@", "quote_prefix": True, "text_wrap": True})
        self.plain = book.add_format({"num_format": "@", "quote_prefix": True})
        self.head = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#D9E1F2"})

    def say(self, label: Label) -> str:
        """The label in the workbook's language."""
        return label.zh if self.language == "zh" else label.en

    def word(self, name: str) -> str:
        """A word of the workbook."""
        return self.say(words()[name])

    def figures(self, found: Report) -> None:
        """The first sheet: a row per figure."""
        columns = (
            "id",
            "label",
            "numerator",
            "denominator",
            "percent",
            "target",
            "target_on",
            "met",
            "clause",
            "beside",
        )
        page = self._sheet("figures", columns)
        for number, one in enumerate(found.figures, 1):
            self._row(page, number, self._figure(one))

    def _figure(self, one: Indicator) -> Iterable[Cell]:
        target = one.target
        yield one.id
        yield self.say(one.label)
        yield one.numerator
        yield one.denominator
        yield one.percent
        yield None if target is None else f"{target.value}%" if target.percent else target.value
        yield target.on.isoformat() if target and target.on else None
        yield self.word(f"verdict_{one.verdict}") if one.verdict else self.word("no_target")
        yield " ".join(one.cite)
        yield "; ".join(
            f"{self.say(reasons()[reason])}: {len(listed)}"
            for reason, listed in one.listed().items()
        )

    def rows(
        self, found: Report, names: Mapping[str, str], is_shown: Callable[[str], bool]
    ) -> None:
        """The second sheet: a row per organization, body, area or case, a column per figure."""
        shown = [
            one
            for one in found.figures
            if one.behind.numerator or one.behind.denominator or one.excluded
        ]
        page = self._sheet("rows", ("row", "name"), [one.id for one in shown])
        parts = {one: told for one, told in _parts(shown).items() if is_shown(one)}
        for number, reference in enumerate(parts, 1):
            if number == LAST_ROW:
                self._row(page, number, [self.word("too_many")])
                break
            told = parts[reference]
            self._row(
                page,
                number,
                [
                    reference,
                    names.get(reference),
                    *(self._part(told.get(one.id)) for one in shown),
                ],
                self.plain,
            )

    def _part(self, part: str | None) -> str | None:
        if part is None:
            return None
        return self.word(part) if part.startswith("in_") else self.say(reasons()[part])

    def explanation(
        self, found: Report, jurisdiction: str, taken: Iterable[tuple[str, str]]
    ) -> None:
        """The third sheet: what is counted, among what, and by which clause."""
        columns = ("id", "label", "counted", "among", "clause", "remark")
        page = self._sheet("explanation", columns)
        number = 0
        for number, one in enumerate(found.figures, 1):
            of = one.definition
            among = self.say(of.denominator) if of.denominator else None
            told = [one.id, self.say(of.label), self.say(of.numerator), among, " ".join(of.cite)]
            self._row(page, number, told)
        about = {
            "jurisdiction": jurisdiction or self.word("everywhere"),
            "as_of": found.as_of.isoformat(),
            "since": found.period.first.isoformat(),
            "stages": " ".join(day.isoformat() for day in found.stages),
            "remark": self.word("rounding"),
        }
        lines = [*((self.word(name), value) for name, value in about.items()), *taken]
        for line, pair in enumerate(lines, number + 2):
            self._row(page, line, [None, *pair])

    def _sheet(self, name: str, columns: Iterable[str], more: Iterable[str] = ()) -> Any:  # noqa: ANN401 - as above
        page = self.book.add_worksheet(self.word(name))
        wide = {"label": "middle", "name": "middle", "row": "middle", "beside": "wide"}
        wide |= dict.fromkeys(("counted", "among"), "wide")
        titles = [*columns]
        for column, title in enumerate(titles):
            page.set_column(column, column, _WIDTHS[wide.get(title, "narrow")])
        for column, title in enumerate([*(self.word(one) for one in titles), *more]):
            page.write_string(0, column, title, self.head)
        page.freeze_panes(1, 0)
        return page

    def _row(self, page: Any, number: int, cells: Iterable[Cell], style: Any = None) -> None:  # noqa: ANN401 - as above
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                page.write_number(number, column, cell)
            elif cell is not None:
                page.write_string(number, column, cell, style or self.text)


def _parts(shown: Iterable[Indicator]) -> dict[str, dict[str, str]]:
    """By reference and figure: in which part of the figure a row stands, or why beside it."""
    found: dict[str, dict[str, str]] = {}
    for one in shown:
        for part, numbers in (
            ("in_denominator", one.behind.denominator),
            ("in_numerator", one.behind.numerator),
        ):
            for number in numbers:
                found.setdefault(one.reference(number), {})[one.id] = part
        for listed in one.excluded:
            found.setdefault(one.reference(listed.id), {})[one.id] = listed.reason
    return found
