"""`lifecycle audit`: whether the trail is whole, and whether the tables say what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import workflows
from cli.context import context_of
from cli.exits import FAILED
from cli.wiring import existing_engine
from lifecycle.audit import verify as verify_trail
from lifecycle.replaying import replay as replay_trail
from lifecycle.store.session import reading
from wording.auditing import break_line
from wording.teller import case_number

if TYPE_CHECKING:
    from cli.output import Output
    from lifecycle.audit import Verified
    from lifecycle.replaying import Replayed

audit = typer.Typer()
app = typer.Typer()
app.add_typer(audit, name="audit")


@audit.command()
def verify(
    ctx: typer.Context,
    reference: Annotated[str | None, typer.Argument()] = None,
    database: Annotated[str | None, typer.Option()] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Checks every entry's chain, columns, number and commitments."""
    context = context_of(ctx, json=json)
    registry = workflows.load_all()
    codes = {name: book.workflow.code for name, book in registry.rulebooks.items()}
    # Nothing is published to a database that is only looked at.
    engine = existing_engine(database or context.settings.url)
    try:
        with reading(engine) as connection:
            case_id = case_number(connection, registry, reference) if reference else None
            found = verify_trail(connection, codes, case_id)
    finally:
        engine.dispose()
    _show(context.output, found)
    if found.breaks:
        raise typer.Exit(FAILED)


@audit.command()
def replay(
    ctx: typer.Context,
    database: Annotated[str | None, typer.Option()] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Makes states, deadlines and register rows anew from the trail and compares the tables."""
    context = context_of(ctx, json=json)
    registry = workflows.load_all()
    engine = existing_engine(database or context.settings.url)
    try:
        with reading(engine) as connection:
            registry.adopt(connection)
            found = replay_trail(connection, registry)
    finally:
        engine.dispose()
    _show_replayed(context.output, found)
    if found.differences:
        raise typer.Exit(FAILED)


def _show_replayed(out: Output, found: Replayed) -> None:
    if out.json_wanted:
        differences = [
            {"place": one.place, "stored": one.stored, "replayed": one.replayed}
            for one in found.differences
        ]
        counts = {"cases": found.cases, "entries": found.entries, "rows": found.rows}
        out.data({**counts, "differences": differences})
        return
    told = {"cases": found.cases, "entries": found.entries, "rows": found.rows}
    if not found.differences:
        out.say("replayed", **told)
        return
    out.say("replayed_otherwise", count=len(found.differences), **told)
    for one in found.differences:
        stored, replayed = one.stored or "-", one.replayed or "-"
        out.line("  " + out.words("difference", place=one.place, stored=stored, replayed=replayed))


def _show(out: Output, found: Verified) -> None:
    if out.json_wanted:
        breaks = [
            {
                "entry": one.entry,
                "field": one.field,
                "flaw": one.flaw.value,
                "stored": one.stored,
                "said": one.said,
            }
            for one in found.breaks
        ]
        out.data({"cases": found.cases, "entries": found.entries, "breaks": breaks})
    elif found.breaks:
        out.say("broken", count=len(found.breaks), cases=found.cases, entries=found.entries)
        out.lines([break_line(out.words, one) for one in found.breaks], indent="  ")
    else:
        out.say("verified", cases=found.cases, entries=found.entries)
