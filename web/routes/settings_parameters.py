"""The numbers of the rules: what holds since when and where, and setting one anew."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.access import Role
from lifecycle.changing_policy import UnconfirmedError, change_value
from lifecycle.errors import LifecycleError
from lifecycle.parameters import ParameterValueError, read_value
from lifecycle.policy import Dated
from web.forms import day_of, text_of
from web.problems import status_of
from web.render import page
from web.routes.settings_users import told
from web.sitting import form_of, sitting_of
from web.views.policy import moves_by_case, parameter_rows
from web.views.settings import tabs_of, unit_names
from wording.usage import UsageError
from workflows.byhand import find_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from lifecycle.policy import Parameter
    from lifecycle.recomputing import Move
    from web.sitting import Sitting

router = APIRouter()

TYPED = ("value", "since", "unit", "everywhere")


@router.get("/settings/parameters")
def parameters(request: Request, q: str = "") -> Response:
    """Every parameter with its values by date and unit."""
    sitting = sitting_of(request)
    rows = sitting.desk.read(lambda c: parameter_rows(c, sitting, q.strip()[:100]))
    return page(request, "settings_parameters.html", tabs=tabs_of(sitting), rows=rows, q=q)


@router.get("/settings/parameters/{name}")
def parameter(request: Request, name: str) -> Response:
    """One parameter; the organization department may set it anew."""
    return _parameter(request, name)


def _declared(sitting: Sitting, name: str) -> Parameter:
    found = sitting.teller.registry.policy.parameters.get(name)
    if found is None:
        raise HTTPException(404)
    return found


def _parameter(
    request: Request,
    name: str,
    *,
    moves: Sequence[Move] | None = None,
    error: LifecycleError | None = None,
) -> Response:
    sitting = sitting_of(request)
    _declared(sitting, name)
    rows, units = sitting.desk.read(
        lambda c: (parameter_rows(c, sitting, named=name), list(unit_names(c)))
    )
    form = getattr(request.state, "form", {})
    own = moves or ()
    return page(
        request,
        "settings_parameter.html",
        200 if error is None else status_of(error),
        tabs=tabs_of(sitting),
        row=rows[0],
        units=units,
        may=sitting.may(Role.ORG_DEPT_OFFICER),
        previewed=moves is not None,
        count=len(own),
        moves=moves_by_case(sitting, own),
        problem=told(request, error),
        typed={one: str(form.get(one, "")) for one in TYPED},
    )


@router.post("/settings/parameters/{name}")
def set_parameter(request: Request, name: str) -> Response:
    """Shows which open deadlines would move, or sets the value."""
    sitting, form = sitting_of(request), form_of(request)
    declared = _declared(sitting, name)
    confirmed = text_of(form, "_do") == "save"

    def act(connection: Connection) -> list[Move]:
        # On rules of its own: what is only tried must not be what others reckon by meanwhile.
        teller = replace(sitting.teller, registry=copy(sitting.teller.registry))
        dated = _dated(connection, sitting, declared, request)
        work = teller.work(connection, sitting.actor_at(dated.unit_id))
        found = change_value(work, declared, dated, confirmed=confirmed)
        if not confirmed:
            raise UnconfirmedError(found)
        return found

    try:
        sitting.desk.write(act)
    except UnconfirmedError as unsaved:
        return _parameter(request, name, moves=unsaved.found)
    except LifecycleError as error:
        return _parameter(request, name, error=error)
    sitting.desk.read(sitting.teller.registry.refresh_policy)
    return RedirectResponse(f"/settings/parameters/{name}", 303)


def _dated(
    connection: Connection, sitting: Sitting, declared: Parameter, request: Request
) -> Dated:
    """What was typed: a value, from a day, for a unit of the reader's or for everybody.

    Raises:
        UsageError: the value or the day cannot be read, or the unit is not the reader's.
    """
    form = form_of(request)
    since, named = day_of(form, "since"), text_of(form, "unit", 200)
    everywhere = text_of(form, "everywhere") == "yes"
    if since is None:
        raise UsageError("bad_date", text="")
    if bool(named) is everywhere:
        raise UsageError("unit_or_everywhere")
    unit_id = find_unit(connection, named) if named else None
    if not sitting.scope.covers(unit_id):
        raise UsageError("unit_outside" if named else "everybody_outside", name=named)
    try:
        value = read_value(declared, text_of(form, "value"))
    except ParameterValueError as error:
        wanted = " / ".join(declared.choices) or sitting.teller.words.section(
            "parameter_forms"
        ).get(declared.type, "")
        raise UsageError("bad_value", name=error.parameter, wanted=wanted) from error
    return Dated(since, value, unit_id)
