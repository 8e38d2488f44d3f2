"""Correcting at the desk: what is recorded, what would follow, and then it is saved."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import Actor, Role
from lifecycle.cases import Subject
from lifecycle.store.tables import case, entry
from tests.property.world import fingerprint
from tests.web.reading import read
from tests.web.town import BEGAN, CLERK, MEMBERS, ORGANIZATIONS, PASSWORD, login_of
from workflows.recording import record as record_value
from workflows.register import party_body
from workflows.subjects import PERSON

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.web.town import Town, Visitor

ISSUED, RECEIVED, LATER = date(2026, 10, 9), date(2026, 10, 20), date(2026, 10, 26)
FIELD = re.compile(
    r'<(?:input|textarea)[^>]*? name="([^"]+)"[^>]*?(?:value="([^"]*)"[^>]*>|>([^<]*)</textarea>)'
)
CHOICE = re.compile(r'<select[^>]*? name="([^"]+)">(.*?)</select>', re.DOTALL)


@pytest.fixture
def letter(town: Town) -> str:
    """A relation whose letter was issued and whose receiving was recorded: entries 3 and 4."""
    ref = town.member()
    home = sa.select(sa.func.min(party_body.c.id))
    person = Subject(PERSON, town.ids[MEMBERS["east"][0]])

    def find_home(connection: sa.Connection) -> None:
        work = engine.begin(connection, town.app.registry, town.app.clock, CLERK)
        record_value(work, person, {"home": town.rows(home)[0][0]}, BEGAN)

    town.app.write(find_home)

    def record(event: str, on: date, fields: dict[str, str]) -> None:
        town.app.write(
            lambda c: engine.advance(
                c,
                town.app.registry,
                town.app.clock,
                case_id=int(ref.split("-")[1]),
                event=event,
                actor=CLERK,
                fields=fields,
                effective_on=on,
            )
        )

    record("document_issued", ISSUED, {"document_kind": "formal", "number": "第7号", "days": "30"})
    record("received_formal", RECEIVED, {"receipt_returned": "true", "receipt": "回执〔2026〕3号"})
    return ref


def entry_of(town: Town, ref: str, event: str) -> int:
    """The sequence number of the latest entry of an event."""
    number = int(ref.split("-")[1])
    e = entry.c
    wanted = sa.select(sa.func.max(e.seq)).where(e.case_id == number, e.event == event)
    return int(town.rows(wanted)[0][0])


def address(town: Town, ref: str, event: str) -> str:
    return f"/cases/{ref}/entries/{entry_of(town, ref, event)}/correct"


def form_in(text: str) -> dict[str, str]:
    """What the form of a page would send as it stands."""
    form = text[text.index('<form id="correct"') :]
    form = form[: form.index("</form>")]
    found = {
        name: html.unescape(value or area)
        for name, value, area in FIELD.findall(form)
        if name != "_withdraw"
    }
    for name, options in CHOICE.findall(form):
        chosen = re.search(r'<option value="([^"]*)" selected>', options)
        found[name] = chosen[1] if chosen else ""
    return found


def send(visitor: Visitor, path: str, text: str, **changed: str) -> Response:
    """Sends the form of a page, some of it changed."""
    return visitor.post(path, **{**form_in(text), "_reason": "日期录错", **changed})


def confirm(visitor: Visitor) -> None:
    visitor.post("/confirm", "/confirm", password=PASSWORD)


def state(town: Town, ref: str) -> str:
    number = int(ref.split("-")[1])
    return str(town.rows(sa.select(case.c.state).where(case.c.id == number))[0][0])


def test_the_timeline_leads_to_the_form_with_what_is_recorded(town: Town, letter: str) -> None:
    officer = town.officer()
    path = address(town, letter, "document_issued")
    assert f'href="{path}"' in officer.get(f"/cases/{letter}").text

    form = form_in(officer.get(path).text)

    assert form["_on"] == ISSUED.isoformat()
    assert (form["document_kind"], form["number"], form["days"]) == ("formal", "第7号", "30")
    assert f'href="{path}"' not in town.officer(Role.AUDITOR).get(f"/cases/{letter}").text


def test_the_figures_in_a_preview_are_those_of_the_readers_unit(town: Town, letter: str) -> None:
    # Reported two months later the transfer is not due yet.
    path, later = address(town, letter, "member_reported"), date(2026, 10, 5).isoformat()

    told = {}
    for unit in ("east", "everywhere"):
        officer = town.officer(unit=unit)
        answer = send(officer, path, officer.get(path).text, _on=later)
        told[unit] = re.search(r"I7 [^<]*  (\d+)/(\d+) → (\d+)/(\d+)", answer.text)

    # Four members are of the unit and those below it, six of the city.
    assert {unit: one and one.groups() for unit, one in told.items()} == {
        "east": ("0", "4", "0", "3"),
        "everywhere": ("0", "6", "0", "5"),
    }


def test_a_preview_tells_all_that_follows_and_writes_nothing(town: Town, letter: str) -> None:
    officer = town.officer()
    path = address(town, letter, "received_formal")
    officer.get(path)  # that the page was opened is noted
    before = town.app.read(fingerprint)

    shown = send(officer, path, officer.get(path).text, _on=LATER.isoformat())

    assert shown.status_code == 200, shown.text
    assert f"{RECEIVED} → {LATER}" in shown.text
    assert re.search(r'<li class="in1">' + letter, shown.text)
    assert f'formaction="{path}/save"' in shown.text
    assert town.app.read(fingerprint) == before


def test_what_was_previewed_is_saved_once_after_the_password(town: Town, letter: str) -> None:
    officer = town.officer()
    path = address(town, letter, "received_formal")
    shown = send(officer, path, officer.get(path).text, _on=LATER.isoformat()).text
    town.wall.pass_time(minutes=11)
    before = town.app.read(fingerprint)

    asked = send(officer, f"{path}/save", shown)
    assert (asked.status_code, 'name="password"' in asked.text) == (403, True)
    assert town.app.read(fingerprint) == before
    confirm(officer)
    saved = send(officer, f"{path}/save", shown)
    after = town.app.read(fingerprint)
    again = send(officer, f"{path}/save", shown)

    assert [one.headers["location"] for one in (saved, again)] == [f"/cases/{letter}"] * 2
    assert after != before
    assert town.app.read(fingerprint) == after
    page = officer.get(f"/cases/{letter}").text
    assert page.count(LATER.isoformat()) >= 1
    assert state(town, letter) == "formal_in"


def test_only_what_was_shown_is_saved(town: Town, letter: str) -> None:
    officer = town.officer()
    path = address(town, letter, "received_formal")
    shown = send(officer, path, officer.get(path).text, _on=LATER.isoformat()).text
    confirm(officer)
    before = town.app.read(fingerprint)

    other = send(officer, f"{path}/save", shown, _on="2026-10-27")
    unseen = send(officer, f"{path}/save", officer.get(path).text, _on="2026-10-27")

    assert (other.status_code, unseen.status_code) == (200, 200)
    assert f"{RECEIVED} → 2026-10-27" in other.text
    assert town.app.read(fingerprint) == before


def test_a_reason_is_compulsory_and_short(town: Town, letter: str) -> None:
    officer = town.officer()
    path = address(town, letter, "received_formal")
    text = officer.get(path).text
    before = town.app.read(fingerprint)

    for reason in ("", "长" * 301):
        refused = send(officer, path, text, _on=LATER.isoformat(), _reason=reason)
        assert refused.status_code == 400
        assert "请写明原因" in refused.text
        assert "--reason" not in refused.text
        assert form_in(refused.text)["_on"] == LATER.isoformat()
    unchanged = send(officer, path, text)

    assert unchanged.status_code == 400
    assert town.app.read(fingerprint) == before


def test_later_steps_that_would_be_impossible_are_put_right_in_the_same_act(
    town: Town, letter: str
) -> None:
    officer = town.officer()
    path = address(town, letter, "document_issued")
    key = f"{letter}/{entry_of(town, letter, 'received_formal')}"
    officer.get(path)  # that the page was opened is noted
    before = town.app.read(fingerprint)

    refused = send(officer, path, officer.get(path).text, _on="2026-10-23")
    assert refused.status_code == 422
    assert key in refused.text
    assert "届时案件状态为“应转正式组织关系”" in refused.text
    assert "--also" not in refused.text
    assert town.app.read(fingerprint) == before
    also = {f"{key}:_how": "correct", f"{key}:_on": LATER.isoformat()}
    shown = send(officer, path, refused.text, **also)
    assert shown.status_code == 200, shown.text
    assert f"{RECEIVED} → {LATER}" in shown.text
    confirm(officer)
    saved = send(officer, f"{path}/save", shown.text)

    assert saved.status_code == 303
    assert state(town, letter) == "formal_in"


def test_a_later_step_can_be_withdrawn_with_it(town: Town, letter: str) -> None:
    officer = town.officer()
    path = address(town, letter, "document_issued")
    key = f"{letter}/{entry_of(town, letter, 'received_formal')}"
    text = officer.get(path).text

    refused = send(officer, path, text, _withdraw="1")
    assert refused.status_code == 422
    shown = send(officer, path, refused.text, _withdraw="1", **{f"{key}:_how": "withdraw"})
    confirm(officer)
    saved = send(officer, f"{path}/save", shown.text, _withdraw="1")

    assert (shown.status_code, saved.status_code) == (200, 303)
    assert state(town, letter) == "formal_due"


def test_a_stale_form_says_who_changed_what_and_keeps_what_was_typed(
    town: Town, letter: str
) -> None:
    first, second = town.officer(), town.officer(unit="city")
    path = address(town, letter, "received_formal")
    stale = first.get(path).text
    shown = send(second, path, second.get(path).text, receipt="回执〔2026〕4号").text
    confirm(second)
    saved = send(second, f"{path}/save", shown)
    assert saved.status_code == 303, saved.text
    changed = town.app.read(fingerprint)

    late = send(first, path, stale, receipt="留下我")

    assert late.status_code == 409
    assert login_of(Role.CASE_OFFICER, "city") in late.text
    assert "留下我" in late.text
    assert town.app.read(fingerprint) == changed


def test_it_takes_the_role_that_may_record_it_and_the_unit(town: Town, letter: str) -> None:
    path = address(town, letter, "received_formal")
    approver = town.officer(Role.APPROVER)
    approver.get(path)  # that the page was opened is noted
    before = town.app.read(fingerprint)

    refused = send(approver, path, approver.get(path).text, _on=LATER.isoformat())

    assert refused.status_code == 422
    assert "案件承办人" in refused.text
    outside, reader = town.officer(unit="west"), town.officer(Role.AUDITOR)
    assert outside.get(path).status_code == 404
    assert outside.post(path, _reason="x", _on=LATER.isoformat()).status_code == 404
    assert outside.post(f"{path}/save", _reason="x").status_code == 404
    assert reader.get(path).status_code == 403
    assert town.app.read(fingerprint) == before


def test_what_a_rule_wrote_is_not_corrected(town: Town, letter: str) -> None:
    officer = town.officer()

    by_list = officer.get(f"/cases/{letter}/entries/2/correct")
    absent = officer.get(f"/cases/{letter}/entries/99/correct")

    assert (by_list.status_code, absent.status_code) == (400, 400)
    assert f"{letter}/2" in by_list.text


def test_another_case_can_only_be_put_right_with_a_role_there(town: Town, letter: str) -> None:
    officer = town.officer()
    path = address(town, letter, "received_formal")
    other = f"{town.member('west')}/2"
    officer.get(path)  # that the page was opened is noted
    before = town.app.read(fingerprint)

    refused = send(
        officer, path, officer.get(path).text, _on=LATER.isoformat(), _also=other,
        **{f"{other}:_how": "withdraw"},
    )  # fmt: skip

    assert refused.status_code == 404
    assert town.app.read(fingerprint) == before


def test_of_another_entry_in_a_form_it_is_not_told_whether_it_is_there(
    town: Town, letter: str
) -> None:
    officer, path = town.officer(), address(town, letter, "document_issued")
    form = officer.get(path).text

    def told(other: str) -> tuple[int, str]:
        chosen = {"_on": LATER.isoformat(), "_also": other}
        answer = send(officer, path, form, **{**chosen, f"{other}:_how": ""})
        return answer.status_code, read(answer.text).replace(other, "x")

    outside, nowhere = told(f"{town.member('west')}/1"), told("MEM-999999/1")

    assert outside == nowhere
    assert outside[0] == 422


def test_free_text_is_shown_to_who_sees_names_only(town: Town) -> None:
    ref = town.ref("affiliation", town.ids[ORGANIZATIONS["east"]])
    body = town.rows(sa.select(sa.func.min(party_body.c.id)))[0][0]
    said = {"department_has_committee": "false", "decision": "组发〔2026〕9号", "body": str(body)}
    town.app.write(
        lambda c: engine.advance(
            c,
            town.app.registry,
            town.app.clock,
            case_id=int(ref.split("-")[1]),
            event="interim_set",
            actor=Actor("dept", frozenset({Role.ORG_DEPT_OFFICER})),
            fields={**said, "reason": "机关党工委先行代管"},
        )
    )
    path = address(town, ref, "interim_set")
    officer = town.officer(Role.ORG_DEPT_OFFICER)

    assert "机关党工委先行代管" in town.officer().get(path).text
    masked = officer.get(path)
    assert "机关党工委先行代管" not in masked.text
    shown = send(officer, path, masked.text, decision="组发〔2026〕10号")
    assert shown.status_code == 200, shown.text
    assert "机关党工委先行代管" not in shown.text
    confirm(officer)
    assert send(officer, f"{path}/save", shown.text).status_code == 303
    again = town.officer().get(address(town, ref, "interim_set"))
    assert "机关党工委先行代管" in again.text, "what was not shown has stayed"
