"""`lifecycle person`: everything that is stored about one person, to be handed to that person."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.explaining import finding_json
from cli.context import Context, context_of
from cli.exits import REFUSED
from wording.erasing import refusal_lines
from wording.own_file import own_file_lines
from wording.references import person_named
from workflows.own_file import OwnFileRefusedError, open_file

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workflows.own_file import OwnCase, OwnFile

app = typer.Typer()


@app.command("person")
def own_file(
    ctx: typer.Context,
    person: str,
    reason: Annotated[str, typer.Option()] = "",
    acting: Annotated[str | None, typer.Option("--as")] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Prints a person's own file, names in full; the file notes who read it and why."""
    context = context_of(ctx, json=json)
    actor = context.actor(acting)

    def act(connection: Connection) -> tuple[list[str], dict[str, Any]]:
        file = open_file(
            connection,
            context.registry,
            context.app.clock,
            person=person_named(context.teller, connection, person),
            reason=reason,
            actor=actor,
        )
        if json:
            return [], _plain(file)
        return own_file_lines(context.teller, connection, file), {}

    try:
        lines, plain = context.app.write(act)
    except OwnFileRefusedError as error:
        _refuse(context, error)
        raise typer.Exit(REFUSED) from error
    if json:
        context.output.data(plain)
    else:
        context.output.lines(lines)


def _refuse(context: Context, error: OwnFileRefusedError) -> None:
    person = f"{error.person.type}:{error.person.id}"
    if context.output.json_wanted:
        findings = [finding_json(one) for one in error.findings]
        context.output.data({"person": person, "refused": True, "findings": findings})
        return
    context.output.say("own_refused", person=person)
    context.output.lines(refusal_lines(context.output.words, error.findings))


def _plain(file: OwnFile) -> dict[str, Any]:
    return {
        "person": f"{file.person.type}:{file.person.id}",
        "identities": [asdict(one) for one in file.identities],
        "held": [asdict(one) for one in file.held],
        "cases": [_case(one) for one in file.cases],
        "notices": [asdict(one) for one in file.notices],
        "waiting": [dict(one) for one in file.waiting],
        "mentions": [{"entry": ref, "text": text} for ref, text in file.mentions],
        "shared_name": file.shared_name,
    }


def _case(one: OwnCase) -> dict[str, Any]:
    view = one.view
    return {
        "case": view.ref,
        "workflow": view.workflow,
        "subject": one.subject,
        "state": view.state,
        "since": view.state_since_on,
        "closed_on": view.closed_on,
        "fields": dict(view.fields),
        "entries": [asdict(entry) for entry in one.entries],
        "deadlines": [
            {"rule": row.rule, "due": row.due_on, "status": row.status.value}
            for row in view.deadlines
        ],
    }
