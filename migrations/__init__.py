"""Alembic migrations: one environment for all tables, numbered, forward only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy import Connection

HERE = Path(__file__).parent


def config(url: str) -> Config:
    """The Alembic configuration for a database, without any file outside this package."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Creates or upgrades the database at `url`."""
    command.upgrade(config(url), revision)


def revisions(connection: Connection) -> tuple[str | None, str | None]:
    """The schema's revision, and the one that this program is written for."""
    script = ScriptDirectory.from_config(config(""))
    return MigrationContext.configure(connection).get_current_revision(), script.get_current_head()
