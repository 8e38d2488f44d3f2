"""What stands behind a page: the law, one workflow, and the language in which it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.conditions import OperandKind

if TYPE_CHECKING:
    from lifecycle.conditions import Label, Operand
    from lifecycle.definition import Field_, Transition, Workflow
    from lifecycle.facts import Fact
    from lifecycle.policy import ParameterValue
    from lifecycle.registry import Registry
    from workflows.handbook.speech import Speech

STATES_OF = {
    "affiliation_state": "affiliation",
    "body_state": "branch",
    "premises_state": "activity_premises",
    "relation_state": "member_relation",
    "term_state": "branch_term",
}
"""The facts that name a state of another case, and the workflow whose state it is."""

_MEASURED = frozenset({"days", "months", "years"})

BEFORE = "state_before"


@dataclass(frozen=True, slots=True)
class Telling:
    """A workflow of the law, told in a language."""

    registry: Registry
    workflow: Workflow
    speech: Speech
    row: Transition | None = None
    """The event that is told about, whose fields and candidates are meant."""

    @property
    def subject(self) -> str:
        """The type of subject whose facts are meant: an opening looks at its candidates."""
        return (self.row.for_each if self.row else "") or self.workflow.subject

    # -- labels ----------------------------------------------------------------------------

    def fact(self, name: str) -> Fact | None:
        """The fact of that name, where it is none of the engine's own."""
        return self.registry.facts.facts.get((self.subject, name))

    def fact_label(self, name: str) -> str:
        """What a fact is called."""
        found = self.fact(name)
        if found:
            return self.speech.label(found.label)
        return self.speech.shared.section("facts").get(name, name)

    def field(self, name: str) -> Field_ | None:
        """A field of the event, else of the case; where no event is told about, of any event."""
        own = self.row.fields.get(name) if self.row else None
        found = own or self.workflow.fields.get(name)
        if found or self.row:
            return found
        entered = (row.fields[name] for row in self.workflow.transitions if name in row.fields)
        return next(entered, None)

    def field_label(self, name: str) -> str:
        """What a field is called."""
        spec = self.field(name)
        return self.speech.label(spec.label) if spec else name

    def recorded_label(self, name: str) -> str:
        """What a field that the case remembers is called."""
        spec = self.workflow.fields.get(name)
        return self.speech.label(spec.label) if spec else name

    def deadline(self, name: str) -> str:
        """A deadline's id and label."""
        rule = self.workflow.deadlines.get(name)
        return f"{name} {self.speech.label(rule.label)}" if rule else name

    def state(self, name: str) -> str:
        """A state's id and label."""
        return f"`{name}` {self.speech.label(self.workflow.states[name].label)}"

    def event(self, name: str) -> str:
        """An event's id and label."""
        labels = [row.label for row in self.workflow.transitions if row.event == name]
        return f"`{name}` {self.speech.label(labels[0])}" if labels else f"`{name}`"

    def about(self, subject: str) -> str:
        """What a type of subject is called."""
        return self.speech.own("subjects").get(subject, subject)

    # -- values ----------------------------------------------------------------------------

    def operand(self, operand: Operand, left: str = "") -> str:
        """A right-hand side in words.

        Args:
            operand: what is told.
            left: what it is compared with, whose words its value is one of.
        """
        kind, name, speech = operand.kind, operand.name, self.speech
        if kind is OperandKind.PARAMETER:
            return speech("right_parameter", value=self.parameter(name), name=name)
        if kind is OperandKind.LITERAL:
            values = operand.value if isinstance(operand.value, tuple) else (operand.value,)
            return speech("or").join(self.value(left, one) for one in values)
        label = {
            OperandKind.FACT: self.fact_label,
            OperandKind.FIELD: self.field_label,
            OperandKind.RECORDED: self.recorded_label,
            OperandKind.DUE_ON: self.deadline,
        }[kind](name)
        return speech(f"right_{kind.value}", label=label)

    def value(self, name: str, value: object) -> str:
        """A literal in words: the label of a choice or state, a yes or no, else itself."""
        if value is None:
            return self.speech("nothing")
        if isinstance(value, bool):
            return self.speech.yes(value)
        label = self._choice(name, str(value)) or self._state(name, str(value))
        if label:
            return self.speech.label(label)
        return self.speech.shared.section("values").get(str(value), str(value))

    def _choice(self, name: str, value: str) -> Label | None:
        spec = self.field(name)
        return spec.choices.get(value) if spec else None

    def _state(self, name: str, value: str) -> Label | None:
        owner = self.workflow.workflow if name == BEFORE else STATES_OF.get(name)
        if owner is None:
            return None
        found = self.registry.book(owner).workflow.states.get(value)
        return found.label if found else None

    def parameter(self, name: str) -> str:
        """A parameter's general value, and every later one with the day from which it holds."""
        parameter = self.registry.policy.parameter(name)
        general = [one for one in parameter.values if one.unit_id is None]
        first, *later = sorted(general, key=lambda one: one.from_on)
        told = self.measured(parameter.type, first.value)
        for one in later:
            value = self.measured(parameter.type, one.value)
            told = self.speech("since", value=told, on=one.from_on, later=value)
        return told

    def measured(self, kind: str, value: ParameterValue) -> str:
        """A parameter's value with the unit of its type."""
        if isinstance(value, bool):
            return self.speech.yes(value)
        if isinstance(value, tuple):
            return ", ".join(map(str, value))
        return self.speech(kind, value=value) if kind in _MEASURED else str(value)

    def parameters(self, names: tuple[str, ...] | list[str]) -> str:
        """Several parameters, each with its values."""
        return self.speech.listed(
            self.speech("parameter", name=one, value=self.parameter(one)) for one in names
        )
