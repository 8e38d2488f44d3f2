"""The forms by which the register is entered by hand: what each asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lifecycle.access import Role
from web.translations import translations
from workflows.byhand import APPLICANT
from workflows.recording import RECORDABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lifecycle.store.hot import Record
    from web.sitting import Sitting

KINDS: Final = RECORDABLE["kind"].choices
STATUSES: Final = (*RECORDABLE["party_status"].choices, APPLICANT)
EMPLOYMENTS: Final = ("full_time", "part_time")
BODIES: Final = ("own", "joint", "building")
LEVELS: Final = ("city", "county", "township")
UNIT_KINDS: Final = (
    "supervisory_unit",
    "township",
    "organization_department",
    "registration_authority",
    "area",
)
COUNTED: Final = ("members", "unit_members", "full_time", "part_time", "employees")
REGISTRATION: Final = ("name", "kind")
PARTY_FACTS: Final = ("activists", "applicants", "mass_body", "cultivation", "network_member")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form; `widget` is text, date, number, choice, unit or check."""

    name: str
    label: str
    widget: str = "text"
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    usual: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form with where it is sent, and where one comes back to."""

    title: str
    action: str
    back: str
    fields: tuple[Field, ...]
    units: tuple[str, ...] = ()
    """Names that are offered for the fields that name a unit."""

    @property
    def labels(self) -> dict[str, str]:
        """By field: what officers read."""
        return {one.name: one.label for one in self.fields}


def _texts(sitting: Sitting) -> Callable[[str], str]:
    return translations(sitting.language).gettext


def _values(sitting: Sitting, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Choices in words: those of the register, and the few that only forms name."""
    told, words = _texts(sitting), sitting.teller.words
    own = {
        APPLICANT: told("applicant"),
        "left": told("has left"),
        "union": told("trade union"),
        "youth_league": told("youth league"),
        "women": told("women's body"),
        "city": told("city"),
        "county": told("county"),
        "township": told("township or subdistrict"),
        "supervisory_unit": told("supervisory unit"),
        "organization_department": told("organization department"),
        "registration_authority": told("registration authority"),
        "area": told("area"),
    }
    return tuple((one, own.get(one) or words.value(one)) for one in names)


def _on(sitting: Sitting) -> Field:
    told = _texts(sitting)
    return Field(
        "on",
        told("From which day it holds"),
        "date",
        required=True,
        usual=sitting.today.isoformat(),
    )


def organization_form(sitting: Sitting, units: Sequence[str]) -> Form:
    """A new organization; what concerns its Party body is asked of case officers only."""
    told = _texts(sitting)
    fields = [
        Field("name", told("Name"), required=True),
        Field("credit_code", told("Credit code"), required=True),
        Field("kind", told("Kind"), "choice", required=True, choices=_values(sitting, KINDS)),
        Field("registrar", told("Registration authority"), "unit"),
        Field("supervisor", told("Supervisory unit"), "unit"),
        Field("township", told("Township or subdistrict"), "unit"),
        Field(
            "county",
            told("County"),
            "unit",
            hint=told("The unit in charge is the supervisory unit, else the township, else this."),
        ),
        Field("registered_on", told("Registered on"), "date"),
        Field("mail", told("Business contact (mail)")),
    ]
    if sitting.may(Role.CASE_OFFICER):
        fields += [
            Field("body", told("Party organization"), "choice", choices=_values(sitting, BODIES)),
            Field("body_since", told("Party organization since"), "date"),
        ]
    title = told("Add an organization")
    return Form(title, "/entry/organization", "/organizations", tuple(fields), tuple(units))


def unit_form(sitting: Sitting, units: Sequence[str]) -> Form:
    """A new unit below one of the reader's."""
    told = _texts(sitting)
    fields = (
        Field("name", told("Name"), required=True),
        Field("level", told("Level"), "choice", required=True, choices=_values(sitting, LEVELS)),
        Field("kind", told("Kind"), "choice", required=True, choices=_values(sitting, UNIT_KINDS)),
        Field("parent", told("Superior unit"), "unit", required=True),
        Field("mail", told("Contact (mail)")),
    )
    return Form(told("Add a unit"), "/entry/unit", "/organizations", fields, tuple(units))


def unit_contact_form(sitting: Sitting, units: Sequence[str]) -> Form:
    """The mail address of one of the reader's units."""
    told = _texts(sitting)
    fields = (
        Field("unit", told("Unit"), "unit", required=True),
        Field("mail", told("Contact (mail)"), required=True),
        _on(sitting),
    )
    return Form(told("Contact of a unit"), "/entry/contact", "/organizations", fields, tuple(units))


