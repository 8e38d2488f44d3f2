"""A workflow as a Mermaid state diagram and as a table, in either language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.definition import OPENING, SAME

if TYPE_CHECKING:
    from lifecycle.conditions import Label
    from lifecycle.definition import Transition, Workflow


def mermaid(workflow: Workflow, language: str) -> str:
    """The state diagram as Mermaid text; edges carry the event and who or what moves it."""
    lines = ["stateDiagram-v2"]
    lines += [
        f"    {name} : {name}<br>{say(state.label, language)}"
        for name, state in workflow.states.items()
    ]
    for row in workflow.transitions:
        for source in row.source:
            start = "[*]" if source == OPENING else source
            target = source if row.target == SAME else row.target
            lines.append(f"    {start} --> {target} : {row.event} ({mover(row)})")
    lines += [f"    {name} --> [*]" for name, state in workflow.states.items() if state.final]
    return "\n".join(lines)


def table(workflow: Workflow, language: str) -> str:
    """Every row of the definition as a Markdown table."""
    lines = [
        "| event | | from | to | by | clause |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.event} | {say(row.label, language)} | {', '.join(row.source)} | {row.target} "
        f"| {mover(row)} | {', '.join(row.cite)} |"
        for row in workflow.transitions
    ]
    return "\n".join(lines)


def mover(row: Transition) -> str:
    """Who or what moves a row: roles, `auto`, `time` or a list."""
    if row.by:
        return "/".join(row.by)
    if row.taken_over:
        return "list"
    return "auto" if row.automatic else "time"


def say(label: Label, language: str) -> str:
    """A label in the language."""
    return label.zh if language == "zh" else label.en
