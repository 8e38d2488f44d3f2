"""Decide: case + event + fields + facts + actor + day -> everything to write, or every reason.

Pure: the same input gives the same plan, and nothing here reads a database or a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lifecycle import deadlines as dl
from lifecycle.cases import (
    CARRIERS,
    CaseView,
    DeadlineStatus,
    EntryKind,
    FieldValue,
    Subject,
)
from lifecycle.conditions import Label, LeftKind
from lifecycle.deadlines import DeadlineAct, DeadlineChange
from lifecycle.entered import GIVEN, read_fields
from lifecycle.errors import EventUnknownError, TransitionRefusedError
from lifecycle.guards import Finding, Situation, evaluate, holds
from lifecycle.machine import target_of
from lifecycle.owing import NoticeOwed, notices_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from lifecycle.access import Actor, Role
    from lifecycle.definition import Transition
    from lifecycle.facts import FactValue
    from lifecycle.policy import Parameters
    from lifecycle.register import RegisterChange
    from lifecycle.rulebook import Rulebook
    from lifecycle.workdays import RestDays


@dataclass(frozen=True, slots=True)
class Decision:
    """The part of a situation that does not come from the case itself."""

    facts: Mapping[str, FactValue]
    parameters: Parameters
    rest_days: RestDays
    effective_on: date
    today: date
    taken_over_on: date | None = None
    named: Mapping[Subject, str | None] = field(default_factory=dict)
    """The things that entered numbers name: what each is called, None when it is not there."""
    recorders: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Who answers for the last of the events that somebody else must have recorded."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one entry writes."""

    kind: EntryKind
    event: str
    from_state: str | None
    to_state: str
    effective_on: date
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    personal: frozenset[str] = frozenset()
    sets: Mapping[str, FieldValue] = field(default_factory=dict)
    register: tuple[RegisterChange, ...] = ()
    deadlines: tuple[DeadlineChange, ...] = ()
    notices: tuple[NoticeOwed, ...] = ()
    findings: tuple[Finding, ...] = ()
    creates: RegisterChange | None = None
    by_person: bool = False
    cite: tuple[str, ...] = ()
    supersedes: tuple[int, ...] = ()
    corrects: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Whether the state changes."""
        return self.from_state != self.to_state

    @property
    def is_vouched(self) -> bool:
        """Whether a person or a list says something in it (as `lifecycle.history` reads it)."""
        by_somebody = self.by_person and self.kind not in CARRIERS
        return self.kind is EntryKind.TAKEN_OVER or by_somebody


def plan_event(
    rulebook: Rulebook,
    case: CaseView,
    event: str,
    entered: Mapping[str, Any],
    actor: Actor,
    decision: Decision,
) -> Plan:
    """The plan of an event that somebody records.

    Raises:
        EventUnknownError: the state has no such event for people.
        TransitionRefusedError: with all findings, when no row or a row's conditions do not hold.
    """
    rows = [row for row in rulebook.workflow.rows(case.state, event) if row.by_person]
    if not rows:
        raise EventUnknownError(case.ref, case.state, event, rulebook.workflow.possible(case.state))
    answers = [_consider(rulebook, case, row, entered, actor, decision) for row in rows]
    chosen = [answer for answer in answers if not answer.unmet]
    if len(chosen) != 1:
        findings = _closest(answers) if not chosen else _ambiguous(chosen)
        raise TransitionRefusedError(case.ref, case.state, event, findings)
    answer = chosen[0]
    return _write_up(
        rulebook, answer.row, answer.situation, decision, EntryKind.EVENT, answer.findings
    )


def findings_of(
    rulebook: Rulebook,
    case: CaseView,
    event: str,
    entered: Mapping[str, Any],
    actor: Actor | None,
    decision: Decision,
) -> tuple[Finding, ...]:
    """What an event would need, row by row, met or not; asks for no permission."""
    rows = [row for row in rulebook.workflow.rows(case.state, event) if row.by_person]
    found: list[Finding] = []
    for row in rows:
        answer = _consider(rulebook, case, row, entered, actor, decision)
        found += [replace(one, target=row.target) for one in answer.findings]
    return tuple(dict.fromkeys(found))


def plan_automatic(
    rulebook: Rulebook, case: CaseView, decision: Decision, rows: Sequence[Transition] | None = None
) -> Plan | None:
    """The first automatic row of the case's state whose guards hold, or None."""
    situation = _situation(case, {}, decision)
    for row in rulebook.workflow.automatic(case.state) if rows is None else rows:
        findings = tuple(evaluate(one, situation, rulebook.vocabulary) for one in row.guards)
        if all(one.met or one.advisory for one in findings):
            kind = EntryKind.TIME if row.time is not None else EntryKind.AUTOMATIC
            return _write_up(rulebook, row, situation, decision, kind, findings)
    return None


