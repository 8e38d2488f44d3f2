"""Entering the register at the desk: who may, where, what is refused, and once for two clicks."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import OFFICERS, Role
from lifecycle.store.tables import entry
from lifecycle.store.tables import unit as unit_table
from tests.property.world import fingerprint
from tests.web.town import BEGAN, CLERK, MEMBERS, ORGANIZATIONS, Town, Visitor
from web.typed import without_identity_numbers
from workflows import byhand
from workflows.intake.privacy import may_be_identity_number
from workflows.register import (
    contact,
    engagement,
    formal_relation,
    headcount,
    mass_body,
    organization,
    organization_profile,
    party_status,
    person,
    person_at_organization,
)

if TYPE_CHECKING:
    from httpx2 import Response

CODE = "51330300MJ0000052N"
NAME = MEMBERS["east"][0]
ORGANIZATION = {
    "name": "东县新协会",
    "credit_code": CODE,
    "kind": "association",
    "supervisor": "east办",
    "registered_on": "2024-05-06",
}
PERSON = {
    "name": "郑新新",
    "birth_on": "1990-02-03",
    "status": "full",
    "admitted_on": "2015-07-01",
    "full_since": "2016-07-01",
    "home": "city办党委",
    "employment": "full_time",
    "since": "2026-10-01",
}
ON = "2026-10-20"
REQUEST = re.compile(r'name="_request" value="([0-9a-f]{32})"')

FORMS = {
    "/entry/organization": {Role.CASE_OFFICER, Role.REGISTRATION_OFFICER},
    "/entry/unit": {Role.ORG_DEPT_OFFICER},
    "/entry/contact": {Role.ORG_DEPT_OFFICER},
    "/entry/organizations/{organization}/contact": {Role.CASE_OFFICER, Role.ORG_DEPT_OFFICER},
    "/entry/organizations/{organization}/facts": {Role.CASE_OFFICER, Role.REGISTRATION_OFFICER},
    "/entry/organizations/{organization}/person": {Role.CASE_OFFICER},
    "/entry/people/{person}/engagement": {Role.CASE_OFFICER},
    "/entry/people/{person}/facts": {Role.CASE_OFFICER},
}
"""By form: the roles that may use it."""


def path_of(town: Town, form: str, unit: str = "east") -> str:
    return form.format(
        organization=town.ids[ORGANIZATIONS[unit]], person=town.ids[MEMBERS[unit][0]]
    )


def sent(visitor: Visitor, path: str, **fields: str) -> Response:
    """The form at a path, filled in and sent as its page would."""
    page = visitor.get(path)
    request = REQUEST.search(page.text)
    return visitor.post(path, path, _request=request[1] if request else "", **fields)


def refused(town: Town, visitor: Visitor, path: str, **fields: str) -> str:
    """What is told of a form that changes nothing."""
    visitor.get(path)  # looks at persons are noted before
    before = town.app.read(fingerprint)

    answer = sent(visitor, path, **fields)

    assert answer.status_code in {400, 403, 404}, answer.text
    assert town.app.read(fingerprint) == before
    return answer.text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("role", Role)
def test_who_may_open_and_send_a_form(town: Town, form: str, role: Role) -> None:
    if role is Role.SCHEDULER:
        return
    path, officer = path_of(town, form), town.officer(role)
    before = town.app.read(fingerprint)

    if role in FORMS[form]:
        page = officer.get(path)
        assert page.status_code == 200, page.text
        assert page.text.count("<h1>") == 1
        return
    assert officer.get(path).status_code == 403
    assert officer.post(path, **ORGANIZATION, mail="a@example.org").status_code == 403
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("form", [one for one in FORMS if "{" in one])
@pytest.mark.parametrize(("unit", "about"), [("west", "east"), ("hill", "east"), ("east", "city")])
def test_of_other_units_there_is_nothing_to_enter(
    town: Town, form: str, unit: str, about: str
) -> None:
    officer = town.officer(min(FORMS[form]), unit)
    path = path_of(town, form, about)

    told = refused(town, officer, path, mail="a@example.org", on=ON, employees="5", **PERSON)

    assert ORGANIZATIONS[about] not in told


@pytest.mark.parametrize("unit", ["city", "everywhere"])
def test_those_above_enter_for_units_below(town: Town, unit: str) -> None:
    officer, path = (
        town.officer(unit=unit),
        path_of(town, "/entry/organizations/{organization}/facts"),
    )

    assert sent(officer, path, on=ON, employees="61").status_code == 303


def test_an_organization_is_added_once_for_two_clicks_and_its_cases_open(town: Town) -> None:
    officer, path = town.officer(), "/entry/organization"
    request = REQUEST.search(officer.get(path).text)
    assert request
    token = officer.token()
    data = {"_token": token, "_request": request[1], **ORGANIZATION}

    answers = [officer.client.post(path, data=data) for _ in range(2)]

    assert [one.status_code for one in answers] == [303, 303], answers[0].text
    wanted = sa.select(organization.c.id).where(organization.c.credit_code == CODE)
    (number,) = [row[0] for row in town.rows(wanted)]
    assert {one.headers["location"] for one in answers} == {f"/organizations/{number}"}
    page = officer.get(f"/organizations/{number}").text
    assert "东县新协会" in page
    assert "COV-" in page
    actors = town.rows(sa.select(entry.c.actor).where(entry.c.request_id.like(f"%{request[1]}%")))
    assert {row[0] for row in actors} <= {"case-officer-east", "system"}
    assert ("case-officer-east",) in actors


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": ""}, "名称: 未填"),
        ({"kind": "club"}, "类别: 请从"),
        ({"credit_code": "51330300MJ00000510"}, "信用代码有误"),
        ({"supervisor": "无名办"}, "没有这个名称的单位"),
        ({"supervisor": ""}, "由其负责"),
        ({"supervisor": "west办"}, "不在您任职的单位范围内"),
        ({"supervisor": "city办"}, "不在您任职的单位范围内"),
        ({"registered_on": "2027-01-01"}, "晚于今天"),
        ({"registered_on": "昨天"}, "不是日期"),
        ({"mail": "nobody"}, "不是邮件地址"),
        ({"body": "own"}, "党组织成立日期: 未填"),
        ({"name": "协" * 101}, "最多 100 字"),
    ],
)
def test_a_faulty_organization_is_refused_beside_what_was_typed(
    town: Town, changed: dict[str, str], told: str
) -> None:
    text = refused(town, town.officer(), "/entry/organization", **{**ORGANIZATION, **changed})

    assert told in text
    kept = {**ORGANIZATION, **changed}["credit_code"]
    assert f'value="{kept}"' in text


def test_a_credit_code_is_entered_once(town: Town) -> None:
    officer = town.officer()
    assert sent(officer, "/entry/organization", **ORGANIZATION).status_code == 303

    again = refused(town, officer, "/entry/organization", **{**ORGANIZATION, "name": "另一协会"})

    assert "已有同名或同编号" in again


def test_every_fault_is_told_at_once(town: Town) -> None:
    text = refused(town, town.officer(), "/entry/organization", kind="club", mail="x")

    for told in ("名称: 未填", "信用代码: 未填", "类别: 请从", "不是邮件地址"):
        assert told in text


def test_what_concerns_the_party_body_is_asked_of_case_officers_only(town: Town) -> None:
    registrar = town.officer(Role.REGISTRATION_OFFICER)

    assert 'name="body"' not in registrar.get("/entry/organization").text
    assert sent(registrar, "/entry/organization", **ORGANIZATION, body="own").status_code == 303
    facts = registrar.get(path_of(town, "/entry/organizations/{organization}/facts")).text
    assert ('name="employees"' in facts, 'name="activists"' in facts) == (True, False)


def test_a_registration_officer_records_counts_and_nothing_of_the_party(town: Town) -> None:
    path = path_of(town, "/entry/organizations/{organization}/facts")
    registrar = town.officer(Role.REGISTRATION_OFFICER)

    assert sent(registrar, path, on=ON, employees="44", mass_body="union").status_code == 303

    assert town.rows(sa.select(mass_body.c.id)) == []
    counts = town.rows(
        sa.select(headcount.c.employees).where(headcount.c.from_on == date(2026, 10, 20))
    )
    assert counts == [(44,)]


def test_a_person_is_added_with_the_employment_and_a_case(town: Town) -> None:
    officer, path = town.officer(), path_of(town, "/entry/organizations/{organization}/person")

    answer = sent(officer, path, **PERSON)

    assert answer.status_code == 303, answer.text
    page = officer.get(answer.headers["location"]).text
    assert "郑新新" in page
    assert "city办党委" in page
    assert "党员 4 名" in page


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"admitted_on": ""}, "党员须填入党日期"),
        ({"status": "applicant"}, "党员须填入党日期"),
        ({"birth_on": "2000-01-01"}, "未满 18 周岁"),
        ({"employment": "left"}, "请从列出的各项中选择"),
        ({"since": ""}, "任职起: 未填"),
        ({"birth_on": "2027-01-01"}, "晚于今天"),
        ({"name": "赵甲甲", "birth_on": "1980-01-01", "admitted_on": "2005-07-01"}, "勾选"),
    ],
)
def test_a_faulty_person_is_refused(town: Town, changed: dict[str, str], told: str) -> None:
    path = path_of(town, "/entry/organizations/{organization}/person")

    assert told in refused(town, town.officer(), path, **{**PERSON, **changed})


def test_who_is_known_already_is_engaged_and_not_added_twice(town: Town) -> None:
    known = {**PERSON, "name": NAME, "birth_on": "1980-01-01", "admitted_on": "2005-07-01"}
    path = path_of(town, "/entry/organizations/{organization}/person", "hill")
    persons = len(town.rows(sa.select(person.c.id)))

    assert sent(town.officer(), path, **known, same="yes").status_code == 303

    assert len(town.rows(sa.select(person.c.id))) == persons
    p = person_at_organization.c
    there = town.rows(sa.select(p.organization_id).where(p.person_id == town.ids[NAME]))
    assert (town.ids[ORGANIZATIONS["hill"]],) in there


def test_an_applicant_of_another_unit_is_not_found_out(town: Town) -> None:
    applicant = {**PERSON, "status": "applicant", "admitted_on": "", "full_since": "", "home": ""}
    form = "/entry/organizations/{organization}/person"
    everybody = sa.select(person.c.id).where(person.c.name == PERSON["name"]).order_by(person.c.id)
    west, east = path_of(town, form, "west"), path_of(town, form)
    assert sent(town.officer(unit="west"), west, **applicant).status_code == 303
    (there,) = town.rows(everybody)

    told = refused(town, town.officer(unit="west"), west, **applicant)
    entered = sent(town.officer(), east, **applicant, same="yes")

    assert "勾选" in told
    assert entered.status_code == 303, "as if nobody of that name were on the register"
    (first, own) = town.rows(everybody)
    assert first == there
    p = person_at_organization.c
    at = dict(iter(town.rows(sa.select(p.person_id, p.organization_id))))
    assert (at[first[0]], at[own[0]]) == (
        town.ids[ORGANIZATIONS["west"]], town.ids[ORGANIZATIONS["east"]],
    )  # fmt: skip
    assert "勾选" in refused(town, town.officer(), east, **applicant)


NUMBERS = ("330302199001011234", "33030219900101123X", "330302900101123", "3303 0219 9001 0112 34")


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("form", FORMS)
def test_an_identity_number_in_any_field_is_refused_and_not_echoed(
    town: Town, form: str, number: str
) -> None:
    officer, path = town.officer(min(FORMS[form])), path_of(town, form)
    fields = re.findall(r'<input id="f-(\w+)" name="\w+" type="text"', officer.get(path).text)
    for name in fields[:2]:
        text = refused(town, officer, path, **{**ORGANIZATION, **PERSON, name: f"号 {number}"})
        assert number not in text
        assert "身份证" in text


@pytest.mark.parametrize(
    ("typed", "refuses"),
    [
        (CODE, False),
        ("申请〔2026〕1号", False),
        ("0577-88889999 13800138000", False),
        ("2026-10-20", False),
        ("330302199001011234", True),
        ("号330302199001011234号", True),
        ("３３０３０２１９９００１０１１２３４", True),
        ("330302-19900101-1234", True),
        ("12345678901234567", True),
        ("12345678901234567890", False),
    ],
)
def test_what_may_be_an_identity_number(typed: str, refuses: bool) -> None:  # noqa: FBT001
    assert may_be_identity_number(typed) is refuses
    assert without_identity_numbers({"a": typed}) == ({} if refuses else {"a": typed})


def test_contacts_are_recorded_for_organizations_and_units(town: Town) -> None:
    number = town.ids[ORGANIZATIONS["east"]]
    department = town.officer(Role.ORG_DEPT_OFFICER)
    path = path_of(town, "/entry/organizations/{organization}/contact")

    assert sent(department, path, mail="a@example.org", on=ON).status_code == 303
    fields = {"unit": "hill办", "mail": "b@example.org", "on": ON}
    assert sent(department, "/entry/contact", **fields).status_code == 303

    found = town.rows(
        sa.select(contact.c.owner, contact.c.mail).where(contact.c.known_until.is_(None))
    )
    assert (f"organization:{number}", "a@example.org") in found
    assert (f"unit:{town.ids['hill']}", "b@example.org") in found
    for outside in ("west办", "city办", "unit:1"):
        refused(town, department, "/entry/contact", unit=outside, mail="c@example.org", on=ON)


def test_a_unit_is_added_below_ones_own(town: Town) -> None:
    department = town.officer(Role.ORG_DEPT_OFFICER)
    fields = {"name": "东县新镇", "level": "township", "kind": "township"}

    assert "不在您任职" in refused(town, department, "/entry/unit", **fields, parent="west办")
    assert sent(department, "/entry/unit", **fields, parent="east办").status_code == 303

    u = unit_table.c
    found = town.rows(sa.select(u.id, u.parent_id).where(u.name == "东县新镇"))
    assert [row[1] for row in found] == [town.ids["east"]]
    # It is below at once: its organizations are entered by those above.
    new = {**ORGANIZATION, "supervisor": "东县新镇"}
    assert sent(town.officer(), "/entry/organization", **new).status_code == 303


def test_facts_are_recorded_together_and_what_is_left_empty_stays(town: Town) -> None:
    path = path_of(town, "/entry/organizations/{organization}/facts")
    officer = town.officer()

    assert "没有填写" in refused(town, officer, path, on=ON)
    assert "整数" in refused(town, officer, path, on=ON, employees="many")
    assert "没有这个社会组织" in refused(town, officer, path, on=ON, network_member="无名")
    assert sent(officer, path, on=ON, part_time="7", name="东县新名诊所").status_code == 303

    h, p = headcount.c, organization_profile.c
    day = date(2026, 10, 20)
    counts = town.rows(sa.select(h.employees, h.full_time, h.part_time).where(h.from_on == day))
    assert counts == [(40, 12, 7)]
    assert town.rows(sa.select(p.name).where(p.from_on == day)) == [("东县新名诊所",)]


def test_a_persons_status_home_and_leaving_are_recorded(town: Town) -> None:
    path = path_of(town, "/entry/people/{person}/facts")
    officer, place = town.officer(), str(town.ids[f"{NAME}@"])
    other = str(town.ids[f"{MEMBERS['west'][0]}@"])

    assert "请从列出" in refused(town, officer, path, place=other, on=ON, employment="left")
    assert "没有这个单位" in refused(town, officer, path, place=place, on=ON, home="无名")
    fields = {"place": place, "on": ON, "employment": "left", "home": "west办"}
    assert sent(officer, path, **fields).status_code == 303

    e, f = engagement.c, formal_relation.c
    ended = town.rows(
        sa.select(e.until_on).where(
            e.person_at_organization_id == int(place), e.known_until.is_(None)
        )
    )
    assert ended == [(date(2026, 10, 20),)]
    held = sa.select(f.body_id).where(
        f.person_id == town.ids[NAME], f.from_on == date(2026, 10, 20)
    )
    assert len(town.rows(held)) == 1
    s = party_status.c
    assert (
        len(
            town.rows(sa.select(s.id).where(s.person_id == town.ids[NAME], s.known_until.is_(None)))
        )
        == 2
    )


def test_a_known_person_is_engaged_at_another_organization_of_the_unit(town: Town) -> None:
    path = path_of(town, "/entry/people/{person}/engagement")
    officer = town.officer()
    work = {"employment": "part_time", "since": "2026-10-01"}

    told = refused(town, officer, path, organization=ORGANIZATIONS["west"], **work)
    assert "不在您任职的单位范围内" in told
    assert sent(officer, path, organization=ORGANIZATIONS["hill"], **work).status_code == 303
    assert ORGANIZATIONS["hill"] in officer.get(f"/people/{town.ids[NAME]}").text


def test_of_a_person_in_two_units_each_enters_the_own_part(town: Town) -> None:
    town.app.write(
        lambda c: byhand.add_engagement(
            town.desk.teller("en").work(c, CLERK),
            person_id=town.ids[NAME],
            organization_id=town.ids[ORGANIZATIONS["west"]],
            employment="part_time",
            since=BEGAN,
        )
    )
    p = person_at_organization.c
    there = sa.select(p.id).where(p.organization_id == town.ids[ORGANIZATIONS["west"]])
    west = town.rows(there.where(p.person_id == town.ids[NAME]))[0][0]
    path = path_of(town, "/entry/people/{person}/facts")

    told = refused(town, town.officer(), path, place=str(west), on=ON, employment="left")

    assert "请从列出" in told
    assert (
        sent(town.officer(unit="west"), path, place=str(west), on=ON, employment="left").status_code
        == 303
    )


def test_links_to_the_forms_stand_where_they_may_be_used(town: Town) -> None:
    number = town.ids[ORGANIZATIONS["east"]]
    for role in OFFICERS:
        text = town.officer(role).get(f"/organizations/{number}").text
        for form in ("contact", "facts", "person"):
            path = f"/entry/organizations/{number}/{form}"
            wanted = role in FORMS["/entry/organizations/{organization}/" + form]
            assert (path in text) is wanted, (role, form)
