"""Erasing a person: one officer asks, another one confirms, the trail keeps its commitments.

The database part is one transaction. What lies outside it (mails as files, free pages of the
database file) is removed afterwards by whoever calls, and can be removed again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lifecycle import erasing
from lifecycle.cases import EntryKind, Subject
from lifecycle.correcting.steps import personal_values
from lifecycle.engine import REASON, REGISTER, begin, record_rows
from lifecycle.errors import LifecycleError
from lifecycle.failpoints import failpoint
from lifecycle.history import bodies_of, living
from workflows.belongings import (
    Belongings,
    belongings_of,
    marked,
    pseudonymise,
    standing_record,
)
from workflows.erase_conditions import Request, says_name, to_confirm, to_request
from workflows.subjects import PERSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from lifecycle.access import Actor
    from lifecycle.clock import Clock
    from lifecycle.guards import Finding
    from lifecycle.registry import Registry
    from lifecycle.work import Work, Written

REQUESTED = "erasure_requested"
CARRIED_OUT = "erased"


class EraseRefusedError(LifecycleError):
    """A person cannot be erased now; `findings` holds every condition, met and unmet."""

    def __init__(self, person: Subject, findings: Sequence[Finding]) -> None:
        self.person = person
        self.findings = tuple(findings)
        unmet = ", ".join(one.id for one in findings if not one.met and not one.advisory)
        super().__init__(f"{person.type}:{person.id} cannot be erased: unmet {unmet}")


class ErasedAlreadyError(LifecycleError):
    """The person has been erased; nothing is left to ask for."""

    def __init__(self, person: Subject) -> None:
        self.person = f"{person.type}:{person.id}"
        super().__init__(f"{self.person} has been erased already")


@dataclass(frozen=True, slots=True)
class Erasure:
    """A step of an erasure: what it rests on, what goes, and the entry that says so."""

    person: Subject
    found: Belongings
    marked: erasing.Marked
    """The values and notices that go, or have gone."""
    findings: tuple[Finding, ...] = ()
    written: Written | None = None
    """None: a preview, or an erasure that had been carried out before."""

    @property
    def is_possible(self) -> bool:
        """Whether nothing stands in the way."""
        return all(one.met or one.advisory for one in self.findings)

    @property
    def is_done(self) -> bool:
        """Whether the person had been erased before."""
        return not self.found.names


def request(
    connection: Connection,
    registry: Registry,
    clock: Clock,
    *,
    person: Subject,
    reason: str,
    actor: Actor,
    dry: bool = False,
) -> Erasure:
    """Records in the person's file that somebody asks for the erasure; nothing goes yet.

    Args:
        connection: the transaction.
        registry: the law in force.
        clock: says what time it is.
        person: any of the person's records.
        reason: why, at most 300 characters, without the name; a personal value.
        actor: who asks.
        dry: only look: nothing is written, and what is unmet is not raised.

    Raises:
        ErasedAlreadyError: there is nothing left to erase.
        EraseRefusedError: with every condition, met and unmet.
    """
    work, reason = begin(connection, registry, clock, actor), reason.strip()
    step = _looked_up(work, person)
    if step.is_done:
        raise ErasedAlreadyError(step.person)
    asked = pending(work, step.person)
    step = replace(step, findings=to_request(work, step.found, reason, asked))
    if dry:
        return step
    if not step.is_possible:
        raise EraseRefusedError(step.person, step.findings)
    written = record_rows(
        work, step.person, [], work.today, settles=False, event=REQUESTED, reason=reason
    )
    return replace(step, written=written)


def confirm(
    connection: Connection,
    registry: Registry,
    clock: Clock,
    *,
    person: Subject,
    actor: Actor,
    dry: bool = False,
) -> Erasure:
    """Erases the person, as another officer has asked for it; a second call changes nothing.

    Raises:
        EraseRefusedError: with every condition, met and unmet.
    """
    work = begin(connection, registry, clock, actor)
    step = _looked_up(work, person)
    if step.is_done:
        return step
    asked = pending(work, step.person)
    step = replace(step, findings=to_confirm(work, step.found, asked))
    if dry:
        return step
    if asked is None or not step.is_possible:
        raise EraseRefusedError(step.person, step.findings)
    return replace(step, written=_carry_out(work, step, asked))


def _looked_up(work: Work, person: Subject) -> Erasure:
    """The record that stands for the person, and what belongs to it once its cases are locked."""
    subject = Subject(PERSON, standing_record(work.connection, person.id))
    work.lock(belongings_of(work.connection, subject.id, work.today).cases)
    found = belongings_of(work.connection, subject.id, work.today)
    return Erasure(subject, found, marked(work.connection, found))


def pending(work: Work, subject: Subject) -> Request | None:
    """The latest request in the person's file that nobody has withdrawn or carried out."""
    numbers = work.cases_of([subject])
    files = [one for one in work.cases(numbers) if one.workflow == REGISTER]
    for view in files:
        for body in reversed(living(bodies_of(work.connection, view.id))):
            if body["event"] == CARRIED_OUT:
                return None
            if body["event"] == REQUESTED:
                said = personal_values(work.connection, view.id, [body]).get(body["seq"], {})
                reason = said.get(f"field.{REASON}", "")
                who = body["actor"]
                day = body["effective_on"]
                return Request(body["seq"], who["id"], day, reason, who["for"])
    return None


def _carry_out(work: Work, step: Erasure, asked: Request) -> Written:
    found = step.found
    erasing.remove(work.connection, step.marked)
    pseudonymise(work.connection, found)
    failpoint("after_pseudonym")
    return record_rows(
        work,
        step.person,
        [],
        work.today,
        settles=False,
        event=CARRIED_OUT,
        kind=EntryKind.ERASED,
        reason="" if says_name(found, asked.reason) else asked.reason,
        details={
            erasing.ERASED: erasing.as_details(step.marked.values),
            "requested_by": asked.actor,
            "request": asked.seq,
            "confirmed_by": work.actor.id,
            "persons": list(found.persons),
            "values": len(step.marked.values),
            "notices": len(step.marked.notices),
            "rows": len(found.posts) + len(found.waiting) + len(found.snapshots),
        },
    )
