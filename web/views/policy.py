"""Parameters and calendars as their pages show them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lifecycle.calendars import read_years
from lifecycle.cases import Subject
from lifecycle.workdays import MAKEUP
from wording.citations import cited
from workflows.naming import names_of
from workflows.subjects import UNIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.policy import Parameter
    from lifecycle.recomputing import Move
    from lifecycle.workdays import CalendarYear
    from web.sitting import Sitting
    from wording.words import Words

MOST: Final = 50
"""How many moves are told one by one."""


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A value of a parameter: from when, for whom."""

    since: str
    value: str
    unit: str
    set_here: bool
    """A jurisdiction has set it; the others came with the program."""


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A parameter with all its values."""

    id: str
    label: str
    clause: str
    values: tuple[ValueRow, ...]
    form: str
    """What a value looks like."""
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A deadline that would move; the case is empty where the reader opens none."""

    case: str
    rule: str
    before: str
    after: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day that a notice arranges."""

    day: str
    arrangement: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year whose holidays are loaded."""

    year: int
    notice: str
    days_off: int
    makeup: int
    source: str
    version: str


def parameter_rows(
    connection: Connection, sitting: Sitting, wanted: str = "", named: str = ""
) -> list[ParameterRow]:
    """Every parameter whose id or meaning holds the text, or the one that is named."""
    words = sitting.teller.words
    found = [
        one
        for one in sitting.teller.registry.policy.parameters.values()
        if (one.id == named if named else wanted.lower() in _searched(words, one))
    ]
    units = {value.unit_id for one in found for value in one.values if value.unit_id}
    names = names_of(connection, [Subject(UNIT, one) for one in units])
    general = sitting.teller.registry.policy.general or {}
    return [_parameter_row(words, one, general.get(one.id), names) for one in found]


def _searched(words: Words, one: Parameter) -> str:
    return f"{one.id} {words.label(one.label)}".lower()


def _parameter_row(
    words: Words, one: Parameter, shipped: Parameter | None, names: Mapping[Subject, str]
) -> ParameterRow:
    known = shipped.values if shipped else one.values
    rows = [
        ValueRow(
            since=str(value.from_on),
            value=shown_value(words, one.type, value.value),
            unit=names.get(Subject(UNIT, value.unit_id), "") if value.unit_id else "",
            set_here=number >= len(known),
        )
        for number, value in enumerate(one.values)
    ]
    forms = words.section("parameter_forms")
    return ParameterRow(
        id=one.id,
        label=words.label(one.label),
        clause=cited(one.cite, words("practice")),
        values=tuple(sorted(rows, key=lambda row: (row.since, row.unit))),
        form="" if one.choices else forms.get(one.type, forms["count"]),
        choices=_choices(words, one),
    )


def _choices(words: Words, one: Parameter) -> tuple[tuple[str, str], ...]:
    if one.type == "flag":
        return (("true", words("yes")), ("false", words("no")))
    return tuple((choice, shown_value(words, one.type, choice)) for choice in one.choices)


def shown_value(words: Words, kind: str, value: object) -> str:
    """A value as officers read it, with what it counts."""
    if kind == "choice":
        return words.section("parameter_choices").get(str(value), str(value))
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else words.value(value)
    return words.section("parameter_units").get(kind, "{value}").format(value=text)


def moves_by_case(sitting: Sitting, found: Sequence[Move]) -> list[MoveRow]:
    """The first moves one by one, for who opens cases."""
    return [
        MoveRow(one.case, _rule(sitting, one), str(one.before), str(one.after))
        for one in found[:MOST]
    ]


def moves_by_rule(sitting: Sitting, found: Iterable[Move]) -> list[MoveRow]:
    """The moves counted, without any case: for who runs the machine.

    What only becomes certain is counted by rule, behind what moves: its days stay empty.
    """
    counted = Counter(
        (one.after == one.before, _rule(sitting, one), *_days_of(one)) for one in found
    )
    return [MoveRow("", *key[1:], count) for key, count in sorted(counted.items())]


def _days_of(one: Move) -> tuple[str, str]:
    return ("", "") if one.before == one.after else (str(one.before), str(one.after))


def _rule(sitting: Sitting, one: Move) -> str:
    """A deadline's rule with its label."""
    book = sitting.teller.registry.by_code(one.case.partition("-")[0])
    rule = book.workflow.deadlines.get(one.rule) if book else None
    return f"{one.rule} {sitting.teller.words.label(rule.label)}" if rule else one.rule


def year_rows(connection: Connection, sitting: Sitting) -> list[YearRow]:
    """The years that are loaded, the latest first."""
    words = sitting.teller.words
    stored = {one.year for one in read_years(connection)}
    calendars = sitting.teller.registry.rest_days.calendars
    return [
        YearRow(
            year=year,
            notice=one.notice,
            days_off=len(one.holidays),
            makeup=len(one.makeup),
            source=words("calendar_database" if year in stored else "calendar_package"),
            version=one.digest,
        )
        for year, one in sorted(calendars.items(), reverse=True)
    ]


def day_rows(sitting: Sitting, one: CalendarYear) -> list[DayRow]:
    """Every day that a year's notice arranges."""
    words = sitting.teller.words
    return [
        DayRow(words.dated(day), arrangement(words, one.reason(day)))
        for day in sorted({*one.holidays, *one.makeup})
    ]


def arrangement(words: Words, reason: str | None) -> str:
    """What a notice says of a day, in the reader's language."""
    if reason is None:
        return words("calendar_ordinary")
    if reason == MAKEUP:
        return words("calendar_makeup")
    return words.section("holidays").get(reason, reason)
