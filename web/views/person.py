"""One member or applicant: who they are as far as the reader sees, where they work, their cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.cases import Subject
from web.views.cases_of import by_matter, case_rows
from web.views.opening import offers
from web.views.organization import ADDS_PEOPLE
from web.views.sights import sights_of
from web.views.worklist import hidden
from workflows import files
from workflows.belongings import is_pseudonym
from workflows.erase_conditions import REQUESTERS
from workflows.erasing import pending
from workflows.naming import called, names_of
from workflows.own_file import READERS
from workflows.people import engagements, in_hand
from workflows.register import formal_relation, party_status, temporary_relation
from workflows.subjects import BODY, PERSON, PLACE
from workflows.visibility import Sight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.store.hot import Record
    from web.sitting import Sitting
    from web.views.cases_of import Matter
    from web.views.opening import Offer

READS = frozenset(READERS)
ERASES = frozenset(REQUESTERS)


@dataclass(frozen=True, slots=True)
class WorkRow:
    """Where the person works or worked; days only before those who see dates."""

    organization: int
    name: str
    employment: str
    since: str
    until: str
    past: bool


@dataclass(frozen=True, slots=True)
class DatedRow:
    """A status or relation with its days, where the reader sees dates."""

    what: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Everything on the page of a person."""

    number: int
    name: str
    named: bool
    born: str
    admitted: str
    status: str
    unit_id: int | None
    work: tuple[WorkRow, ...]
    statuses: tuple[DatedRow, ...]
    formal: tuple[DatedRow, ...]
    temporary: tuple[DatedRow, ...]
    matters: tuple[Matter, ...]
    offers: tuple[Offer, ...]
    """The cases that the reader may open about the person at a place of work."""
    may_engage: bool
    may_read: bool
    """Whether the reader may print the person's own file."""
    may_erase: bool
    """Whether the reader may ask for the erasure, or has something to do with one asked for."""
    erasure_asked: bool
    erased: bool


def person_page(connection: Connection, sitting: Sitting, number: int) -> PersonPage | None:
    """The page of a person; None where the reader sees none of the places where they work."""
    rows = files.places(connection, sitting.today, person_id=number)
    found = files.cases_of_places(connection, hidden(sitting), [row["id"] for row in rows])
    engaged = engagements(connection, rows)
    kept = in_hand(rows, engaged, found, sitting.today)
    sights = _by_place(sights_of(connection, sitting, rows, found), kept)
    # Those in hand first: it is there that the reader looks at the person.
    seen = sorted(
        (row for row in rows if sights[row["id"]] is not Sight.COUNTS),
        key=lambda row: row["id"] not in kept,
    )
    if not seen:
        return None
    sight = _most(sights[row["id"]] for row in seen)
    first, named = seen[0], sight is Sight.NAMED
    places = [row["id"] for row in seen]
    names = {Subject(PLACE, row["id"]): row["organization"] or "" for row in seen}
    about = [one for one in found if one["subject_id"] in places]
    status = "" if first["status"] is None else sitting.teller.words.value(first["status"])
    roles = [sitting.seat.roles_at(row["unit_id"]) for row in seen if row["id"] in kept]
    erased = is_pseudonym(first["name"])
    may_erase = not erased and any(one & ERASES for one in roles)
    relations = _relations(connection, number, places)
    bodies = names_of(connection, _bodies(relations))
    return PersonPage(
        number=number,
        name=called(sight, first["surname"], first["name"]),
        named=named,
        born=str(first["birth_on"].year) if named and first["birth_on"] else "",
        admitted=str(first["admitted_on"] or "") if named else "",
        status=status,
        unit_id=seen[0]["unit_id"],
        work=tuple(_work(sitting, seen, engaged, sights)),
        statuses=_statuses(connection, sitting, number) if named else (),
        formal=tuple(_dated(row, bodies, named=named) for row in relations[0]),
        temporary=tuple(_dated(row, bodies, named=named) for row in relations[1]),
        matters=tuple(by_matter(sitting, case_rows(connection, sitting, about, names))),
        offers=() if erased else _offers(connection, sitting, seen, about),
        may_engage=not erased and any(one & ADDS_PEOPLE for one in roles),
        may_read=not erased and any(one & READS for one in roles),
        may_erase=may_erase,
        erasure_asked=may_erase and is_asked_for(connection, sitting, number),
        erased=erased,
    )


def _offers(
    connection: Connection, sitting: Sitting, seen: Sequence[Record], cases: Sequence[Record]
) -> tuple[Offer, ...]:
    """What may be opened about the person where they work now."""
    subjects = {
        Subject(PLACE, row["id"]): (row["unit_id"], row["organization"] or "")
        for row in seen
        if row["employment"]
    }
    return offers(connection, sitting, subjects, cases)


def is_asked_for(connection: Connection, sitting: Sitting, number: int) -> bool:
    """Whether an erasure waits for another officer to confirm it."""
    return pending(sitting.work(connection), Subject(PERSON, number)) is not None


def _most(sights: Iterable[Sight]) -> Sight:
    """The most that the reader sees of the person anywhere."""
    return Sight.NAMED if Sight.NAMED in set(sights) else Sight.MASKED


def _by_place(sights: Mapping[int, Sight], kept: Collection[int]) -> dict[int, Sight]:
    """What the reader sees at each place: where the person was once, no name and no days."""
    return {
        place: Sight.MASKED if sight is Sight.NAMED and place not in kept else sight
        for place, sight in sights.items()
    }


def _work(
    sitting: Sitting,
    seen: Sequence[Record],
    engaged: Sequence[Record],
    sights: Mapping[int, Sight],
) -> list[WorkRow]:
    """The employments at the places that the reader sees, the latest first."""
    at = {row["id"]: row for row in seen}
    made = []
    for row in engaged:
        place = at.get(row["person_at_organization_id"])
        if place is None:
            continue
        named = sights[place["id"]] is Sight.NAMED
        until = row["until_on"]
        made.append(
            WorkRow(
                organization=place["organization_id"],
                name=place["organization"] or "",
                employment=sitting.teller.words.value(row["employment"]),
                since=str(row["from_on"]) if named else "",
                until=str(until or "") if named else "",
                past=until is not None and until <= sitting.today,
            )
        )
    return made


def _statuses(connection: Connection, sitting: Sitting, number: int) -> tuple[DatedRow, ...]:
    rows = files.dated(connection, party_status, "person_id", [number])
    return tuple(
        DatedRow(
            sitting.teller.words.value(row["status"]),
            str(row["from_on"]),
            str(row["until_on"] or ""),
        )
        for row in rows
    )


def _relations(
    connection: Connection, number: int, places: Sequence[int]
) -> tuple[Sequence[Record], Sequence[Record]]:
    return (
        files.dated(connection, formal_relation, "person_id", [number]),
        files.dated(connection, temporary_relation, "person_at_organization_id", places),
    )


def _bodies(relations: Iterable[Sequence[Record]]) -> list[Subject]:
    return [Subject(BODY, row["body_id"]) for rows in relations for row in rows if row["body_id"]]


def _dated(row: Record, bodies: Mapping[Subject, str], *, named: bool) -> DatedRow:
    told = bodies.get(Subject(BODY, row["body_id"] or 0)) or row.get("home_text") or ""
    if not named:
        return DatedRow(told, "", "")
    return DatedRow(told, str(row["from_on"]), str(row["until_on"] or ""))
