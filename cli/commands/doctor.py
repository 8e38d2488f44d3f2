"""`lifecycle doctor`: whether the parts of this installation fit together, and what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer

import migrations
import workflows
from cli.commands.running import job_rows, shown
from cli.context import Context, context_of
from cli.exits import FAILED
from cli.wiring import DatabaseMissingError, DatabaseUnfitError
from lifecycle.calendars import read_years
from lifecycle.registry import text_digest
from lifecycle.store.tables import case, heartbeat
from notices.catalogue import check_catalogue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection

    from cli.settings import Settings
    from lifecycle.registry import Registry
    from lifecycle.workdays import RestDays

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
        rows.append(_calendar(context, registry.rest_days))
        rows.append(_row("database", error.url, context.output.words("doctor_no_database")))
        problems.append("database")
    except DatabaseUnfitError as error:
        rows.append(_calendar(context, registry.rest_days))
        rows.append(_row("database", error.url))
        rows.append(_row("schema", error.revision, context.output.words("doctor_migrate")))
        problems.append("schema")
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


def _calendar(context: Context, rest_days: RestDays, stored: Collection[int] = ()) -> Row:
    """The years that are loaded, and which of them the database holds."""
    words = context.output.words
    note = words("doctor_calendar")
    if stored:
        note = words("doctor_calendar_stored", years=_spans(stored))
    return _row("calendar", f"{_spans(rest_days.years)} {rest_days.version}", note)


def _spans(years: Collection[int]) -> str:
    """Years as spans without a gap: 2004-2026, 2028."""
    ends: list[list[int]] = []
    for year in sorted(years):
        if ends and ends[-1][1] == year - 1:
            ends[-1][1] = year
        else:
            ends.append([year, year])
    return ", ".join(f"{a}-{b}" if a != b else f"{a}" for a, b in ends)


def _database(context: Context, connection: Connection) -> list[Row]:
    words = context.output.words
    has, _ = migrations.revisions(connection)
    rest_days = context.registry.rest_days
    cases = connection.execute(sa.select(sa.func.count()).select_from(case)).scalar_one()
    today = context.teller.today(connection)
    covered = rest_days.covers(today)
    clock = type(context.app.clock).__name__
    rows = [
        _calendar(context, rest_days, [one.year for one in read_years(connection)]),
        _row("database", shown(context.settings.url), words("doctor_cases", count=cases)),
        _row("schema", has, words("doctor_current")),
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
