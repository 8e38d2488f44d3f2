"""`lifecycle import`: rosters in, and the rows that were not good back with their reasons."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.intake.error_workbook import write_error_workbook
from workflows.intake.importing import import_files
from workflows.intake.rows import reason_text

if TYPE_CHECKING:
    from cli.context import Context
    from workflows.intake.importing import FileReport, ImportReport

app = typer.Typer()

SOME_REJECTED = 2


@app.command("import")
def import_(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="workbooks, in any order", exists=True)],
    as_of: Annotated[str | None, typer.Option(help="the day the lists describe")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="save nothing")] = False,  # noqa: FBT002
    errors: Annotated[Path | None, typer.Option(help="where rejected rows go")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON Lines, one per row")] = False,  # noqa: FBT002
) -> None:
    """Check rosters row by row, store the good rows, give the bad ones back with reasons."""
    context: Context = ctx.obj
    report = import_files(
        files,
        run=context.app.write,
        registry=context.app.registry,
        clock=context.app.clock,
        as_of=context.day(as_of),
        dry_run=dry_run,
    )
    if json:
        _json_lines(context, report)
    else:
        _summary(context, report, dry_run=dry_run)
    if not report.rejected:
        return
    path = errors or files[0].with_name("errors.xlsx")
    write_error_workbook(path, report.rejected, [one.sheet for one in report.files])
    if not json:
        context.output.say("errors_written", path=path)
    raise typer.Exit(SOME_REJECTED)


def _json_lines(context: Context, report: ImportReport) -> None:
    for one in report.files:
        for row in one.rows:
            context.output.json_line(
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
        _file_summary(context, one)
    opened = ", ".join(f"{name} {number}" for name, number in report.taken_over.opened.items())
    if opened:
        out.say("taken_over", opened=opened)
    if report.taken_over.reclassified:
        out.say("reclassified", count=sum(report.taken_over.reclassified.values()))
    if report.lists_owed:
        out.say("lists_owed", count=report.lists_owed)
    if report.waiting:
        out.say("waiting", count=report.waiting)
    if dry_run:
        out.say("dry_run")
    if report.rejected:
        language = out.words.language
        rows = [
            {
                "file": row.file,
                "row": row.row,
                "name": row.name,
                "reason": "; ".join(reason_text(one.code, language) for one in row.reasons),
            }
            for row in report.rejected[:MOST_SHOWN]
        ]
        out.line()
        out.rows(("file", "row", "name", "reason"), rows)


MOST_SHOWN = 30


def _file_summary(context: Context, report: FileReport) -> None:
    out = context.output
    outcomes = Counter(row.outcome.value for row in report.rows)
    out.say(
        "imported",
        file=report.sheet.raw.file,
        rows=len(report.rows),
        stored=report.stored,
        **{name: outcomes[name] for name in ("accepted", "warning", "rejected", "ignored")},
    )
    if report.sheet.dropped:
        out.say("dropped", columns=", ".join(report.sheet.dropped))
    for row, table in report.contradictions:
        out.say("contradicts", name=row.name, table=table)
