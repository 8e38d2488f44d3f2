"""The events of a workflow, told row by row: from where to where, who, on which conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lifecycle.definition import SAME, Before, Recorded, Yearly
from lifecycle.workdays import PeriodKind
from workflows.handbook.conditions import cited, condition, sentence_of, together
from workflows.handbook.terms import conditional, opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.definition import Field_, NoticeUse, Transition
    from workflows.handbook.telling import Telling


@dataclass(frozen=True, slots=True)
class FieldLine:
    """Something to enter, as a line of a table."""

    name: str
    label: str
    type: str
    required: str
    personal: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the transition table in words."""

    label: str
    source: str
    target: str
    who: str
    conditions: tuple[str, ...]
    fields: tuple[FieldLine, ...]
    sets: tuple[str, ...]
    effects: tuple[str, ...]
    deadlines: tuple[str, ...]
    notices: tuple[str, ...]
    cite: str
    why: str


@dataclass(frozen=True, slots=True)
class Event:
    """An event with its rows: more than one where conditions decide the target."""

    name: str
    label: str
    rows: tuple[Row, ...]


def events(telling: Telling) -> tuple[Event, ...]:
    """Every event of the workflow, in file order."""
    workflow = telling.workflow
    return tuple(
        Event(
            name,
            telling.speech.label(rows[0].label),
            tuple(_row(replace(telling, row=row)) for row in rows),
        )
        for name in workflow.events
        if (rows := [row for row in workflow.transitions if row.event == name])
    )


def _row(telling: Telling) -> Row:
    row, speech = _of(telling), telling.speech
    why = speech("practice_why", why=row.why) if row.why else ""
    return Row(
        label=speech.label(row.label),
        source=source(telling),
        target=speech("unchanged") if row.target == SAME else telling.state(row.target),
        who=who(telling),
        conditions=tuple(condition(telling, one) for one in row.guards),
        fields=tuple(field_line(telling, name, one) for name, one in row.fields.items()),
        sets=tuple(_sets(telling)),
        effects=tuple(_effect(telling, one) for one in (row.creates, *row.effects) if one),
        deadlines=_deadlines(telling),
        notices=tuple(_notice(telling, one) for one in row.notices),
        cite=cited(telling, row.cite),
        why=why,
    )


def _of(telling: Telling) -> Transition:
    if telling.row is None:
        msg = "a row is told with the row that it is about"
        raise ValueError(msg)
    return telling.row


def source(telling: Telling) -> str:
    """The states from which the row leads."""
    row, states = _of(telling), telling.workflow.states
    if row.is_opening:
        return telling.speech("opening")
    living = {name for name, state in states.items() if not state.final}
    if set(row.source) == living and len(living) > 1:
        return telling.speech("any_state")
    return telling.speech.listed(telling.state(one) for one in row.source)


def who(telling: Telling) -> str:
    """Who or what moves the row."""
    row, speech = _of(telling), telling.speech
    if row.by:
        told = speech("by_person", roles=speech.roles(row.by))
        if row.differs_from:
            told += "; " + speech("differs", event=telling.event(row.differs_from))
        return told
    if row.taken_over:
        return speech("by_list")
    told = speech("by_rule") if row.automatic else _by_time(telling, row)
    if row.for_each and row.for_each != telling.workflow.subject:
        told += "; " + speech("for_each", subject=telling.about(row.for_each))
    return told


def _by_time(telling: Telling, row: Transition) -> str:
    speech, time = telling.speech, row.time
    if isinstance(time, Yearly):
        day = telling.operand(time.yearly)
        return speech("by_yearly_after" if time.after else "by_yearly", day=day)
    if isinstance(time, Recorded):
        return speech("by_recorded", field=telling.recorded_label(time.recorded))
    if isinstance(time, Before):
        months = telling.operand(time.months)
        return speech("by_before", deadline=telling.deadline(time.before), months=months)
    name = str(time)
    minimum = telling.workflow.deadlines[name].kind is PeriodKind.MINIMUM
    return speech("by_minimum" if minimum else "by_deadline", deadline=telling.deadline(name))


def field_line(telling: Telling, name: str, spec: Field_) -> FieldLine:
    """A field with the form of its values."""
    speech = telling.speech
    parts = [speech.own("types")[spec.type.value]]
    if spec.choices:
        named = (f"`{one}` {speech.label(label)}" for one, label in spec.choices.items())
        parts.append(speech("choices", choices=speech.listed(named)))
    if spec.refers_to:
        parts.append(speech("refers_to", subject=telling.about(spec.refers_to)))
    if spec.default is not None:
        parts.append(speech("default", value=telling.value(name, spec.default)))
    if spec.default_from:
        value = telling.speech(
            "right_parameter", value=telling.parameter(spec.default_from), name=spec.default_from
        )
        parts.append(speech("default_from", value=value))
    return FieldLine(
        name=name,
        label=speech.label(spec.label),
        type="; ".join(parts),
        required=speech.yes(spec.required),
        personal=speech("personal_yes" if spec.is_personal else "personal_no"),
    )


def _sets(telling: Telling) -> list[str]:
    told = []
    for name, operand in _of(telling).sets.items():
        field = telling.recorded_label(name)
        value = telling.operand(operand, name)
        empty = operand.name == "" and operand.value is None
        key = "sets_nothing" if empty else "sets"
        told.append(telling.speech(key, field=field, value=value))
    return told


def _effect(telling: Telling, name: str) -> str:
    """What an effect does: in words where there are any, else as its code says."""
    said = telling.speech.own("effects").get(name)
    return f"`{name}`: {said or sentence_of(telling.registry.effects[name].changes)}"


def _deadlines(telling: Telling) -> tuple[str, ...]:
    row, speech = _of(telling), telling.speech
    told = [
        speech(key, deadline=telling.deadline(name))
        for key, names in (("meets", row.meets), ("cancels", row.cancels), ("lapses", row.lapses))
        for name in names
    ]
    return (*told, *(opening(telling, one) for one in row.opens))


def _notice(telling: Telling, use: NoticeUse) -> str:
    speech, rule = telling.speech, telling.workflow.notices[use.notice]
    told = speech(
        "owes",
        notice=use.notice,
        label=speech.label(rule.label),
        stage=speech.shared.section("values")[use.stage.value],
        to=recipients(telling, use.notice, use.to),
    )
    return conditional(telling, told, together(telling, use.when))


def recipients(telling: Telling, notice: str, to: Sequence[str] = ()) -> str:
    """To whom a notice goes: facts that give recipients, and fields that name somebody.

    With `to`, those of them whom it goes to on this occasion.
    """
    plain = replace(telling, row=None)
    rule = plain.workflow.notices[notice]
    return telling.speech.listed(
        plain.recorded_label(one) if one in plain.workflow.fields else plain.fact_label(one)
        for one in to or (*rule.to, *rule.copies)
    )
