"""The rules of the yearly survey: numbers that must be numbers, and fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workflows.intake.values import SurveyRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workflows.intake.context import Context
    from workflows.intake.reader import RowReader

_COUNTS: Final = (
    "members",
    "full_time",
    "part_time",
    "employees",
    "full_members",
    "probationary_members",
    "held_here",
    "applicants",
    "activists",
)


def check_survey(row: RowReader, context: Context) -> SurveyRow:
    """The answer of a known organization, one per survey."""
    name, code = row.needed_text("name", "name_missing"), row.credit_code()
    context.compare_name(row, name, code)
    if row.is_sound("credit_code") and context.repeats(code):
        row.add("duplicate_uscc", "credit_code")
    counts = {one: row.count(one) for one in _COUNTS}
    if row.is_sound(*_COUNTS):
        _compare_staff(row, counts)
        _compare_members(row, counts)
    body_name, body_formed_on = row.text("body_name"), row.optional_date("body_formed_on")
    if body_name and body_formed_on is None and row.is_sound("body_formed_on"):
        row.add("body_date_missing", "body_formed_on")
    if body_formed_on and body_name is None and row.is_sound("body_name"):
        row.add("body_name_missing", "body_name")
    return SurveyRow(
        name=name,
        credit_code=code,
        body_name=body_name,
        body_formed_on=body_formed_on,
        instructor=row.text("instructor"),
        mail=row.mail(),
        **counts,
    )


def _compare_staff(row: RowReader, counts: dict[str, int | None]) -> None:
    """The stated total counts; where none is stated, the sum of its parts does."""
    full_time, part_time, total = counts["full_time"], counts["part_time"], counts["employees"]
    if full_time is None or part_time is None:
        return
    if total is None:
        counts["employees"] = full_time + part_time
        row.add("total_computed", "employees")
    elif total != full_time + part_time:
        row.add("staff_total_mismatch", "employees")


def _compare_members(row: RowReader, counts: Mapping[str, int | None]) -> None:
    """Full members work here, so they cannot outnumber the staff.

    Probationary members are left out of the comparison: many lists count them among the full ones.
    """
    full, total, held = counts["full_members"], counts["employees"], counts["held_here"]
    if full is not None and total is not None and full > total:
        row.add("members_exceed_staff", "full_members")
    if (
        full is not None
        and held is not None
        and held > full + (counts["probationary_members"] or 0)
    ):
        row.add("held_exceed_members", "held_here")
