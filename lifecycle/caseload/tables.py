"""The table of caseloads: who had which case in hand when. Rows are ended, never removed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

from lifecycle.store.tables import STRICT, identity, metadata
from lifecycle.store.types import Day, Instant, key_type

_NOW = sa.text("ended_at IS NULL")

assignment = Table(
    "assignment",
    metadata,
    identity(),
    Column("case_id", key_type(), ForeignKey("case.id"), nullable=False),
    Column("account_id", key_type(), ForeignKey("account.id"), nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("began_by", sa.Text, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", sa.Text),
    Column("follow_up_on", Day),
    Index(
        "uq_assignment_case",
        "case_id",
        unique=True,
        sqlite_where=_NOW,
        postgresql_where=_NOW,
    ),
    Index("ix_assignment_account", "account_id", sqlite_where=_NOW, postgresql_where=_NOW),
    comment="Who has a case in hand, and until when it is put aside.",
    **STRICT,
)
