"""Commands about the law itself: check it, draw it, play scenarios against it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import workflows
from cli.checking import everything_found, found_json
from cli.context import context_of
from cli.exits import FAILED
from cli.scenarios import Played, stage
from lifecycle.diagram import mermaid, table
from lifecycle.drawing import svg
from wording.teller import book_of

if TYPE_CHECKING:
    from cli.output import Output

app = typer.Typer()

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
    elif files:
        context.output.say("check_files_passed", count=len(files))
    else:
        context.output.say("check_passed", count=len(workflows.load_all().rulebooks))
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
    with stage(context.output.words) as throw_away:
        played = [throw_away.play(path) for path in files]
    if json:
        context.output.data([_played_json(one) for one in played])
    else:
        for one in played:
            _show_played(context.output, one)
    if any(not one.passed for one in played):
        raise typer.Exit(FAILED)


def _show_played(out: Output, played: Played) -> None:
    if played.passed:
        out.say("scenario_passed", name=played.name, steps=played.steps)
        return
    out.say("scenario_failed", name=played.name, file=played.file)
    if played.steps is not None:
        out.say("scenario_step", step=played.steps, on=played.on)
    out.lines(played.problems, indent="  ")


def _played_json(played: Played) -> dict[str, Any]:
    return {
        "file": played.file,
        "scenario": played.name,
        "passed": played.passed,
        "steps": played.steps,
        "on": played.on,
        "problems": list(played.problems),
    }
