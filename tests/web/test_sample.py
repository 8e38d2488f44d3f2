"""A demonstration: its tour, and its day that can be moved; a real database knows neither."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lifecycle.access import OFFICERS, Role
from tests.property.world import fingerprint
from tests.web.town import ROLES, TODAY

if TYPE_CHECKING:
    from datetime import date

    from tests.web.town import Town


@pytest.fixture
def sample(town: Town) -> Town:
    """The town as a demonstration."""
    object.__setattr__(town.desk, "sample", True)
    return town


def today(town: Town) -> date:
    return town.app.read(town.app.clock.today)


@pytest.mark.parametrize("role", ROLES)
def test_a_real_database_knows_no_tour_and_no_other_day(town: Town, role: Role) -> None:
    visitor = town.officer(role)
    code = 404 if role in OFFICERS else 403
    before = town.app.read(fingerprint)

    assert visitor.get("/tour").status_code == code
    assert visitor.post("/sample/forward", by="day").status_code == code
    assert (today(town), town.app.read(fingerprint)) == (TODAY, before)
    assert visitor.get("/").headers.get("location") != "/tour"
    assert 'class="sample"' not in visitor.get("/password").text


@pytest.mark.parametrize(
    ("by", "day"), [("day", "2026-11-03"), ("week", "2026-11-09"), ("month", "2026-12-02")]
)
def test_the_day_moves_and_what_falls_due_is_done(sample: Town, by: str, day: str) -> None:
    officer = sample.officer()

    moved = officer.post("/sample/forward", by=by, next="/work?whose=all")

    assert (moved.status_code, moved.headers["location"]) == (303, "/work?whose=all")
    assert str(today(sample)) == day
    assert day in officer.get("/work?whose=all").text
    if by == "month":
        assert "overdue" in officer.get("/work?whose=all&light=overdue").text


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"by": "year"}, 400), ({}, 400), ({"by": "day", "next": "https://evil.example/"}, 303)],
)
def test_other_steps_are_refused_and_no_foreign_page_is_led_to(
    sample: Town, fields: dict[str, str], code: int
) -> None:
    answer = sample.officer().post("/sample/forward", **fields)

    assert answer.status_code == code
    assert answer.headers.get("location", "/") == "/"
    assert (today(sample) == TODAY) is (code == 400)


def test_an_administrator_does_not_move_the_day(sample: Town) -> None:
    admin = sample.officer(Role.ADMINISTRATOR)

    assert admin.post("/sample/forward", by="day").status_code == 403
    assert "/sample/forward" not in admin.get("/settings/users").text
    assert today(sample) == TODAY


@pytest.mark.parametrize("role", OFFICERS)
def test_the_tour_comes_first_once_and_leads_only_where_the_reader_may_go(
    sample: Town, role: Role
) -> None:
    visitor = sample.officer(role)

    assert visitor.get("/").headers["location"] == "/tour"
    text = visitor.get("/tour").text
    assert visitor.get("/").headers["location"] == "/work"
    links = re.findall(r'<li><a href="([^"]+)">', text[text.index('class="tour"') :])
    assert len(links) >= 3
    for link in links:
        if link != "/indicators":
            assert visitor.get(link.replace("&amp;", "&")).status_code == 200, link


def test_the_tour_comes_again_with_the_next_login(sample: Town) -> None:
    visitor = sample.officer()
    visitor.get("/tour")
    assert visitor.get("/").headers["location"] == "/work"
    visitor.post("/logout")
    visitor.log_in("case-officer-east")

    assert visitor.get("/").headers["location"] == "/tour"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_languages(sample: Town, language: str) -> None:
    officer = sample.officer()
    officer.get(f"/language/{language}")

    assert {"zh": "演示", "en": "Demonstration"}[language] in officer.get("/tour").text
