"""Officers read words, never the identifiers of programs: on every page, in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Role
from tests.web.reading import read
from tests.web.samples import path_of
from tests.web.test_acting import hidden
from tests.web.test_authz import ROUTES
from tests.web.test_correcting import LATER, address
from tests.web.test_correcting import letter as letter  # noqa: PLC0414 - the same relation
from tests.web.town import TODAY, login_of
from web.authz import rules

if TYPE_CHECKING:
    from tests.web.town import Town

IDENTIFIER = re.compile(r"(?<!\.)\b[a-z]+(?:_[a-z0-9]+)+\b")
"""But not what stands behind a dot: P40.named_notice is how the policy file numbers it."""

NO_WORDS = frozenset({"GET /api", "GET /health"})
"""For programmers, and for who looks after the database, whose file has some name."""

PAGES = tuple(
    one
    for one in ROUTES
    if one.startswith("GET ") and "/api/" not in one and "svg" not in one and one not in NO_WORDS
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("route", PAGES)
def test_a_page_names_no_identifier(town: Town, route: str, language: str) -> None:
    rule = rules()[route]
    object.__setattr__(town.desk, "sample", True)
    unit = "everywhere" if rule.whole else "east"
    for role in sorted(rule.roles or {Role.CASE_OFFICER}):
        reader = town.sit(login_of(role, unit))
        reader.get(f"/language/{language}")
        assert IDENTIFIER.findall(read(reader.get(path_of(route, town, "east")).text)) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_forms_answer_without_identifiers(town: Town, letter: str, language: str) -> None:
    officer = town.officer()
    officer.get(f"/language/{language}")
    application = f"/cases/{town.branch()}/events/application_filed"
    issue = f"/cases/{town.member('hill')}/events/document_issued"
    too_late = f"/cases/{town.member()}/events/document_issued"
    correction = address(town, letter, "received_formal")
    today, later = TODAY.isoformat(), LATER.isoformat()

    answers = [
        officer.post(path, path, **{**hidden(officer, path), **typed})
        for path, typed in (
            (application, {"_on": today, "_do": "save"}),
            (application, {"_on": today, "partners": "nobody", "_do": "save"}),
            (issue, {"_on": today, "document_kind": "formal", "number": "介〔2026〕1号",
                     "days": "30", "_do": "preview"}),
            (too_late, {"_on": today, "_do": "save"}),
            (correction, {"_on": later, "_reason": "日期录错", "_do": "preview"}),
        )
    ]  # fmt: skip

    for one in answers:
        assert IDENTIFIER.findall(read(one.text)) == [], one.status_code
    assert [one.status_code for one in answers] == [422, 404, 422, 400, 200]


@pytest.mark.parametrize(
    ("language", "title", "told"),
    [
        ("zh", "未能完成", "网址有误, 请从菜单重新进入"),
        ("en", "That did not work", "there is a mistake in the address; begin anew from the menu"),
    ],
)
@pytest.mark.parametrize("path", ["/work?page=abc", "/notices?page=0", "/deadlines/abc"])
def test_a_mistake_in_the_address_is_said_in_words(
    town: Town, path: str, language: str, title: str, told: str
) -> None:
    officer = town.officer()
    officer.get(f"/language/{language}")

    answer = officer.get(path)

    assert answer.status_code == 400
    assert f"<title>{title} · " in answer.text
    assert told in answer.text


def test_programs_are_told_which_field_cannot_be_read(town: Town) -> None:
    answer = town.officer().get("/api/cases?page=abc")

    assert (answer.status_code, answer.json()["title"]) == (400, "读不懂的内容: page")
