"""Erasing at the desk: a preview, two persons, and afterwards the name is nowhere."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import OFFICERS, Role
from lifecycle.accounts.grants import arrange_substitute, grant
from lifecycle.accounts.people import account_of
from notices.delivery import deliver
from tests.people import dumped, problems
from tests.property.world import fingerprint
from tests.web.town import BEGAN, CLERK, MEMBERS, ORGANIZATIONS, login_of
from web.routes import erasing
from workflows import byhand
from workflows.belongings import PSEUDONYM
from workflows.erase_conditions import REQUESTERS
from workflows.register import person

if TYPE_CHECKING:
    from pathlib import Path

    from httpx2 import Response
    from sqlalchemy import Connection

    from tests.web.town import Town, Visitor

NAME = MEMBERS["east"][0]
WHY = "本人书面申请"
SHOWN = re.compile(r'name="_shown" value="([0-9a-f]{32})"')
APPROVER = login_of(Role.APPROVER, "east")
OFFICER = login_of(Role.CASE_OFFICER, "east")


def page_of(town: Town, name: str = NAME) -> str:
    return f"/people/{town.ids[name]}"


def erase_page(town: Town) -> str:
    return f"{page_of(town)}/erase"


def send(town: Town, visitor: Visitor, reason: str = "") -> Response:
    """Looks at the page and sends its form."""
    found = SHOWN.search(visitor.get(erase_page(town)).text)
    return visitor.post(erase_page(town), _shown=found[1] if found else "", reason=reason)


def gone(town: Town, unit: str = "east") -> None:
    """The member leaves: no case is open any more."""
    number = int(town.member(unit).rpartition("-")[2])

    def leave(connection: Connection) -> None:
        engine.advance(
            connection,
            town.app.registry,
            town.app.clock,
            case_id=number,
            event="left_before_transfer",
            actor=CLERK,
            fields={"evidence": "离职证明第7号"},
        )

    town.app.write(leave)


def name_of(town: Town) -> str:
    called: str = town.rows(sa.select(person.c.name).where(person.c.id == town.ids[NAME]))[0][0]
    return called


def delivered(town: Town) -> Path:
    """Everything owed lies as mails in the folder of the desk."""
    assert town.desk.parts.post is not None
    deliver(town.desk.parts.post)
    assert town.desk.outgoing is not None
    assert list(town.desk.outgoing.glob("*.eml"))
    return town.desk.outgoing


def test_two_officers_erase_a_person_and_the_name_is_nowhere(town: Town) -> None:
    gone(town)
    folder = delivered(town)
    count = len(list(folder.glob("*.eml")))
    assert NAME in dumped(town.app)

    asked = send(town, town.officer(), WHY)
    assert (asked.status_code, asked.headers["location"]) == (303, erase_page(town))
    assert name_of(town) == NAME, "nothing goes before it is confirmed"
    done = send(town, town.officer(Role.APPROVER))

    assert (done.status_code, done.headers["location"]) == (303, page_of(town))
    held = dumped(town.app)
    assert [one for one in (NAME, "离职证明第7号") if one in held] == []
    p = person.c
    left = sa.select(p.name, p.birth_on, p.admitted_on).where(p.id == town.ids[NAME])
    assert town.rows(left) == [(f"{PSEUDONYM}{town.ids[NAME]}", None, None)]
    assert all(one in held for one in MEMBERS["east"][1:])
    database = town.path.read_bytes()
    assert NAME.encode() not in database
    log = town.path.with_name(f"{town.path.name}-wal")
    assert not log.exists() or log.stat().st_size == 0
    assert len(list(folder.glob("*.eml"))) < count, "mails about the person are removed"
    assert problems(town.app) == []
    for role in REQUESTERS:
        officer = town.officer(role)
        for path in (page_of(town), erase_page(town)):
            text = officer.get(path).text
            assert "已删除。" in text
            assert NAME not in text
            assert "<textarea" not in text
        assert f"{page_of(town)}/file" not in officer.get(page_of(town)).text


@pytest.mark.parametrize("role", OFFICERS)
def test_who_may_ask(town: Town, role: Role) -> None:
    gone(town)
    officer = town.officer(role)
    before = town.app.read(fingerprint)

    if role in REQUESTERS:
        assert send(town, officer, WHY).status_code == 303
        assert WHY in officer.get(erase_page(town)).text
        return
    answers = [officer.get(erase_page(town)), officer.post(erase_page(town), reason=WHY)]
    assert [one.status_code for one in answers] == [403, 403]
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("unit", ["west", "hill"])
def test_elsewhere_nobody_is_there(town: Town, unit: str) -> None:
    officer = town.officer(unit=unit)
    before = town.app.read(fingerprint)

    answers = [
        officer.get(erase_page(town)),
        officer.post(erase_page(town), reason=WHY),
        officer.get("/people/999999/erase"),
    ]

    assert [one.status_code for one in answers] == [404, 404, 404]
    assert town.app.read(fingerprint) == before


def test_what_stands_in_the_way_is_named_with_what_to_do(town: Town) -> None:
    officer = town.officer()
    text = officer.get(erase_page(town)).text

    assert f"尚有在办案件: {town.member()}。" in text
    assert f'href="/cases/{town.member()}"' in text
    assert "lifecycle " not in text, "no commands on a page"
    assert "<textarea" not in text, "nothing to fill in before it can be asked for"
    before = town.app.read(fingerprint)
    for shown in ("", "0" * 32):
        answer = officer.post(erase_page(town), _shown=shown, reason=WHY)
        assert town.member() in answer.text
    assert town.app.read(fingerprint) == before


def test_what_gets_in_the_way_after_the_page_was_read_stops_it(town: Town) -> None:
    gone(town)
    officer = town.officer()
    shown = shown_to(town, Role.CASE_OFFICER)

    def come_back(connection: Connection) -> None:
        byhand.add_engagement(
            town.desk.teller("en").work(connection, CLERK),
            person_id=town.ids[NAME],
            organization_id=town.ids[ORGANIZATIONS["hill"]],
            employment="part_time",
            since=BEGAN,
        )

    town.app.write(come_back)
    before = town.app.read(fingerprint)

    answer = officer.post(erase_page(town), _shown=shown, reason=WHY)

    assert answer.status_code in {409, 422}
    assert "尚有在办案件" in answer.text
    assert town.app.read(fingerprint) == before


def test_cases_of_other_units_are_counted_and_not_named(town: Town) -> None:
    def engage(connection: Connection) -> int:
        return byhand.add_engagement(
            town.desk.teller("en").work(connection, CLERK),
            person_id=town.ids[NAME],
            organization_id=town.ids[ORGANIZATIONS["west"]],
            employment="part_time",
            since=BEGAN,
        )

    there = town.ref("member_relation", town.app.write(engage))

    text = town.officer().get(erase_page(town)).text

    assert there not in text
    assert f"尚有在办案件: {town.member()}, 另有 1 项在您的管辖范围之外。" in text
    assert "1 个案件在您的管辖范围之外" in text


@pytest.mark.parametrize(
    ("reason", "status"),
    [("", 422), ("因" * 301, 422), (f"{NAME}本人申请", 422), ("33030219900101123X", 400)],
)
def test_a_reason_that_does_not_do_changes_no_row(town: Town, reason: str, status: int) -> None:
    gone(town)
    officer = town.officer()
    officer.get(page_of(town))
    before = town.app.read(fingerprint)

    answer = send(town, officer, reason)

    assert answer.status_code == status
    assert "33030219900101123X" not in answer.text
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("shown", ["", "0" * 32])
def test_what_was_not_shown_is_shown_first(town: Town, shown: str) -> None:
    gone(town)
    send(town, town.officer(), WHY)
    approver = town.officer(Role.APPROVER)
    approver.get(page_of(town))
    before = town.app.read(fingerprint)

    answer = approver.post(erase_page(town), _shown=shown)

    assert answer.status_code == (409 if shown else 200)
    assert SHOWN.search(answer.text)
    assert town.app.read(fingerprint) == before


def test_nobody_confirms_the_own_request(town: Town) -> None:
    gone(town)
    approver = town.officer(Role.APPROVER)
    send(town, approver, WHY)

    text = approver.get(erase_page(town)).text
    assert "申请由您提出: 须由另一人确认。" in text
    assert f"申请人是 {APPROVER}: 不能自己确认自己的申请" in text
    assert SHOWN.search(text) is None, "no button either"
    shown = shown_to(town, Role.ORG_DEPT_OFFICER)
    before = town.app.read(fingerprint)
    assert approver.post(erase_page(town), _shown=shown).status_code == 422
    assert town.app.read(fingerprint) == before


def shown_to(town: Town, role: Role) -> str:
    """What the form says before somebody who may confirm."""
    found = SHOWN.search(town.officer(role).get(erase_page(town)).text)
    assert found is not None
    return found[1]


def test_a_case_officer_asks_and_does_not_confirm(town: Town) -> None:
    gone(town)
    send(town, town.officer(Role.APPROVER), WHY)
    officer = town.officer()

    text = officer.get(erase_page(town)).text
    assert "✗ 办理角色为" in text
    assert SHOWN.search(text) is None
    shown = shown_to(town, Role.ORG_DEPT_OFFICER)
    before = town.app.read(fingerprint)

    assert officer.post(erase_page(town), _shown=shown).status_code == 422
    assert town.app.read(fingerprint) == before


def test_who_acts_for_the_requester_does_not_confirm_either(town: Town) -> None:
    gone(town)

    def arrange(connection: Connection) -> None:
        absent, substitute = (account_of(connection, one).id for one in (OFFICER, APPROVER))
        grant(
            connection, account_id=absent, role=Role.APPROVER, unit_id=town.ids["east"],
            from_on=BEGAN, until_on=None, by="test", now=town.wall(),
        )  # fmt: skip
        arrange_substitute(
            connection, absent_id=absent, substitute_id=substitute, from_on=BEGAN,
            until_on=BEGAN + timedelta(days=300), by="test", now=town.wall(),
        )  # fmt: skip

    town.app.write(arrange)
    send(town, town.officer(), WHY)
    substitute = town.sit(APPROVER)
    substitute.post("/acting-for", login=OFFICER)

    text = substitute.get(erase_page(town)).text
    assert "申请由您提出: 须由另一人确认。" in text
    shown = shown_to(town, Role.ORG_DEPT_OFFICER)
    before = town.app.read(fingerprint)

    assert substitute.post(erase_page(town), _shown=shown).status_code == 422
    assert town.app.read(fingerprint) == before


def test_a_request_stands_on_the_page_of_the_person(town: Town) -> None:
    gone(town)
    approver, auditor = town.officer(Role.APPROVER), town.officer(Role.AUDITOR)
    assert "已有人申请删除" not in approver.get(page_of(town)).text
    send(town, town.officer(), WHY)

    assert "已有人申请删除" in approver.get(page_of(town)).text
    assert "已有人申请删除" not in auditor.get(page_of(town)).text
    text = approver.get(erase_page(town)).text
    assert OFFICER in text
    assert WHY in text


def test_two_clicks_ask_once_and_confirm_once(town: Town) -> None:
    gone(town)
    officer, approver = town.officer(), town.officer(Role.APPROVER)
    shown = shown_to(town, Role.CASE_OFFICER)

    asked = [officer.post(erase_page(town), _shown=shown, reason=WHY) for _ in range(2)]
    shown = shown_to(town, Role.APPROVER)
    done = [approver.post(erase_page(town), _shown=shown) for _ in range(2)]

    assert [one.status_code for one in asked] == [303, 409]
    assert [one.status_code for one in done] == [303, 303]
    assert problems(town.app) == []


def test_it_is_grave_the_password_is_wanted_again(town: Town) -> None:
    gone(town)
    officer = town.officer()
    shown = shown_to(town, Role.CASE_OFFICER)
    token = officer.token()
    town.wall.pass_time(minutes=11)
    before = town.app.read(fingerprint)

    data = {"_token": token, "_shown": shown, "reason": WHY}
    answer = officer.client.post(erase_page(town), data=data)

    assert (answer.status_code, 'name="password"' in answer.text) == (403, True)
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("fault", ["busy", "file"])
def test_what_could_not_be_cleaned_is_said_and_cleaned_once_more(
    town: Town, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    gone(town)
    send(town, town.officer(), WHY)
    approver = town.officer(Role.APPROVER)

    def hindered(*_: object) -> tuple[int, bool]:
        if fault == "file":
            raise PermissionError
        return 0, False

    monkeypatch.setattr(erasing, "clean_up", hindered)
    answer = send(town, approver)
    assert answer.status_code == 200
    assert "再次清理" in answer.text
    assert name_of(town) != NAME
    monkeypatch.undo()

    again = approver.post(erase_page(town))

    assert (again.status_code, again.headers["location"]) == (303, page_of(town))


def test_the_organization_department_sees_no_name_and_confirms_all_the_same(town: Town) -> None:
    gone(town)
    send(town, town.officer(), WHY)
    officer = town.officer(Role.ORG_DEPT_OFFICER, "city")

    assert NAME not in officer.get(erase_page(town)).text
    assert send(town, officer).headers["location"] == page_of(town)
    assert name_of(town) == f"{PSEUDONYM}{town.ids[NAME]}"


def test_whoever_sees_a_surname_finds_no_name_by_trying(town: Town) -> None:
    gone(town)
    answers = []
    for guess in (NAME, f"{NAME[0]}某某"):
        officer = town.officer(Role.ORG_DEPT_OFFICER)
        # Too long on purpose: so that the reason is judged and nothing is asked for.
        told = send(town, officer, guess + "因" * 300)
        answers.append((told.status_code, told.text.replace(guess, "").count("请不要写入")))

    assert answers == [(422, 0), (422, 0)]
    assert "请不要写入" in send(town, town.officer(), NAME).text


def test_in_english_too(town: Town) -> None:
    officer = town.officer()
    officer.get("/language/en?next=/")

    text = officer.get(erase_page(town)).text

    assert "What would go" in text
    assert "withdrawn by correcting the entry" in text
