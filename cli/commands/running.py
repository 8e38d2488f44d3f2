"""Commands that run the installation: create, upgrade, tick, serve, demonstrate."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer

import migrations
from cli import serving
from cli.context import Context, context_of
from cli.demo import build, tour
from cli.first_accounts import FIRST, demo_accounts, first_administrator
from cli.wiring import job_parts
from lifecycle.moments import ZONE
from lifecycle.store.tables import case, entry
from scheduler.runner import Runner
from scheduler.runs import last_runs
from scheduler.ticking import tick as run_tick
from wording.jobs import job_result

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from workflows.demo import Demo

app = typer.Typer()

JOB_COLUMNS = ("job", "period", "last", "next", "result")


@app.command()
def init(ctx: typer.Context) -> None:
    """Creates the database that the settings name."""
    context = context_of(ctx)
    _make_folder(context)
    migrations.upgrade(context.settings.url)
    context.output.say("init_done", url=shown(context.settings.url))

    def make(connection: Connection) -> str | None:
        clock = context.app.clock
        return first_administrator(connection, clock.now(connection), clock.today(connection))

    password = context.app.write(make)
    if password is not None:
        context.output.say("init_administrator", login=FIRST, password=password)


@app.command()
def migrate(ctx: typer.Context) -> None:
    """Upgrades the database to this version of the program."""
    context = context_of(ctx)
    migrations.upgrade(context.settings.url)
    context.output.say("migrated", url=shown(context.settings.url))


def _make_folder(context: Context) -> None:
    if not context.settings.database_url:
        context.settings.data_dir.mkdir(parents=True, exist_ok=True)


def shown(url: str) -> str:
    """An address without its password."""
    return sa.make_url(url).render_as_string(hide_password=True)


@app.command()
def tick(ctx: typer.Context, as_of: Annotated[str | None, typer.Option()] = None) -> None:
    """Runs every sweep once: deadlines, reminders, yearly cases, settling, mail."""
    context = context_of(ctx)
    day = context.day(as_of)
    summaries = run_tick(job_parts(context.app, context.settings), day)
    context.output.say("ticked", today=context.app.read(context.teller.today))
    for one in summaries:
        context.output.say(
            "job_line", job=_job(context, one.job), result=_result(context, one.text)
        )


@app.command()
def jobs(ctx: typer.Context, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Shows what the clock does: period, last run, its result."""
    context = context_of(ctx, json=json)
    context.output.rows(JOB_COLUMNS, context.app.read(lambda one: job_rows(context, one)))


def job_rows(context: Context, connection: Connection) -> list[dict[str, Any]]:
    """Every job with its period, its last run and the earliest moment of the next."""
    plain = context.output.json_wanted
    return [
        {
            "job": run.job if plain else _job(context, run.job),
            "period": run.every_seconds if plain else f"{run.every_seconds} s",
            "last": _moment(run.last),
            "next": _moment(run.next),
            "result": run.result if plain or run.result is None else _result(context, run.result),
        }
        for run in last_runs(connection)
    ]


def _moment(at: datetime | None) -> str | None:
    """A moment in local time, as officers read clocks."""
    return None if at is None else at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _job(context: Context, name: str) -> str:
    label = context.output.words.section("jobs").get(name, "")
    return f"{name} {label}".strip()


def _result(context: Context, text: str) -> str:
    """A job's result in words."""
    return job_result(context.output.words, text)


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    without_desk: Annotated[bool, typer.Option("--without-desk")] = False,
) -> None:
    """Runs the desk and the clock until it is stopped."""
    context = context_of(ctx)
    if without_desk:
        context.output.say("serving")
        _run_clock(context)
    else:
        context.output.say("serving_desk", address=f"http://{host}:{port}/")
        serving.serve(context.app, context.settings, host=host, port=port)
    context.output.say("served")


def _run_clock(context: Context) -> None:
    runner = Runner(job_parts(context.app, context.settings))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    runner.run_forever(stop)


@app.command()
def demo(
    ctx: typer.Context,
    desk: Annotated[bool, typer.Option("--serve")] = False,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
) -> None:
    """Builds the demonstration database from the sample rosters and shows a short tour."""
    context = context_of(ctx)
    words, out = context.output.words, context.output
    with out.console.status("") as status:

        def progress(day: date) -> None:
            status.update(words("demo_building", day=day))

        done, app_ = build(context.settings, progress)
    counts = app_.read(_counts)
    mails = len(list(context.settings.outgoing.glob("*.eml")))
    out.say(
        "demo_done",
        url=shown(context.settings.url),
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
    out.line()
    out.say("demo_accounts")
    rows = [one._asdict() for one in demo_accounts(app_, context.settings.lang)]
    for row in rows:
        row["role"] = words.role(row["role"])
    out.table(("login", "password", "role", "name"), rows)
    app_.engine.dispose()
    if desk:
        out.say("serving_desk", address=f"http://{host}:{port}/")
        serving.serve(context.app, context.settings, host=host, port=port)


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
