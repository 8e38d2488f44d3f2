"""`lifecycle import`: rosters in, and the rows that were not good back with their reasons."""

from __future__ import annotations

from collections import Counter
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
    from workflows.intake.importing import FileReport, ImportReport

app = typer.Typer()

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


def _summary(context: Context, report: ImportReport, *, dry_run: bool) -> None:
    out = context.output
    out.say("as_of", on=report.as_of)
    for one in report.files:
        _file_summary(out, one)
    opened = out.words.listed(
        f"{out.words.label(context.workflow(name).label)} {number}"
        for name, number in report.taken_over.opened.items()
    )
    if opened:
        out.say("taken_over", opened=opened)
    counts = {
        "reclassified": sum(report.taken_over.reclassified.values()),
        "lists_owed": report.lists_owed,
        "waiting": report.waiting,
    }
    for key, count in counts.items():
        if count:
            out.say(key, count=count)
    if dry_run:
        out.say("dry_run")
    if report.rejected:
        _rejected(out, report)


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
    for row, table in report.contradictions:
        out.say("contradicts", name=row.name, table=table)
