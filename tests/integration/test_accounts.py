"""Accounts, roles for a time, substitutes, sessions: on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar, cast

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.accounts import logins, throttle
from lifecycle.accounts.errors import AccessError, AccessProblem
from lifecycle.accounts.grants import (
    arrange_substitute,
    grant,
    grants_of,
    revoke,
    seat_of,
    units_below,
)
from lifecycle.accounts.passwords import fits
from lifecycle.accounts.people import account_of, create_account, disable
from lifecycle.accounts.tables import account, login_attempt, login_session
from lifecycle.store.session import create_engine, in_transaction
from lifecycle.store.tables import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

T = TypeVar("T")

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 2)
PARENTS = {1: None, 2: 1, 3: 2, 4: 1}


class Desk:
    """A database with a tree of units: 1 above 2 (above 3) and 4."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        self.do(self._units)

    def do(self, work: Callable[[Connection], T]) -> T:
        return in_transaction(self.engine, work)

    @staticmethod
    def _units(connection: Connection) -> None:
        for number, parent in PARENTS.items():
            row = {"id": number, "name": f"unit {number}", "parent_id": parent}
            connection.execute(sa.insert(unit).values(row | {"level": "county", "kind": "area"}))

    def person(self, login: str, *held: tuple[Role, int | None]) -> str:
        def make(connection: Connection) -> str:
            password = create_account(connection, login=login, name=login, by="test", now=NOW)
            number = account_of(connection, login).id
            for role, unit_id in held:
                self._grant(connection, number, role, unit_id)
            return password

        return self.do(make)

    @staticmethod
    def _grant(connection: Connection, number: int, role: str, unit_id: int | None) -> int:
        return grant(
            connection,
            account_id=number,
            role=role,
            unit_id=unit_id,
            from_on=TODAY,
            until_on=None,
            by="test",
            now=NOW,
        )

    def login(self, login: str, password: str, at: datetime = NOW, address: str = "::1") -> str:
        return logins.try_login(
            self.do, login=login, password=password, address=address, agent="test", now=at
        )


@pytest.fixture
def desk(migrated_url: str) -> Iterator[Desk]:
    made = Desk(migrated_url)
    yield made
    made.engine.dispose()


def test_a_role_holds_for_its_unit_and_below_and_nowhere_else(desk: Desk) -> None:
    desk.person("wang", (Role.CASE_OFFICER, 2), (Role.APPROVER, 4))

    seat = desk.do(lambda c: seat_of(c, account_of(c, "wang"), PARENTS, TODAY))

    assert {number: seat.roles_at(number) for number in (*PARENTS, None)} == {
        1: frozenset(),
        2: {Role.CASE_OFFICER},
        3: {Role.CASE_OFFICER},
        4: {Role.APPROVER},
        None: frozenset(),
    }
    assert units_below(PARENTS, 1) == {1, 2, 3, 4}


def test_a_role_holds_on_its_days_only(desk: Desk) -> None:
    desk.person("wang", (Role.CASE_OFFICER, 2))

    def roles(connection: Connection, on: date) -> frozenset[Role]:
        return seat_of(connection, account_of(connection, "wang"), PARENTS, on).roles

    assert desk.do(lambda c: roles(c, TODAY - timedelta(days=1))) == frozenset()
    assert desk.do(lambda c: roles(c, TODAY)) == {Role.CASE_OFFICER}
    number = desk.do(lambda c: grants_of(c, account_of(c, "wang").id)[0].id)
    desk.do(lambda c: revoke(c, number, on=TODAY, by="admin", now=NOW))
    assert desk.do(lambda c: roles(c, TODAY)) == frozenset()
    ended = desk.do(lambda c: grants_of(c, account_of(c, "wang").id))[0]
    assert (ended.from_on, ended.until_on) == (TODAY, TODAY)


