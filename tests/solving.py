"""Finds values under which chosen guards of a workflow hold and others do not, without a database.

A value has a name: where it comes from and what it is called, such as ("fact", "engaged"). The
candidates of a name follow from its type and from what guards compare it with; what a predicate
looks at stands in `PREDICATES`, because nothing else knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from lifecycle.cases import CaseView, DeadlineStatus, DeadlineView, FieldValue, Subject
from lifecycle.conditions import Guard, LeftKind, OperandKind
from lifecycle.definition import FieldType
from lifecycle.entered import read_field
from lifecycle.facts import FactType
from lifecycle.guards import BUILT_IN_FACTS, Situation, holds
from lifecycle.plan import Decision
from tests.predicates import PREDICATES
from workflows.facts import FACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lifecycle.conditions import Operand
    from lifecycle.definition import Field_, Transition
    from lifecycle.facts import FactValue
    from lifecycle.registry import Registry
    from lifecycle.rulebook import Rulebook

Name = tuple[str, str]
Values = dict[Name, FieldValue]

DAY = date(2026, 3, 4)
_NEAR = (DAY, DAY - timedelta(days=10), DAY + timedelta(days=10))

_OF_FIELDS: Mapping[FieldType, tuple[FieldValue, ...]] = {
    FieldType.TEXT: ("a remark", "another remark"),
    FieldType.REFERENCE: ("No. 1", "No. 2"),
    FieldType.DATE: _NEAR,
    FieldType.COUNT: (1, 0, 2),
    FieldType.YES_NO: (True, False),
    FieldType.CHOICE: (),
    FieldType.ID: (5, 6),
    FieldType.ID_LIST: ((5,), (5, 6)),
}
_OF_FACTS: Mapping[FactType, tuple[FactValue, ...]] = {
    FactType.COUNT: (1, 0, 2),
    FactType.FLAG: (False, True),
    FactType.DAY: _NEAR,
    FactType.NAME: (None, "a name", "No. 1"),
    FactType.ID: (5, 6),
    FactType.RECIPIENT: ("unit:1", "unit:2"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """All of the guards are to hold, or (`met` false) at least one of them is not to."""

    guards: tuple[Guard, ...]
    met: bool = True

    def parts(self) -> list[Wanted]:
        """The same in pieces that can be looked at one by one."""
        return [Wanted((one,)) for one in self.guards] if self.met else [self]


@dataclass(frozen=True, slots=True)
class Bench:
    """One row of a workflow's table, seen from one state, and the law around it."""

    registry: Registry
    book: Rulebook
    row: Transition
    state: str

    @property
    def subject(self) -> str:
        """The type of subject whose facts the row reads."""
        return self.row.for_each or self.book.workflow.subject

    def solve(self, *wanted: Wanted) -> Values | None:
        """Values that give every guard what is wanted of it, or None when there are none."""
        single = [one for each in wanted for one in each.parts()]
        names = list(dict.fromkeys(name for one in single for name in self._names(one.guards)))
        guards = [guard for one in single for guard in one.guards]
        candidates = {name: self._candidates(name, guards) for name in names}
        ready: dict[int, list[Wanted]] = {}
        for one in single:
            own = [names.index(name) for name in self._names(one.guards)]
            ready.setdefault(max(own, default=-1), []).append(one)
        if not self._fits({}, ready.get(-1, ())):
            return None
        return next(self._extend({}, names, candidates, ready), None)

    def _extend(
        self,
        values: Values,
        names: Sequence[Name],
        candidates: Mapping[Name, Sequence[FieldValue]],
        ready: Mapping[int, Sequence[Wanted]],
    ) -> Iterator[Values]:
        place = len(values)
        if place == len(names):
            yield dict(values)
            return
        name = names[place]
        for candidate in candidates[name]:
            values[name] = candidate
            if self._fits(values, ready.get(place, ())):
                yield from self._extend(values, names, candidates, ready)
            del values[name]

    def _fits(self, values: Values, wanted: Sequence[Wanted]) -> bool:
        if not wanted:
            return True
        situation = self.situation(values)
        return all(self.hold(one.guards, situation) is one.met for one in wanted)

    def hold(self, guards: Iterable[Guard], situation: Situation) -> bool:
        """Whether all the guards hold."""
        return all(holds(one, situation, self.book.vocabulary) for one in guards)

    # -- names and their candidates --------------------------------------------------------

    def _names(self, guards: Iterable[Guard]) -> list[Name]:
        found: list[Name] = []
        for guard in guards:
            if guard.left is LeftKind.PREDICATE:
                found += predicate_values(guard.name)
            else:
                found.append((guard.left.value, guard.name))
            found += _named(guard.right)
        fixed = {("fact", "effective_on"), ("fact", "today")}
        return [one for one in dict.fromkeys(found) if one not in fixed]

    def _candidates(self, name: Name, guards: Iterable[Guard]) -> list[FieldValue]:
        kind, called = name
        found: list[FieldValue] = []
        for guard in guards:
            if guard.left is LeftKind.PREDICATE:
                found += predicate_values(guard.name).get(name, ())
            elif (guard.left.value, guard.name) == name:
                found += self._around(guard.right)
        if len(set(found)) < 2 or (kind == "field" and self.row.fields[called].choices):
            found += self._of_type(kind, called)
        spec = self.row.fields.get(called) if kind == "field" else None
        if spec is not None:
            found = [one for one in found if one is None or readable(spec, one)]
        if spec is None or not spec.required:
            found.append(None)
        return list(dict.fromkeys(found))

    def _around(self, operand: Operand) -> list[FieldValue]:
        """What a guard compares with, and its neighbours."""
        if operand.kind is OperandKind.LITERAL:
            given: Any = operand.value
        elif operand.kind is OperandKind.PARAMETER:
            given = self.registry.policy.at(DAY)[operand.name]
        elif operand.kind is OperandKind.RECORDED:
            return [*self.book.workflow.fields[operand.name].choices]
        else:
            return []
        if isinstance(given, bool) or given is None:
            return []
        if isinstance(given, int):
            return [given, given - 1, given + 1] if given else [0, 1]
        if isinstance(given, date):
            return [given, given - timedelta(days=1), given + timedelta(days=1)]
        return list(given) if isinstance(given, tuple) else [given]

    def _of_type(self, kind: str, called: str) -> list[FieldValue]:
        workflow = self.book.workflow
        if kind == "field":
            return of_field(self.row.fields[called])
        if kind == "recorded":
            return of_field(workflow.fields[called])
        if kind == "deadline":
            return [one.value for one in DeadlineStatus]
        if kind == "due_on":
            return list(_NEAR)
        if called == "state_before":
            return list(workflow.states)
        return list(_OF_FACTS[self.registry.facts.get(self.subject, called).type])

    # -- what the values make of a case ----------------------------------------------------

    def situation(self, values: Values) -> Situation:
        """Everything that a guard may look at."""
        decision = self.decision(values)
        return Situation(
            self.case(values),
            decision.facts,
            self.fields(values),
            decision.parameters,
            DAY,
            DAY,
            decision.rest_days,
        )

    def decision(self, values: Values, taken_over_on: date | None = None) -> Decision:
        """The facts, by hand."""
        given: dict[str, Any] = {
            name: one
            for (kind, name), one in values.items()
            if kind == "fact" and name not in BUILT_IN_FACTS
        }
        policy = self.registry.policy.at(DAY)
        return Decision(
            ordinary_facts(self.subject) | given,
            policy,
            self.registry.rest_days,
            DAY,
            DAY,
            taken_over_on,
        )

    def fields(self, values: Values) -> dict[str, FieldValue]:
        """What somebody enters: every required field, and what the values say."""
        entered = {
            name: of_field(spec)[0] for name, spec in self.row.fields.items() if spec.required
        }
        entered |= {name: one for (kind, name), one in values.items() if kind == "field"}
        return {name: one for name, one in entered.items() if one is not None}

    def entered(self, values: Values) -> dict[str, Any]:
        """The same as a form gives it."""
        return {
            name: ",".join(map(str, one)) if isinstance(one, tuple) else one
            for name, one in self.fields(values).items()
        }

    def case(self, values: Values) -> CaseView:
        """The case in its state, with what it remembers and the deadlines that the row needs."""
        workflow = self.book.workflow
        recorded = {name: spec.default for name, spec in workflow.fields.items()}
        fields: dict[str, FieldValue] = {
            **{name: one for name, one in recorded.items() if one is not None},
            **{name: one for (kind, name), one in values.items() if kind == "recorded"},
        }
        before = values.get(("fact", "state_before"))
        return CaseView(
            id=7,
            code=workflow.code,
            workflow=workflow.workflow,
            workflow_text_id=0,
            subject=Subject(workflow.subject, 1),
            unit_id=None,
            state=self.state,
            state_since_on=DAY - timedelta(days=60),
            previous_state=before if isinstance(before, str) else None,
            fields=fields,
            version=3,
            head_hash=bytes(32),
            last_on=DAY - timedelta(days=60),
            last_person_on=None,
            taken_over_only=False,
            closed_on=None,
            deadlines=tuple(self._deadlines(values)),
        )

    def _deadlines(self, values: Values) -> Iterator[DeadlineView]:
        rules = self.book.workflow.deadlines
        closing = {*self.row.meets, *self.row.cancels, *self.row.lapses}
        for number, (name, rule) in enumerate(rules.items(), start=1):
            needed = name in closing or ("due_on", name) in values
            status = values.get(("deadline", name), "open" if needed else None)
            due_on = values.get(("due_on", name), DAY + timedelta(days=30))
            if status is None or not isinstance(due_on, date):
                continue
            yield DeadlineView(
                id=number,
                rule=name,
                kind=rule.kind.value,
                cycle=1,
                anchor_on=DAY - timedelta(days=60),
                raw_on=due_on,
                due_on=due_on,
                provisional=False,
                status=DeadlineStatus(str(status)),
                suspended_on=None,
                suspended_days=0,
                wake_at=None,
                derivation={},
                opened_entry_id=1,
            )


@cache
def ordinary_facts(subject: str) -> dict[str, FactValue]:
    """A value for every fact of the subject that no guard asks for."""
    return {
        name: _OF_FACTS[fact.type][0]
        for (kind, name), fact in FACTS.facts.items()
        if kind == subject
    }


def predicate_values(name: str) -> Mapping[Name, tuple[FieldValue, ...]]:
    """What a predicate looks at, with values under which it holds and others under which not."""
    if name not in PREDICATES:
        msg = f"tests/predicates.py does not say what the predicate {name} looks at: add it"
        raise AssertionError(msg)
    return PREDICATES[name]


def of_field(spec: Field_) -> list[FieldValue]:
    """Values that a field may have; the first one is an ordinary one."""
    return [*spec.choices] if spec.choices else list(_OF_FIELDS[spec.type])


def readable(spec: Field_, value: FieldValue) -> bool:
    """Whether the field takes the value."""
    shown = ",".join(map(str, value)) if isinstance(value, tuple) else value
    return read_field(spec, shown) == value


def _named(operand: Operand) -> list[Name]:
    if operand.kind in {OperandKind.LITERAL, OperandKind.PARAMETER}:
        return []
    return [(operand.kind.value, operand.name)]
