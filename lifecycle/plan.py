"""Decide: case + event + fields + facts + actor + day -> everything to write, or every reason.

Pure: the same input gives the same plan, and nothing here reads a database or a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from lifecycle import deadlines as dl
from lifecycle.cases import CaseView, DeadlineStatus, EntryKind, FieldValue
from lifecycle.deadlines import DeadlineAct, DeadlineChange
from lifecycle.definition import (
    DeadlineRule,
    Field_,
    FieldType,
    Label,
    LeftKind,
    NoticeUse,
    Operand,
    OperandKind,
    Stage,
    Transition,
    Workflow,
)
from lifecycle.errors import EventUnknownError, TransitionRefusedError
from lifecycle.guards import BUILT_IN_FACTS, Finding, Situation, Vocabulary, evaluate, holds
from lifecycle.machine import target_of
from lifecycle.register import RegisterChange

if TYPE_CHECKING:
    from lifecycle.access import Actor
    from lifecycle.facts import FactValue
    from lifecycle.machine import Machine
    from lifecycle.policy import Parameters
    from lifecycle.workdays import RestDays

LONGEST_TEXT = 300
"""Free text is a remark, not a file (rulebook F14)."""

EffectFunction = Callable[[Situation], Iterable[RegisterChange]]


@dataclass(frozen=True, slots=True)
class Effect:
    """A named change of the register that an event causes, with the facts that it reads."""

    name: str
    needs: tuple[str, ...]
    changes: EffectFunction


@dataclass(frozen=True, slots=True)
class NoticeOwed:
    """A notice that a change causes: to whom, about what, with which values."""

    notice: str
    stage: Stage
    recipient: str
    urgent: bool
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A workflow as the planner uses it: the definition and everything its names stand for."""

    workflow: Workflow
    machine: Machine
    vocabulary: Vocabulary
    effects: Mapping[str, Effect]
    text_id: int = 0
    _needs: dict[tuple[int, ...], tuple[tuple[Transition, ...], frozenset[str]]] = field(
        default_factory=dict
    )
    """What rows look at, by their identity; the rows are kept, so that it stays theirs."""

    def facts_for(self, rows: Sequence[Transition]) -> frozenset[str]:
        """The names of all facts that deciding on these rows may look at."""
        key = tuple(map(id, rows))
        found = self._needs.get(key)
        if found is None:
            names = {name for row in rows for name in self._facts_of(row)}
            found = self._needs[key] = (tuple(rows), frozenset(names - BUILT_IN_FACTS))
        return found[1]

    def pause_facts(self) -> frozenset[str]:
        """The facts on which suspending and resuming of this workflow's deadlines depends."""
        names: set[str] = set()
        for rule in self.workflow.deadlines.values():
            for guard in rule.pause_while:
                names |= self._guard_facts(guard)
        return frozenset(names - BUILT_IN_FACTS)

    def _facts_of(self, row: Transition) -> set[str]:
        guards = [*row.guards]
        operands = [*row.sets.values()]
        for use in row.opens:
            anchor = use.anchor or self.workflow.deadlines[use.deadline].anchor
            operands += anchor.latest_of
            guards += use.when
        names: set[str] = set()
        for notice in row.notices:
            names |= self.notice_facts(notice.notice)
            guards += notice.when
        for effect in (*row.effects, *([row.creates] if row.creates else [])):
            names |= set(self.effects[effect].needs)
        for guard in guards:
            names |= self._guard_facts(guard)
        for operand in operands:
            names |= _fact_name(operand)
        return names

    def notice_facts(self, notice: str) -> set[str]:
        """The facts that a notice's recipients and values come from."""
        rule = self.workflow.notices[notice]
        known = self.workflow.fields.keys() | self.workflow.deadlines.keys()
        named = {*rule.to, *rule.needs, *rule.values}
        return {one for one in named if one in self.vocabulary.facts and one not in known}

    def reminder_facts(self, rule: DeadlineRule) -> frozenset[str]:
        """The facts that choosing and writing a reminder of the deadline may look at."""
        names: set[str] = set()
        for reminder in rule.reminder:
            names |= self.notice_facts(reminder.notice)
            for guard in reminder.when:
                names |= self._guard_facts(guard)
        return frozenset(names - BUILT_IN_FACTS)

    def _guard_facts(self, guard: Any) -> set[str]:  # noqa: ANN401 - Guard
        if guard.left is LeftKind.PREDICATE:
            return set(self.vocabulary.predicates[guard.name].needs)
        names = _fact_name(guard.right)
        return names | {guard.name} if guard.left is LeftKind.FACT else names


