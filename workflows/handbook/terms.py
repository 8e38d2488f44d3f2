"""How long a deadline runs, from when, and what else its rule says, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.conditions import OperandKind
from workflows.handbook.conditions import statement, together

if TYPE_CHECKING:
    from lifecycle.conditions import Operand
    from lifecycle.definition import Anchor, DeadlineRule, Length, Opens
    from workflows.handbook.telling import Telling

_UNITS = ("days", "months", "years")


def anchor(telling: Telling, given: Anchor) -> str:
    """The day from which a deadline is counted."""
    speech = telling.speech
    if given.previous:
        return speech("anchor_previous")
    if given.next_cycle:
        return speech("anchor_next")
    if not given.latest_of:
        return speech("anchor_effective")
    values = [telling.operand(one) for one in given.latest_of]
    return values[0] if len(values) == 1 else speech("anchor_latest", values=speech.listed(values))


def length(telling: Telling, given: Length, cap: Operand | None = None) -> str:
    """How long it runs, with the parameter that says so and what an extension adds."""
    speech = telling.speech
    told = _base(telling, given)
    for more, unit in ((given.plus_months, "months"), (given.plus_days, "days")):
        if more:
            told = speech("plus", base=told, more=_measured(telling, more, unit))
    return speech("capped", length=told, cap=_measured(telling, cap, "days")) if cap else told


def _base(telling: Telling, given: Length) -> str:
    if given.year_end:
        return telling.speech("year_end", value=telling.operand(given.year_end))
    for unit in _UNITS:
        value = getattr(given, unit)
        if value:
            return _measured(telling, value, unit)
    return ""


def _measured(telling: Telling, value: Operand, unit: str) -> str:
    """A number with its unit; a parameter brings its own, and the label of a field names it."""
    told = telling.operand(value)
    return telling.speech(unit, value=told) if value.kind is OperandKind.LITERAL else told


def opening(telling: Telling, use: Opens) -> str:
    """A deadline that an event opens: how long, from when, and under which condition."""
    rule = telling.workflow.deadlines[use.deadline]
    told = telling.speech(
        "opens",
        deadline=telling.deadline(use.deadline),
        length=length(telling, use.length or rule.length, rule.cap),
        anchor=anchor(telling, use.anchor or rule.anchor),
    )
    return conditional(telling, told, together(telling, use.when))


def conditional(telling: Telling, told: str, conditions: str) -> str:
    """The same with the condition under which it holds."""
    if not conditions:
        return told
    when = telling.speech("when", conditions=conditions)
    return telling.speech("labelled", label=told, told=when)


def reminders(telling: Telling, rule: DeadlineRule) -> str:
    """The notices that remind of a deadline, the first whose conditions hold."""
    told = []
    for one in rule.reminder:
        said = one.notice
        if one.when:
            conditions = together(telling, one.when)
            said = telling.speech("reminder_when", notice=said, conditions=conditions)
        if one.to:
            to = telling.speech.listed(telling.fact_label(name) for name in one.to)
            said = telling.speech("reminder_to", notice=said, to=to)
        told.append(said)
    return "; ".join(told)


def pauses(telling: Telling, rule: DeadlineRule) -> str:
    """The conditions of which each makes a deadline stand still."""
    return telling.speech("or").join(statement(telling, one) for one in rule.pause_while)
