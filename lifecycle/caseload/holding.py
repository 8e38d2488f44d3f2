"""Taking a case in hand, handing it over, putting it aside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.accounts.tables import account
from lifecycle.caseload.tables import assignment
from lifecycle.errors import LifecycleError
from lifecycle.store.among import Among
from lifecycle.store.hot import Statement

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from sqlalchemy import Connection


class HoldingProblem(StrEnum):
    """Why a case cannot change hands; the catalogue has a sentence for each."""

    HELD_ALREADY = "held_already"
    """Somebody has it in hand."""
    NOT_HELD = "not_held"
    """Nobody has it in hand, or not the one who wants to put it aside or give it back."""
    CLOSED = "closed"
    """It is closed: there is nothing left to do in it."""
    NOT_AN_OFFICER = "not_an_officer"
    """The account holds no role for the case's unit in which it could act."""
    DAY_PAST = "day_past"
    """A day on which to look again lies ahead."""


class HoldingError(LifecycleError):
    """A case cannot change hands so."""

    def __init__(self, problem: HoldingProblem, case: str, **values: object) -> None:
        self.problem = problem
        self.case = case
        self.values = values
        super().__init__(f"{case}: {problem} {values}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a case in hand."""

    account_id: int
    login: str
    name: str
    since: datetime
    follow_up_on: date | None


def holder_of(connection: Connection, case_id: int) -> Holder | None:
    """Who has a case in hand; None when it waits to be claimed."""
    return holders_of(connection, [case_id]).get(case_id)


def holders_of(connection: Connection, case_ids: Collection[int]) -> dict[int, Holder]:
    """By case: who has it in hand; cases that wait to be claimed are not in it."""
    return {row[0]: Holder(*row[1:]) for row in _HOLDERS.rows(connection, ids=case_ids)}


_A = assignment.c
_HOLDERS = Statement(
    sa.select(
        _A.case_id, _A.account_id, account.c.login, account.c.name, _A.began_at, _A.follow_up_on
    )
    .join(account, account.c.id == _A.account_id)
    .where(Among(_A.case_id, "ids"), _A.ended_at.is_(None))
)


def claim(
    connection: Connection, ref: str, case_id: int, account_id: int, by: str, now: datetime
) -> None:
    """Takes a case in hand that nobody has.

    Raises:
        HoldingError: somebody has it.
    """
    held = holder_of(connection, case_id)
    if held is not None:
        raise HoldingError(HoldingProblem.HELD_ALREADY, ref, who=held.name, login=held.login)
    _begin(connection, case_id, account_id, by, now)


def hand_over(
    connection: Connection, case_id: int, account_id: int, by: str, now: datetime
) -> None:
    """Gives a case to an account, whoever has it."""
    release(connection, case_id, by, now)
    _begin(connection, case_id, account_id, by, now)


def release(connection: Connection, case_id: int, by: str, now: datetime) -> None:
    """Gives a case back: it waits to be claimed."""
    a = assignment.c
    ended = sa.update(assignment).where(a.case_id == case_id, a.ended_at.is_(None))
    connection.execute(ended.values(ended_at=now, ended_by=by))


def put_aside(
    connection: Connection, ref: str, case_id: int, account_id: int, until: date | None
) -> None:
    """Puts a case aside until a day, or takes it up again (None).

    Raises:
        HoldingError: the account has not got it in hand.
    """
    a = assignment.c
    held = sa.update(assignment).where(
        a.case_id == case_id, a.account_id == account_id, a.ended_at.is_(None)
    )
    if connection.execute(held.values(follow_up_on=until)).rowcount != 1:
        raise HoldingError(HoldingProblem.NOT_HELD, ref)


def _begin(connection: Connection, case_id: int, account_id: int, by: str, now: datetime) -> None:
    connection.execute(
        sa.insert(assignment).values(
            case_id=case_id, account_id=account_id, began_at=now, began_by=by
        )
    )
