"""Commands that only look: lists, one case, why a step is open or not, why a date."""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING, Annotated, Any

import typer


from cli.context import Context, UsageError
from cli.rendering import derivation_lines, event_label, fields_line, finding_line, light
from lifecycle import engine
from lifecycle.access import EVERYTHING, SYSTEM
from lifecycle.cases import Subject
from lifecycle.engine import REGISTER
from lifecycle.store import queries
from lifecycle.store.queries import CaseFilter
from workflows.byhand import find_unit

from workflows.naming import names_of
from workflows.lists import organizations as list_organizations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from lifecycle.guards import Finding

app = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="one JSON array or object")]
Limit = Annotated[int, typer.Option(help="how many rows at the most")]
CASE_COLUMNS = ("case", "subject", "workflow", "state", "since", "due", "light")


@app.command()
def organizations(
    ctx: typer.Context,
    unit: Annotated[str | None, typer.Option(help="a unit's name: its own and those below")] = None,
    search: Annotated[str | None, typer.Option(help="part of a name")] = None,
    json: Json = False,  # noqa: FBT002
    limit: Limit = 200,
) -> None:
    """List the organizations on the register."""
    context: Context = ctx.obj
    context.output.json_wanted = json

    def read(connection: Connection) -> list[dict[str, Any]]:
        units = _units(context, connection, unit)
        return list_organizations(connection, units=units, search=search, limit=limit)

    rows = context.app.read(read)
    words = context.output.words
    for row in rows:
        row["kind"] = words.value(row["kind"])
    context.output.rows(("subject", "name", "code", "kind", "unit"), rows)
    if len(rows) == limit and not json:
        context.output.say("more", limit=limit)


def _units(context: Context, connection: Connection, name: str | None) -> list[int] | None:
    """A unit and all below it."""
    if name is None:
        return None
    top = find_unit(connection, name)
    parents = context.app.registry.policy.parents
    policy = context.app.registry.policy
    return [one for one in parents if top in policy.ancestors(one)]


@app.command()
def cases(
    ctx: typer.Context,
    workflow: Annotated[str | None, typer.Option(help="a workflow's name or code")] = None,
    state: Annotated[str | None, typer.Option(help="only cases in this state")] = None,
    unit: Annotated[str | None, typer.Option(help="a unit's name: its own and those below")] = None,
    due_before: Annotated[str | None, typer.Option(help="a day: 2026-11-30")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="only overdue ones")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
    limit: Limit = 50,
) -> None:
    """List the cases, the most pressing first."""
    context: Context = ctx.obj
    context.output.json_wanted = json

    def read(connection: Connection) -> list[dict[str, Any]]:
        today = context.today(connection)
        wanted = CaseFilter(
            workflow=_workflow(context, workflow),
            state=state,
            unit_ids=_units(context, connection, unit),
            overdue_on=today if overdue else None,
            due_before=context.day(due_before),
            limit=limit,
        )
        rows = queries.list_cases(connection, EVERYTHING, context.listed(), wanted)
        names = names_of(connection, [Subject(r["subject_type"], r["subject_id"]) for r in rows])
        return [_case_row(context, row, names, today) for row in rows]

    rows = context.app.read(read)
    context.output.rows(CASE_COLUMNS, rows)
    if len(rows) == limit and not json:
        context.output.say("more", limit=limit)


def _workflow(context: Context, given: str | None) -> str | None:
    if given is None:
        return None
    registry = context.app.registry
    book = registry.rulebooks.get(given) or registry.by_code(given)
    if book is None:
        known = ", ".join(context.listed())
        message = f"{given!r} is no workflow: {known}"
        raise UsageError(context.output.words("usage", message=message))
    return book.workflow.workflow


