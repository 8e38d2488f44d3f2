"""The tables of a page: the states, deadlines and notices of a workflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.definition import Stage
from lifecycle.workdays import OVERDUE_KINDS
from workflows.handbook.conditions import cited
from workflows.handbook.steps import recipients
from workflows.handbook.terms import anchor, length, pauses, reminders

if TYPE_CHECKING:
    from lifecycle.definition import Transition, Workflow
    from workflows.handbook.telling import Telling

Cells = tuple[str, ...]
"""The cells of one line of a table."""


@dataclass(frozen=True, slots=True)
class Movers:
    """The events that open, meet, cancel and lapse a deadline."""

    deadline: str
    lines: tuple[str, ...]


def states(telling: Telling) -> list[Cells]:
    """Every state with its label, its meaning and whether it is final."""
    lines: list[Cells] = []
    for name, state in telling.workflow.states.items():
        final = telling.speech.yes(state.final) if state.final else ""
        lines.append(
            (f"`{name}`", telling.speech.label(state.label), _meaning(telling, name), final)
        )
    return lines


def _meaning(telling: Telling, name: str) -> str:
    """What the definition says, else what may happen there."""
    speech, workflow = telling.speech, telling.workflow
    state = workflow.states[name]
    parts = [speech("initial_state")] if name == workflow.initial else []
    if state.meaning:
        return " ".join([*parts, speech.label(state.meaning)])
    if state.final:
        return " ".join([*parts, speech("no_exits")])
    exits = dict.fromkeys(speech.label(row.label) for row in workflow.exits(name))
    return " ".join([*parts, speech("exits", events=speech.listed(exits))])


def deadlines(telling: Telling) -> list[Cells]:
    """Every deadline with its reckoning, its reminder and its clause."""
    lines: list[Cells] = []
    for name, rule in telling.workflow.deadlines.items():
        speech = telling.speech
        counted = anchor(telling, rule.anchor)
        if rule.kept_at_takeover:
            counted = f"{counted}; {speech('kept')}"
        lines.append(
            (
                telling.deadline(name),
                speech.own("kinds")[rule.kind.value],
                counted,
                length(telling, rule.length, rule.cap),
                reminders(telling, rule),
                speech("escalates_yes") if rule.escalates else "",
                pauses(telling, rule),
                cited(telling, rule.cite),
            )
        )
    return lines


def movers(telling: Telling) -> list[Movers]:
    """For every deadline the events that open and close it."""
    found = []
    for name in telling.workflow.deadlines:
        by_key = {
            "opened_by": [r for r in telling.workflow.transitions if _opens(r, name)],
            "met_by": [r for r in telling.workflow.transitions if name in r.meets],
            "cancelled_by": [r for r in telling.workflow.transitions if name in r.cancels],
            "lapsed_by": [r for r in telling.workflow.transitions if name in r.lapses],
        }
        lines = tuple(
            f"{telling.speech(key)}: {telling.speech.listed(f'`{row.event}`' for row in rows)}"
            for key, rows in by_key.items()
            if rows
        )
        found.append(Movers(telling.deadline(name), lines))
    return found


def _opens(row: Transition, deadline: str) -> bool:
    return any(one.deadline == deadline for one in row.opens)


def notices(telling: Telling) -> list[Cells]:
    """Every notice: to whom, when in which stage, and what it tells."""
    speech = telling.speech
    lines: list[Cells] = []
    stages = speech.shared.section("values")
    for name, rule in telling.workflow.notices.items():
        when = [
            f"{stages[stage]}: {speech.listed(events)}"
            for stage, events in notice_stages(telling.workflow, name).items()
        ]
        if rule.urgent:
            when.append(speech("urgent"))
        if rule.needs:
            needs = speech.listed(telling.fact_label(one) for one in rule.needs)
            when.append(speech("needs_known", needs=needs))
        told = speech.listed(_told(telling, one) for one in rule.values)
        label = speech("with_labels", id=name, label=speech.label(rule.label))
        lines.append((label, recipients(telling, name), "<br>".join(when), told))
    return lines


def notice_stages(workflow: Workflow, notice: str) -> dict[str, list[str]]:
    """The stages in which a notice can be owed, each with its events and deadlines."""
    found: dict[str, list[str]] = {}
    for row in workflow.transitions:
        for use in row.notices:
            if use.notice == notice:
                found.setdefault(use.stage.value, []).append(f"`{row.event}`")
    for name, rule in workflow.deadlines.items():
        if any(one.notice == notice for one in rule.reminder):
            found.setdefault(Stage.REMINDER.value, []).append(name)
            if rule.kind in OVERDUE_KINDS:
                found.setdefault(Stage.OVERDUE.value, []).append(name)
    return {stage.value: found[stage.value] for stage in Stage if stage.value in found}


def _told(telling: Telling, name: str) -> str:
    """A value that a notice carries: a deadline, a field of case or event, or a fact."""
    if name in telling.workflow.deadlines:
        return telling.deadline(name)
    return telling.field_label(name) if telling.field(name) else telling.fact_label(name)
