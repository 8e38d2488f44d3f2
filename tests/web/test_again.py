"""A form that waits for the password or a login comes back as it was sent, to its person only."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.accounts.grants import arrange_substitute
from lifecycle.accounts.logins import form_token
from lifecycle.accounts.people import account_of
from lifecycle.accounts.tables import login_session, substitution
from tests.property.world import fingerprint
from tests.web.town import PASSWORD, TODAY, login_of
from web.guard import COOKIE

if TYPE_CHECKING:
    from httpx2 import Response
    from sqlalchemy import Connection

    from tests.web.town import Town, Visitor

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
PATH = "/settings/users"
SENT = {"login": "new-one", "name": '"><b>&', "role": "auditor", "note": ""}


def hidden(text: str) -> dict[str, str]:
    """What the form of the page carries unseen, without its token."""
    form = text[text.index("<main") :]
    return {name: html.unescape(value) for name, value in HIDDEN.findall(form) if name != "_token"}


def test_a_form_waits_for_the_password_and_comes_back_as_it_was(town: Town) -> None:
    visitor = town.officer(Role.ADMINISTRATOR, "everywhere")
    town.wall.pass_time(minutes=11)

    asked = visitor.post(PATH, **SENT).text
    wrong = visitor.post("/confirm", **hidden(asked), password="no").text
    done = visitor.post("/confirm", **hidden(wrong), password=PASSWORD).text

    assert hidden(asked) == {"_then": PATH, **{f"_carried.{n}": v for n, v in SENT.items()}}
    assert hidden(wrong) == hidden(asked)
    assert hidden(done) == SENT
    assert f'method="post" action="{PATH}"' in done
    assert PASSWORD not in done
    assert "<b>" not in done[done.index('<form class="narrow') :]


@pytest.mark.parametrize("path", ["//elsewhere.test/x", "https://elsewhere.test/", "/\\x", ""])
def test_it_goes_to_no_other_place(town: Town, path: str) -> None:
    visitor = town.officer(Role.ADMINISTRATOR, "everywhere")

    done = visitor.post("/confirm", _then=path, password=PASSWORD).text

    assert 'method="post" action="/"' in done
    assert "elsewhere" not in done


def test_a_form_with_files_is_not_carried(town: Town) -> None:
    visitor = town.officer(Role.ADMINISTRATOR, "everywhere")
    town.wall.pass_time(minutes=11)

    answer = visitor.client.post(
        "/settings/calendars",
        data={"_token": visitor.token()},
        files={"file": ("2027.yaml", b"year: 2027", "text/yaml")},
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/confirm")


OFFICER = login_of(Role.CASE_OFFICER, "east")
REMARK = {"_request": "once", "text": '第一行\n"><b>第二行'}


def left_open(town: Town, visitor: Visitor, **fields: str) -> dict[str, str]:
    """A remark in a form that stays open until the session has ended."""
    sent = {"_token": visitor.token(), **(fields or REMARK)}
    town.wall.pass_time(hours=2)
    return sent


def logs_in(visitor: Visitor, asked: Response, login: str, password: str = PASSWORD) -> Response:
    """The login on the page that was shown, with everything that it carries."""
    token = re.findall(r'name="_token" value="([^"]+)"', asked.text)[0]
    given = {**hidden(asked.text), "_token": token, "login": login, "password": password}
    return visitor.client.post("/login", data=given)


def test_a_form_that_was_open_when_the_login_ended_waits_for_the_same_person(town: Town) -> None:
    visitor, path = town.officer(), f"/cases/{town.branch()}/comment"
    sent = left_open(town, visitor)
    before = town.app.read(fingerprint)

    asked = visitor.client.post(path, data=sent)
    wrong = logs_in(visitor, asked, OFFICER, "not the password")
    back = logs_in(visitor, wrong, OFFICER)

    assert (asked.status_code, wrong.status_code, back.status_code) == (401, 400, 200)
    assert "登录已过期" in asked.text
    carried = {"_then": path, **{f"_carried.{name}": text for name, text in REMARK.items()}}
    assert hidden(asked.text) == hidden(wrong.text) == {"next": "/", **carried}
    assert hidden(back.text) == REMARK
    assert "重新提交" in back.text
    assert f'method="post" action="{path}"' in back.text
    assert PASSWORD not in back.text
    assert "<b>" not in "".join(one.text for one in (asked, wrong, back))
    assert town.app.read(fingerprint) == before, "nothing is done before it is sent again"
    token = re.findall(r'name="_token" value="([^"]+)"', back.text)[-1]
    assert token != sent["_token"]
    done = visitor.client.post(path, data={**hidden(back.text), "_token": token})
    assert done.status_code == 303
    assert "&lt;b&gt;第二行" in visitor.get(done.headers["location"]).text


def test_nobody_else_is_handed_the_form(town: Town) -> None:
    visitor = town.officer()
    sent = left_open(town, visitor)
    before = town.app.read(fingerprint)
    asked = visitor.client.post(f"/cases/{town.branch()}/comment", data=sent)

    back = logs_in(visitor, asked, login_of(Role.CASE_OFFICER, "city"))

    assert hidden(back.text) == {}
    assert "第二行" not in back.text
    assert "表单是以另一账号填写的" in back.text
    assert visitor.get("/work").status_code == 200, "the login itself holds"
    assert town.app.read(fingerprint) == before


def test_what_no_page_of_ours_sent_is_neither_shown_nor_carried(town: Town) -> None:
    visitor, path = town.officer(), f"/cases/{town.branch()}/comment"
    sent = left_open(town, visitor)
    before = town.app.read(fingerprint)

    answers = [
        visitor.client.post(path, data=data, headers=headers)
        for data, headers in (
            (sent, {"Origin": "https://evil.example"}),
            (sent, {"Origin": "null"}),
            (sent, {"Sec-Fetch-Site": "cross-site"}),
            ({**sent, "_token": ""}, {}),
            ({**sent, "_token": form_token("")}, {}),
            ({**sent, "_token": form_token("another")}, {}),
        )
    ]
    bare = town.visitor()
    answers.append(bare.client.post(path, data={**sent, "_token": form_token("")}))

    assert [one.status_code for one in answers] == [403] * len(answers)
    assert all("第二行" not in one.text for one in answers)
    assert town.app.read(fingerprint) == before


def test_a_session_that_never_was_hands_nothing_over(town: Town) -> None:
    visitor, path = town.visitor(), f"/cases/{town.branch()}/comment"
    visitor.client.cookies.set(COOKIE, "chosen-by-somebody-else")

    asked = visitor.client.post(
        path, data={**REMARK, "_token": form_token("chosen-by-somebody-else")}
    )

    assert asked.status_code == 401
    assert "第二行" not in asked.text
    token = re.findall(r'name="_token" value="([^"]+)"', asked.text)[0]
    forged = {"_token": token, "_then": path, "_carried.text": "x", "login": OFFICER}
    back = visitor.client.post("/login", data={**forged, "password": PASSWORD})
    assert hidden(back.text) == {}


def test_a_session_that_somebody_ended_hands_nothing_over(town: Town) -> None:
    visitor = town.officer()
    sent = left_open(town, visitor)
    town.app.write(lambda c: c.execute(sa.delete(login_session)))

    asked = visitor.client.post(f"/cases/{town.branch()}/comment", data=sent)

    assert asked.status_code == 401
    assert "已填写的内容无法保留" in asked.text
    assert "第二行" not in asked.text


def test_the_logins_of_others_do_not_make_it_forgotten_for_half_a_day(town: Town) -> None:
    visitor = town.officer()
    sent = left_open(town, visitor)

    carried = []
    for _ in range(2):
        town.visitor(login_of(Role.AUDITOR, "city"))
        asked = visitor.client.post(f"/cases/{town.branch()}/comment", data=sent)
        carried.append("_carried.text" in hidden(asked.text))
        assert visitor.get("/work").status_code == 303, "it opens nothing"
        town.wall.pass_time(hours=12)

    assert carried == [True, False]


def test_the_form_that_waited_for_the_password_waits_for_the_login_too(town: Town) -> None:
    visitor = town.officer(Role.ADMINISTRATOR, "everywhere")
    inner = {"_then": PATH, **{f"_carried.{name}": text for name, text in SENT.items()}}
    sent = left_open(town, visitor, **inner, password=PASSWORD)

    asked = visitor.client.post("/confirm", data=sent)

    assert hidden(asked.text) == {"next": "/", **inner}
    assert PASSWORD not in asked.text
    back = logs_in(visitor, asked, login_of(Role.ADMINISTRATOR, "everywhere"))
    assert hidden(back.text) == SENT


@pytest.mark.parametrize("path", ["/password", "/confirm", "/logout"])
def test_passwords_are_carried_nowhere(town: Town, path: str) -> None:
    visitor = town.officer()
    fields = dict.fromkeys(("password", "old", "new", "again"), PASSWORD)
    sent = left_open(town, visitor, **fields)

    asked = visitor.client.post(path, data=sent)

    assert asked.status_code == 401
    assert PASSWORD not in asked.text
    assert hidden(asked.text) == {"next": "/"}


def test_what_is_too_much_for_a_page_is_not_carried(town: Town) -> None:
    visitor = town.officer()
    sent = left_open(town, visitor, **dict.fromkeys("abcde", "长" * 5_700))

    asked = visitor.client.post(f"/cases/{town.branch()}/comment", data=sent)

    assert asked.status_code == 401
    assert hidden(asked.text) == {"next": "/"}


def test_a_file_has_to_be_chosen_again_after_the_login(town: Town) -> None:
    visitor = town.officer(Role.CASE_OFFICER, "everywhere")
    sent = left_open(town, visitor, as_of=TODAY.isoformat())

    asked = visitor.client.post("/import", data=sent, files={"file": ("a.xlsx", b"x", "text/csv")})

    assert asked.status_code == 401
    assert "已填写的内容无法保留" in asked.text
    assert hidden(asked.text) == {"next": "/"}


@pytest.mark.parametrize("still", [True, False])
def test_what_was_filled_in_for_somebody_absent_is_sent_for_them_or_not_at_all(
    town: Town,
    still: bool,  # noqa: FBT001 - a case of the test
) -> None:
    absent, substitute = OFFICER, login_of(Role.AUDITOR, "west")

    def arrange(connection: Connection) -> None:
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
    visitor, path = town.sit(substitute), f"/cases/{town.branch()}/comment"
    visitor.post("/acting-for", login=absent)
    sent = left_open(town, visitor)
    if not still:
        town.app.write(lambda c: c.execute(sa.delete(substitution)))
    asked = visitor.client.post(path, data=sent)

    back = logs_in(visitor, asked, substitute)

    assert hidden(back.text) == (REMARK if still else {})
    assert (f"代 {absent}" in visitor.get("/work").text) is still
