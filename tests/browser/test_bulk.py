"""Many cases at once in a real browser: ticked together, one form, a result for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error

from lifecycle.access import Role
from tests.browser.looking import look_at
from tests.browser.pages import press
from tests.property.world import fingerprint
from tests.web.test_bulk import EVENT, WORDS, organizations, recorded
from tests.web.town import login_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.web.town import Town

LIST = "/work?whose=all&light=waiting&workflow=organization_coverage"
FIFTY = 50


def rows(page: Page) -> tuple[int, int]:
    """How many rows are good and how many are not."""
    return page.locator("tr.good").count(), page.locator("tr.bad").count()


def test_fifty_are_advanced_together_and_what_is_refused_says_why(
    town: Town, enter: Callable[..., Page]
) -> None:
    # Two such cases are in the town already.
    organizations(town, FIFTY - 2, 3)
    officer = enter(login_of(Role.CASE_OFFICER, "east"))

    # The box in the head ticks every row of the list.
    officer.goto(LIST)
    officer.check("[data-tick-all]")
    assert officer.locator("td.tick input").count() == FIFTY
    assert officer.locator("td.tick input:checked").count() == FIFTY
    press(officer, "button[form=bulk]:text('批量推进')")

    # One event, one form; a look at what would follow writes nothing.
    look_at(officer, "bulk-choose")
    press(officer, f"button[value='{EVENT}']")
    look_at(officer, "bulk-event")
    for name, value in WORDS.items():
        officer.fill(f"#bulk [name={name}]", value)
    press(officer, "button[value=preview]")
    look_at(officer, "bulk-preview")
    assert rows(officer) == (47, 3)
    assert recorded(town) == 0

    # What is possible is recorded; the others say everything that is against them.
    press(officer, "button[value=save]")
    assert rows(officer) == (47, 3)
    assert recorded(town) == 47
    look_at(officer, "bulk-result")
    after = town.app.read(fingerprint)
    for row in officer.locator("tr.bad").all():
        assert row.locator(".unmet").count() >= 2
        assert "已登记人数" in row.locator(".unmet").first.inner_text()

    # Sent again, from the result or from the page before, it changes nothing. The browser keeps no
    # page of ours: going back it asks before it fetches the form anew.
    officer.reload()
    assert rows(officer) == (47, 3)
    assert officer.locator("tr.good:has-text('此前已记录')").count() == 47
    assert town.app.read(fingerprint) == after
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        officer.go_back()
    officer.wait_for_url("chrome-error://**")
    officer.reload()
    press(officer, "button[value=save]")
    assert rows(officer) == (47, 3)
    assert town.app.read(fingerprint) == after
