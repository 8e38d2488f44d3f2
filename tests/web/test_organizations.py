"""Organizations at the desk: who sees which in the list, and what of them in their file."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from lifecycle.access import OFFICERS, Role
from lifecycle.cases import Subject
from lifecycle.engine import record_rows
from lifecycle.register import put
from tests.property.world import fingerprint
from tests.web.counting import counted
from tests.web.reading import read
from tests.web.town import BEGAN, CLERK, MEMBERS, ORGANIZATIONS, Town, organization
from workflows import byhand
from workflows.recording import record
from workflows.register import party_body
from workflows.subjects import BODY

SEEN = {
    "east": {"east", "hill"},
    "hill": {"hill"},
    "west": {"west"},
    "city": {"city", "east", "west", "hill"},
    "everywhere": {"city", "east", "west", "hill"},
}
"""By unit of the role: the units whose organizations are in sight."""


def named_on(text: str) -> set[str]:
    return {unit for unit, title in ORGANIZATIONS.items() if title in text}


def page_of(town: Town, unit: str) -> str:
    return f"/organizations/{town.ids[ORGANIZATIONS[unit]]}"


@pytest.mark.parametrize("role", OFFICERS)
@pytest.mark.parametrize("unit", ["east", "city"])
def test_the_list_shows_the_organizations_of_the_units_of_the_role(
    town: Town, role: Role, unit: str
) -> None:
    officer = town.officer(role, unit)

    answer = officer.get("/organizations")

    assert answer.status_code == 200, answer.text
    assert named_on(answer.text) == SEEN[unit]


def test_of_a_sibling_or_a_superior_nothing_is_listed(town: Town) -> None:
    assert named_on(town.officer(unit="west").get("/organizations").text) == {"west"}
    assert named_on(town.officer(unit="hill").get("/organizations").text) == {"hill"}


@pytest.mark.parametrize("login", ["nobody", "administrator-everywhere"])
def test_without_an_officers_role_there_is_no_list_and_no_file(town: Town, login: str) -> None:
    visitor = town.visitor(login)

    assert visitor.get("/organizations").status_code == 403
    assert visitor.get(page_of(town, "east")).status_code == 403


@pytest.mark.parametrize("role", OFFICERS)
def test_an_organization_out_of_sight_reads_like_one_that_does_not_exist(
    town: Town, role: Role
) -> None:
    officer = town.officer(role, "east")

    answers = [officer.get(path) for path in (page_of(town, "west"), "/organizations/99999")]

    assert [one.status_code for one in answers] == [404, 404]
    assert ORGANIZATIONS["west"] not in answers[0].text
    assert answers[0].text.replace(page_of(town, "west"), "/organizations/99999") == answers[1].text
    assert officer.get(page_of(town, "city")).status_code == 404
    assert officer.get(page_of(town, "hill")).status_code == 200


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ("text=家政", {"hill"}),
        ("text=52330300mj0000025f", {"east"}),
        ("text=%25", set()),
        ("kind=association", set()),
        ("kind=private_nonenterprise_unit", {"city", "east", "west", "hill"}),
        ("ended=1", set()),
        ("page=2", set()),
    ],
)
def test_the_address_narrows_the_list(town: Town, asked: str, left: set[str]) -> None:
    assert named_on(town.officer(unit="city").get(f"/organizations?{asked}").text) == left


def test_a_unit_narrows_the_list_to_itself_and_what_is_below_it(town: Town) -> None:
    officer = town.officer(unit="city")

    assert named_on(officer.get(f"/organizations?unit={town.ids['east']}").text) == {"east", "hill"}
    # A unit out of sight brings nothing into sight.
    west = town.officer(unit="west")
    assert named_on(west.get(f"/organizations?unit={town.ids['city']}").text) == {"west"}


LEFT_ON = date(2026, 10, 1)


def leave_the_register(town: Town, unit: str = "east") -> None:
    """The organization of that unit leaves it in October."""
    number = town.ids[ORGANIZATIONS[unit]]

    def end(connection: sa.Connection) -> None:
        work = town.desk.teller("en").work(connection, CLERK)
        key = {"organization_id": number}
        values = {"name": ORGANIZATIONS[unit], "kind": None, "supervisor_id": town.ids[unit]}
        row = put("organization_profile", key, values, date(2026, 9, 1), LEFT_ON)
        record_rows(work, organization(number), [row], LEFT_ON)

    town.app.write(end)


def test_what_has_left_the_register_is_listed_where_it_is_asked_for(town: Town) -> None:
    leave_the_register(town)
    officer = town.officer()

    assert named_on(officer.get("/organizations").text) == {"hill"}
    assert named_on(officer.get("/organizations?ended=1").text) == {"east"}
    assert officer.get(page_of(town, "east")).status_code == 200


NAMED, MASKED, COUNTS = "named", "masked", "counts"
SIGHTS = {
    Role.CASE_OFFICER: NAMED,
    Role.APPROVER: NAMED,
    Role.ORG_DEPT_OFFICER: MASKED,
    Role.TOWNSHIP_OFFICER: MASKED,
    Role.AUDITOR: MASKED,
    Role.REGISTRATION_OFFICER: COUNTS,
    Role.FINANCE_OFFICER: COUNTS,
}


@pytest.mark.parametrize("role", OFFICERS)
@pytest.mark.parametrize("unit", ["east", "city"])
def test_members_are_named_masked_or_only_counted(town: Town, role: Role, unit: str) -> None:
    text = town.officer(role, unit).get(page_of(town, "east")).text
    sight = SIGHTS[role]

    assert "党员 3 名" in text
    for name in MEMBERS["east"]:
        assert (name in text) is (sight == NAMED)
        assert (f"{name[0]}某" in text) is (sight == MASKED)
    assert ("/people/" in text) is (sight != COUNTS)
    assert ("1980" in read(text)) is (sight == NAMED)
    assert ("MEM-" in text) is (sight != COUNTS)


def test_the_file_holds_registration_counts_cases_and_contact(town: Town) -> None:
    number = town.ids[ORGANIZATIONS["east"]]
    town.app.write(
        lambda c: byhand.add_contact(
            town.desk.teller("en").work(c, CLERK), f"organization:{number}", "a@example.org", BEGAN
        )
    )
    text = town.officer().get(page_of(town, "east")).text

    for wanted in ("52330300MJ0000025F", "民办非企业单位", "2020-05-06", "east办", "a@example.org"):
        assert wanted in text
    assert '<td class="number">40</td>' in text
    for ref in (town.ref("organization_coverage", number), town.branch(), town.member()):
        assert f'<a href="/cases/{ref}">' in text
    assert text.count("<h1>") == 1


def test_counts_before_stand_in_the_history(town: Town) -> None:
    about = organization(town.ids[ORGANIZATIONS["east"]])
    work = town.desk.teller("en").work
    town.app.write(lambda c: record(work(c, CLERK), about, {"employees": 55}, date(2026, 10, 8)))

    text = town.officer().get(page_of(town, "east")).text

    assert '<td class="tight">2026-08-03</td><td class="tight">2026-10-08</td>' in text
    assert '<td class="number">55</td>' in text


def test_a_secretary_is_named_only_where_members_are(town: Town) -> None:
    number = town.ids[ORGANIZATIONS["east"]]
    b = party_body.c
    body = town.rows(sa.select(b.id).where(b.organization_id == number))[0][0]

    def appoint(connection: sa.Connection) -> None:
        work = town.desk.teller("en").work(connection, CLERK)
        row = put("secretary_post", {"body_id": body}, {"name": "郑书记", "route": None}, BEGAN)
        record_rows(work, Subject(BODY, body), [row], BEGAN)

    town.app.write(appoint)
    told = {role: town.officer(role).get(page_of(town, "east")).text for role in OFFICERS}

    assert {role for role in OFFICERS if "郑书记" in told[role]} == {
        role for role in OFFICERS if SIGHTS[role] == NAMED
    }
    assert {role for role in OFFICERS if "郑某" in told[role]} == {
        role for role in OFFICERS if SIGHTS[role] == MASKED
    }


def test_looking_at_an_organization_writes_nothing(town: Town) -> None:
    officer = town.officer()
    officer.get("/organizations")
    before = town.app.read(fingerprint)

    officer.get(page_of(town, "east"))

    assert town.app.read(fingerprint) == before


def more_people(town: Town, count: int) -> None:
    """More members at the organization of the east, each with a case."""

    def add(connection: sa.Connection) -> None:
        for number in range(count):
            work = town.desk.teller("en").work(connection, CLERK)
            person = byhand.add_person(
                work,
                name=f"冯某{number}",
                birth_on=date(1990, 1, 1),
                admitted_on=date(2015, 7, 1),
                status="full",
            )
            byhand.add_engagement(
                work,
                person_id=person,
                organization_id=town.ids[ORGANIZATIONS["east"]],
                employment="full_time",
                since=BEGAN,
            )

    town.app.write(add)


def more_organizations(town: Town, count: int) -> None:
    def add(connection: sa.Connection) -> None:
        for number in range(count):
            work: Any = town.desk.teller("en").work(connection, CLERK)
            byhand.add_organization(
                work,
                name=f"东县第{number:03}协会",
                credit_code=f"5133{number:014}",
                kind="association",
                supervisor_id=town.ids["east"],
            )

    town.app.write(add)


def test_both_pages_cost_the_same_statements_however_much_there_is(town: Town) -> None:
    officer = town.officer()
    paths = ("/organizations", page_of(town, "east"))
    officer.get("/work")

    def costs() -> list[int]:
        return [counted(town, partial(officer.get, path)) for path in paths]

    before = costs()

    more_people(town, 8)
    more_organizations(town, 8)

    assert costs() == before
    assert before[0] <= 12
    assert before[1] <= 36


def test_fifty_stand_on_a_page_and_the_rest_on_the_next(town: Town) -> None:
    more_organizations(town, 60)
    officer = town.officer()

    first, second = (officer.get(f"/organizations?page={page}").text for page in (1, 2))

    listed = [text.count("data-open-row") for text in (first, second)]
    assert listed == [50, 12]
    assert "page=2" in first
    assert "共 62 个" in first


def in_two_hands(town: Town) -> str:
    """An organization in the county of the east that a unit of the west has in charge."""

    def add(connection: sa.Connection) -> int:
        number = byhand.add_organization(
            town.desk.teller("en").work(connection, CLERK),
            name="两地协会",
            credit_code="51330300MJ0000099Z",
            kind="association",
            supervisor_id=town.ids["west"],
            county_id=town.ids["east"],
        )
        byhand.add_engagement(
            town.desk.teller("en").work(connection, CLERK),
            person_id=town.ids[MEMBERS["west"][0]],
            organization_id=number,
            employment="part_time",
            since=BEGAN,
        )
        return number

    return f"organizations/{town.app.write(add)}"


def test_where_another_unit_is_in_charge_only_the_organization_is_in_sight(town: Town) -> None:
    path = in_two_hands(town)
    east, west = town.officer(), town.officer(unit="west")

    told = east.get(f"/{path}").text
    assert "两地协会" in told
    assert "党员 1 名" in told
    for hidden in ("周戊戊", "周某", "/people/", "/cases/", "/entry/"):
        assert hidden not in told
    for form in ("facts", "person", "contact"):
        assert east.get(f"/entry/{path}/{form}").status_code == 404
        assert west.get(f"/entry/{path}/{form}").status_code == 200
    assert "周戊戊" in west.get(f"/{path}").text
