"""`lifecycle route`: which clause proposes which Party body for an organization, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, context_of
from lifecycle.definition import FieldType
from lifecycle.entered import read_field
from wording.usage import UsageError
from workflows.routing import BODIES, QUESTIONS, propose, steps

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workflows.routing import Condition, Step

app = typer.Typer()

WORKFLOW = "affiliation"


@app.command()
def route(
    ctx: typer.Context,
    reference: str,
    field: Annotated[list[str] | None, typer.Option()] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Goes through the routing order of an affiliation with the answers given."""
    context = context_of(ctx, json=json)
    answers = _answers(context, context.pairs(field or []))
    told = context.app.read(lambda connection: _told(context, connection, reference, answers))
    if json:
        context.output.data(told)


def _answers(context: Context, given: dict[str, str]) -> dict[str, bool]:
    fields = context.teller.workflow(WORKFLOW).transitions
    specs = {name: spec for row in fields for name, spec in row.fields.items()}
    answers: dict[str, bool] = {}
    for name, text in given.items():
        value = read_field(specs[name], text) if name in QUESTIONS else None
        if not isinstance(value, bool):
            raise UsageError("route_answers", name=name, known=", ".join(QUESTIONS))
        answers[name] = value
    return answers


def _told(
    context: Context, connection: Connection, reference: str, answers: dict[str, bool]
) -> dict[str, Any]:
    work = context.teller.work(connection)
    view = work.case(context.teller.case_id(connection, reference))
    if view.workflow != WORKFLOW:
        raise UsageError("route_case", ref=view.ref)
    names = {"kind", "has_supervisor"}
    facts = work.decision(view.subject, names, work.today, view.unit_id).facts
    asked = (facts["kind"], facts["has_supervisor"], answers)
    chosen = propose(*asked)
    if not context.output.json_wanted:
        out = context.output
        out.line(f"{view.ref} {context.teller.subject_name(connection, view.subject)}")
        out.lines([_line(context, one, chosen) for one in steps(*asked)])
        open_ = [_question(context, name) for name in QUESTIONS if name not in answers]
        if chosen:
            out.say("route_proposed", rule=chosen.rule, body=out.words.label(BODIES[chosen.body]))
        elif open_:
            out.say("route_ask", questions=out.words.listed(open_))
        else:
            out.say("route_none", rule="R21")
    return {
        "case": view.ref,
        "proposed": chosen.rule if chosen else None,
        "body": chosen.body if chosen else None,
        "steps": [_json(one) for one in steps(*asked)],
    }


def _line(context: Context, step: Step, chosen: Step | None) -> str:
    words = context.output.words
    mark = "→" if chosen and step == chosen else ("✓" if step.met else "✗")
    told = ", ".join(_condition(context, one) for one in step.conditions)
    return f"{mark} {step.number}. {step.rule} {words.label(BODIES[step.body])}: {told}"


def _condition(context: Context, one: Condition) -> str:
    words, fact = context.output.words, context.registry.label("organization", one.name)
    label = words.label(fact) if fact else _question(context, one.name)
    shown = words("route_open") if one.seen is None else words.value(one.seen)
    mark = "✓" if one.met else "✗"
    return f"{mark} {label} {shown}" + ("" if one.met else f" ({words.value(one.wanted)})")


def _question(context: Context, name: str) -> str:
    for row in context.teller.workflow(WORKFLOW).transitions:
        spec = row.fields.get(name)
        if spec is not None and spec.type is FieldType.YES_NO:
            return context.output.words.label(spec.label)
    return name


def _json(step: Step) -> dict[str, Any]:
    return {
        "step": step.number,
        "rule": step.rule,
        "body": step.body,
        "met": step.met,
        "conditions": [
            {"name": one.name, "wanted": one.wanted, "seen": one.seen, "met": one.met}
            for one in step.conditions
        ],
    }
