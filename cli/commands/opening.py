"""`lifecycle open`: opens a case by an event that people record, such as an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import typer

from cli.commands.acting import DryRunEndsError, report
from cli.context import Context, context_of
from cli.exits import REFUSED
from lifecycle import engine
from lifecycle.cases import Subject
from lifecycle.errors import TransitionRefusedError
from wording.findings import finding_json
from wording.references import resolved_by
from wording.rendering import Scene, finding_line
from wording.suppliers import Suppliers
from wording.usage import UsageError
from workflows import byhand
from workflows.merged import refuse_merged
from workflows.register import person_at_organization
from workflows.subjects import BODY, ORGANIZATION, PERSON, PLACE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.engine import Done
    from lifecycle.rulebook import Rulebook

app = typer.Typer()


@app.command("open")
def open_case(
    ctx: typer.Context,
    workflow: str,
    event: str,
    subject: str,
    on: Annotated[str | None, typer.Option("--on")] = None,
    field: Annotated[list[str] | None, typer.Option("--field")] = None,
    acting: Annotated[str | None, typer.Option("--as")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Opens a case about an organization, its Party body, or a person at an organization."""
    context = context_of(ctx, json=json)
    book, actor = context.teller.book(workflow), context.actor(acting)
    given, day = context.pairs(field or []), context.day(on)

    def act(connection: Connection) -> Done:
        rows = [one for one in book.workflow.openings if one.event == event]
        done = engine.open_by_person(
            context.teller.work(connection, actor),
            workflow=book.workflow.workflow,
            event=event,
            subject=_subject(connection, book, subject),
            actor=actor,
            fields=resolved_by(context.teller, connection, rows, given),
            on=day,
        )
        if dry_run:
            raise DryRunEndsError(done)
        return done

    try:
        report(context, context.app.write(act))
    except DryRunEndsError as ended:
        report(context, ended.done, dry_run=True)
    except TransitionRefusedError as error:
        _refuse(context, book, subject, error)
        raise typer.Exit(REFUSED) from error


def _subject(connection: Connection, book: Rulebook, words: str) -> Subject:
    """What the workflow is about, by name: a clinic, its body, or `person:3@clinic`."""
    kind = book.workflow.subject
    if kind == ORGANIZATION:
        return Subject(kind, byhand.find_organization(connection, words))
    if kind == BODY:
        number = words.removeprefix(f"{BODY}:")
        if number.isdecimal():
            return Subject(kind, int(number))
        organization_id = byhand.find_organization(connection, words)
        return Subject(kind, byhand.own_body_of(connection, organization_id))
    person, _, where = words.partition("@")
    number = person.removeprefix("person:")
    if kind != PLACE or not number.isdecimal() or not where:
        raise UsageError("bad_place", text=words)
    refuse_merged(connection, Subject(PERSON, int(number)), person)
    p = person_at_organization.c
    organization_id = byhand.find_organization(connection, where)
    statement = sa.select(p.id).where(
        p.person_id == int(number), p.organization_id == organization_id
    )
    found = connection.execute(statement).scalar_one_or_none()
    if found is None:
        raise UsageError("no_subject", text=words)
    return Subject(kind, found)


def _refuse(context: Context, book: Rulebook, subject: str, error: TransitionRefusedError) -> None:
    out, words = context.output, context.output.words
    if out.json_wanted:
        findings = [finding_json(one) for one in error.findings]
        told = {"workflow": book.workflow.workflow, "event": error.event}
        out.data(told | {"refused": True, "findings": findings})
        return
    scene = Scene(words, context.registry, book.workflow, Suppliers(words, context.registry))
    roles = [role for row in book.workflow.openings if row.event == error.event for role in row.by]
    out.say("refused_opening", event=scene.event(error.event), subject=subject)
    ordered = sorted(error.findings, key=lambda one: one.met)
    out.lines([finding_line(scene, one, roles) for one in ordered])
