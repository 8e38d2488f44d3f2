"""What a page costs: in a city of 1,000 and of 10,000 organizations, and beside a bare page.

The bare page is FastAPI and Jinja2 rendering the same template with the same values, which it has
in memory: everything above it is what finding and telling costs. All are asked over real sockets,
in turn, by one reader after the other.
"""

from __future__ import annotations

import http.client
import secrets
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from jinja2 import Template
from sqlalchemy import event
from starlette.responses import HTMLResponse

from benchmarks.copies import FOLDER, emptied, enlarged, revision
from cli.demo import build
from cli.first_accounts import demo_accounts
from cli.serving import desk_on
from cli.settings import Settings
from cli.wiring import open_app
from lifecycle.accounts.people import account_of
from lifecycle.accounts.tables import login_session
from lifecycle.caseload.tables import assignment
from lifecycle.store.tables import case, deadline
from web.app import create_app
from web.guard import COOKIE
from workflows.register import party_body

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection
    from starlette.types import ASGIApp

    from cli.wiring import App

COPIES: Final = {"1,000": 2, "10,000": 16}
"""Of the 620 organizations of the demonstration."""

ROUNDS: Final = 120
GROWTH: Final = 1.5
OVER_BARE: Final = 3.0


@dataclass(slots=True)
class Site:
    """A served application and how it is asked."""

    port: int
    token: str

    def ask(self, path: str) -> float:
        """Seconds from the request to the last byte of the answer."""
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", path, headers={"Cookie": f"{COOKIE}={self.token}"})
        answer = connection.getresponse()
        body = answer.read()
        taken = time.perf_counter() - begun
        connection.close()
        if answer.status != 200:  # noqa: PLR2004 - the status of a page
            raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
        return taken


def served(application: ASGIApp, token: str = "") -> Site:
    """The application on a port of its own, until the program ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(application, host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    return Site(port, token)


def demonstration() -> Path:
    """The demonstration's database, built when no earlier run has left one."""
    folder = FOLDER / f"pages-demo-{revision()[:4]}"
    path = folder / "lifecycle.sqlite"
    if not path.exists():
        settings = Settings(data_dir=folder)
        _, app = build(settings, lambda _: None)
        demo_accounts(app, "zh")
        app.engine.dispose()
        emptied(path)
    return path


def session(app: App) -> str:
    """An open session of the demonstration's officer."""
    token, now = secrets.token_urlsafe(), datetime.now(UTC)

    def begin(connection: Connection) -> None:
        row = {
            "token_hash": sha256(token.encode()).digest(),
            "account_id": account_of(connection, "officer").id,
            **dict.fromkeys(("began_at", "seen_at", "confirmed_at"), now),
            **dict.fromkeys(("address", "agent"), "benchmark"),
        }
        connection.execute(sa.insert(login_session).values(row))

    app.write(begin)
    return token


def paths(app: App) -> dict[str, str]:
    """The pages that are measured: those that officers open all day."""

    def find(connection: Connection) -> dict[str, str]:
        held = (
            sa.select(case.c.id, party_body.c.organization_id)
            .join(assignment, assignment.c.case_id == case.c.id)
            .join(party_body, party_body.c.id == case.c.subject_id)
            .join(deadline, deadline.c.case_id == case.c.id)
            .where(case.c.workflow == "branch", deadline.c.status == "open")
            .order_by(case.c.id)
            .limit(1)
        )
        number, owner = connection.execute(held).one()
        return {
            "work list, mine": "/work",
            "work list, all": "/work?whose=all",
            "organization": f"/organizations/{owner}",
            "case": f"/cases/BR-{number}",
        }

    return app.read(find)


def bare(path: str, site: Site) -> Site:
    """A bare application that renders what our page at that path renders, from memory."""
    caught: list[tuple[Template, dict[str, Any]]] = []
    render = Template.render

    def catching(self: Template, *given: Any, **named: Any) -> str:  # noqa: ANN401 - Jinja's own
        caught.append((self, dict(*given, **named)))
        return render(self, *given, **named)

    Template.render = catching  # type: ignore[method-assign] # for the time of one request
    try:
        site.ask(path)
    finally:
        Template.render = render  # type: ignore[method-assign] # as it was
    template, values = caught[-1]
    application = FastAPI()

    @application.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(template.render(values))

    return served(application)


@contextmanager
def statements(app: App) -> Iterator[list[str]]:
    """Collects what the database is asked meanwhile, by SQLite's own account."""
    asked: list[str] = []

    def trace(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(asked.append)

    event.listen(app.engine.pool, "checkout", trace)
    yield asked
    event.remove(app.engine.pool, "checkout", trace)


def p95(taken: list[float]) -> float:
    """The time that 95 of 100 answers stay below."""
    return quantiles(taken, n=20)[-1]


def compare() -> None:
    """Prints a line for each page."""
    FOLDER.mkdir(exist_ok=True)
    small = demonstration()
    sites: dict[str, Site] = {}
    apps: dict[str, App] = {}
    for size, copies in COPIES.items():
        app = open_app(f"sqlite:///{enlarged(small, copies)}")
        apps[size] = app
        settings = Settings(data_dir=FOLDER)
        sites[size] = served(create_app(desk_on(app, settings)), session(app))
    print(f"{'page':18} {'p95 1,000':>10} {'10,000':>9} {'bare':>8}  growth  over bare  statements")
    for name, path in paths(apps["1,000"]).items():
        _line(name, path, sites, apps)
    for app in apps.values():
        app.engine.dispose()


def _line(name: str, path: str, sites: dict[str, Site], apps: dict[str, App]) -> None:
    plain = bare(path, sites["10,000"])
    taken: dict[str, list[float]] = {"1,000": [], "10,000": [], "bare": []}
    for _ in range(ROUNDS):
        for size, site in sites.items():
            taken[size].append(site.ask(path))
        taken["bare"].append(plain.ask("/"))
    counts = []
    for size, app in apps.items():
        with statements(app) as asked:
            sites[size].ask(path)
            counts.append(sum(not one.startswith(("BEGIN", "COMMIT", "ROLLBACK")) for one in asked))
    few, many, nothing = (p95(taken[one]) for one in ("1,000", "10,000", "bare"))
    growth, over = many / few, many / nothing
    met = growth <= GROWTH and over <= OVER_BARE
    print(
        f"{name:18} {few * 1e3:7.1f} ms {many * 1e3:6.1f} ms {nothing * 1e3:5.1f} ms"
        f"  {growth:6.2f}  {over:9.2f}  {counts[0]}/{counts[1]}"
        f"   goals {GROWTH}, {OVER_BARE}: {'met' if met else 'NOT met'}"
    )


if __name__ == "__main__":
    compare()
