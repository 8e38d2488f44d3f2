"""Circles across workflows: rows that fire by themselves and keep giving each other cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.checking.findings import Checked, Code, Problem
from lifecycle.checking.paths import shortest, target_from
from lifecycle.checking.strata import facts_of, sources
from lifecycle.checking.writes import tables_of
from lifecycle.sources import case_source, state_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lifecycle.definition import Transition

Step = tuple[str, int]
"""A workflow and the number of one of its rows."""


@dataclass(frozen=True, slots=True)
class _Row:
    """An automatic row: what its conditions read, and what firing it writes."""

    checked: Checked
    row: Transition
    reads: frozenset[str]
    writes: frozenset[str]

    def causes(self, other: _Row) -> bool:
        """Whether `other` may fire because this row did."""
        if other.checked is not self.checked:
            return not self.writes.isdisjoint(other.reads)
        # Within a workflow the rows follow each other through its states.
        ends = {target_from(self.row, state) for state in self.row.source}
        return not ends.isdisjoint(other.row.source)


def check_crossing(all_checked: Sequence[Checked]) -> Iterable[Problem]:
    """Circles of automatic rows over two workflows or more.

    One row gives cause to another workflow's when it writes what a condition there reads. Which
    values it writes is not asked: strata keep such circles away, and only effects that write
    register tables can bring one about where no condition reads upward.
    """
    rows = {step: one for checked in all_checked for step, one in _automatic(checked)}
    onward = {step: [other for other in rows if rows[step].causes(rows[other])] for step in rows}
    seen: set[frozenset[Step]] = set()
    for start, row in rows.items():
        circle = _circle(start, onward)
        if len({workflow for workflow, _ in circle}) < 2 or frozenset(circle) in seen:  # noqa: PLR2004 - two workflows
            continue
        seen.add(frozenset(circle))
        names = [f"{rows[one].checked.workflow.workflow}.{rows[one].row.event}" for one in circle]
        yield row.checked.problem(
            Code.CROSS_CIRCLE,
            ("transitions", start[1]),
            f"{', '.join(names)} can keep giving each other cause",
            names,
        )


def _automatic(checked: Checked) -> Iterator[tuple[Step, _Row]]:
    workflow = checked.workflow
    for number, row in checked.numbered():
        if not row.automatic:
            continue
        names = {name for guard in row.guards for name in facts_of(checked, guard)}
        writes = {state_source(workflow.workflow), *tables_of(checked, row)}
        if row.is_opening or (row.target in workflow.states and workflow.states[row.target].final):
            writes.add(case_source(workflow.workflow))
        reads = sources(checked, row.for_each or workflow.subject, names)
        yield (workflow.workflow, number), _Row(checked, row, reads, frozenset(writes))


def _circle(start: Step, onward: Mapping[Step, Sequence[Step]]) -> tuple[Step, ...]:
    """The shortest way from a row back to it through another workflow, or nothing."""

    def further(node: tuple[Step, bool]) -> Iterable[tuple[str, tuple[Step, bool]]]:
        here, left = node
        for there in onward[here]:
            yield f"{there[0]} {there[1]}", (there, left or there[0] != start[0])

    found = shortest({(start, False): ()}, further)
    labels = found.get((start, True), ())
    steps = [label.rpartition(" ") for label in labels[:-1]]
    return (start, *((name, int(number)) for name, _, number in steps)) if labels else ()
