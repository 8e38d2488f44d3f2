"""Recording an event at the desk: form, preview, refusal, stale forms, two clicks."""

from __future__ import annotations

import html
import re
from json import loads
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.store.tables import entry
from tests.property.world import fingerprint
from tests.web.town import ORGANIZATIONS, TODAY, login_of
from wording.references import resolved_by

if TYPE_CHECKING:
    from tests.web.town import Town, Visitor

APPLICATION = {
    "body_kind": "own",
    "application": "申请〔2026〕1号",
    "form_complete": "true",
    "list_attached": "true",
    "leaders_proposed": "true",
}
HIDDEN = re.compile(r'name="(_\w+)" value="([^"]*)"')


def hidden(visitor: Visitor, path: str) -> dict[str, str]:
    """What a form carries besides what is typed."""
    return dict(HIDDEN.findall(visitor.get(path).text))


def fields_of(visitor: Visitor, path: str) -> set[str]:
    return set(re.findall(r'name="([a-z]\w*)"', visitor.get(path).text)) - {
        "q",
        "login",
        "next",
        "viewport",
    }


def test_the_form_asks_for_what_the_definition_asks(town: Town) -> None:
    officer = town.officer()
    path = f"/cases/{town.branch()}/events/application_filed"
    book = town.app.registry.book("branch").workflow
    declared = {
        name for row in book.transitions if row.event == "application_filed" for name in row.fields
    }

    assert fields_of(officer, path) == declared


def test_a_preview_says_what_would_follow_and_writes_nothing(town: Town) -> None:
    officer = town.officer()
    path = f"/cases/{town.branch()}/events/application_filed"
    before = town.app.read(fingerprint)

    shown = officer.post(path, path, **{**sent(officer, path), "_do": "preview"})

    assert shown.status_code == 200, shown.text
    assert "D16" in shown.text
    assert APPLICATION["application"] in shown.text
    assert town.app.read(fingerprint) == before


def sent(visitor: Visitor, path: str) -> dict[str, str]:
    """The form at that path, filled in."""
    return {**hidden(visitor, path), "_on": TODAY.isoformat(), **APPLICATION}


def test_what_was_previewed_is_recorded_once_however_often_it_is_sent(town: Town) -> None:
    officer = town.officer()
    branch = town.branch()
    path = f"/cases/{branch}/events/application_filed"
    form = sent(officer, path)
    token = officer.token()

    answers = [
        officer.client.post(path, data={**form, "_token": token, "_do": "save"}) for _ in range(2)
    ]

    assert [one.status_code for one in answers] == [303, 303]
    number = int(branch.split("-")[1])
    rows = town.rows(
        sa.select(entry.c.event, entry.c.body).where(
            entry.c.case_id == number, entry.c.event == "application_filed"
        )
    )
    assert len(rows) == 1
    actor = loads(bytes(rows[0].body))["actor"]
    assert actor["id"] == login_of(Role.CASE_OFFICER, "east")
    assert actor["source"] == "session"
    assert actor["roles"] == ["case_officer"]


def test_a_refusal_lists_every_reason_and_keeps_what_was_typed(town: Town) -> None:
    officer = town.officer()
    path = f"/cases/{town.branch()}/events/application_filed"
    before = town.app.read(fingerprint)
    form = sent(officer, path)
    empty = dict.fromkeys(APPLICATION, "")

    refused = officer.post(path, path, **{**form, **empty, "application": "留下我", "_do": "save"})

    assert refused.status_code == 422
    missing = refused.text.count('class="unmet"')
    assert missing >= 3, "one line for every field that is missing"
    assert "留下我" in refused.text
    assert town.app.read(fingerprint) == before


def test_who_lacks_the_role_is_told_which_one_it_takes(town: Town) -> None:
    approver = town.officer(Role.APPROVER)
    path = f"/cases/{town.branch()}/events/application_filed"

    refused = approver.post(path, path, **{**sent(approver, path), "_do": "save"})

    assert refused.status_code == 422
    assert "案件承办人" in refused.text


