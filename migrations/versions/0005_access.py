"""Who may log in, in which roles for which units, who is logged in, who has which case in hand.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lifecycle.store.types import Day, Instant, YesNo, bytes_type, key_type

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PRESSES = sa.text("status = 'open' AND kind = 'deadline'")


def upgrade() -> None:
    """Creates the tables; nobody has an account yet."""
    _account()
    _role_grant()
    _substitution()
    _login_session()
    _login_attempt()
    _assignment()
    op.create_index(
        "ix_deadline_due",
        "deadline",
        ["due_on", "id"],
        sqlite_where=PRESSES,
        postgresql_where=PRESSES,
        if_not_exists=True,  # the first migration makes the table as it is today
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", key_type(), autoincrement=True, nullable=False)


def _account() -> None:
    op.create_table(
        "account",
        _id(),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("must_change", YesNo, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("disabled_at", Instant),
        sa.Column("last_login_at", Instant),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        comment="Who can log in; `password` is an argon2id hash.",
        sqlite_strict=True,
    )


def _role_grant() -> None:
    op.create_table(
        "role_grant",
        _id(),
        sa.Column("account_id", key_type(), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("unit_id", key_type()),
        sa.Column("from_on", Day, nullable=False),
        sa.Column("until_on", Day),
        sa.Column("granted_at", Instant, nullable=False),
        sa.Column("granted_by", sa.Text, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("ended_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        _to("role_grant", "account_id", "account"),
        _to("role_grant", "unit_id", "unit"),
        comment="A role for a unit and all below it (for every unit where none is named), for a "
        "time.",
        sqlite_strict=True,
    )
    op.create_index("ix_role_grant_account_id", "role_grant", ["account_id"])


def _substitution() -> None:
    op.create_table(
        "substitution",
        _id(),
        sa.Column("absent_id", key_type(), nullable=False),
        sa.Column("substitute_id", key_type(), nullable=False),
        sa.Column("from_on", Day, nullable=False),
        sa.Column("until_on", Day, nullable=False),
        sa.Column("arranged_at", Instant, nullable=False),
        sa.Column("arranged_by", sa.Text, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("ended_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
        _to("substitution", "absent_id", "account"),
        _to("substitution", "substitute_id", "account"),
        comment="Who acts for whom during an absence.",
        sqlite_strict=True,
    )
    op.create_index("ix_substitution_substitute_id", "substitution", ["substitute_id"])


def _login_session() -> None:
    op.create_table(
        "login_session",
        _id(),
        sa.Column("token_hash", bytes_type(), nullable=False),
        sa.Column("account_id", key_type(), nullable=False),
        sa.Column("acting_for_id", key_type()),
        sa.Column("began_at", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.Column("confirmed_at", Instant, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
        _to("login_session", "account_id", "account"),
        _to("login_session", "acting_for_id", "account"),
        comment="Who is logged in where; the token itself is known to the browser alone.",
        sqlite_strict=True,
    )
    op.create_index("ix_login_session_account_id", "login_session", ["account_id"])


def _login_attempt() -> None:
    op.create_table(
        "login_attempt",
        _id(),
        sa.Column("login_hash", bytes_type(), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("tried_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
        comment="Passwords that did not fit: counted, so that guessing is slow; forgotten after a "
        "day.",
        sqlite_strict=True,
    )
    op.create_index("ix_login_attempt_tried_at", "login_attempt", ["tried_at"])


def _assignment() -> None:
    op.create_table(
        "assignment",
        _id(),
        sa.Column("case_id", key_type(), nullable=False),
        sa.Column("account_id", key_type(), nullable=False),
        sa.Column("began_at", Instant, nullable=False),
        sa.Column("began_by", sa.Text, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("ended_by", sa.Text),
        sa.Column("follow_up_on", Day),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        _to("assignment", "case_id", "case"),
        _to("assignment", "account_id", "account"),
        comment="Who has a case in hand, and until when it is put aside.",
        sqlite_strict=True,
    )
    now = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_assignment_case",
        "assignment",
        ["case_id"],
        unique=True,
        sqlite_where=now,
        postgresql_where=now,
    )
    op.create_index(
        "ix_assignment_account",
        "assignment",
        ["account_id"],
        sqlite_where=now,
        postgresql_where=now,
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
