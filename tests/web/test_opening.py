"""Opening a case at the desk: what pages offer to whom, the form, a preview, saving, refusals."""

from __future__ import annotations

import re
from datetime import timedelta
from json import loads
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.cases import Subject
from lifecycle.engine import record_rows
from lifecycle.opening import opening_rows
from lifecycle.register import put
from lifecycle.store.tables import case, entry
from tests.property.world import fingerprint
from tests.web.counting import counted
from tests.web.reading import read
from tests.web.test_acting import APPLICATION, fields_of, hidden
from tests.web.test_organizations import leave_the_register
from tests.web.test_people import looks
from tests.web.test_plain_words import IDENTIFIER
from tests.web.town import BEGAN, CLERK, MEMBERS, ORGANIZATIONS, TODAY, login_of
from web.authz import rules
from workflows import byhand
from workflows.byhand import APPLICANT
from workflows.subjects import ORGANIZATION, PERSON

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.web.town import Town, Visitor

PREMISES = "/open/activity_premises/planned"
SECRETARY = "/open/secretary_appointment/holder_recorded"
JOINING = "/open/member_development/application_received"
REPORTED = "/open/member_relation/member_reported"
REGISTERED = "/open/organization_registration/registered"
IMPOSSIBLE = "按目前情况不能办理"
APPLIED = {"age_18": "true", "pool_basis": "investor"}
COUNTS_ONLY = {Role.REGISTRATION_OFFICER, Role.FINANCE_OFFICER}


@pytest.fixture
def applicant(town: Town) -> int:
    """Somebody who is no member, at the organization of the east: the number of the place."""

    def add(connection: Connection) -> tuple[int, int]:
        work = town.desk.teller("en").work
        person = byhand.add_person(
            work(connection, CLERK),
            name="郑己己",
            birth_on=None,
            admitted_on=None,
            status=APPLICANT,
        )
        place = byhand.add_engagement(
            work(connection, CLERK),
            person_id=person,
            organization_id=town.ids[ORGANIZATIONS["east"]],
            employment="full_time",
            since=BEGAN,
        )
        return person, place

    person, place = town.app.write(add)
    town.ids["郑己己"] = person
    return place


def organization_page(town: Town, unit: str = "east") -> str:
    return f"/organizations/{town.ids[ORGANIZATIONS[unit]]}"


def offered(text: str) -> dict[str, bool]:
    """The openings that a page offers: whether each is possible as things stand."""
    rows = re.findall(r'<li><a href="(/open/[^"]+)">(.*?)</li>', text)
    return {address: IMPOSSIBLE not in rest for address, rest in rows}


def apply_for_a_branch(town: Town) -> None:
    """From then on premises may be planned."""
    officer = town.officer()
    path = f"/cases/{town.branch()}/events/application_filed"
    officer.post(path, path, **sent(officer, path, **APPLICATION))


def sent(visitor: Visitor, path: str, do: str = "save", **typed: str) -> dict[str, str]:
    """The form at that path, filled in, and the button that is pressed."""
    return {**hidden(visitor, path), "_on": TODAY.isoformat(), **typed, "_do": do}


def cases_about(town: Town, workflow: str, number: int) -> list[int]:
    c = case.c
    rows = town.rows(sa.select(c.id).where(c.workflow == workflow, c.subject_id == number))
    return [row[0] for row in rows]


# -- what is offered -------------------------------------------------------------------------


def test_the_file_lets_open_whoever_the_definitions_let(town: Town) -> None:
    books = town.app.registry.rulebooks.values()
    roles = frozenset(role for book in books for row in opening_rows(book) for role in row.by)

    for method in ("GET", "POST"):
        assert rules()[f"{method} /open/{{workflow}}/{{event}}/{{number}}"].roles == roles


@pytest.mark.parametrize("unit", ["east", "city"])
def test_an_organization_offers_what_the_role_opens_there(town: Town, unit: str) -> None:
    body, page = town.body(), organization_page(town)

    told = {role: offered(town.officer(role, unit).get(page).text) for role in Role
            if role not in {Role.SCHEDULER, Role.ADMINISTRATOR}}  # fmt: skip

    own = {f"{PREMISES}/{body}": False, f"{SECRETARY}/{body}": False}
    assert told.pop(Role.CASE_OFFICER) == own
    assert told.pop(Role.REGISTRATION_OFFICER) == {
        f"{REGISTERED}/{town.ids[ORGANIZATIONS['east']]}": True
    }
    assert not any(told.values())


def test_what_is_possible_comes_first_and_what_is_open_is_not_offered(town: Town) -> None:
    officer, body = town.officer(), town.body()
    apply_for_a_branch(town)

    before = offered(officer.get(organization_page(town)).text)
    path = f"{PREMISES}/{body}"
    officer.post(path, path, **sent(officer, path, plan="方案一"))

    assert list(before.items()) == [(path, True), (f"{SECRETARY}/{body}", False)]
    assert offered(officer.get(organization_page(town)).text) == {f"{SECRETARY}/{body}": False}


