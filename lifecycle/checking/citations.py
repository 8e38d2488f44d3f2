"""Clauses: that every rule rests on one, and that plain practice says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.checking.findings import Checked, Code, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lifecycle.conditions import Guard

PRACTICE = "practice"


def check_citations(checked: Checked) -> Iterable[Problem]:
    """Rows, their conditions, deadlines and what suspends them: each cites a clause.

    That the clause exists was checked when the definition was read. `practice` is a clause for a
    row or a condition that says why.
    """
    for number, row in checked.numbered():
        at = ("transitions", number)
        yield from _cited(checked, at, row.event, row.cite, row.why)
        yield from _guards_cited(checked, (*at, "guards"), row.guards, row.why)
    for name, rule in checked.workflow.deadlines.items():
        yield from _cited(checked, ("deadlines", name), name, rule.cite, "")
        yield from _guards_cited(checked, ("deadlines", name, "pause_while"), rule.pause_while, "")


def _guards_cited(
    checked: Checked, at: tuple[str | int, ...], guards: Sequence[Guard], why: str
) -> Iterable[Problem]:
    for i, guard in enumerate(guards):
        yield from _cited(checked, (*at, i), guard.name, guard.cite, guard.why or why)


def _cited(
    checked: Checked, at: tuple[str | int, ...], name: str, cite: Sequence[str], why: str
) -> Iterable[Problem]:
    if not cite:
        yield checked.problem(Code.UNCITED, at, f"{name} cites no clause")
    elif set(cite) == {PRACTICE} and not why:
        yield checked.problem(Code.UNCITED, at, f"{name} rests on practice and does not say why")
