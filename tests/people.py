"""People whose every value is unlike any other text: what a search for them finds is theirs."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import Actor, Role
from lifecycle.audit import verify
from lifecycle.cases import Subject
from lifecycle.replaying import replay
from lifecycle.store.compacting import compact
from lifecycle.store.tables import metadata
from notices.delivery import deliver
from notices.removal import lying, mails_of_blanked, remove
from tests.builders import move_clock
from tests.post import folder_office, mails
from workflows import byhand
from workflows.erasing import Erasure, confirm, request
from workflows.register import intake_waiting
from workflows.subjects import PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from cli.wiring import App
    from lifecycle.cases import CaseView
    from lifecycle.work import Work

DAY, LEFT, TODAY = date(2026, 3, 2), date(2026, 3, 20), date(2026, 4, 7)
CHEN = Actor("陈", frozenset({Role.CASE_OFFICER}))
LIN = Actor("林", frozenset({Role.APPROVER}))
ASKED = "本人书面申请"

_FIRST, _SECOND = 0x9F00, 0x9E00
"""Rare characters: no text of the program holds them."""


@dataclass(frozen=True, slots=True)
class Someone:
    """A person of the test, with everything that nobody else has."""

    id: int
    name: str
    birth_on: date
    home: str
    evidence: str
    remark: str

    @property
    def subject(self) -> Subject:
        """The record of the person."""
        return Subject(PERSON, self.id)

    @property
    def values(self) -> list[str]:
        """What nothing may hold any more once the person has been erased."""
        return [self.name, self.birth_on.isoformat(), self.home, self.evidence, self.remark]


def begin(app: App, connection: Connection, actor: Actor = CHEN) -> Work:
    """A unit of work of an officer."""
    return engine.begin(connection, app.registry, app.clock, actor)


def clinic(app: App, code: str = "CLINIC") -> int:
    """An organization whose unit in charge can be reached by mail."""

    def add(connection: Connection) -> int:
        work = begin(app, connection)
        unit = byhand.add_unit(
            work, name=f"局 {code}", level="county", kind="department", mail="office@example.org"
        )
        return byhand.add_organization(
            work,
            name=f"门诊部 {code}",
            credit_code=code,
            kind="private_nonenterprise_unit",
            supervisor_id=unit,
            mail="clinic@example.org",
        )

    return app.write(add)


def engaged(app: App, organization: int, number: int, employment: str = "full_time") -> Someone:
    """A member who works there from today, the relation at a home that only a roster names."""
    name = f"欧阳{chr(_FIRST + number // 50)}{chr(_SECOND + number % 50)}"
    birth_on = date(1931, 1, 1) + timedelta(days=number)
    home = f"某村第{number}-{name[2:]}支部"

    def add(connection: Connection) -> int:
        work = begin(app, connection)
        person = byhand.add_person(
            work,
            name=name,
            birth_on=birth_on,
            admitted_on=date(2005, 7, 1),
            status="full",
            home_text=home,
        )
        byhand.add_engagement(
            begin(app, connection),
            person_id=person,
            organization_id=organization,
            employment=employment,
            since=app.clock.today(connection),
        )
        return person

    person = app.write(add)
    return Someone(person, name, birth_on, home, f"离证第{number}-{name[2:]}号", f"备注{name}")


def relation_of(app: App, someone: Someone) -> CaseView:
    """The latest member_relation case of the person."""

    def find(connection: Connection) -> CaseView:
        from_places = sa.text(
            'SELECT max(c.id) FROM "case" c JOIN person_at_organization p ON p.id = c.subject_id '
            "WHERE c.workflow = 'member_relation' AND p.person_id = :person"
        )
        number = connection.execute(from_places, {"person": someone.id}).scalar_one()
        return begin(app, connection).case(number)

    return app.read(find)


def left(app: App, someone: Someone, event: str = "left_before_transfer") -> None:
    """The person leaves today: the relation's case ends."""

    def leave(connection: Connection) -> None:
        engine.advance(
            connection,
            app.registry,
            app.clock,
            case_id=relation_of(app, someone).id,
            event=event,
            actor=CHEN,
            fields={"evidence": someone.evidence},
        )
        engine.record_rows(
            begin(app, connection),
            someone.subject,
            [],
            app.clock.today(connection),
            settles=False,
            reason=someone.remark,
        )

    app.write(leave)


