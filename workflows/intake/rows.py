"""From a recognised sheet to checked rows: every row gets an outcome, every outcome a reason."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from workflows.intake.cells import read_text
from workflows.intake.context import Context
from workflows.intake.layouts import Layout, RecognisedSheet
from workflows.intake.members import check_member
from workflows.intake.organizations import check_intermediary, check_register, check_unit
from workflows.intake.outcomes import (
    CheckedRow,
    Known,
    Outcome,
    Reason,
    in_order,
    outcome_of,
    reason_codes,
    reason_text,
    worst,
)
from workflows.intake.reader import RowReader
from workflows.intake.survey import check_survey
from workflows.intake.values import (
    IntermediaryRow,
    MemberRow,
    RegisterRow,
    SurveyRow,
    UnitRow,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

_CHECKS: Final[Mapping[Layout, Callable[[RowReader, Context], Values]]] = {
    Layout.UNITS: check_unit,
    Layout.REGISTER: check_register,
    Layout.INTERMEDIARIES: check_intermediary,
    Layout.SURVEY: check_survey,
    Layout.MEMBERS: check_member,
}


def check_sheet(sheet: RecognisedSheet, as_of: date, known: Known) -> list[CheckedRow]:
    """Every row below the header with its outcome, in the order of the sheet.

    Args:
        sheet: A sheet of a known list.
        as_of: The day as of which the list is taken over; later days are in the future.
        known: What the store and the files read before know; this sheet's own rows count too.
    """
    context = Context(known.organizations)
    numbers = range(sheet.first_data_row, len(sheet.raw.rows) + 1)
    return [_checked(sheet, number, as_of, context) for number in numbers]


def _checked(sheet: RecognisedSheet, number: int, as_of: date, context: Context) -> CheckedRow:
    reader = RowReader(sheet, number, as_of)
    furniture = sheet.furniture.get(number)
    values: Values | None = None
    if furniture:
        reader.add(furniture)
    else:
        values = _CHECKS[sheet.layout](reader, context)
    outcome = worst(reader.reasons)
    named_by = "organization_name" if sheet.layout is Layout.MEMBERS else "name"
    return CheckedRow(
        file=sheet.raw.file,
        digest=sheet.raw.digest,
        row=number,
        layout=sheet.layout,
        name="" if furniture else read_text(reader.cell(named_by)).value or "",
        outcome=outcome,
        reasons=in_order(reader.reasons, sheet.columns),
        values=values if outcome in (Outcome.ACCEPTED, Outcome.WARNING) else None,
        cells={} if furniture else reader.cells(),
    )


def known_after(known: Known, rows: Iterable[CheckedRow]) -> Known:
    """What is known once the rows are stored: the organizations of register and intermediaries."""
    added = {
        row.values.credit_code: row.values.name
        for row in rows
        if isinstance(row.values, RegisterRow | IntermediaryRow)
    }
    return Known({**known.organizations, **added})


def tally(rows: Iterable[CheckedRow]) -> Counter[Outcome]:
    """How many rows have which outcome."""
    return Counter(row.outcome for row in rows)


__all__ = [
    "CheckedRow",
    "IntermediaryRow",
    "Known",
    "MemberRow",
    "Outcome",
    "Reason",
    "RegisterRow",
    "SurveyRow",
    "UnitRow",
    "Values",
    "check_sheet",
    "known_after",
    "outcome_of",
    "reason_codes",
    "reason_text",
    "tally",
]
