"""Persons at the desk: who sees names, who surnames, who nobody; and that looking is noted."""

from __future__ import annotations

from datetime import date, timedelta
from json import loads
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.access import OFFICERS, Role
from lifecycle.accounts.grants import arrange_substitute
from lifecycle.accounts.people import account_of
from lifecycle.cases import Subject
from lifecycle.engine import record_rows
from lifecycle.register import put
from lifecycle.store.tables import case, entry, outbox
from tests.property.world import fingerprint
from tests.web.counting import counted
from tests.web.reading import read
from tests.web.test_erase_page import gone
from tests.web.test_organizations import COUNTS, MASKED, NAMED, SIGHTS, more_organizations
from tests.web.town import BEGAN, CLERK, MEMBERS, ORGANIZATIONS, TODAY, Town, login_of
from workflows import byhand
from workflows.naming import called, name_seen
from workflows.register import party_body
from workflows.subjects import ORGANIZATION, PERSON, PLACE
from workflows.visibility import Sight

if TYPE_CHECKING:
    from sqlalchemy import Connection

NAME = MEMBERS["east"][0]
MASK = f"{NAME[0]}某"


def page_of(town: Town, name: str = NAME) -> str:
    return f"/people/{town.ids[name]}"


def looks(town: Town, name: str = NAME) -> list[tuple[str, str, str | None]]:
    """Who opened which page for whom, as the person's file says."""
    rows = town.rows(
        sa.select(entry.c.body)
        .join(case, case.c.id == entry.c.case_id)
        .where(entry.c.event == "looked_at", case.c.subject_type == PERSON)
        .where(case.c.subject_id == town.ids[name])
        .order_by(entry.c.id)
    )
    bodies = [loads(bytes(row[0])) for row in rows]
    return [(one["actor"]["id"], one["details"]["page"], one["actor"]["for"]) for one in bodies]


@pytest.mark.parametrize("role", OFFICERS)
@pytest.mark.parametrize("unit", ["east", "city"])
def test_a_person_is_named_masked_or_not_there(town: Town, role: Role, unit: str) -> None:
    answer = town.officer(role, unit).get(page_of(town))

    if SIGHTS[role] == COUNTS:
        assert answer.status_code == 403, "the page itself is not theirs, whoever it is about"
        assert MASK not in answer.text
        assert looks(town) == []
        return
    assert answer.status_code == 200, answer.text
    assert (NAME in answer.text) is (SIGHTS[role] == NAMED)
    assert (MASK in answer.text) is (SIGHTS[role] == MASKED)
    for dated in ("1980", "2005-07-01", "2006-07-01"):
        assert (dated in read(answer.text)) is (SIGHTS[role] == NAMED)
    assert "1980-01-01" not in answer.text
    assert ORGANIZATIONS["east"] in answer.text
    assert town.member() in answer.text


@pytest.mark.parametrize("role", OFFICERS)
@pytest.mark.parametrize("unit", ["west", "hill"])
def test_of_other_units_nobody_is_there(town: Town, role: Role, unit: str) -> None:
    before = town.app.read(fingerprint)
    officer = town.officer(role, unit)

    answers = [officer.get(path) for path in (page_of(town), "/people/99999")]

    nowhere = 403 if SIGHTS[role] == COUNTS else 404
    assert [one.status_code for one in answers] == [nowhere, nowhere]
    assert MASK not in answers[0].text
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("login", ["nobody", "administrator-everywhere"])
def test_without_an_officers_role_the_page_is_shut(town: Town, login: str) -> None:
    assert town.visitor(login).get(page_of(town)).status_code == 403


def test_opening_the_page_is_noted_once_a_day_for_each_reader(town: Town) -> None:
    officer, auditor = town.officer(), town.officer(Role.AUDITOR)

    for _ in range(3):
        officer.get(page_of(town))
    auditor.get(page_of(town))

    page = page_of(town)
    assert looks(town) == [
        (login_of(Role.CASE_OFFICER, "east"), page, None),
        (login_of(Role.AUDITOR, "east"), page, None),
    ]
    assert looks(town, MEMBERS["east"][1]) == []


