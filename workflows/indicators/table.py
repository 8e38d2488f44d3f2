"""The table of frozen figures. The database itself refuses to change or remove what is in it.

Only the text of a reason may be emptied: a free text can be erased on order (rulebook F14).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Table, UniqueConstraint

from lifecycle.store.tables import STRICT, identity, metadata
from lifecycle.store.types import Day, Document, Instant, key_type

if TYPE_CHECKING:
    from sqlalchemy import Connection

REASON_LENGTH = 300
"""The most characters that a free text has (rulebook F14)."""

indicator_snapshot = Table(
    "indicator_snapshot",
    metadata,
    identity(),
    Column("unit_id", key_type(), ForeignKey("unit.id"), nullable=False),
    Column("as_of", Day, nullable=False),
    Column("version", sa.Integer, nullable=False),
    Column("stage", sa.Text),
    Column("reason", sa.Text),
    Column("figures", Document, nullable=False),
    Column("excluded", Document, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", sa.Text, nullable=False),
    UniqueConstraint("unit_id", "as_of", "version"),
    sa.CheckConstraint("version = 1 OR reason IS NOT NULL", name="reason"),
    comment="Indicators as frozen for a unit on a day; a correction is a new version.",
    info={"personal": frozenset({"reason"})},
    **STRICT,
)

NAME = indicator_snapshot.name


def _guards() -> dict[str, list[str]]:
    """By dialect, the triggers that refuse every change but the emptying of a reason."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{NAME} is append-only'); END"
    kept = [one.name for one in indicator_snapshot.c if one.name != "reason"]
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in kept)
    # INSERT OR REPLACE passes delete triggers by unless recursive_triggers is on.
    known = f"EXISTS (SELECT 1 FROM {NAME} WHERE id = NEW.id)"  # noqa: S608 - our own names
    sqlite = {
        "no_update": f"BEFORE UPDATE ON {NAME} WHEN NOT (NEW.reason IS '' AND {same}) {refuse}",
        "no_delete": f"BEFORE DELETE ON {NAME} {refuse}",
        "no_replace": f"BEFORE INSERT ON {NAME} WHEN {known} {refuse}",
    }
    act = f"EXECUTE FUNCTION refuse_{NAME}()"
    row = "to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason'"
    emptied = f"NEW.reason IS NOT DISTINCT FROM '' AND {row}"
    postgresql = {
        "no_update": f"BEFORE UPDATE ON {NAME} FOR EACH ROW WHEN (NOT ({emptied})) {act}",
        "no_delete": f"BEFORE DELETE OR TRUNCATE ON {NAME} FOR EACH STATEMENT {act}",
    }
    function = (
        f"CREATE FUNCTION refuse_{NAME}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{NAME} is append-only'; END $$"
    )
    return {
        "sqlite": _triggers(sqlite),
        "postgresql": [function, *_triggers(postgresql)],
    }


def _triggers(bodies: dict[str, str]) -> list[str]:
    return [f"CREATE TRIGGER {NAME}_{name} {body}" for name, body in bodies.items()]


@sa.event.listens_for(indicator_snapshot, "after_create")
def _guard(_table: Table, connection: Connection, **_given: object) -> None:
    """Sets the triggers up with the table."""
    for statement in _guards()[connection.dialect.name]:
        connection.exec_driver_sql(statement)
