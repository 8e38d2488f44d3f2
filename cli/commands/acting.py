"""Commands that act: record an event, add to the register, record dated facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.looking import finding_json, show_findings
from cli.context import Context
from lifecycle import engine
from lifecycle.access import SYSTEM
from lifecycle.cases import Subject
from lifecycle.engine import Done
from lifecycle.errors import TransitionRefusedError
from workflows import byhand
from workflows.domain import ORGANIZATION, PLACE

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer()
add = typer.Typer(help="Add to the register by hand.")
app.add_typer(add, name="add")

REFUSED = 3

As = Annotated[str | None, typer.Option("--as", help="ROLE or ROLE:NAME who acts")]
On = Annotated[str | None, typer.Option("--on", help="the day it happened: 2026-11-30")]
Json = Annotated[bool, typer.Option("--json", help="one JSON object")]


class _DryRunEndsError(Exception):
    """Carries the result of a dry run out of its transaction."""

    def __init__(self, done: Done) -> None:
        self.done = done
        super().__init__()


@app.command()
def advance(
    ctx: typer.Context,
    reference: str,
    event: str,
    on: On = None,
    field: Annotated[list[str] | None, typer.Option("--field", help="NAME=VALUE")] = None,
    acting: As = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="save nothing")] = False,  # noqa: FBT002
    request: Annotated[str | None, typer.Option(help="an id that makes repeating harmless")] = None,
    expect_version: Annotated[int | None, typer.Option(help="refuse if it changed since")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Record an event in a case; a refusal shows every finding."""
    context: Context = ctx.obj
    actor = context.actor(acting)
    fields = context.pairs(field or [])
    day = context.day(on)

    def act(connection: Connection) -> Done:
        case_id = context.case_id(connection, reference)
        done = engine.advance(
            connection,
            context.app.registry,
            context.app.clock,
            case_id=case_id,
            event=event,
            actor=actor,
            fields=fields,
            effective_on=day,
            expected_version=expect_version,
            request_id=request,
        )
        if dry_run:
            raise _DryRunEndsError(done)
        return done

    try:
        _report(context, context.app.write(act), json=json)
    except _DryRunEndsError as ended:
        _report(context, ended.done, json=json)
        if not json:
            context.output.say("dry_run")
    except TransitionRefusedError as error:
        _show_refusal(context, reference, error, json=json)
        raise typer.Exit(REFUSED) from error


def _report(context: Context, done: Done, *, json: bool) -> None:
    if json:
        context.output.data(
            {
                "case": done.view.ref,
                "state": done.view.state,
                "version": done.view.version,
                "repeated": done.repeated,
                "entries": [
                    {
                        "entry": f"{one.ref}/{one.seq}",
                        "event": one.event,
                        "from": one.from_state,
                        "to": one.to_state,
                        "effective_on": one.effective_on.isoformat(),
                    }
                    for one in done.written
                ],
                "findings": [finding_json(one) for one in done.findings],
            }
        )
        return
    if done.repeated:
        context.output.say("repeated")
    for number, one in enumerate(done.written):
        first = number == 0
        context.output.say(
            "recorded" if first else "followed",
            ref=one.ref or done.view.ref,
            event=one.event,
            from_state=one.from_state,
            to_state=one.to_state,
            on=one.effective_on,
        )
        for change in one.deadlines:
            if change.due_on:
                context.output.say("deadline_opened", rule=change.rule, due=change.due_on)
            else:
                status = context.output.words.value(_STATUS[change.act.value])
                context.output.say("deadline_closed", rule=change.rule, status=status)


_STATUS = {
    "meet": "met",
    "cancel": "cancelled",
    "lapse": "lapsed",
    "suspend": "suspended",
    "resume": "open",
    "reopen": "open",
    "open": "open",
}


def _show_refusal(
    context: Context, reference: str, error: TransitionRefusedError, *, json: bool
) -> None:
    if json:
        context.output.data(
            {
                "case": error.case,
                "state": error.state,
                "event": error.event,
                "refused": True,
                "findings": [finding_json(one) for one in error.findings],
            }
        )
        return

    def show(connection: Connection) -> None:
        case_id = context.case_id(connection, reference)
        view = context.work(connection, SYSTEM).case(case_id)
        show_findings(context, connection, view, error.event, error.findings, allowed=False)

    context.app.read(show)


@app.command()
def record(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(help="a name, credit code, organization:7 or MEM-301")],
    facts: Annotated[list[str], typer.Argument(help="FACT=VALUE …")],
    on: On = None,
    acting: As = None,
) -> None:
    """Record dated facts about an organization or a person at one."""
    context: Context = ctx.obj
    actor = context.actor(acting)
    day = context.day(on)

    def act(connection: Connection) -> str:
        work = context.work(connection, actor)
        about = _subject(context, connection, subject)
        byhand.record(work, about, context.pairs(facts), day or work.today)
        return ", ".join(f"{one.ref} {one.event} → {one.to_state}" for one in work.written)

    context.output.say("added", what=context.app.write(act))


