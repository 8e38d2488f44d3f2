"""Entering the register by hand: organizations, units, contacts, counts, members, employments."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from fastapi import APIRouter
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle import engine
from lifecycle.cases import Subject
from lifecycle.errors import LifecycleError
from web import entries
from web.entries import Entering
from web.looking import note
from web.numbers import Number
from web.people import own_places
from web.problems import status_of
from web.render import page
from web.sitting import form_of, sitting_of
from web.typed import Given, TypedWrongError, without_identity_numbers
from web.views import entry as forms
from web.views.person import person_page
from wording.problems import sentence_of
from workflows import files
from workflows.naming import names_of
from workflows.subjects import ORGANIZATION, UNIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.store.hot import Record
    from lifecycle.work import Written
    from web.sitting import Sitting
    from web.views.entry import Form

    Prepare = Callable[[Connection], tuple[Form, Callable[[Entering], str]]]
    """Reads what the form is about, and gives the form with what stores it."""

router = APIRouter()

REQUEST = "_request"
MOST_TEXT = 2000


@router.api_route("/entry/organization", methods=["GET", "POST"])
def organization(request: Request) -> Response:
    """A new organization."""
    sitting = sitting_of(request)

    def prepare(connection: Connection) -> tuple[Form, Callable[[Entering], str]]:
        form = forms.organization_form(sitting, _units(connection, sitting))
        return form, entries.add_organization

    return _enter(request, prepare)


@router.api_route("/entry/unit", methods=["GET", "POST"])
def unit(request: Request) -> Response:
    """A new unit."""
    sitting = sitting_of(request)

    def prepare(connection: Connection) -> tuple[Form, Callable[[Entering], str]]:
        return forms.unit_form(sitting, _units(connection, sitting)), entries.add_unit

    return _enter(request, prepare)


@router.api_route("/entry/contact", methods=["GET", "POST"])
def unit_contact(request: Request) -> Response:
    """The mail address of a unit."""
    sitting = sitting_of(request)

    def prepare(connection: Connection) -> tuple[Form, Callable[[Entering], str]]:
        form = forms.unit_contact_form(sitting, _units(connection, sitting))
        return form, entries.add_unit_contact

    return _enter(request, prepare)


@router.api_route("/entry/organizations/{number}/contact", methods=["GET", "POST"])
def contact(request: Request, number: Number) -> Response:
    """The business contact of an organization."""
    sitting = sitting_of(request)

    def prepare(connection: Connection) -> tuple[Form, Callable[[Entering], str]]:
        profile = _own(connection, sitting, number)
        form = forms.contact_form(sitting, profile)
        return form, lambda entering: entries.add_contact(entering, profile)

    return _enter(request, prepare)


@router.api_route("/entry/organizations/{number}/facts", methods=["GET", "POST"])
def facts(request: Request, number: Number) -> Response:
    """Counts and other facts about an organization."""
    sitting = sitting_of(request)

    def prepare(connection: Connection) -> tuple[Form, Callable[[Entering], str]]:
        profile = _own(connection, sitting, number)
        roles = sitting.seat.roles_at(files.unit_of(profile))
        form = forms.facts_form(sitting, profile, roles)
        return form, lambda entering: entries.record_facts(entering, profile)

    return _enter(request, prepare)


@router.api_route("/entry/organizations/{number}/person", methods=["GET", "POST"])
def person(request: Request, number: Number) -> Response:
    """A member or applicant at an organization."""
    sitting = sitting_of(request)

    def prepare(connection: Connection) -> tuple[Form, Callable[[Entering], str]]:
        profile = _own(connection, sitting, number)
        form = forms.person_form(sitting, profile)
        return form, lambda entering: entries.add_person(entering, profile)

    return _enter(request, prepare)


@router.api_route("/entry/people/{number}/engagement", methods=["GET", "POST"])
def engagement(request: Request, number: Number) -> Response:
    """That a known person works at another organization too."""
    sitting = sitting_of(request)

    def prepare(connection: Connection) -> tuple[Form, Callable[[Entering], str]]:
        name, _ = _own_person(connection, sitting, number)
        form = forms.engagement_form(sitting, number, name)
        return form, lambda entering: entries.add_engagement(entering, number)

    return _enter(request, prepare, person_id=number)


@router.api_route("/entry/people/{number}/facts", methods=["GET", "POST"])
def person_facts(request: Request, number: Number) -> Response:
    """Status, home or employment of a known person."""
    sitting = sitting_of(request)

    def prepare(connection: Connection) -> tuple[Form, Callable[[Entering], str]]:
        name, places = _own_person(connection, sitting, number)
        choices = [(str(row["id"]), row["organization"] or "") for row in places]
        form = forms.person_facts_form(sitting, number, name, choices)
        return form, lambda entering: entries.record_person(entering, number, places)

    return _enter(request, prepare, person_id=number)


def _units(connection: Connection, sitting: Sitting) -> list[str]:
    """The names of the units for which one of the route's roles is held."""
    known = sitting.teller.registry.policy.parents
    own = [Subject(UNIT, one) for one in known if sitting.scope.covers(one)]
    return sorted(names_of(connection, own).values())


