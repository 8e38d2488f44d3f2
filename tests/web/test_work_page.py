"""The page of the work list: it says what it leaves out, and is not called empty when it is not."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from lifecycle.access import Role
from tests.web.books import sheets
from tests.web.test_import_wizard import intermediaries, upload
from tests.web.town import TODAY

if TYPE_CHECKING:
    from tests.web.town import Town, Visitor

NONE_IN_HAND = "您手中没有案件。"
NONE_FOUND = "没有符合条件的案件。"
LIT = re.compile(r'class="light waiting"[^>]*>.*?<b>(\d+)</b>')
LEFT_OUT = re.compile(r"另有 (\d+) 件无期限, 未列入")


def held(town: Town) -> tuple[Visitor, str]:
    """Somebody with one case in hand."""
    officer, ref = town.officer(), town.branch()
    assert officer.post(f"/cases/{ref}/claim").status_code == 303
    return officer, ref


def put_aside(officer: Visitor, ref: str) -> None:
    until = (TODAY + timedelta(days=3)).isoformat()
    assert officer.post(f"/cases/{ref}/aside", until=until).status_code == 303


def test_who_has_nothing_in_hand_is_told_so(town: Town) -> None:
    page = town.officer().get("/work").text

    assert NONE_IN_HAND in page
    assert NONE_FOUND not in page
    assert "件已搁置" not in page


@pytest.mark.parametrize(
    "query",
    ["workflow=member_relation", "unit={west}", "due_until=2020-01-01", "light=overdue", "page=9"],
)
def test_a_list_that_is_narrowed_is_not_called_empty(town: Town, query: str) -> None:
    officer, _ = held(town)

    page = officer.get(f"/work?whose=mine&{query.format(**town.ids)}").text

    assert NONE_FOUND in page
    assert NONE_IN_HAND not in page


def test_what_is_put_aside_is_named_with_the_way_to_it(town: Town) -> None:
    officer, ref = held(town)
    put_aside(officer, ref)

    page = officer.get("/work").text
    aside = officer.get("/work?whose=mine&light=aside").text

    assert NONE_IN_HAND not in page
    assert "另有 1 件已搁置" in page
    assert 'href="/work?whose=mine&amp;light=aside"' in page
    assert f"/cases/{ref}" in aside
    assert "另有 1 件已搁置" not in aside


@pytest.mark.parametrize(
    "query",
    ["whose=all", "whose=unit", "whose=unclaimed", "whose=all&workflow=organization_coverage"],
)
def test_a_list_by_deadline_says_how_many_have_none(town: Town, query: str) -> None:
    page = town.officer().get(f"/work?{query}").text

    lit, left_out = LIT.search(page), LEFT_OUT.search(page)
    assert lit
    assert left_out
    assert lit[1] == left_out[1]
    link = re.search(r'id="show-waiting"[^>]*href="([^"]+)"', page)
    assert link
    assert parse_qs(f"{query}&light=waiting") == parse_qs(unescape(link[1]).partition("?")[2])
    there = town.officer().get(unescape(link[1])).text
    assert there.count("data-open-row") == int(lit[1])


@pytest.mark.parametrize("query", ["whose=mine", "whose=all&light=open", "whose=all&light=waiting"])
def test_a_list_that_leaves_nothing_out_says_nothing(town: Town, query: str) -> None:
    assert not LEFT_OUT.search(town.officer().get(f"/work?{query}").text)


def test_the_file_says_it_too(town: Town) -> None:
    officer = town.officer(Role.ORG_DEPT_OFFICER)
    shown = LEFT_OUT.search(officer.get("/work?whose=all").text)
    about = dict(
        sheets(officer.post("/work/export", whose="all", reason="季度报表").content)["说明"]
    )
    narrowed = dict(
        sheets(officer.post("/work/export", whose="all", light="open", reason="季度报表").content)[
            "说明"
        ]
    )

    assert shown
    assert about["未列入"] == shown[0]
    assert "未列入" not in narrowed


def test_a_printed_list_says_which_it_is_and_who_printed_it_when(town: Town) -> None:
    officer = town.officer()
    unit = town.ids["hill"]

    page = officer.get(
        f"/work?whose=all&light=open&workflow=branch&unit={unit}&due_until=2027-06-30"
    ).text
    told = re.search(r'<p class="print-only">(.*?)</p>', page)

    matter = town.app.registry.book("branch").workflow.label.zh
    assert told
    assert told[1].split(" · ") == [
        "谁的案件: 全部",
        "按期限: 7 日后到期",
        f"事项: {matter}",
        "单位及下级: hill办",
        "至: 2027-06-30",
    ]
    assert "打印人 case-officer-east (case-officer-east)" in page
    assert "打印时间 2026-11-02 09:00" in page


def test_the_links_after_an_import_lead_to_all_cases_that_it_opened(town: Town) -> None:
    officer = town.officer(Role.REGISTRATION_OFFICER, "everywhere")
    place = upload(officer, ("名册.xlsx", intermediaries())).headers["location"]
    officer.post(f"{place}/commit")

    opened = re.findall(r"<li>\S+ (\d+): (<a .*?)</li>", officer.get(place).text)

    assert opened
    for count, links in opened:
        listed: set[str] = set()
        for link in re.findall(r'href="([^"]+)"', links):
            page = officer.get(unescape(link)).text
            listed |= set(re.findall(r'href="/cases/([^"]+)" data-open-row', page))
        assert len(listed) >= int(count) > 0
