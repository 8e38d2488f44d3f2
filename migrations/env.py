"""Runs the migrations on the engine that the application itself would open."""

from __future__ import annotations

from alembic import context

from lifecycle.accounts import tables as accounts  # noqa: F401 - they belong to the metadata
from lifecycle.caseload import tables as caseload  # noqa: F401 - the same
from lifecycle.store.session import create_engine
from lifecycle.store.tables import metadata
from workflows import register as register  # noqa: PLC0414 - its tables too

url = context.config.get_main_option("sqlalchemy.url")
if not url:
    msg = "no database is named"
    raise RuntimeError(msg)
engine = create_engine(url)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
