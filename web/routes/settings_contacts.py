"""Mail addresses, and what the free texts of lists mean for a home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.cases import Subject
from lifecycle.errors import LifecycleError
from web.forms import day_of, text_of
from web.problems import status_of
from web.render import page
from web.routes.settings_users import told
from web.sitting import form_of, sitting_of
from web.views.recipients import recipients_named
from web.views.settings import tabs_of, unit_names
from wording.references import body_named
from wording.usage import UsageError
from workflows.byhand import add_contact
from workflows.contacts import addresses, owner_in_sight, waiting_for_address
from workflows.homes import aliases, decide_home, waiting_homes
from workflows.naming import names_of
from workflows.subjects import BODY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sqlalchemy import Connection

    from web.sitting import Sitting

router = APIRouter()

PAGE = 50
LONGEST_HOME = 200


@router.get("/settings/addresses")
def address_list(
    request: Request,
    q: str = "",
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """Who can be reached where, those without an address first."""
    return _addresses(request, q.strip()[:100], number)


def _addresses(
    request: Request, q: str = "", number: int = 1, error: LifecycleError | None = None
) -> Response:
    sitting = sitting_of(request)

    def read(connection: Connection) -> Mapping[str, Any]:
        offset = (number - 1) * PAGE
        rows = addresses(connection, sitting.scope, q, PAGE + 1, offset)
        waiting = waiting_for_address(connection, sitting.scope)
        names = recipients_named(connection, sitting, [one.recipient for one in waiting])
        told_ = [(names[one.recipient], one.waiting) for one in waiting]
        return {"rows": rows[:PAGE], "more": len(rows) > PAGE, "waiting": told_}

    form = getattr(request.state, "form", {})
    return page(
        request,
        "settings_addresses.html",
        200 if error is None else status_of(error),
        tabs=tabs_of(sitting),
        q=q,
        number=number,
        problem=told(request, error),
        typed={name: str(form.get(name, "")) for name in ("owner", "mail", "since")},
        **sitting.desk.read(read),
    )


@router.post("/settings/addresses")
def set_address(request: Request) -> Response:
    """Gives a unit or an organization in sight an address; waiting notices then go out."""
    sitting, form = sitting_of(request), form_of(request)

    def act(connection: Connection) -> None:
        mail = text_of(form, "mail", 250)
        if "@" not in mail.strip("@") or len(mail.split()) != 1:
            raise UsageError("bad_mail")
        owner = owner_in_sight(connection, sitting.scope, text_of(form, "owner", 200))
        work = sitting.teller.work(connection, _actor(sitting, owner))
        since = day_of(form, "since") or work.today
        add_contact(work, f"{owner.type}:{owner.id}", mail, since)

    try:
        sitting.desk.write(act)
    except LifecycleError as error:
        return _addresses(request, error=error)
    return RedirectResponse("/settings/addresses", 303)


def _actor(sitting: Sitting, owner: Subject | None = None) -> Any:  # noqa: ANN401 - an Actor
    """The reader, in the roles held at a unit, or at the first at which any is held."""
    if owner is not None and owner.type == "unit":
        return sitting.actor_at(owner.id)
    tops = [one.granted_at for one in sitting.seat.holdings]
    return sitting.actor_at(next((one for one in tops if one is not None), None))


@router.get("/settings/aliases")
def alias_list(request: Request) -> Response:
    """The texts for a home that wait for a decision, and what was decided."""
    return _aliases(request)


def _aliases(request: Request, error: LifecycleError | None = None) -> Response:
    sitting = sitting_of(request)

    def read(connection: Connection) -> Mapping[str, Any]:
        known = aliases(connection)
        names = names_of(connection, [Subject(BODY, one.body_id) for one in known])
        return {
            "waiting": waiting_homes(connection, sitting.scope),
            "known": [
                (one.text, names.get(Subject(BODY, one.body_id), ""), one.from_on) for one in known
            ],
            "units": unit_names(connection),
        }

    form = getattr(request.state, "form", {})
    return page(
        request,
        "settings_aliases.html",
        200 if error is None else status_of(error),
        tabs=tabs_of(sitting),
        problem=told(request, error),
        typed={name: str(form.get(name, "")) for name in ("text", "body")},
        **sitting.desk.read(read),
    )


@router.post("/settings/aliases")
def decide(request: Request) -> Response:
    """Says what Party body a text means; members with it are named at once."""
    sitting, form = sitting_of(request), form_of(request)

    def act(connection: Connection) -> None:
        text = text_of(form, "text", LONGEST_HOME)
        if text not in {one.home_text for one in waiting_homes(connection, sitting.scope)}:
            raise UsageError("home_not_waiting", text=text)
        body_id = body_named(connection, text_of(form, "body", 200))
        decide_home(sitting.teller.work(connection, _actor(sitting)), text, body_id)

    try:
        sitting.desk.write(act)
    except LifecycleError as error:
        return _aliases(request, error)
    return RedirectResponse("/settings/aliases", 303)
