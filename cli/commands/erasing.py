"""`lifecycle erase`: a person's values go for good; one officer asks, another one confirms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.explaining import finding_json
from cli.context import Context, context_of
from cli.exits import FAILED, REFUSED
from notices.removal import clean_up, lying, mails_of
from wording.erasing import erasure_lines, refusal_lines
from wording.references import person_named
from workflows.erasing import EraseRefusedError, Erasure, confirm, request

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

app = typer.Typer()


@app.command("erase")
def erase(
    ctx: typer.Context,
    person: str,
    reason: Annotated[str, typer.Option()] = "",
    acting: Annotated[str | None, typer.Option("--as")] = None,
    confirmed: Annotated[bool, typer.Option("--confirm")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Asks for a person's erasure, carries it out as a second person, or shows what would go."""
    context = context_of(ctx, json=json)
    actor = context.actor(acting)

    def act(connection: Connection) -> tuple[Erasure, int]:
        step: Callable[..., Erasure] = confirm if confirmed else partial(request, reason=reason)
        done = step(
            connection,
            context.registry,
            context.app.clock,
            person=person_named(context.teller, connection, person),
            actor=actor,
            dry=dry_run,
        )
        mails = mails_of(connection, done.marked.notices)
        return done, len(lying(context.settings.outgoing, mails))

    try:
        done, files = context.app.read(act) if dry_run else context.app.write(act)
    except EraseRefusedError as error:
        _refuse(context, error)
        raise typer.Exit(REFUSED) from error
    if dry_run:
        _preview(context, done, files)
    elif confirmed:
        _finish(context, done)
    else:
        _requested(context, done, files)


def _preview(context: Context, done: Erasure, files: int) -> None:
    """What would go, and what stands in the way; exit 3 when something does."""
    if context.output.json_wanted:
        context.output.data({"saved": False, **_plain(done, files)})
    else:
        context.output.say("erase_preview")
        context.output.lines(erasure_lines(context.teller, done, files))
        context.output.lines(refusal_lines(context.output.words, done.findings))
    if not done.is_possible:
        raise typer.Exit(REFUSED)


def _requested(context: Context, done: Erasure, files: int) -> None:
    if context.output.json_wanted:
        context.output.data({"saved": True, "erased": False, **_plain(done, files)})
        return
    context.output.say("erase_requested", person=f"{done.person.type}:{done.person.id}")
    context.output.lines(erasure_lines(context.teller, done, files))
    context.output.say("erase_second", person=f"{done.person.type}:{done.person.id}")


def _finish(context: Context, done: Erasure) -> None:
    """What lies outside the transaction: files of mails, and old bytes in the database file."""
    files, clean = clean_up(context.app.engine, context.settings.outgoing)
    if context.output.json_wanted:
        plain = _plain(done, files) | {"compacted": clean}
        context.output.data({"saved": True, "erased": True, **plain})
    else:
        key = "erase_done_before" if done.is_done else "erase_done"
        context.output.say(key, person=f"{done.person.type}:{done.person.id}")
        if not done.is_done or files:
            context.output.lines(erasure_lines(context.teller, done, files))
        if not clean:
            context.output.complain(context.output.words("erase_not_compacted"))
    if not clean:
        raise typer.Exit(FAILED)


def _refuse(context: Context, error: EraseRefusedError) -> None:
    person = f"{error.person.type}:{error.person.id}"
    if context.output.json_wanted:
        findings = [finding_json(one) for one in error.findings]
        context.output.data({"person": person, "refused": True, "findings": findings})
        return
    context.output.say("erase_refused", person=person)
    context.output.lines(refusal_lines(context.output.words, error.findings))


def _plain(done: Erasure, files: int) -> dict[str, Any]:
    found = done.found
    return {
        "person": f"{done.person.type}:{done.person.id}",
        "records": [f"person:{one}" for one in found.persons],
        "possible": done.is_possible,
        "erased_before": done.is_done,
        "entries": len({entry_id for entry_id, _ in done.marked.values}),
        "values": len(done.marked.values),
        "notices": len(done.marked.notices),
        "mail_files": files,
        "posts": len(found.posts),
        "waiting_rows": len(found.waiting),
        "cases": len(found.cases),
        "open_cases": len(found.open_cases),
        "findings": [finding_json(one) for one in done.findings],
    }