def delivered(app: App, folder: Path) -> int:
    """Everything owed goes out as files; how many mails lie there."""
    deliver(folder_office(app, folder))
    return len(mails(folder))


def members(app: App, folder: Path, count: int) -> list[Someone]:
    """People who came, about whom mails went out, and who left."""
    move_clock(app, DAY)
    where = clinic(app)
    people = [engaged(app, where, number) for number in range(count)]
    delivered(app, folder)
    move_clock(app, LEFT)
    for one in people:
        left(app, one)
    delivered(app, folder)
    move_clock(app, TODAY)
    return people


def asked(app: App, someone: Someone, actor: Actor = CHEN, reason: str = ASKED) -> Erasure:
    """An officer asks for the erasure."""
    return app.write(
        lambda connection: request(
            connection,
            app.registry,
            app.clock,
            person=someone.subject,
            reason=reason,
            actor=actor,
        )
    )


def confirmed(app: App, someone: Someone, actor: Actor = LIN) -> Erasure:
    """Another one confirms; the transaction alone."""
    return app.write(
        lambda connection: confirm(
            connection, app.registry, app.clock, person=someone.subject, actor=actor
        )
    )


def cleaned(app: App, folder: Path) -> bool:
    """What comes after the transaction; whether the database file holds nothing old."""
    remove(lying(folder, app.read(mails_of_blanked)))
    return compact(app.engine)


def dumped(app: App) -> str:
    """All tables as text, bodies decoded, whatever the database."""

    def dump(connection: Connection) -> str:
        told: list[str] = []
        for table in metadata.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.c)
            # The stored text itself, not what a type makes of it.
            rows = connection.execute(sa.text(f'SELECT {names} FROM "{table.name}"'))  # noqa: S608
            told += [" ".join(map(_text, row)) for row in rows]
        return "\n".join(told)

    return app.read(dump)


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a driver gives
    raw = bytes(value) if isinstance(value, memoryview) else value
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)


def traces(files: Iterator[Path] | list[Path], values: list[str]) -> list[str]:
    """Which values stand in which files: as UTF-8, as JSON escapes, or in the text of a mail."""
    found = []
    for path in files:
        raw = path.read_bytes()
        told = ""
        if path.suffix == ".eml":
            told = "\n".join(
                part.get_content() for mail in mails(path.parent) for part in _parts(mail)
            )
        for value in values:
            escaped = json.dumps(value)[1:-1].encode()
            if value.encode() in raw or escaped in raw or value in told:
                found.append(f"{path.name}: {value}")
    return found


def _parts(mail: Any) -> list[Any]:  # noqa: ANN401 - a message
    return [one for one in mail.walk() if one.get_content_maintype() == "text"]


def backup(source: Path, target: Path) -> Path:
    """A fresh backup of a SQLite file, page by page."""
    with sqlite3.connect(source) as read, sqlite3.connect(target) as written:
        read.backup(written)
    read.close()
    written.close()
    return target


def problems(app: App) -> list[str]:
    """What verifying and replaying the trail find."""
    codes = {name: book.workflow.code for name, book in app.registry.rulebooks.items()}
    broken = app.read(lambda connection: verify(connection, codes)).breaks
    differing = app.read(lambda connection: replay(connection, app.registry)).differences
    return [str(one) for one in (*broken, *differing)]


def waiting_row(connection: Connection, someone: Someone) -> None:
    """A row of a roster about the person, whose organization nobody knows yet."""
    values = {"name": someone.name, "birth_on": someone.birth_on.isoformat()}
    given = {"layout": "members", "credit_code": "UNKNOWN", "digest": someone.name, "row": 3}
    connection.execute(
        sa.insert(intake_waiting).values(**given, file="名册.xlsx", as_of=TODAY, values=values)
    )