def test_a_stale_form_says_who_changed_what_and_keeps_what_was_typed(town: Town) -> None:
    first, second = town.officer(), town.officer(unit="city")
    path = f"/cases/{town.branch()}/events/application_filed"
    stale = sent(first, path)
    second.post(path, path, **{**sent(second, path), "_do": "save"})
    changed = town.app.read(fingerprint)

    late = first.post(path, path, **{**stale, "application": "留下我", "_do": "save"})

    assert late.status_code == 409
    assert login_of(Role.CASE_OFFICER, "city") in late.text
    assert "留下我" in late.text
    assert town.app.read(fingerprint) == changed
    assert dict(HIDDEN.findall(late.text))["_version"] != stale["_version"]


@pytest.mark.parametrize("mark", [",", "，", "、", ";", "；", "\n", "\r\n", " 、 \n"])
def test_the_names_of_a_list_stand_apart_as_officers_write_them(town: Town, mark: str) -> None:
    names = [ORGANIZATIONS[one] for one in ("west", "hill", "city")]
    rows = town.app.registry.book("branch").workflow.transitions
    named = {"partners": mark.join([*names, ""])}

    found = town.app.read(lambda c: resolved_by(town.desk.teller("zh"), c, rows, named))

    assert found == {"partners": ",".join(str(town.ids[one]) for one in names)}


def test_how_a_list_is_written_is_said_beside_it(town: Town) -> None:
    path = f"/cases/{town.branch()}/events/application_filed"

    assert "多个以逗号或顿号分隔" in town.officer().get(path).text


def test_a_remark_is_left_once_and_can_be_read(town: Town) -> None:
    officer = town.officer()
    branch = town.branch()
    token = officer.token()

    for _ in range(2):
        officer.client.post(
            f"/cases/{branch}/comment",
            data={"_token": token, "_request": "one", "text": "电话联系过, 下周报送"},
        )

    assert officer.get(f"/cases/{branch}").text.count("电话联系过, 下周报送") == 1


def remark(text: str) -> str:
    """What stands in the field of the remark."""
    return html.unescape(re.findall(r'<textarea[^>]*id="text"[^>]*>([^<]*)</textarea>', text)[0])


def test_the_end_of_a_line_in_a_remark_counts_as_one_character(town: Town) -> None:
    officer = town.officer()
    typed = "\r\n".join(["长" * 99] * 3)

    left = officer.post(f"/cases/{town.branch()}/comment", text=typed)

    assert left.status_code == 303, "299 characters, as its field counts"
    assert typed.replace("\r\n", "\n") in officer.get(left.headers["location"]).text


def test_a_remark_that_is_refused_stays_in_its_field(town: Town) -> None:
    officer = town.officer()
    before = town.app.read(fingerprint)
    typed = "<b>第一行\n" + "长" * 300

    long = officer.post(f"/cases/{town.branch()}/comment", text=typed)

    assert long.status_code == 400
    assert 'class="problem" role="alert">备注最多 300 字' in long.text
    assert remark(long.text) == typed
    assert town.branch() in long.text
    assert town.app.read(fingerprint) == before
    numbered = officer.post(f"/cases/{town.branch()}/comment", text="330326199001011234 某 " * 20)
    assert (numbered.status_code, remark(numbered.text)) == (400, "")


def alert(text: str) -> str:
    """What a page says is wrong."""
    found: list[str] = re.findall(r'role="alert">([^<]*)<', text)
    return found[0]


def test_a_case_is_claimed_by_one_put_aside_and_given_back(town: Town) -> None:
    first, second = town.officer(), town.officer(unit="city")
    branch = town.branch()

    assert first.post(f"/cases/{branch}/claim").status_code == 303
    taken = second.post(f"/cases/{branch}/claim")
    assert (taken.status_code, login_of(Role.CASE_OFFICER, "east") in taken.text) == (400, True)
    assert branch in first.get("/work").text
    assert branch not in second.get("/work").text
    assert second.post(f"/cases/{branch}/release").status_code == 400
    past = first.post(f"/cases/{branch}/aside", until="2026-10-30")
    assert (past.status_code, "搁置" in alert(past.text)) == (400, True)
    assert 'name="until" value="2026-10-30"' in past.text
    assert 'id="actions"' in past.text, "the page of the case"
    assert first.post(f"/cases/{branch}/aside", until="soon").status_code == 400
    first.post(f"/cases/{branch}/aside", until="2026-12-01")
    assert branch not in first.get("/work").text
    assert branch in first.get("/work?light=aside").text
    first.post(f"/cases/{branch}/release")
    assert branch in second.get("/work?whose=unclaimed").text
