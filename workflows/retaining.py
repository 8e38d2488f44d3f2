"""The retention table applied: what is due goes, in transactions of limited size, with entries.

Where values of a case go, the person's file gets an entry of kind erased. Each transaction asks
anew what is due, so a run that is cut off is finished by the next one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle import erasing
from lifecycle.access import SYSTEM
from lifecycle.cases import EntryKind, Subject
from lifecycle.engine import begin, record_rows
from lifecycle.store.tables import case
from workflows.belongings import belongings_of, pseudonymise_records
from workflows.due import LETTER, LETTER_VALUES, Due, due
from workflows.merged import kept_of
from workflows.register import person_at_organization
from workflows.retention import RECORD_CLASSES
from workflows.subjects import PERSON, PLACE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any

    from sqlalchemy import Connection

    from lifecycle.clock import Clock
    from lifecycle.erasing import Place
    from lifecycle.registry import Registry
    from lifecycle.work import Work

ENDED = "retention_ended"
"""The event by which a file says that values were kept long enough."""

PEOPLE = "person"
"""Beside the classes of the table: people of whom nothing is kept longer."""

CHUNK = 50
"""People, or five times as many notices, of one transaction."""

CLASSES = (*(name for name in RECORD_CLASSES if name != "file"), PEOPLE)


@dataclass(frozen=True, slots=True)
class Listed:
    """What of one class is due: how much, and which cases or records, without names."""

    record_class: str
    count: int
    references: tuple[str, ...]


def listed(connection: Connection, registry: Registry, clock: Clock) -> list[Listed]:
    """Everything that is due today, by class; nothing is changed."""
    found = due(connection, registry.policy, clock.today(connection))
    told: dict[str, list[str]] = {name: [] for name in CLASSES}
    counts: Counter[str] = Counter()
    refs = _references(connection, registry, found)
    for one in found.cases:
        told[one.record_class].append(refs[one.id])
        counts[one.record_class] += 1
    for case_id, _ in found.letters:
        told[LETTER].append(refs[case_id])
        counts[LETTER] += 1
    for name, notices in found.notices.items():
        told[name] += [refs[of] if of else f"notice:{number}" for number, of in notices]
        counts[name] += len(notices)
    told[PEOPLE] = [f"{PERSON}:{one}" for one in found.persons]
    counts[PEOPLE] = len(found.persons)
    return [Listed(name, counts[name], tuple(dict.fromkeys(told[name]))) for name in CLASSES]


def _references(connection: Connection, registry: Registry, found: Due) -> Mapping[int, str]:
    notices = (of for some in found.notices.values() for _, of in some if of)
    numbers = {one.id for one in found.cases} | {of for of, _ in found.letters} | set(notices)
    codes = {name: book.workflow.code for name, book in registry.rulebooks.items()}
    rows = connection.execute(sa.select(case.c.id, case.c.workflow))
    return {row.id: f"{codes[row.workflow]}-{row.id}" for row in rows if row.id in numbers}


def retain(
    act: Callable[[Callable[[Connection], Counter[str]]], Counter[str]],
    registry: Registry,
    clock: Clock,
    progress: Callable[[], None] = lambda: None,
) -> Counter[str]:
    """Removes what is due, some at a time; how much of each class.

    Args:
        act: does one piece of work in a transaction of its own.
        registry: the law in force.
        clock: says which day it is.
        progress: called after each transaction.
    """
    total: Counter[str] = Counter()
    while some := act(lambda connection: _some(connection, registry, clock)):
        total += some
        progress()
    return total


def _some(connection: Connection, registry: Registry, clock: Clock) -> Counter[str]:
    """One transaction's worth; empty when nothing is due."""
    work = begin(connection, registry, clock, SYSTEM)
    found = due(connection, registry.policy, work.today)
    people = sorted({one.person for one in found.cases} | set(found.persons))
    if people:
        return _people(work, found, people[:CHUNK])
    if found.letters:
        return _letters(work, found)
    for name, notices in found.notices.items():
        if notices:
            numbers = frozenset(number for number, _ in notices[: 5 * CHUNK])
            erasing.remove(connection, erasing.Marked(notices=numbers))
            return Counter({name: len(numbers)})
    return Counter()


def _people(work: Work, found: Due, people: Collection[int]) -> Counter[str]:
    done: Counter[str] = Counter()
    for number in people:
        own = [one for one in found.cases if one.person == number]
        classes = Counter(one.record_class for one in own)
        numbers: tuple[int, ...] = tuple(one.id for one in own)
        belonging = belongings_of(work.connection, number, work.today)
        work.lock(belonging.cases)
        if number in found.persons:
            classes[PEOPLE] += 1
            numbers = belonging.cases
            pseudonymise_records(work.connection, belonging)
        values = erasing.values_of(work.connection, numbers)
        kept = {place for place in values if _is_letter(place)}
        notices = erasing.notices_of(work.connection, numbers)
        marked = erasing.Marked(frozenset(values - kept), frozenset(notices))
        erasing.remove(work.connection, marked)
        _note(work, number, marked.values, classes)
        done += classes
    return done


def _is_letter(place: Place) -> bool:
    return place[1] in LETTER_VALUES


def _letters(work: Work, found: Due) -> Counter[str]:
    by_person: dict[int, set[Place]] = {}
    for case_id, place in found.letters[: 5 * CHUNK]:
        by_person.setdefault(_person_of(work, case_id), set()).add(place)
    for number, places in sorted(by_person.items()):
        erasing.remove(work.connection, erasing.Marked(frozenset(places)))
        _note(work, number, places, Counter({LETTER: len(places)}))
    return Counter({LETTER: sum(map(len, by_person.values()))})


def _person_of(work: Work, case_id: int) -> int:
    subject = work.subject_of(case_id)
    number = subject.id
    if subject.type == PLACE:
        p = person_at_organization.c
        statement = sa.select(p.person_id).where(p.id == subject.id)
        number = work.connection.execute(statement).scalar_one()
    kept = kept_of(work.connection, Subject(PERSON, number))
    return kept.id if kept else number


def _note(work: Work, person: int, values: Collection[Place], classes: Mapping[str, int]) -> None:
    """The entry in the person's file; `classes` counts what went by which class of the table."""
    details: dict[str, Any] = {
        erasing.ERASED: erasing.as_details(values),
        "classes": dict(classes),
        "values": len(values),
    }
    record_rows(
        work,
        Subject(PERSON, person),
        [],
        work.today,
        settles=False,
        event=ENDED,
        kind=EntryKind.ERASED,
        details=details,
    )
