"""How the date of a deadline was reckoned, as data: from what day, how long, past which rest days.

Read from the deadline's stored derivation and from its case's trail; putting it into words is left
to whoever shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from lifecycle.cases import EntryKind
from lifecycle.conditions import PARAMETER, OperandKind
from lifecycle.history import living
from lifecycle.workdays import MAKEUP, ROLLING, PeriodKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lifecycle.conditions import Operand
    from lifecycle.deadline_file import DeadlineFile
    from lifecycle.definition import Anchor
    from lifecycle.history import Body
    from lifecycle.policy import Policy
    from lifecycle.workdays import RestDays

BY_EVENT = "event"
"""The anchor is the day of the event that opened the deadline."""

FIXED = "fixed"
"""The length stands in the rule itself."""

ENTERED = "entered"
"""The length was entered with the event."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The day from which a deadline is counted, which itself does not count."""

    on: date
    source: str
    """`event`, or the kind of value that named the day: fact, field, recorded, due_on."""
    name: str
    """The event, or the name of the value."""
    seq: int
    """The entry from which it comes."""
    kept: bool = False
    """It is the anchor of an earlier deadline of the same rule: dates do not drift."""
    true_on: date | None = None
    """Taken over from a list: the day that the list names, before the take-over."""
    is_taken_over: bool = False
    """It is the day on which a list was taken over."""
    earlier: tuple[tuple[str, str, date], ...] = ()
    """Other days from which it would have been counted, were this one not later: source, name."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How long a deadline runs."""

    unit: str
    value: int | str
    source: str
    """A parameter, `entered` or `fixed`."""
    since: date | None = None
    """From when the parameter has that value; None where it has it no more."""
    unit_id: int | None = None
    """The jurisdiction that set it for itself; None where it holds everywhere."""
    capped_from: int | None = None
    """What was entered and is more than the parameter allows."""
    periods: int = 1
    """How many times the length: cycle k is the original anchor and k periods."""
    plus_months: int = 0
    plus_days: int = 0


@dataclass(frozen=True, slots=True)
class Reckoning:
    """From the anchor to the due date."""

    counted: Counted
    extent: Extent
    reckoned_on: date
    """Anchor and length together."""
    suspended_days: int
    raw_on: date
    """With the suspended days, before any rest day is looked at."""
    stays: str
    """Why the raw date is the due date: its kind, `switched_off`, `working`, `makeup`; or nothing,
    where it moved."""
    passed: tuple[tuple[date, str, str], ...]
    """The rest days passed over: day, holiday or `weekend`, and the notice that says so."""
    due_on: date
    unpublished: tuple[int, ...]
    """The years whose holidays may still move it."""


def reckoning_of(
    file: DeadlineFile, facts: Mapping[str, Any], policy: Policy, rest_days: RestDays
) -> Reckoning:
    """How the deadline's date came about.

    Args:
        file: the deadline and its trail.
        facts: the facts that `anchor_facts` names, as of the day on which it was opened.
        policy: the parameters, with all that was ever set.
        rest_days: the calendars.
    """
    row, given = file.row, file.row.derivation
    passed = tuple(
        (day, why, _notice(day, why, given, rest_days))
        for day, why in ((date.fromisoformat(day), why) for day, why in given.get("passed", ()))
    )
    return Reckoning(
        counted=_counted(file, facts),
        extent=_extent(file, policy),
        reckoned_on=row.raw_on - timedelta(days=row.suspended_days),
        suspended_days=row.suspended_days,
        raw_on=row.raw_on,
        stays=_stays(file, rest_days),
        passed=passed,
        due_on=row.due_on,
        unpublished=_unpublished(file, rest_days),
    )


def anchor_facts(file: DeadlineFile) -> list[str]:
    """The facts that may have given the anchor."""
    first = _first_of_its_anchor(file)
    operands = anchor_rule(first).latest_of
    return [one.name for one in operands if one.kind is OperandKind.FACT]


def anchor_rule(file: DeadlineFile) -> Anchor:
    """The anchor of the row that opened it, which may differ from the rule's."""
    opener = file.opener()
    for row in file.workflow.transitions:
        if row.event == opener["event"] and row.target in {opener["to"], "same"}:
            for use in row.opens:
                if use.deadline == file.row.rule and use.anchor is not None:
                    return use.anchor
    return file.workflow.deadlines[file.row.rule].anchor


def _first_of_its_anchor(file: DeadlineFile) -> DeadlineFile:
    """The deadline whose anchor was kept: itself, or the first of those it follows."""
    rule = anchor_rule(file)
    if not (rule.previous or rule.next_cycle):
        return file
    alive = {one["seq"] for one in living(file.known())}
    earlier = [
        one
        for one in file.rows
        if (one.rule, one.anchor_on) == (file.row.rule, file.row.anchor_on)
        and one.id < file.row.id
        and file.opener(one)["seq"] in alive
    ]
    return replace(file, row=min(earlier, key=lambda one: one.id)) if earlier else file


