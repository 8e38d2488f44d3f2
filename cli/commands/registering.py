"""`lifecycle add` and `lifecycle record`: the register by hand."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Context, context_of
from lifecycle.cases import Subject
from lifecycle.entered import LONGEST_TEXT
from wording.references import existing
from wording.teller import REFERENCE
from wording.usage import UsageError
from workflows import byhand, recording
from workflows.merged import refuse_merged
from workflows.recording import RECORDABLE
from workflows.subjects import ORGANIZATION, PERSON, PLACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from lifecycle.work import Work

app = typer.Typer()
add = typer.Typer()
app.add_typer(add, name="add")

As = Annotated[str | None, typer.Option("--as")]
On = Annotated[str | None, typer.Option("--on")]

KINDS = RECORDABLE["kind"].choices
STATUSES = (*RECORDABLE["party_status"].choices, byhand.APPLICANT)
EMPLOYMENTS = ("full_time", "part_time")
BODIES = ("own", "joint", "building")
LEVELS = ("city", "county", "township")


def _one_of(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise UsageError("bad_choice", name=name, text=value, choices=", ".join(choices))


@app.command()
def record(
    ctx: typer.Context,
    subject: str,
    facts: list[str],
    on: On = None,
    acting: As = None,
) -> None:
    """Records dated facts about an organization, a person, or a person at an organization."""
    context = context_of(ctx)
    actor, day, values = context.actor(acting), context.day(on), context.pairs(facts)

    def act(connection: Connection) -> Work:
        work = context.teller.work(connection, actor)
        about = _subject(context, connection, subject)
        _check_facts(about, values)
        recording.record(work, about, values, day or work.today)
        return work

    _report(context, subject, context.app.write(act))


def _subject(context: Context, connection: Connection, words: str) -> Subject:
    """`MEM-301`, `person:3`, `person_at_organization:5`, or an organization in any form."""
    kind, _, number = words.partition(":")
    if kind in {PERSON, PLACE, ORGANIZATION} and number.isdecimal():
        return _standing(connection, Subject(kind, int(number)), words)
    code = words.partition("-")[0]
    if REFERENCE.match(words) and context.registry.by_code(code) is not None:
        return (
            context.teller.work(connection).case(context.teller.case_id(connection, words)).subject
        )
    return Subject(ORGANIZATION, byhand.find_organization(connection, words))


def _standing(connection: Connection, subject: Subject, words: str) -> Subject:
    """The subject of that number, unless it has been merged into another one."""
    refuse_merged(connection, subject, words)
    return existing(connection, subject, words)


def _check_facts(subject: Subject, values: Mapping[str, str]) -> None:
    """Unknown names and unreadable values, before anything is written."""
    known = [
        name
        for name, spec in RECORDABLE.items()
        if spec.subject == subject.type or (subject.type == PLACE and spec.subject == PERSON)
    ]
    for name, value in values.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3) or known
            raise UsageError("bad_fact", name=name, known=", ".join(near))
        spec = RECORDABLE[name]
        if spec.choices:
            _one_of(name, value.strip(), spec.choices)
        elif spec.type is int and not value.strip().isdecimal():
            raise UsageError("bad_number", name=name)
        elif spec.type is str:
            _short(name, value)


def _short(name: str, value: str) -> None:
    """What is written freely is a remark, not a file (rulebook F14)."""
    length = len(value.strip())
    if length > LONGEST_TEXT:
        raise UsageError("text_too_long", name=name, limit=LONGEST_TEXT, length=length)


def _report(context: Context, what: str, work: Work) -> None:
    """What was recorded, and every case that moved because of it."""
    out = context.output
    out.say("added", what=what)
    for one in work.written:
        workflow = context.teller.book(one.ref.partition("-")[0]).workflow
        if not workflow.listed:
            continue
        row = next((row for row in workflow.transitions if row.event == one.event), None)
        event = f"{one.event} {out.words.label(row.label)}" if row else one.event
        label = out.words.label(workflow.states[one.to_state].label)
        out.say(
            "followed",
            ref=f"{one.ref}/{one.seq}",
            event=event,
            to_state=f"{one.to_state} {label}",
            on=one.effective_on,
        )


@add.command()
def organization(  # noqa: PLR0913 - the columns of a register extract
    ctx: typer.Context,
    name: str,
    code: Annotated[str, typer.Option("--code")],
    kind: Annotated[str, typer.Option("--kind")],
    supervisor: Annotated[str | None, typer.Option()] = None,
    county: Annotated[str | None, typer.Option()] = None,
    township: Annotated[str | None, typer.Option()] = None,
    registered_on: Annotated[str | None, typer.Option()] = None,
    body: Annotated[str | None, typer.Option()] = None,
    body_since: Annotated[str | None, typer.Option()] = None,
    mail: Annotated[str | None, typer.Option()] = None,
    on: On = None,
    acting: As = None,
) -> None:
    """Adds an organization; its cases open by themselves."""
    context = context_of(ctx)
    actor, day = context.actor(acting), context.day(on)
    registered, since = context.day(registered_on), context.day(body_since)
    _short("NAME", name)
    _one_of("--kind", kind, KINDS)
    _one_of("--body", body, BODIES)

    def act(connection: Connection) -> tuple[int, Work]:
        def unit_id(words: str | None) -> int | None:
            return byhand.find_unit(connection, words) if words else None

        work = context.teller.work(connection, actor)
        number = byhand.add_organization(
            work,
            name=name,
            credit_code=code.upper(),
            kind=kind,
            supervisor_id=unit_id(supervisor),
            county_id=unit_id(county),
            township_id=unit_id(township),
            registered_on=registered,
            on=day,
            mail=mail,
            body=body,
            body_since=since,
        )
        return number, work

    number, work = context.app.write(act)
    _report(context, f"organization:{number} {name}", work)


@add.command()
def unit(
    ctx: typer.Context,
    name: str,
    level: Annotated[str, typer.Option("--level")] = "county",
    kind: Annotated[str, typer.Option("--kind")] = "supervisory_unit",
    parent: Annotated[str | None, typer.Option()] = None,
    mail: Annotated[str | None, typer.Option()] = None,
    acting: As = None,
) -> None:
    """Adds a unit with its Party body."""
    context = context_of(ctx)
    actor = context.actor(acting)
    _short("NAME", name)
    _one_of("--level", level, LEVELS)

    def act(connection: Connection) -> int:
        return byhand.add_unit(
            context.teller.work(connection, actor),
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
    born: Annotated[str, typer.Option("--born")],
    admitted: Annotated[str | None, typer.Option("--admitted")] = None,
    status: Annotated[str, typer.Option("--status")] = "full",
    full_since: Annotated[str | None, typer.Option()] = None,
    home: Annotated[str | None, typer.Option()] = None,
    acting: As = None,
) -> None:
    """Adds a member or an applicant; `add engagement` then says where the person works."""
    context = context_of(ctx)
    actor = context.actor(acting)
    birth_on, admitted_on, full_on = (context.day(one) for one in (born, admitted, full_since))
    _short("NAME", name)
    _one_of("--status", status, STATUSES)
    if (admitted_on is None) is not (status == byhand.APPLICANT):
        raise UsageError("admitted_or_applicant")

    def act(connection: Connection) -> int:
        body = byhand.unit_body_of(connection, byhand.find_unit(connection, home)) if home else None
        return byhand.add_person(
            context.teller.work(connection, actor),
            name=name,
            birth_on=birth_on,
            admitted_on=admitted_on,
            status=status,
            full_since=full_on,
            home_body_id=body,
            home_text=None,
        )

    # The name was just typed; it is not repeated where a log could catch it.
    context.output.say("added", what=f"person:{context.app.write(act)}")


@add.command()
def engagement(
    ctx: typer.Context,
    person_id: Annotated[str, typer.Argument(metavar="PERSON")],
    organization_name: Annotated[str, typer.Argument(metavar="ORGANIZATION")],
    employment: Annotated[str, typer.Option("--employment")],
    since: Annotated[str, typer.Option("--since")],
    on: On = None,
    acting: As = None,
) -> None:
    """Says that a member works at an organization; opens the member's relation case."""
    context = context_of(ctx)
    actor, day, first = context.actor(acting), context.day(on), context.day(since)
    number = person_id.removeprefix("person:")
    if not number.isdecimal() or first is None:
        raise UsageError("bad_person", text=person_id)
    _one_of("--employment", employment, EMPLOYMENTS)

    def act(connection: Connection) -> tuple[str, Work]:
        found = _standing(connection, Subject(PERSON, int(number)), person_id)
        work = context.teller.work(connection, actor)
        byhand.add_engagement(
            work,
            person_id=found.id,
            organization_id=byhand.find_organization(connection, organization_name),
            employment=employment,
            since=first,
            on=day,
        )
        opened = [one.ref for one in work.written if one.event == "member_reported"]
        return ", ".join(opened), work

    opened, work = context.app.write(act)
    _report(context, opened or f"person:{number}", work)


@add.command()
def contact(
    ctx: typer.Context,
    owner: str,
    mail: str,
    on: On = None,
    acting: As = None,
) -> None:
    """Gives a unit or an organization a mail address; waiting notices then go out."""
    context = context_of(ctx)
    actor, day = context.actor(acting), context.day(on)
    if "@" not in mail.strip("@"):
        raise UsageError("bad_mail")

    def act(connection: Connection) -> str:
        work = context.teller.work(connection, actor)
        return byhand.add_contact(work, owner, mail, day or work.today)

    context.output.say("added", what=context.app.write(act))