def contact_form(sitting: Sitting, profile: Record) -> Form:
    """The business contact of an organization."""
    told, number = _texts(sitting), profile["organization_id"]
    fields = (Field("mail", told("Business contact (mail)"), required=True), _on(sitting))
    title = f"{told('Record the contact')} · {profile['name']}"
    back = f"/organizations/{number}"
    return Form(title, f"/entry/organizations/{number}/contact", back, fields)


def facts_form(sitting: Sitting, profile: Record, roles: frozenset[Role]) -> Form:
    """Counts and registration data; of Party matters only before case officers."""
    told, number = _texts(sitting), profile["organization_id"]
    labels = fact_labels(sitting)
    names = [*COUNTED, *REGISTRATION]
    if Role.CASE_OFFICER in roles:
        names += PARTY_FACTS
    fields = [_on(sitting)]
    for name in names:
        spec = RECORDABLE[name]
        widget = "choice" if spec.choices else "number" if spec.type is int else "text"
        hint = told("Name, credit code or number of a member unit.")
        if name == "network_member":
            fields.append(Field(name, labels[name], hint=hint))
        else:
            fields.append(Field(name, labels[name], widget, choices=_values(sitting, spec.choices)))
    title = f"{told('Record counts and facts')} · {profile['name']}"
    back = f"/organizations/{number}"
    return Form(title, f"/entry/organizations/{number}/facts", back, tuple(fields))


def fact_labels(sitting: Sitting) -> Mapping[str, str]:
    """What the values that may be recorded are called."""
    told = _texts(sitting)
    return {
        "members": told("Members of the association"),
        "unit_members": told("Member units"),
        "full_time": told("Full-time staff"),
        "part_time": told("Part-time staff"),
        "employees": told("Employees"),
        "activists": told("Activists"),
        "applicants": told("Applicants"),
        "name": told("New name"),
        "kind": told("Kind"),
        "mass_body": told("Mass organization that exists"),
        "cultivation": told("Closer cultivation (reference)"),
        "network_member": told("Links in its Party-building network"),
    }


def _employment(sitting: Sitting) -> tuple[Field, Field]:
    told = _texts(sitting)
    choices = _values(sitting, EMPLOYMENTS)
    return (
        Field("employment", told("Employment"), "choice", required=True, choices=choices),
        Field("since", told("Works here since"), "date", required=True),
    )


def person_form(sitting: Sitting, profile: Record) -> Form:
    """A member or applicant who works at the organization."""
    told, number = _texts(sitting), profile["organization_id"]
    statuses = _values(sitting, STATUSES)
    fields = (
        Field("name", told("Full name"), required=True),
        Field("birth_on", told("Date of birth"), "date", required=True),
        Field("status", told("Party status"), "choice", required=True, choices=statuses),
        Field("admitted_on", told("Admitted on (members)"), "date"),
        Field("full_since", told("Full member since"), "date"),
        Field(
            "home",
            told("Formal relation held by"),
            hint=told("Name of a unit or organization; what is not known stands as text."),
        ),
        *_employment(sitting),
        Field(
            "same",
            told("It is the person who is on the register already"),
            "check",
            hint=told("Only after the desk has said so: the employment alone is added."),
        ),
    )
    title = f"{told('Add a member or applicant')} · {profile['name']}"
    back = f"/organizations/{number}"
    return Form(title, f"/entry/organizations/{number}/person", back, fields)


def engagement_form(sitting: Sitting, number: int, name: str) -> Form:
    """That a known person works at another organization too."""
    told = _texts(sitting)
    hint = sitting.teller.words("hint_organization")
    fields = (
        Field("organization", told("Organization"), required=True, hint=hint),
        *_employment(sitting),
    )
    title = f"{told('Record an employment')} · {name}"
    return Form(title, f"/entry/people/{number}/engagement", f"/people/{number}", fields)


def person_facts_form(
    sitting: Sitting, number: int, name: str, places: Sequence[tuple[str, str]]
) -> Form:
    """Party status, home and employment of a known person."""
    told = _texts(sitting)
    statuses = _values(sitting, RECORDABLE["party_status"].choices)
    employments = _values(sitting, RECORDABLE["employment"].choices)
    fields = (
        Field(
            "place",
            told("Works at"),
            "choice",
            required=True,
            choices=tuple(places),
            usual=places[0][0] if len(places) == 1 else "",
        ),
        _on(sitting),
        Field("employment", told("Employment"), "choice", choices=employments),
        Field("party_status", told("Party status"), "choice", choices=statuses),
        Field(
            "home",
            told("Formal relation held by"),
            hint=told("Name of a unit or organization whose Party body holds it."),
        ),
    )
    title = f"{told('Record status, home or leaving')} · {name}"
    return Form(title, f"/entry/people/{number}/facts", f"/people/{number}", fields)
