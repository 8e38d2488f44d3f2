"""The engine's tables. Everything that has a history carries the same four dates."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from lifecycle.store.types import Day, Document, Instant, YesNo, bytes_type, key_type

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

STRICT: dict[str, Any] = {"sqlite_strict": True}


def identity() -> Column[int]:
    """The surrogate key that every table has."""
    return Column("id", key_type(), primary_key=True, autoincrement=True)


def four_dates() -> list[Column[Any]]:
    """The history of a row: when it was true, since when we know, and by which entries.

    `from_on` and `until_on` bound the days on which the row holds (`until_on` is the first day on
    which it does not). `known_from` and `known_until` bound the time during which the database
    said so. A row is closed by ending its knowledge and writing a bounded copy; nothing else in
    it ever changes and nothing is deleted.
    """
    return [
        Column("from_on", Day, nullable=False),
        Column("until_on", Day),
        Column("known_from", Instant, nullable=False),
        Column("known_until", Instant),
        Column("entry_id", key_type(), ForeignKey("entry.id"), nullable=False),
        Column("ended_entry_id", key_type(), ForeignKey("entry.id")),
    ]


unit = Table(
    "unit",
    metadata,
    identity(),
    Column("name", sa.Text, nullable=False, unique=True),
    Column("parent_id", key_type(), ForeignKey("unit.id")),
    Column("level", sa.Text, nullable=False),
    Column("kind", sa.Text, nullable=False),
    Column("division_code", sa.Text, unique=True),
    Index("ix_unit_parent_id", "parent_id"),
    comment="The jurisdiction tree: who is in charge of a case and below whom.",
    **STRICT,
)

setting = Table(
    "setting",
    metadata,
    Column("name", sa.Text, primary_key=True),
    Column("value", sa.Text, nullable=False),
    comment="What belongs to this database alone: its own clock, its sample mark.",
    **STRICT,
)

parameter_value = Table(
    "parameter_value",
    metadata,
    identity(),
    Column("parameter", sa.Text, nullable=False),
    Column("unit_id", key_type(), ForeignKey("unit.id")),
    Column("from_on", Day, nullable=False),
    Column("value", Document, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", sa.Text, nullable=False),
    UniqueConstraint("parameter", "unit_id", "from_on"),
    comment="Values of policy parameters that a jurisdiction sets for itself, dated.",
    **STRICT,
)

calendar_year = Table(
    "calendar_year",
    metadata,
    identity(),
    Column("year", sa.Integer, nullable=False, unique=True),
    Column("notice", sa.Text, nullable=False),
    Column("content", Document, nullable=False),
    Column("digest", sa.Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", sa.Text, nullable=False),
    comment="Days off and make-up working days of years published after the program was.",
    **STRICT,
)

workflow_text = Table(
    "workflow_text",
    metadata,
    identity(),
    Column("workflow", sa.Text, nullable=False),
    Column("version", sa.Text, nullable=False),
    Column("digest", sa.Text, nullable=False, unique=True),
    Column("text", sa.Text, nullable=False),
    Column("stored_at", Instant, nullable=False),
    comment="The rules a case runs under, word for word.",
    **STRICT,
)

case = Table(
    "case",
    metadata,
    identity(),
    Column("workflow", sa.Text, nullable=False),
    Column("workflow_text_id", key_type(), ForeignKey("workflow_text.id"), nullable=False),
    Column("subject_type", sa.Text, nullable=False),
    Column("subject_id", key_type(), nullable=False),
    Column("unit_id", key_type(), ForeignKey("unit.id")),
    Column("state", sa.Text, nullable=False),
    Column("state_since_on", Day, nullable=False),
    Column("previous_state", sa.Text),
    Column("fields", Document, nullable=False),
    Column("version", sa.Integer, nullable=False),
    Column("head_hash", bytes_type(), nullable=False),
    Column("last_on", Day, nullable=False),
    Column("last_person_on", Day),
    Column("taken_over_only", YesNo, nullable=False),
    Column("opened_on", Day, nullable=False),
    Column("closed_on", Day),
    Index("ix_case_subject", "subject_type", "subject_id", "workflow"),
    Index("ix_case_workflow_state", "workflow", "state"),
    Index("ix_case_unit_id", "unit_id"),
    Index(
        "uq_case_open_subject",
        "workflow",
        "subject_type",
        "subject_id",
        unique=True,
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    ),
    comment="One real matter under one workflow; `version` counts its entries.",
    **STRICT,
)

_MENDS = "kind IN ('deadline', 'correction', 'withdrawn') OR supersedes <> '[]'"

entry = Table(
    "entry",
    metadata,
    Column("id", key_type(), primary_key=True, autoincrement=False),
    Column("case_id", key_type(), ForeignKey("case.id"), nullable=False),
    Column("seq", sa.Integer, nullable=False),
    Column("kind", sa.Text, nullable=False),
    Column("event", sa.Text, nullable=False),
    Column("from_state", sa.Text),
    Column("to_state", sa.Text, nullable=False),
    Column("effective_on", Day, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("actor", sa.Text, nullable=False),
    Column("request_id", sa.Text, nullable=False, unique=True),
    Column("corrects", sa.Integer),
    Column("supersedes", Document, nullable=False),
    Column("body", bytes_type(), nullable=False),
    Column("hash", bytes_type(), nullable=False),
    UniqueConstraint("case_id", "seq"),
    Index("ix_entry_recorded_at", "recorded_at", "id"),
    Index(
        "ix_entry_mending",
        "case_id",
        sqlite_where=sa.text(_MENDS),
        postgresql_where=sa.text(_MENDS),
    ),
    comment="The audit trail: append-only, hash-chained per case.",
    **STRICT,
)


def mends() -> sa.ColumnElement[bool]:
    """Entries that may do more to deadlines than open and close them; found by `ix_entry_mending`.

    The words are those of the index, which a database uses only for what it recognises.
    """
    kinds: list[sa.ColumnElement[str]] = [
        sa.literal_column(f"'{kind}'") for kind in ("deadline", "correction", "withdrawn")
    ]
    supersedes = entry.c.supersedes != sa.literal_column("'[]'", Document())
    return sa.or_(entry.c.kind.in_(kinds), supersedes)


personal_value = Table(
    "personal_value",
    metadata,
    identity(),
    Column("entry_id", key_type(), ForeignKey("entry.id"), nullable=False),
    Column("name", sa.Text, nullable=False),
    Column("salt", bytes_type(), nullable=False),
    Column("value", sa.Text, nullable=False),
    UniqueConstraint("entry_id", "name"),
    comment="What an entry only commits to, kept apart so that it can be erased.",
    **STRICT,
)

case_state = Table(
    "case_state",
    metadata,
    identity(),
    Column("case_id", key_type(), ForeignKey("case.id"), nullable=False),
    Column("state", sa.Text, nullable=False),
    *four_dates(),
    Index("ix_case_state_case_id", "case_id", "from_on"),
    comment="The history of every case's state: what facts read.",
    **STRICT,
)

_PRESSES = sa.text("status = 'open' AND kind = 'deadline'")

deadline = Table(
    "deadline",
    metadata,
    identity(),
    Column("case_id", key_type(), ForeignKey("case.id"), nullable=False),
    Column("rule", sa.Text, nullable=False),
    Column("kind", sa.Text, nullable=False),
    Column("cycle", sa.Integer, nullable=False),
    Column("anchor_on", Day, nullable=False),
    Column("raw_on", Day, nullable=False),
    Column("due_on", Day, nullable=False),
    Column("provisional", YesNo, nullable=False),
    Column("status", sa.Text, nullable=False),
    Column("reason", sa.Text),
    Column("closed_on", Day),
    Column("suspended_on", Day),
    Column("suspended_days", sa.Integer, nullable=False),
    Column("wake_at", Instant),
    Column("derivation", Document, nullable=False),
    Column("opened_entry_id", key_type(), ForeignKey("entry.id"), nullable=False),
    Column("closed_entry_id", key_type(), ForeignKey("entry.id")),
    Index("ix_deadline_case_id", "case_id", "rule"),
    Index(
        "ix_deadline_wake",
        "wake_at",
        "id",
        sqlite_where=sa.text("status = 'open' AND wake_at IS NOT NULL"),
        postgresql_where=sa.text("status = 'open' AND wake_at IS NOT NULL"),
    ),
    # The work list walks the one by day and asks the other whether a case has an earlier one; both
    # answer without the row, which is wide.
    Index(
        "ix_deadline_due",
        "due_on",
        "id",
        "case_id",
        sqlite_where=_PRESSES,
        postgresql_where=_PRESSES,
    ),
    Index(
        "ix_deadline_next",
        "case_id",
        "due_on",
        "id",
        sqlite_where=_PRESSES,
        postgresql_where=_PRESSES,
    ),
    comment="What is owed by when; overdue is computed, never stored.",
    **STRICT,
)

_SENT = sa.text("status = 'sent'")

outbox = Table(
    "outbox",
    metadata,
    identity(),
    Column("key", sa.Text, nullable=False, unique=True),
    Column("case_id", key_type(), ForeignKey("case.id")),
    Column("entry_id", key_type(), ForeignKey("entry.id")),
    Column("deadline_id", key_type(), ForeignKey("deadline.id")),
    Column("notice", sa.Text, nullable=False),
    Column("stage", sa.Text, nullable=False),
    Column("recipient", sa.Text, nullable=False),
    Column("urgent", YesNo, nullable=False),
    Column("values", Document, nullable=False),
    Column("status", sa.Text, nullable=False),
    Column("owed_on", Day, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("retry_at", Instant),
    Column("attempts", sa.Integer, nullable=False),
    Column("message_id", sa.Text),
    Column("rendered", Document),
    Column("sent_at", Instant),
    Column("problem", sa.Text),
    Index("ix_outbox_case_id", "case_id", "notice"),
    Index("ix_outbox_status", "status", "urgent", "recipient"),
    Index(
        "ix_outbox_interrupted",
        "message_id",
        sqlite_where=sa.text("status = 'owed' AND message_id IS NOT NULL"),
        postgresql_where=sa.text("status = 'owed' AND message_id IS NOT NULL"),
    ),
    Index("ix_outbox_sent", "sent_at", sqlite_where=_SENT, postgresql_where=_SENT),
    comment="Notices that are owed: written with the change that causes them.",
    **STRICT,
)

job_run = Table(
    "job_run",
    metadata,
    Column("job", sa.Text, primary_key=True),
    Column("last_started_at", Instant),
    Column("last_finished_at", Instant),
    Column("last_result", sa.Text),
    Column("last_covered_on", Day),
    Column("failures", sa.Integer, nullable=False, server_default="0"),
    comment="What the clock did last: one row per named job.",
    **STRICT,
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("worker", sa.Text, primary_key=True),
    Column("beat_at", Instant, nullable=False),
    comment="One row per running process with a clock.",
    **STRICT,
)

APPEND_ONLY = ("entry", "workflow_text")
"""Tables whose rows are never changed or removed; the database itself refuses it."""


def append_only_triggers(dialect: str) -> list[str]:
    """The statements that make the tables of `APPEND_ONLY` refuse every change.

    On SQLite a BEFORE INSERT trigger is needed too: `INSERT OR REPLACE` passes delete triggers by
    unless recursive_triggers is on, and a connection could switch that off.
    """
    if dialect == "sqlite":
        return [one for table in APPEND_ONLY for one in _sqlite_triggers(table)]
    function = (
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    triggers = [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
    ]
    return [function, *triggers]


def _sqlite_triggers(table: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    known = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - our own names
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} {refuse}",
    ]
