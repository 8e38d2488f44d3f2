"""`lifecycle parameters` and `lifecycle parameter`: the numbers of the rules, and changing one."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, context_of
from cli.exits import REFUSED
from lifecycle.access import Role
from lifecycle.cases import Subject
from lifecycle.changing_policy import UnconfirmedError, change_value
from lifecycle.parameters import ParameterValueError, read_value
from lifecycle.policy import Dated
from wording.usage import UsageError
from workflows.byhand import find_unit
from workflows.subjects import UNIT

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from lifecycle.policy import Parameter
    from lifecycle.recomputing import Move

app = typer.Typer()

MOST = 20
"""How many moves are told one by one."""

NEAR = 6
"""How many parameters are named that may have been meant."""

COLUMNS = ("parameter", "meaning", "value", "from", "unit", "clause")


@app.command()
def parameters(
    ctx: typer.Context,
    on: Annotated[str | None, typer.Option("--on")] = None,
    unit: Annotated[str | None, typer.Option()] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Lists the parameters of the rules as they stand on a day, here or at a unit."""
    context = context_of(ctx, json=json)
    day = context.day(on)
    rows = context.app.read(lambda connection: _rows(context, connection, day, unit))
    context.output.rows(COLUMNS, rows)


def _rows(
    context: Context, connection: Connection, day: date | None, unit: str | None
) -> list[dict[str, Any]]:
    words, policy = context.output.words, context.registry.policy
    units = policy.ancestors(find_unit(connection, unit)) if unit else ()
    found = []
    for one in policy.parameters.values():
        dated = one.in_force(day or context.teller.today(connection), units)
        found.append(
            {
                "parameter": one.id,
                "meaning": one.name if context.output.json_wanted else words.label(one.label),
                "value": _shown(context, dated.value),
                "from": dated.from_on.isoformat(),
                "unit": _unit(context, connection, dated.unit_id),
                "clause": " ".join(one.cite),
            }
        )
    return found


def _shown(context: Context, value: object) -> str:
    if isinstance(value, bool) and not context.output.json_wanted:
        return context.output.words.value(value)
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _unit(context: Context, connection: Connection, unit_id: int | None) -> int | str | None:
    """The unit that set a value: its number for programs, its name for people."""
    if unit_id is None or context.output.json_wanted:
        return unit_id
    return context.teller.subject_name(connection, Subject(UNIT, unit_id))


# The days of P38 begin with a minus; the program takes no option by one letter.
@app.command(context_settings={"ignore_unknown_options": True})
def parameter(
    ctx: typer.Context,
    name: str,
    value: str,
    since: Annotated[str, typer.Option("--from")],
    unit: Annotated[str | None, typer.Option()] = None,
    acting: Annotated[str | None, typer.Option("--as")] = None,
    confirm: Annotated[bool, typer.Option("--confirm")] = False,
) -> None:
    """Sets a parameter from a day on, for everybody or for a unit and all below it."""
    context = context_of(ctx)
    actor, day = context.actor(acting), context.day(since)
    if Role.ORG_DEPT_OFFICER not in actor.roles:
        raise UsageError("parameter_role")
    if day is None:
        raise UsageError("bad_date", text=since)
    declared = _declared(context, name)
    try:
        typed = read_value(declared, value)
    except ParameterValueError as error:
        wanted = _wanted(context, declared)
        raise UsageError("bad_value", name=error.parameter, wanted=wanted) from error

    def act(connection: Connection) -> list[Move]:
        unit_id = find_unit(connection, unit) if unit else None
        work = context.teller.work(connection, actor)
        return change_value(work, declared, Dated(day, typed, unit_id), confirmed=confirm)

    try:
        moved = context.app.write(act)
    except UnconfirmedError as error:
        context.app.read(context.registry.refresh_policy)
        context.output.say("parameter_past", since=day)
        _tell(context, error.found, "parameter_moves")
        context.output.say("parameter_unsaved")
        raise typer.Exit(REFUSED) from None
    _tell(context, moved, "parameter_moved")
    shown = _shown(context, typed)
    context.output.say("parameter_set", name=declared.id, value=shown, since=day)


def _declared(context: Context, given: str) -> Parameter:
    """The parameter of that id or name.

    Raises:
        UsageError: there is none; those that are meant perhaps are named.
    """
    words, parameters = context.output.words, context.registry.policy.parameters
    by_name = {one.name: one for one in parameters.values()}
    found = parameters.get(given) or parameters.get(given.upper()) or by_name.get(given.lower())
    if found is not None:
        return found
    labels = {words.label(one.label): one.id for one in parameters.values()}
    near = [name for name in parameters if name.partition(".")[0] == given.upper()]
    near += [number for label, number in labels.items() if given in label]
    near += get_close_matches(given.upper(), parameters, n=3)
    near += [by_name[name].id for name in get_close_matches(given.lower(), by_name, n=3)]
    told = [f"{one} {words.label(parameters[one].label)}" for one in dict.fromkeys(near)]
    if told:
        raise UsageError("near_parameter", text=given, known=words.listed(told[:NEAR]))
    raise UsageError("bad_parameter", text=given)


def _wanted(context: Context, declared: Parameter) -> str:
    """What a value of the parameter looks like, in the reader's language."""
    if declared.choices:
        return " / ".join(declared.choices)
    forms = context.output.words.section("parameter_forms")
    return forms.get(declared.type, forms["count"])


def _tell(context: Context, found: list[Move], key: str) -> None:
    if not found:
        return
    words, out = context.output.words, context.output
    out.say(key, count=len(found))
    for one in found[:MOST]:
        out.line(f"  {one.rule} {one.before} → {one.after} ({one.case})")
    if len(found) > MOST:
        out.line(words("more", limit=MOST))
