"""`lifecycle explain`: what is possible, what is missing and who can supply it; why a date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, context_of
from lifecycle import engine
from lifecycle.definition import Before
from lifecycle.guards import Situation, evaluate
from lifecycle.store import queries
from wording.derivations import derivation_json, derivation_lines, derivation_of
from wording.findings import finding_json
from wording.references import resolved
from wording.rendering import Scene, finding_line, possible, refusal_lines
from wording.usage import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from lifecycle.definition import Transition
    from lifecycle.guards import Finding
    from lifecycle.work import Work

app = typer.Typer()

Answer = tuple[str, tuple["Finding", ...]]


@app.command()
def explain(
    ctx: typer.Context,
    reference: Annotated[str | None, typer.Argument()] = None,
    event: Annotated[str | None, typer.Argument()] = None,
    deadline: Annotated[int | None, typer.Option(min=1)] = None,
    acting: Annotated[str | None, typer.Option("--as")] = None,
    field: Annotated[list[str] | None, typer.Option()] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Says what is possible, what is missing and who can supply it; or why a date is that date."""
    context = context_of(ctx, json=json)
    if deadline is not None:
        context.app.read(lambda connection: _explain_deadline(context, connection, deadline))
        return
    if reference is None:
        raise UsageError("explain_what")
    if field and event is None:
        raise UsageError("explain_field")
    question = Question(reference, event, acting, context.pairs(field or []))
    context.app.read(lambda connection: _explain_case(context, connection, question))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a case: all that is possible, or one event with what would be entered."""

    reference: str
    event: str | None
    acting: str | None
    fields: dict[str, str]


def _explain_case(context: Context, connection: Connection, asked: Question) -> None:
    work = context.teller.work(connection)
    view = work.case(context.teller.case_id(connection, asked.reference))
    actor = context.actor(asked.acting) if asked.acting else None
    fields = dict(asked.fields)
    if asked.event:
        fields = resolved(context.teller, connection, view.id, asked.event, fields)
    answers = engine.explain(work, view.id, asked.event, actor, fields)
    by_rule = [] if asked.event else list(_by_rule(work, view))
    if context.output.json_wanted:
        told = [_answer_json(*one, by="person") for one in answers]
        told += [_answer_json(row.event, found, by=_mover(row)) for row, found in by_rule]
        context.output.data({"case": view.ref, "state": view.state, "events": told})
        return
    _show(context, connection, view, answers, by_rule)


def _show(
    context: Context,
    connection: Connection,
    view: CaseView,
    answers: Sequence[Answer],
    by_rule: Sequence[tuple[Transition, tuple[Finding, ...]]],
) -> None:
    out = context.output
    scene = context.teller.scene(connection, view)
    subject = context.teller.subject_name(connection, view.subject)
    if not answers:
        out.say("nothing_possible", state=scene.state(view.state))
    for name, findings in answers:
        key = "allowed" if possible(findings) else "refused"
        out.lines(_told(scene, view, subject, name, findings, key))
        out.line()
    if by_rule:
        out.line(out.words("by_rule"))
    for row, findings in by_rule:
        out.line(_rule_head(scene, view, row))
        ordered = sorted(findings, key=lambda one: one.met)
        out.lines([finding_line(scene, one) for one in ordered], indent="  ")


def _told(
    scene: Scene,
    view: CaseView,
    subject: str,
    event: str,
    findings: Sequence[Finding],
    key: str,
) -> list[str]:
    """The lines of one event, with who records it and where it leads."""
    lines = refusal_lines(scene, view, subject, event, findings, key=key)
    rows = scene.rows(view.state, event)
    roles = list(dict.fromkeys(role for row in rows for role in row.by))
    targets = list(
        dict.fromkeys(view.state if row.target == "same" else row.target for row in rows)
    )
    who = "/".join(f"{scene.words.role(one)} {one}" for one in roles)
    to = " / ".join(scene.state(one) for one in targets)
    lines.insert(1, "  " + scene.words("explain_step", who=who, to=to))
    return lines


def _rule_head(scene: Scene, view: CaseView, row: Transition) -> str:
    words = scene.words
    rule = row.time.before if isinstance(row.time, Before) else row.time
    if isinstance(rule, str):
        running = view.runs(rule)
        due = words.dated(running[0].due_on) if running else words("unknown")
        if running and running[0].provisional:
            due += f" {words('provisional')}"
        return words("by_time", event=scene.event(row.event), rule=rule, due=due)
    target = view.state if row.target == "same" else row.target
    return words("by_rule_event", event=scene.event(row.event), to=scene.state(target))


def _by_rule(work: Work, view: CaseView) -> Iterator[tuple[Transition, tuple[Finding, ...]]]:
    """What happens by itself from here, with the findings of each row."""
    book = work.registry.book_of(view.workflow_text_id)
    rows = [row for row in book.workflow.exits(view.state) if row.automatic or row.time is not None]
    decision = work.decision(view.subject, book.facts_for(rows), work.today, view.unit_id)
    situation = Situation(view, decision.facts, {}, decision.parameters, work.today, work.today)
    for row in rows:
        yield row, tuple(evaluate(one, situation, book.vocabulary) for one in row.guards)


def _mover(row: Transition) -> str:
    return "rule" if row.automatic else "time"


def _answer_json(event: str, findings: Sequence[Finding], *, by: str) -> dict[str, Any]:
    return {
        "event": event,
        "by": by,
        "possible": possible(findings),
        "findings": [finding_json(one) for one in findings],
    }


def _explain_deadline(context: Context, connection: Connection, deadline_id: int) -> None:
    row = queries.deadline_row(connection, deadline_id)
    if row is None:
        raise UsageError("bad_deadline", number=deadline_id)
    work = context.teller.work(connection)
    derivation = derivation_of(work, context.output.words, row["case_id"], deadline_id)
    if context.output.json_wanted:
        told = {"case": derivation.file.view.ref, **queries.plain(row)}
        context.output.data(told | {"explained": derivation_json(derivation)})
        return
    view = derivation.file.view
    context.output.line(f"{view.ref} {context.teller.subject_name(connection, view.subject)}")
    context.output.lines(derivation_lines(derivation))


__all__ = ["app", "finding_json"]