def test_a_person_is_offered_where_they_work(town: Town, applicant: int) -> None:
    path = f"/people/{town.ids['郑己己']}"
    expected = {f"{JOINING}/{applicant}": True, f"{REPORTED}/{applicant}": False}

    shown = town.officer().get(path)

    assert offered(shown.text) == expected
    assert ORGANIZATIONS["east"] in shown.text
    for role in (Role.APPROVER, Role.ORG_DEPT_OFFICER, Role.AUDITOR):
        assert offered(town.officer(role).get(path).text) == {}


def test_nothing_is_offered_about_what_has_left_the_register(town: Town) -> None:
    leave_the_register(town)

    assert offered(town.officer().get(organization_page(town)).text) == {}


def test_where_somebody_worked_before_nothing_is_offered(town: Town, applicant: int) -> None:
    def leave(connection: Connection) -> None:
        key = {"person_at_organization_id": applicant}
        row = put("engagement", key, {"employment": "full_time"}, BEGAN, TODAY)
        work = town.desk.teller("en").work(connection, CLERK)
        record_rows(work, Subject(PERSON, town.ids["郑己己"]), [row], TODAY)

    town.app.write(leave)

    assert offered(town.officer().get(f"/people/{town.ids['郑己己']}").text) == {}


def test_offering_costs_at_most_two_statements(town: Town) -> None:
    page = organization_page(town)
    officer, auditor = town.officer(), town.officer(Role.AUDITOR)
    officer.get(page)

    costs = [counted(town, lambda one=one: one.get(page)) for one in (auditor, officer)]  # type: ignore[misc]

    assert costs[1] - costs[0] <= 2


# -- the form --------------------------------------------------------------------------------


def test_the_form_asks_for_what_the_definition_asks(town: Town, applicant: int) -> None:
    officer, path = town.officer(), f"{JOINING}/{applicant}"
    (row,) = opening_rows(town.app.registry.book("member_development"))

    text = officer.get(path).text

    assert fields_of(officer, path) == set(row.fields)
    assert "新建案件" in text
    assert "郑己己" in text
    # Without scripts: two buttons of one form.
    assert f'<form method="post" action="{path}"' in text
    assert text.count('name="_do"') == 2


def test_the_form_says_what_stands_against_it(town: Town) -> None:
    text = town.officer().get(f"{PREMISES}/{town.body()}").text

    assert text.count('class="unmet"') == 1
    assert "按目前情况不能记录" in text
    assert town.branch() in text, "who can supply it"


def test_a_preview_says_what_would_follow_and_writes_nothing(town: Town, applicant: int) -> None:
    officer, path = town.officer(), f"{JOINING}/{applicant}"
    form = sent(officer, path, "preview", **APPLIED, contract_filing="备案2026001")
    before = town.app.read(fingerprint)

    shown = officer.post(path, path, **form)

    assert shown.status_code == 200, shown.text
    assert "D22" in shown.text
    assert "备案2026001" in shown.text
    assert (
        dict(re.findall(r'name="(_\w+)" value="([^"]*)"', shown.text))["_request"]
        == (form["_request"])
    )
    assert town.app.read(fingerprint) == before


def test_what_was_previewed_is_opened_once_however_often_it_is_sent(
    town: Town, applicant: int
) -> None:
    officer, path = town.officer(), f"{JOINING}/{applicant}"
    form = {**sent(officer, path, **APPLIED), "_token": officer.token()}

    answers = [officer.client.post(path, data=form) for _ in range(2)]

    (number,) = cases_about(town, "member_development", applicant)
    assert [one.status_code for one in answers] == [303, 303]
    assert {one.headers["location"] for one in answers} == {f"/cases/APP-{number}?recorded=1"}
    assert officer.get(f"/cases/APP-{number}?recorded=1").status_code == 200
    rows = town.rows(sa.select(entry.c.event, entry.c.body).where(entry.c.case_id == number))
    assert [row.event for row in rows] == ["application_received"]
    actor = loads(bytes(rows[0].body))["actor"]
    assert actor["id"] == login_of(Role.CASE_OFFICER, "east")
    assert actor["source"] == "session"
    assert actor["roles"] == ["case_officer"]


def test_a_second_case_is_not_opened_and_the_open_one_is_named(town: Town, applicant: int) -> None:
    officer, path = town.officer(), f"{JOINING}/{applicant}"
    stale = sent(officer, path, **APPLIED)
    officer.post(path, path, **sent(officer, path, **APPLIED))
    (number,) = cases_about(town, "member_development", applicant)
    before = town.app.read(fingerprint)

    late = officer.post(path, path, **{**stale, "pool_since": "2026-01-05"})

    assert late.status_code == 400
    assert f"APP-{number} 尚未办结" in late.text
    assert "2026-01-05" in late.text
    assert f"APP-{number} 尚未办结" in officer.get(path).text
    assert town.app.read(fingerprint) == before


