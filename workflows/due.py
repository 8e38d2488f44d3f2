"""What the retention table lets go today: cases, people, letters and notices, by record class.

Read only; `workflows.retaining` removes. A case that was ended while its six months were running
belongs to the cancelled clocks, any other relation to the ended relations, a closed application to
the applicants. The development of a full member is kept as long as the membership's relations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.engine import REGISTER
from lifecycle.erasing import says_something
from lifecycle.moments import local_day
from lifecycle.store.chunks import in_chunks
from lifecycle.store.tables import case, entry, outbox, personal_value
from workflows.belongings import PSEUDONYM
from workflows.merged import kept_numbers
from workflows.register import engagement, person, person_at_organization
from workflows.retention import RECORD_CLASSES
from workflows.subjects import PERSON, PLACE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

    from lifecycle.erasing import Place
    from lifecycle.policy import Policy

CLOCK, RELATION, APPLICANT = "clock", "relation", "applicant"
NAMED_NOTICE, OTHER_NOTICE, LETTER, FILE = "named_notice", "other_notice", "letter", "file"
MEMBER_RELATION, MEMBER_DEVELOPMENT = "member_relation", "member_development"
RUNNING_CLOCK, FULL_MEMBER = "awaiting_milestone", "full_member"
LETTER_VALUES = ("field.number", "field.receipt")
"""Numbers of letters and receipts, kept longer than the case that they belong to."""

DONE_WITH = ("sent", "failed", "uncertain", "withdrawn", "no_address")
"""Notices that nobody is about to send; one without an address for so long is moot."""


@dataclass(frozen=True, slots=True)
class DueCase:
    """A closed case of a person whose values need not be kept any longer."""

    id: int
    workflow: str
    record_class: str
    person: int
    """The record that stands for the person."""


@dataclass(frozen=True, slots=True)
class Due:
    """Everything that may go today."""

    cases: tuple[DueCase, ...] = ()
    """With values that are left."""
    persons: tuple[int, ...] = ()
    """Records that stand, of people all of whose cases are due."""
    letters: tuple[tuple[int, Place], ...] = ()
    """Case and value."""
    notices: dict[str, tuple[tuple[int, int | None], ...]] = field(default_factory=dict)
    """By class: number of the notice and of its case."""


def due(connection: Connection, policy: Policy, today: date) -> Due:
    """What may go on `today` by the policy in force that day, for the unit of each case."""
    closed = list(_closed_cases(connection))
    related_until: dict[int, date] = {}
    for row in closed:
        if row.workflow == MEMBER_RELATION:
            so_far = related_until.get(row.person, row.closed_on)
            related_until[row.person] = max(so_far, row.closed_on)
    ripe = {
        row.id: DueCase(row.id, row.workflow, name, row.person)
        for row in closed
        if _is_over(
            name := row.record_class, row.ended_on(related_until), row.unit_id, policy, today
        )
    }
    left = _with_values(connection, ripe)
    return Due(
        tuple(ripe[number] for number in sorted(left)),
        _persons(connection, ripe, today),
        tuple(_letters(connection, policy, today)),
        {
            name: tuple(_notices(connection, name, policy, today))
            for name in (NAMED_NOTICE, OTHER_NOTICE)
        },
    )


@dataclass(frozen=True, slots=True)
class _Closed:
    id: int
    workflow: str
    state: str
    previous_state: str | None
    closed_on: date
    unit_id: int | None
    person: int

    @property
    def record_class(self) -> str:
        """The class by which its values are kept."""
        if self.workflow == MEMBER_RELATION:
            return CLOCK if self.previous_state == RUNNING_CLOCK else RELATION
        return RELATION if self.state == FULL_MEMBER else APPLICANT

    def ended_on(self, related_until: Mapping[int, date]) -> date:
        """From when the time is counted; `related_until`: when people's last relations ended."""
        if self.workflow == MEMBER_DEVELOPMENT and self.state == FULL_MEMBER:
            return max(self.closed_on, related_until.get(self.person, self.closed_on))
        return self.closed_on


def _is_over(name: str, ended_on: date, unit_id: int | None, policy: Policy, today: date) -> bool:
    return RECORD_CLASSES[name].kept_until(ended_on, policy.at(today, unit_id)) < today


