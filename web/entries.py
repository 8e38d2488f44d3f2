"""Storing what an entry form brings, by the services that the command line uses too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.access import Role
from lifecycle.cases import Subject
from lifecycle.errors import SubjectNotFoundError
from web.people import answered_for
from web.views.entry import (
    BODIES,
    COUNTED,
    EMPLOYMENTS,
    KINDS,
    LEVELS,
    PARTY_FACTS,
    REGISTRATION,
    STATUSES,
    UNIT_KINDS,
)
from workflows import byhand, files
from workflows.byhand import APPLICANT
from workflows.intake.cells import age_on, read_code
from workflows.intake.members import ADULT_YEARS
from workflows.people import persons_of_key
from workflows.recording import RECORDABLE, record
from workflows.subjects import ORGANIZATION, PLACE

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import Connection

    from lifecycle.store.hot import Record
    from lifecycle.work import Work
    from web.sitting import Sitting
    from web.typed import Given


@dataclass(frozen=True, slots=True)
class Entering:
    """One form that is being stored."""

    connection: Connection
    sitting: Sitting
    given: Given
    request_id: str

    def work(self, unit_id: int | None) -> Work:
        """A unit of work of the reader in the roles held at that unit."""
        actor = self.sitting.actor_at(unit_id)
        return self.sitting.teller.work(self.connection, actor, self.request_id)

    def own_unit(self, unit_id: int | None) -> None:
        """Notes a fault unless the role is held for that unit."""
        if unit_id is not None and not self.sitting.scope.covers(unit_id):
            self.given.fault("entry_not_your_unit")


def add_organization(entering: Entering) -> str:
    """An organization in one of the reader's units; its cases open by themselves."""
    given, connection = entering.given, entering.connection
    names = ("registrar", "supervisor", "township", "county")
    units = {name: given.unit(connection, name) for name in names}
    in_charge = units["supervisor"] or units["township"] or units["county"]
    if in_charge is None and not given.told:
        given.fault("entry_no_unit_in_charge")
    entering.own_unit(in_charge)
    name, kind = given.text("name", needed=True), given.choice("kind", KINDS, needed=True)
    typed, registered = given.text("credit_code", needed=True), given.day("registered_on")
    code = read_code(typed).value if typed else None
    if typed and code is None:
        given.fault("entry_bad_code")
    mail = given.mail("mail")
    body, since = _body(entering, in_charge)
    given.end()
    number = byhand.add_organization(
        entering.work(in_charge),
        name=name,
        credit_code=code or "",
        kind=kind,
        supervisor_id=units["supervisor"],
        registrar_id=units["registrar"],
        county_id=units["county"],
        township_id=units["township"],
        registered_on=registered,
        mail=mail or None,
        body=body or None,
        body_since=since,
    )
    return f"/organizations/{number}"


def _body(entering: Entering, unit_id: int | None) -> tuple[str, date | None]:
    """The Party body that it has already, which only its case officer may state."""
    if Role.CASE_OFFICER not in entering.sitting.seat.roles_at(unit_id):
        return "", None
    given = entering.given
    body = given.choice("body", BODIES)
    return body, given.day("body_since", needed=bool(body))


def add_unit(entering: Entering) -> str:
    """A unit below one of the reader's."""
    given = entering.given
    parent = given.unit(entering.connection, "parent", needed=True)
    entering.own_unit(parent)
    name = given.text("name", needed=True)
    level = given.choice("level", LEVELS, needed=True)
    kind = given.choice("kind", UNIT_KINDS, needed=True)
    mail = given.mail("mail")
    given.end()
    work = entering.work(parent)
    byhand.add_unit(work, name=name, level=level, kind=kind, parent_id=parent, mail=mail or None)
    return "/organizations"


def add_unit_contact(entering: Entering) -> str:
    """The mail address of one of the reader's units; waiting notices then go out."""
    given = entering.given
    unit = given.unit(entering.connection, "unit", needed=True)
    entering.own_unit(unit)
    mail, on = given.mail("mail", needed=True), given.day("on", needed=True)
    given.end()
    byhand.add_contact(entering.work(unit), f"unit:{unit}", mail, on or given.today)
    return "/organizations"


def add_contact(entering: Entering, profile: Record) -> str:
    """The business contact of an organization."""
    given, number = entering.given, profile["organization_id"]
    mail, on = given.mail("mail", needed=True), given.day("on", needed=True)
    given.end()
    work = entering.work(files.unit_of(profile))
    byhand.add_contact(work, f"{ORGANIZATION}:{number}", mail, on or given.today)
    return f"/organizations/{number}"


def record_facts(entering: Entering, profile: Record) -> str:
    """Counts and other facts about an organization; what is left empty stays as it was."""
    given, number, unit = entering.given, profile["organization_id"], files.unit_of(profile)
    names = [*COUNTED, *REGISTRATION]
    if Role.CASE_OFFICER in entering.sitting.seat.roles_at(unit):
        names += PARTY_FACTS
    on = given.day("on", needed=True)
    values = {name: _fact(entering, name) for name in names}
    stated = {name: value for name, value in values.items() if value}
    if not stated and not given.told:
        given.fault("entry_nothing")
    given.end()
    record(entering.work(unit), Subject(ORGANIZATION, number), stated, on or given.today)
    return f"/organizations/{number}"