def test_a_case_page_about_a_person_is_a_look_too_also_as_a_form(town: Town) -> None:
    officer, ref = town.officer(), town.member()
    events = [row.event for row in town.app.registry.book("member_relation").workflow.transitions]

    officer.get(f"/cases/{ref}")
    officer.get(f"/cases/{ref}/events/{events[0]}")
    officer.get(f"/cases/{town.branch()}")

    assert looks(town) == [(login_of(Role.CASE_OFFICER, "east"), f"/cases/{ref}", None)]


def test_who_looks_for_somebody_absent_is_noted_with_them(town: Town) -> None:
    login, absent = login_of(Role.AUDITOR, "west"), login_of(Role.CASE_OFFICER, "east")

    def arrange(connection: Connection) -> None:
        arrange_substitute(
            connection,
            absent_id=account_of(connection, absent).id,
            substitute_id=account_of(connection, login).id,
            from_on=BEGAN,
            until_on=BEGAN + timedelta(days=300),
            by="test",
            now=town.wall(),
        )

    town.app.write(arrange)
    visitor = town.visitor(login)
    assert visitor.get(page_of(town)).status_code == 404
    visitor.post("/acting-for", login=absent)

    assert visitor.get(page_of(town)).status_code == 200
    assert looks(town) == [(login, page_of(town), absent)]


@pytest.mark.parametrize("role", [one for one in OFFICERS if SIGHTS[one] != COUNTS])
def test_a_case_page_names_the_person_only_before_those_who_see_names(
    town: Town, role: Role
) -> None:
    text = town.officer(role).get(f"/cases/{town.member()}").text

    assert (NAME in text) is (SIGHTS[role] == NAMED)
    assert (MASK in text) is (SIGHTS[role] == MASKED)
    assert f'href="{page_of(town)}"' in text


def test_an_applicant_is_named_before_the_branchs_own_officers_only(town: Town) -> None:
    def add(connection: Connection) -> None:
        work = town.desk.teller("en").work(connection, CLERK)
        town.ids["申请甲"] = byhand.add_person(
            work, name="申请甲", birth_on=date(1999, 1, 1), admitted_on=None, status="applicant"
        )
        byhand.add_engagement(
            work,
            person_id=town.ids["申请甲"],
            organization_id=town.ids[ORGANIZATIONS["east"]],
            employment="full_time",
            since=BEGAN,
        )

    town.app.write(add)
    affiliate(town)
    told = {role: town.officer(role).get(page_of(town, "申请甲")).text for role in OFFICERS}

    assert {role for role in OFFICERS if "申请甲" in told[role]} == {
        Role.CASE_OFFICER,
        Role.APPROVER,
    }


def affiliate(town: Town, unit: str = "east", organization: str = "east") -> None:
    """Places an organization under the Party body of a unit."""
    number = town.ids[ORGANIZATIONS[organization]]
    b = party_body.c
    body = town.rows(sa.select(b.id).where(b.unit_id == town.ids[unit]))[0][0]

    def put_down(connection: Connection) -> None:
        work = town.desk.teller("en").work(connection, CLERK)
        values = {"body_id": body, "route": "listed", "interim": False}
        row = put("affiliation", {"organization_id": number}, values, BEGAN)
        record_rows(work, Subject(ORGANIZATION, number), [row], BEGAN)

    town.app.write(put_down)


def test_a_township_officer_names_members_of_what_is_affiliated_there(town: Town) -> None:
    officer = town.officer(Role.TOWNSHIP_OFFICER)
    assert NAME not in officer.get(page_of(town)).text

    affiliate(town)

    assert NAME in officer.get(page_of(town)).text
    assert NAME in officer.get(f"/cases/{town.member()}").text
    assert NAME not in town.officer(Role.TOWNSHIP_OFFICER, "city").get("/work?whose=all").text


def test_an_escalated_case_shows_the_name_to_the_organization_department(town: Town) -> None:
    officer, ref = town.officer(Role.ORG_DEPT_OFFICER), town.member()
    assert NAME not in officer.get(f"/cases/{ref}").text
    values: dict[str, Any] = {
        "key": "raised", "case_id": int(ref.split("-")[1]), "notice": "N7", "stage": "overdue",
        "recipient": "unit:1", "urgent": False, "values": {"escalation": True}, "status": "sent",
        "owed_on": BEGAN, "created_at": town.wall(), "attempts": 0,
    }  # fmt: skip
    town.app.write(lambda c: c.execute(sa.insert(outbox).values(values)))

    assert NAME in officer.get(f"/cases/{ref}").text
    assert NAME in officer.get(page_of(town)).text
    assert NAME not in town.officer(Role.AUDITOR).get(f"/cases/{ref}").text


