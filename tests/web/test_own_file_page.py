"""A person's own file at the desk: printed by who may, for a reason, and noted each time."""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import OFFICERS, Role
from lifecycle.store.tables import case, entry, personal_value
from tests.property.world import fingerprint
from tests.web.reading import read
from tests.web.town import MEMBERS, ORGANIZATIONS, login_of
from workflows.own_file import READERS
from workflows.remarks import FILE_READ
from workflows.subjects import PERSON

if TYPE_CHECKING:
    from tests.web.town import Town

NAME = MEMBERS["east"][0]
WHY = "本人到场查阅"


def page_of(town: Town, name: str = NAME) -> str:
    return f"/people/{town.ids[name]}"


def readings(town: Town, name: str = NAME) -> list[tuple[str, str, str | None]]:
    """Who read the file, why, and for whom."""
    v = personal_value.c
    rows = town.rows(
        sa.select(entry.c.body, v.value)
        .join(case, case.c.id == entry.c.case_id)
        .join(personal_value, v.entry_id == entry.c.id)
        .where(entry.c.event == FILE_READ, case.c.subject_type == PERSON)
        .where(case.c.subject_id == town.ids[name], v.name == "field.reason")
        .order_by(entry.c.id)
    )
    actors = [(loads(bytes(packed))["actor"], why) for packed, why in rows]
    return [(actor["id"], why, actor["for"]) for actor, why in actors]


@pytest.mark.parametrize("role", OFFICERS)
@pytest.mark.parametrize("unit", ["east", "city"])
def test_who_sees_persons_by_name_opens_the_file(town: Town, role: Role, unit: str) -> None:
    before = town.app.read(fingerprint)

    answer = town.officer(role, unit).post(f"{page_of(town)}/file", reason=WHY)

    if role in READERS:
        assert answer.status_code == 200, answer.text
        assert NAME in answer.text
        assert readings(town) == [(login_of(role, unit), WHY, None)]
    else:
        assert answer.status_code == 403
        assert NAME not in answer.text
        assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("unit", ["west", "hill"])
def test_the_file_of_somebody_elsewhere_is_not_there(town: Town, unit: str) -> None:
    officer = town.officer(unit=unit)
    before = town.app.read(fingerprint)

    answers = [
        officer.post(f"{page}/file", reason=WHY) for page in (page_of(town), "/people/999999")
    ]

    assert [one.status_code for one in answers] == [404, 404]
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("reason", ["", "   ", "因" * 301, "33030219900101123X"])
def test_without_a_reason_that_fits_nothing_is_shown_and_no_row_changes(
    town: Town, reason: str
) -> None:
    officer = town.officer()
    before = town.app.read(fingerprint)

    answer = officer.post(f"{page_of(town)}/file", reason=reason)

    assert answer.status_code in {400, 422}
    assert NAME not in answer.text
    assert "1980" not in read(answer.text)
    assert town.app.read(fingerprint) == before


def test_the_longest_reason_is_taken(town: Town) -> None:
    answer = town.officer().post(f"{page_of(town)}/file", reason="因" * 300)

    assert answer.status_code == 200


def test_the_page_holds_everything_that_is_stored_and_nobody_else(town: Town) -> None:
    text = town.officer().post(f"{page_of(town)}/file", reason=WHY).text

    wanted = ("1980-01-01", "2005-07-01", "2006-07-01", ORGANIZATIONS["east"], town.member(), WHY)
    assert [one for one in wanted if one not in text] == []
    assert [one for unit in MEMBERS.values() for one in unit if one != NAME and one in text] == []
    assert "lifecycle " not in text, "no commands on a page"
    assert "<h1>" + NAME in text
    assert "data-print" in text


def test_every_reading_is_noted_and_the_next_one_tells_of_it(town: Town) -> None:
    officer, approver = town.officer(), town.officer(Role.APPROVER)

    officer.post(f"{page_of(town)}/file", reason=WHY)
    officer.post(f"{page_of(town)}/file", reason=WHY)
    text = approver.post(f"{page_of(town)}/file", reason="复核").text

    own, other = login_of(Role.CASE_OFFICER, "east"), login_of(Role.APPROVER, "east")
    assert readings(town) == [(own, WHY, None), (own, WHY, None), (other, "复核", None)]
    assert own in text
    assert readings(town, MEMBERS["east"][1]) == []


@pytest.mark.parametrize("role", [one for one in OFFICERS if one is not Role.REGISTRATION_OFFICER])
def test_the_form_stands_on_the_page_of_the_person_for_who_may(town: Town, role: Role) -> None:
    text = town.officer(role).get(page_of(town)).text

    assert (f'action="{page_of(town)}/file"' in text) is (role in READERS)


def test_in_english_too(town: Town) -> None:
    officer = town.officer()
    officer.get("/language/en?next=/")

    text = officer.post(f"{page_of(town)}/file", reason=WHY).text

    assert "erasing takes two officers" in text
    assert "Back to the person" in text
