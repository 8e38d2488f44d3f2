"""`lifecycle advance`: records what happened in a case, or everything that stands against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, context_of
from cli.exits import REFUSED
from lifecycle import engine
from lifecycle.errors import TransitionRefusedError
from wording.doing import told_of
from wording.findings import finding_json
from wording.references import resolved
from wording.rendering import refusal_lines

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.engine import Done

app = typer.Typer()


class DryRunEndsError(Exception):
    """Carries the result of a dry run out of its transaction."""

    def __init__(self, done: Done) -> None:
        self.done = done
        super().__init__()


@app.command()
def advance(
    ctx: typer.Context,
    reference: str,
    event: str,
    on: Annotated[str | None, typer.Option("--on")] = None,
    field: Annotated[list[str] | None, typer.Option("--field")] = None,
    acting: Annotated[str | None, typer.Option("--as")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    request: Annotated[str | None, typer.Option("--request")] = None,
    expect_version: Annotated[int | None, typer.Option("--expect-version", min=0)] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Records an event in a case; a refusal shows every finding."""
    context = context_of(ctx, json=json)
    actor = context.actor(acting)
    fields, day = context.pairs(field or []), context.day(on)

    def act(connection: Connection) -> Done:
        case_id = context.teller.case_id(connection, reference)
        done = engine.advance(
            connection,
            context.registry,
            context.app.clock,
            case_id=case_id,
            event=event,
            actor=actor,
            fields=resolved(context.teller, connection, case_id, event, fields),
            effective_on=day,
            expected_version=expect_version,
            request_id=request,
        )
        if dry_run:
            raise DryRunEndsError(done)
        return done

    try:
        report(context, context.app.write(act))
    except DryRunEndsError as ended:
        report(context, ended.done, dry_run=True)
    except TransitionRefusedError as error:
        _refuse(context, reference, error)
        raise typer.Exit(REFUSED) from error


def report(context: Context, done: Done, *, dry_run: bool = False) -> None:
    """What was recorded and what followed from it."""
    if context.output.json_wanted:
        context.output.data(_done_json(done, dry_run=dry_run))
        return
    if done.repeated:
        context.output.say("repeated")
    for one in told_of(context.teller, done):
        context.output.line(one.head)
        context.output.lines(one.deadlines, indent="    ")
        context.output.lines(one.notices, indent="    ")
    if dry_run:
        context.output.say("dry_run")


def _done_json(done: Done, *, dry_run: bool) -> dict[str, Any]:
    return {
        "case": done.view.ref,
        "state": done.view.state,
        "version": done.view.version,
        "repeated": done.repeated,
        "dry_run": dry_run,
        "entries": [
            {
                "entry": f"{one.ref or done.view.ref}/{one.seq}",
                "event": one.event,
                "from": one.from_state,
                "to": one.to_state,
                "effective_on": one.effective_on.isoformat(),
                "deadlines": [change.body() for change in one.deadlines],
            }
            for one in done.written
        ],
        "findings": [finding_json(one) for one in done.findings],
    }


def _refuse(context: Context, reference: str, error: TransitionRefusedError) -> None:
    if context.output.json_wanted:
        findings = [finding_json(one) for one in error.findings]
        told = {"case": error.case, "state": error.state, "event": error.event}
        context.output.data(told | {"refused": True, "findings": findings})
        return

    def show(connection: Connection) -> None:
        view = context.teller.work(connection).case(context.teller.case_id(connection, reference))
        scene = context.teller.scene(connection, view)
        subject = context.teller.subject_name(connection, view.subject)
        lines = refusal_lines(scene, view, subject, error.event, error.findings)
        context.output.lines(lines)

    context.app.read(show)
