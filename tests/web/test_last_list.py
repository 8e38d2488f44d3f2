"""The way back to a list keeps what it was narrowed to, and leads nowhere else."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from html import unescape
from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Role
from tests.web.test_acting import hidden
from tests.web.town import TODAY
from web.last_list import LISTS, LONGEST

if TYPE_CHECKING:
    from tests.web.town import Town

NARROWED = "/work?whose=all&light=open&workflow=branch&due_until=2027-06-30"
BACK = re.compile(r'<a href="([^"]*)">← ')


def back(text: str) -> str:
    """Where the first link back leads."""
    found = BACK.search(text)
    assert found
    return unescape(found[1])


def test_a_case_leads_back_to_the_list_also_after_something_was_recorded(town: Town) -> None:
    officer, ref = town.officer(), town.member()
    case = f"/cases/{ref}"
    officer.get(NARROWED)
    assert back(officer.get(case).text) == NARROWED

    form = f"{case}/events/document_issued"
    typed = {"document_kind": "formal", "number": "介〔2026〕1号", "days": "30"}
    given = {**hidden(officer, form), "_on": TODAY.isoformat(), "_do": "save", **typed}
    done = officer.post(form, form, **given)

    assert done.status_code == 303, done.text
    assert back(officer.get(done.headers["location"]).text) == NARROWED


def test_many_cases_lead_back_to_the_list(town: Town) -> None:
    officer, ref = town.officer(Role.ORG_DEPT_OFFICER), town.branch()
    officer.get(NARROWED)

    assert back(officer.post("/bulk/advance", case=f"{ref}@1").text) == NARROWED
    assert back(officer.post("/bulk/hand-over", case=f"{ref}@1").text) == NARROWED
    officer.get("/work")
    assert back(officer.post("/bulk/hand-over", case=f"{ref}@1").text) == "/work?whose=mine"


def test_a_notice_and_a_chain_lead_back_to_their_lists(town: Town) -> None:
    reader = town.officer(Role.ORG_DEPT_OFFICER)
    reader.get("/notices?tab=sent&since=2026-01-01&page=2")
    reader.get(f"/audit?what=&case={town.branch()}&since=2026-01-01")

    assert back(reader.get(f"/notices/{town.notice()}").text) == (
        "/notices?tab=sent&since=2026-01-01&page=2"
    )
    assert back(reader.get(f"/audit/{town.branch()}").text) == (
        f"/audit?since=2026-01-01&case={town.branch()}"
    )


def test_who_has_seen_no_list_gets_the_plain_one(town: Town) -> None:
    assert back(town.officer().get(f"/cases/{town.branch()}").text) == "/work"


def test_what_another_account_left_in_the_browser_is_not_taken_up(town: Town) -> None:
    one, other = town.officer(), town.officer(Role.APPROVER)
    one.get(NARROWED)
    other.client.cookies.set(LISTS["/work"], one.client.cookies[LISTS["/work"]])

    assert back(other.get(f"/cases/{town.branch()}").text) == "/work"


@pytest.mark.parametrize(
    "value",
    ["", "x", "//example.org", "0" * 32, "0" * 32 + urlsafe_b64encode(b"//example.org").decode(),
     "0" * 31 + "é" * 9, "!" * 90],
)  # fmt: skip
def test_a_forged_cookie_leads_nowhere(town: Town, value: str) -> None:
    officer = town.officer()
    cookie = f"{LISTS['/work']}={value}".encode("latin-1")
    session = "; ".join(f"{name}={text}" for name, text in officer.client.cookies.items())

    answer = officer.get(
        f"/cases/{town.branch()}", headers={"Cookie": session.encode() + b"; " + cookie}
    )

    assert answer.status_code == 200
    assert back(answer.text) == "/work"


def test_conditions_of_one_list_do_not_narrow_another(town: Town) -> None:
    officer = town.officer(Role.ORG_DEPT_OFFICER)
    officer.get(NARROWED)
    officer.client.cookies.set(LISTS["/notices"], officer.client.cookies[LISTS["/work"]])

    assert back(officer.get(f"/notices/{town.notice()}").text) == "/notices"


def test_conditions_that_no_cookie_holds_are_not_kept(town: Town) -> None:
    officer = town.officer()
    officer.get(NARROWED)
    officer.get(f"/work?whose=all&unit={'9' * LONGEST}")

    assert back(officer.get(f"/cases/{town.branch()}").text) == "/work"


def test_markup_in_a_condition_stays_text(town: Town) -> None:
    officer = town.officer()
    officer.get('/work?whose=all&due_from="><script>x</script>')

    assert "<script>x" not in officer.get(f"/cases/{town.branch()}").text
