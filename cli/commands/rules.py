"""Commands about the law itself: check it, draw it, play scenarios against it."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import migrations
import workflows
from cli.checking import everything_found, found_json
from cli.context import book_of, context_of
from cli.exits import FAILED
from cli.wiring import open_app
from lifecycle.clock import store_time
from lifecycle.diagram import mermaid, table
from lifecycle.drawing import svg
from lifecycle.errors import LifecycleError
from lifecycle.moments import day_start
from lifecycle.store.session import create_engine, transaction
from workflows.scenario import ScenarioError, play_file, read_scenario

if TYPE_CHECKING:
    from cli.output import Output

app = typer.Typer()

BEFORE_EVERYTHING = date(2003, 1, 1)
"""The day on which a scenario's database begins; steps move its clock forward from here."""

Files = Annotated[list[Path] | None, typer.Argument(exists=True, dir_okay=False)]
Json = Annotated[bool, typer.Option("--json")]


@app.command()
def check(ctx: typer.Context, files: Files = None, json: Json = False) -> None:
    """Checks workflow definitions: every complaint with file and line."""
    context = context_of(ctx, json=json)
    found = everything_found(files or ())
    if json:
        context.output.data([found_json(one) for one in found])
    elif found:
        context.output.lines([str(one) for one in found])
        context.output.say("check_failed", count=len(found))
    else:
        count = len(files) if files else len(workflows.load_all().rulebooks)
        context.output.say("check_passed", count=count)
    if found:
        raise typer.Exit(FAILED)


@app.command()
def diagram(
    ctx: typer.Context,
    workflow: str,
    as_table: Annotated[bool, typer.Option("--table")] = False,
    as_svg: Annotated[bool, typer.Option("--svg")] = False,
) -> None:
    """Draws a workflow as a Mermaid state diagram or as SVG, or writes it as a Markdown table."""
    context = context_of(ctx)
    book = book_of(workflows.load_all(), workflow)
    draw = table if as_table else svg if as_svg else mermaid
    context.output.line(draw(book.workflow, context.output.words.language))


@app.command()
def scenario(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    json: Json = False,
) -> None:
    """Plays scenario files against the real engine, each in a throw-away database."""
    context = context_of(ctx, json=json)
    played = [_play(path) for path in files]
    if json:
        context.output.data(played)
    else:
        for one in played:
            _show_played(context.output, one)
    if any(not one["passed"] for one in played):
        raise typer.Exit(FAILED)


def _show_played(out: Output, played: dict[str, Any]) -> None:
    if played["passed"]:
        out.say("scenario_passed", name=played["scenario"], steps=played["steps"])
        return
    out.say("scenario_failed", name=played["scenario"], file=played["file"])
    for problem in played["problems"]:
        out.say("scenario_problem", step=played["steps"], problem=problem)


def _play(path: Path) -> dict[str, Any]:
    """Whether the scenario holds, and if not, at which step and why."""
    told: dict[str, Any] = {"file": str(path), "scenario": path.stem}
    try:
        told["scenario"] = str(read_scenario(path)["scenario"])
        steps = _play_in_new_database(path)
    except ScenarioError as error:
        return told | {"passed": False, "steps": error.step, "problems": list(error.problems)}
    except LifecycleError as error:
        return told | {"passed": False, "steps": None, "problems": [str(error)]}
    return told | {"passed": True, "steps": steps, "problems": []}


def _play_in_new_database(path: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scenario.sqlite"
        migrations.upgrade(url)
        engine = create_engine(url)
        with transaction(engine) as connection:
            store_time(connection, day_start(BEFORE_EVERYTHING) + timedelta(hours=9))
        engine.dispose()
        app_ = open_app(url)
        try:
            return play_file(path, app_.registry, app_.write)
        finally:
            app_.engine.dispose()
