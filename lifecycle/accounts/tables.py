"""The tables of access. Grants and substitutions are dated and never removed: they are evidence."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

from lifecycle.store.tables import STRICT, identity, metadata
from lifecycle.store.types import Day, Instant, YesNo, bytes_type, key_type

account = Table(
    "account",
    metadata,
    identity(),
    Column("login", sa.Text, nullable=False, unique=True),
    Column("name", sa.Text, nullable=False),
    Column("password", sa.Text, nullable=False),
    Column("must_change", YesNo, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", sa.Text, nullable=False),
    Column("disabled_at", Instant),
    Column("last_login_at", Instant),
    comment="Who can log in; `password` is an argon2id hash.",
    **STRICT,
)

role_grant = Table(
    "role_grant",
    metadata,
    identity(),
    Column("account_id", key_type(), ForeignKey("account.id"), nullable=False),
    Column("role", sa.Text, nullable=False),
    Column("unit_id", key_type(), ForeignKey("unit.id")),
    Column("from_on", Day, nullable=False),
    Column("until_on", Day),
    Column("granted_at", Instant, nullable=False),
    Column("granted_by", sa.Text, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", sa.Text),
    Index("ix_role_grant_account_id", "account_id"),
    comment="A role for a unit and all below it (for every unit where none is named), for a time.",
    **STRICT,
)

substitution = Table(
    "substitution",
    metadata,
    identity(),
    Column("absent_id", key_type(), ForeignKey("account.id"), nullable=False),
    Column("substitute_id", key_type(), ForeignKey("account.id"), nullable=False),
    Column("from_on", Day, nullable=False),
    Column("until_on", Day, nullable=False),
    Column("arranged_at", Instant, nullable=False),
    Column("arranged_by", sa.Text, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", sa.Text),
    Index("ix_substitution_substitute_id", "substitute_id"),
    comment="Who acts for whom during an absence.",
    **STRICT,
)

login_session = Table(
    "login_session",
    metadata,
    identity(),
    Column("token_hash", bytes_type(), nullable=False, unique=True),
    Column("account_id", key_type(), ForeignKey("account.id"), nullable=False),
    Column("acting_for_id", key_type(), ForeignKey("account.id")),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("confirmed_at", Instant, nullable=False),
    Column("address", sa.Text, nullable=False),
    Column("agent", sa.Text, nullable=False),
    Index("ix_login_session_account_id", "account_id"),
    comment="Who is logged in where; the token itself is known to the browser alone.",
    **STRICT,
)

login_attempt = Table(
    "login_attempt",
    metadata,
    identity(),
    Column("login_hash", bytes_type(), nullable=False),
    Column("address", sa.Text, nullable=False),
    Column("tried_at", Instant, nullable=False),
    Index("ix_login_attempt_tried_at", "tried_at"),
    comment="Passwords that did not fit: counted, so that guessing is slow; forgotten after a day.",
    **STRICT,
)