def _case_row(
    context: Context, row: Mapping[str, Any], names: Mapping[Subject, str], today: Any  # noqa: ANN401
) -> dict[str, Any]:
    code = context.code(row["workflow"])
    words = context.output.words
    state = row["state"]
    plain = context.output.json_wanted
    label = context.state_label(row["workflow"], state)
    book = context.app.registry.book(row["workflow"])
    return {
        "case": f"{code}-{row['id']}",
        "subject": names.get(Subject(row["subject_type"], row["subject_id"]), ""),
        "workflow": row["workflow"] if plain else words.label(book.workflow.label),
        "state": state if plain else f"{state} {label}",
        "since": row["state_since_on"].isoformat(),
        "due": row["due_on"].isoformat() if row["due_on"] else None,
        "light": light(words, row["due_on"], today),
    }


@app.command()
def case(ctx: typer.Context, reference: str, json: Json = False) -> None:  # noqa: FBT002
    """Show one case: where it stands, what is owed, what happened, what can be recorded."""
    context: Context = ctx.obj

    def read(connection: Connection) -> None:
        case_id = context.case_id(connection, reference)
        view = context.work(connection, SYSTEM).case(case_id)
        subject = names_of(connection, [view.subject]).get(view.subject, "")
        if json:
            context.output.data(_case_json(context, connection, view, subject))
            return
        _show_case(context, connection, view, subject)

    context.app.read(read)


def _case_json(
    context: Context, connection: Connection, view: CaseView, subject: str
) -> dict[str, Any]:
    rows = queries.timeline(connection, view.id)
    notices = queries.list_notices(connection, EVERYTHING, case_id=view.id)
    return {
        "case": view.ref,
        "subject": subject,
        "workflow": view.workflow,
        "state": view.state,
        "since": str(view.state_since_on),
        "version": view.version,
        "fields": {name: str(value) for name, value in view.fields.items()},
        "deadlines": [
            {"id": one.id, "rule": one.rule, "due": str(one.due_on), "status": one.status.value}
            for one in view.deadlines
        ],
        "entries": [queries.plain(row) for row in rows],
        "notices": [queries.plain(row) for row in notices],
        "possible": list(
            context.app.registry.book_of(view.workflow_text_id).workflow.possible(view.state)
        ),
    }


def _show_case(context: Context, connection: Connection, view: CaseView, subject: str) -> None:
    out, words = context.output, context.output.words
    workflow = context.app.registry.book_of(view.workflow_text_id).workflow
    today = context.today(connection)
    out.say(
        "case_head",
        ref=view.ref,
        subject=subject,
        workflow=words.label(workflow.label),
        state=view.state,
        label=words.label(workflow.states[view.state].label),
        since=view.state_since_on,
    )
    unit = Subject("unit", view.unit_id) if view.unit_id else None
    name = names_of(connection, [unit])[unit] if unit else words("unit_none")
    out.say("case_unit", unit=name, version=view.version)
    labels = {field: spec.label for field, spec in workflow.fields.items()}
    if recorded := fields_line(words, view.fields.items(), labels):
        out.say("case_fields", fields=recorded)
    if view.deadlines:
        out.line()
        out.line(words("case_deadlines"))
    for row in view.deadlines:
        label = workflow.deadlines[row.rule].label
        running = row.status == "open"
        shown = words(
            "deadline_line",
            light=light(words, row.due_on if running else None, today),
            rule=row.rule,
            label=words.label(label),
            due=row.due_on,
            weekday=words.weekday(row.due_on),
            status=words.value(row.status.value),
            id=row.id,
        )
        out.line(shown + (f" {words('provisional')}" if row.provisional else ""))
    out.line()
    out.line(words("case_timeline"))
    _show_timeline(context, connection, view)
    _show_notices(context, connection, view)
    out.line()
    _show_possible(context, view)


def _show_timeline(context: Context, connection: Connection, view: CaseView) -> None:
    words = context.output.words
    rows = []
    for row in queries.timeline(connection, view.id):
        label = event_label(context.app.registry, view.workflow, row["event"])
        cites = _cites(bytes(row["body"]))
        rows.append(
            {
                "seq": f"{view.ref}/{row['seq']}",
                "date": row["effective_on"].isoformat(),
                "what": f"{row['event']} {words.label(label) if label else ''}".strip(),
                "state": row["to_state"],
                "who": f"{words.value(row['kind'])} {row['actor']}",
                "clause": ", ".join(cites),
            }
        )
    context.output.rows(("seq", "date", "what", "state", "who", "clause"), rows)


