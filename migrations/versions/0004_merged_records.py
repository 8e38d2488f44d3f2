"""Which record of one organization or person stands for another one.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lifecycle.store.types import Day, Instant, key_type

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table; no record has been merged yet."""
    op.create_table(
        "merged_record",
        sa.Column("id", key_type(), autoincrement=True, nullable=False),
        sa.Column("subject_type", sa.Text, nullable=False),
        sa.Column("gone_id", key_type(), nullable=False),
        sa.Column("kept_id", key_type(), nullable=False),
        sa.Column("from_on", Day, nullable=False),
        sa.Column("until_on", Day),
        sa.Column("known_from", Instant, nullable=False),
        sa.Column("known_until", Instant),
        sa.Column("entry_id", key_type(), nullable=False),
        sa.Column("ended_entry_id", key_type()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_record")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_merged_record_entry_id")),
        sa.ForeignKeyConstraint(
            ["ended_entry_id"], ["entry.id"], name=op.f("fk_merged_record_ended_entry_id")
        ),
        comment="合并: which record of one organization or person stands for another one.",
        sqlite_strict=True,
    )
    op.create_index("ix_merged_record_key", "merged_record", ["subject_type", "gone_id", "from_on"])
