"""Whatever is changed in an entry behind the program's back, `verify` names the entry."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import Actor, Role
from lifecycle.audit import Verified, verify
from lifecycle.store.session import transaction
from lifecycle.store.tables import APPEND_ONLY, entry
from tests.builders import app_on
from workflows import byhand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.wiring import App
    from lifecycle.work import Work

OFFICER = Actor("chen", frozenset({Role.CASE_OFFICER, Role.APPROVER}))

TAMPERINGS: dict[str, Callable[[Any], Any]] = {
    "case_id": lambda value: value + 1,
    "seq": lambda value: value + 40,
    "id": lambda value: value + 77,
    "kind": lambda value: "time" if value != "time" else "event",
    "event": lambda value: value + "x",
    "from_state": lambda _: "ended",
    "to_state": lambda _: "ended",
    "effective_on": lambda _: date(1999, 1, 1),
    "recorded_at": lambda value: value.replace(year=1999),
    "actor": lambda _: "somebody",
    "request_id": lambda value: value + "x",
    "corrects": lambda _: 1,
    "supersedes": lambda _: [1],
    "body": lambda value: bytes(value).replace(b'"cite":[', b'"cite": ['),
    "hash": lambda _: bytes(32),
}


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, date(2026, 1, 16)) as app:
        app.write(lambda connection: story(app, connection))
        yield app


def story(app: App, connection: sa.Connection) -> None:
    def work() -> Work:
        return engine.begin(connection, app.registry, app.clock, OFFICER)

    clinic = byhand.add_organization(
        work(), name="诊所", credit_code="X", kind="private_nonenterprise_unit"
    )
    home = byhand.add_unit(
        work(), name="某局", level="county", kind="supervisory_unit", mail="a@b.cn"
    )
    person = byhand.add_person(
        work(),
        name="王五",
        birth_on=date(1980, 1, 1),
        admitted_on=date(2005, 1, 1),
        status="full",
        home_body_id=byhand.unit_body_of(connection, home),
    )
    byhand.add_engagement(
        work(), person_id=person, organization_id=clinic, employment="full_time",
        since=date(2026, 1, 16),
    )  # fmt: skip


def check(app: App) -> Verified:
    codes = {name: book.workflow.code for name, book in app.registry.rulebooks.items()}
    return app.read(lambda connection: verify(connection, codes))


def test_an_untouched_trail_has_no_break(app: App) -> None:
    verified = check(app)

    assert verified.entries > 5
    assert verified.breaks == ()


def test_every_column_of_an_entry_has_a_tampering() -> None:
    assert set(TAMPERINGS) == set(entry.c.keys())


@pytest.mark.parametrize("column", TAMPERINGS)
def test_a_changed_field_is_found_and_its_entry_named(app: App, column: str) -> None:
    victim = (
        sa.select(entry)
        .where(entry.c.event.in_(("engaged_full_time", "recorded", "engaged")))
        .order_by(entry.c.id.desc())
        .limit(1)
    )
    with behind_the_back(app) as connection:
        row = connection.execute(victim).mappings().one()
        connection.execute(
            sa.update(entry)
            .where(entry.c.id == row["id"])
            .values({column: TAMPERINGS[column](row[column])})
        )

    named = {one.entry.partition("-")[2] for one in check(app).breaks}

    changed_seq = row["seq"] + 40 if column == "seq" else row["seq"]
    changed_case = row["case_id"] + 1 if column == "case_id" else row["case_id"]
    assert f"{changed_case}/{changed_seq}" in named


def test_the_database_itself_refuses_to_change_an_entry(app: App) -> None:
    for statement in (sa.update(entry).values(event="x"), sa.delete(entry)):
        with (
            pytest.raises(sa.exc.DBAPIError, match="append-only"),
            transaction(app.engine) as connection,
        ):
            connection.execute(statement)


@contextmanager
def behind_the_back(app: App) -> Iterator[sa.Connection]:
    """A connection as somebody with the keys to the database would open it: no guard is armed."""
    engine = sa.create_engine(app.engine.url)
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for table in APPEND_ONLY:
                for act in ("update", "delete", "replace"):
                    connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{act}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
    engine.dispose()
