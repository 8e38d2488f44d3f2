"""Logging in and out: sessions, tokens, foreign pages, guessing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.accounts import logins
from lifecycle.accounts.grants import arrange_substitute, grants_of, revoke
from lifecycle.accounts.passwords import hashed
from lifecycle.accounts.people import account_of, disable
from lifecycle.accounts.tables import account, login_session
from tests.web.town import PASSWORD, TODAY, login_of
from web.guard import COOKIE, VISITOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tests.web.town import Town


def test_who_is_not_logged_in_is_led_to_the_login_and_back(town: Town) -> None:
    visitor = town.visitor()

    asked = visitor.get("/work?whose=all")
    assert (asked.status_code, asked.headers["location"]) == (
        303,
        "/login?next=%2Fwork%3Fwhose%3Dall",
    )
    page = visitor.get(asked.headers["location"])
    assert 'value="/work?whose=all"' in page.text
    entered = visitor.post(
        "/login", "/login", login=login_of(Role.CASE_OFFICER, "east"), password=PASSWORD,
        next="/work?whose=all",
    )  # fmt: skip
    assert (entered.status_code, entered.headers["location"]) == (303, "/work?whose=all")
    assert visitor.get("/work").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/work\r\nSet-Cookie: a=b",
        "",
    ],
)
def test_a_login_leads_to_local_pages_only(town: Town, wanted: str) -> None:
    visitor = town.visitor()

    entered = visitor.post(
        "/login", "/login", login=login_of(Role.AUDITOR, "city"), password=PASSWORD, next=wanted
    )

    assert entered.headers["location"] == "/"


def test_a_login_begins_a_session_that_no_earlier_page_knew(town: Town) -> None:
    visitor = town.visitor()
    visitor.client.cookies.set(COOKIE, "chosen-by-somebody-else")

    visitor.log_in(login_of(Role.CASE_OFFICER, "east"))

    token = visitor.client.cookies.get(COOKIE, domain="desk.test", path="/")
    assert token != "chosen-by-somebody-else"
    again = town.visitor()
    again.client.cookies.set(COOKIE, "chosen-by-somebody-else")
    assert again.get("/work").status_code == 303


def test_cookies_are_kept_from_scripts_and_other_sites(town: Town) -> None:
    visitor = town.visitor()
    asked = visitor.get("/login")
    entered = visitor.log_in(login_of(Role.CASE_OFFICER, "east"))

    for answer, name in ((asked, VISITOR), (entered, COOKIE)):
        cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(name))
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie


def test_after_logging_out_the_token_opens_nothing(town: Town) -> None:
    visitor = town.officer()
    token = visitor.client.cookies[COOKIE]

    assert visitor.post("/logout").status_code == 303

    thief = town.visitor()
    thief.client.cookies.set(COOKIE, token)
    assert thief.get("/work").status_code == 303
    assert town.rows(sa.select(login_session)) == []


def test_a_revoked_role_is_gone_with_the_next_request(town: Town) -> None:
    visitor = town.officer()
    assert visitor.get("/work").status_code == 200
    login = login_of(Role.CASE_OFFICER, "east")
    number = town.app.read(lambda c: grants_of(c, account_of(c, login).id)[0].id)

    town.app.write(lambda c: revoke(c, number, on=TODAY, by="test", now=town.wall()))

    assert visitor.get("/work").status_code == 403


def test_a_disabled_account_is_out_with_the_next_request(town: Town) -> None:
    visitor = town.officer()
    login = login_of(Role.CASE_OFFICER, "east")

    town.app.write(lambda c: disable(c, account_of(c, login).id, town.wall()))

    assert visitor.get("/work").status_code == 303


def test_a_session_left_alone_ends(town: Town) -> None:
    visitor = town.officer()
    town.wall.pass_time(hours=1, minutes=59)
    assert visitor.get("/work").status_code == 200
    town.wall.pass_time(hours=1, minutes=59)
    assert visitor.get("/work").status_code == 200
    town.wall.pass_time(hours=2)
    assert visitor.get("/work").status_code == 303


def test_a_one_time_password_is_replaced_before_anything_else(town: Town) -> None:
    login = login_of(Role.CASE_OFFICER, "east")
    visitor = town.visitor(login)
    change = sa.update(account).where(account.c.login == login).values(must_change=True)
    town.app.write(lambda c: c.execute(change))

    assert visitor.get("/work").headers["location"] == "/password"
    short = visitor.post("/password", old=PASSWORD, new="short", again="short")
    assert (short.status_code, "密码须为 10 至" in short.text) == (400, True)
    other = visitor.post("/password", old=PASSWORD, new="long enough now", again="long enough")
    assert other.status_code == 400
    visitor.post("/password", old=PASSWORD, new="long enough now", again="long enough now")
    assert visitor.get("/work").status_code == 200


def test_a_wrong_password_says_not_which_part_is_wrong(town: Town) -> None:
    visitor = town.visitor()

    texts = {
        visitor.post("/login", "/login", login=login, password="not the password").text.replace(
            login, ""
        )
        for login in (login_of(Role.CASE_OFFICER, "east"), "not-anybody")
    }

    assert len({text[text.index("problem") :][:200] for text in texts}) == 1
    assert COOKIE not in visitor.client.cookies


def test_guessing_is_slowed_down(town: Town) -> None:
    visitor = town.visitor()
    login = login_of(Role.CASE_OFFICER, "east")

    codes = [
        visitor.post("/login", "/login", login=login, password=f"guess {number}").status_code
        for number in range(15)
    ]

    assert codes == [400] * 10 + [429] * 5
    assert visitor.log_in(login).status_code == 429
    town.wall.pass_time(minutes=15)
    assert visitor.log_in(login).status_code == 303


def test_the_own_password_is_not_guessed_where_it_is_changed(town: Town) -> None:
    visitor = town.officer()
    new = "long enough now"

    def change(old: str) -> int:
        return visitor.post("/password", old=old, new=new, again=new).status_code

    assert [change(f"guess {number}") for number in range(12)] == [400] * 10 + [429] * 2
    assert change(PASSWORD) == 429
    assert town.visitor().log_in(login_of(Role.CASE_OFFICER, "east")).status_code == 429
    town.wall.pass_time(minutes=15)
    assert change(PASSWORD) == 200
    entered = town.visitor()
    assert entered.log_in(login_of(Role.CASE_OFFICER, "east"), new).status_code == 303


def test_a_password_is_hashed_where_no_writer_waits(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing: list[bool] = []
    inside = [False]
    own = town.desk.write

    def write(work: Callable[[Connection], object]) -> object:
        inside[0] = True
        try:
            return own(work)
        finally:
            inside[0] = False

    def hashing(password: str, login: str) -> str:
        writing.append(inside[0])
        return hashed(password, login)

    monkeypatch.setattr(type(town.desk), "write", lambda _, work: write(work))
    monkeypatch.setattr(logins, "hashed", hashing)
    new = "long enough now"

    assert town.officer().post("/password", old=PASSWORD, new=new, again=new).status_code == 200
    assert writing == [False]


def test_one_s_own_sessions_are_listed_and_can_be_ended_those_of_others_not(town: Town) -> None:
    first, second, other = town.officer(), town.officer(), town.officer(Role.AUDITOR)
    rows = town.app.read(lambda c: logins.sessions(c, town.wall()))
    mine = sorted(row["id"] for row in rows if row["login"] == login_of(Role.CASE_OFFICER, "east"))

    assert first.get("/sessions").text.count("<tr>") == 3
    other.post(f"/sessions/{mine[1]}/end")
    assert second.get("/work").status_code == 200
    first.post(f"/sessions/{mine[1]}/end")

    assert second.get("/work").status_code == 303
    assert first.get("/work").status_code == 200


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_language_is_chosen_and_kept(town: Town, language: str) -> None:
    visitor = town.visitor()

    visitor.get(f"/language/{language}?next=/login")

    told = {"zh": "登录", "en": "Log in"}[language]
    assert f"<h1>{told}</h1>" in visitor.get("/login").text


def test_a_substitute_acts_for_the_absent_and_says_so(town: Town) -> None:
    absent, substitute = login_of(Role.CASE_OFFICER, "east"), login_of(Role.AUDITOR, "west")

    def arrange(connection: sa.Connection) -> None:
        arrange_substitute(
            connection,
            absent_id=account_of(connection, absent).id,
            substitute_id=account_of(connection, substitute).id,
            from_on=TODAY,
            until_on=TODAY + timedelta(days=3),
            by="test",
            now=town.wall(),
        )

    town.app.write(arrange)
    visitor = town.visitor(substitute)
    branch = town.branch("east")
    assert visitor.get(f"/cases/{branch}").status_code == 404

    assert visitor.post("/acting-for", login="nobody").status_code == 400
    visitor.post("/acting-for", login=absent)

    page = visitor.get(f"/cases/{branch}")
    assert page.status_code == 200
    assert f"代 {absent}" in page.text
