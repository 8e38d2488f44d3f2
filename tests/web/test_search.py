"""The search field: what leads where, what is in sight, and that nobody is found by given name."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import OFFICERS, Role
from tests.web.counting import counted
from tests.web.reading import read
from tests.web.test_organizations import (
    COUNTS,
    LEFT_ON,
    SIGHTS,
    leave_the_register,
    more_organizations,
    named_on,
)
from tests.web.town import CLERK, CODES, MEMBERS, ORGANIZATIONS, Town, Visitor, organization
from workflows.pinyin import initials_of, reading_of
from workflows.recording import record
from workflows.register import search_name
from workflows.searching import names_lack, read_names

if TYPE_CHECKING:
    from httpx2 import Response

NAME = MEMBERS["east"][0]


def found(visitor: Visitor, words: str) -> Response:
    return visitor.get("/search", params={"q": words})


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("温州市鞋革行业协会", "wzsxghyxh"),
        ("长沙商会（筹）", "csshc"),
        ("重庆A1商会", "cqa1sh"),
        ("", ""),
    ],
)
def test_initials_of_a_name(name: str, initials: str) -> None:
    assert initials_of(name) == initials


@pytest.mark.parametrize(
    ("surname", "reading"),
    [
        ("单", "shan"), ("曾", "zeng"), ("仇", "qiu"), ("区", "ou"), ("解", "xie"),
        ("尉迟", "yuchi"), ("欧阳", "ouyang"), ("王", "wang"), ("吕", "lv"),
    ],
)  # fmt: skip
def test_surnames_are_read_as_surnames(surname: str, reading: str) -> None:
    assert reading_of(surname) == reading


@pytest.mark.parametrize("words", ["{ref}", "{lower}", " {ref} "])
def test_a_case_number_leads_straight_to_the_case(town: Town, words: str) -> None:
    ref = town.branch()

    answer = found(town.officer(), words.format(ref=ref, lower=ref.lower()))

    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{ref}")


@pytest.mark.parametrize("role", OFFICERS)
def test_a_case_out_of_sight_is_not_found(town: Town, role: Role) -> None:
    west = town.branch("west")

    officer = town.officer(role)
    told, missing = found(officer, west), found(officer, "BR-99999")

    assert (told.status_code, missing.status_code) == (200, 200)
    assert told.text.replace(west, "BR-99999") == missing.text


def test_a_case_about_a_person_is_not_found_by_who_sees_counts(town: Town) -> None:
    for role in OFFICERS:
        answer = found(town.officer(role), town.member())
        assert answer.status_code == (200 if SIGHTS[role] == COUNTS else 303)


def test_a_credit_code_leads_straight_to_the_organization(town: Town) -> None:
    officer = town.officer()
    number = town.ids[ORGANIZATIONS["east"]]

    answer = found(officer, CODES["east"].lower())

    assert (answer.status_code, answer.headers["location"]) == (303, f"/organizations/{number}")
    assert named_on(found(officer, CODES["west"]).text) == set()


@pytest.mark.parametrize(
    ("words", "units"),
    [
        ("诊所", {"east"}),
        ("dxxxzs", {"east"}),
        ("DXX", {"east"}),
        ("xxzs", {"east"}),
        ("东县 jz", {"hill"}),
        ("东县", {"east", "hill"}),
        ("协会", {"hill", "city"}),
        ("不存在", set()),
        ("%", set()),
        ("_", set()),
    ],
)
def test_names_and_initials_find_organizations(town: Town, words: str, units: set[str]) -> None:
    assert named_on(found(town.officer(unit="city"), words).text) == units


@pytest.mark.parametrize("role", OFFICERS)
def test_only_what_is_in_sight_is_found(town: Town, role: Role) -> None:
    assert named_on(found(town.officer(role, "east"), "办").text) == set()
    assert named_on(found(town.officer(role, "west"), "x").text) == {"west"}
    assert named_on(found(town.officer(role, "hill"), "协会").text) == {"hill"}


@pytest.mark.parametrize("role", OFFICERS)
@pytest.mark.parametrize("words", ["赵", "zhao", "赵 诊所", "zhao dxxx"])
def test_persons_are_found_by_surname_and_organization_masked(
    town: Town, role: Role, words: str
) -> None:
    text = found(town.officer(role), words).text

    assert NAME not in text
    assert (f"/people/{town.ids[NAME]}" in text) is (SIGHTS[role] != COUNTS)


def test_nobody_is_found_by_given_name_or_in_other_units(town: Town) -> None:
    officer = town.officer(unit="city")
    person = f"/people/{town.ids[NAME]}"

    for words in (NAME, NAME[1:], "甲", "赵 学校", "赵 甲"):
        assert person not in found(officer, words).text
    for unit in ("west", "hill"):
        assert person not in found(town.officer(unit=unit), "赵").text


@pytest.mark.parametrize("login", ["nobody", "administrator-everywhere"])
def test_without_an_officers_role_nothing_is_searched(town: Town, login: str) -> None:
    assert found(town.visitor(login), "诊所").status_code == 403


@pytest.mark.parametrize("number", ["330302199001011234", "33030219900101123x", "330302900101123"])
def test_an_identity_number_is_refused_and_not_repeated(town: Town, number: str) -> None:
    officer = town.officer()
    answer = found(officer, f"王 {number}")

    assert (answer.status_code, answer.headers["location"]) == (303, "/search?refused=1")
    told = officer.get("/search?refused=1")
    assert (told.status_code, number in told.text) == (400, False)
    assert "身份证" in told.text


def test_names_are_read_when_they_lack_and_when_they_change(town: Town) -> None:
    officer = town.officer()
    number = town.ids[ORGANIZATIONS["east"]]
    found(officer, "x")
    assert not town.app.read(names_lack)
    work = town.desk.teller("en").work
    town.app.write(
        lambda c: record(
            work(c, CLERK), organization(number), {"name": "瓯江门诊部"}, date(2026, 9, 1)
        )
    )

    assert "瓯江门诊部" in found(officer, "ojmzb").text
    assert town.app.write(read_names) == 0
    names = town.rows(sa.select(search_name.c.initials).where(search_name.c.subject_id == number))
    assert [row[0] for row in names] == ["ojmzb"]


def test_an_organization_is_found_by_the_name_that_it_once_had(town: Town) -> None:
    number, before = town.ids[ORGANIZATIONS["east"]], ORGANIZATIONS["east"]
    work = town.desk.teller("en").work
    town.app.write(
        lambda c: record(
            work(c, CLERK), organization(number), {"name": "瓯江门诊部"}, date(2026, 9, 1)
        )
    )

    told = read(found(town.officer(), before).text)

    assert "瓯江门诊部" in told
    assert f"曾用名 {before}" in told
    assert f"/organizations/{number}" not in found(town.officer(unit="west"), before).text
    assert "曾用名" not in found(town.officer(), "瓯江").text, "it bears that name today"


def test_an_organization_that_is_no_more_is_found_and_said_to_be_so(town: Town) -> None:
    number, name = town.ids[ORGANIZATIONS["east"]], ORGANIZATIONS["east"]
    leave_the_register(town)
    officer, beside = town.officer(), town.officer(unit="west")

    assert f"{LEFT_ON} 起已不在册" in read(found(officer, name).text)
    assert found(officer, CODES["east"]).headers["location"] == f"/organizations/{number}"
    for words in (name, CODES["east"]):
        assert f"/organizations/{number}" not in found(beside, words).text


def test_a_search_costs_the_same_statements_however_much_there_is(town: Town) -> None:
    officer = town.officer()
    search = partial(found, officer, "协会")
    search()
    before = counted(town, search)
    more_organizations(town, 12)
    search()

    assert counted(town, search) == before
    assert before <= 12


def test_an_empty_search_asks(town: Town) -> None:
    text = found(town.officer(), " ").text

    assert text.count("<h1>") == 1
    assert 'name="q"' in text
