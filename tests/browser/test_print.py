"""What is printed: lists with what they are, forms with what they show, and no buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.access import Role
from tests.browser.pages import organization, press
from tests.web.test_correcting import LATER, address
from tests.web.test_correcting import letter as letter  # noqa: PLC0414 - the same relation
from tests.web.town import login_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.web.town import Town


def on_paper(page: Page) -> None:
    """The page as it would be printed: nothing to press is left."""
    page.emulate_media(media="print")
    pressed = page.locator("button, .top, .filters, .take")
    assert not any(one.is_visible() for one in pressed.all())


def test_a_refused_form_is_printed_with_its_values_and_what_is_against_it(
    town: Town, enter: Callable[..., Page]
) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    officer.goto(f"/cases/{town.branch()}/events/application_filed")
    officer.fill("[name=application]", "申请〔2026〕7号")
    press(officer, "button[value=save]")

    on_paper(officer)

    assert officer.locator("[role=alert] .unmet").first.is_visible()
    assert officer.locator("[name=application]").is_visible()
    assert officer.locator("#_on").is_visible()


def test_a_preview_is_printed(town: Town, enter: Callable[..., Page]) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    officer.goto(f"/cases/{town.member()}/events/document_issued")
    officer.select_option("[name=document_kind]", "formal")
    officer.fill("[name=number]", "介〔2026〕1号")
    officer.fill("[name=days]", "30")
    press(officer, "button[value=preview]")

    on_paper(officer)

    assert officer.locator(".preview li").first.is_visible()
    assert officer.locator("[name=number]").is_visible()


def test_what_a_correction_would_change_is_printed(
    town: Town, letter: str, enter: Callable[..., Page]
) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    officer.goto(address(town, letter, "received_formal"))
    officer.fill("#_on", LATER.isoformat())
    officer.fill("#_reason", "日期录错")
    press(officer, "button:text('预览结果')")
    assert officer.locator(".head-line [data-print]").is_visible()

    on_paper(officer)

    assert officer.locator(".follows li").first.is_visible()
    assert officer.locator("#_reason").is_visible()


def test_what_would_follow_in_many_cases_is_printed(enter: Callable[..., Page]) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    officer.goto("/work?whose=all&workflow=branch")
    officer.check("[data-tick-all]")
    press(officer, "button[form=bulk]:text('批量推进')")
    officer.emulate_media(media="print")
    assert officer.locator(".card h2").first.is_visible()
    assert officer.locator(".actions li").first.is_visible()
    officer.emulate_media(media="screen")
    press(officer, "button[value$='|application_filed']")
    press(officer, "button[value=preview]")

    on_paper(officer)

    assert officer.locator("tr.bad").first.is_visible()
    assert officer.locator("#_on").is_visible()


def test_every_page_that_goes_to_a_meeting_has_its_button(
    town: Town, enter: Callable[..., Page]
) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    paths = (
        "/work?whose=all",
        f"/cases/{town.branch()}",
        f"/organizations/{organization(town)}",
        "/indicators",
        "/monthly",
    )
    for path in paths:
        officer.goto(path)
        button = officer.locator(".head-line [data-print]")
        assert button.is_visible(), path
        officer.evaluate("window.print = () => { window.printed = true; }")
        button.click()
        assert officer.evaluate("window.printed"), path
        on_paper(officer)
        assert officer.locator("footer .print-only").is_visible()
        officer.emulate_media(media="screen")


def test_the_case_is_printed_without_what_is_typed_beside_it(
    town: Town, enter: Callable[..., Page]
) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    officer.goto(f"/cases/{town.branch()}")

    on_paper(officer)

    assert officer.locator(".timeline tbody tr").first.is_visible()
    assert officer.locator("a.btn").first.is_visible(), "what can be done is read"
    assert not officer.locator("#text").is_visible()


def test_the_printed_list_says_which_it_is(enter: Callable[..., Page]) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"))
    officer.goto("/work?whose=all&light=open")
    told = officer.locator("p.print-only")
    assert not told.is_visible()

    on_paper(officer)

    assert told.is_visible()
    assert not officer.locator("td.tick").first.is_visible()
