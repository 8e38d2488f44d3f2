"""A workflow as the planner uses it: the definition and everything that its names stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lifecycle.conditions import LeftKind, Operand, OperandKind
from lifecycle.guards import BUILT_IN_FACTS, Situation, Vocabulary
from lifecycle.register import RegisterChange

if TYPE_CHECKING:
    from lifecycle.definition import DeadlineRule, Transition, Workflow
    from lifecycle.machine import Machine


EffectFunction = Callable[[Situation], Iterable[RegisterChange]]


@dataclass(frozen=True, slots=True)
class Effect:
    """A named change of the register that an event causes, with the facts that it reads."""

    name: str
    needs: tuple[str, ...]
    changes: EffectFunction


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

    def deciding_facts(self, rows: Sequence[Transition]) -> frozenset[str]:
        """The facts on which it depends what the rows do; what notices only tell is left out."""
        names = {name for row in rows for name in self._facts_of(row, telling=False)}
        return frozenset(names - BUILT_IN_FACTS)

    def guard_facts(self, row: Transition) -> frozenset[str]:
        """The facts that the row's conditions look at."""
        names = {name for guard in row.guards for name in self._guard_facts(guard)}
        return frozenset(names - BUILT_IN_FACTS)

    def pause_facts(self) -> frozenset[str]:
        """The facts on which suspending and resuming of this workflow's deadlines depends."""
        names: set[str] = set()
        for rule in self.workflow.deadlines.values():
            for guard in rule.pause_while:
                names |= self._guard_facts(guard)
        return frozenset(names - BUILT_IN_FACTS)

    def _facts_of(self, row: Transition, *, telling: bool = True) -> set[str]:
        guards = [*row.guards]
        operands = [*row.sets.values()]
        for use in row.opens:
            anchor = use.anchor or self.workflow.deadlines[use.deadline].anchor
            operands += anchor.latest_of
            guards += use.when
        names: set[str] = set()
        for notice in row.notices:
            names |= self.notice_facts(notice.notice) | set(notice.to) if telling else set()
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
        named = {*rule.to, *rule.copies, *rule.needs, *rule.values}
        return {one for one in named if one in self.vocabulary.facts and one not in known}

    def reminder_facts(self, rule: DeadlineRule) -> frozenset[str]:
        """The facts that choosing and writing a reminder of the deadline may look at."""
        names: set[str] = set()
        for reminder in rule.reminder:
            names |= self.notice_facts(reminder.notice) | set(reminder.to)
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