def test_of_a_person_in_two_units_each_sees_the_own_part(town: Town) -> None:
    def engage(connection: Connection) -> int:
        return byhand.add_engagement(
            town.desk.teller("en").work(connection, CLERK),
            person_id=town.ids[NAME],
            organization_id=town.ids[ORGANIZATIONS["west"]],
            employment="part_time",
            since=BEGAN,
        )

    place = town.app.write(engage)
    there = town.ref("member_relation", place)
    east, west = (town.officer(unit=unit).get(page_of(town)).text for unit in ("east", "west"))

    assert (ORGANIZATIONS["west"] in east, there in east) == (False, False)
    assert (ORGANIZATIONS["east"] in west, town.member() in west) == (False, False)
    assert there in west


def works_elsewhere(town: Town) -> None:
    """The member of the east leaves; the west engages them."""
    gone(town)
    town.app.write(
        lambda c: byhand.add_engagement(
            town.desk.teller("en").work(c, CLERK),
            person_id=town.ids[NAME],
            organization_id=town.ids[ORGANIZATIONS["west"]],
            employment="full_time",
            since=TODAY,
        )
    )


def test_the_last_workplace_answers_until_there_is_another(town: Town) -> None:
    officer = town.officer()
    gone(town)
    assert NAME in officer.get(page_of(town)).text
    assert officer.post(f"{page_of(town)}/file", reason="本人查阅").status_code == 200


def test_a_former_workplace_sees_a_surname_and_changes_nothing(town: Town) -> None:
    works_elsewhere(town)
    facts = f"/entry/people/{town.ids[NAME]}/facts"
    engage = f"/entry/people/{town.ids[NAME]}/engagement"
    shut = (facts, engage, f"{page_of(town)}/erase")

    for role in (Role.CASE_OFFICER, Role.APPROVER):
        officer, next_one = town.officer(role), town.officer(role, "west")
        shown = officer.get(page_of(town)).text
        before = town.app.read(fingerprint)
        assert (MASK in shown, NAME in shown, "2006-07-01" in shown) == (True, False, False)
        assert str(BEGAN) not in read(shown).partition("MEM-")[0]
        assert [address for address in (*shut, "/file") if address in shown] == []
        nowhere = {404} if role is Role.CASE_OFFICER else {403, 404}
        assert {officer.get(one).status_code for one in shut} == nowhere
        fields = {"place": str(town.ids[f"{NAME}@"]), "on": str(TODAY), "party_status": "full"}
        assert officer.post(facts, **fields).status_code in {403, 404}
        assert officer.post(f"{page_of(town)}/file", reason="本人查阅").status_code == 404
        assert officer.post(shut[2], reason="本人申请").status_code == 404
        assert town.app.read(fingerprint) == before
        assert NAME in next_one.get(page_of(town)).text
        assert next_one.post(f"{page_of(town)}/file", reason="本人查阅").status_code == 200


@pytest.mark.parametrize(
    ("sight", "seen"), [(Sight.NAMED, NAME), (Sight.MASKED, MASK), (Sight.COUNTS, "")]
)
def test_one_function_decides_what_a_person_is_called(town: Town, sight: Sight, seen: str) -> None:
    assert called(sight, NAME[0], NAME) == seen
    for subject in (
        Subject(PLACE, town.ids[f"{NAME}@"]),
        Subject(PERSON, town.ids[NAME]),
    ):
        told = town.app.read(lambda c, subject=subject: name_seen(c, subject, sight))  # type: ignore[misc]
        assert (NAME in told) is (sight is Sight.NAMED)


def test_the_page_costs_the_same_statements_however_much_there_is(town: Town) -> None:
    officer = town.officer()
    officer.get(page_of(town))
    before = counted(town, lambda: officer.get(page_of(town)))
    more_organizations(town, 6)

    def engage(connection: Connection) -> None:
        for number in range(6):
            found = byhand.find_organization(connection, f"东县第{number:03}协会")
            byhand.add_engagement(
                town.desk.teller("en").work(connection, CLERK),
                person_id=town.ids[NAME],
                organization_id=found,
                employment="part_time",
                since=BEGAN,
            )

    town.app.write(engage)

    assert counted(town, lambda: officer.get(page_of(town))) == before
    assert before <= 24
