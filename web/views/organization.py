"""One organization with everything that the register and its cases hold about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lifecycle.access import Role
from lifecycle.cases import Subject
from web.views.cases_of import by_matter, case_rows
from web.views.opening import offers
from web.views.sights import sights_of
from web.views.worklist import hidden
from workflows import files
from workflows.byhand import surname_of
from workflows.naming import called, names_of
from workflows.register import (
    activist_count,
    affiliation,
    body_listing,
    certificate,
    funding,
    headcount,
    instructor_post,
    mass_body,
    secretary_post,
)
from workflows.subjects import BODY, ORGANIZATION, PLACE, UNIT
from workflows.visibility import Sight, sight_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Table

    from lifecycle.store.hot import Record
    from web.sitting import Sitting
    from web.views.cases_of import CaseRow, Matter
    from web.views.opening import Offer

COUNTS: Final = ("members", "unit_members", "full_time", "part_time", "employees")

RECORDS: Final = frozenset({Role.CASE_OFFICER, Role.REGISTRATION_OFFICER})
"""Who records counts and registration data."""
ADDS_PEOPLE: Final = frozenset({Role.CASE_OFFICER})
ADDS_CONTACTS: Final = frozenset({Role.CASE_OFFICER, Role.ORG_DEPT_OFFICER})


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member or applicant who works at the organization, as far as the reader sees them."""

    number: int
    name: str
    born: str
    status: str
    employment: str
    since: str
    held_by: str
    cases: tuple[CaseRow, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Something that holds from a day on, or held until one."""

    what: str
    detail: str
    since: str
    until: str
    past: bool


@dataclass(frozen=True, slots=True)
class CountRow:
    """Counts as stated on a day."""

    since: str
    until: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FundingRow:
    """A year's activity money of a Party body, in yuan."""

    year: int
    members: int
    due: int
    paid: int
    rest: str


@dataclass(frozen=True, slots=True)
class OrganizationPage:
    """Everything on the page of an organization."""

    number: int
    name: str
    pairs: tuple[tuple[str, str], ...]
    ended: str
    coverage: CaseRow | None
    totals: Mapping[str, int]
    counts: tuple[CountRow, ...]
    activists: tuple[CountRow, ...]
    members: tuple[MemberRow, ...] | None
    """None: the reader sees counts only."""
    bodies: tuple[Span, ...]
    affiliations: tuple[Span, ...]
    posts: tuple[Span, ...]
    mass: tuple[Span, ...]
    standing: tuple[Span, ...]
    """Five-Good certificates, demonstration and contact points."""
    funding: tuple[FundingRow, ...]
    training: tuple[Span, ...]
    contacts: tuple[Span, ...]
    matters: tuple[Matter, ...]
    offers: tuple[Offer, ...]
    """The cases that the reader may open about it or its own Party body."""
    premises: tuple[CaseRow, ...]
    may: frozenset[str]
    """Which of the entry forms are the reader's: facts, person, contact."""


@dataclass(slots=True)
class _Reader:
    """Reads part after part; each costs the same number of statements for every organization."""

    connection: Connection
    sitting: Sitting
    profile: Record

    @property
    def number(self) -> int:
        return int(self.profile["organization_id"])

    def word(self, value: object) -> str:
        """A value of the register in words; nothing where there is none."""
        return "" if value is None else self.sitting.teller.words.value(value)

    def dated(self, table: Table, column: str, *numbers: int) -> Sequence[Record]:
        return files.dated(self.connection, table, column, numbers)

    def span(self, row: Record, what: str, detail: str = "") -> Span:
        until, today = row["until_on"], self.sitting.today
        past = until is not None and until <= today
        return Span(what, detail, str(row["from_on"]), str(until or ""), past)


def organization_page(
    connection: Connection, sitting: Sitting, profile: Record
) -> OrganizationPage:
    """The page of an organization that is in sight."""
    reader = _Reader(connection, sitting, profile)
    number = reader.number
    bodies = files.bodies_of(connection, number)
    own = [one["id"] for one in bodies if one["organization_id"] == number]
    people = files.places(connection, sitting.today, organization_id=number)
    found = files.cases_of_organization(connection, hidden(sitting), number)
    sights = sights_of(connection, sitting, people, found)
    routes = reader.dated(affiliation, "organization_id", number)
    names = _names(reader, (bodies, people, routes, found), sights)
    about = [one for one in found if names.get(_subject(one))]
    cases = case_rows(connection, sitting, about, names)
    working = [row for row in people if row["employment"]]
    return OrganizationPage(
        number=number,
        name=profile["name"],
        pairs=tuple(_registration(reader, names)),
        ended=str(profile["until_on"] or ""),
        coverage=next((one for one in cases if one.ref.startswith("COV-")), None),
        totals=_totals(working),
        counts=_counts(reader, headcount, COUNTS),
        activists=_counts(reader, activist_count, ("applicants", "activists")),
        members=_members(reader, working, sights, names, cases),
        bodies=tuple(_bodies(reader, bodies, names)),
        affiliations=tuple(
            reader.span(row, names.get(Subject(BODY, row["body_id"]), "")) for row in routes
        ),
        posts=tuple(_posts(reader, own)),
        mass=tuple(
            reader.span(row, reader.word(row["kind"]), row["reference"] or "")
            for row in reader.dated(mass_body, "organization_id", number)
        ),
        standing=tuple(_standing(reader, own)),
        funding=tuple(_funding(reader, own)),
        training=tuple(_training(reader)),
        contacts=tuple(
            reader.span(row, row["mail"])
            for row in files.contacts_of(connection, Subject(ORGANIZATION, number))
        ),
        matters=tuple(by_matter(sitting, cases)),
        offers=_offers(reader, bodies, found),
        premises=tuple(one for one in cases if one.ref.startswith("PRE-")),
        may=_may(sitting, profile),
    )


def _subject(row: Record) -> Subject:
    return Subject(row["subject_type"], row["subject_id"])


def _names(
    reader: _Reader,
    read: tuple[Sequence[Record], ...],
    sights: Mapping[int, Sight],
) -> dict[Subject, str]:
    """What everything on the page is called; persons as far as the reader sees them."""
    bodies, people, routes, cases = read
    profile = reader.profile
    units = ("supervisor_id", "registrar_id", "county_id", "township_id")
    wanted = [Subject(UNIT, profile[one]) for one in units if profile[one]]
    wanted += [Subject(BODY, one["id"]) for one in bodies]
    wanted += [Subject(BODY, one["body_id"]) for one in (*people, *routes) if one["body_id"]]
    wanted += [_subject(one) for one in cases if one["subject_type"] != PLACE]
    found = names_of(reader.connection, wanted)
    for row in people:
        seen = called(sights[row["id"]], row["surname"], row["name"])
        found[Subject(PLACE, row["id"])] = seen
    return found


def _registration(reader: _Reader, names: Mapping[Subject, str]) -> Iterator[tuple[str, str]]:
    """What the registration says, by the name of the column."""
    profile = reader.profile
    yield "code", profile["credit_code"]
    yield "kind", reader.sitting.teller.words.value(profile["kind"])
    yield "registered", str(profile["registered_on"] or "")
    for column in ("registrar", "supervisor", "county", "township"):
        number = profile[f"{column}_id"]
        text = names.get(Subject(UNIT, number), "") if number else ""
        told = (profile[column] if column in {"county", "township"} else "") or text
        if told:
            yield column, told


def _totals(working: Sequence[Record]) -> dict[str, int]:
    """How many members and applicants work there, without saying who."""
    stated = [row["status"] for row in working]
    return {
        "members": sum(one is not None for one in stated),
        "full": stated.count("full"),
        "probationary": stated.count("probationary"),
        "applicants": stated.count(None),
        "full_time": sum(row["employment"] == "full_time" for row in working),
    }


def _counts(reader: _Reader, table: Table, columns: Sequence[str]) -> tuple[CountRow, ...]:
    rows = reader.dated(table, "organization_id", reader.number)
    return tuple(
        CountRow(
            str(row["from_on"]),
            str(row["until_on"] or ""),
            tuple("" if row[one] is None else str(row[one]) for one in columns),
        )
        for row in rows
    )


def _members(
    reader: _Reader,
    working: Sequence[Record],
    sights: Mapping[int, Sight],
    names: Mapping[Subject, str],
    cases: Sequence[CaseRow],
) -> tuple[MemberRow, ...] | None:
    """Those who work there, one a row; None where the reader sees counts only."""
    profile_sight = sight_at(reader.sitting.seat, files.unit_of(reader.profile))
    shown = [row for row in working if sights[row["id"]] is not Sight.COUNTS]
    if profile_sight is Sight.COUNTS and not shown:
        return None
    return tuple(_member(reader, row, sights[row["id"]], names, cases) for row in shown)


def _member(
    reader: _Reader,
    row: Record,
    sight: Sight,
    names: Mapping[Subject, str],
    cases: Sequence[CaseRow],
) -> MemberRow:
    named = sight is Sight.NAMED
    held = names.get(Subject(BODY, row["body_id"]), "") if row["body_id"] else row["home_text"]
    about = Subject(PLACE, row["id"])
    return MemberRow(
        number=row["person_id"],
        name=names[about],
        born=str(row["birth_on"].year) if named and row["birth_on"] else "",
        status=reader.word(row["status"]),
        employment=reader.word(row["employment"]),
        since=str(row["from_on"]) if named else "",
        held_by=held or "",
        cases=tuple(one for one in cases if one.about == about),
    )


def _bodies(
    reader: _Reader, bodies: Sequence[Record], names: Mapping[Subject, str]
) -> Iterator[Span]:
    for row in bodies:
        own = row["organization_id"] == reader.number
        name = "" if own else names.get(Subject(BODY, row["id"]), "")
        yield reader.span(row, reader.word(row["kind"]), name)


def _posts(reader: _Reader, own: Sequence[int]) -> Iterator[Span]:
    """Instructors and secretaries; a name is a person's, so it is shown like a member's."""
    sight = sight_at(reader.sitting.seat, files.unit_of(reader.profile))

    def name(row: Record) -> str:
        whole = row["name"] or ""
        return called(sight, surname_of(whole), whole) if whole else ""

    for row in reader.dated(secretary_post, "body_id", *own):
        yield reader.span(row, "secretary", name(row))
    for row in reader.dated(instructor_post, "organization_id", reader.number):
        yield reader.span(row, row["kind"], name(row))


def _standing(reader: _Reader, own: Sequence[int]) -> Iterator[Span]:
    """Five-Good certificates, and the lists that the Party body stands on."""
    for row in reader.dated(certificate, "body_id", *own):
        yield reader.span(row, "certificate")
    for row in reader.dated(body_listing, "body_id", *own):
        yield reader.span(row, row["list"])


def _funding(reader: _Reader, own: Sequence[int]) -> Iterator[FundingRow]:
    rows = reader.dated(funding, "body_id", *own)
    for row in sorted(rows, key=lambda one: -one["year"]):
        rest = "" if row["rest_cny"] is None else str(row["rest_cny"])
        due = row["due_cny"] if row["amount_cny"] is None else row["amount_cny"]
        yield FundingRow(row["year"], row["members"], due, row["paid_cny"], rest)


def _training(reader: _Reader) -> Iterator[Span]:
    for row in files.attended(reader.connection, reader.number):
        told = f"{reader.word(row['audience'])} {row['headcount']}"
        yield reader.span(row, row["session"], told)


def _offers(
    reader: _Reader, bodies: Sequence[Record], cases: Sequence[Record]
) -> tuple[Offer, ...]:
    """What may be opened about an organization on the register and the bodies that it has now."""
    profile, today = reader.profile, reader.sitting.today
    if profile["until_on"]:
        return ()
    about = [Subject(ORGANIZATION, reader.number)]
    about += [
        Subject(BODY, one["id"])
        for one in bodies
        if one["organization_id"] == reader.number
        if one["until_on"] is None or one["until_on"] > today
    ]
    unit = files.unit_of(profile)
    return offers(reader.connection, reader.sitting, dict.fromkeys(about, (unit, "")), cases)


def _may(sitting: Sitting, profile: Record) -> frozenset[str]:
    """The forms whose roles the reader holds at the unit in charge."""
    roles = sitting.seat.roles_at(files.unit_of(profile))
    forms = {"facts": RECORDS, "person": ADDS_PEOPLE, "contact": ADDS_CONTACTS}
    return frozenset(name for name, wanted in forms.items() if roles & wanted)
