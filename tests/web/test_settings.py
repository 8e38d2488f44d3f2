"""Settings: who may what, passwords shown once, the last administrator, previews without traces."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.accounts.tables import account, login_session, role_grant, substitution
from lifecycle.store.tables import calendar_year, deadline, parameter_value
from tests.property.world import fingerprint
from tests.web.town import PASSWORD, ROLES, TODAY, login_of
from workflows.register import contact, home_alias

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

    from tests.web.town import Town

ADMIN = frozenset({Role.ADMINISTRATOR})
LEADS = frozenset({Role.ORG_DEPT_OFFICER})
PLACED = frozenset({Role.ORG_DEPT_OFFICER, Role.CASE_OFFICER})
NOBODY_HERE: frozenset[Role] = frozenset()
"""What reaches every unit is for nobody who sits in one of them."""
PAGES = {
    "/settings/users": ADMIN,
    "/settings/users/nobody": ADMIN,
    "/settings/sessions": ADMIN,
    "/settings/substitutes": ADMIN,
    "/settings/calendars": ADMIN,
    "/settings/calendars/2026": ADMIN,
    "/settings/parameters": ADMIN | LEADS,
    "/settings/parameters/P13": ADMIN | LEADS,
    "/settings/addresses": PLACED,
    "/settings/aliases": NOBODY_HERE,
}
POSTS = {
    "/settings/users": ADMIN,
    "/settings/users/nobody/password": ADMIN,
    "/settings/users/nobody/disable": ADMIN,
    "/settings/users/nobody/enable": ADMIN,
    "/settings/users/nobody/sessions/end": ADMIN,
    "/settings/users/nobody/grants": ADMIN,
    "/settings/users/nobody/grants/1/revoke": ADMIN,
    "/settings/sessions/1/end": ADMIN,
    "/settings/substitutes": ADMIN,
    "/settings/substitutes/1/end": ADMIN,
    "/settings/calendars": ADMIN,
    "/settings/parameters/P13": LEADS,
    "/settings/addresses": PLACED,
    "/settings/aliases": NOBODY_HERE,
}
GRAVE = [one for one in POSTS if "sessions" not in one and "addresses" not in one]
GRAVE.remove("/settings/aliases")
ONE_TIME = re.compile(r"<code>([^<]+)</code>")


def everything(connection: Connection) -> Any:  # noqa: ANN401 - to compare
    """What settings change, besides what cases and the register hold."""
    tables = (account, role_grant, substitution, parameter_value, calendar_year)
    rows = [connection.execute(sa.select(one).order_by(one.c.id)).all() for one in tables]
    return rows, fingerprint(connection)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_pages_and_no_others(town: Town, role: Role) -> None:
    visitor = town.officer(role)

    codes = {page: visitor.get(page).status_code for page in PAGES}

    assert codes == {page: 200 if role in may else 403 for page, may in PAGES.items()}


@pytest.mark.parametrize("role", ROLES)
def test_a_refused_post_changes_no_row(town: Town, role: Role) -> None:
    visitor = town.officer(role)
    before = town.app.read(everything)

    for path, may in POSTS.items():
        if role not in may:
            assert visitor.post(path).status_code == 403, path

    assert town.app.read(everything) == before


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_reads_in_both_languages(town: Town, language: str) -> None:
    for role in (Role.ADMINISTRATOR, Role.ORG_DEPT_OFFICER):
        visitor = town.officer(role)
        visitor.get(f"/language/{language}")
        for page, may in PAGES.items():
            if role in may:
                shown = visitor.get(page)
                assert shown.status_code == 200
                assert "<script>" not in shown.text
                assert ' style="' not in shown.text


@pytest.mark.parametrize("path", GRAVE)
def test_what_changes_rights_asks_for_the_password_again(town: Town, path: str) -> None:
    role = Role.ORG_DEPT_OFFICER if "parameters" in path else Role.ADMINISTRATOR
    visitor = town.officer(role, "everywhere")
    town.wall.pass_time(minutes=11)
    before = town.app.read(everything)

    answer = visitor.post(path, login="new-one", role="auditor", everywhere="yes")

    assert (answer.status_code, 'name="password"' in answer.text) == (403, True)
    assert town.app.read(everything) == before


def test_a_one_time_password_stands_on_one_page_and_nowhere_else(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    admin = town.officer(Role.ADMINISTRATOR)

    made = admin.post("/settings/users", login="New.One", name="新同事")
    first = ONE_TIME.search(made.text)
    renewed = admin.post("/settings/users/new.one/password")
    second = ONE_TIME.search(renewed.text)

    assert first
    assert second
    assert first[1] != second[1]
    for secret in (first[1], second[1]):
        pages = [admin.get(page) for page in ("/settings/users", "/settings/users/new.one")]
        assert all(secret not in one.text for one in pages)
        assert secret not in caplog.text
        assert secret not in str(made.headers) + str(renewed.headers)
        dumped = [str(row) for row in town.rows(sa.select(account))]
        assert all(secret not in row for row in dumped)
    assert made.headers["cache-control"] == "no-store"
    assert town.visitor().log_in("new.one", first[1]).status_code == 400
    entered = town.visitor()
    assert entered.log_in("new.one", second[1]).status_code == 303
    assert entered.get("/").headers["location"] == "/password"


def test_a_role_is_granted_for_a_unit_by_name_and_revoked(town: Town) -> None:
    admin, nobody = town.officer(Role.ADMINISTRATOR), town.visitor("nobody")
    path = "/settings/users/nobody"

    granted = admin.post(
        f"{path}/grants", role="auditor", unit="east办", since=str(TODAY), until=str(TODAY)
    )

    assert granted.status_code == 303
    shown = admin.get(path).text
    assert "east办" in shown
    assert shown.count(str(TODAY)) >= 2, "the last day is told as it was typed"
    assert nobody.get("/work").status_code == 200
    number = max(row.id for row in town.rows(sa.select(role_grant)))
    assert admin.post(f"{path}/grants/{number}/revoke").status_code == 303
    assert nobody.get("/work").status_code == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "auditor"},
        {"role": "auditor", "unit": "east办", "everywhere": "yes"},
        {"role": "scheduler", "everywhere": "yes"},
        {"role": "auditor", "unit": "没有这个单位"},
        {"role": "administrator", "unit": "east办"},
        {"role": "auditor", "everywhere": "yes", "since": "2026-11-03", "until": "2026-11-02"},
        {"role": "auditor", "everywhere": "yes", "since": "not a day"},
    ],
)
def test_what_cannot_be_granted_is_told_and_changes_nothing(
    town: Town, fields: dict[str, str]
) -> None:
    admin = town.officer(Role.ADMINISTRATOR)
    before = town.app.read(everything)

    refused = admin.post("/settings/users/nobody/grants", **fields)

    assert refused.status_code in {400, 404}
    assert 'role="alert"' in refused.text
    assert town.app.read(everything) == before


def test_the_last_administrator_stays(town: Town) -> None:
    login = login_of(Role.ADMINISTRATOR, "everywhere")
    admin = town.visitor(login)
    numbers = {
        row.login: row.id
        for row in town.rows(
            sa.select(account.c.login, role_grant.c.id)
            .join(role_grant, role_grant.c.account_id == account.c.id)
            .where(role_grant.c.role == Role.ADMINISTRATOR)
        )
    }
    for other, number in numbers.items():
        if other != login:
            path = f"/settings/users/{other}/grants/{number}/revoke"
            assert admin.post(path).status_code == 303

    last = admin.post(f"/settings/users/{login}/grants/{numbers[login]}/revoke")
    shut = admin.post(f"/settings/users/{login}/disable")

    assert (last.status_code, shut.status_code) == (400, 400)
    assert admin.get("/settings/users").status_code == 200


def test_a_grant_is_revoked_only_under_the_account_that_holds_it(town: Town) -> None:
    admin = town.officer(Role.ADMINISTRATOR)
    number = min(row.id for row in town.rows(sa.select(role_grant)))
    before = town.app.read(everything)

    assert admin.post(f"/settings/users/nobody/grants/{number}/revoke").status_code == 400
    assert town.app.read(everything) == before


def test_an_account_is_shut_out_and_let_in_again(town: Town) -> None:
    admin, officer = town.officer(Role.ADMINISTRATOR), town.officer()
    path = f"/settings/users/{login_of(Role.CASE_OFFICER, 'east')}"

    admin.post(f"{path}/disable")
    assert officer.get("/work").status_code == 303
    assert town.visitor().log_in(login_of(Role.CASE_OFFICER, "east")).status_code == 400
    admin.post(f"{path}/enable")
    assert officer.log_in(login_of(Role.CASE_OFFICER, "east"), PASSWORD).status_code == 303


def test_sessions_are_ended_one_by_one_or_all_of_an_account(town: Town) -> None:
    admin, first, second = town.officer(Role.ADMINISTRATOR), town.officer(), town.officer()
    numbers = [
        row.id
        for row in town.rows(
            sa.select(login_session.c.id)
            .join(account, account.c.id == login_session.c.account_id)
            .where(account.c.login == login_of(Role.CASE_OFFICER, "east"))
            .order_by(login_session.c.id)
        )
    ]

    admin.post(f"/settings/sessions/{numbers[0]}/end")
    assert (first.get("/work").status_code, second.get("/work").status_code) == (303, 200)
    admin.post(f"/settings/users/{login_of(Role.CASE_OFFICER, 'east')}/sessions/end")
    assert second.get("/work").status_code == 303
    assert admin.get("/settings/sessions").status_code == 200


def test_a_substitute_is_arranged_and_ended(town: Town) -> None:
    admin = town.officer(Role.ADMINISTRATOR)
    absent, other = login_of(Role.CASE_OFFICER, "east"), login_of(Role.AUDITOR, "west")
    page = "/settings/substitutes"

    assert admin.post(page, absent=absent, substitute=other).status_code == 400
    assert admin.post(page, absent=absent, substitute=absent, until=str(TODAY)).status_code == 400
    assert admin.post(page, absent=absent, substitute=other, until=str(TODAY)).status_code == 303
    visitor = town.visitor(other)
    assert visitor.post("/acting-for", login=absent).status_code == 303
    assert visitor.get(f"/cases/{town.branch()}").status_code == 200
    number = town.rows(sa.select(substitution))[0].id
    admin.post(f"{page}/{number}/end")
    assert visitor.get(f"/cases/{town.branch()}").status_code == 403


def test_a_parameter_is_previewed_then_set_for_a_unit_in_sight_only(town: Town) -> None:
    lead = town.officer(Role.ORG_DEPT_OFFICER)
    path = "/settings/parameters/P13"
    before, policy = town.app.read(everything), town.app.registry.policy
    fields = {"value": "120", "since": str(TODAY), "unit": "east办"}

    shown = lead.post(path, **fields, _do="preview")

    assert shown.status_code == 200
    assert town.app.read(everything) == before
    assert town.app.registry.policy is policy, "what is only tried is not what others reckon by"
    for outside in ({"unit": "west办"}, {"unit": "", "everywhere": "yes"}, {"value": "soon"}):
        refused = lead.post(path, **{**fields, **outside}, _do="save")
        assert refused.status_code == 400, outside
    assert town.app.read(everything) == before
    assert lead.post(path, **fields, _do="save").status_code == 303
    set_ = town.rows(sa.select(parameter_value))
    assert [(one.parameter, one.value, one.unit_id) for one in set_] == [
        ("P13", 120, town.ids["east"])
    ]
    assert "east办" in lead.get(path).text
    assert town.app.registry.policy.at(TODAY, town.ids["east"])["P13"] == 120


def test_a_parameter_from_a_past_day_shows_the_deadlines_that_move(town: Town) -> None:
    lead = town.officer(Role.ORG_DEPT_OFFICER, "everywhere")
    path = "/settings/parameters/P13"
    fields = {"value": "120", "since": "2026-08-01", "everywhere": "yes"}

    shown = lead.post(path, **fields, _do="preview")

    assert town.branch() in shown.text
    assert "2026-08-01" in shown.text
    lead.post(path, **fields, _do="save")
    assert town.branch() not in lead.post(path, **fields, _do="preview").text


YEAR = """\
year: 2027
notice: 国务院办公厅关于2027年部分节假日安排的通知
holidays:
  - {name: {zh: 元旦, en: New Year}, from: 2027-01-01, to: 2027-01-03}