def _subject(context: Context, connection: Connection, words: str) -> Subject:
    if words.upper().startswith("MEM-"):
        case_id = context.case_id(connection, words)
        return context.work(connection, SYSTEM).case(case_id).subject
    if words.startswith("person_at_organization:"):
        return Subject(PLACE, int(words.partition(":")[2]))
    return Subject(ORGANIZATION, byhand.find_organization(connection, words))


@add.command()
def organization(
    ctx: typer.Context,
    name: str,
    code: Annotated[str, typer.Option(help="unified social credit code")],
    kind: Annotated[
        str, typer.Option(help="association, private_nonenterprise_unit, intermediary_organization")
    ],
    supervisor: Annotated[str | None, typer.Option(help="supervisory unit")] = None,
    registered_on: Annotated[str | None, typer.Option(help="2026-11-30")] = None,
    mail: Annotated[str | None, typer.Option(help="business contact")] = None,
    on: On = None,
    acting: As = None,
) -> None:
    """Add an organization; its cases open by themselves."""
    context: Context = ctx.obj
    actor = context.actor(acting)

    def act(connection: Connection) -> int:
        return byhand.add_organization(
            context.work(connection, actor),
            name=name,
            credit_code=code.upper(),
            kind=kind,
            supervisor_id=byhand.find_unit(connection, supervisor) if supervisor else None,
            registered_on=context.day(registered_on),
            on=context.day(on),
            mail=mail,
        )

    context.output.say("added", what=f"organization:{context.app.write(act)} {name}")


@add.command()
def unit(
    ctx: typer.Context,
    name: str,
    level: Annotated[str, typer.Option(help="city, county, township, department")] = "county",
    kind: Annotated[str, typer.Option(help="organization_department, …")] = "supervisory_unit",
    parent: Annotated[str | None, typer.Option(help="the superior unit")] = None,
    mail: Annotated[str | None, typer.Option(help="mail address")] = None,
    acting: As = None,
) -> None:
    """Add a unit with its Party body."""
    context: Context = ctx.obj
    actor = context.actor(acting)

    def act(connection: Connection) -> int:
        return byhand.add_unit(
            context.work(connection, actor),
            name=name,
            level=level,
            kind=kind,
            parent_id=byhand.find_unit(connection, parent) if parent else None,
            mail=mail,
        )

    context.output.say("added", what=f"unit:{context.app.write(act)} {name}")


@add.command()
def person(
    ctx: typer.Context,
    name: str,
    born: Annotated[str, typer.Option(help="birth date")],
    admitted: Annotated[str, typer.Option(help="admission date")],
    status: Annotated[str, typer.Option(help="full or probationary")] = "full",
    home: Annotated[str | None, typer.Option(help="unit whose body holds the relation")] = None,
    acting: As = None,
) -> None:
    """Add a Party member; `add engagement` then says where the person works."""
    context: Context = ctx.obj
    actor = context.actor(acting)

    def act(connection: Connection) -> int:
        body = byhand.unit_body_of(connection, byhand.find_unit(connection, home)) if home else None
        return byhand.add_person(
            context.work(connection, actor),
            name=name,
            birth_on=context.day(born),
            admitted_on=context.day(admitted),
            status=status,
            home_body_id=body,
            home_text=home,
        )

    context.output.say("added", what=f"person:{context.app.write(act)}")


@add.command()
def engagement(
    ctx: typer.Context,
    person_id: Annotated[int, typer.Argument(help="the number that `add person` gave")],
    organization_name: Annotated[str, typer.Argument(help="name, code or organization:7")],
    employment: Annotated[str, typer.Option(help="full_time or part_time")],
    since: Annotated[str, typer.Option(help="first working day")],
    on: On = None,
    acting: As = None,
) -> None:
    """Say that a member works at an organization; opens the member's relation case."""
    context: Context = ctx.obj
    actor = context.actor(acting)

    def act(connection: Connection) -> Any:  # noqa: ANN401 - what was written
        work = context.work(connection, actor)
        byhand.add_engagement(
            work,
            person_id=person_id,
            organization_id=byhand.find_organization(connection, organization_name),
            employment=employment,
            since=context.day(since) or work.today,
            on=context.day(on),
        )
        return [one.ref for one in work.written if one.event == "member_reported"]

    context.output.say("added", what=", ".join(context.app.write(act)))


@add.command()
def contact(
    ctx: typer.Context,
    owner: Annotated[str, typer.Argument(help="unit name, organization name or organization:7")],
    mail: str,
    on: On = None,
    acting: As = None,
) -> None:
    """Give a unit or an organization a mail address; waiting notices then go out."""
    context: Context = ctx.obj
    actor = context.actor(acting)

    def act(connection: Connection) -> str:
        work = context.work(connection, actor)
        return byhand.add_contact(work, owner, mail, context.day(on) or work.today)

    context.output.say("added", what=context.app.write(act))