def plan_opening(
    rulebook: Rulebook,
    blank: CaseView,
    row: Transition,
    entered: Mapping[str, Any],
    actor: Actor | None,
    decision: Decision,
) -> Plan | None:
    """The plan of opening a case by `row`, or None when its guards do not hold.

    Raises:
        TransitionRefusedError: a person wants to open it and a condition is unmet.
    """
    answer = _consider(rulebook, blank, row, entered, actor, decision)
    if answer.unmet:
        if actor is None:
            return None
        raise TransitionRefusedError(blank.ref, "-", row.event, answer.findings)
    kind = EntryKind.TAKEN_OVER if decision.taken_over_on else EntryKind.OPENED
    return _write_up(rulebook, row, answer.situation, decision, kind, answer.findings)


def plan_pauses(rulebook: Rulebook, case: CaseView, decision: Decision) -> Plan | None:
    """An entry that suspends or resumes deadlines as their conditions now stand, or None."""
    situation = _situation(case, {}, decision)
    changes: list[DeadlineChange] = []
    for view in case.deadlines:
        rule = rulebook.workflow.deadlines.get(view.rule)
        if rule is None or not rule.pause_while or not view.is_running:
            continue
        pausing = [one for one in rule.pause_while if holds(one, situation, rulebook.vocabulary)]
        if pausing and view.status == "open":
            changes.append(dl.suspend(view, decision.effective_on, str(pausing[0])))
        elif not pausing and view.status == "suspended":
            changes.append(dl.resume(view, rule, situation, decision.rest_days))
    if not changes:
        return None
    event = "deadlines_suspended" if changes[0].act is DeadlineAct.SUSPEND else "deadlines_resumed"
    return Plan(
        EntryKind.DEADLINE,
        event,
        case.state,
        case.state,
        decision.effective_on,
        deadlines=tuple(changes),
    )