"""


def test_a_year_is_previewed_then_loaded_and_no_case_is_named(town: Town) -> None:
    admin = town.officer(Role.ADMINISTRATOR)
    page = "/settings/calendars"
    before = town.app.read(everything)
    data = {"_token": admin.token(), "_do": "preview"}

    sent = admin.client.post(page, data=data, files={"file": ("2027.yaml", YEAR.encode())})

    assert sent.status_code == 200, sent.text
    assert "2027-01-03" in sent.text
    assert town.app.read(everything) == before
    assert not re.search(r"\b(BR|MEM|COV)-\d", sent.text), "an administrator opens no case"
    assert admin.post(page, content=YEAR, _do="save").status_code == 303
    assert [row.year for row in town.rows(sa.select(calendar_year))] == [2027]
    assert admin.get(f"{page}/2027").status_code == 200


@pytest.mark.parametrize("content", ["", "year: soon\n", "year: 2027\nholidays: [\n", "x" * 70_000])
def test_a_file_that_is_no_year_is_refused_with_its_mistakes(town: Town, content: str) -> None:
    admin = town.officer(Role.ADMINISTRATOR)
    before = town.app.read(everything)
    data = {"_token": admin.token(), "_do": "save"}

    sent = admin.client.post(
        "/settings/calendars", data=data, files={"file": ("2027.yaml", content.encode())}
    )

    assert sent.status_code == 400
    assert town.app.read(everything) == before


def test_an_address_is_set_in_sight_and_nowhere_else(town: Town) -> None:
    officer = town.officer()
    before = town.app.read(everything)
    page = "/settings/addresses"

    for owner in ("west办", "西县弘毅学校", "没有这个单位"):
        refused = officer.post(page, owner=owner, mail="new@example.org")
        assert refused.status_code == 404
        assert "弘毅" not in refused.text.replace(owner, "")
    assert officer.post(page, owner="east办", mail="no address").status_code == 400
    assert town.app.read(everything) == before
    assert officer.post(page, owner="东县新星诊所", mail="new@example.org").status_code == 303
    mails = [row.mail for row in town.rows(sa.select(contact)) if "organization" in row.owner]
    assert mails == ["new@example.org"]
    shown = officer.get(page).text
    assert "new@example.org" in shown
    assert "west办" not in shown


@pytest.mark.parametrize("role", sorted(PLACED))
def test_what_a_text_for_a_home_means_is_for_those_who_reach_every_unit(
    town: Town, role: Role
) -> None:
    page, below, above = "/settings/aliases", town.officer(role), town.officer(role, "city")
    before = town.app.read(everything)

    refused = below.post(page, text="某街道党委", body="east办")
    tabs = [one.get("/settings/addresses").text for one in (below, above)]

    assert (refused.status_code, below.get(page).status_code) == (403, 403)
    assert town.app.read(everything) == before
    assert [page in one for one in tabs] == [False, True]
    assert above.get(page).status_code == 200


def test_a_text_for_a_home_is_decided_once_and_names_its_members(town: Town) -> None:
    officer = town.officer(unit="everywhere")
    page = "/settings/aliases"
    assert "某街道党委" in officer.get(page).text
    before = town.app.read(everything)

    assert officer.post(page, text="某街道党委", body="没有这个单位").status_code == 404
    assert officer.post(page, text="没有这段文字", body="hill办").status_code == 400
    assert town.app.read(everything) == before
    assert officer.post(page, text="某街道党委", body="hill办").status_code == 303

    assert [row.text for row in town.rows(sa.select(home_alias))] == ["某街道党委"]
    assert officer.post(page, text="某街道党委", body="east办").status_code == 400


@pytest.mark.parametrize(
    ("role", "first"),
    [
        (Role.ADMINISTRATOR, "/settings/users"),
        (Role.ORG_DEPT_OFFICER, "/settings/parameters"),
        (Role.CASE_OFFICER, "/settings/addresses"),
    ],
)
def test_the_settings_lead_each_role_to_a_page_that_it_may_open(
    town: Town, role: Role, first: str
) -> None:
    assert town.officer(role).get("/settings").headers["location"] == first


def test_every_choice_of_a_parameter_is_told_in_words(town: Town) -> None:
    lead = town.officer(Role.ORG_DEPT_OFFICER)
    parameters = town.app.registry.policy.parameters.values()

    for one in parameters:
        if one.choices:
            shown = lead.get(f"/settings/parameters/{one.id}").text
            for choice in one.choices:
                assert f'value="{choice}"' in shown
                assert f">{choice}<" not in shown


def test_what_a_year_moves_is_counted_by_rule_and_day(town: Town) -> None:
    admin = town.officer(Role.ADMINISTRATOR)
    due = town.rows(
        sa.select(deadline.c.rule, deadline.c.due_on).where(
            deadline.c.status == "open",
            deadline.c.due_on.between(date(2027, 1, 1), date(2027, 12, 31)),
        )
    )

    text = admin.post("/settings/calendars", content=YEAR, _do="preview").text

    moved = re.findall(r"<td>(D\d+) [^<]+</td>", text)
    assert moved
    assert set(moved) <= {row.rule for row in due}
