"""What became of an upload's rows, as the import page shows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lifecycle.access import Actor, ActorSource
from web.render import IMPORTING
from workflows.intake.fixing import fixable, shown
from workflows.intake.importing import WAITS
from workflows.intake.layouts import title_of
from workflows.intake.outcomes import Outcome, outcome_of, reason_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from web.sitting import Sitting
    from workflows.intake.importing import FileReport, ImportReport
    from workflows.intake.layouts import RecognisedSheet
    from workflows.intake.outcomes import CheckedRow

MOST_ROWS: Final = 50
"""Rejected rows whose cells can be typed anew; the error workbook holds them all."""
MOST_INPUTS: Final = 300
"""A form has a limited number of fields."""
MOST_CASES: Final = 30
"""Cases named with a difference."""

GOOD, WAITING, REPEATED, REJECTED, PASSED = "good", "waiting", "repeated", "rejected", "passed"
LEFT: Final = (WAITING, REPEATED, REJECTED)
"""The rows that the error workbook holds."""


def importer(sitting: Sitting) -> Actor:
    """Who takes the lists over: the reader, in the roles that may."""
    roles = sitting.seat.roles & IMPORTING
    seat = sitting.seat
    return Actor(seat.login, roles, None, seat.on_behalf_of, ActorSource.SESSION)


def kind_of(row: CheckedRow) -> str:
    """What becomes of a row, in the words of the page."""
    if row.outcome is Outcome.IGNORED:
        return PASSED
    if row.outcome is not Outcome.REJECTED:
        return GOOD
    faults = {one.code for one in row.reasons if outcome_of(one.code) is Outcome.REJECTED}
    if faults == {WAITS}:
        return WAITING
    return REPEATED if any(one.startswith("duplicate_") for one in faults) else REJECTED


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that can be typed anew."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is not stored."""

    number: int
    name: str
    kind: str
    reasons: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One list of an upload."""

    file: str
    layout: str
    counts: Mapping[str, int]
    dropped: str
    rows: tuple[BadRow, ...]
    more: int
    """Rejected rows that are not shown."""

    @property
    def good(self) -> int:
        """How many rows can be taken over."""
        return self.counts[GOOD]

    @property
    def bad(self) -> int:
        """How many rows come back."""
        return sum(self.counts[one] for one in LEFT)


def sheet_pages(
    sitting: Sitting, reports: Sequence[FileReport], sheets: Sequence[RecognisedSheet]
) -> list[SheetPage]:
    """The lists with their counts and the rows that come back.

    Args:
        sitting: who reads.
        reports: the checked sheets.
        sheets: the same in the order of the upload, which numbers them.
    """
    room, found = MOST_INPUTS, []
    for report in reports:
        number = next(i for i, one in enumerate(sheets) if one is report.sheet)
        bad = [row for row in report.rows if row.outcome is Outcome.REJECTED]
        rows = []
        for row in bad[:MOST_ROWS]:
            made = _bad_row(sitting, report.sheet, number, row, room)
            room -= len(made.cells)
            rows.append(made)
        words = sitting.teller.words
        found.append(
            SheetPage(
                report.sheet.raw.file,
                title_of(report.sheet.layout, sitting.language),
                Counter(kind_of(row) for row in report.rows),
                words.listed(report.sheet.dropped) if report.sheet.dropped else "",
                tuple(rows),
                len(bad) - len(rows),
            )
        )
    return found


def _bad_row(
    sitting: Sitting, sheet: RecognisedSheet, number: int, row: CheckedRow, room: int
) -> BadRow:
    fields = fixable(sheet, row)
    cells = tuple(
        Cell(f"{number}.{row.row}.{name}", sheet.headers[name], shown(row.cells.get(name)))
        for name in fields
    )
    return BadRow(
        row.row,
        row.name,
        kind_of(row),
        tuple(_reasons(sitting, sheet, row)),
        cells if len(cells) <= room else (),
    )


def _reasons(sitting: Sitting, sheet: RecognisedSheet, row: CheckedRow) -> list[str]:
    """What is wrong and what to do; nothing of a cell's content is repeated."""
    found = []
    for one in row.reasons:
        if outcome_of(one.code) is Outcome.REJECTED:
            wrong, do = reason_text(one.code, sitting.language)
            header = sheet.headers.get(one.field or "", "")
            found.append(f"{header}: {wrong}; {do}" if header else f"{wrong}; {do}")
    return found


def result_of(report: ImportReport) -> dict[str, Any]:
    """What a manifest keeps of a finished import: counts, and nothing about anybody."""
    rows = [row for one in report.files for row in one.rows]
    return {
        "as_of": report.as_of.isoformat(),
        "stored": sum(one.stored for one in report.files),
        "kinds": dict(Counter(kind_of(row) for row in rows)),
        "opened": dict(report.taken_over.opened),
        "moved": sum(report.moved.values()),
        "lists_owed": report.lists_owed,
        "waiting": report.waiting,
        "differences": _differences(report),
    }


def _differences(report: ImportReport) -> dict[str, tuple[int, list[str]]]:
    """By kind of difference: how many there are, and the first of the cases concerned."""
    counted = Counter(one.code for one in report.differences)
    cases: dict[str, dict[str, None]] = {}
    for one in report.differences:
        cases.setdefault(one.code, {}).update(dict.fromkeys(one.cases))
    return {code: (count, list(cases[code])[:MOST_CASES]) for code, count in counted.items()}


def result_lines(sitting: Sitting, result: Mapping[str, Any]) -> list[str]:
    """The result in words."""
    words = sitting.teller.words
    lines = [words("import_stored", count=result["stored"])]
    lines += [words(key, count=result[key]) for key in ("lists_owed", "waiting") if result[key]]
    if result["moved"]:
        lines.append(words("import_moved", count=result["moved"]))
    return lines


def differences_of(sitting: Sitting, result: Mapping[str, Any]) -> list[tuple[str, Sequence[str]]]:
    """What officers should look at: the sentence, and cases to begin with."""
    words = sitting.teller.words
    return [
        (words(f"difference_{code}", count=count).rstrip(":"), cases)
        for code, (count, cases) in result["differences"].items()
    ]


def opened_of(sitting: Sitting, result: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """The workflows whose cases were opened: name, label, how many."""
    words, teller = sitting.teller.words, sitting.teller
    return [
        (name, words.label(teller.workflow(name).label), count)
        for name, count in result["opened"].items()
    ]