def test_the_same_role_is_not_granted_twice_for_the_same_days(desk: Desk) -> None:
    desk.person("wang", (Role.CASE_OFFICER, 2))

    with pytest.raises(AccessError) as error:
        desk.do(lambda c: desk._grant(c, account_of(c, "wang").id, Role.CASE_OFFICER, 2))

    assert error.value.problem is AccessProblem.ALREADY_GRANTED


def test_nobody_is_granted_the_role_of_the_clock(desk: Desk) -> None:
    for role in (Role.SCHEDULER.value, "king"):
        with pytest.raises(AccessError) as error:
            desk.person(f"li-{role}", (cast("Role", role), 2))
        assert error.value.problem is AccessProblem.NO_ROLE


def test_nobody_administers_a_single_unit(desk: Desk) -> None:
    with pytest.raises(AccessError) as error:
        desk.person("li", (Role.ADMINISTRATOR, 2))

    assert error.value.problem is AccessProblem.NOT_FOR_A_UNIT


def test_the_last_administrator_stays(desk: Desk) -> None:
    desk.person("root", (Role.ADMINISTRATOR, None))
    number = desk.do(lambda c: grants_of(c, account_of(c, "root").id)[0].id)

    with pytest.raises(AccessError) as error:
        desk.do(lambda c: revoke(c, number, on=TODAY, by="root", now=NOW))
    assert error.value.problem is AccessProblem.LAST_ADMINISTRATOR

    desk.person("second", (Role.ADMINISTRATOR, None))
    desk.do(lambda c: revoke(c, number, on=TODAY, by="second", now=NOW))


def test_a_substitute_acts_in_the_roles_of_the_absent_while_the_absence_lasts(desk: Desk) -> None:
    desk.person("wang", (Role.CASE_OFFICER, 2), (Role.ADMINISTRATOR, None))
    desk.person("li", (Role.AUDITOR, None))
    absent, substitute = desk.do(lambda c: (account_of(c, "wang"), account_of(c, "li")))
    until = TODAY + timedelta(days=7)
    desk.do(
        lambda c: arrange_substitute(
            c,
            absent_id=absent.id,
            substitute_id=substitute.id,
            from_on=TODAY,
            until_on=until,
            by="test",
            now=NOW,
        )
    )

    during = desk.do(lambda c: seat_of(c, substitute, PARENTS, TODAY, absent.id))
    after = desk.do(lambda c: seat_of(c, substitute, PARENTS, until, absent.id))

    assert (during.login, during.on_behalf_of) == ("li", "wang")
    assert during.roles == {Role.CASE_OFFICER}, "neither the own roles nor the machine's"
    assert during.actor_at(3).answerable == {"li", "wang"}
    assert after.roles == frozenset()


def test_a_password_opens_a_session_and_only_its_hash_is_kept(desk: Desk) -> None:
    password = desk.person("wang")

    token = desk.login("Wang ", password)

    found = desk.do(lambda c: logins.login_of(c, token, NOW))
    assert found is not None
    assert found.account.login == "wang"
    assert found.account.must_change
    stored = desk.do(lambda c: c.execute(sa.select(login_session.c.token_hash)).scalar_one())
    assert token.encode() not in bytes(stored)
    kept = desk.do(lambda c: c.execute(sa.select(account.c.password)).scalar_one())
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert fits(password, kept)


@pytest.mark.parametrize(
    ("used_after", "asked_after", "open_"),
    [
        (timedelta(), logins.IDLE - timedelta(seconds=1), True),
        (timedelta(), logins.IDLE, False),
        (timedelta(hours=1), timedelta(hours=2), True),
        (logins.LASTS - timedelta(seconds=2), logins.LASTS - timedelta(seconds=1), True),
        (logins.LASTS - timedelta(seconds=2), logins.LASTS, False),
    ],
)
def test_a_session_ends_when_it_is_left_alone_and_after_a_working_day(
    desk: Desk,
    used_after: timedelta,
    asked_after: timedelta,
    open_: bool,  # noqa: FBT001 - a parameter
) -> None:
    token = desk.login("wang", desk.person("wang"))
    login = desk.do(lambda c: logins.login_of(c, token, NOW))
    assert login is not None
    desk.do(lambda c: logins.note_seen(c, login, NOW + used_after))

    found = desk.do(lambda c: logins.login_of(c, token, NOW + asked_after))

    assert (found is not None) is open_


