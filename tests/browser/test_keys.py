"""Keys, the focus, and forms that are sent more than once, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Role
from tests.web.books import noted_exports
from tests.web.town import login_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.web.town import Town

SWALLOWED = """() => new Promise((told) => addEventListener("keydown", (event) => {
  if (event.key.length === 1) told(event.defaultPrevented);
}))"""


@pytest.fixture
def officer(enter: Callable[..., Page]) -> Page:
    """Somebody in front of a list with several cases."""
    page = enter(login_of(Role.CASE_OFFICER, "east"))
    page.goto("/work?whose=all")
    return page


def marked(page: Page) -> str:
    return page.locator("tr.here [data-open-row]").inner_text()


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.id || document.activeElement.tagName")
    return found


def test_a_list_is_taken_away_as_often_as_it_is_wanted(town: Town, officer: Page) -> None:
    officer.click(".take summary")
    officer.fill("#reason", "季度报表")
    for _ in range(3):
        with officer.expect_download() as taken:
            officer.click(".take button")
        assert taken.value.suggested_filename.endswith(".xlsx")
        officer.wait_for_selector(".take form:not([data-sent])")

    assert len(noted_exports(town)) == 3


@pytest.mark.parametrize("key", ["Control+k", "Control+a", "Meta+j", "Alt+x"])
def test_what_the_browser_does_with_a_modifier_is_left_to_it(officer: Page, key: str) -> None:
    officer.focus("td.tick input")
    told = officer.evaluate_handle(f"() => ({{told: ({SWALLOWED})()}})")

    officer.keyboard.press(key)

    assert officer.evaluate("async (one) => await one.told", told) is False
    assert officer.locator("tr.here").count() == 0
    officer.keyboard.press("j")
    assert officer.locator("tr.here").count() == 1, "without one it is ours, on a box too"


def test_keys_rest_behind_a_dialog(officer: Page) -> None:
    officer.keyboard.press("j")
    before = marked(officer)
    officer.keyboard.press("?")

    for key in ("j", "x", "/", "?"):
        officer.keyboard.press(key)

    assert officer.locator("dialog#keys").is_visible()
    assert marked(officer) == before
    assert officer.locator("td.tick input:checked").count() == 0
    officer.keyboard.press("Escape")
    officer.keyboard.press("j")
    assert marked(officer) != before


def test_escape_shuts_the_menu_of_the_account(officer: Page) -> None:
    officer.click("details.menu summary")
    officer.keyboard.press("Tab")
    officer.keyboard.press("Escape")

    assert officer.locator("details.menu[open]").count() == 0
    assert officer.evaluate("document.activeElement.matches('.menu summary')")


@pytest.mark.parametrize("what", ["#tab-unit", "#light-open", "#filter-show"])
def test_the_focus_stays_where_it_was_when_the_list_is_narrowed(officer: Page, what: str) -> None:
    officer.focus(what)
    with officer.expect_response("**/work?*"):
        officer.keyboard.press("Enter")
    officer.wait_for_selector(f"{what}:focus")

    assert focused(officer) == what.removeprefix("#")


def test_how_many_are_ticked_is_told(officer: Page) -> None:
    told = officer.locator("[aria-live][data-ticked]")
    assert told.inner_text() == ""
    officer.keyboard.press("j")
    officer.keyboard.press("x")
    assert told.inner_text() == "已选 1 件"
    officer.check("[data-tick-all]")
    assert told.inner_text() == f"已选 {officer.locator('td.tick input').count()} 件"
    officer.uncheck("[data-tick-all]")
    assert told.inner_text() == ""


def test_the_actions_of_a_case_are_opened_from_its_row(officer: Page) -> None:
    officer.keyboard.press("a")
    assert "/work" in officer.url, "no row is marked"
    officer.keyboard.press("j")
    ref = marked(officer)
    officer.keyboard.press("a")
    officer.wait_for_url(f"**/cases/{ref}#actions")
