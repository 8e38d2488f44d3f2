"""A small town for random histories: a database ready to be copied, and what may happen in it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

import workflows
from cli.wiring import App
from lifecycle import engine
from lifecycle.access import Actor, Role
from lifecycle.cases import Subject
from lifecycle.clock import StoredClock, store_time
from lifecycle.correcting import Correction, correct
from lifecycle.errors import LifecycleError
from lifecycle.history import Body, living
from lifecycle.moments import day_start
from lifecycle.store.session import create_engine
from lifecycle.store.tables import case, entry
from lifecycle.sweeps import sweep_all
from tests.builders import migrate
from workflows import byhand, recording
from workflows.register import TABLES
from workflows.subjects import BODY, ORGANIZATION, PLACE, UNIT

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from lifecycle.definition import Field_
    from lifecycle.registry import Registry
    from tests.postgres import PostgresServer

STARTS_ON = date(2025, 12, 1)
EVERYBODY = Actor("anybody", frozenset(Role) - {Role.SCHEDULER})
KINDS = {
    "guild": "association",
    "school": "private_nonenterprise_unit",
    "firm": "intermediary_organization",
}
HOMES = {"an": "bureau", "bo": "bureau", "cai": "bureau", "ding": "factory", "er": "factory"}
"""Members, and whose Party body holds their relation at first."""
AT_WORK = {"an": "school", "bo": "school", "cai": "school", "ding": "firm"}
"""Who works where at first; three full members attached at the school owe a branch."""
COUNTED = {"members": 80, "full_time": 0, "employees": 30}
"""What every organization states at first."""
PROBATIONARY = frozenset({"er"})
APPLICANTS = ("gu",)


@dataclass(slots=True)
class World:
    """One history in the making: the application, and the numbers of everything by name."""

    app: App
    ids: dict[str, int] = field(default_factory=dict)
    today: date = STARTS_ON

    # -- what may happen -------------------------------------------------------------------

    def pass_days(self, days: int) -> None:
        """Time passes, and the clock does its work."""
        self.today += timedelta(days=days)
        self.app.write(self._set_clock)
        self.app.write(lambda c: sweep_all(c, self.app.registry, self.app.clock))

    def _set_clock(self, connection: Connection) -> None:
        store_time(connection, day_start(self.today) + timedelta(hours=9))

    def engage(self, person: str, organization: str, employment: str, back: int) -> bool:
        """A person begins to work somewhere; False when that is refused."""
        since = self.today - timedelta(days=back)
        return self._tried(
            lambda c: byhand.add_engagement(
                self._work(c),
                person_id=self.ids[person],
                organization_id=self.ids[organization],
                employment=employment,
                since=since,
                on=self.today,
            )
        )

    def leave(self, person: str, organization: str) -> bool:
        """A person stops working somewhere."""
        return self._recorded(self.place(person, organization), {"employment": "left"})

    def count(self, organization: str, **counts: int) -> bool:
        """An organization states its numbers."""
        return self._recorded(Subject(ORGANIZATION, self.ids[organization]), counts)

    def _recorded(self, subject: Subject | None, values: dict[str, Any]) -> bool:
        if subject is None:
            return False
        return self._tried(lambda c: recording.record(self._work(c), subject, values, self.today))

    def advance(
        self, case_id: int, event: str, fields: dict[str, Any], on: date, actor: Actor = EVERYBODY
    ) -> bool:
        """An event is recorded; False when it is refused."""
        return self._tried(
            lambda c: engine.advance(
                c,
                self.app.registry,
                self.app.clock,
                case_id=case_id,
                event=event,
                actor=actor,
                fields=fields,
                effective_on=on,
            )
        )

    def open(self, workflow: str, event: str, subject: Subject, fields: dict[str, Any]) -> bool:
        """A case is opened by a person; False when that is refused."""
        return self._tried(
            lambda c: engine.open_by_person(
                self._work(c),
                workflow=workflow,
                event=event,
                subject=subject,
                actor=EVERYBODY,
                fields=fields,
                on=self.today,
            )
        )

    def correct(self, wanted: Correction) -> bool:
        """An entry is put right; False when that is refused."""
        return self._tried(
            lambda c: correct(
                c,
                self.app.registry,
                self.app.clock,
                corrections=[wanted],
                reason="录入有误",
                actor=EVERYBODY,
            )
        )

    def _tried(self, act: Any) -> bool:  # noqa: ANN401 - a function of a connection
        before = self.app.read(fingerprint)
        try:
            self.app.write(act)
        except LifecycleError:
            # What is refused leaves nothing behind.
            assert self.app.read(fingerprint) == before
            return False
        return True

    def _work(self, connection: Connection) -> Any:  # noqa: ANN401 - a unit of work
        return engine.begin(connection, self.app.registry, self.app.clock, EVERYBODY)

    # -- looking ---------------------------------------------------------------------------

    def place(self, person: str, organization: str) -> Subject | None:
        """The person at the organization, once there."""
        t = TABLES[PLACE].c
        statement = sa.select(t.id).where(
            t.person_id == self.ids[person], t.organization_id == self.ids[organization]
        )
        found = self.app.read(lambda c: c.execute(statement).scalar_one_or_none())
        return Subject(PLACE, found) if found else None

    def open_cases(self) -> list[tuple[int, str, str]]:
        """Number, workflow and state of every case that people may work on."""
        c = case.c
        books = self.app.registry.rulebooks.values()
        listed = [book.workflow.workflow for book in books if book.workflow.listed]
        statement = sa.select(c.id, c.workflow, c.state).where(
            c.closed_on.is_(None), c.workflow.in_(listed)
        )
        rows = self.app.read(lambda conn: conn.execute(statement.order_by(c.id)).all())
        return [(row[0], row[1], row[2]) for row in rows]

    def value_for(self, spec: Field_, draw: Any) -> Any:  # noqa: ANN401, PLR0911 - one line a type
        """Something that might be entered in the field."""
        match spec.type.value:
            case "yes_no":
                return draw((True,) * 12 + (False,))
            case "choice":
                return draw((next(iter(spec.choices)),) * 2 + tuple(spec.choices))
            case "count":
                return draw((3,) * 6 + (0, 1, 2, 6, 12, 30))
            case "date":
                return self.today + timedelta(days=draw((0, 0, 0, -1, -20, -200, 10)))
            case "id" | "id_list":
                names = {UNIT: ("bureau", "town"), ORGANIZATION: tuple(KINDS)}
                if spec.refers_to == BODY:
                    return self.ids[draw(("bureau body", "town body"))]
                known = names.get(spec.refers_to, ())
                return self.ids[draw(known)] if known and spec.required else None
            case _:
                return draw(("文1", "文2"))


def said(connection: Connection) -> list[tuple[int, Body]]:
    """What people said and nobody took back: case and body."""
    found: dict[int, list[Body]] = {}
    statement = sa.select(entry.c.case_id, entry.c.body).order_by(entry.c.case_id, entry.c.seq)
    for case_id, body in connection.execute(statement):
        found.setdefault(case_id, []).append(json.loads(bytes(body)))
    return [
        (number, body)
        for number, bodies in found.items()
        for body in living(bodies)
        if body["actor"]["source"] != "system" and body["kind"] in ("event", "opened")
    ]


def fingerprint(connection: Connection) -> tuple[Any, ...]:
    """What tells whether anything was written: entries, cases' versions, register rows."""
    found = [connection.execute(sa.select(sa.func.count(), sa.func.max(entry.c.id))).one()]
    found.append(connection.execute(sa.select(sa.func.sum(case.c.version))).one())
    found += [
        connection.execute(sa.select(sa.func.count()).select_from(table)).one()
        for table in TABLES.values()
    ]
    return tuple(tuple(one) for one in found)


