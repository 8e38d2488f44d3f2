"""`lifecycle correct`: puts what was recorded right; everything that follows is shown first."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, context_of
from cli.exits import REFUSED
from lifecycle.correcting import Corrected, Correction, correct
from lifecycle.errors import CorrectionRefusedError
from wording.correction_lines import (
    aftermath_lines,
    consequence_lines,
    correction_line,
    refused_lines,
)
from wording.findings import finding_json
from wording.usage import UsageError
from workflows.aftermath import Aftermath, aftermath

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.cases import FieldValue
    from lifecycle.correcting.consequences import CasePicture, DeadlinePicture

app = typer.Typer()

ENTRY = re.compile(r"([A-Za-z]+-\d+)/(\d+)")
WITHDRAW = "withdraw"


class PreviewEndsError(Exception):
    """Carries what a preview has to say out of its transaction."""

    def __init__(self, lines: list[str], plain: dict[str, Any]) -> None:
        self.lines = lines
        self.plain = plain
        super().__init__()


@app.command("correct")
def correct_entry(  # noqa: PLR0913 - one for each option
    ctx: typer.Context,
    entry: str,
    on: Annotated[str | None, typer.Option("--on")] = None,
    field: Annotated[list[str] | None, typer.Option("--field")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw")] = False,
    also: Annotated[list[str] | None, typer.Option("--also")] = None,
    reason: Annotated[str, typer.Option()] = "",
    acting: Annotated[str | None, typer.Option("--as")] = None,
    confirm: Annotated[bool, typer.Option("--confirm")] = False,
    expect_version: Annotated[int | None, typer.Option("--expect-version", min=0)] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Corrects an entry, or shows what that would do."""
    context = context_of(ctx, json=json)
    actor, day, fields = context.actor(acting), context.day(on), context.pairs(field or [])
    others = [_also(context, one) for one in also or []]

    def act(connection: Connection) -> tuple[list[str], dict[str, Any]]:
        wanted = [_wanted(context, connection, entry, day, fields, withdraw=withdraw)]
        wanted += [_wanted(context, connection, *one[:3], withdraw=one[3]) for one in others]
        told = [correction_line(context.teller, connection, one) for one in wanted]
        version = context.teller.work(connection).case(wanted[0].case_id).version
        expected = None if expect_version is None else {wanted[0].case_id: expect_version}
        done = correct(
            connection,
            context.registry,
            context.app.clock,
            corrections=wanted,
            reason=reason,
            actor=actor,
            expected=expected,
        )
        after = aftermath(connection, context.registry, done, context.teller.today(connection))
        lines = [f"  {one}" for one in told]
        lines += consequence_lines(context.teller, connection, done.consequences)
        lines += aftermath_lines(context.teller, connection, after)
        if not confirm:
            lines.append(context.output.words("correction_confirm", version=version))
        plain = _plain(done, after, version=version, saved=confirm)
        if not confirm:
            raise PreviewEndsError(lines, plain)
        return lines, plain

    try:
        lines, plain = context.app.write(act)
    except PreviewEndsError as ended:
        lines, plain = ended.lines, ended.plain
    except CorrectionRefusedError as error:
        _refuse(context, error)
        raise typer.Exit(REFUSED) from error
    if json:
        context.output.data(plain)
        return
    context.output.say("correction_saved" if confirm else "correction_preview")
    context.output.lines(lines)


def _also(context: Context, text: str) -> tuple[str, Any, dict[str, str], bool]:
    """`MEM-301/4 on=2026-05-03 days=30`, or `MEM-301/4 withdraw`."""
    entry, *rest = text.split() or [""]
    if not rest:
        raise UsageError("bad_also", text=text)
    withdraw = rest == [WITHDRAW]
    fields = {} if withdraw else context.pairs(rest)
    return entry, context.day(fields.pop("on", None)), fields, withdraw


def _wanted(
    context: Context,
    connection: Connection,
    entry: str,
    day: Any,  # noqa: ANN401 - a day or None
    fields: dict[str, str],
    *,
    withdraw: bool,
) -> Correction:
    match = ENTRY.fullmatch(entry)
    if match is None:
        raise UsageError("bad_entry", text=entry)
    case_id = context.teller.case_id(connection, match[1])
    return Correction(case_id, int(match[2]), day, fields, withdraw)


def _refuse(context: Context, error: CorrectionRefusedError) -> None:
    if context.output.json_wanted:
        steps = [
            {
                "entry": f"{one.ref}/{one.seq}",
                "event": one.event,
                "on": one.on.isoformat(),
                "state": one.state,
                "findings": [finding_json(each) for each in one.findings],
            }
            for one in error.impossible
        ]
        context.output.data({"refused": True, "steps": steps})
        return

    def show(connection: Connection) -> None:
        context.output.lines(list(refused_lines(context.teller, connection, error.impossible)))

    context.app.read(show)


def _plain(done: Corrected, after: Aftermath, *, version: int, saved: bool) -> dict[str, Any]:
    changes = done.consequences
    return {
        "saved": saved,
        "version": version,
        "cases": [
            {
                # The number of a case that would begin is given when it is saved.
                "case": one.after.ref if saved or one.before else None,
                "before": _case(one.before),
                "after": _case(one.after),
                "fields": [
                    {"field": name, "before": _value(old), "after": _value(new)}
                    for name, old, new in one.fields()
                ],
                "deadlines": [
                    {"rule": rule, "before": _deadline(old), "after": _deadline(new)}
                    for rule, old, new in one.deadlines()
                ],
            }
            for one in changes.cases
        ],
        "notices_wrong": [
            {"notice": one.notice, "stage": one.stage, "recipient": one.recipient}
            for one in changes.wrong
        ],
        "notices_owed": [
            {"notice": one.notice, "stage": one.stage, "recipient": one.recipient}
            for one in changes.owed
        ],
        "owed": [[rule, f"{one.type}:{one.id}"] for rule, one in after.owed],
        "no_longer_owed": [[rule, f"{one.type}:{one.id}"] for rule, one in after.settled],
        "indicators": [
            {"id": new.id, "before": _figure(old), "after": _figure(new)}
            for old, new in after.figures
        ],
    }


def _figure(figure: Any) -> list[int | None]:  # noqa: ANN401 - an indicator
    return [figure.numerator, figure.denominator]


def _case(picture: CasePicture | None) -> dict[str, Any] | None:
    if picture is None:
        return None
    states = [
        [one.state, one.from_on.isoformat(), one.until_on.isoformat() if one.until_on else None]
        for one in picture.spans
    ]
    return {"state": picture.state, "states": states}


def _value(value: FieldValue) -> Any:  # noqa: ANN401 - JSON
    return value.isoformat() if isinstance(value, date) else value


def _deadline(picture: DeadlinePicture | None) -> dict[str, Any] | None:
    if picture is None:
        return None
    return {
        "due": picture.due_on.isoformat(),
        "status": picture.status,
        "provisional": picture.provisional,
    }
