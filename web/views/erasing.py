"""Erasing a person: what would go, what stands in the way, and who has asked for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from json import dumps
from typing import TYPE_CHECKING, Final

from notices.removal import lying, mails_of
from web.views.person import person_page
from wording.erasing import erasure_lines, refusal_lines
from workflows.erase_conditions import is_another
from workflows.erasing import confirm, pending, request
from workflows.subjects import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from lifecycle.access import Actor
    from lifecycle.cases import CaseView, Subject
    from lifecycle.guards import Finding
    from lifecycle.work import Work
    from web.sitting import Sitting
    from workflows.erase_conditions import Request
    from workflows.erasing import Erasure

ABOUT_REASON: Final = frozenset({"reason", "reason_no_name"})
"""What is said of a reason is worth reading once one has been typed."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to hold, with what to do where it does not, and the cases that it is about."""

    told: str
    met: bool
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that waits for another officer."""

    who: str
    on_behalf_of: str
    on: str
    reason: str
    own: bool
    """Whether the reader is among those who answer for it, and can therefore not confirm it."""


@dataclass(frozen=True, slots=True)
class ErasurePage:
    """Everything on the page of an erasure."""

    number: int
    name: str
    erased: bool
    goes: tuple[str, ...]
    conditions: tuple[Condition, ...]
    possible: bool
    may_ask: bool
    """Whether nothing but the reason can be wrong: before that there is nothing to fill in."""
    asked: Asked | None
    shown: str
    """Tells whether what is sent is what was shown."""


def erasure_page(
    connection: Connection, sitting: Sitting, person: Subject, actor: Actor, reason: str | None
) -> ErasurePage | None:
    """What asking for the erasure, or confirming it, would do; None: nobody there in sight.

    Args:
        connection: where to read; nothing is written.
        sitting: who reads.
        person: the record that stands for the person.
        actor: who would act.
        reason: what was typed; None before anything was.
    """
    shown = person_page(connection, sitting, person.id)
    if shown is None:
        return None
    work = sitting.teller.work(connection, actor)
    asked = pending(work, person)
    step = _looked_at(connection, sitting, person, actor, asked, reason or "")
    findings = [one for one in step.findings if reason is not None or one.id not in ABOUT_REASON]
    return ErasurePage(
        number=person.id,
        name=shown.name,
        erased=step.is_done,
        goes=tuple(_goes(work, sitting, step)),
        conditions=tuple(_conditions(work, sitting, step, findings)),
        possible=all(one.met or one.advisory for one in findings),
        may_ask=all(one.met or one.advisory or one.id in ABOUT_REASON for one in findings),
        asked=None if asked is None else _asked(asked, actor),
        shown=_digest(step, asked),
    )


def _looked_at(
    connection: Connection,
    sitting: Sitting,
    person: Subject,
    actor: Actor,
    asked: Request | None,
    reason: str,
) -> Erasure:
    """The step that comes next, only looked at; of an erased person what is left, which is none."""
    teller = sitting.teller
    done = confirm(connection, teller.registry, teller.clock, person=person, actor=actor, dry=True)
    if asked is not None or done.is_done:
        return done
    return request(
        connection, teller.registry, teller.clock, person=person, reason=reason, actor=actor,
        dry=True,
    )  # fmt: skip


def _goes(work: Work, sitting: Sitting, step: Erasure) -> Iterator[str]:
    """What goes, counted; that cases of other units go too is said without naming them."""
    folder = sitting.desk.outgoing
    mails = mails_of(work.connection, step.marked.notices)
    files = 0 if folder is None else len(lying(folder, mails))
    yield from (one.strip() for one in erasure_lines(sitting.teller, step, files))
    places = [one for one in work.cases(step.found.cases) if one.subject.type == PLACE]
    outside = len(places) - len(_in_sight(sitting, places))
    if outside:
        yield sitting.teller.words("erase_elsewhere", count=outside)


def _conditions(
    work: Work, sitting: Sitting, step: Erasure, findings: Iterable[Finding]
) -> Iterator[Condition]:
    """Every condition, those first that are in the way; cases outside are counted, not named."""
    words = sitting.teller.words
    for one in sorted(findings, key=lambda one: one.met):
        refs: tuple[str, ...] = ()
        finding = one
        if one.id == "no_open_case" and not one.met:
            found = work.cases(step.found.open_cases)
            refs = tuple(view.ref for view in _in_sight(sitting, found))
            hidden = len(found) - len(refs)
            told = [*refs, *([words("correct_elsewhere", count=hidden)] if hidden else [])]
            finding = replace(one, seen=words.listed(told))
        for told_line in refusal_lines(words, [finding]):
            yield Condition(told_line, one.met or one.advisory, refs)


def _in_sight(sitting: Sitting, views: Iterable[CaseView]) -> list[CaseView]:
    return [one for one in views if sitting.scope.sees(one.unit_id, one.subject.type)]


def _asked(asked: Request, actor: Actor) -> Asked:
    own = not is_another(asked, actor)
    return Asked(asked.actor, asked.on_behalf_of or "", asked.on, asked.reason, own)


def _digest(step: Erasure, asked: Request | None) -> str:
    """Of everything that goes, and of the request that is confirmed."""
    found = step.found
    parts = (
        found.persons, sorted(step.marked.values), sorted(step.marked.notices), found.posts,
        found.waiting, found.snapshots, asked.seq if asked else None,
    )  # fmt: skip
    return hashlib.sha256(dumps(parts).encode()).hexdigest()[:32]