def test_a_refusal_lists_every_reason_and_keeps_what_was_typed(town: Town, applicant: int) -> None:
    officer, path = town.officer(), f"{JOINING}/{applicant}"
    form = sent(officer, path, contract_filing="留下我")
    before = town.app.read(fingerprint)

    refused = officer.post(path, path, **form)

    assert refused.status_code == 422
    assert refused.text.count('class="unmet"') == 2, "one line for every field that is missing"
    assert "留下我" in refused.text
    assert IDENTIFIER.findall(read(refused.text)) == []
    officer.get("/language/en")
    assert IDENTIFIER.findall(read(officer.post(path, path, **form).text)) == []
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize(
    ("on", "reason"),
    [((TODAY + timedelta(days=1)).isoformat(), "日期晚于今天"), ("next week", "next week")],
)
def test_a_day_to_come_and_no_day_at_all_are_refused(
    town: Town, applicant: int, on: str, reason: str
) -> None:
    officer, path = town.officer(), f"{JOINING}/{applicant}"
    officer.get(path)
    before = town.app.read(fingerprint)

    refused = officer.post(path, path, **{**sent(officer, path, **APPLIED), "_on": on})

    assert refused.status_code == 400
    alert = re.search(r'role="alert">(.*?)</div>', refused.text, re.DOTALL)
    assert alert is not None
    assert reason in alert[1]
    assert town.app.read(fingerprint) == before


def test_who_lacks_the_role_is_told_which_one_it_takes(town: Town) -> None:
    apply_for_a_branch(town)
    registrar, path = town.officer(Role.REGISTRATION_OFFICER), f"{PREMISES}/{town.body()}"
    before = town.app.read(fingerprint)

    asked = registrar.get(path)
    refused = registrar.post(path, path, **sent(registrar, path, plan="方案一"))

    assert (asked.status_code, refused.status_code) == (200, 422)
    assert "案件承办人" in asked.text
    assert "案件承办人" in refused.text
    assert town.app.read(fingerprint) == before


# -- whose it is -----------------------------------------------------------------------------


def test_what_is_out_of_sight_reads_like_what_does_not_exist(town: Town, applicant: int) -> None:
    before = town.app.read(fingerprint)
    west, city_body = town.officer(unit="west"), town.body("city")
    paths = (
        f"{JOINING}/{applicant}",
        f"{PREMISES}/{town.body()}",
        f"{REGISTERED}/{town.ids[ORGANIZATIONS['east']]}",
        f"{PREMISES}/{city_body}",
        f"{JOINING}/999999",
        f"{PREMISES}/999999",
        f"{REGISTERED}/999999",
    )

    for path in paths:
        assert west.get(path).status_code == 404, path
        assert west.post(path, _do="save", **APPLIED).status_code == 404, path
    assert town.officer(unit="everywhere").get(paths[-1]).status_code == 404
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize(
    "path",
    ["/open/nothing/planned/1", "/open/activity_premises/nothing/1",
     "/open/activity_premises/opened/1", "/open/register/opened/1", "/open/branch/opened/1"],
)  # fmt: skip
def test_what_nobody_opens_by_hand_has_no_form(town: Town, path: str) -> None:
    assert town.officer().get(path).status_code == 404
    assert town.officer().post(path, _do="save").status_code == 404


def test_who_only_counts_persons_does_not_reach_a_form_about_one(
    town: Town, applicant: int
) -> None:
    path = f"{JOINING}/{applicant}"
    before = town.app.read(fingerprint)

    codes = {role: town.officer(role).get(path).status_code for role in COUNTS_ONLY}

    assert codes == {Role.REGISTRATION_OFFICER: 404, Role.FINANCE_OFFICER: 403}
    assert town.app.read(fingerprint) == before


def test_opening_the_form_about_a_person_is_noted(town: Town, applicant: int) -> None:
    officer, login = town.officer(), login_of(Role.CASE_OFFICER, "east")

    for _ in range(2):
        officer.get(f"{JOINING}/{applicant}")

    assert looks(town, "郑己己") == [(login, f"/people/{town.ids['郑己己']}", None)]


def test_a_member_of_another_unit_stays_there(town: Town) -> None:
    """Of a person at two organizations each officer reaches the form about the own one."""
    place = town.ids[f"{MEMBERS['west'][0]}@"]

    assert town.officer().get(f"{JOINING}/{place}").status_code == 404
    assert town.officer(unit="west").get(f"{JOINING}/{place}").status_code == 200


def test_about_a_merged_record_nothing_is_opened(town: Town) -> None:
    east, hill = (town.ids[ORGANIZATIONS[unit]] for unit in ("east", "hill"))
    path = f"{REGISTERED}/{east}"
    registrar = town.officer(Role.REGISTRATION_OFFICER)
    assert registrar.get(path).status_code == 200

    def merge(connection: Connection) -> None:
        work = town.desk.teller("en").work(connection, CLERK)
        row = put("merged_record", {"subject_type": ORGANIZATION, "gone_id": east},
                  {"kept_id": hill}, TODAY)  # fmt: skip
        record_rows(work, Subject(ORGANIZATION, east), [row], TODAY)

    town.app.write(merge)

    assert registrar.get(path).status_code == 404
