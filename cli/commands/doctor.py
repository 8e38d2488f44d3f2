"""`lifecycle doctor`: whether the parts of this installation fit together, and what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import migrations
import workflows
from cli.commands.running import job_rows, shown
from cli.context import Context, context_of
from cli.exits import FAILED
from cli.wiring import DatabaseMissingError
from lifecycle.registry import text_digest
from lifecycle.store.tables import case, heartbeat
from notices.catalogue import check_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from cli.settings import Settings
    from lifecycle.registry import Registry

app = typer.Typer()

Row = dict[str, Any]
COLUMNS = ("setting", "value", "note")


@app.command()
def doctor(ctx: typer.Context, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Shows settings, database, law, calendars, clock and the last runs of the jobs."""
    context = context_of(ctx, json=json)
    registry = workflows.load_all()
    rows = [*_settings(context), *_law(context, registry)]
    problems = list(check_catalogue(registry))
    try:
        rows += context.app.read(lambda connection: _database(context, connection))
    except DatabaseMissingError as error:
        rows.append(_row("database", error.url, context.output.words("doctor_no_database")))
        problems.append("database")
    context.output.rows(COLUMNS, rows)
    if problems:
        raise typer.Exit(FAILED)


def _row(setting: str, value: object, note: str = "") -> Row:
    return {"setting": setting, "value": "" if value is None else str(value), "note": note}


def _settings(context: Context) -> Iterator[Row]:
    settings: Settings = context.settings
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        told = shown(str(value)) if name.endswith("_url") and value else value
        note = context.output.words.section("settings").get(name) or field.description or ""
        yield _row(f"LIFECYCLE_{name.upper()}", told, note)


def _law(context: Context, registry: Registry) -> Iterator[Row]:
    words = context.output.words
    for name, book in registry.rulebooks.items():
        digest = text_digest(registry.texts[name])[:12]
        value = f"{book.workflow.code} {book.workflow.version} {digest}"
        yield _row(f"workflow {name}", value, words.label(book.workflow.label))
    yield _row("policy", registry.policy.digest, words("doctor_policy"))
    years = sorted(registry.rest_days.years)
    span = f"{years[0]}-{years[-1]}" if years else ""
    yield _row("calendar", f"{span} {registry.rest_days.version}", words("doctor_calendar"))


def _database(context: Context, connection: Connection) -> list[Row]:
    words = context.output.words
    has, wants = _revision(connection)
    fits = words("doctor_current") if has == wants else words("doctor_migrate")
    cases = connection.execute(sa.select(sa.func.count()).select_from(case)).scalar_one()
    today = context.today(connection)
    covered = today.year in context.registry.rest_days.years
    clock = type(context.app.clock).__name__
    rows = [
        _row("database", shown(context.settings.url), words("doctor_cases", count=cases)),
        _row("schema", has, fits),
        _row("clock", clock, words.section("clocks").get(clock, "")),
        _row("today", today, "" if covered else words("doctor_no_calendar", year=today.year)),
    ]
    rows += [
        _row(f"process {beat.worker}", beat.beat_at, words("doctor_alive"))
        for beat in connection.execute(sa.select(heartbeat))
    ]
    rows += [
        _row(f"job {one['job']}", one["last"] or words("doctor_never"), one["result"] or "")
        for one in job_rows(context, connection)
    ]
    return rows


def _revision(connection: Connection) -> tuple[str | None, str | None]:
    """The schema's revision, and the one that this program is written for."""
    script = ScriptDirectory.from_config(migrations.config(""))
    return MigrationContext.configure(connection).get_current_revision(), script.get_current_head()