def _of_person() -> ColumnElement[int]:
    """The person whom a case is about, at an organization or by itself."""
    place = sa.select(person_at_organization.c.person_id).where(
        person_at_organization.c.id == case.c.subject_id, case.c.subject_type == PLACE
    )
    own = sa.case((case.c.subject_type == PERSON, case.c.subject_id))
    return sa.func.coalesce(place.scalar_subquery(), own)


def _closed_cases(connection: Connection) -> Iterator[_Closed]:
    kept = kept_numbers(connection, PERSON)
    c = case.c
    statement = sa.select(
        *(c.id, c.workflow, c.state, c.previous_state, c.closed_on, c.unit_id),
        _of_person().label("person"),
    ).where(c.closed_on.is_not(None), c.workflow.in_((MEMBER_RELATION, MEMBER_DEVELOPMENT)))
    for row in connection.execute(statement.order_by(c.id)):
        who = kept.get(row.person, row.person)
        yield _Closed(
            row.id, row.workflow, row.state, row.previous_state, row.closed_on, row.unit_id, who
        )


def _with_values(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Those of the cases that have values left, letters aside."""
    p = personal_value.c
    found: set[int] = set()
    for some in in_chunks(numbers):
        statement = (
            sa.select(entry.c.case_id)
            .join(personal_value, p.entry_id == entry.c.id)
            .where(entry.c.case_id.in_(some), p.name.not_in(LETTER_VALUES))
            .distinct()
        )
        found |= set(connection.execute(statement).scalars())
    return found


def _persons(connection: Connection, ripe: dict[int, DueCase], today: date) -> tuple[int, ...]:
    """People with cases, all of them due, who work nowhere on the register."""
    kept = kept_numbers(connection, PERSON)
    c, x = case.c, person.c
    of_cases = sa.select(c.id, _of_person().label("person")).where(
        c.workflow != REGISTER, c.subject_type.in_((PERSON, PLACE))
    )
    owners: dict[int, set[int]] = {}
    for row in connection.execute(of_cases):
        owners.setdefault(kept.get(row.person, row.person), set()).add(row.id)
    named = connection.execute(sa.select(x.id).where(x.name.not_like(f"{PSEUDONYM}%"))).scalars()
    standing = {kept.get(one, one) for one in named}
    working = {kept.get(one, one) for one in _engaged(connection, today)}
    return tuple(
        sorted(
            one
            for one, numbers in owners.items()
            if one in standing and one not in working and numbers <= ripe.keys()
        )
    )


def _engaged(connection: Connection, today: date) -> Iterable[int]:
    e, p = engagement.c, person_at_organization.c
    statement = (
        sa.select(p.person_id)
        .join(engagement, e.person_at_organization_id == p.id)
        .where(e.known_until.is_(None), sa.or_(e.until_on.is_(None), e.until_on > today))
    )
    return connection.execute(statement).scalars()


def _letters(connection: Connection, policy: Policy, today: date) -> Iterator[tuple[int, Place]]:
    p, e = personal_value.c, entry.c
    statement = (
        sa.select(e.case_id, e.id, p.name, e.effective_on, case.c.unit_id)
        .join(entry, e.id == p.entry_id)
        .join(case, case.c.id == e.case_id)
        .where(case.c.workflow == MEMBER_RELATION, p.name.in_(LETTER_VALUES))
        .order_by(e.id)
    )
    for row in connection.execute(statement):
        if _is_over(LETTER, row.effective_on, row.unit_id, policy, today):
            yield row.case_id, (row.id, row.name)


def _notices(
    connection: Connection, name: str, policy: Policy, today: date
) -> Iterator[tuple[int, int | None]]:
    """Notices of that class that are done with and old enough, and say something still."""
    o = outbox.c
    named = case.c.subject_type.in_((PERSON, PLACE))
    statement: sa.Select[Any] = (
        sa.select(o.id, o.case_id, o.sent_at, o.owed_on, case.c.unit_id)
        .outerjoin(case, case.c.id == o.case_id)
        .where(
            o.status.in_(DONE_WITH),
            says_something(),
            named if name == NAMED_NOTICE else sa.or_(case.c.id.is_(None), sa.not_(named)),
        )
        .order_by(o.id)
    )
    for row in connection.execute(statement):
        ended_on = local_day(row.sent_at) if row.sent_at else row.owed_on
        if _is_over(name, ended_on, row.unit_id, policy, today):
            yield row.id, row.case_id
