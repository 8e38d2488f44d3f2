"""Names with their initials for the search, and indexes by which lists of the register are read.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lifecycle.store.types import key_type

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STANDING = sa.text("known_until IS NULL AND until_on IS NULL")


def upgrade() -> None:
    """Creates the table, which fills itself, and the indexes."""
    op.create_table(
        "search_name",
        sa.Column("id", key_type(), autoincrement=True, nullable=False),
        sa.Column("subject_type", sa.Text, nullable=False),
        sa.Column("subject_id", key_type(), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("initials", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_name")),
        sa.UniqueConstraint(
            "subject_type", "subject_id", name=op.f("uq_search_name_subject_type_subject_id")
        ),
        comment="Names with the initials of their pinyin, made from the register where they lack.",
        sqlite_strict=True,
    )
    op.create_index("ix_search_name_initials", "search_name", ["initials", "name"])
    # The first migration makes these tables as they are today.
    op.create_index("ix_person_surname", "person", ["surname"], if_not_exists=True)
    op.create_index(
        "ix_organization_profile_name",
        "organization_profile",
        ["name", "organization_id"],
        sqlite_where=STANDING,
        postgresql_where=STANDING,
        if_not_exists=True,
    )
