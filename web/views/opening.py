"""Opening a case by hand: what a page offers, and the form of one opening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.cases import Subject
from lifecycle.errors import CaseOpenError
from lifecycle.opening import explain_opening, opening_rows, would_need
from lifecycle.reading import Reading
from lifecycle.work import blank_case
from web.views.case import is_for_form, page_about
from web.views.form import inputs_of_rows
from web.views.sights import sights_of
from wording.problems import sentence_of
from wording.rendering import finding_line, possible, reconciled
from workflows import files
from workflows.belongings import is_pseudonym
from workflows.merged import kept_of
from workflows.naming import name_seen, names_of
from workflows.subjects import ORGANIZATION, PERSON, PLACE, UNIT
from workflows.visibility import Sight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.definition import Transition
    from lifecycle.guards import Finding
    from lifecycle.rulebook import Rulebook
    from lifecycle.store.hot import Record
    from lifecycle.work import Work
    from web.sitting import Sitting
    from web.views.form import Input
    from wording.rendering import Scene


@dataclass(frozen=True, slots=True)
class Offer:
    """An event that opens a case, as the page of what it would be about offers it."""

    address: str
    label: str
    matter: str
    place: str
    """Where the person works whom it would be about; empty for an organization."""
    possible: bool
    """Nothing is missing but what its form asks for."""


@dataclass(frozen=True, slots=True)
class About:
    """What a case would be about, in sight of the reader."""

    subject: Subject
    unit_id: int | None
    """The unit in charge."""
    sight: Sight
    """How much the reader sees, where it is a person."""
    person_id: int | None
    """Whose file it is: opening the form is noted."""


@dataclass(frozen=True, slots=True)
class OpeningForm:
    """The form that opens a case."""

    label: str
    matter: str
    subject: str
    unit: str
    back: str
    inputs: Sequence[Input]
    missing: Sequence[str]
    """What stands against it as things are, besides what the form asks for."""
    problem: str


# -- what a page offers ----------------------------------------------------------------------


def offers(
    connection: Connection,
    sitting: Sitting,
    subjects: Mapping[Subject, tuple[int | None, str]],
    cases: Iterable[Record],
) -> tuple[Offer, ...]:
    """The cases that the reader may open about some subjects and that are not open yet.

    Those that can be opened as things stand come first. One statement for each type of subject.

    Args:
        connection: where to read.
        sitting: who reads.
        subjects: with the unit in charge of each, and the organization where it is a person.
        cases: every case about the subjects.
    """
    running = {
        (one["workflow"], Subject(one["subject_type"], one["subject_id"]))
        for one in cases
        if one["closed_on"] is None
    }
    found = [
        (book, rows, subject)
        for subject, (unit_id, _) in subjects.items()
        for book, rows in _openable(sitting, subject.type, unit_id)
        if (book.workflow.workflow, subject) not in running
    ]
    # No unit of work: it would ask the database what day it is once more.
    reading = Reading(connection, sitting.teller.registry, sitting.desk.now(), sitting.today)
    _read_ahead(reading, found)
    made = [_offer(reading, sitting, one, subjects[one[2]]) for one in found]
    return tuple(sorted(made, key=lambda one: not one.possible))


Found = tuple["Rulebook", "Sequence[Transition]", Subject]


def _openable(
    sitting: Sitting, kind: str, unit_id: int | None
) -> Iterator[tuple[Rulebook, Sequence[Transition]]]:
    """The openings about such a subject that the roles held at the unit record, event by event."""
    held = sitting.seat.roles_at(unit_id)
    for book in sitting.teller.registry.rulebooks.values():
        if book.workflow.subject != kind:
            continue
        own = [row for row in opening_rows(book) if held & set(row.by)]
        for event in dict.fromkeys(row.event for row in own):
            yield book, opening_rows(book, event)


def _read_ahead(reading: Reading, found: Collection[Found]) -> None:
    """Reads at once what deciding on all of them looks at."""
    for kind in dict.fromkeys(subject.type for _, _, subject in found):
        own = [one for one in found if one[2].type == kind]
        names = {name for book, rows, _ in own for name in book.facts_for(rows)}
        reading.read_ahead(kind, {subject.id for _, _, subject in own}, names, reading.today)


def _offer(
    reading: Reading, sitting: Sitting, found: Found, about: tuple[int | None, str]
) -> Offer:
    book, rows, subject = found
    unit_id, place = about
    words = sitting.teller.words
    findings = would_need(reading, book, rows, subject, sitting.actor_at(unit_id))
    return Offer(
        address=f"/open/{book.workflow.workflow}/{rows[0].event}/{subject.id}",
        label=words.label(rows[0].label),
        matter=words.label(book.workflow.label),
        place=place,
        possible=possible([one for one in findings if one.met or not is_for_form(one)]),
    )


# -- the form of one opening -----------------------------------------------------------------


def about_in_sight(connection: Connection, sitting: Sitting, subject: Subject) -> About | None:
    """What a case would be about; None where there is none, or it is not the reader's.

    An organization, its own Party body, or a person who works there.
    """
    person_id, sight, organization_id = None, Sight.COUNTS, None
    if subject.type == PLACE:
        rows = files.places(connection, sitting.today, place_id=subject.id)
        sights = sights_of(connection, sitting, rows, ())
        for row in rows:
            person_id, organization_id = row["person_id"], row["organization_id"]
            sight = sights[subject.id]
            if sight is Sight.COUNTS or is_pseudonym(row["name"]):
                return None
    else:
        organization_id = files.organization_of(connection, subject)
    if organization_id is None or _is_merged(connection, organization_id, person_id):
        return None
    profile = files.organization_seen(connection, sitting.scope, organization_id)
    if profile is None or not sitting.scope.sees(files.unit_of(profile), subject.type):
        return None
    return About(subject, files.unit_of(profile), sight, person_id)


def _is_merged(connection: Connection, organization_id: int, person_id: int | None) -> bool:
    """Whether another record stands for the organization or the person."""
    if person_id is not None and kept_of(connection, Subject(PERSON, person_id)):
        return True
    return kept_of(connection, Subject(ORGANIZATION, organization_id)) is not None


def opening_form(
    work: Work, sitting: Sitting, book: Rulebook, event: str, about: About, typed: Mapping[str, str]
) -> OpeningForm:
    """The form with what was typed, and everything that stands against opening the case."""
    connection, words = work.connection, sitting.teller.words
    rows, subject = opening_rows(book, event), about.subject
    unit = Subject(UNIT, about.unit_id or 0)
    missing: Sequence[str] = ()
    problem = ""
    try:
        missing = _missing(work, sitting, book, event, about)
    except CaseOpenError as error:
        problem = sentence_of(error, words, sitting.teller.registry) or ""
    return OpeningForm(
        label=words.label(rows[0].label),
        matter=words.label(book.workflow.label),
        subject=name_seen(connection, subject, about.sight),
        unit=names_of(connection, [unit]).get(unit, words("unit_none")),
        back=page_about(connection, subject, about.person_id),
        inputs=inputs_of_rows(work, sitting, rows, about.unit_id, typed),
        missing=missing,
        problem=problem,
    )


def _missing(
    work: Work, sitting: Sitting, book: Rulebook, event: str, about: About
) -> Sequence[str]:
    """What stands against opening the case today, besides what the form asks for.

    Raises:
        CaseOpenError: it is open.
    """
    findings = explain_opening(
        work,
        workflow=book.workflow.workflow,
        event=event,
        subject=about.subject,
        actor=sitting.actor_at(work.unit_in_charge(about.subject, work.today)),
    )
    unmet = [one for one in reconciled(findings) if not (one.met or one.advisory)]
    scene = opening_scene(work.connection, sitting, book, about)
    wanted = [one for one in unmet if not is_for_form(one)]
    return lines_of(scene, opening_rows(book, event), wanted)


def opening_scene(connection: Connection, sitting: Sitting, book: Rulebook, about: About) -> Scene:
    """Against what findings about the case are told that is not there yet."""
    return sitting.scene(connection, blank_case(book, about.subject, about.unit_id))


def lines_of(scene: Scene, rows: Sequence[Transition], findings: Sequence[Finding]) -> list[str]:
    """Findings in words, what is missing first."""
    roles = list(dict.fromkeys(role for row in rows for role in row.by))
    ordered = sorted(reconciled(findings), key=lambda one: one.met)
    return list(dict.fromkeys(finding_line(scene, one, roles) for one in ordered))