@dataclass(slots=True)
class Template:
    """A town built once; every history begins with a copy of its database."""

    path: Path
    registry: Registry
    ids: dict[str, int]

    def copy(self, to: Path) -> World:
        """A fresh world."""
        shutil.copyfile(self.path, to)
        return World(App(_engine(to), self.registry, StoredClock()), self.ids)


@dataclass(slots=True)
class ServerTemplate:
    """The same on a server: every history has a database of its own."""

    server: PostgresServer
    name: str
    registry: Registry
    ids: dict[str, int]

    def copy(self) -> tuple[World, str]:
        """A fresh world, and the name of its database."""
        name = self.server.create_database(self.name)
        engine = create_engine(self.server.url(name))
        return World(App(engine, self.registry, StoredClock()), self.ids), name


def build(folder: Path) -> Template:
    """The town at the beginning: units, three organizations, members and an applicant."""
    path = folder / "town.sqlite"
    migrate(f"sqlite:///{path}")
    registry = workflows.load_all()
    return Template(path, registry, _built(_engine(path), registry))


def build_on(server: PostgresServer) -> ServerTemplate:
    """The same town on a server."""
    name = server.create_database()
    migrate(server.url(name))
    registry = workflows.load_all()
    return ServerTemplate(server, name, registry, _built(create_engine(server.url(name)), registry))


def _built(engine: Engine, registry: Registry) -> dict[str, int]:
    app = App(engine, registry, StoredClock())
    world = World(app)
    app.write(world._set_clock)
    app.write(lambda c: registry.publish(c, app.clock.now(c)))
    app.write(lambda c: _settle_down(world, c))
    engine.dispose()  # the last connection writes the log back into a file
    return world.ids


def _engine(path: Path) -> Engine:
    return create_engine(f"sqlite:///{path}", durable=False)


def _settle_down(world: World, connection: Connection) -> None:
    ids = world.ids
    for name, level in (("bureau", "county"), ("town", "township"), ("factory", "department")):
        work = world._work(connection)
        kind = "township" if level == "township" else "supervisory_unit"
        ids[name] = byhand.add_unit(work, name=name, level=level, kind=kind)
        ids[f"{name} body"] = byhand.unit_body_of(connection, ids[name])
    for number, (name, kind) in enumerate(KINDS.items()):
        ids[name] = byhand.add_organization(
            world._work(connection),
            name=name,
            credit_code=f"CODE-{number}",
            kind=kind,
            supervisor_id=ids["bureau"],
            township_id=ids["town"],
            registered_on=date(2015, 3, 2),
        )
    for number, name in enumerate((*HOMES, *APPLICANTS)):
        applicant = name in APPLICANTS
        status = "probationary" if name in PROBATIONARY else "full"
        ids[name] = byhand.add_person(
            world._work(connection),
            name=name,
            birth_on=date(1980, 1, 1 + number),
            admitted_on=None if applicant else date(2010, 7, 1),
            status=byhand.APPLICANT if applicant else status,
            home_body_id=None if applicant else ids[f"{HOMES[name]} body"],
        )
    for name, place in AT_WORK.items():
        byhand.add_engagement(
            world._work(connection),
            person_id=ids[name],
            organization_id=ids[place],
            employment="full_time",
            since=STARTS_ON,
        )
    for name in KINDS:
        subject = Subject(ORGANIZATION, ids[name])
        recording.record(world._work(connection), subject, COUNTED, STARTS_ON)
