"""Calendar years that are loaded after the program was shipped.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lifecycle.store.types import Document, Instant, key_type

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table; every year is still that of the package."""
    op.create_table(
        "calendar_year",
        sa.Column("id", key_type(), autoincrement=True, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("notice", sa.Text, nullable=False),
        sa.Column("content", Document, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_year")),
        sa.UniqueConstraint("year", name=op.f("uq_calendar_year_year")),
        comment="Days off and make-up working days of years published after the program was.",
        sqlite_strict=True,
    )
