"""`lifecycle case`: one case as an officer reads it, from where it stands to what can follow."""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.listing import notice_rows
from cli.context import Context, context_of
from cli.lookback import Asked, Lookback, lookback, say_past
from lifecycle.access import EVERYTHING
from lifecycle.cases import EntryKind, Subject
from lifecycle.past import CaseFile, case_file
from lifecycle.store import queries
from wording.citations import cited
from wording.rendering import Scene, fields_line, light
from wording.usage import UsageError

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView, DeadlineView
    from lifecycle.store.hot import Record

app = typer.Typer()


@app.command()
def case(
    ctx: typer.Context,
    reference: str,
    as_of: Annotated[str | None, typer.Option()] = None,
    known_on: Annotated[str | None, typer.Option()] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Shows one case: where it stands, what is owed, what happened, what can be recorded."""
    context = context_of(ctx, json=json)
    asked = Asked(context.day(as_of), context.day(known_on))

    def read(connection: Connection) -> None:
        case_id = context.teller.case_id(connection, reference)
        view = context.teller.work(connection).case(case_id)
        past = lookback(context, connection, asked)
        if past is None:
            file = CaseFile(view, queries.timeline(connection, view.id))
        else:
            file = _then(context, connection, view, past)
        if json:
            context.output.data(_case_json(context, connection, file, past))
        else:
            _show(context, connection, file, past)

    context.app.read(read)


def _then(context: Context, connection: Connection, view: CaseView, past: Lookback) -> CaseFile:
    """The file as it stood.

    Raises:
        UsageError: the case was not yet open, or nobody knew of it.
    """
    workflow = context.registry.book_of(view.workflow_text_id).workflow
    file = case_file(connection, workflow, view, past.at)
    if file is None:
        raise UsageError("case_not_yet", ref=view.ref, **past.days())
    return file


def _case_json(
    context: Context, connection: Connection, file: CaseFile, past: Lookback | None
) -> dict[str, Any]:
    """The case; of a past view with its two days, and without what belongs to the present."""
    view = file.view
    told = _head_json(context, connection, view) | {
        "deadlines": [_deadline_json(one) for one in view.deadlines],
        "entries": [_entry_json(view, row) for row in file.entries],
    }
    if past is not None:
        return {**past.days(), **told}
    workflow = context.registry.book_of(view.workflow_text_id).workflow
    notices = queries.list_notices(connection, EVERYTHING, case_id=view.id)
    return told | {
        "notices": notice_rows(context, connection, notices),
        "possible": list(workflow.possible(view.state)),
    }


def _head_json(context: Context, connection: Connection, view: CaseView) -> dict[str, Any]:
    workflow = context.registry.book_of(view.workflow_text_id).workflow
    return {
        "case": view.ref,
        "subject": context.teller.subject_name(connection, view.subject),
        "workflow": view.workflow,
        "workflow_version": workflow.version,
        "state": view.state,
        "since": str(view.state_since_on),
        "unit": _unit_name(context, connection, view),
        "version": view.version,
        "closed_on": str(view.closed_on) if view.closed_on else None,
        "fields": dict(view.fields),
        "waived": sorted(view.waived),
    }


def _deadline_json(row: DeadlineView) -> dict[str, Any]:
    return {
        "deadline": row.id,
        "rule": row.rule,
        "kind": row.kind,
        "due": row.due_on.isoformat(),
        "provisional": row.provisional,
        "status": row.status.value,
        "derivation": dict(row.derivation),
    }


def _entry_json(view: CaseView, row: Record) -> dict[str, Any]:
    """An entry without what it only commits to: personal values stay in their own table."""
    body = loads(bytes(row["body"]))
    return {
        "entry": f"{view.ref}/{row['seq']}",
        "kind": row["kind"],
        "event": row["event"],
        "from": row["from_state"],
        "to": row["to_state"],
        "effective_on": row["effective_on"].isoformat(),
        "recorded_at": row["recorded_at"].isoformat(),
        "actor": row["actor"],
        "fields": body["fields"],
        "cite": body["cite"],
        "cause": body["cause"],
        "supersedes": row["supersedes"],
        "hash": bytes(row["hash"]).hex(),
    }


def _show(context: Context, connection: Connection, file: CaseFile, past: Lookback | None) -> None:
    out, words, view = context.output, context.output.words, file.view
    scene = context.teller.scene(connection, view)
    say_past(context, past)
    out.say(
        "case_head",
        ref=view.ref,
        subject=context.teller.subject_name(connection, view.subject),
        workflow=words.label(scene.workflow.label),
        state=scene.state(view.state),
        since=view.state_since_on,
    )
    unit = _unit_name(context, connection, view) or words("unit_none")
    out.say("case_unit", unit=unit, version=view.version, text=scene.workflow.version)
    recorded = fields_line(scene, view.fields)
    if recorded:
        out.say("case_fields", fields=recorded)
    if past is not None:
        _show_deadlines(context, scene, view, past.at.on)
        _show_timeline(context, scene, file)
        return
    _show_deadlines(context, scene, view, context.teller.today(connection))
    _show_timeline(context, scene, file)
    _show_notices(context, connection, view)
    _show_possible(context, scene, view)


def _unit_name(context: Context, connection: Connection, view: CaseView) -> str | None:
    if view.unit_id is None:
        return None
    return context.teller.subject_name(connection, Subject("unit", view.unit_id))


def _show_deadlines(context: Context, scene: Scene, view: CaseView, today: date) -> None:
    """The running ones with their lights; of the others how they ended."""
    if not view.deadlines:
        return
    words = context.output.words
    rest_days = context.registry.rest_days
    context.output.line()
    context.output.line(words("case_deadlines"))
    rows = []
    for row in sorted(view.deadlines, key=lambda one: (not one.is_running, one.due_on)):
        note = words("provisional") if row.provisional else ""
        rows.append(
            {
                "light": light(words, row.kind, row.status.value, row.due_on, today, rest_days),
                "rule": f"{row.rule} {words.label(scene.workflow.deadlines[row.rule].label)}",
                "due": f"{words.dated(row.due_on)} {note}".strip(),
                "status": words.value(row.status.value),
                "deadline": row.id,
            }
        )
    context.output.table(("light", "rule", "due", "status", "deadline"), rows)


def _show_timeline(context: Context, scene: Scene, file: CaseFile) -> None:
    words, view = context.output.words, file.view
    taken_back = {seq: row["seq"] for row in file.entries for seq in row["supersedes"]}
    rows = []
    for row in file.entries:
        by = taken_back.get(row["seq"])
        mark = words("taken_back_by", entry=f"{view.ref}/{by}") if by else ""
        body = loads(bytes(row["body"]))
        by_system = row["kind"] in {EntryKind.AUTOMATIC, EntryKind.TIME, EntryKind.DEADLINE}
        told = words.value(row["kind"])
        rows.append(
            {
                "seq": f"{view.ref}/{row['seq']}",
                "date": row["effective_on"].isoformat(),
                "what": f"{scene.event(row['event'])} {mark}".strip(),
                "state": scene.state(row["to_state"]),
                "who": told if by_system else f"{told} {row['actor']}",
                "clause": cited(body["cite"], words("practice")),
            }
        )
    context.output.line()
    context.output.line(words("case_timeline"))
    context.output.table(("seq", "date", "what", "state", "who", "clause"), rows)


def _show_notices(context: Context, connection: Connection, view: CaseView) -> None:
    rows = queries.list_notices(connection, EVERYTHING, case_id=view.id)
    if not rows:
        return
    context.output.line()
    context.output.line(context.output.words("case_notices"))
    columns = ("notice", "stage", "recipient", "owed", "status")
    context.output.table(columns, notice_rows(context, connection, rows))


def _show_possible(context: Context, scene: Scene, view: CaseView) -> None:
    out = context.output
    out.line()
    if view.closed_on:
        out.say("case_closed", on=view.closed_on)
        return
    events = list(scene.workflow.possible(view.state))
    if not events:
        out.say("nothing_possible", state=scene.state(view.state))
        return
    out.say("case_possible", ref=view.ref)
    out.lines([scene.event(one) for one in events], indent="  ")
