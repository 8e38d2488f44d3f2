"""The trail at the desk: who may search what, what is never shown, and that a forgery is found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import Actor, Role
from lifecycle.cases import Subject
from lifecycle.engine import begin
from lifecycle.store.tables import case, entry
from tests.property.world import fingerprint
from tests.web.reading import read
from tests.web.town import MEMBERS, ROLES, login_of
from wording.words import Words
from workflows.remarks import note_export, note_look
from workflows.subjects import ORGANIZATION, PLACE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.web.town import Town

MAY = {Role.AUDITOR, Role.ORG_DEPT_OFFICER, Role.APPROVER, Role.CASE_OFFICER}
PERSONS = [name for names in MEMBERS.values() for name in names]


@pytest.mark.parametrize("role", ROLES)
def test_who_may_search_and_verify(town: Town, role: Role) -> None:
    visitor = town.officer(role)
    code = 200 if role in MAY else 403

    assert visitor.get("/audit").status_code == code
    assert visitor.get(f"/audit/{town.branch()}").status_code == code
    before = town.app.read(fingerprint)
    assert visitor.post("/audit/verify").status_code == code
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("role", sorted(MAY))
def test_cases_of_other_units_are_not_there(town: Town, role: Role) -> None:
    visitor = town.officer(role)
    other = town.branch("west")

    assert visitor.get(f"/audit/{other}").status_code == 404
    assert f"{other}/" not in visitor.get("/audit").text
    assert f"{other}/" not in visitor.get(f"/audit?case={other}").text
    assert f"{town.branch()}/" in visitor.get(f"/audit?case={town.branch()}").text


def test_no_name_of_a_person_is_shown(town: Town) -> None:
    auditor = town.officer(Role.AUDITOR, "everywhere")
    pages = ["/audit", f"/audit?case={town.member()}", f"/audit/{town.member()}"]
    texts = [auditor.get(page).text for page in pages]

    assert all(name not in text for name in PERSONS for text in texts)
    assert "赵某" in texts[1]


def test_pages_of_fifty_by_key_show_every_entry_once(town: Town) -> None:
    auditor = town.officer(Role.AUDITOR, "everywhere")
    seen: list[str] = []
    path = "/audit"
    while path:
        text = auditor.get(path).text
        found = re.findall(r">([A-Z]+-\d+/\d+)<", text)
        assert len(found) <= 50
        seen += found
        following = re.search(r'href="(/audit\?[^"]*before=[^"]+)"', text)
        path = following[1].replace("&amp;", "&") if following else ""

    count = town.rows(sa.select(sa.func.count()).select_from(entry))[0][0]
    assert len(seen) == len(set(seen)) == count > 50


def test_the_search_is_narrowed_by_who_day_and_kind(town: Town) -> None:
    auditor = town.officer(Role.AUDITOR, "everywhere")

    assert "/1<" in auditor.get("/audit?who=clerk").text
    for nothing in ("who=nobody", "since=2027-01-01", "until=2020-01-01", "kind=erased"):
        assert 'class="empty"' in auditor.get(f"/audit?{nothing}").text, nothing
    assert auditor.get("/audit?since=soon").status_code == 400
    mistyped = auditor.get("/audit?case=BR-x&who=clerk")
    assert mistyped.status_code == 400
    assert 'role="alert"' in mistyped.text
    for field in ('name="case" value="BR-x"', 'name="who" value="clerk"'):
        assert field in mistyped.text
    assert "/1<" not in mistyped.text
    assert auditor.get("/audit?before=nonsense").status_code == 200


def _look(town: Town) -> None:
    actor = Actor(login_of(Role.CASE_OFFICER, "east"), frozenset({Role.CASE_OFFICER}))

    def act(connection: Connection) -> None:
        place = town.ids[f"{MEMBERS['east'][0]}@"]
        about = Subject(PLACE, place)
        note_look(begin(connection, town.app.registry, town.app.clock, actor), about, "member")
        listed = Subject(ORGANIZATION, town.ids["东县新星诊所"])
        work = begin(connection, town.app.registry, town.app.clock, actor)
        note_export(work, listed, "季度核对", {"list": "organizations", "rows": 3})

    town.app.write(act)


def test_looks_and_exports_are_read_by_the_auditor_alone(town: Town) -> None:
    _look(town)

    for role, sees in ((Role.AUDITOR, True), (Role.CASE_OFFICER, False)):
        visitor = town.officer(role)
        text = visitor.get("/audit?what=looks").text
        assert ("季度核对" in text) is sees, role
        plain = visitor.get("/audit").text
        assert "季度核对" not in plain
        assert "<td>导出" not in plain, "looks are no part of the ordinary search"
    assert "季度核对" not in town.officer(Role.AUDITOR, "west").get("/audit?what=looks").text


def test_what_was_looked_at_and_taken_away_is_told_in_words(town: Town) -> None:
    officer, ref = town.officer(), town.member()
    officer.get(f"/cases/{ref}")
    unit = str(town.ids["east"])
    officer.post(
        "/work/export",
        "/work?whose=all",
        reason="季度核对",
        whose="all",
        workflow="branch",
        unit=unit,
    )

    told = read(town.officer(Role.AUDITOR).get("/audit?what=looks").text)

    assert f"案件 {ref}" in told
    assert "待办 1 行, 范围 全部, 事项 党支部, 单位及下级 east办" in told
    assert "whose" not in told


def test_a_whole_trail_is_said_to_be_whole_and_how_much_was_verified(town: Town) -> None:
    everywhere = town.officer(Role.AUDITOR, "everywhere").post("/audit/verify").text
    east = town.officer(Role.AUDITOR).post("/audit/verify").text
    count = [town.rows(sa.select(sa.func.count()).select_from(one))[0][0] for one in (case, entry)]
    told = Words("zh")("verified", cases=count[0], entries=count[1])

    assert 'class="done"' in everywhere
    assert told in everywhere
    assert 'class="done"' in east
    assert told not in east


def test_a_forgery_is_named_to_who_sees_the_case_and_to_nobody_else(town: Town) -> None:
    number = int(town.branch().split("-")[1])

    def forge(connection: Connection) -> None:
        connection.exec_driver_sql("DROP TRIGGER entry_no_update")
        connection.execute(
            sa.text(f"UPDATE entry SET effective_on='2025-01-01' WHERE case_id={number}")  # noqa: S608
        )

    town.app.write(forge)

    for unit, named in (("east", True), ("city", True), ("west", False)):
        text = town.officer(Role.AUDITOR, unit).post("/audit/verify").text
        assert (f"{town.branch()}/1" in text) is named, unit
        assert ('role="alert"' in text) is named, unit
    chain = town.officer().get(f"/audit/{town.branch()}").text
    assert 'class="broken"' in chain


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_languages(town: Town, language: str) -> None:
    auditor = town.officer(Role.AUDITOR)
    auditor.get(f"/language/{language}")
    for page in ("/audit", "/audit?what=looks", f"/audit/{town.branch()}"):
        assert auditor.get(page).status_code == 200
    refs = town.rows(sa.select(case.c.id).where(case.c.workflow == "register"))
    assert auditor.get(f"/audit/FILE-{refs[0].id}").status_code in {200, 404}


def test_a_file_behind_cases_is_read_where_they_are_without_telling_who_looked(town: Town) -> None:
    _look(town)
    officer = login_of(Role.CASE_OFFICER, "east")
    number = town.rows(
        sa.select(case.c.id).where(
            case.c.workflow == "register",
            case.c.subject_type == ORGANIZATION,
            case.c.subject_id == town.ids["东县新星诊所"],
        )
    )[0].id
    path = f"/audit/FILE-{number}"

    read = {role: town.officer(role).get(path) for role in (Role.AUDITOR, Role.APPROVER)}

    assert {role: one.status_code for role, one in read.items()} == dict.fromkeys(read, 200)
    assert f"<td>{officer}</td>" in read[Role.AUDITOR].text
    assert f"<td>{officer}</td>" not in read[Role.APPROVER].text
    assert town.officer(Role.AUDITOR, "west").get(path).status_code == 404