def _fact(entering: Entering, name: str) -> str:
    given, spec = entering.given, RECORDABLE[name]
    if name == "network_member":
        text = given.text(name)
        return str(_organization(entering, text) or "") if text else ""
    if spec.choices:
        return given.choice(name, spec.choices)
    return given.count(name) if spec.type is int else given.text(name)


def _organization(entering: Entering, words: str) -> int | None:
    try:
        return byhand.find_organization(entering.connection, words)
    except SubjectNotFoundError:
        entering.given.fault("entry_no_organization")
        return None


def add_person(entering: Entering, profile: Record) -> str:
    """A member or applicant at an organization, with the employment there."""
    given, connection = entering.given, entering.connection
    number, unit = profile["organization_id"], files.unit_of(profile)
    name, born = given.text("name", needed=True), given.day("birth_on", needed=True)
    status = given.choice("status", STATUSES, needed=True)
    admitted, full = given.day("admitted_on"), given.day("full_since")
    if status and (admitted is None) is not (status == APPLICANT):
        given.fault("entry_admitted_or_applicant")
    if born and admitted and age_on(born, admitted) < ADULT_YEARS:
        given.fault("entry_under_age")
    home, home_text = _home(connection, given.text("home"))
    employment, since = _employed(given)
    known = None if given.told else _known(entering, name, born, admitted)
    if known is not None and not given.text("same"):
        given.fault("entry_known_person")
    given.end()
    work = entering.work(unit)
    person = known or byhand.add_person(
        work,
        name=name,
        birth_on=born,
        admitted_on=admitted,
        status=status,
        full_since=full,
        home_body_id=home,
        home_text=home_text,
    )
    _engage(work, person, number, employment, since)
    return f"/organizations/{number}"


def _known(entering: Entering, name: str, born: date | None, admitted: date | None) -> int | None:
    """The person whom the register has already, as far as the officer may learn of them.

    An applicant of another unit is no match: who applies there is for that branch's officers
    (F11), and a name with a birth date would find it out.
    """
    found = persons_of_key(entering.connection, name, born, admitted)
    if admitted is None:
        sitting = entering.sitting
        found = [one for one in found if answered_for(entering.connection, sitting, one)]
    return next(iter(found), None)


def _home(connection: Connection, text: str) -> tuple[int | None, str | None]:
    """The Party body that holds the relation, or the text where it is not on the register."""
    if not text:
        return None, None
    found = body_named(connection, text)
    return (found, None) if found else (None, text)


def body_named(connection: Connection, text: str) -> int | None:
    """A unit's Party body by the unit's name, an organization's own by the organization's."""
    try:
        unit = byhand.find_unit(connection, text.removesuffix("党委"))
        return byhand.unit_body_of(connection, unit) or None
    except SubjectNotFoundError:
        pass
    try:
        organization = byhand.find_organization(connection, text.removesuffix("党支部"))
        return byhand.own_body_of(connection, organization)
    except SubjectNotFoundError:
        return None


def _employed(given: Given) -> tuple[str, date | None]:
    employment = given.choice("employment", EMPLOYMENTS, needed=True)
    return employment, given.day("since", needed=True)


def _engage(work: Work, person: int, organization: int, kind: str, since: date | None) -> None:
    byhand.add_engagement(
        work,
        person_id=person,
        organization_id=organization,
        employment=kind,
        since=since or work.today,
    )


def add_engagement(entering: Entering, number: int) -> str:
    """That a known person works at one of the reader's organizations too."""
    given, connection = entering.given, entering.connection
    words = given.text("organization", needed=True)
    found = _organization(entering, words) if words else None
    scope = entering.sitting.scope
    profile = files.organization_seen(connection, scope, found) if found else None
    if found and (profile is None or not scope.covers(files.unit_of(profile))):
        given.fault("entry_not_your_unit")
    employment, since = _employed(given)
    given.end()
    unit = files.unit_of(profile) if profile else None
    _engage(entering.work(unit), number, found or 0, employment, since)
    return f"/people/{number}"


def record_person(entering: Entering, number: int, places: Collection[Record]) -> str:
    """Status, home or employment of a known person, seen from one of the places of work."""
    given = entering.given
    at = {str(row["id"]): row for row in places}
    place = given.choice("place", list(at), needed=True)
    on = given.day("on", needed=True)
    names = ("employment", "party_status")
    stated = {name: given.choice(name, RECORDABLE[name].choices) for name in names}
    home = given.text("home")
    if home:
        body = body_named(entering.connection, home)
        if body is None:
            given.fault("entry_no_body")
        stated["home"] = str(body or "")
    values = {name: value for name, value in stated.items() if value}
    if not values and not given.told:
        given.fault("entry_nothing")
    given.end()
    work = entering.work(at[place]["unit_id"])
    record(work, Subject(PLACE, int(place)), values, on or given.today)
    return f"/people/{number}"
