"""A register is imported in a real browser: uploaded, put right on the page, taken over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import FilePayload

from lifecycle.access import Role
from tests.browser.looking import look_at
from tests.browser.pages import press
from tests.property.world import fingerprint
from tests.web.test_import_wizard import (
    XLSX,
    intermediaries,
    organizations,
    right_code,
    tally,
    wrong_code,
)
from tests.web.town import login_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.web.town import Town


def upload(page: Page, name: str, content: bytes) -> None:
    """Chooses a file on the first page of the wizard and sends it."""
    page.goto("/import")
    page.set_input_files("#file", FilePayload(name=name, mimeType=XLSX, buffer=content))
    press(page, "button:text('上传并校验')")


def test_rejected_rows_are_typed_anew_and_the_organizations_are_then_on_the_register(
    town: Town, enter: Callable[..., Page]
) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "everywhere"))
    before, number = town.app.read(fingerprint), organizations(town)
    wrong, right = wrong_code(), right_code()

    # One row is refused, with its reason and with the cell as it was.
    upload(officer, "中介机构.xlsx", intermediaries(wrong))
    officer.wait_for_url("**/import/*")
    good = tally(officer.content())["可导入"]
    assert tally(officer.content())["退回"] == 1
    assert "校验位不符" in officer.locator("tbody tr .unmet").inner_text()
    name = officer.locator("tbody tr td").nth(1).inner_text()
    cell = officer.locator("input[name^='fix.']")
    assert (cell.count(), cell.input_value()) == (1, wrong)
    look_at(officer, "import-check")

    # It is typed anew, checked again, and nothing is stored by that.
    cell.fill(right)
    press(officer, "button:text('重新校验')")
    assert tally(officer.content()) == {"可导入": good + 1}
    assert officer.locator("input[name^='fix.']").count() == 0
    assert town.app.read(fingerprint) == before

    # It is taken over, and then it is on the register.
    press(officer, f"button:text('{good + 1}')")
    assert "导入结果" in officer.locator(".wizard [aria-current]").inner_text()
    assert organizations(town) == number + good + 1
    look_at(officer, "import-result")
    press(officer, "main a[href='/organizations']")
    assert officer.locator(f"main table a:text-is('{name}')").is_visible()


def test_a_file_that_is_no_workbook_is_refused_with_a_sentence(
    town: Town, enter: Callable[..., Page]
) -> None:
    officer = enter(login_of(Role.CASE_OFFICER, "everywhere"))
    before = town.app.read(fingerprint)

    upload(officer, "名册.xlsx", b"this is no workbook")

    look_at(officer, "import-refused")
    told = officer.locator("[role=alert]").inner_text()
    assert told.startswith("名册.xlsx 无法导入")
    assert "另存为 .xlsx" in told, "it says what to do"
    assert officer.locator("#file").is_visible(), "another file can be chosen at once"
    assert town.app.read(fingerprint) == before
