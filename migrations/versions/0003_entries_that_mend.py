"""An index of the entries that do more to deadlines than open and close them.

Lists of an earlier day look for their cases among all entries, most of which are of no such kind.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MENDS = sa.text("kind IN ('deadline', 'correction', 'withdrawn') OR supersedes <> '[]'")


def upgrade() -> None:
    """Adds the index where the first migration has not made it already."""
    op.create_index(
        "ix_entry_mending",
        "entry",
        ["case_id"],
        sqlite_where=MENDS,
        postgresql_where=MENDS,
        if_not_exists=True,
    )
