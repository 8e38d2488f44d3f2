"""An entry is corrected in a real browser: what follows, the password again, and it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Role
from tests.browser.looking import look_at
from tests.browser.pages import press
from tests.property.world import fingerprint
from tests.web.test_correcting import LATER, RECEIVED, address, entry_of, state
from tests.web.test_correcting import letter as letter  # noqa: PLC0414 - the same relation
from tests.web.town import PASSWORD, login_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.web.town import Town

EVENT = "received_formal"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_from_the_timeline_to_a_corrected_entry_past_the_password(
    town: Town,
    letter: str,
    enter: Callable[..., Page],
    scripts: bool,  # noqa: FBT001 - a parameter
) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "east"), scripts=scripts)
    path, old = address(town, letter, EVENT), entry_of(town, letter, EVENT)
    officer.goto(f"/cases/{letter}")
    press(officer, f".timeline a[href='{path}']")

    # Another day and a reason: all that follows is shown, and nothing is written.
    before = town.app.read(fingerprint)
    assert officer.input_value("#_on") == RECEIVED.isoformat()
    receipt = officer.input_value("[name=receipt]")
    assert receipt
    officer.fill("#_on", LATER.isoformat())
    officer.fill("#_reason", "日期录错")
    press(officer, "button:text('预览结果')")
    assert f"{RECEIVED} → {LATER}" in officer.locator(".preview").inner_text()
    if scripts:
        look_at(officer, "correct-preview")
    assert town.app.read(fingerprint) == before

    # The password was given long ago: it is asked for, and the form waits meanwhile.
    town.wall.pass_time(minutes=11)
    press(officer, "button:text('确认更正')")
    officer.fill("#password", "not the password")
    press(officer, "main button")
    assert officer.locator("[role=alert]").is_visible()
    if scripts:
        look_at(officer, "confirm-with-form")
    officer.fill("#password", PASSWORD)
    press(officer, "main button")
    assert town.app.read(fingerprint) == before

    # Sent again it is saved: the old entry is struck out and says which one took it back.
    press(officer, "main button:text('重新提交')")
    if scripts:
        look_at(officer, "case-corrected")
    gone = officer.locator(".timeline tr.gone")
    assert gone.count() == 1
    assert RECEIVED.isoformat() in gone.inner_text()
    assert f"已被 {letter}/{old + 1} 取代" in gone.inner_text()
    assert state(town, letter) == "formal_in"

    # What was not changed has stayed.
    press(officer, f".timeline a[href='{address(town, letter, EVENT)}']")
    assert officer.input_value("#_on") == LATER.isoformat()
    assert officer.input_value("[name=receipt]") == receipt