def plan_closing(rulebook: Rulebook, case: CaseView, decision: Decision) -> Plan:
    """The engine's event `case_closed`: to the closing state, all deadlines cancelled."""
    return Plan(
        EntryKind.AUTOMATIC,
        "case_closed",
        case.state,
        rulebook.workflow.closing_state,
        decision.effective_on,
        deadlines=tuple(
            dl.close(one, DeadlineAct.CANCEL, decision.effective_on, "case_closed")
            for one in case.deadlines
            if one.is_running
        ),
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    row: Transition
    situation: Situation
    findings: tuple[Finding, ...]

    @property
    def unmet(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if not (one.met or one.advisory))


def _situation(case: CaseView, fields: Mapping[str, FieldValue], decision: Decision) -> Situation:
    return Situation(
        case,
        decision.facts,
        fields,
        decision.parameters,
        decision.effective_on,
        decision.today,
        decision.rest_days,
        decision.named,
    )


def _consider(
    rulebook: Rulebook,
    case: CaseView,
    row: Transition,
    entered: Mapping[str, Any],
    actor: Actor | None,
    decision: Decision,
) -> _Answer:
    findings: list[Finding] = []
    if actor is not None:
        findings += role_finding(row.by, actor)
        findings += _another_person(row, actor, decision)
    given = {
        name: decision.parameters[spec.default_from]
        for name, spec in row.fields.items()
        if spec.default_from
    }
    fields, complaints = read_fields(row.fields, {**given, **entered}, decision.named)
    findings += complaints
    situation = _situation(case, fields, decision)
    invalid = {one.id for one in complaints if not one.met}
    for guard in row.guards:
        if guard.left is LeftKind.FIELD and guard.name in invalid:
            continue  # one complaint about a field is enough
        findings.append(evaluate(guard, situation, rulebook.vocabulary))
    return _Answer(row, situation, tuple(findings))


def role_finding(wanted: Sequence[Role], actor: Actor) -> list[Finding]:
    """Whether the actor holds one of the roles; nothing when anybody may act."""
    if not wanted:
        return []
    held = actor.roles & set(wanted)
    return [
        Finding(
            id="role",
            met=bool(held),
            label=Label(zh="角色", en="role"),
            kind="role",
            comparison="one_of",
            seen=", ".join(sorted(actor.roles)),
            needed=", ".join(wanted),
            supplied_by=tuple(f"role:{role}" for role in wanted),
        )
    ]


def _another_person(row: Transition, actor: Actor, decision: Decision) -> list[Finding]:
    """Whether somebody else recorded the event that this row names; nothing when it names none."""
    before = decision.recorders.get(row.differs_from)
    if before is None:
        return []
    label = Label(zh="经办人与前一步不同", en="another person than before")
    return [
        Finding(
            id="another_person",
            met=actor.answerable.isdisjoint(before),
            label=label,
            kind="person",
            comparison="is_not",
            seen=actor.id,
            needed=", ".join(sorted(before)),
            cite=row.cite,
        )
    ]


def _write_up(
    rulebook: Rulebook,
    row: Transition,
    situation: Situation,
    decision: Decision,
    kind: EntryKind,
    findings: tuple[Finding, ...],
) -> Plan:
    case = situation.case
    from_state = None if row.is_opening else case.state
    to_state = row.target if row.is_opening else target_of(rulebook.machine, case.state, row)
    sets = _recorded(rulebook, row, situation)
    effects = [rulebook.effects[name] for name in row.effects]
    creation = next(iter(rulebook.effects[row.creates].changes(situation))) if row.creates else None
    changes = _deadline_changes(rulebook, row, situation, decision)
    return Plan(
        kind=kind,
        event=row.event,
        from_state=from_state,
        to_state=to_state,
        effective_on=decision.effective_on,
        fields=situation.fields,
        personal=frozenset(name for name, spec in row.fields.items() if spec.is_personal),
        sets=sets,
        register=tuple(change for effect in effects for change in effect.changes(situation)),
        deadlines=changes,
        notices=notices_of(rulebook, row.notices, situation, changes, sets),
        findings=findings,
        creates=creation,
        by_person=row.by_person and kind is not EntryKind.TAKEN_OVER,
        cite=row.cite,
    )


def _recorded(rulebook: Rulebook, row: Transition, situation: Situation) -> dict[str, FieldValue]:
    """What the case remembers from now on; of a personal value only that it was given.

    What a case remembers stands in the body of its entries and cannot be erased.
    """
    found: dict[str, FieldValue] = {}
    for name, operand in row.sets.items():
        value, spec = situation.operand(operand), rulebook.workflow.fields.get(name)
        hidden = spec is not None and spec.is_personal and value is not None
        found[name] = GIVEN if hidden else value
    return found


def _deadline_changes(
    rulebook: Rulebook, row: Transition, situation: Situation, decision: Decision
) -> tuple[DeadlineChange, ...]:
    """Closings first, then openings, so that a deadline may follow itself."""
    case, on = situation.case, situation.effective_on
    changes: list[DeadlineChange] = []
    for act, names in (
        (DeadlineAct.MEET, row.meets),
        (DeadlineAct.CANCEL, row.cancels),
        (DeadlineAct.LAPSE, row.lapses),
    ):
        running = [
            one
            for name in names
            for one in (case.runs(name)[:1] if act is DeadlineAct.MEET else case.runs(name))
        ]
        changes += [dl.close(one, act, on, row.event) for one in running]
    if not row.opens:
        return tuple(changes)
    closed = {change.deadline_id for change in changes}
    left = tuple(
        replace(one, status=DeadlineStatus.MET) if one.id in closed else one
        for one in case.deadlines
    )
    # Lengths and anchors may name what this very row sets.
    recorded = dict(case.fields) | _recorded(rulebook, row, situation)
    after = replace(situation, case=replace(case, deadlines=left, fields=recorded))
    for use in row.opens:
        if not all(holds(one, after, rulebook.vocabulary) for one in use.when):
            continue
        rule = rulebook.workflow.deadlines[use.deadline]
        opened = dl.open_deadline(
            use.deadline,
            rule.model_copy(update={"length": use.length}) if use.length else rule,
            after,
            decision.rest_days,
            anchor=use.anchor,
            taken_over_on=decision.taken_over_on,
        )
        if opened:
            changes.append(opened)
    return tuple(changes)


def _closest(answers: Sequence[_Answer]) -> tuple[Finding, ...]:
    """The findings of every row, grouped by the target that they lead to."""
    found = [
        replace(one, target=answer.row.target if len(answers) > 1 else "")
        for answer in answers
        for one in answer.findings
    ]
    return tuple(dict.fromkeys(found))


def _ambiguous(answers: Sequence[_Answer]) -> tuple[Finding, ...]:
    """A fault of the definition: more than one row would fire."""
    targets = " / ".join(answer.row.target for answer in answers)
    label = Label(zh="定义有误: 多个目标同时成立", en="definition fault: several targets at once")
    return (Finding("one_target", met=False, label=label, kind="definition", needed=targets),)
