"""`lifecycle import`: rosters in, and the rows that were not good back with their reasons."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import context_of
from cli.exits import SOME_REJECTED
from workflows.intake.error_workbook import write_error_workbook
from workflows.intake.importing import import_files
from workflows.intake.rows import reason_text

if TYPE_CHECKING:
    from cli.context import Context
    from cli.output import Output
    from workflows.intake.comparing import Difference
    from workflows.intake.importing import FileReport, ImportReport

app = typer.Typer()

DIFFERENCE_COLUMNS = ("name", "item", "said", "held", "cases")

MOST_SHOWN = 30
"""Rejected rows shown on the screen; the error workbook holds them all."""


@app.command("import")
def import_(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    as_of: Annotated[str | None, typer.Option()] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    errors: Annotated[Path | None, typer.Option()] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Checks rosters row by row, stores the good rows, gives the bad ones back with reasons."""
    context = context_of(ctx, json=json)
    report = import_files(
        files,
        run=context.app.write,
        registry=context.registry,
        clock=context.app.clock,
        as_of=context.day(as_of),
        dry_run=dry_run,
    )
    if json:
        _json_lines(context.output, report)
    else:
        _summary(context, report, dry_run=dry_run)
    if not report.rejected:
        return
    path = errors or files[0].with_name("errors.xlsx")
    write_error_workbook(path, report.rejected, [one.sheet for one in report.files])
    if not json:
        context.output.say("errors_written", path=path)
    raise typer.Exit(SOME_REJECTED)


def _json_lines(out: Output, report: ImportReport) -> None:
    for one in report.files:
        for row in one.rows:
            out.json_line(
                {
                    "file": row.file,
                    "row": row.row,
                    "name": row.name,
                    "outcome": row.outcome.value,
                    "reason": row.reasons[0].code if row.reasons else "",
                }
            )
    for difference in report.differences:
        out.json_line({"outcome": "difference", **asdict(difference)})


def _summary(context: Context, report: ImportReport, *, dry_run: bool) -> None:
    out = context.output
    out.say("as_of", on=report.as_of)
    for one in report.files:
        _file_summary(out, one)
    _cases_summary(context, report)
    if dry_run:
        out.say("dry_run")
    if report.differences:
        _differences(out, report)
    if report.rejected:
        _rejected(out, report)


def _cases_summary(context: Context, report: ImportReport) -> None:
    """What the lists opened, moved and owe."""
    out, done = context.output, report.taken_over
    opened = out.words.listed(
        f"{out.words.label(context.teller.workflow(name).label)} {number}"
        for name, number in done.opened.items()
    )
    moved = out.words.listed(
        f"{_event(context, code, event)} {number}"
        for (code, event), number in sorted(report.moved.items())
    )
    if opened:
        out.say("taken_over", opened=opened)
    if moved:
        out.say("cases_moved", moved=moved)
    counts = {
        "reclassified": sum(done.reclassified.values()),
        "lists_owed": report.lists_owed,
        "waiting": report.waiting,
    }
    for key, count in counts.items():
        if count:
            out.say(key, count=count)


def _event(context: Context, code: str, event: str) -> str:
    book = context.registry.by_code(code)
    labels = [one.label for one in book.workflow.transitions if one.event == event] if book else []
    words = context.output.words
    return f"{code} {words.label(labels[0]) if labels else event}"


def _differences(out: Output, report: ImportReport) -> None:
    """What officers should look at: as many of each kind as a screen takes."""
    by_code: dict[str, list[Difference]] = defaultdict(list)
    for one in report.differences:
        by_code[one.code].append(one)
    for code, its in by_code.items():
        out.line()
        out.say(f"difference_{code}", count=len(its))
        rows = [
            {
                "name": one.name,
                "item": out.words.value(one.item) if one.item else "",
                "said": one.said,
                "held": one.held,
                "cases": out.words.listed(one.cases),
            }
            for one in its[:MOST_SHOWN]
        ]
        filled = [
            name for name in DIFFERENCE_COLUMNS if any(row[name] not in (None, "") for row in rows)
        ]
        out.table(filled, rows)
        if len(its) > MOST_SHOWN:
            out.say("more_differences", count=len(its) - MOST_SHOWN)


def _rejected(out: Output, report: ImportReport) -> None:
    language = out.words.language
    rows = [
        {
            "file": row.file,
            "row": row.row,
            "name": row.name,
            "reason": "; ".join(" ".join(reason_text(one.code, language)) for one in row.reasons),
        }
        for row in report.rejected[:MOST_SHOWN]
    ]
    out.line()
    out.table(("file", "row", "name", "reason"), rows)
    if len(report.rejected) > MOST_SHOWN:
        out.say("more_rejected", count=len(report.rejected) - MOST_SHOWN)


def _file_summary(out: Output, report: FileReport) -> None:
    outcomes = Counter(row.outcome.value for row in report.rows)
    out.say(
        "imported",
        file=report.sheet.raw.file,
        rows=len(report.rows),
        stored=report.stored,
        **{name: outcomes[name] for name in ("accepted", "warning", "rejected", "ignored")},
    )
    if report.sheet.dropped:
        out.say("dropped", columns=out.words.listed(report.sheet.dropped))
