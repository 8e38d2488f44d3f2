"""Commands that run the installation: create, upgrade, tick, serve, look after."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer

import migrations
from cli.context import Context
from cli.demo import build, tour
from cli.wiring import job_parts
from lifecycle.store.tables import case, entry, job_run
from scheduler.runner import JOBS, Runner
from scheduler.ticking import tick as run_tick

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from workflows.demo import Demo

app = typer.Typer()
Json = Annotated[bool, typer.Option("--json", help="one JSON array or object")]


@app.command()
def init(ctx: typer.Context) -> None:
    """Create the database that the settings name."""
    context: Context = ctx.obj
    context.settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrations.upgrade(context.settings.url)
    context.output.say("init_done", url=_shown(context.settings.url))


@app.command()
def migrate(ctx: typer.Context) -> None:
    """Upgrade the database to this version of the program."""
    context: Context = ctx.obj
    migrations.upgrade(context.settings.url)
    context.output.say("migrated", url=_shown(context.settings.url))


def _shown(url: str) -> str:
    return sa.make_url(url).render_as_string(hide_password=True)


@app.command()
def tick(
    ctx: typer.Context,
    as_of: Annotated[str | None, typer.Option(help="move a demonstration's clock first")] = None,
) -> None:
    """Run every sweep once: deadlines, reminders, yearly cases, settling, mail."""
    context: Context = ctx.obj
    summaries = run_tick(job_parts(context.app, context.settings), context.day(as_of))
    context.output.say("ticked", today=context.app.read(context.today))
    for one in summaries:
        context.output.say("job_line", job=one.job, result=one.text())


@app.command()
def jobs(ctx: typer.Context, json: Json = False) -> None:  # noqa: FBT002
    """Show what the clock does: period, last run, its result."""
    context: Context = ctx.obj
    context.output.json_wanted = json

    def read(connection: Connection) -> dict[str, Any]:
        return {row.job: row for row in connection.execute(sa.select(job_run))}

    runs = context.app.read(read)
    rows = []
    for job in JOBS:
        run = runs.get(job.name)
        last = run.last_finished_at if run else None
        rows.append(
            {
                "job": job.name,
                "period": f"{job.every_seconds:g} s",
                "last": last.isoformat(timespec="seconds") if last else None,
                "result": run.last_result if run else None,
            }
        )
    context.output.rows(("job", "period", "last", "result"), rows)


@app.command()
def serve(ctx: typer.Context) -> None:
    """Run the clock until it is stopped (the desk comes with a later version)."""
    context: Context = ctx.obj
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    context.output.say("serving")
    Runner(job_parts(context.app, context.settings)).run_forever(stop)
    context.output.say("served")


@app.command()
def doctor(ctx: typer.Context, json: Json = False) -> None:  # noqa: FBT002
    """Show settings, database, law and clock."""
    context: Context = ctx.obj
    context.output.json_wanted = json
    registry = context.app.registry
    rows: list[dict[str, Any]] = [
        {"setting": f"LIFECYCLE_{name.upper()}", "value": _hidden(name, value)}
        for name, value in context.settings.model_dump().items()
    ]
    years = sorted(registry.rest_days.years)
    rows += [
        {"setting": "database", "value": _shown(context.settings.url)},
        {"setting": "today", "value": context.app.read(context.today).isoformat()},
        {"setting": "clock", "value": type(context.app.clock).__name__},
        {"setting": "policy", "value": registry.policy.digest},
        {"setting": "calendar", "value": f"{registry.rest_days.version} ({years[0]}-{years[-1]})"},
    ]
    rows += [
        {"setting": f"workflow {name}", "value": book.workflow.version}
        for name, book in registry.rulebooks.items()
    ]
    context.output.rows(("setting", "value"), rows)


def _hidden(name: str, value: object) -> str:
    if name.endswith("_url") and value:
        return _shown(str(value))
    return "" if value is None else str(value)


@app.command()
def demo(ctx: typer.Context) -> None:
    """Build the demonstration database from the sample rosters and show a short tour."""
    context: Context = ctx.obj
    words, out = context.output.words, context.output
    with out.console.status("") as status:

        def progress(day: date) -> None:
            status.update(words("demo_building", day=day))

        done, app_ = build(context.settings, progress)
    counts = app_.read(_counts)
    mails = len(list(context.settings.outgoing.glob("*.eml")))
    out.say(
        "demo_done",
        url=_shown(context.settings.url),
        today=done.stands_on,
        mails=mails,
        mail=context.settings.outgoing,
        **counts,
    )
    out.say("demo_acts", **_acts(done))
    out.line()
    out.say("tour")
    for stop in tour(app_, context.settings):
        out.line(f"# {words(stop.shows)}")
        out.line(stop.command)


def _acts(done: Demo) -> dict[str, int]:
    return {"recorded": done.recorded.total(), "refused": done.refused.total()}


def _counts(connection: Connection) -> dict[str, int]:
    listed = case.c.workflow != "register"
    cases = sa.select(sa.func.count()).select_from(case).where(listed)
    entries = sa.select(sa.func.count()).select_from(entry)
    return {
        "cases": connection.execute(cases).scalar_one(),
        "entries": connection.execute(entries).scalar_one(),
    }
