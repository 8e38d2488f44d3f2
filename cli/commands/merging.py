"""`lifecycle merge`: two records of one organization or person become one; shown first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer

from cli.commands.correcting import PreviewEndsError
from cli.context import Context, context_of
from cli.exits import REFUSED
from lifecycle.cases import Subject
from lifecycle.store.tables import case
from wording.correction_lines import consequence_lines
from wording.findings import finding_json
from wording.references import record_named
from workflows.merging import Merged, MergeRefusedError, merge
from workflows.subjects import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from lifecycle.correcting.consequences import CaseChange
    from lifecycle.guards import Finding
    from wording.words import Words

app = typer.Typer()


@app.command("merge")
def merge_records(
    ctx: typer.Context,
    gone: str,
    into: Annotated[str, typer.Option("--into")],
    reason: Annotated[str, typer.Option()] = "",
    acting: Annotated[str | None, typer.Option("--as")] = None,
    confirm: Annotated[bool, typer.Option("--confirm")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Merges one record into another one of the same organization or person, or shows it."""
    context = context_of(ctx, json=json)
    actor = context.actor(acting)

    def act(connection: Connection) -> tuple[list[str], dict[str, Any]]:
        records = [record_named(context.teller, connection, one) for one in (gone, into)]
        done = merge(
            connection,
            context.registry,
            context.app.clock,
            gone=records[0],
            kept=records[1],
            reason=reason,
            actor=actor,
        )
        lines = list(_lines(context, connection, records, done))
        plain = _plain(context, connection, records, done)
        if not confirm:
            raise PreviewEndsError(lines, plain)
        return lines, plain

    try:
        lines, plain = context.app.write(act)
    except PreviewEndsError as ended:
        lines, plain = ended.lines, ended.plain
    except MergeRefusedError as error:
        _refuse(context, error)
        raise typer.Exit(REFUSED) from error
    if json:
        context.output.data({"saved": confirm, **plain})
        return
    context.output.say("merge_saved" if confirm else "merge_preview")
    context.output.lines(lines)
    if not confirm:
        context.output.say("merge_confirm")


def _lines(
    context: Context, connection: Connection, records: Sequence[Subject], done: Merged
) -> Iterator[str]:
    """The two records, what changes hands, and what follows."""
    words = context.output.words
    named = [_record(context, connection, one) for one in records]
    yield "  " + words("merge_records", gone=named[0], kept=named[1])
    yield from (f"  {_finding_line(words, one)}" for one in done.findings if not one.met)
    if done.moved:
        yield words("merge_moved")
        yield from _place_lines(context, connection, done.moved)
    if done.left:
        yield words("merge_left")
        yield from _place_lines(context, connection, done.left)
    yield from consequence_lines(context.teller, connection, done.consequences)


def _record(context: Context, connection: Connection, record: Subject) -> str:
    return f"{record.type}:{record.id} {context.teller.subject_name(connection, record)}"


def _place_lines(context: Context, connection: Connection, places: Sequence[int]) -> Iterator[str]:
    """Each place with its cases as they now stand, the closed ones too."""
    words = context.output.words
    cases = _cases(context, connection, places)
    for number in places:
        subject = context.teller.subject_name(connection, Subject(PLACE, number))
        if number not in cases:
            yield f"  {subject}"
        for view in cases.get(number, ()):
            label = context.teller.workflow(view.workflow).states[view.state].label
            state = f"{view.state} {words.label(label)}"
            yield "  " + words("correction_same_state", ref=view.ref, subject=subject, state=state)


def _cases(
    context: Context, connection: Connection, places: Sequence[int]
) -> dict[int, list[CaseView]]:
    c = case.c
    statement = sa.select(c.id).where(c.subject_type == PLACE, c.subject_id.in_(places))
    numbers = list(connection.execute(statement).scalars())
    found: dict[int, list[CaseView]] = {}
    for view in context.teller.work(connection).cases(numbers):
        found.setdefault(view.subject.id, []).append(view)
    return found


def _finding_line(words: Words, finding: Finding) -> str:
    """One condition of a merge, met or not."""
    if finding.kind == "role":
        seen, needed = (
            "/".join(words.role(one) for one in str(each).split(", "))
            for each in (finding.seen, finding.needed)
        )
        if finding.met:
            return words("finding_met", label=words.label(finding.label), seen=seen)
        return words("finding_role", seen=seen, needed=needed)
    key = f"merge_{finding.id}" + ("_met" if finding.met else "")
    told = words(key, seen=words.value(finding.seen))
    return words("finding_advisory", told=told) if finding.advisory else told


def _refuse(context: Context, error: MergeRefusedError) -> None:
    if context.output.json_wanted:
        findings = [finding_json(one) for one in error.findings]
        context.output.data(
            {**_numbers([error.gone, error.kept]), "refused": True, "findings": findings}
        )
        return

    def show(connection: Connection) -> None:
        words = context.output.words
        gone, kept = (_record(context, connection, one) for one in (error.gone, error.kept))
        ordered = sorted(error.findings, key=lambda one: one.met)
        context.output.say("merge_refused", gone=gone, kept=kept)
        context.output.lines([_finding_line(words, one) for one in ordered])

    context.app.read(show)


def _numbers(records: Sequence[Subject]) -> dict[str, str]:
    gone, kept = (f"{one.type}:{one.id}" for one in records)
    return {"gone": gone, "kept": kept}


def _plain(
    context: Context, connection: Connection, records: Sequence[Subject], done: Merged
) -> dict[str, Any]:
    cases = _cases(context, connection, [*done.moved, *done.left])

    def places(numbers: Sequence[int]) -> list[dict[str, Any]]:
        return [
            {"place": one, "cases": [view.ref for view in cases.get(one, ())]} for one in numbers
        ]

    return {
        **_numbers(records),
        "findings": [finding_json(one) for one in done.findings],
        "moved": places(done.moved),
        "left": places(done.left),
        "cases": [_change(one) for one in done.consequences.cases],
        "notices_owed": [
            {"notice": one.notice, "stage": one.stage, "recipient": one.recipient}
            for one in done.consequences.owed
        ],
    }


def _change(one: CaseChange) -> dict[str, Any]:
    return {
        "case": one.after.ref,
        "before": one.before.state if one.before else None,
        "after": one.after.state,
        "closed_on": one.after.closed_on,
        "deadlines": [
            {
                "rule": rule,
                "before": [old.due_on, old.status] if old else None,
                "after": [new.due_on, new.status] if new else None,
            }
            for rule, old, new in one.deadlines()
        ],
    }