def _own(connection: Connection, sitting: Sitting, number: int) -> Record:
    """An organization at whose unit in charge one of the route's roles is held.

    Raises:
        HTTPException: 404, whether there is none or it is somebody else's.
    """
    profile = files.organization_seen(connection, sitting.scope, number)
    if profile is None or not sitting.scope.covers(files.unit_of(profile)):
        raise HTTPException(404)
    return profile


def _own_person(
    connection: Connection, sitting: Sitting, number: int
) -> tuple[str, Sequence[Record]]:
    """A person's name as the reader sees it, and the places in hand where the role is held.

    Raises:
        HTTPException: 404, whether there is none or it is somebody else's.
    """
    own = own_places(connection, sitting, number)
    shown = person_page(connection, sitting, number)
    if shown is None:
        raise HTTPException(404)
    return shown.name, own


def _enter(request: Request, prepare: Prepare, person_id: int | None = None) -> Response:
    """Shows a form, or stores what it brings; with every fault beside what was typed."""
    sitting = sitting_of(request)
    form, _ = sitting.desk.read(prepare)
    if person_id is not None:
        note(sitting, person_id, None, f"/people/{person_id}")
    if request.method != "POST":
        return _shown(request, form, {one.name: one.usual for one in form.fields})
    given = {name: str(text)[:MOST_TEXT] for name, text in form_of(request).items()}
    typed = {name: given.get(name, "") for name in form.labels}
    kept = without_identity_numbers(typed)
    if len(kept) < len(typed):
        refused = [sitting.teller.words("identity_number_refused")]
        return _shown(request, form, kept, refused, 400, given.get(REQUEST, ""))
    try:
        address = _stored(sitting, prepare, typed, given.get(REQUEST) or uuid4().hex)
    except (LifecycleError, IntegrityError) as error:
        told = _told(sitting, error)
        status = status_of(error)
        return _shown(request, form, typed, told, status, given.get(REQUEST, ""))
    return RedirectResponse(address, 303)


def _stored(sitting: Sitting, prepare: Prepare, typed: Mapping[str, str], click: str) -> str:
    """Stores a form in one transaction; sent twice, it is stored once."""
    request_id = f"desk:{sitting.who.account.login}:{click}"

    def act(connection: Connection) -> str:
        form, save = prepare(connection)
        earlier = engine.written_by(connection, request_id)
        if earlier:
            return _again(connection, sitting, form, earlier)
        given = Given(sitting.teller.words, typed, form.labels, sitting.today)
        return save(Entering(connection, sitting, given, request_id))

    return sitting.desk.write(act)


def _again(connection: Connection, sitting: Sitting, form: Form, earlier: Sequence[Written]) -> str:
    """Where the first click led."""
    about = sitting.work(connection).case(earlier[0].case_id).subject
    return f"/organizations/{about.id}" if about.type == ORGANIZATION else form.back


def _told(sitting: Sitting, error: Exception) -> Sequence[str]:
    if isinstance(error, TypedWrongError):
        return error.told
    return [sentence_of(error, sitting.teller.words, sitting.teller.registry) or ""]


def _shown(
    request: Request,
    form: Form,
    typed: Mapping[str, str],
    told: Sequence[str] = (),
    status: int = 200,
    click: str = "",
) -> Response:
    return page(
        request, "entry.html", status, form=form, typed=typed, told=told,
        click=click or uuid4().hex,
    )  # fmt: skip
