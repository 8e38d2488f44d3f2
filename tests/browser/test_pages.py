"""Every page: no violation that axe finds, nothing cut off, and a picture to look at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import look_at
from tests.browser.pages import NO_PAGES, PAGES, Shown
from tests.web.town import login_of
from web.authz import rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.web.town import Town


@pytest.mark.parametrize("shown", PAGES, ids=[one.name for one in PAGES])
def test_a_page_is_accessible_fits_and_is_pictured(
    town: Town, enter: Callable[..., Page], shown: Shown
) -> None:
    object.__setattr__(town.desk, "sample", True)
    page = enter(login_of(shown.role, shown.unit))
    page.goto(shown.path(town))
    look_at(page, shown.name)


def test_every_page_that_there_is_is_pictured(town: Town) -> None:
    pictured = {re.sub(r"\?.*", "", shown.path(town)) for shown in PAGES if shown.name != "problem"}
    for route in rules():
        method, _, path = route.partition(" ")
        if method == "GET" and path not in NO_PAGES:
            pattern = re.compile(re.sub(r"{[^}]+}", "[^/]+", path))
            assert any(pattern.fullmatch(one) for one in pictured), path
