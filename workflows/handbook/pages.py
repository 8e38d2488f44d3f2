"""The pages of the handbook: one a workflow and language, and their index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.diagram import mermaid
from workflows.handbook import facts, tables
from workflows.handbook.citing import cited_sources
from workflows.handbook.markdown import rendered, several, table
from workflows.handbook.steps import Event, FieldLine, events, field_line
from workflows.handbook.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.definition import Workflow
    from lifecycle.registry import Registry
    from workflows.handbook.speech import Speech

_FIELDS = ("col_field", "col_label", "col_type", "col_required", "col_personal")


def page(registry: Registry, workflow: Workflow, speech: Speech) -> str:
    """A workflow told in a language."""
    telling = Telling(registry, workflow, speech)
    told = events(telling)
    return rendered(
        "workflow.md.j2",
        **_tools(speech),
        name=workflow.workflow,
        title=_title(workflow, speech),
        purpose=speech.own("purposes")[workflow.workflow],
        version=workflow.version,
        subject=telling.about(workflow.subject),
        stratum=workflow.stratum,
        diagram=mermaid(workflow, speech.language),
        states=tables.states(telling),
        closing=_closing(telling),
        fields=_case_fields(telling),
        overview=_overview(told),
        events=told,
        deadlines=tables.deadlines(telling),
        movers=tables.movers(telling),
        notices=tables.notices(telling),
        facts=facts.facts(telling),
        sources=cited_sources(telling),
    )


def index(registry: Registry, speech: Speech) -> str:
    """Every workflow with its code, what it is for and how much there is of it."""
    lines = [
        (
            f"[{speech.label(one.label)}]({one.workflow}.md)",
            one.code,
            speech.own("purposes")[one.workflow],
            f"{len(one.states)} / {len(one.events)} / {len(one.deadlines)}",
        )
        for one in listed(registry)
    ]
    return rendered("index.md.j2", **_tools(speech), workflows=lines)


def listed(registry: Registry) -> list[Workflow]:
    """The workflows that have pages, in the order in which settling goes through them."""
    found = [book.workflow for book in registry.rulebooks.values() if book.workflow.listed]
    return sorted(found, key=lambda one: (one.stratum, one.workflow))


def _tools(speech: Speech) -> dict[str, object]:
    def of_keys(keys: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        return table([speech(one) for one in keys], rows)

    def of_fields(lines: Sequence[FieldLine]) -> str:
        return of_keys(
            _FIELDS,
            [(f"`{o.name}`", o.label, o.type, o.required, o.personal) for o in lines],
        )

    def points(key: str, items: Sequence[str]) -> str:
        return several(speech(key), items)

    return {"say": speech, "table": of_keys, "fields_table": of_fields, "several": points}


def _title(workflow: Workflow, speech: Speech) -> str:
    label = speech.label(workflow.label)
    return speech("title", label=label, name=workflow.workflow, code=workflow.code)


def _closing(telling: Telling) -> str:
    state = telling.workflow.closing_state
    return telling.speech("closing", state=telling.state(state)) if state else ""


def _case_fields(telling: Telling) -> list[tuple[str, str, str]]:
    lines = (field_line(telling, *one) for one in telling.workflow.fields.items())
    return [(f"`{one.name}`", one.label, one.type) for one in lines]


def _overview(told: Sequence[Event]) -> list[tuple[str, str, str, str]]:
    return [
        (f"`{event.name}`", row.label, f"{row.source} → {row.target}", row.who)
        for event in told
        for row in event.rows
    ]
