"""Every statement of the hot path gives, on the driver's cursor, what Core gives for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle import engine as acts
from lifecycle.store import hot
from lifecycle.store.hot import Statement
from lifecycle.store.tables import metadata
from tests.builders import app_on
from tests.fault import worker
from workflows import domain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.wiring import App

STATEMENTS = {name: one for name, one in vars(hot).items() if isinstance(one, Statement)} | {
    f"open_cases_about_{kinds}": hot.open_cases_about(kinds) for kinds in (1, 2, 5)
}


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, worker.FIRST_DAY) as app:
        worker.prepare(app)
        for number in range(worker.SWEEP_EVERY - 1):
            worker.act(app, number)
        yield app


class Tap:
    """Remembers with which values each statement ran."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[tuple[Statement, dict[str, Any]]] = []
        for name in ("rows", "run"):
            monkeypatch.setattr(Statement, name, self._tapped(getattr(Statement, name)))

    def _tapped(self, original: Any) -> Any:  # noqa: ANN401 - a method
        def tapped(statement: Statement, connection: Any, **given: Any) -> Any:  # noqa: ANN401
            self.seen.append((statement, given))
            return original(statement, connection, **given)

        return tapped


def values_for(statement: Statement, app: App) -> dict[str, Any]:
    """Values with which the statement does something in the sample database."""
    wanted = statement.core.compile(dialect=app.engine.dialect).binds
    sample = app.read(lambda connection: _samples(connection))
    given: dict[str, Any] = {}
    for name, bind in wanted.items():
        if not bind.required:
            continue
        plain = name.removeprefix("new_").rstrip("_0123456789")
        given[name] = sample[plain] if plain in sample else sample[name]
    return given


def _samples(connection: sa.Connection) -> dict[str, Any]:
    """One value per column name, from rows that exist, and those that statements name anew."""
    found: dict[str, Any] = {}
    for table in reversed(metadata.sorted_tables):
        row = connection.execute(sa.select(table).limit(1)).mappings().first()
        if row is not None and table.name in TABLES:
            found |= {name: value for name, value in row.items() if value is not None or name not in found}
    about = sa.select(metadata.tables["case"]).where(
        metadata.tables["case"].c.workflow == "member_relation"
    )
    case = connection.execute(about).mappings().first()
    assert case is not None
    return found | dict(case) | {
        "case_id": case["id"],
        "ids": [case["id"], case["subject_id"]],
        "kind": case["subject_type"],
        "expected": case["version"],
        "request": found["request_id"],
        "row_id": 1,
        "at": found["recorded_at"],
        "on_day": found["effective_on"],
        "by_entry": found["entry_id"],
    }  # fmt: skip


TABLES = ("entry", "case", "case_state", "deadline", "outbox", "personal_value")
