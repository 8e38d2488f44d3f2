"""Names and references in an event's fields become the numbers that the engine wants."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.definition import FieldType
from lifecycle.errors import SubjectNotFoundError
from wording.teller import REFERENCE
from wording.usage import UsageError
from workflows.byhand import find_organization, find_unit, own_body_of, unit_body_of
from workflows.lists import records_named
from workflows.merged import refuse_merged
from workflows.register import TABLES, person_at_organization
from workflows.subjects import BODY, ORGANIZATION, PERSON, PLACE, UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.definition import Field_, Transition
    from wording.teller import Teller


BETWEEN: Final = re.compile(r"[,，、;；\r\n]")
"""What stands between the names of a list."""


def resolved(
    teller: Teller, connection: Connection, case_id: int, event: str, fields: Mapping[str, str]
) -> dict[str, str]:
    """The fields with every named organization, unit and person as its number.

    Written as `organization:7`, a name, a credit code, or `MEM-301` for a person; the names of
    a list are separated by commas, enumeration commas, semicolons or line breaks. What is no
    field of the event is left as it is.

    Raises:
        SubjectNotFoundError: nobody, or more than one, answers to a name.
    """
    view = teller.work(connection).case(case_id)
    book = teller.registry.book_of(view.workflow_text_id)
    return resolved_by(teller, connection, book.workflow.rows(view.state, event), fields)


def resolved_by(
    teller: Teller,
    connection: Connection,
    rows: Sequence[Transition],
    fields: Mapping[str, str],
) -> dict[str, str]:
    """The same for the fields of some rows of a definition.

    Raises:
        SubjectNotFoundError: nobody, or more than one, answers to a name.
    """
    referring = {name: one for row in rows for name, one in row.fields.items() if one.refers_to}
    return {
        name: _numbers(teller, connection, referring[name], text) if name in referring else text
        for name, text in fields.items()
    }


def _numbers(teller: Teller, connection: Connection, spec: Field_, text: str) -> str:
    """The numbers of the names in a field; where it takes one only, all of it is the name."""
    parts = BETWEEN.split(text) if spec.type is FieldType.ID_LIST else [text]
    names = [one.strip() for one in parts if one.strip()]
    return ",".join(_number(teller, connection, spec.refers_to or "", one) for one in names)


def _number(teller: Teller, connection: Connection, kind: str, text: str) -> str:
    bare = text.removeprefix(f"{kind}:")
    if bare.isdecimal():
        refuse_merged(connection, Subject(kind, int(bare)), text)
        return bare
    if kind == ORGANIZATION:
        return str(find_organization(connection, text))
    if kind == UNIT:
        return str(find_unit(connection, text))
    if kind == BODY:
        return str(body_named(connection, text))
    if kind == PERSON and text.partition("-")[2].isdecimal():
        return _person(teller, connection, text)
    return text


def body_named(connection: Connection, text: str) -> int:
    """A unit's Party body by the unit's name, an organization's own body by the organization's.

    Raises:
        SubjectNotFoundError: neither answers, or the organization has no Party body.
    """
    try:
        return unit_body_of(connection, find_unit(connection, text.removesuffix("党委")))
    except SubjectNotFoundError:
        return own_body_of(connection, find_organization(connection, text))


def _person(teller: Teller, connection: Connection, reference: str) -> str:
    """The person whose relation a case is about: a name would not tell people apart."""
    subject = teller.work(connection).subject_of(teller.case_id(connection, reference))
    if subject.type != PLACE:
        return reference
    p = person_at_organization.c
    statement = sa.select(p.person_id).where(p.id == subject.id)
    return str(connection.execute(statement).scalar_one())


def existing(connection: Connection, subject: Subject, words: str) -> Subject:
    """The subject of that number.

    Raises:
        UsageError: there is none on the register.
    """
    table = TABLES[subject.type]
    statement = table.select().where(table.c.id == subject.id)
    if connection.execute(statement).first() is None:
        raise UsageError("no_subject", text=words)
    return subject


def record_named(teller: Teller, connection: Connection, words: str) -> Subject:
    """The record of an organization or person: `person:12`, `MEM-301`, a name or a credit code.

    Raises:
        UsageError: there is none of that number, or several answer, which are then told apart.
        SubjectNotFoundError: none answers to a name.
    """
    kind, _, number = words.partition(":")
    if kind in {ORGANIZATION, PERSON} and number.isdecimal():
        return existing(connection, Subject(kind, int(number)), words)
    if REFERENCE.match(words) and teller.registry.by_code(words.partition("-")[0]) is not None:
        return _record_of(teller, connection, words)
    found = records_named(connection, words)
    if not found:
        raise SubjectNotFoundError(words)
    if len(found) > 1:
        told = [_told_apart(teller, one) for one in found]
        raise UsageError("ambiguous", found=teller.words.listed(told))
    subject: Subject = found[0]["subject"]
    return subject


def person_named(teller: Teller, connection: Connection, words: str) -> Subject:
    """The record of a person, written like any record.

    Raises:
        UsageError: it is an organization's, or there is none, or several answer.
        SubjectNotFoundError: none answers to a name.
    """
    subject = record_named(teller, connection, words)
    if subject.type != PERSON:
        raise UsageError("erase_no_person", text=words)
    return subject


def _record_of(teller: Teller, connection: Connection, reference: str) -> Subject:
    """The person or organization that a case is about."""
    subject = teller.work(connection).subject_of(teller.case_id(connection, reference))
    if subject.type == PLACE:
        return Subject(PERSON, int(_person(teller, connection, reference)))
    if subject.type not in {ORGANIZATION, PERSON}:
        raise UsageError("no_record", ref=reference)
    return subject


def _told_apart(teller: Teller, found: Mapping[str, Any]) -> str:
    """One of several records: the number with what tells it from the others; persons masked."""
    words, subject = teller.words, found["subject"]
    number = f"{subject.type}:{subject.id}"
    if subject.type == ORGANIZATION:
        return words(
            "ambiguous_organization", number=number, name=found["name"], code=found["code"]
        )
    return words(
        "ambiguous_person",
        number=number,
        name=found["name"],
        born=words.value(found["born"]),
        places=words.listed(found["works_at"]) or words("unknown"),
    )
