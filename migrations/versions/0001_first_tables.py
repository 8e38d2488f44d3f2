"""The engine's tables and the register, with append-only triggers.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

from lifecycle.store.tables import append_only_triggers, metadata
from workflows import register as register  # noqa: PLC0414 - its tables belong to the metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LATER = frozenset(
    {
        *("calendar_year", "merged_record"),
        *("account", "role_grant", "substitution", "login_session", "login_attempt"),
        *("assignment", "search_name"),
    }
)
"""Tables that a later migration makes."""


def upgrade() -> None:
    """Creates everything that there was at first."""
    connection = op.get_bind()
    metadata.create_all(connection, [t for t in metadata.sorted_tables if t.name not in LATER])
    for statement in append_only_triggers(connection.dialect.name):
        op.execute(statement)
