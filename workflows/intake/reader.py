"""A row being read: its cells by field, and the reasons that gather on the way."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeVar

from workflows.intake.cells import (
    Read,
    read_code,
    read_count,
    read_mail,
    read_text,
    read_word,
)
from workflows.intake.days import read_date
from workflows.intake.outcomes import Outcome, Reason, outcome_of, worst

if TYPE_CHECKING:
    from workflows.intake.layouts import Cell, RecognisedSheet

T = TypeVar("T")


class RowReader:
    """Reads the fields of one row; a field that cannot be read leaves a reason.

    A field that a row needs comes back as a filler when it is wrong or absent, so that all the
    faults of a row are found; such a row is rejected and its values are thrown away.
    """

    def __init__(self, sheet: RecognisedSheet, number: int, as_of: date) -> None:
        self._sheet = sheet
        self._cells = sheet.raw.rows[number - 1]
        self._number = number
        self.as_of = as_of
        self.reasons: list[Reason] = []

    @property
    def is_returned(self) -> bool:
        """Whether the row comes from a corrected error workbook."""
        return self._sheet.returned

    @property
    def is_rejected(self) -> bool:
        """Whether a fault was found that keeps the row out."""
        return worst(self.reasons) is Outcome.REJECTED

    def is_sound(self, *names: str) -> bool:
        """Whether none of the fields has a fault."""
        wrong = {one.field for one in self.reasons if outcome_of(one.code) is Outcome.REJECTED}
        return not wrong & set(names)

    def cell(self, name: str) -> Cell:
        """The original cell; None where the sheet has no such column."""
        index = self._sheet.columns.get(name)
        return None if index is None or index >= len(self._cells) else self._cells[index]

    def cells(self) -> dict[str, Cell]:
        """The original cells of every kept column."""
        return {name: self.cell(name) for name in self._sheet.columns}

    def add(self, code: str, name: str | None = None) -> None:
        """Note a reason about a field."""
        self.reasons.append(Reason(code, name))

    def _is_withheld(self, name: str) -> bool:
        return (self._number, name) in self._sheet.withheld

    def _take(self, name: str, read: Read[T], missing: str | None = None) -> T | None:
        if self._is_withheld(name):
            self.add("identity_number", name)
            return None
        for code in read.codes:
            self.add(code, name)
        if missing and read.value is None and not read.codes:
            self.add(missing, name)
        return read.value

    def text(self, name: str) -> str | None:
        """A text that may be absent."""
        return self._take(name, read_text(self.cell(name)))

    def needed_text(self, name: str, missing: str) -> str:
        """A text; `missing` is the code where there is none."""
        return self._take(name, read_text(self.cell(name)), missing) or ""

    def needed_word(self, name: str, group: str, unknown: str, missing: str) -> str:
        """The meaning of a word of the vocabulary."""
        return self._take(name, read_word(self.cell(name), group, unknown), missing) or ""

    def credit_code(self) -> str:
        """The unified social credit code of the row."""
        return self._take("credit_code", read_code(self.cell("credit_code"))) or ""

    def count(self, name: str) -> int | None:
        """A number that may be absent."""
        return self._take(name, read_count(self.cell(name)))

    def mail(self, name: str = "mail") -> str | None:
        """A mail address that may be absent or, with a warning, unreadable."""
        return self._take(name, read_mail(self.cell(name)))

    def needed_date(self, name: str) -> date:
        """A day that has come."""
        return self._take(name, read_date(self.cell(name), self.as_of)) or date.min

    def optional_date(self, name: str) -> date | None:
        """A day that has come, or nothing."""
        text = read_text(self.cell(name))
        absent = isinstance(self.cell(name), str | None) and text == Read(None)
        if absent and not self._is_withheld(name):
            return None
        return self._take(name, read_date(self.cell(name), self.as_of))
