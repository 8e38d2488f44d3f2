"""A real browser in front of a real desk, served over a socket."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.web.conftest import _template as _template  # noqa: PLC0414 - the same town
from tests.web.conftest import town as town  # noqa: PLC0414 - the same town
from tests.web.town import PASSWORD
from web.guard import COOKIE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.web.town import Town

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; its absence is a failure, not a reason to skip."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "no Chromium on this machine: `make browser` installs it"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def address(town: Town) -> Iterator[str]:
    """Where the town's desk is served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(town.site, host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < until, "the desk did not start"
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def enter(browser: Browser, address: str, town: Town) -> Iterator[Callable[..., Page]]:
    """Opens a browser of one's own and logs in there: by the form, or with a session at hand.

    Without a login name it stays outside.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(login: str = "", *, scripts: bool = True, by_form: bool = False) -> Page:
        context = browser.new_context(
            base_url=address,
            java_script_enabled=scripts,
            viewport={"width": 1440, "height": 900},
            locale="zh-CN",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: _complain(complaints, line.type, line.text))
        if by_form:
            page.goto("/login")
            page.fill("#login", login)
            page.fill("#password", PASSWORD)
            page.click("main button")
            page.wait_for_url("**/work**")
        elif login:
            token = town.open_session(login)
            context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        return page

    yield make
    for one in contexts:
        one.close()
    assert complaints == [], "the browser complained"


def _complain(complaints: list[str], kind: str, text: str) -> None:
    """Everything but answers that are errors on purpose: a refusal is an answer too."""
    if kind == "error" and "status of 4" not in text:
        complaints.append(text)
