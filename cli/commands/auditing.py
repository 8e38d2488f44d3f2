"""`lifecycle audit verify`: whether the trail is whole, and which entry is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lifecycle.audit import verify as verify_trail
from lifecycle.store.session import create_engine, reading
from workflows import load_all

if TYPE_CHECKING:
    from cli.context import Context

app = typer.Typer(help="The audit trail.")


@app.command()
def verify(
    ctx: typer.Context,
    reference: Annotated[str | None, typer.Argument(help="one case only")] = None,
    database: Annotated[str | None, typer.Option(help="another database than ours")] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,  # noqa: FBT002
) -> None:
    """Check every entry's chain, columns, number and commitments."""
    context: Context = ctx.obj
    codes = {name: book.workflow.code for name, book in load_all().rulebooks.items()}
    engine = create_engine(database or context.settings.url)
    try:
        with reading(engine) as connection:
            case_id = context.case_id(connection, reference) if reference else None
            found = verify_trail(connection, codes, case_id)
    finally:
        engine.dispose()
    if json:
        context.output.data(
            {
                "cases": found.cases,
                "entries": found.entries,
                "breaks": [
                    {"entry": one.entry, "field": one.field, "sentence": one.sentence}
                    for one in found.breaks
                ],
            }
        )
    elif found.breaks:
        context.output.say("broken", count=len(found.breaks))
        for one in found.breaks:
            context.output.line(f"  {one}")
    else:
        context.output.say("verified", cases=found.cases, entries=found.entries)
    if found.breaks:
        raise typer.Exit(1)