def _cites(body: bytes) -> list[str]:
    cites: list[str] = loads(body)["cite"]
    return cites


def _show_notices(context: Context, connection: Connection, view: CaseView) -> None:
    words = context.output.words
    rows = queries.list_notices(connection, EVERYTHING, case_id=view.id)
    if not rows:
        return
    context.output.line()
    context.output.line(words("case_notices"))
    context.output.rows(
        ("notice", "stage", "recipient", "owed", "status"), _notice_rows(context, connection, rows)
    )


def _notice_rows(
    context: Context, connection: Connection, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    words = context.output.words
    subjects = {}
    for row in rows:
        kind, _, number = row["recipient"].partition(":")
        if number.isdecimal():
            named = {"body": "party_body"}.get(kind, kind)
            subjects[row["recipient"]] = Subject(named, int(number))
    names = names_of(connection, subjects.values())
    plain = context.output.json_wanted
    return [
        {
            "notice": row["notice"],
            "stage": row["stage"] if plain else words.value(row["stage"]),
            "case": row["values"].get("case"),
            "recipient": names.get(subjects[row["recipient"]], row["recipient"])
            if row["recipient"] in subjects
            else row["recipient"],
            "owed": row["owed_on"].isoformat(),
            "status": row["status"] if plain else words.value(row["status"]),
        }
        for row in rows
    ]


def _show_possible(context: Context, view: CaseView) -> None:
    words, out = context.output.words, context.output
    workflow = context.app.registry.book_of(view.workflow_text_id).workflow
    if view.closed_on:
        out.say("case_closed", on=view.closed_on)
        return
    events = workflow.possible(view.state)
    if not events:
        out.say("nothing_possible", state=view.state)
        return
    named = []
    for event in events:
        label = event_label(context.app.registry, view.workflow, event)
        named.append(f"{event} {words.label(label) if label else ''}".strip())
    out.say("case_possible", events="; ".join(named))


@app.command()
def deadlines(
    ctx: typer.Context,
    before: Annotated[str | None, typer.Option(help="due before this day")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="only overdue ones")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
    limit: Limit = 50,
) -> None:
    """List the open deadlines, the earliest first."""
    context: Context = ctx.obj
    context.output.json_wanted = json

    def read(connection: Connection) -> list[dict[str, Any]]:
        today = context.today(connection)
        rows = queries.list_deadlines(
            connection,
            EVERYTHING,
            before=context.day(before),
            overdue_on=today if overdue else None,
            limit=limit,
        )
        names = names_of(connection, [Subject(r["subject_type"], r["subject_id"]) for r in rows])
        return [
            {
                "deadline": row["id"],
                "rule": row["rule"],
                "due": row["due_on"].isoformat(),
                "light": light(context.output.words, row["due_on"], today),
                "case": f"{context.code(row['workflow'])}-{row['case_id']}",
                "subject": names.get(Subject(row["subject_type"], row["subject_id"]), ""),
                "state": row["state"],
            }
            for row in rows
        ]

    rows = context.app.read(read)
    columns = ("deadline", "rule", "due", "light", "case", "subject", "state")
    context.output.rows(columns, rows)
    if len(rows) == limit and not json:
        context.output.say("more", limit=limit)


@app.command()
def notices(
    ctx: typer.Context,
    status: Annotated[str | None, typer.Option(help="owed, sent, no_address, failed …")] = None,
    json: Json = False,  # noqa: FBT002
    limit: Limit = 50,
) -> None:
    """List the notices, the latest first; `--status no_address` shows whom nobody can reach."""
    context: Context = ctx.obj
    context.output.json_wanted = json

    def read(connection: Connection) -> list[dict[str, Any]]:
        rows = queries.list_notices(connection, EVERYTHING, status=status, limit=limit)
        return _notice_rows(context, connection, rows)

    rows = context.app.read(read)
    context.output.rows(("notice", "stage", "case", "recipient", "owed", "status"), rows)


@app.command()
def explain(
    ctx: typer.Context,
    reference: Annotated[str | None, typer.Argument(help="a case, such as BR-7")] = None,
    event: Annotated[str | None, typer.Argument(help="one event only")] = None,
    deadline: Annotated[int | None, typer.Option(help="why this deadline is due that day")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Say what is possible, what is missing and who can supply it; or why a date is that date."""
    context: Context = ctx.obj
    if deadline is not None:
        context.app.read(lambda connection: _explain_deadline(context, connection, deadline, json))
        return
    if reference is None:
        raise UsageError(context.output.words("bad_reference", ref=""))
    named = reference
    context.app.read(lambda connection: _explain_case(context, connection, named, event, json))


def _explain_case(
    context: Context,
    connection: Connection,
    reference: str,
    event: str | None,
    json: bool,  # noqa: FBT001
) -> None:
    case_id = context.case_id(connection, reference)
    work = context.work(connection, SYSTEM)
    view = work.case(case_id)
    answers = engine.explain(work, case_id, event)
    if json:
        context.output.data(
            {name: [finding_json(one) for one in findings] for name, findings in answers}
        )
        return
    if not answers:
        context.output.say("nothing_possible", state=view.state)
    for name, findings in answers:
        allowed = all(one.met for one in findings)
        show_findings(context, connection, view, name, findings, allowed=allowed)


def show_findings(
    context: Context,
    connection: Connection,
    view: CaseView,
    event: str,
    findings: Sequence[Finding],
    *,
    allowed: bool,
) -> None:
    """An event with all its findings: what holds, what is missing, who can supply it."""
    words = context.output.words
    registry = context.app.registry
    label = event_label(registry, view.workflow, event)
    head = words(
        "allowed" if allowed else "refused",
        ref=view.ref,
        subject=names_of(connection, [view.subject]).get(view.subject, ""),
        event=event,
        label=words.label(label) if label else "",
        state=view.state,
        state_label=context.state_label(view.workflow, view.state),
    )
    context.output.line(head)
    related = related_cases(context, connection, view)
    for finding in sorted(findings, key=lambda one: one.met):
        context.output.line("  " + finding_line(words, finding, registry, related))


def related_cases(context: Context, connection: Connection, view: CaseView) -> dict[str, str]:
    """The open cases around this one, by workflow: where a supplier's event would be recorded."""
    registry = context.app.registry
    work = context.work(connection, SYSTEM)
    subjects = registry.domain.related(connection, [view.subject]) | {view.subject}
    found: dict[str, list[str]] = {}
    for case_id in work.cases_of(subjects):
        other = work.case(case_id)
        if other.workflow != REGISTER:
            found.setdefault(other.workflow, []).append(other.ref)
    return {name: "/".join(refs[:3]) for name, refs in found.items()}


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding for scripts."""
    return {
        "id": finding.id,
        "met": finding.met,
        "kind": finding.kind,
        "comparison": finding.comparison,
        "seen": finding.seen,
        "needed": finding.needed,
        "parameter": finding.parameter,
        "cite": list(finding.cite),
        "supplied_by": list(finding.supplied_by),
        "override": finding.override,
        "waived": finding.waived,
        "target": finding.target,
    }


def _explain_deadline(
    context: Context,
    connection: Connection,
    deadline_id: int,
    json: bool,  # noqa: FBT001
) -> None:
    row = queries.deadline_row(connection, deadline_id)
    if row is None:
        raise UsageError(context.output.words("not_found", ref=deadline_id))
    if json:
        context.output.data(queries.plain(row))
        return
    workflow = context.app.registry.book_of(row["workflow_text_id"]).workflow
    label = workflow.deadlines[row["rule"]].label
    for line in derivation_lines(context.output.words, row, workflow.code, label):
        context.output.line(line)



