"""What must hold for two records to be merged: every condition at once, met or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.asof import AsOf
from lifecycle.conditions import Label
from lifecycle.entered import LONGEST_TEXT
from lifecycle.guards import Finding
from lifecycle.past import expressed
from lifecycle.plan import role_finding
from lifecycle.store.tables import case
from workflows.changing_hands import pairs_of
from workflows.facts.shared import IN_FORCE, own_body
from workflows.intake.comparing import ON_THE_FORMAL_WAY
from workflows.merged import kept_of
from workflows.register import person_at_organization
from workflows.subjects import ORGANIZATION, PERSON, PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.cases import FieldValue, Subject
    from lifecycle.work import Work

ROLES = (Role.ORG_DEPT_OFFICER, Role.CASE_OFFICER)


def conditions(work: Work, gone: Subject, kept: Subject, reason: str) -> tuple[Finding, ...]:
    """Everything that merging `gone` into `kept` asks, met or not."""
    found = [*role_finding(ROLES, work.actor), _reason(reason), *_two_of_a_kind(gone, kept)]
    found.append(_not_merged(work, gone, kept))
    if gone.type != kept.type or gone == kept:
        return tuple(found)
    if gone.type == ORGANIZATION:
        found += [_on_register(work, kept), _no_body(work, gone)]
    found.append(_no_collision(work, gone, kept))
    if gone.type == PERSON:
        found += _one_formal_relation(work, gone, kept)
    return tuple(found)


def _finding(name: str, *, met: bool, seen: FieldValue = None, advisory: bool = False) -> Finding:
    """A finding of this act; its words stand in the catalogue of whoever shows it."""
    label = Label(zh=name, en=name)
    return Finding(name, met, label, "merge", seen=seen, advisory=advisory, cite=("practice",))


def _reason(reason: str) -> Finding:
    return _finding("reason", met=0 < len(reason) <= LONGEST_TEXT, seen=len(reason))


def _two_of_a_kind(gone: Subject, kept: Subject) -> Iterator[Finding]:
    types = f"{gone.type}, {kept.type}"
    yield _finding("same_type", met=gone.type == kept.type, seen=types)
    yield _finding("two_records", met=gone != kept, seen=_named(gone))


def _named(subject: Subject) -> str:
    return f"{subject.type}:{subject.id}"


def _not_merged(work: Work, *records: Subject) -> Finding:
    """Neither has been merged already: what has gone into another one has nothing of its own."""
    into = {one: kept_of(work.connection, one) for one in records}
    told = [f"{_named(one)} → {_named(kept)}" for one, kept in into.items() if kept]
    return _finding("not_merged", met=not told, seen=", ".join(told) or None)


def _on_register(work: Work, kept: Subject) -> Finding:
    """The record that stays has not ended: everything that came to it would end with it."""
    met = bool(work.read(kept, ["on_register"], work.today)["on_register"])
    return _finding("on_register", met=met, seen=_named(kept))


def _no_body(work: Work, gone: Subject) -> Finding:
    """The record that goes has no elected or provisional body of its own."""
    own = own_body(sa.literal(gone.id), expressed(AsOf(work.today)), IN_FORCE)
    body_id = work.connection.execute(own).scalars().first()
    return _finding("no_body", met=body_id is None, seen=body_id)


def _no_collision(work: Work, gone: Subject, kept: Subject) -> Finding:
    """No person has open cases at one organization in both records."""
    pairs = pairs_of(work.connection, gone, kept, work.today)
    told = [
        " / ".join(_ref(work, *one) for one in pair.own.open_cases + pair.other.open_cases)
        for pair in pairs
        if pair.collides and pair.other is not None
    ]
    return _finding("no_collision", met=not told, seen=", ".join(told) or None)


def _ref(work: Work, workflow: str, number: int) -> str:
    return f"{work.registry.book(workflow).workflow.code}-{number}"


def _one_formal_relation(work: Work, *records: Subject) -> Iterator[Finding]:
    """One formal relation is open at a time (I.1): with two of them the officer decides."""
    p, c = person_at_organization.c, case.c
    statement = (
        sa.select(c.workflow, c.id)
        .join(person_at_organization, p.id == c.subject_id)
        .where(
            c.workflow == "member_relation",
            c.subject_type == PLACE,
            p.person_id.in_([one.id for one in records]),
            c.closed_on.is_(None),
            c.state.in_(ON_THE_FORMAL_WAY),
        )
        .order_by(c.id)
    )
    told = [_ref(work, *row) for row in work.connection.execute(statement)]
    if len(told) > 1:
        yield _finding("one_formal_relation", met=False, seen=", ".join(told), advisory=True)
