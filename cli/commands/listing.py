"""Commands that list: organizations, cases, deadlines, notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, context_of
from cli.lookback import PAST_COLUMNS, Asked, Lookback, lookback, refuse_before_all, say_past
from lifecycle import past as past_reads
from lifecycle.access import EVERYTHING
from lifecycle.asof import AsOf
from lifecycle.cases import Subject
from lifecycle.store import queries
from lifecycle.store.queries import CaseFilter
from notices.outbox import Status
from wording.rendering import due_day, light
from wording.usage import UsageError
from workflows.lists import organizations as list_organizations
from workflows.naming import names_of
from workflows.obligations import NeverOwedError, obligation
from workflows.obligations import owing as owing_then

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection

    from lifecycle.store.hot import Record
    from wording.teller import ListedRow
    from workflows.obligations import Owing

app = typer.Typer()

Json = Annotated[bool, typer.Option("--json")]
Limit = Annotated[int, typer.Option(min=1)]
DayText = Annotated[str | None, typer.Option()]

CASE_COLUMNS = ("case", "subject", "workflow", "state", "since", "due", "light")
DEADLINE_COLUMNS = ("deadline", "rule", "due", "light", "case", "subject", "state")
OWING_COLUMNS = ("rule", "subject", "case", "state", "deadline", "due", "light")
NOTICE_COLUMNS = ("notice", "stage", "case", "recipient", "owed", "status")


@app.command()
def organizations(
    ctx: typer.Context,
    unit: Annotated[str | None, typer.Option()] = None,
    search: Annotated[str | None, typer.Option()] = None,
    as_of: DayText = None,
    known_on: DayText = None,
    json: Json = False,
    limit: Limit = 200,
) -> None:
    """Lists the organizations on the register."""
    context = context_of(ctx, json=json)
    asked = Asked(context.day(as_of), context.day(known_on))

    def read(connection: Connection) -> _Listed:
        units = context.units(connection, unit)
        past = lookback(context, connection, asked)
        at = past.at if past else None
        rows = list_organizations(connection, units=units, search=search, limit=limit, at=at)
        return rows, past

    rows, past = context.app.read(read)
    if not json:
        for row in rows:
            row["kind"] = context.output.words.value(row["kind"])
    _show(context, ("subject", "name", "code", "kind", "unit"), rows, past, limit)


_Listed = tuple[list[dict[str, Any]], Lookback | None]


def _show(
    context: Context,
    columns: Sequence[str],
    rows: Sequence[dict[str, Any]],
    past: Lookback | None,
    limit: int,
) -> None:
    """A listing; of the past one it says so, in JSON in every row."""
    say_past(context, past)
    if past and context.output.json_wanted:
        columns = (*columns, *PAST_COLUMNS)
        rows = [{**row, **past.days()} for row in rows]
    context.output.rows(columns, rows)
    context.output.more(len(rows), limit)


@app.command()
def cases(  # noqa: PLR0913 - one command, many ways to narrow the same list
    ctx: typer.Context,
    workflow: Annotated[str | None, typer.Option()] = None,
    state: Annotated[str | None, typer.Option()] = None,
    unit: Annotated[str | None, typer.Option()] = None,
    due_before: Annotated[str | None, typer.Option()] = None,
    overdue: Annotated[bool, typer.Option("--overdue")] = False,
    owing: Annotated[str | None, typer.Option()] = None,
    options: Annotated[str | None, typer.Option()] = None,
    as_of: DayText = None,
    known_on: DayText = None,
    json: Json = False,
    limit: Limit = 50,
) -> None:
    """Lists the cases, the most pressing first; or who owes what a rule asks."""
    context = context_of(ctx, json=json)
    asked = Asked(context.day(as_of), context.day(known_on))
    if owing or options:
        _list_owing(context, owing or options or "", unit, limit, asked, option=not owing)
        return
    before = context.day(due_before)
    named = context.teller.book(workflow).workflow.workflow if workflow else None
    _check_state(context, named, state)

    def read(connection: Connection) -> _Listed:
        past = lookback(context, connection, asked)
        today = past.at.on if past else context.teller.today(connection)
        wanted = CaseFilter(
            workflow=named,
            state=state,
            unit_ids=context.units(connection, unit),
            overdue_on=today if overdue else None,
            due_before=before,
            limit=limit,
        )
        rows = _cases(context, connection, wanted, past)
        names = context.teller.subject_names(connection, rows)
        return [_case_row(context, *one, today) for one in zip(rows, names, strict=True)], past

    _show(context, CASE_COLUMNS, *context.app.read(read), limit)


def _cases(
    context: Context, connection: Connection, wanted: CaseFilter, past: Lookback | None
) -> Sequence[ListedRow]:
    if past is None:
        return queries.list_cases(connection, EVERYTHING, context.teller.listed(), wanted)
    refuse_before_all(connection, past)
    finals = {
        name: past_reads.final_states(context.teller.workflow(name))
        for name in context.teller.listed()
    }
    return past_reads.list_cases(connection, EVERYTHING, finals, wanted, past.at)


def _list_owing(
    context: Context, rule: str, unit: str | None, limit: int, asked: Asked, *, option: bool
) -> None:
    """Who owes what the rule asks, or has the option; an option shows its review date."""
    try:
        found = obligation(rule, option=option)
    except NeverOwedError as error:
        key = "never_owed_option" if error.option else "never_owed"
        raise UsageError(key, rule=error.rule, known=", ".join(error.known)) from error

    def read(connection: Connection) -> _Listed:
        past, units = lookback(context, connection, asked), context.units(connection, unit)
        at = past.at if past else AsOf(context.teller.today(connection))
        owed = owing_then(connection, context.registry, found, at, EVERYTHING, units)[:limit]
        names = names_of(connection, [one.subject for one in owed])
        rows = [_owing_row(context, one, names.get(one.subject, ""), at.on) for one in owed]
        return rows, past

    _show(context, OWING_COLUMNS, *context.app.read(read), limit)


def _owing_row(context: Context, one: Owing, subject: str, today: date) -> dict[str, Any]:
    workflow, words = context.teller.workflow(one.workflow), context.output.words
    told = {
        "rule": one.rule,
        "subject": subject,
        "case": f"{workflow.code}-{one.case_id}" if one.case_id else None,
        "state": one.state,
        "deadline": one.deadline,
        "due": one.due_on.isoformat() if one.due_on else None,
        "light": _next_light(context, one.due_on, today, one.kind or "deadline"),
    }
    if not context.output.json_wanted and one.state:
        told["state"] = f"{one.state} {words.label(workflow.states[one.state].label)}"
    return told


def _check_state(context: Context, workflow: str | None, state: str | None) -> None:
    names = [workflow] if workflow else context.teller.listed()
    known = dict.fromkeys(one for name in names for one in context.teller.workflow(name).states)
    if state is not None and state not in known:
        raise UsageError("bad_state", text=state, known=", ".join(known))


def _case_row(context: Context, row: ListedRow, subject: str, today: date) -> dict[str, Any]:
    workflow = context.teller.workflow(row["workflow"])
    told = {
        "case": f"{workflow.code}-{row['id']}",
        "subject": subject,
        "workflow": row["workflow"],
        "state": row["state"],
        "since": row["state_since_on"].isoformat(),
        "due": row["due_on"].isoformat() if row["due_on"] else None,
        "light": _next_light(context, row["due_on"], today),
    }
    if not context.output.json_wanted:
        words = context.output.words
        told["workflow"] = words.label(workflow.label)
        told["state"] = f"{row['state']} {words.label(workflow.states[row['state']].label)}"
    return told


def _next_light(context: Context, due_on: date | None, today: date, kind: str = "deadline") -> str:
    if due_on is None:
        return context.output.words("light_none")
    rest_days = context.registry.rest_days
    return light(context.output.words, kind, "open", due_on, today, rest_days)


@app.command()
def deadlines(
    ctx: typer.Context,
    overdue: Annotated[bool, typer.Option("--overdue")] = False,
    before: Annotated[str | None, typer.Option()] = None,
    as_of: DayText = None,
    known_on: DayText = None,
    json: Json = False,
    limit: Limit = 50,
) -> None:
    """Lists the open deadlines, the earliest first."""
    context = context_of(ctx, json=json)
    asked = Asked(context.day(as_of), context.day(known_on))
    until = context.day(before)

    def read(connection: Connection) -> _Listed:
        past = lookback(context, connection, asked)
        refuse_before_all(connection, past)
        today = past.at.on if past else context.teller.today(connection)
        wanted = {"before": until, "overdue_on": today if overdue else None}
        rows = _deadlines(connection, past, limit, **wanted)
        names = context.teller.subject_names(connection, rows)
        return [_deadline_row(context, *one, today) for one in zip(rows, names, strict=True)], past

    columns = (*DEADLINE_COLUMNS, "provisional") if json else DEADLINE_COLUMNS
    _show(context, columns, *context.app.read(read), limit)


def _deadlines(
    connection: Connection, past: Lookback | None, limit: int, **wanted: date | None
) -> Sequence[ListedRow]:
    if past is None:
        return queries.list_deadlines(connection, EVERYTHING, limit=limit, **wanted)
    return past_reads.list_deadlines(connection, EVERYTHING, past.at, limit=limit, **wanted)


def _deadline_row(context: Context, row: ListedRow, subject: str, today: date) -> dict[str, Any]:
    workflow = context.teller.workflow(row["workflow"])
    words, rest_days = context.output.words, context.registry.rest_days
    told = {
        "deadline": row["id"],
        "rule": row["rule"],
        "due": row["due_on"].isoformat(),
        "light": light(words, row["kind"], row["status"], row["due_on"], today, rest_days),
        "case": f"{workflow.code}-{row['case_id']}",
        "subject": subject,
        "state": row["state"],
        "provisional": row["provisional"],
    }
    if not context.output.json_wanted:
        told["due"] = due_day(words, row["due_on"], provisional=row["provisional"])
        told["rule"] = f"{row['rule']} {words.label(workflow.deadlines[row['rule']].label)}"
        told["state"] = f"{row['state']} {words.label(workflow.states[row['state']].label)}"
    return told


@app.command()
def notices(
    ctx: typer.Context,
    state: Annotated[str | None, typer.Option("--state", "--status")] = None,
    json: Json = False,
    limit: Limit = 50,
) -> None:
    """Lists the notices, the latest first; `--state no_address` shows whom nobody can reach."""
    context = context_of(ctx, json=json)
    known = [one.value for one in Status]
    if state is not None and state not in known:
        raise UsageError("bad_state", text=state, known=", ".join(known))

    def read(connection: Connection) -> list[dict[str, Any]]:
        rows = queries.list_notices(connection, EVERYTHING, status=state, limit=limit)
        return notice_rows(context, connection, rows)

    rows = context.app.read(read)
    context.output.rows(NOTICE_COLUMNS, rows)
    context.output.more(len(rows), limit)


def notice_rows(
    context: Context, connection: Connection, rows: Sequence[Record]
) -> list[dict[str, Any]]:
    """Notices with their recipients by name; what they say about people stays in the outbox."""
    words, plain = context.output.words, context.output.json_wanted
    subjects = {row["recipient"]: _recipient(row["recipient"]) for row in rows}
    names = names_of(connection, [one for one in subjects.values() if one is not None])
    found = []
    for row in rows:
        subject = subjects[row["recipient"]]
        name = names.get(subject) if subject else None
        found.append(
            {
                "notice": row["notice"],
                "stage": row["stage"] if plain else words.value(row["stage"]),
                "case": row["values"].get("case"),
                "recipient": name or _missing(context, row["recipient"]),
                "owed": row["owed_on"].isoformat(),
                "status": row["status"] if plain else words.value(row["status"]),
            }
        )
    return found


def _recipient(text: str) -> Subject | None:
    """`unit:12`, `organization:7` or `party_body:3` as a subject."""
    kind, _, number = text.partition(":")
    if not number.isdecimal() or kind not in {"unit", "organization", "party_body"}:
        return None
    return Subject(kind, int(number))


def _missing(context: Context, recipient: str) -> str:
    """The recipient whom no fact gave: the fact's label says who is wanted."""
    kind, _, name = recipient.partition(":")
    if kind != "missing" or context.output.json_wanted:
        return recipient
    facts = context.registry.facts.facts
    label = next((fact.label for (_, one), fact in facts.items() if one == name), None)
    wanted = context.output.words.label(label) if label else name
    return context.output.words("recipient_missing", wanted=wanted)
