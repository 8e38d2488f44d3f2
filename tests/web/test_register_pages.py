"""What holds for every page of the register: languages, labels, no inline code, merged records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Role
from lifecycle.cases import Subject
from lifecycle.engine import record_rows
from lifecycle.register import put
from tests.web.town import BEGAN, CLERK, MEMBERS, ORGANIZATIONS, Town
from workflows.subjects import ORGANIZATION, PERSON

if TYPE_CHECKING:
    from sqlalchemy import Connection

PAGES = (
    ("/organizations", Role.CASE_OFFICER),
    ("/organizations?text=nothing", Role.CASE_OFFICER),
    ("/organizations/{organization}", Role.CASE_OFFICER),
    ("/organizations/{organization}", Role.FINANCE_OFFICER),
    ("/people/{person}", Role.AUDITOR),
    ("/people/{person}", Role.CASE_OFFICER),
    ("/people/{person}/erase", Role.CASE_OFFICER),
    ("/search?q=x", Role.CASE_OFFICER),
    ("/search", Role.CASE_OFFICER),
    ("/entry/organization", Role.CASE_OFFICER),
    ("/entry/unit", Role.ORG_DEPT_OFFICER),
    ("/entry/contact", Role.ORG_DEPT_OFFICER),
    ("/entry/organizations/{organization}/contact", Role.ORG_DEPT_OFFICER),
    ("/entry/organizations/{organization}/facts", Role.CASE_OFFICER),
    ("/entry/organizations/{organization}/person", Role.CASE_OFFICER),
    ("/entry/people/{person}/engagement", Role.CASE_OFFICER),
    ("/entry/people/{person}/facts", Role.CASE_OFFICER),
)
CONTROL = re.compile(r"<(?:input|select|textarea)\b[^>]*>")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("path", "role"), PAGES)
def test_every_page_can_be_read_by_everybody(
    town: Town, path: str, role: Role, language: str
) -> None:
    officer = town.officer(role)
    officer.get(f"/language/{language}")
    at = path.format(
        organization=town.ids[ORGANIZATIONS["east"]], person=town.ids[MEMBERS["east"][0]]
    )

    answer = officer.get(at)

    assert answer.status_code == 200, answer.text
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    assert main.count("<h1>") == 1
    assert not re.search(r"\bstyle=|\bon\w+=|<script", main)
    for table in re.findall(r"<table.*?</table>", main, re.DOTALL):
        assert all("scope=" in one for one in re.findall(r"<th\b[^>]*>", table))
    for control in CONTROL.findall(main):
        if 'type="hidden"' in control:
            continue
        number = re.search(r'id="([^"]+)"', control)
        inside = re.search(rf"<label>[^<]*{re.escape(control)}", main)
        assert inside or (number and f'<label for="{number[1]}">' in main), control
    if language == "zh":
        assert not re.search(r"<(?:h2|label|th)[^>]*>[A-Za-z]", main)


def merge(town: Town, kind: str, gone: int, kept: int) -> None:
    def put_down(connection: Connection) -> None:
        work = town.desk.teller("en").work(connection, CLERK)
        key = {"subject_type": kind, "gone_id": gone}
        row = put("merged_record", key, {"kept_id": kept}, BEGAN)
        record_rows(work, Subject(kind, gone), [row], BEGAN, settles=False)

    town.app.write(put_down)


def test_a_merged_record_leads_to_the_one_that_stands_where_that_is_in_sight(town: Town) -> None:
    east, hill, west = (ORGANIZATIONS[one] for one in ("east", "hill", "west"))
    merge(town, ORGANIZATION, town.ids[hill], town.ids[east])
    one, other = MEMBERS["east"][:2]
    merge(town, PERSON, town.ids[one], town.ids[other])
    officer, elsewhere = town.officer(), town.officer(unit="west")

    for path, leads in (
        (f"/organizations/{town.ids[hill]}", f"/organizations/{town.ids[east]}"),
        (f"/people/{town.ids[one]}", f"/people/{town.ids[other]}"),
    ):
        answer = officer.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, leads)
        assert elsewhere.get(path).status_code == 404
    merge(town, ORGANIZATION, town.ids[west], town.ids[east])
    assert elsewhere.get(f"/organizations/{town.ids[west]}").status_code == 404
