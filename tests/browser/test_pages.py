"""Every page: no violation that axe finds, nothing cut off, and a picture to look at."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import SCREENSHOTS
from tests.browser.pages import NO_PAGES, PAGES, Shown
from tests.web.town import login_of
from web.authz import rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.web.town import Town

AXE = (Path(__file__).parents[1] / "vendor" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
SIZES = ((1440, 900), (1024, 768))


@pytest.mark.parametrize("shown", PAGES, ids=[one.name for one in PAGES])
def test_a_page_is_accessible_fits_and_is_pictured(
    town: Town, enter: Callable[..., Page], shown: Shown
) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    object.__setattr__(town.desk, "sample", True)
    page = enter(login_of(shown.role, "east"))
    page.goto(shown.path(town))
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=SCREENSHOTS / f"{shown.name}-{width}x{height}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "cut off"
        assert page.locator("h1").count() == 1
    # Our own policy lets no foreign script in: axe comes through the debugger, past it.
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    told = [
        (one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found["violations"]
    ]
    assert told == []


def test_every_page_that_there_is_is_pictured(town: Town) -> None:
    pictured = {re.sub(r"\?.*", "", shown.path(town)) for shown in PAGES if shown.name != "problem"}
    for route in rules():
        method, _, path = route.partition(" ")
        if method == "GET" and path not in NO_PAGES:
            pattern = re.compile(re.sub(r"{[^}]+}", "[^/]+", path))
            assert any(pattern.fullmatch(one) for one in pictured), path