def _fact_name(operand: Operand) -> set[str]:
    return {operand.name} if operand.kind is OperandKind.FACT else set()


@dataclass(frozen=True, slots=True)
class Decision:
    """The part of a situation that does not come from the case itself."""

    facts: Mapping[str, FactValue]
    parameters: Parameters
    rest_days: RestDays
    effective_on: date
    today: date
    taken_over_on: date | None = None


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
        if all(one.met for one in findings):
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
        return tuple(one for one in self.findings if not one.met)


def _situation(case: CaseView, fields: Mapping[str, FieldValue], decision: Decision) -> Situation:
    return Situation(
        case,
        decision.facts,
        fields,
        decision.parameters,
        decision.effective_on,
        decision.today,
        decision.rest_days,
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
        findings += _role_finding(row, actor)
    fields, complaints = read_fields(row.fields, entered)
    findings += complaints
    situation = _situation(case, fields, decision)
    invalid = {one.id for one in complaints if not one.met}
    for guard in row.guards:
        if guard.left is LeftKind.FIELD and guard.name in invalid:
            continue  # one complaint about a field is enough
        findings.append(evaluate(guard, situation, rulebook.vocabulary))
    return _Answer(row, situation, tuple(findings))


def _role_finding(row: Transition, actor: Actor) -> list[Finding]:
    if not row.by:
        return []
    held = actor.roles & set(row.by)
    return [
        Finding(
            id="role",
            met=bool(held),
            label=Label(zh="角色", en="role"),
            kind="role",
            comparison="one_of",
            seen=", ".join(sorted(actor.roles)),
            needed=", ".join(row.by),
            supplied_by=tuple(f"role:{role}" for role in row.by),
        )
    ]


def read_fields(
    declared: Mapping[str, Field_], entered: Mapping[str, Any]
) -> tuple[dict[str, FieldValue], list[Finding]]:
    """What was entered, typed, and a finding per field that is missing, unknown or unreadable."""
    values: dict[str, FieldValue] = {}
    findings: list[Finding] = []
    known = ", ".join(declared) or "none"
    findings += [
        _field_finding(name, None, "unknown", known) for name in entered if name not in declared
    ]
    for name, spec in declared.items():
        given = entered.get(name, spec.default)
        if given is None or given == "":
            if spec.required:
                findings.append(_field_finding(name, spec, "required", spec.type.value))
            continue
        value = read_field(spec, given)
        if value is None:
            findings.append(_field_finding(name, spec, "readable", _wanted(spec), str(given)))
            continue
        values[name] = value
        if spec.required:
            findings.append(
                Finding(name, met=True, label=spec.label, kind="field", seen=value, needed=None)
            )
    return values, findings


def _field_finding(
    name: str, spec: Field_ | None, comparison: str, needed: str, seen: str | None = None
) -> Finding:
    label = spec.label if spec else Label(zh=name, en=name)
    return Finding(
        name,
        met=False,
        label=label,
        kind="field",
        comparison=comparison,
        seen=seen,
        needed=needed,
        supplied_by=("form",),
    )


def read_field(spec: Field_, given: Any) -> FieldValue:  # noqa: ANN401, C901, PLR0911 - one line per type
    """One value as the type of its field, or None when it cannot be read as that."""
    text = str(given).strip()
    match spec.type:
        case FieldType.YES_NO:
            return given if isinstance(given, bool) else _TRUTH.get(text.lower())
        case FieldType.COUNT | FieldType.ID:
            return int(text) if text.isdecimal() else None
        case FieldType.DATE:
            try:
                return given if isinstance(given, date) else date.fromisoformat(text)
            except ValueError:
                return None
        case FieldType.CHOICE:
            return text if text in spec.choices else None
        case FieldType.ID_LIST:
            parts = text.replace(" ", "").split(",")
            return tuple(int(one) for one in parts) if all(p.isdecimal() for p in parts) else None
        case FieldType.TEXT:
            return text if len(text) <= LONGEST_TEXT else None
        case FieldType.REFERENCE:
            return text if len(text) <= LONGEST_TEXT else None


_TRUTH = {
    "yes": True, "true": True, "是": True, "1": True, "y": True,
    "no": False, "false": False, "否": False, "0": False, "n": False,
}  # fmt: skip


def _wanted(spec: Field_) -> str:
    if spec.type is FieldType.CHOICE:
        return " / ".join(spec.choices)
    return {"date": "2026-11-30", "yes_no": "yes / no", "text": f"<= {LONGEST_TEXT}"}.get(
        spec.type.value, spec.type.value
    )


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
    sets = {name: situation.operand(value) for name, value in row.sets.items()}
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
        notices=_notices(rulebook, row.notices, situation, changes, sets),
        findings=findings,
        creates=creation,
        by_person=row.by_person and kind is not EntryKind.TAKEN_OVER,
        cite=row.cite,
    )


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
        running = [case.running(name) for name in names]
        changes += [dl.close(one, act, on, row.event) for one in running if one]
    if not row.opens:
        return tuple(changes)
    closed = {change.deadline_id for change in changes}
    left = tuple(
        replace(one, status=DeadlineStatus.MET) if one.id in closed else one
        for one in case.deadlines
    )
    # Lengths and anchors may name what this very row sets.
    recorded = dict(case.fields) | {
        name: situation.operand(value) for name, value in row.sets.items()
    }
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


