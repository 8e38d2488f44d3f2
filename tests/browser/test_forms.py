"""Pages that only a form leads to, and those in English, are held to the same as all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Role
from tests.browser.looking import look_at
from tests.browser.pages import PAGES, person, press
from tests.web.town import login_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.web.town import Town

IN_ENGLISH = ("work-all", "case-branch", "case-member", "event", "organization", "indicators")


def test_the_login_and_its_refusal(enter: Callable[..., Page]) -> None:
    visitor = enter()
    visitor.goto("/work")
    look_at(visitor, "login")

    visitor.fill("#login", "nobody-there")
    visitor.fill("#password", "not the password")
    press(visitor, "main button")

    look_at(visitor, "login-refused")
    assert visitor.input_value("#login") == "nobody-there"


def test_an_event_with_what_would_follow(town: Town, enter: Callable[..., Page]) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    officer.goto(f"/cases/{town.member()}/events/document_issued")
    officer.select_option("[name=document_kind]", "formal")
    officer.fill("[name=number]", "介〔2026〕1号")
    officer.fill("[name=days]", "30")

    press(officer, "button[value=preview]")

    look_at(officer, "event-preview")


def test_cases_that_change_hands_together(enter: Callable[..., Page]) -> None:
    officer = enter(login_of(Role.ORG_DEPT_OFFICER, "east"))
    officer.goto("/work?whose=all")
    officer.check("[data-tick-all]")

    press(officer, "button[form=bulk]:text('移交')")

    look_at(officer, "bulk-hand-over")


def test_a_person_s_own_file(town: Town, enter: Callable[..., Page]) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    officer.goto(f"/people/{person(town)}")
    officer.fill("#file-reason", "本人申请查阅")

    press(officer, "form[action$='/file'] button")

    look_at(officer, "own-file")


def test_a_one_time_password_is_shown_once(enter: Callable[..., Page]) -> None:
    administrator = enter(login_of(Role.ADMINISTRATOR, "everywhere"))
    administrator.goto("/settings/users/auditor-west")

    press(administrator, "form[action$='/password'] button")

    look_at(administrator, "settings-password")


def test_a_person_s_facts(town: Town, enter: Callable[..., Page]) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    officer.goto(f"/entry/people/{person(town)}/facts")

    look_at(officer, "entry-person-facts")


@pytest.mark.parametrize("name", IN_ENGLISH)
def test_a_page_in_english(town: Town, enter: Callable[..., Page], name: str) -> None:
    shown = next(one for one in PAGES if one.name == name)
    reader = enter(login_of(shown.role, shown.unit))
    reader.goto("/language/en")
    reader.goto(shown.path(town))

    look_at(reader, f"{name}-en")
