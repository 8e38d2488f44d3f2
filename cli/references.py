"""Names and references in an event's fields become the numbers that the engine wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.errors import SubjectNotFoundError
from workflows.byhand import find_organization, find_unit, own_body_of, unit_body_of
from workflows.register import person_at_organization
from workflows.subjects import BODY, ORGANIZATION, PERSON, PLACE, UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from cli.context import Context
    from lifecycle.definition import Transition


def resolved(
    context: Context, connection: Connection, case_id: int, event: str, fields: Mapping[str, str]
) -> dict[str, str]:
    """The fields with every named organization, unit and person as its number.

    Written as `organization:7`, a name, a credit code, or `MEM-301` for a person; several are
    separated by commas. What is no field of the event is left as it is.

    Raises:
        SubjectNotFoundError: nobody, or more than one, answers to a name.
    """
    view = context.work(connection).case(case_id)
    book = context.registry.book_of(view.workflow_text_id)
    return resolved_by(context, connection, book.workflow.rows(view.state, event), fields)


def resolved_by(
    context: Context,
    connection: Connection,
    rows: Sequence[Transition],
    fields: Mapping[str, str],
) -> dict[str, str]:
    """The same for the fields of some rows of a definition.

    Raises:
        SubjectNotFoundError: nobody, or more than one, answers to a name.
    """
    refers_to = {
        name: spec.refers_to for row in rows for name, spec in row.fields.items() if spec.refers_to
    }
    return {
        name: ",".join(_number(context, connection, refers_to[name], one) for one in _parts(text))
        if name in refers_to
        else text
        for name, text in fields.items()
    }


def _parts(text: str) -> list[str]:
    return [one.strip() for one in text.replace("，", ",").split(",") if one.strip()]


def _number(context: Context, connection: Connection, kind: str, text: str) -> str:
    bare = text.removeprefix(f"{kind}:")
    if bare.isdecimal():
        return bare
    if kind == ORGANIZATION:
        return str(find_organization(connection, text))
    if kind == UNIT:
        return str(find_unit(connection, text))
    if kind == BODY:
        return str(_body(connection, text))
    if kind == PERSON and text.partition("-")[2].isdecimal():
        return _person(context, connection, text)
    return text


def _body(connection: Connection, text: str) -> int:
    """A unit's Party body by the unit's name, an organization's own body by the organization's."""
    try:
        return unit_body_of(connection, find_unit(connection, text.removesuffix("党委")))
    except SubjectNotFoundError:
        return own_body_of(connection, find_organization(connection, text))


def _person(context: Context, connection: Connection, reference: str) -> str:
    """The person whose relation a case is about: a name would not tell people apart."""
    subject = context.work(connection).subject_of(context.case_id(connection, reference))
    if subject.type != PLACE:
        return reference
    p = person_at_organization.c
    statement = sa.select(p.person_id).where(p.id == subject.id)
    return str(connection.execute(statement).scalar_one())