def _notices(
    rulebook: Rulebook,
    uses: Sequence[NoticeUse],
    situation: Situation,
    changes: Sequence[DeadlineChange],
    sets: Mapping[str, FieldValue],
) -> tuple[NoticeOwed, ...]:
    owed: list[NoticeOwed] = []
    for use in uses:
        if all(holds(one, situation, rulebook.vocabulary) for one in use.when):
            owed += notices_owed(rulebook, use.notice, use.stage, situation, changes, sets)
    return tuple(owed)


def notices_owed(
    rulebook: Rulebook,
    notice: str,
    stage: Stage,
    situation: Situation,
    changes: Sequence[DeadlineChange] = (),
    sets: Mapping[str, FieldValue] | None = None,
) -> list[NoticeOwed]:
    """The notice to each of its recipients, or none when a value it needs is unknown."""
    rule = rulebook.workflow.notices[notice]
    if any(situation.fact(one) is None for one in rule.needs):
        return []
    values: dict[str, Any] = {
        "effective_on": situation.effective_on.isoformat(),
        "state": situation.case.state,
    }
    for name in rule.values:
        values[name] = _plain(_told(name, rulebook, situation, changes, sets or {}))
    # A fact may name several recipients, separated by commas.
    recipients = dict.fromkeys(
        whom for one in rule.to for whom in str(situation.fact(one) or f"missing:{one}").split(",")
    )
    return [NoticeOwed(notice, stage, one, rule.urgent, values) for one in recipients]


def _told(
    name: str,
    rulebook: Rulebook,
    situation: Situation,
    changes: Sequence[DeadlineChange],
    sets: Mapping[str, FieldValue],
) -> FieldValue:
    """The value of a name in a notice: a deadline's due date, a field, a recorded value, a fact."""
    if name in rulebook.workflow.deadlines:
        opened = [one.due_on for one in changes if one.rule == name and one.due_on]
        row = situation.case.deadline(name)
        return opened[-1] if opened else (row.due_on if row else None)
    for source in (situation.fields, sets, situation.case.fields):
        if source.get(name) is not None:
            return source[name]
    return situation.fact(name)


def _plain(value: FieldValue) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


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
