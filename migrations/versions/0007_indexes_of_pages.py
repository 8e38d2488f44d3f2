"""Indexes by which pages read the work list, an organization's file and the trail.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PRESSES = sa.text("status = 'open' AND kind = 'deadline'")


def upgrade() -> None:
    """Creates the indexes; that of the days on which cases are due gains the case."""
    op.drop_index("ix_deadline_due", "deadline")
    for name, columns in (
        ("ix_deadline_due", ["due_on", "id", "case_id"]),
        ("ix_deadline_next", ["case_id", "due_on", "id"]),
    ):
        op.create_index(
            name,
            "deadline",
            columns,
            sqlite_where=PRESSES,
            postgresql_where=PRESSES,
            if_not_exists=True,
        )
    # The first migration makes these tables as they are today.
    for table, columns in (
        ("entry", ["recorded_at", "id"]),
        ("body_serves", ["organization_id"]),
        ("attendance", ["organization_id"]),
    ):
        op.create_index(f"ix_{table}_{columns[0]}", table, columns, if_not_exists=True)
