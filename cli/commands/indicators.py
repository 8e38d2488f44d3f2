"""`lifecycle indicators`: I1 to I16 on any day, what stands behind them, and freezing them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, context_of
from cli.lookback import knowledge
from lifecycle.access import Role
from lifecycle.cases import Subject
from wording.usage import UsageError
from workflows.byhand import find_unit
from workflows.indicators.definitions import reasons
from workflows.indicators.drilling import drill, reference_names, references_of
from workflows.indicators.monthly import cross_table, month_days
from workflows.indicators.places import places_in
from workflows.indicators.reporting import report
from workflows.indicators.snapshots import FreezeReasonError, freeze
from workflows.indicators.table import REASON_LENGTH
from workflows.indicators.workbook import write_workbook
from workflows.naming import names_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workflows.indicators.figures import Indicator, Report
    from workflows.indicators.monthly import CrossTable

app = typer.Typer()

COLUMNS = (
    "indicator",
    "label",
    "numerator",
    "denominator",
    "percent",
    "target",
    "verdict",
    "clause",
)
DRILL_COLUMNS = ("indicator", "row", "name", "counted", "remark")
MONTH_COLUMNS = ("county", "kind", "state", "count", "change")


@app.command()
def indicators(  # noqa: PLR0913 - one command, many ways to look at the same figures
    ctx: typer.Context,
    as_of: Annotated[str | None, typer.Option()] = None,
    known_on: Annotated[str | None, typer.Option()] = None,
    since: Annotated[str | None, typer.Option()] = None,
    unit: Annotated[str | None, typer.Option()] = None,
    month: Annotated[str | None, typer.Option()] = None,
    drill_into: Annotated[str | None, typer.Option("--drill")] = None,
    excel: Annotated[Path | None, typer.Option(dir_okay=False)] = None,
    freeze_now: Annotated[bool, typer.Option("--freeze")] = False,
    reason: Annotated[str | None, typer.Option()] = None,
    acting: Annotated[str | None, typer.Option("--as")] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
    limit: Annotated[int, typer.Option(min=1)] = 200,
) -> None:
    """Computes the indicators on a day."""
    context = context_of(ctx, json=json)
    if month is not None:
        _show_month(context, month, unit)
        return
    asked = _Asked(context, context.day(as_of), context.day(known_on), context.day(since), unit)
    if freeze_now and asked.since is not None:
        raise UsageError("freeze_since")
    if freeze_now and asked.known_on is not None:
        raise UsageError("freeze_known")
    if freeze_now:
        _freeze(asked, reason, acting)
        return
    found = context.app.read(asked.report)
    if excel is not None:
        _write(asked, found, excel)
    elif drill_into is not None:
        _show_rows(asked, found, drill_into, limit)
    else:
        _show(asked, found)


@dataclass(slots=True)
class _Asked:
    """What the arguments ask for."""

    context: Context
    as_of: date | None
    known_on: date | None
    since: date | None
    unit: str | None

    def report(self, connection: Connection) -> Report:
        """The figures of the unit on the day, which is today unless another is named."""
        context = self.context
        known_at = knowledge(context, connection, self.known_on)
        on = self.as_of or self.known_on or context.teller.today(connection)
        if self.since is not None and self.since > on:
            raise UsageError("bad_since", since=self.since, on=on)
        return report(
            connection,
            context.registry,
            on,
            find_unit(connection, self.unit) if self.unit else None,
            since=self.since,
            known_at=known_at,
        )

    def days(self, found: Report) -> dict[str, str]:
        """The day, and the day on which that was known where one is named."""
        known = {"known_on": self.known_on.isoformat()} if self.known_on else {}
        return {"as_of": found.as_of.isoformat(), **known}

    def place(self, connection: Connection, unit_id: int | None) -> str:
        """What the jurisdiction is called."""
        if unit_id is None:
            return self.context.output.words("everywhere")
        subject = Subject("unit", unit_id)
        return names_of(connection, [subject]).get(subject, "")


def _show(asked: _Asked, found: Report) -> None:
    output = asked.context.output
    if output.json_wanted:
        output.data(_report_json(asked, found))
        return
    if asked.known_on is not None:
        output.say("past_view", **asked.days(found))
    words = output.words
    place = asked.context.app.read(lambda connection: asked.place(connection, found.unit_id))
    output.say("indicators_head", place=place, on=found.as_of, since=found.period.first)
    output.say("indicators_stages", days=words.listed(day.isoformat() for day in found.stages))
    output.table(COLUMNS, [_row(asked.context, one) for one in found.figures])
    for one in found.figures:
        for reason, listed in one.listed().items():
            why = words.label(reasons()[reason])
            output.say("indicator_beside", indicator=one.id, why=why, count=len(listed))


def _row(context: Context, one: Indicator) -> dict[str, Any]:
    words, target = context.output.words, one.target
    aimed = None
    if target is not None:
        sign = "%" if target.percent else ""
        aimed = f"{target.value}{sign} {target.on or ''}".strip()
    return {
        "indicator": one.id,
        "label": words.label(one.label),
        "numerator": one.numerator,
        "denominator": one.denominator,
        "percent": f"{one.percent}%" if one.percent else None,
        "target": aimed,
        "verdict": words(f"verdict_{one.verdict}") if one.verdict else None,
        "clause": " ".join(one.cite),
    }


def _report_json(asked: _Asked, found: Report) -> dict[str, Any]:
    return {
        **asked.days(found),
        "since": found.period.first.isoformat(),
        "unit": f"unit:{found.unit_id}" if found.unit_id is not None else None,
        "stages": [day.isoformat() for day in found.stages],
        "figures": [one.plain() for one in found.figures],
    }


def _show_rows(asked: _Asked, found: Report, name: str, limit: int) -> None:
    context = asked.context
    output, words = context.output, context.output.words
    figures = found.matching(name)
    if not figures:
        known = ", ".join(one.id for one in found.figures)
        raise UsageError("bad_indicator", text=name, known=known)
    rows = [row for one in figures for row in drill(one)]
    shown = rows if output.json_wanted else rows[:limit]
    names = context.app.read(
        lambda connection: reference_names(connection, {row.reference for row in shown})
    )
    told: list[dict[str, Any]] = [
        {
            "indicator": row.indicator,
            "row": row.reference,
            "name": names.get(row.reference),
            "counted": row.counted if output.json_wanted else words.value(row.counted),
            "remark": list(row.reasons)
            if output.json_wanted
            else words.listed(words.label(reasons()[one]) for one in row.reasons),
        }
        for row in shown
    ]
    output.rows(DRILL_COLUMNS, told)
    output.more(len(rows), limit)


def _write(asked: _Asked, found: Report, path: Path) -> None:
    output = asked.context.output

    def read(connection: Connection) -> tuple[str, dict[str, str]]:
        place = asked.place(connection, found.unit_id) if found.unit_id is not None else ""
        return place, reference_names(connection, references_of(found.figures))

    place, names = asked.context.app.read(read)
    write_workbook(path, found, jurisdiction=place, names=names, language=output.words.language)
    if output.json_wanted:
        output.data({**_report_json(asked, found), "file": str(path)})
    else:
        output.say("indicators_written", file=path)


def _freeze(asked: _Asked, reason: str | None, acting: str | None) -> None:
    context = asked.context
    actor = context.actor(acting)
    if Role.ORG_DEPT_OFFICER not in actor.roles:
        raise UsageError("freeze_role", role=Role.ORG_DEPT_OFFICER.value)
    if reason is not None and len(reason) > REASON_LENGTH:
        raise UsageError("reason_too_long", limit=REASON_LENGTH)

    def write(connection: Connection) -> dict[str, Any]:
        today = context.teller.today(connection)
        day = asked.as_of or today
        if day > today:
            raise UsageError("freeze_future", day=day)
        unit_id = find_unit(connection, asked.unit) if asked.unit else _only_city(connection)
        found = report(connection, context.registry, day, unit_id)
        now = context.app.clock.now(connection)
        kept = freeze(connection, found, now=now, by=actor.id, reason=reason)
        return {
            "unit": asked.place(connection, unit_id),
            "as_of": kept.as_of.isoformat(),
            "version": kept.version,
            "stage": kept.stage,
            "new": kept.is_new,
        }

    try:
        told = context.app.write(write)
    except FreezeReasonError as error:
        raise UsageError("freeze_reason", day=error.as_of, version=error.version) from None
    if context.output.json_wanted:
        context.output.data(told)
    else:
        context.output.say("frozen" if told["new"] else "frozen_before", **told)


def _only_city(connection: Connection) -> int:
    found = places_in(connection).jurisdictions()
    roots = [one.id for one in found if one.parent_id is None]
    if len(roots) != 1:
        raise UsageError("freeze_unit")
    return roots[0]


def _show_month(context: Context, month: str, unit: str | None) -> None:
    begins = context.day(f"{month}-01")
    if begins is None:
        raise UsageError("bad_date", text=month)

    def read(connection: Connection) -> tuple[CrossTable, dict[int, str]]:
        days = month_days(begins, context.teller.today(connection))
        unit_id = find_unit(connection, unit) if unit else None
        table = cross_table(connection, *days, unit_id)
        subjects = [Subject("unit", one.county_id) for one in table.cells if one.county_id]
        return table, {one.id: name for one, name in names_of(connection, subjects).items()}

    table, names = context.app.read(read)
    output = context.output
    plain = output.json_wanted
    if not plain:
        output.say("month_head", on=table.on, before=table.before)
    output.rows(
        MONTH_COLUMNS,
        [
            {
                "county": names.get(one.county_id or 0),
                "kind": one.kind if plain else output.words.value(one.kind),
                "state": one.state if plain else _state(context, one.state),
                "count": one.count,
                "change": one.change if plain else f"{one.change:+d}",
            }
            for one in table.cells
        ],
    )


def _state(context: Context, state: str | None) -> str:
    words = context.output.words
    if state is None:
        return words("no_case")
    return words.label(context.teller.workflow("organization_coverage").states[state].label)
