"""`lifecycle user`: accounts and their roles, for who runs the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, context_of
from lifecycle.access import Role
from lifecycle.accounts import people
from lifecycle.accounts.grants import grant, grants_of, revoke
from lifecycle.cases import Subject
from wording.usage import UsageError
from workflows.byhand import find_unit
from workflows.naming import names_of
from workflows.subjects import UNIT

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer()
user = typer.Typer()
app.add_typer(user, name="user")

COLUMNS = ("login", "name", "role", "unit", "from", "until", "grant")
OPERATOR = "command line"
GRANTABLE = tuple(one.value for one in Role if one is not Role.SCHEDULER)


@user.command("list")
def list_users(ctx: typer.Context, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Lists the accounts with the roles that they hold."""
    context = context_of(ctx, json=json)
    context.output.rows(COLUMNS, context.app.read(lambda one: _rows(context, one)))


def _rows(context: Context, connection: Connection) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    today = context.teller.today(connection)
    words = context.output.words
    for one in people.accounts(connection):
        base: dict[str, Any] = {"login": one.login, "name": one.name}
        held = grants_of(connection, one.id, today)
        names = names_of(connection, [Subject(UNIT, g.unit_id) for g in held if g.unit_id])
        if one.disabled or not held:
            rows.append(base | {"role": words("user_disabled") if one.disabled else None})
            continue
        rows += [
            base
            | {
                "role": g.role.value if context.output.json_wanted else words.role(g.role),
                "unit": names.get(Subject(UNIT, g.unit_id)) if g.unit_id else words("user_all"),
                "from": g.from_on.isoformat(),
                "until": g.until_on.isoformat() if g.until_on else None,
                "grant": g.id,
            }
            for g in held
        ]
    return rows


@user.command("add")
def add_user(ctx: typer.Context, login: str, name: Annotated[str, typer.Option()] = "") -> None:
    """Makes an account and prints its one-time password."""
    context = context_of(ctx)

    def make(connection: Connection) -> str:
        now = context.app.clock.now(connection)
        return people.create_account(connection, login=login, name=name, by=OPERATOR, now=now)

    context.output.say("user_made", login=login, password=context.app.write(make))


@user.command("grant")
def grant_role(
    ctx: typer.Context,
    login: str,
    role: str,
    unit: Annotated[str | None, typer.Option()] = None,
    on: Annotated[str | None, typer.Option("--from")] = None,
    until: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Grants a role for a unit and all below it."""
    context = context_of(ctx)
    first, last = context.day(on), context.day(until)
    if role not in GRANTABLE:
        raise UsageError("bad_role", text=role, roles=", ".join(GRANTABLE))

    def make(connection: Connection) -> None:
        grant(
            connection,
            account_id=people.account_of(connection, login).id,
            role=role,
            unit_id=find_unit(connection, unit) if unit else None,
            from_on=first or context.teller.today(connection),
            until_on=last,
            by=OPERATOR,
            now=context.app.clock.now(connection),
        )

    context.app.write(make)
    context.output.say("user_granted", login=login, role=context.output.words.role(role))


@user.command("revoke")
def revoke_role(ctx: typer.Context, number: int) -> None:
    """Ends a grant; the next request of the account is without it."""
    context = context_of(ctx)

    def end(connection: Connection) -> None:
        now = context.app.clock.now(connection)
        today = context.teller.today(connection)
        revoke(connection, number, on=today, by=OPERATOR, now=now)

    context.app.write(end)
    context.output.say("user_revoked", number=number)


@user.command("password")
def new_password(ctx: typer.Context, login: str) -> None:
    """Gives an account a new one-time password and ends its sessions."""
    context = context_of(ctx)

    def renew(connection: Connection) -> str:
        return people.reset_password(connection, people.account_of(connection, login).id)

    context.output.say("user_made", login=login, password=context.app.write(renew))


@user.command("disable")
def disable_user(ctx: typer.Context, login: str) -> None:
    """Shuts an account out from its next request on."""
    context = context_of(ctx)

    def shut(connection: Connection) -> None:
        number = people.account_of(connection, login).id
        people.disable(connection, number, context.app.clock.now(connection))

    context.app.write(shut)
    context.output.say("user_shut", login=login)
