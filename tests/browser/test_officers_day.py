"""An officer's day in a real browser: from the login to a branch that another one approves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Role
from tests.browser.looking import look_at
from tests.browser.pages import press
from tests.web.town import MEMBERS, login_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.web.town import Town


def record(page: Page, ref: str, event: str, *, look_first: bool = False, **fields: str) -> None:
    """Records an event by its form, as an officer does."""
    page.goto(f"/cases/{ref}")
    press(page, f"a[href='/cases/{ref}/events/{event}']")
    for name, value in fields.items():
        field = page.locator(f"form.event [name='{name}']")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    if look_first:
        press(page, "button[value=preview]")
        assert page.locator(".preview").is_visible()
    press(page, "button[value=save]")
    page.wait_for_url(f"**/cases/{ref}?recorded=*")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_from_the_login_to_a_branch_that_another_user_approves(
    town: Town,
    enter: Callable[..., Page],
    scripts: bool,  # noqa: FBT001 - a parameter
) -> None:
    branch = town.branch()
    officer = enter(login_of(Role.CASE_OFFICER, "east"), scripts=scripts, by_form=True)

    # What waits to be claimed is claimed.
    press(officer, "text=待签收")
    press(officer, f"a:text-is('{branch}')")
    press(officer, "button:text('签收')")
    officer.goto("/work")
    assert officer.locator(f"a:text-is('{branch}')").count() == 1

    # Three members' relations are received, one by one.
    for number, person in enumerate(MEMBERS["east"]):
        member = town.ref("member_relation", town.ids[f"{person}@"])
        record(officer, member, "document_issued", look_first=not number, document_kind="formal",
               number=f"介〔2026〕{number}", days="30")  # fmt: skip
        record(officer, member, "received_formal", receipt_returned="true")

    # Now a branch is a duty; the application is filed, and the officer cannot approve it.
    record(
        officer,
        branch,
        "application_filed",
        look_first=True,
        body_kind="own",
        application="申请〔2026〕1号",
        form_complete="true",
        list_attached="true",
        leaders_proposed="true",
    )
    officer.goto(f"/cases/{branch}")
    assert "已报送申请" in officer.locator(".way .now").inner_text()
    assert officer.locator(f"a.btn[href='/cases/{branch}/events/approved']").count() == 0
    assert "上级党组织" in officer.locator("#actions").inner_text()

    approver = enter(login_of(Role.APPROVER, "east"), scripts=scripts, by_form=True)
    record(approver, branch, "approved", look_first=True, reply="批复〔2026〕1号",
           meeting_decision="true")  # fmt: skip
    assert "已批复" in approver.locator(".way .now").inner_text()
    assert login_of(Role.APPROVER, "east") in approver.locator(".timeline").inner_text()


def test_a_refusal_is_read_and_what_was_typed_stays(town: Town, enter: Callable[..., Page]) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    branch = town.branch()
    officer.goto(f"/cases/{branch}/events/application_filed")
    officer.fill("[name=application]", "申请〔2026〕7号")

    press(officer, "button[value=save]")

    look_at(officer, "event-refused")
    assert officer.locator("[role=alert] .unmet").count() >= 3
    assert officer.input_value("[name=application]") == "申请〔2026〕7号"


def test_the_list_is_worked_by_keys(enter: Callable[..., Page]) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    officer.goto("/work?whose=all")
    first, second = officer.locator("[data-open-row]").all_inner_texts()[:2]

    officer.keyboard.press("j")
    officer.keyboard.press("j")
    assert officer.locator("tr.here [data-open-row]").inner_text() == second
    officer.keyboard.press("k")
    assert officer.locator("tr.here [data-open-row]").inner_text() == first
    officer.keyboard.press("/")
    officer.keyboard.type("jjk?")
    assert officer.input_value("#search") == "jjk?", "keys rest while one types"
    officer.keyboard.press("Escape")
    officer.locator("h1").click()
    officer.keyboard.press("?")
    assert officer.locator("dialog#keys").is_visible()
    officer.keyboard.press("Escape")
    officer.keyboard.press("Enter")
    officer.wait_for_url(f"**/cases/{first}")
    officer.keyboard.press("a")
    assert officer.evaluate("document.activeElement.closest('#actions') !== null")
