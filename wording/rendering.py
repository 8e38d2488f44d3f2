"""Findings, refusals and lights as an officer reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lifecycle.entered import NO_IDENTITY_NUMBER, TOO_LONG
from lifecycle.facts import FactType
from lifecycle.workdays import CalendarGapError, PeriodKind, working_days_between
from wording.citations import cited

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from lifecycle.cases import CaseView
    from lifecycle.conditions import Label
    from lifecycle.definition import Field_, Transition, Workflow
    from lifecycle.guards import Finding
    from lifecycle.registry import Registry
    from lifecycle.workdays import RestDays
    from wording.suppliers import Suppliers
    from wording.words import Words

SOON_DAYS = 7
IS_KNOWN = "is_known"
CASE_CLOSED = "case_closed"


def light(
    words: Words, kind: str, status: str, due_on: date, today: date, rest_days: RestDays
) -> str:
    """Shape and words: working days that are left, or natural days that it is overdue.

    Natural days too where a year in between has no calendar yet.
    """
    if status == "suspended":
        return words("light_suspended")
    if status != "open":
        return words("light_none")
    days = (due_on - today).days
    if kind not in {PeriodKind.DEADLINE, PeriodKind.WINDOW}:
        again = kind == PeriodKind.REVIEW and days <= 0
        return words("light_review" if again else "light_waits", days=max(days, 0))
    if days <= 0:
        over = "light_overdue" if kind == PeriodKind.DEADLINE else "light_over"
        return words(over if days else "light_today", days=-days)
    key = "light_soon" if days <= SOON_DAYS else "light_open"
    try:
        return words(key, days=working_days_between(today, due_on, rest_days))
    except CalendarGapError:
        # Nobody knows yet which of these days are working days.
        return words(f"{key}_days", days=days)


def due_day(words: Words, due_on: date, *, provisional: bool) -> str:
    """A due date in a list, marked where a calendar that is not published yet may move it."""
    return f"{due_on} {words('provisional_mark')}" if provisional else due_on.isoformat()


@dataclass(frozen=True, slots=True)
class Scene:
    """Against what findings are told: the law of a case, its neighbours, its recorded values."""

    words: Words
    registry: Registry
    workflow: Workflow
    suppliers: Suppliers
    recorded: Mapping[str, str] = field(default_factory=dict)
    """Recorded field -> when and in which entry it was recorded."""

    def state(self, state: str) -> str:
        """A state's id and label."""
        label = self.workflow.states[state].label if state in self.workflow.states else None
        return self.words.named(state, self.words.label(label) if label else "")

    def event(self, event: str) -> str:
        """An event's id and label."""
        return self.words.named(event, event_label(self.words, self.workflow, event))

    def rows(self, state: str, event: str) -> tuple[Transition, ...]:
        """The rows by which people record the event in that state."""
        return tuple(row for row in self.workflow.rows(state, event) if row.by_person)


def event_label(words: Words, workflow: Workflow, event: str) -> str:
    """The label of an event, also of the engine's own."""
    for row in workflow.transitions:
        if row.event == event:
            return words.label(row.label)
    return words.section("events").get(event, "")


def refusal_lines(
    scene: Scene,
    view: CaseView,
    subject: str,
    event: str,
    findings: Sequence[Finding],
    *,
    key: str = "refused",
) -> list[str]:
    """A step with all its findings, the missing ones first; grouped where targets differ."""
    head = {"ref": view.ref, "subject": subject, "event": scene.event(event)}
    lines = [scene.words(key, **head, state=scene.state(view.state))]
    roles = list(dict.fromkeys(role for row in scene.rows(view.state, event) for role in row.by))
    findings = reconciled(findings)
    targets = list(dict.fromkeys(one.target for one in findings))
    for target in targets:
        if len(targets) > 1:
            lines.append(scene.words("target", target=scene.state(target)))
        group = [one for one in findings if one.target == target]
        lines += [finding_line(scene, one, roles) for one in sorted(group, key=lambda one: one.met)]
    return lines


def reconciled(findings: Sequence[Finding]) -> list[Finding]:
    """The findings of rows that exclude each other, without what only the other row would need.

    A plain "field given" is left out where a condition speaks of the same field.
    """
    conditions = {one.id for one in findings if one.comparison}
    met = {_condition(one) for one in findings if one.met}
    return [
        one
        for one in findings
        if (one.met or _condition(one) not in met) and (one.comparison or one.id not in conditions)
    ]


def _condition(finding: Finding) -> tuple[str, str, str, str]:
    return finding.id, finding.kind, finding.comparison, finding.target


def possible(findings: Sequence[Finding]) -> bool:
    """Whether one of the rows that an event may take has nothing missing."""
    kept = reconciled(findings)
    targets = {one.target for one in kept}
    unmet = {one.target for one in kept if not (one.met or one.advisory)}
    return not findings or bool(targets - unmet)


def finding_line(scene: Scene, finding: Finding, roles: Sequence[str] = ()) -> str:
    """One finding: what was seen, what is needed, on what ground, who can help.

    Args:
        scene: what the finding is about.
        finding: the finding.
        roles: who records the event.
    """
    words = scene.words
    parts = [_met(scene, finding) if finding.met else _unmet(scene, finding)]
    if finding.advisory and not finding.met:
        parts = [words("finding_advisory", told=parts[0].removeprefix("✗ "))]
    if finding.cite:
        parts.append(words("by_clause", cite=cited(finding.cite, words("practice"))))
    if not finding.met:
        who = scene.suppliers.of(finding, roles)
        if who:
            parts.append(words("supplied", who=who))
        if finding.override:
            parts.append(words("override", guard=finding.id))
    return " · ".join(parts)


