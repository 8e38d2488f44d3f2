"""Correcting what stands in a subject's file: dated rows that no event of a case has brought."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lifecycle.backdating import go_back
from lifecycle.cases import EntryKind
from lifecycle.correcting.steps import personal_values
from lifecycle.errors import CorrectionImpossibleError, CorrectionProblem
from lifecycle.history import day_of
from lifecycle.plan import Plan
from lifecycle.register import RegisterAct, RegisterChange
from lifecycle.spans import orders_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from lifecycle.cases import CaseView, Subject
    from lifecycle.correcting.reenacting import Heading
    from lifecycle.history import Body
    from lifecycle.rulebook import Rulebook
    from lifecycle.work import Work

MERGED_WITH = "merged_with"
"""Among the details of an entry: the other of the two records that it merged."""

Asked = tuple["date | None", "Mapping[str, Any]", bool]
"""The right day, the right values by column, whether the entry is withdrawn."""


def rewrite_file(
    work: Work,
    book: Rulebook,
    view: CaseView,
    bodies: Sequence[Body],
    asked: Mapping[int, Asked],
    heading: Heading,
) -> tuple[list[date], set[Subject]]:
    """Takes entries of a file back and records what is right; the days and subjects concerned.

    Raises:
        CorrectionImpossibleError: an entry does not say what is to be put right, has merged
            two records (what belonged to one has gone on under the other since), or says that
            values were erased.
    """
    dropped = [one for one in bodies if one["seq"] in asked]
    for one in dropped:
        if MERGED_WITH in one["details"]:
            raise CorrectionImpossibleError(f"{view.ref}/{one['seq']}", CorrectionProblem.MERGED)
        if one["kind"] == EntryKind.ERASED:
            raise CorrectionImpossibleError(f"{view.ref}/{one['seq']}", CorrectionProblem.ERASED)
    kept = [one for one in bodies if one["seq"] not in asked]
    said = [(one, _orders(work, view, one)) for one in dropped]
    right = [
        (body, _right(work, view, body, orders, asked[body["seq"]]))
        for body, orders in said
        if not asked[body["seq"]][2]
    ]
    view, cause = _take_back(work, book, view, (kept, dropped), heading)
    for body, orders in right:
        plan = _said_right(view, body, orders, _orders(work, view, body), asked[body["seq"]][0])
        view = work.write(book, view, plan, cause)
    changes = [one for _, orders in (*said, *right) for one in orders]
    days = [day for one in changes for day in (one.from_on, one.until_on) if day is not None]
    days += [day_of(one) for one in dropped]
    subjects = {
        subject
        for one in changes
        for subject in work.registry.domain.subjects_of(one.table, {**one.key, **one.values})
    }
    return days, subjects | {view.subject}


def _take_back(
    work: Work,
    book: Rulebook,
    view: CaseView,
    parts: tuple[Sequence[Body], Sequence[Body]],
    heading: Heading,
) -> tuple[CaseView, int]:
    """Writes the entry that supersedes the wrong ones; the file after it, and its number."""
    kept, dropped = parts
    on = min(day_of(one) for one in dropped)
    rewound = go_back(work, book, view, kept, dropped, on)
    carrier = Plan(
        heading.kind,
        heading.event,
        view.state,
        view.state,
        on,
        fields=heading.fields,
        personal=frozenset(heading.fields),
        by_person=True,
        cite=("practice",),
        supersedes=rewound.supersedes,
        corrects=heading.corrects,
    )
    current = replace(rewound.view, deadlines=view.deadlines)
    return work.write(book, current, carrier, heading.cause), work.written[-1].entry_id


def _said_right(
    view: CaseView,
    body: Body,
    orders: Sequence[RegisterChange],
    wrong: Sequence[RegisterChange],
    on: date | None,
) -> Plan:
    """The entry that says what the wrong one should have said; its day moves with its rows."""
    moves = day_of(body) in {one.from_on for one in wrong}
    return Plan(
        EntryKind.EVENT,
        body["event"],
        view.state,
        view.state,
        (on if moves else None) or day_of(body),
        register=tuple(orders),
        by_person=True,
        cite=("practice",),
        details={"repeats": body["seq"]},
    )


def _orders(work: Work, view: CaseView, body: Body) -> list[RegisterChange]:
    """What an entry ordered, with the personal values that its body only commits to."""
    hidden = personal_values(work.connection, view.id, [body]).get(body["seq"], {})
    tables = work.registry.domain.tables
    found: list[RegisterChange] = []
    for order in orders_in(body, (work.now, 0, 0), tables):
        prefix = f"register.{order.position[3]}."
        personal = {
            name.removeprefix(prefix): value
            for name, value in hidden.items()
            if name.startswith(prefix)
        }
        found.append(replace(order.change, values={**order.change.values, **personal}))
    return found


def _right(
    work: Work, view: CaseView, body: Body, orders: Sequence[RegisterChange], asked: Asked
) -> list[RegisterChange]:
    """The orders as they should have been: on the right day, with the right values."""
    on, values, _ = asked
    ref = f"{view.ref}/{body['seq']}"
    wrong_on = _wrong_day(ref, body, orders) if on else None
    given = dict(values)
    right: list[RegisterChange] = []
    for order in orders:
        one = replace(order, from_on=on) if on and order.from_on == wrong_on else order
        named = [name for name in given if _is_about(name, one)]
        changed = {
            column: work.registry.domain.read_value(one.table, column, given.pop(name))
            for name, column in ((one, one.rpartition(".")[2]) for one in named)
        }
        right.append(replace(one, values={**one.values, **changed}))
    if given:
        possible = ", ".join(
            sorted({n for one in orders if one.act is RegisterAct.PUT for n in one.values})
        )
        raise CorrectionImpossibleError(ref, CorrectionProblem.NO_FIELD, ", ".join(given), possible)
    if right == list(orders):
        raise CorrectionImpossibleError(ref, CorrectionProblem.NOTHING)
    return right


def _wrong_day(ref: str, body: Body, orders: Sequence[RegisterChange]) -> date:
    """The day that is meant: that of the entry, or the one from which all its rows hold.

    Raises:
        CorrectionImpossibleError: its rows hold from several days, none of them the entry's.
    """
    days = sorted({one.from_on for one in orders if one.from_on is not None})
    if day_of(body) in days:
        return day_of(body)
    if len(days) != 1:
        told = ", ".join(map(str, days))
        raise CorrectionImpossibleError(ref, CorrectionProblem.SEVERAL_DAYS, told)
    return days[0]


def _is_about(name: str, order: RegisterChange) -> bool:
    """`employees`, or `headcount.employees` where two tables have a column of that name."""
    table, _, column = name.rpartition(".")
    is_put = order.act is RegisterAct.PUT
    return is_put and column in order.values and table in {"", order.table}
