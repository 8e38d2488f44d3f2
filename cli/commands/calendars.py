"""`lifecycle calendar`: the holidays that are loaded, and loading a year once it is published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, context_of
from cli.exits import REFUSED
from lifecycle.access import Role
from lifecycle.calendars import read_years
from lifecycle.changing_policy import load_year
from lifecycle.workdays import MAKEUP
from wording.rendering import due_day
from wording.usage import UsageError
from workflows.holidays import read_year

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.changing_policy import Loading
    from lifecycle.recomputing import Move
    from lifecycle.workdays import CalendarYear

calendar = typer.Typer()
app = typer.Typer()
app.add_typer(calendar, name="calendar")

Row = dict[str, Any]
YEAR_COLUMNS = ("year", "notice", "days_off", "makeup", "source", "version")
DAY_COLUMNS = ("date", "weekday", "arrangement")
MOVE_COLUMNS = ("case", "rule", "deadline", "status", "before", "after")


@calendar.command("import")
def import_year(
    ctx: typer.Context,
    file: Path,
    acting: Annotated[str | None, typer.Option("--as")] = None,
    confirm: Annotated[bool, typer.Option("--confirm")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Loads a year; where deadlines change, lists them first and waits for a confirmation."""
    context = context_of(ctx, json=json)
    actor = context.actor(acting)
    if Role.ORG_DEPT_OFFICER not in actor.roles:
        raise UsageError("calendar_role")
    given = read_year(file)
    loading = context.app.write(
        lambda connection: load_year(
            context.teller.work(connection, actor), given, confirmed=confirm
        )
    )
    if json:
        context.output.data(_loading_json(loading))
    else:
        _tell(context, loading)
    if not loading.done:
        raise typer.Exit(REFUSED)


def _tell(context: Context, loading: Loading) -> None:
    out, given = context.output, loading.given
    if loading.is_known:
        out.say("calendar_known", year=given.year)
        return
    _tell_change(context, loading)
    if loading.moves:
        out.say("calendar_moves", count=len(loading.moves))
        out.table(MOVE_COLUMNS, [_move_row(context, one) for one in loading.moves])
    if not loading.done:
        out.say("calendar_confirm")
        return
    if loading.moves:
        out.say("calendar_moved", count=len(loading.moves))
    out.say("calendar_stored", **_counts(given))


def _tell_change(context: Context, loading: Loading) -> None:
    """The notice; of a later one, every day that it arranges otherwise."""
    out, given, loaded = context.output, loading.given, loading.loaded
    if loaded is None or loaded == given:
        out.say("calendar_new", year=given.year, notice=given.notice)
        return
    out.say("calendar_later", year=given.year, before=loaded.notice, notice=given.notice)
    for day in loading.changed_days:
        before, after = (_arrangement(context, one.reason(day)) for one in (loaded, given))
        out.say("calendar_changed_day", day=out.words.dated(day), before=before, after=after)


def _arrangement(context: Context, reason: str | None) -> str:
    """What a notice says of a day, in the reader's language."""
    words = context.output.words
    if reason is None:
        return words("calendar_ordinary")
    if reason == MAKEUP:
        return words("calendar_makeup")
    return words.section("holidays").get(reason, reason)


def _counts(given: CalendarYear) -> Row:
    return {"year": given.year, "days_off": len(given.holidays), "makeup": len(given.makeup)}


def _move_row(context: Context, one: Move) -> Row:
    words = context.output.words
    return {
        "case": one.case,
        "rule": one.rule,
        "deadline": one.row.id,
        "status": words.value(one.row.status.value),
        "before": due_day(words, one.before, provisional=one.row.provisional),
        "after": due_day(words, one.after, provisional=one.change.provisional),
    }


def _loading_json(loading: Loading) -> Row:
    given, loaded = loading.given, loading.loaded
    return {
        **_counts(given),
        "notice": given.notice,
        "version": given.digest,
        "replaces": loaded.notice if loaded and loaded != given else None,
        "changed_days": [
            {"date": day.isoformat(), "before": loaded.reason(day), "after": given.reason(day)}
            for day in loading.changed_days
            if loaded
        ],
        "moves": [_move_json(one) for one in loading.moves],
        "known": loading.is_known,
        "done": loading.done,
    }


def _move_json(one: Move) -> Row:
    return {
        "case": one.case,
        "rule": one.rule,
        "deadline": one.row.id,
        "status": one.row.status.value,
        "before": one.before.isoformat(),
        "after": one.after.isoformat(),
        "provisional_before": one.row.provisional,
        "provisional_after": one.change.provisional,
    }


@calendar.command("list")
def list_years(
    ctx: typer.Context,
    year: Annotated[int | None, typer.Option()] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Lists the years that are loaded; with a year, every day that its notice arranges."""
    context = context_of(ctx, json=json)
    if year is None:
        rows = context.app.read(lambda connection: _year_rows(context, connection))
        context.output.rows(YEAR_COLUMNS, rows)
        return
    calendars = context.registry.rest_days.calendars
    if year not in calendars:
        known = context.output.words.listed(map(str, sorted(calendars)))
        raise UsageError("calendar_year_unknown", year=year, known=known)
    context.output.rows(DAY_COLUMNS, _day_rows(context, calendars[year]))


def _year_rows(context: Context, connection: Connection) -> list[Row]:
    plain, words = context.output.json_wanted, context.output.words
    stored = {one.year for one in read_years(connection)}
    rows = []
    for year, one in sorted(context.registry.rest_days.calendars.items()):
        source = "database" if year in stored else "package"
        told = source if plain else words(f"calendar_{source}")
        rows.append({**_counts(one), "notice": one.notice, "source": told, "version": one.digest})
    return rows


def _day_rows(context: Context, one: CalendarYear) -> list[Row]:
    plain = context.output.json_wanted
    return [
        {
            "date": day.isoformat(),
            "weekday": day.isoweekday() if plain else context.output.words.weekday(day),
            "arrangement": one.reason(day) if plain else _arrangement(context, one.reason(day)),
        }
        for day in sorted({*one.holidays, *one.makeup})
    ]
