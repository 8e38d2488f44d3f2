"""Commands about the law itself: check it, draw it, play scenarios against it."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import migrations
import workflows
from cli.context import UsageError
from cli.wiring import open_app
from lifecycle.clock import store_time
from lifecycle.diagram import mermaid, table
from lifecycle.loader import load_workflow
from lifecycle.moments import day_start
from lifecycle.store.session import create_engine, transaction
from notices.catalogue import check_catalogue
from workflows.facts import FACTS
from workflows.law import check_vocabulary, read_policy
from workflows.scenario import ScenarioError, play_file, read_scenario

if TYPE_CHECKING:
    from cli.context import Context

app = typer.Typer()

BEFORE_EVERYTHING = date(2003, 1, 1)


@app.command()
def check(
    ctx: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(help="definitions; default: all")] = None,
) -> None:
    """Check workflow definitions: every complaint with file and line."""
    context: Context = ctx.obj
    if files:
        policy = read_policy()
        for path in files:
            workflow, document = load_workflow(path)
            check_vocabulary(workflow, document, FACTS, policy)
        context.output.say("check_passed", count=len(files))
        return
    registry = workflows.load_all()
    complaints = check_catalogue(registry)
    for one in complaints:
        context.output.complain(one)
    if complaints:
        raise typer.Exit(1)
    context.output.say("check_passed", count=len(registry.rulebooks))


@app.command()
def diagram(
    ctx: typer.Context,
    workflow: str,
    as_table: Annotated[bool, typer.Option("--table", help="a Markdown table instead")] = False,  # noqa: FBT002
) -> None:
    """Draw a workflow as a Mermaid state diagram."""
    context: Context = ctx.obj
    registry = workflows.load_all()
    book = registry.rulebooks.get(workflow) or registry.by_code(workflow)
    if book is None:
        known = ", ".join(registry.rulebooks)
        message = f"{workflow!r} is no workflow: {known}"
        raise UsageError(context.output.words("usage", message=message))
    draw = table if as_table else mermaid
    context.output.line(draw(book.workflow, context.output.words.language))


@app.command()
def scenario(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="scenario files", exists=True)],
) -> None:
    """Play scenario files against the real engine, each in a throw-away database."""
    context: Context = ctx.obj
    failed = False
    for path in files:
        name = read_scenario(path)["scenario"]
        try:
            steps = _play(path)
        except ScenarioError as error:
            failed = True
            context.output.say("scenario_failed", name=name)
            for problem in error.problems:
                context.output.line(f"  {error.step}: {problem}")
        else:
            context.output.say("scenario_passed", name=name, steps=steps)
    if failed:
        raise typer.Exit(1)


def _play(path: Path) -> int:
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
