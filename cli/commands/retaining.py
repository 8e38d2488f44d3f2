"""`lifecycle retain`: the retention table applied, or what it would remove listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Context, context_of
from cli.exits import FAILED
from cli.wiring import job_parts
from lifecycle.store.compacting import compact
from notices.removal import remove
from scheduler.jobs import old_mails, old_uploads, remove_uploads
from workflows.retaining import CLASSES, PEOPLE, Listed, listed, retain
from workflows.retention import RECORD_CLASSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

app = typer.Typer()

FILE = "file"
COLUMNS = ("record_class", "kept", "count", "references")
SHOWN = 10
"""How many references a line of the table has; `--json` has all."""


@app.command("retain")
def retain_records(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Removes what is kept long enough, or lists it by class with the cases concerned."""
    context = context_of(ctx, json=json)
    app = context.app
    due = app.read(lambda connection: _due(context, connection))
    if dry_run:
        _show(context, due, "retain_preview")
        return
    done = retain(app.write, app.registry, app.clock)
    parts = job_parts(app, context.settings)
    done[FILE] = remove(
        app.write(lambda connection: old_mails(connection, parts, context.settings.outgoing))
    )
    done[FILE] += remove_uploads(app.write(lambda connection: old_uploads(connection, parts)))
    clean = compact(app.engine) if done.total() else True
    references = {one.record_class: one.references for one in due}
    _show(
        context,
        [Listed(name, done[name], references.get(name, ())) for name in (*CLASSES, FILE)],
        "retained",
    )
    if not clean:
        context.output.complain(context.output.words("erase_not_compacted"))
        raise typer.Exit(FAILED)


def _due(context: Context, connection: Connection) -> list[Listed]:
    found = listed(connection, context.registry, context.app.clock)
    parts = job_parts(context.app, context.settings)
    files = old_mails(connection, parts, context.settings.outgoing)
    files += old_uploads(connection, parts)
    return [*found, Listed(FILE, len(files), tuple(one.name for one in files))]


def _show(context: Context, due: Sequence[Listed], heading: str) -> None:
    """Every class with its time, how much of it, and where; references only, no names."""
    words = context.output.words
    rows = []
    for one in due:
        shown = one.references if context.output.json_wanted else one.references[:SHOWN]
        more = len(one.references) - len(shown)
        told = ", ".join(shown) + (words("retain_more", count=more) if more else "")
        rows.append(
            {
                "record_class": one.record_class
                if context.output.json_wanted
                else _label(context, one.record_class),
                "kept": _kept(context, one.record_class),
                "count": one.count,
                "references": list(shown) if context.output.json_wanted else told,
            }
        )
    if not context.output.json_wanted:
        context.output.say(heading)
    context.output.rows(COLUMNS, rows)


def _label(context: Context, name: str) -> str:
    words = context.output.words
    return words("retain_people") if name == PEOPLE else words.label(RECORD_CLASSES[name].label)


def _kept(context: Context, name: str) -> str:
    """How long records of the class are kept by the policy of today: `5 years (P40.relation)`."""
    if name == PEOPLE:
        return ""
    record_class = RECORD_CLASSES[name]
    policy = context.registry.policy
    today = context.app.read(context.app.clock.today)
    unit = policy.parameter(record_class.parameter).type
    length = policy.at(today).integer(record_class.parameter)
    told = context.output.words(f"retain_{unit}", count=length)
    return f"{told} ({record_class.parameter})"