def test_a_disabled_account_is_out_at_once(desk: Desk) -> None:
    password = desk.person("wang")
    token = desk.login("wang", password)

    desk.do(lambda c: disable(c, account_of(c, "wang").id, NOW))

    assert desk.do(lambda c: logins.login_of(c, token, NOW)) is None
    with pytest.raises(AccessError):
        desk.login("wang", password)


def test_a_changed_password_ends_the_other_sessions(desk: Desk) -> None:
    password = desk.person("wang")
    here, there = desk.login("wang", password), desk.login("wang", password)
    mine = desk.do(lambda c: logins.login_of(c, here, NOW))
    assert mine is not None

    logins.change_password(desk.do, mine, password, "a better password", "::1", NOW)

    assert desk.do(lambda c: logins.login_of(c, there, NOW)) is None
    kept = desk.do(lambda c: logins.login_of(c, here, NOW))
    assert kept is not None
    assert not kept.account.must_change


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        ("short", AccessProblem.WEAK_PASSWORD),
        ("x" * 201, AccessProblem.WEAK_PASSWORD),
        ("wang-wang-wang", AccessProblem.WEAK_PASSWORD),
    ],
)
def test_a_weak_password_is_refused(desk: Desk, new: str, problem: AccessProblem) -> None:
    password = desk.person("wang-wang-wang")
    token = desk.login("wang-wang-wang", password)
    mine = desk.do(lambda c: logins.login_of(c, token, NOW))
    assert mine is not None

    with pytest.raises(AccessError) as error:
        logins.change_password(desk.do, mine, password, new, "::1", NOW)
    assert error.value.problem is problem


def test_of_a_thousand_guesses_few_reach_the_hash(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.person("wang")
    hashed = []
    real = fits

    def counting(password: str, stored: str) -> bool:
        hashed.append(password)
        return real(password, stored)

    monkeypatch.setattr(logins, "fits", counting)
    problems = []
    for number in range(1000):
        at = NOW + number * (throttle.WINDOW / 1000)
        with pytest.raises(AccessError) as error:
            desk.login("wang" if number % 2 else f"guess{number}", f"secret {number}", at)
        problems.append(error.value.problem)

    assert 0 < len(hashed) <= 20
    assert set(problems) == {AccessProblem.WRONG_PASSWORD, AccessProblem.THROTTLED}


def test_after_the_window_the_right_password_fits_again(desk: Desk) -> None:
    password = desk.person("wang")
    for _ in range(throttle.PER_LOGIN):
        with pytest.raises(AccessError):
            desk.login("wang", "wrong password")
    with pytest.raises(AccessError) as error:
        desk.login("wang", password)
    assert error.value.problem is AccessProblem.THROTTLED

    desk.login("wang", password, NOW + throttle.WINDOW)

    left = desk.do(
        lambda c: c.execute(sa.select(sa.func.count()).select_from(login_attempt)).scalar_one()
    )
    assert left == 0, "what fitted is forgiven"


def test_a_grave_act_wants_the_password_again(desk: Desk) -> None:
    password = desk.person("wang")
    token = desk.login("wang", password)
    later = NOW + logins.GRAVE
    login = desk.do(lambda c: logins.login_of(c, token, later))
    assert login is not None
    assert not login.may_be_grave(later)

    with pytest.raises(AccessError):
        logins.confirm(desk.do, login, "wrong password", "::1", later)
    logins.confirm(desk.do, login, password, "::1", later)

    again = desk.do(lambda c: logins.login_of(c, token, later))
    assert again is not None
    assert again.may_be_grave(later)
