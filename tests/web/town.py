"""A small town with a desk: units above, beside and below each other, and an officer in each role.

    city ─┬─ east (county) ─── hill (township)
          └─ west (county)

Organizations stand in every unit; `east` is where the officers of most tests sit.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from cli.serving import desk_on
from cli.settings import Settings
from cli.wiring import App, open_app
from lifecycle.access import Actor, Role
from lifecycle.accounts import people
from lifecycle.accounts.grants import grant
from lifecycle.accounts.passwords import hashed
from lifecycle.accounts.tables import account, login_session
from lifecycle.cases import Subject
from lifecycle.clock import StoredClock, store_time
from lifecycle.engine import begin
from lifecycle.moments import day_start
from lifecycle.store.session import create_engine, transaction
from lifecycle.store.tables import case, deadline, outbox
from lifecycle.sweeps import sweep_all
from tests.builders import migrate
from web.app import create_app
from web.guard import COOKIE
from workflows import byhand
from workflows.recording import record
from workflows.register import party_body
from workflows.subjects import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from httpx2 import Response
    from sqlalchemy import Connection

    from lifecycle.registry import Registry
    from lifecycle.work import Work

TODAY = date(2026, 11, 2)
BEGAN = date(2026, 8, 3)
"""The day on which the lists of the town were entered."""

UNITS = {"city": None, "east": "city", "west": "city", "hill": "east"}
LEVELS = {"city": "city", "east": "county", "west": "county", "hill": "township"}
ORGANIZATIONS = {
    "city": "示范市养老服务协会",
    "east": "东县新星诊所",
    "west": "西县弘毅学校",
    "hill": "东县山镇家政协会",
}
CODES = {
    "city": "52330300MJ0000017L",
    "east": "52330300MJ0000025F",
    "west": "52330300MJ000003XU",
    "hill": "52330300MJ0000041Q",
}
MEMBERS = {
    "east": ("赵甲甲", "钱乙乙", "孙丙丙"),
    "hill": ("李丁丁",),
    "west": ("周戊戊",),
    "city": ("吴己己",),
}
ROLES = tuple(one for one in Role if one is not Role.SCHEDULER)
PASSWORD = "a password of the tests"
HASHED: dict[str, str] = {}
TOKEN = re.compile(r'name="_token" value="([0-9a-f]{64})"')
CLERK = Actor("clerk", frozenset({Role.CASE_OFFICER}))


def build(url: str) -> dict[str, int]:
    """The town in an empty database; the numbers of units, organizations and members by name."""
    migrate(url)
    engine = create_engine(url, durable=False)
    with transaction(engine) as connection:
        store_time(connection, day_start(BEGAN) + timedelta(hours=9))
    engine.dispose()
    app = open_app(url, durable=False)
    ids: dict[str, int] = app.write(lambda connection: _settle_in(app, connection))
    app.write(lambda c: store_time(c, day_start(TODAY) + timedelta(hours=9)))
    app.write(lambda c: sweep_all(c, app.registry, app.clock))
    app.engine.dispose()
    return ids


def _settle_in(app: App, connection: Connection) -> dict[str, int]:
    ids: dict[str, int] = {}

    def work() -> Work:
        return begin(connection, app.registry, app.clock, CLERK)

    for name, above in UNITS.items():
        ids[name] = byhand.add_unit(
            work(),
            name=f"{name}办",
            level=LEVELS[name],
            kind="area",
            parent_id=ids[above] if above else None,
            mail=f"{name}@example.org",
        )
    for name, title in ORGANIZATIONS.items():
        ids[title] = byhand.add_organization(
            work(),
            name=title,
            credit_code=CODES[name],
            kind="private_nonenterprise_unit",
            supervisor_id=ids[name],
            registered_on=date(2020, 5, 6),
        )
        counts: Mapping[str, Any] = {"employees": 40, "full_time": 12}
        record(work(), organization(ids[title]), counts, BEGAN)
        held = name == "east"
        for number, person in enumerate(MEMBERS[name]):
            ids[person] = byhand.add_person(
                work(),
                name=person,
                birth_on=date(1980, 1, 1 + number),
                admitted_on=date(2005, 7, 1),
                status="full",
                full_since=date(2006, 7, 1),
                home_body_id=byhand.unit_body_of(connection, ids["city"]) if held else None,
                home_text=None if held else "某街道党委",
            )
            ids[f"{person}@"] = byhand.add_engagement(
                work(),
                person_id=ids[person],
                organization_id=ids[title],
                employment="full_time",
                since=BEGAN,
            )
    for role in ROLES:
        for name in (*UNITS, "everywhere"):
            # Administrators hold their role for every unit, wherever they sit.
            unit_id = None if role is Role.ADMINISTRATOR else ids.get(name)
            _account(connection, f"{role}-{name}".replace("_", "-"), role, unit_id)
    people.create_account(connection, login="nobody", name="无角色", by="test", now=_now())
    _give_password(connection, "nobody")
    return ids


def organization(number: int) -> Subject:
    """An organization as the subject of a case."""
    return Subject(ORGANIZATION, number)


def _account(connection: Connection, login: str, role: Role, unit_id: int | None) -> None:
    people.create_account(connection, login=login, name=login, by="test", now=_now())
    _give_password(connection, login)
    grant(
        connection,
        account_id=people.account_of(connection, login).id,
        role=role,
        unit_id=unit_id,
        from_on=BEGAN,
        until_on=None,
        by="test",
        now=_now(),
    )


def _give_password(connection: Connection, login: str) -> None:
    """One hash for everybody: hashing is slow on purpose."""
    stored = HASHED.setdefault("one", hashed(PASSWORD, "-"))
    values = {"password": stored, "must_change": False}
    connection.execute(sa.update(account).where(account.c.login == login).values(values))


def _now() -> datetime:
    return datetime(2026, 8, 3, 1, 0, tzinfo=UTC)


@dataclass
class Wall:
    """The wall clock of a test: stands until it is moved."""

    at: datetime = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_time(self, **parts: float) -> None:
        self.at += timedelta(**parts)


LAW: list[Registry] = []
"""Read once: the definitions are the same in every town, and reading them takes half a second."""


def _opened(url: str) -> App:
    if not LAW:
        first = open_app(url, durable=False)
        LAW.append(first.registry)
        return first
    app = App(create_engine(url, durable=False), LAW[0], StoredClock())

    def refresh(connection: Connection) -> None:
        app.registry.adopt(connection)
        app.registry.refresh_policy(connection)
        app.registry.refresh_calendars(connection)

    app.read(refresh)
    return app


@dataclass
class Town:
    """The town of one test: its database, its desk, its visitors."""

    url: str
    folder: Path
    """Where it keeps files."""
    ids: dict[str, int]
    wall: Wall = field(default_factory=Wall)
    visitors: list[Visitor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = _opened(self.url)
        settings = Settings(data_dir=self.folder)
        self.desk = desk_on(self.app, settings)
        object.__setattr__(self.desk, "now", self.wall)
        self.site = create_app(self.desk)

    @property
    def path(self) -> Path:
        """The file of a town on SQLite."""
        return self.folder / "town.sqlite"

    def close(self) -> None:
        for one in self.visitors:
            one.client.close()
        self.app.engine.dispose()

    def sit(self, login: str) -> Visitor:
        """A browser with a session that is open already: asking the hash each time is slow."""
        made = self.visitor()
        made.client.cookies.set(COOKIE, self.open_session(login))
        return made

    def open_session(self, login: str) -> str:
        """A session of an account; its token."""
        token = secrets.token_urlsafe()

        def begin(connection: Connection) -> None:
            row = {
                "token_hash": hashlib.sha256(token.encode()).digest(),
                "account_id": people.account_of(connection, login).id,
                **dict.fromkeys(("began_at", "seen_at", "confirmed_at"), self.wall()),
                **dict.fromkeys(("address", "agent"), "test"),
            }
            connection.execute(sa.insert(login_session).values(row))

        self.app.write(begin)
        return token

    def visitor(self, login: str = "") -> Visitor:
        """A browser; logged in when a login name is given."""
        made = Visitor(TestClient(self.site, base_url="http://desk.test", follow_redirects=False))
        self.visitors.append(made)
        if login:
            made.log_in(login)
        return made

    def officer(self, role: Role = Role.CASE_OFFICER, unit: str = "east") -> Visitor:
        """Somebody in that role for that unit."""
        return self.sit(login_of(role, unit))

    def ref(self, workflow: str, subject: int) -> str:
        """The open case of a subject."""
        c = case.c
        statement = sa.select(c.id).where(
            c.workflow == workflow, c.subject_id == subject, c.closed_on.is_(None)
        )
        number = self.app.read(lambda connection: connection.execute(statement).scalar_one())
        return f"{self.app.registry.book(workflow).workflow.code}-{number}"

    def branch(self, unit: str = "east") -> str:
        """The case of the branch that the organization of a unit owes, or has."""
        return self.ref("branch", self.body(unit))

    def body(self, unit: str = "east") -> int:
        """The Party body of the organization of a unit: the one that it has, or should form."""
        b = party_body.c
        wanted = sa.select(b.id).where(b.organization_id == self.ids[ORGANIZATIONS[unit]])
        found: int = self.app.read(lambda connection: connection.execute(wanted).scalar_one())
        return found

    def member(self, unit: str = "east") -> str:
        """The case of the first member's relation at the organization of a unit."""
        return self.ref("member_relation", self.ids[f"{MEMBERS[unit][0]}@"])

    def deadline(self, unit: str = "east") -> int:
        """A deadline in a case of that unit that is about no person."""
        statement = (
            sa.select(deadline.c.id)
            .join(case, case.c.id == deadline.c.case_id)
            .where(case.c.unit_id == self.ids[unit], case.c.subject_type == ORGANIZATION)
            .order_by(deadline.c.id)
            .limit(1)
        )
        found: int = self.rows(statement)[0][0]
        return found

    def notice(self, unit: str = "east") -> int:
        """A notice of a case of that unit that is about no person."""
        statement = (
            sa.select(outbox.c.id)
            .join(case, case.c.id == outbox.c.case_id)
            .where(case.c.unit_id == self.ids[unit], case.c.subject_type == ORGANIZATION)
            .order_by(outbox.c.id)
            .limit(1)
        )
        found: int = self.rows(statement)[0][0]
        return found

    def rows(self, statement: sa.Select[Any]) -> list[Any]:
        """What a statement gives now."""
        return self.app.read(lambda connection: list(connection.execute(statement)))


def login_of(role: Role, unit: str) -> str:
    return f"{role}-{unit}".replace("_", "-")


@dataclass
class Visitor:
    """A browser without scripts: keeps cookies, follows forms."""

    client: TestClient
    last: Response | None = None

    def get(self, path: str, **more: Any) -> Response:  # noqa: ANN401 - of the client
        self.last = self.client.get(path, **more)
        return self.last

    def token(self, path: str = "/password") -> str:
        """The token that the forms of a page carry."""
        found = TOKEN.search(self.client.get(path).text)
        return found[1] if found else ""

    def post(self, path: str, page: str = "/password", **fields: Any) -> Response:  # noqa: ANN401
        """Sends a form as the page at `page` would."""
        data = {"_token": self.token(page), **fields}
        self.last = self.client.post(path, data=data)
        return self.last

    def log_in(self, login: str, password: str = PASSWORD) -> Response:
        return self.post("/login", "/login", login=login, password=password)


def copy_of(template: Path, folder: Path) -> str:
    """A town of one's own: its address."""
    made = folder / "town.sqlite"
    shutil.copyfile(template, made)
    return f"sqlite:///{made}"
