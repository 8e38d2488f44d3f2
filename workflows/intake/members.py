"""The rules of the member roster: who is a member, since when, and at which organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workflows.intake.cells import Read, age_on, read_text
from workflows.intake.values import MemberRow
from workflows.intake.words import squeezed, word_set

if TYPE_CHECKING:
    from datetime import date

    from workflows.intake.context import Context
    from workflows.intake.reader import RowReader

ADULT_YEARS: Final = 18
"""Nobody is admitted earlier (Party constitution art. 1)."""


def check_member(row: RowReader, context: Context) -> MemberRow:
    """A member at a known organization; two rows of one person there are one too many."""
    status = _status(row)
    values = MemberRow(
        name=row.needed_text("name", "name_missing"),
        birth_on=row.needed_date("birth_on"),
        organization_name=row.needed_text("organization_name", "organization_missing"),
        credit_code=row.credit_code(),
        employment=row.needed_word(
            "employment", "employments", "employment_unknown", "employment_missing"
        ),
        engaged_on=row.needed_date("engaged_on"),
        status=status,
        admitted_on=row.needed_date("admitted_on"),
        full_since=_full_since(row, status),
        home=row.text("home"),
    )
    context.compare_name(row, values.organization_name, values.credit_code, "organization_name")
    _compare_dates(row, values)
    if values.home is None and row.is_sound("home"):
        row.add("home_missing", "home")
    key = (squeezed(values.name), values.birth_on, values.admitted_on, values.credit_code)
    if row.is_sound("name", "birth_on", "admitted_on", "credit_code") and context.repeats(key):
        row.add("duplicate_member", "name")
    return values


def _status(row: RowReader) -> str:
    stated = read_text(row.cell("status")).value
    if stated and squeezed(stated) in word_set("not_members"):
        row.add("not_a_member", "status")
        return ""
    return row.needed_word("status", "statuses", "status_unknown", "status_missing")


def _full_since(row: RowReader, status: str) -> date | None:
    """The confirmation; a probationary member's is still to come, whatever the roster expects."""
    if status == "probationary":
        if row.cell("full_since") is not None and read_text(row.cell("full_since")) != Read(None):
            row.add("confirmation_not_due", "full_since")
        return None
    day = row.optional_date("full_since")
    if day is None and status == "full" and row.is_sound("full_since"):
        row.add("confirmation_missing", "full_since")
    return day


def _compare_dates(row: RowReader, values: MemberRow) -> None:
    dated = row.is_sound("birth_on", "admitted_on")
    if dated and age_on(values.birth_on, values.admitted_on) < ADULT_YEARS:
        row.add("under_age", "admitted_on")
    if row.is_sound("birth_on", "engaged_on") and values.engaged_on <= values.birth_on:
        row.add("engaged_before_birth", "engaged_on")
    confirmed = values.full_since if row.is_sound("admitted_on") else None
    if confirmed is not None and confirmed < values.admitted_on:
        row.add("confirmation_before_admission", "full_since")
