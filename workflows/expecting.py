"""What a scenario expects of a case after a step, and how what came differs from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.deadlines import is_overdue
from lifecycle.store.tables import outbox
from workflows.indicators.reporting import report
from workflows.programme import stages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from lifecycle.errors import TransitionRefusedError
    from lifecycle.registry import Registry


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One expectation that did not hold."""

    kind: str
    """What was looked at: state, day, field, deadline, overdue, no_notice, notice, recorded,
    reasons, figure, stage, told, missing or still_open."""
    about: str
    """The case as the scenario names it, or nothing."""
    name: str = ""
    """The field, the deadline, the notice or the figure."""
    wanted: object = None
    found: object = None
    deadline_id: int | None = None
    """The deadline whose derivation says why the day is another."""
    case_id: int | None = None
    because: object = None
    """What the value found was made from: the derivation, or the rows behind a figure."""

    def __str__(self) -> str:
        what = f"{self.about} {self.kind} {self.name}".strip()
        why = f"; {self.because}" if self.because is not None else ""
        return f"{what}: expected {self.wanted}, found {self.found}{why}"


def problems_of(
    connection: Connection, reference: str, view: CaseView, wanted: Mapping[str, Any], today: date
) -> list[Mismatch]:
    """Everything in which the case differs from what a step expects of it."""
    problems = [
        Mismatch(kind, reference, name, one, found, case_id=view.id)
        for kind, name, found, one in _compared(view, wanted)
        if found != one
    ]
    for rule, due in wanted.get("deadlines", {}).items():
        problems += _deadline_problems(reference, view, rule, due)
    if "overdue" in wanted:
        overdue = sorted(one.rule for one in view.deadlines if is_overdue(one, today))
        if overdue != sorted(wanted["overdue"]):
            problems.append(Mismatch("overdue", reference, "", wanted["overdue"], overdue))
    if {"notices", "no_notices"} & set(wanted):
        problems += _notice_problems(connection, reference, view, wanted)
    return problems


def _compared(view: CaseView, wanted: Mapping[str, Any]) -> Iterable[tuple[str, str, Any, Any]]:
    """Kind, name, value found and value wanted of everything that is simply compared."""
    if "state" in wanted:
        yield "state", "state", view.state, wanted["state"]
    for name, value in (("since", view.state_since_on), ("last_on", view.last_on)):
        if name in wanted:
            yield "day", name, value, wanted[name]
    for name, value in wanted.get("fields", {}).items():
        yield "field", name, view.fields.get(name), value


def _notice_problems(
    connection: Connection, reference: str, view: CaseView, wanted: Mapping[str, Any]
) -> Iterable[Mismatch]:
    o = outbox.c
    statement = sa.select(o.notice, o.stage).where(o.case_id == view.id, o.status != "withdrawn")
    rows = connection.execute(statement).all()
    told = sorted({f"{row.notice} {row.stage}" for row in rows})
    owed = {*told, *(row.notice for row in rows)}
    for one in wanted.get("notices", []):
        if one not in owed:
            yield Mismatch("notice", reference, one, one, told)
    for one in wanted.get("no_notices", []):
        if one in owed:
            yield Mismatch("no_notice", reference, one, None, told)


def _deadline_problems(
    reference: str,
    view: CaseView,
    rule: str,
    due: Any,  # noqa: ANN401 - a day or a word
) -> Iterable[Mismatch]:
    """`D8: 2026-01-21` (open then), `D8: met`, or `D8: none` (no row at all)."""
    row = view.deadline(rule)
    if row is None:
        if due != "none":
            yield Mismatch("deadline", reference, rule, due, "none", case_id=view.id)
        return
    if isinstance(due, str) and due.startswith("provisional "):
        found: object = f"{'provisional ' if row.provisional else ''}{row.due_on}"
    elif isinstance(due, str):
        found = str(row.status)
    else:
        found = row.due_on if row.is_running else f"{row.due_on} ({row.status})"
    if found != due:
        why = dict(row.derivation)
        yield Mismatch("deadline", reference, rule, due, found, row.id, view.id, why)


def refusal_problems(
    reference: str, wanted: Sequence[str], refused: TransitionRefusedError | None
) -> list[Mismatch]:
    """What the refusal of an event lacks of the conditions that it should have named."""
    if refused is None:
        return [Mismatch("recorded", reference, "", wanted)]
    unmet = {one.id for one in refused.findings if not one.met}
    if set(wanted) <= unmet:
        return []
    return [Mismatch("reasons", reference, refused.event, wanted, sorted(unmet))]


def figure_problems(
    connection: Connection, registry: Registry, wanted: Mapping[str, Any], on: date
) -> list[Mismatch]:
    """`I3: [10, 33, true]`: numerator, denominator and verdict of the whole register on the day."""
    if not wanted:
        return []
    figures = report(connection, registry, on).by_id
    problems = []
    for name, expected in wanted.items():
        one = figures[name]
        found = [one.numerator, one.denominator, one.met][: len(expected)]
        if found != list(expected):
            problems.append(Mismatch("figure", "", name, expected, found, because=one.behind))
    return problems


def stage_problems(
    connection: Connection, registry: Registry, unit_id: int, wanted: Mapping[str, Any], on: date
) -> list[Mismatch]:
    """`D1: 2011-06-07` (ahead then) or `D1: met` (frozen), of a jurisdiction's programme."""
    problems = []
    for one in stages(connection, registry, unit_id, on):
        expected = wanted.get(one.name)
        found = one.due_on if one.status == "open" else one.status
        if expected is not None and found != expected:
            problems.append(Mismatch("stage", "", one.name, expected, found, because=one.due_on))
    return problems


def told_problems(connection: Connection, wanted: Sequence[str]) -> list[Mismatch]:
    """`told: [N26]`: notices about no single case, to units."""
    if not wanted:
        return []
    o = outbox.c
    rows = connection.execute(sa.select(o.notice).where(o.case_id.is_(None)).distinct()).scalars()
    owed = sorted(set(rows))
    return [Mismatch("told", "", one, one, owed) for one in wanted if one not in owed]