def _counted(file: DeadlineFile, facts: Mapping[str, Any]) -> Counted:
    first = _first_of_its_anchor(file)
    opener, on = first.opener(), file.row.anchor_on
    kept = first.row.id != file.row.id
    taken_over = first.row.derivation.get("taken_over")
    true_on = date.fromisoformat(taken_over["true_anchor_on"]) if taken_over else None
    values = [(one, *_value(first, one, facts)) for one in anchor_rule(first).latest_of]
    found = Counted(on, BY_EVENT, opener["event"], opener["seq"], kept, true_on)
    for operand, day, seq in values:
        if day == (true_on or on):
            found = replace(found, source=operand.kind.value, name=operand.name, seq=seq)
            break
    giver = next(one for one in file.bodies if one["seq"] == found.seq)
    listed = (giver["kind"], giver["effective_on"]) == (EntryKind.TAKEN_OVER, on.isoformat())
    return replace(
        found,
        is_taken_over=taken_over is not None or listed,
        earlier=tuple(
            (one.kind.value, one.name, day)
            for one, day, _ in values
            if day is not None and day < (true_on or on)
        ),
    )


def _value(
    file: DeadlineFile, operand: Operand, facts: Mapping[str, Any]
) -> tuple[date | None, int]:
    """The operand's day when the deadline was opened, and the entry that gave it."""
    opener = file.opener()
    if operand.kind is OperandKind.FIELD:
        return _day(opener["fields"].get(operand.name)), opener["seq"]
    if operand.kind is OperandKind.DUE_ON:
        others = [one for one in file.rows if one.rule == operand.name and one.id < file.row.id]
        return (others[-1].due_on if others else None), opener["seq"]
    if operand.kind is OperandKind.RECORDED:
        return _recorded(file, operand.name, opener)
    return _day(facts.get(operand.name)), opener["seq"]


def _day(value: object) -> date | None:
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value if isinstance(value, date) else None


def _recorded(file: DeadlineFile, name: str, opener: Body) -> tuple[date | None, int]:
    """A field of the case as it stood then, and the entry that had set it."""
    before = [one for one in living(file.known()) if one["seq"] <= opener["seq"]]
    setting = [one for one in before if name in one["sets"]]
    if not setting:
        return None, opener["seq"]
    value = setting[-1]["sets"][name]
    # An entry that leaves it as it was did not give it.
    first = next(i for i, one in enumerate(setting) if _same_from(setting[i:], name, value))
    return _day(value), setting[first]["seq"]


def _same_from(bodies: Sequence[Body], name: str, value: object) -> bool:
    return all(one["sets"][name] == value for one in bodies)


def _extent(file: DeadlineFile, policy: Policy) -> Extent:
    length = file.row.derivation["length"]
    name = str(length["parameter"])
    since, unit_id, source = None, None, name
    if PARAMETER.match(name):
        since, unit_id = _in_force(file, policy, name, length["value"])
    else:
        source = ENTERED if name else FIXED
    return Extent(
        unit=length["unit"],
        value=length["value"],
        source=source,
        since=since,
        unit_id=unit_id,
        capped_from=length.get("capped_from"),
        periods=length.get("periods", 1),
        plus_months=length.get("plus_months", 0),
        plus_days=length.get("plus_days", 0),
    )


def _in_force(
    file: DeadlineFile, policy: Policy, name: str, value: object
) -> tuple[date | None, int | None]:
    """Since when the parameter has the value that was used, and for which unit alone."""
    opened_on = date.fromisoformat(file.opener()["effective_on"])
    now = policy.parameter(name).in_force(opened_on, policy.ancestors(file.view.unit_id))
    if str(now.value) != str(value):
        return None, None
    return now.from_on, now.unit_id


def _stays(file: DeadlineFile, rest_days: RestDays) -> str:
    row, given = file.row, file.row.derivation
    if PeriodKind(row.kind) not in ROLLING:
        return row.kind
    if not given.get("rolled", True):
        return "switched_off"
    if given.get("passed"):
        return ""
    year = rest_days.calendars.get(row.due_on.year)
    return MAKEUP if year is not None and row.due_on in year.makeup else "working"


def _notice(day: date, why: str, given: Mapping[str, Any], rest_days: RestDays) -> str:
    """The notice of the year of the day itself: a run may cross into another year."""
    if why == "weekend":
        return ""
    return rest_days.notices.get(day.year) or given.get("notice", "")


def _unpublished(file: DeadlineFile, rest_days: RestDays) -> tuple[int, ...]:
    row = file.row
    if not row.provisional:
        return ()
    years = {row.raw_on.year, row.due_on.year}
    # A year that has been loaded since waits for `calendar import` to move what depends on it.
    return tuple(sorted(years - rest_days.years)) or tuple(sorted(years))