def _label(scene: Scene, finding: Finding) -> str:
    """The label of what is looked at; the engine's own facts have theirs in the catalogue."""
    own = scene.words.section("facts")
    return own.get(finding.id) or scene.words.label(finding.label)


def _met(scene: Scene, finding: Finding) -> str:
    words, label = scene.words, _label(scene, finding)
    if finding.waived:
        return words("finding_waived", label=label)
    if finding.kind == "role":
        return words("finding_met", label=label, seen=_roles(words, finding.seen))
    if finding.kind == "predicate":
        return words("finding_holds", label=label)
    if finding.kind == "field" and _is_personal(scene, finding.id):
        return words("finding_met", label=label, seen=words("given"))
    told = words("finding_met", label=label, seen=_seen(scene, finding))
    source = scene.recorded.get(finding.id) if finding.kind == "recorded" else None
    return f"{told} ({source})" if source else told


def _unmet(scene: Scene, finding: Finding) -> str:
    words, label = scene.words, _label(scene, finding)
    if finding.kind == "role":
        seen, needed = _roles(words, finding.seen), _roles(words, finding.needed)
        return words("finding_role", seen=seen, needed=needed)
    if finding.kind == "definition":
        return words("finding_definition", label=label, needed=finding.needed)
    if finding.kind == "field" and finding.comparison in _FIELD_KEYS:
        return _bad_field(scene, finding, label)
    if finding.kind == "predicate":
        return _unmet_predicate(scene, finding, label)
    need = words(f"need_{finding.comparison}", needed=_needed(scene, finding))
    if finding.parameter:
        need = f"{need} ({finding.parameter})"
    return words("finding_fact", label=label, seen=_seen(scene, finding), need=need)


def _unmet_predicate(scene: Scene, finding: Finding, label: str) -> str:
    words = scene.words
    if finding.seen is None or isinstance(finding.seen, bool) or finding.needed is None:
        return words("finding_fails", label=label)
    seen, needed = _seen(scene, finding), _needed(scene, finding)
    return words("finding_fails_by", label=label, seen=seen, needed=needed)


_FIELD_KEYS = {
    "required": "finding_field",
    "readable": "finding_bad_field",
    "unknown": "finding_unknown_field",
    "on_register": "finding_not_on_register",
    TOO_LONG: "finding_long_field",
    NO_IDENTITY_NUMBER: "finding_identity_number",
}


def _bad_field(scene: Scene, finding: Finding, label: str) -> str:
    words = scene.words
    spec = field_of(scene.workflow, finding.id)
    seen = words("given") if _is_personal(scene, finding.id) else finding.seen
    wanted = wanted_of(words, spec) if spec else finding.needed
    if finding.comparison == TOO_LONG:
        seen, wanted = finding.seen, finding.needed
    values = {"label": label, "name": finding.id, "seen": seen, "needed": wanted}
    return words(_FIELD_KEYS[finding.comparison], **values)


def wanted_of(words: Words, spec: Field_) -> str:
    """What may be entered in a field: its choices, or the form of its values."""
    if spec.choices:
        return " / ".join(words.named(name, words.label(one)) for name, one in spec.choices.items())
    return words(f"wanted_{spec.type.value}")


def _seen(scene: Scene, finding: Finding) -> str:
    value = finding.seen
    if finding.comparison == IS_KNOWN or (value is not None and _is_number_of(scene, finding.id)):
        return scene.words("unknown" if value is None else "known")
    return value_of(scene, finding.id, value)


def _needed(scene: Scene, finding: Finding) -> str:
    if finding.comparison == IS_KNOWN:
        return scene.words("known" if finding.needed else "unknown")
    if isinstance(finding.needed, tuple):
        return " / ".join(value_of(scene, finding.id, one) for one in finding.needed)
    return value_of(scene, finding.id, finding.needed)


def value_of(scene: Scene, name: str, value: Any) -> str:  # noqa: ANN401 - any recorded value
    """A value in words: the label of a choice or state, a number with its measure."""
    spec = field_of(scene.workflow, name)
    if spec and str(value) in spec.choices:
        return scene.words.label(spec.choices[str(value)])
    if isinstance(value, str):
        label = _state_label(scene.registry, value)
        if label and value not in scene.words.section("values"):
            return scene.words.label(label)
    return scene.words.counted(name, value)


def _state_label(registry: Registry, state: str) -> Label | None:
    """The label of a state that a fact names; workflows share few names of states."""
    for book in registry.rulebooks.values():
        if state in book.workflow.states:
            return book.workflow.states[state].label
    return None


def field_of(workflow: Workflow, name: str) -> Field_ | None:
    """What a definition says of a field, wherever it is entered or kept."""
    for row in workflow.transitions:
        if name in row.fields:
            return row.fields[name]
    return workflow.fields.get(name)


def _is_personal(scene: Scene, name: str) -> bool:
    spec = field_of(scene.workflow, name)
    return spec is not None and spec.is_personal


def _is_number_of(scene: Scene, name: str) -> bool:
    """Whether a fact's value is a number on the register, which says nothing to an officer."""
    fact = scene.registry.facts.facts.get((scene.workflow.subject, name))
    return fact is not None and fact.type is FactType.ID


def _roles(words: Words, roles: object) -> str:
    return "/".join(words.role(one) for one in str(roles).split(", "))


def fields_line(scene: Scene, fields: Mapping[str, Any]) -> str:
    """Recorded case fields as one line."""
    specs = scene.workflow.fields
    told = []
    for name, value in fields.items():
        label = scene.words.label(specs[name].label) if name in specs else name
        if value is not None:
            told.append(f"{label} {value_of(scene, name, value)}")
    return "; ".join(told)
