"""`lifecycle handbook`: writes the pages that come from the definitions, or checks them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import workflows
from cli.context import context_of
from cli.exits import FAILED
from wording.words import Words
from workflows.handbook.book import book, stale, write

app = typer.Typer()

DOCS = Path("docs")


@app.command()
def handbook(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(file_okay=False)] = DOCS,
    only_check: Annotated[bool, typer.Option("--check")] = False,
) -> None:
    """Writes a page for every workflow and the table of rules, in both languages."""
    output = context_of(ctx).output
    pages = book(workflows.load_all(), Words)
    old = stale(out, pages)
    if not only_check:
        write(out, pages)
        output.say("handbook_written", count=len(pages), changed=len(old), folder=out)
    elif old:
        output.lines([str(out / name) for name in old])
        output.say("handbook_stale", count=len(old))
        raise typer.Exit(FAILED)
    else:
        output.say("handbook_fresh", count=len(pages))
