"""Effects on a year of a Party body: it begins, and money is counted, allocated and paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.register import RegisterChange, create, put
from workflows.effects import effect
from workflows.facts.body_year import FUNDING, STATEMENT, funding_year_after

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.guards import Situation

_ROW = ("body_id", "year", "members", "due_cny", "carried_cny", "amount_cny", "paid_cny")


def _number(value: Any) -> int:  # noqa: ANN401 - a fact or field
    return value if isinstance(value, int) else 0


@effect()
def statement_year(situation: Situation) -> Iterable[RegisterChange]:
    """The year of a body that a statement is owed for; the new case's subject."""
    body_id, year = situation.case.subject.id, situation.effective_on.year
    yield create("body_year", body_id=body_id, year=year, matter=STATEMENT)


@effect()
def funding_year(situation: Situation) -> Iterable[RegisterChange]:
    """The year of a body that is funded; the new case's subject."""
    body_id, year = situation.case.subject.id, funding_year_after(situation.parameters)
    yield create("body_year", body_id=body_id, year=year, matter=FUNDING)


@effect("funding_members")
def count_members(situation: Situation) -> Iterable[RegisterChange]:
    """The members of the day of counting, frozen, and what the rate makes of them (P28)."""
    year, members = funding_year_after(situation.parameters), situation.fact("funding_members")
    due = _number(members) * situation.parameters.integer("P28")
    key = {"body_id": situation.case.subject.id, "year": year}
    values = {"members": members, "due_cny": due, "paid_cny": 0}
    yield put("funding", key, values, situation.effective_on)


def _row(situation: Situation, **changed: int) -> RegisterChange:
    key = {name: situation.fact(name) for name in ("body_id", "year")}
    as_is = {name: situation.fact(name) for name in _ROW if name not in key}
    return put("funding", key, {**as_is, **changed}, situation.effective_on)


@effect("carried_over", *_ROW)
def allocate(situation: Situation) -> Iterable[RegisterChange]:
    """The amount, with what the year before left."""
    amount = _number(situation.fields.get("amount_cny"))
    yield _row(situation, amount_cny=amount, carried_cny=_number(situation.fact("carried_over")))


@effect(*_ROW)
def add_support(situation: Situation) -> Iterable[RegisterChange]:
    """What the superior adds; nothing when the request was declined (R64)."""
    amount = _number(situation.fact("amount_cny")) + _number(situation.fields.get("sum_cny"))
    yield _row(situation, amount_cny=amount)


@effect(*_ROW)
def pay(situation: Situation) -> Iterable[RegisterChange]:
    """Vouchers cover the amount."""
    yield _row(situation, paid_cny=_number(situation.fields.get("vouchers_cny")))


@effect(*_ROW)
def close_year(situation: Situation) -> Iterable[RegisterChange]:
    """What was allocated and not paid is carried over."""
    rest = _number(situation.fact("amount_cny")) - _number(situation.fact("paid_cny"))
    yield _row(situation, rest_cny=max(rest, 0))
