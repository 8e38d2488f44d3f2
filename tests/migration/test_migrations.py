"""The migrations make the tables that the program believes in, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import migrations
from lifecycle.store.session import create_engine, reading, transaction
from lifecycle.store.tables import APPEND_ONLY, calendar_year, case, entry, metadata, workflow_text
from workflows.register import TABLES

NOW = datetime(2026, 3, 4, tzinfo=UTC)
DAY = NOW.date()
TEXT = {"id": 1, "workflow": "w", "version": "1", "digest": "d", "text": "t", "stored_at": NOW}
CASE = {
    "id": 1, "workflow": "w", "workflow_text_id": 1, "subject_type": "unit", "subject_id": 1,
    "state": "s", "state_since_on": DAY, "fields": {}, "version": 1, "head_hash": bytes(32),
    "last_on": DAY, "taken_over_only": False, "opened_on": DAY,
}  # fmt: skip
ENTRY = {
    "id": 1, "case_id": 1, "seq": 1, "kind": "opened", "event": "e", "to_state": "s",
    "effective_on": DAY, "recorded_at": NOW, "actor": "a", "request_id": "r", "supersedes": [],
    "body": b"{}", "hash": bytes(32),
}  # fmt: skip


def differences(url: str) -> list[object]:
    engine = create_engine(url)
    with reading(engine) as connection:
        options = {"compare_type": True, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
    return list(found)


def revision(url: str) -> str | None:
    engine = create_engine(url)
    with reading(engine) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return found


def test_a_fresh_database_has_exactly_the_tables_of_the_metadata(database_url: str) -> None:
    migrations.upgrade(database_url)

    assert differences(database_url) == []
    assert set(TABLES) <= set(metadata.tables)


def test_going_up_step_by_step_ends_where_going_up_at_once_does(database_url: str) -> None:
    script = ScriptDirectory.from_config(migrations.config(database_url))
    steps = [one.revision for one in script.walk_revisions()][::-1]
    for step in steps:
        migrations.upgrade(database_url, step)

        assert revision(database_url) == step

    assert differences(database_url) == []
    assert script.get_heads() == [steps[-1]]


def test_calendar_years_come_to_a_database_that_holds_cases(database_url: str) -> None:
    migrations.upgrade(database_url, "0001")
    engine = create_engine(database_url)
    with transaction(engine) as connection:
        assert not sa.inspect(connection).has_table("calendar_year")
        for table, row in ((workflow_text, TEXT), (case, CASE), (entry, ENTRY)):
            connection.execute(sa.insert(table).values(**row))

    migrations.upgrade(database_url)

    with reading(engine) as connection:
        assert connection.execute(sa.select(calendar_year)).all() == []
        assert connection.execute(sa.select(entry.c.id)).scalars().all() == [1]
    engine.dispose()


def test_upgrading_twice_changes_nothing(migrated_url: str) -> None:
    before = revision(migrated_url)
    migrations.upgrade(migrated_url)

    assert revision(migrated_url) == before
    assert differences(migrated_url) == []


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("act", ["update", "delete", "replace"])
def test_append_only_tables_refuse_every_change(
    migrated_url: str, backend: str, table: str, act: str
) -> None:
    engine = create_engine(migrated_url)
    rows = {workflow_text: TEXT, case: CASE, entry: ENTRY}
    with transaction(engine) as connection:
        for t, row in rows.items():
            connection.execute(sa.insert(t).values(**row))
    orders = {
        "update": "UPDATE {} SET id = id",
        "delete": "DELETE FROM {}",
        "replace": "INSERT OR REPLACE INTO {0} SELECT * FROM {0}",
    }
    if (backend, act) == ("postgresql", "replace"):
        orders["replace"] = "TRUNCATE {} CASCADE"

    with (
        pytest.raises(sa.exc.DBAPIError, match="append-only"),
        transaction(engine) as connection,
    ):
        connection.execute(sa.text(orders[act].format(table)))

    with reading(engine) as connection:
        found = connection.execute(sa.text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - ours

        assert found.scalar_one() == 1
    engine.dispose()
