"""What a scenario expects of a case after a step, and how what came differs from it."""

from __future__ import annotations

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


def problems_of(
    connection: Connection, view: CaseView, wanted: Mapping[str, Any], today: date
) -> list[str]:
    """Everything in which the case differs from what a step expects of it."""
    problems = [
        f"{name} is {found}, expected {one}"
        for name, found, one in _compared(view, wanted)
        if found != one
    ]
    for rule, due in wanted.get("deadlines", {}).items():
        problems += _deadline_problems(view, rule, due)
    if "overdue" in wanted:
        overdue = sorted(one.rule for one in view.deadlines if is_overdue(one, today))
        if overdue != sorted(wanted["overdue"]):
            problems.append(f"overdue: {overdue}, expected {wanted['overdue']}")
    if {"notices", "no_notices"} & set(wanted):
        problems += _notice_problems(connection, view, wanted)
    return problems


def _compared(view: CaseView, wanted: Mapping[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    """Name, value found and value wanted of everything that is simply compared."""
    found = {"state": view.state, "since": view.state_since_on, "last_on": view.last_on}
    for name, value in found.items():
        if name in wanted:
            yield name, value, wanted[name]
    for name, value in wanted.get("fields", {}).items():
        yield name, view.fields.get(name), value


def _notice_problems(
    connection: Connection, view: CaseView, wanted: Mapping[str, Any]
) -> Iterable[str]:
    o = outbox.c
    statement = sa.select(o.notice, o.stage).where(o.case_id == view.id, o.status != "withdrawn")
    rows = connection.execute(statement).all()
    owed = {f"{row.notice} {row.stage}" for row in rows} | {row.notice for row in rows}
    for one in wanted.get("notices", []):
        if one not in owed:
            yield f"owes no {one}; it owes {sorted(owed)}"
    for one in wanted.get("no_notices", []):
        if one in owed:
            yield f"owes {one}"


def _deadline_problems(view: CaseView, rule: str, due: Any) -> Iterable[str]:  # noqa: ANN401
    """`D8: 2026-01-21` (open then), `D8: met`, or `D8: none` (no row at all)."""
    row = view.deadline(rule)
    if row is None:
        if due != "none":
            yield f"has no {rule}, expected {due}"
        return
    if isinstance(due, str) and due.startswith("provisional "):
        found: object = f"{'provisional ' if row.provisional else ''}{row.due_on}"
    elif isinstance(due, str):
        found = str(row.status)
    else:
        found = row.due_on if row.is_running else f"{row.due_on} ({row.status})"
    if found != due:
        yield f"{rule} is {found}, expected {due}; {dict(row.derivation)}"


def refusal_problems(wanted: Sequence[str], refused: TransitionRefusedError | None) -> list[str]:
    """What the refusal of an event lacks of the conditions that it should have named."""
    if refused is None:
        return [f"the event was recorded; expected a refusal for {wanted}"]
    unmet = {one.id for one in refused.findings if not one.met}
    return [f"unmet: {sorted(unmet)}, expected {wanted}"] if set(wanted) - unmet else []


def figure_problems(
    connection: Connection, registry: Registry, wanted: Mapping[str, Any], on: date
) -> list[str]:
    """`I3: [10, 33, true]`: numerator, denominator and verdict of the whole register on the day."""
    if not wanted:
        return []
    figures = report(connection, registry, on).by_id
    problems = []
    for name, expected in wanted.items():
        one = figures[name]
        found = [one.numerator, one.denominator, one.met][: len(expected)]
        if found != list(expected):
            problems.append(f"{name} is {found}, expected {expected}; behind it: {one.behind}")
    return problems


def stage_problems(
    connection: Connection, registry: Registry, unit_id: int, wanted: Mapping[str, Any], on: date
) -> list[str]:
    """`D1: 2011-06-07` (ahead then) or `D1: met` (frozen), of a jurisdiction's programme."""
    problems = []
    for one in stages(connection, registry, unit_id, on):
        expected = wanted.get(one.name)
        found = one.due_on if one.status == "open" else one.status
        if expected is not None and found != expected:
            problems.append(f"{one.name} is {found} ({one.due_on}), expected {expected}")
    return problems


def told_problems(connection: Connection, wanted: Sequence[str]) -> list[str]:
    """`told: [N26]`: notices about no single case, to units."""
    if not wanted:
        return []
    o = outbox.c
    rows = connection.execute(sa.select(o.notice).where(o.case_id.is_(None)).distinct()).scalars()
    owed = set(rows)
    return [f"owes no {one}; it owes {sorted(owed)}" for one in wanted if one not in owed]
