"""What must hold for a person to be erased: every condition of the step at once, met or not."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.access import Role
from lifecycle.conditions import Label
from lifecycle.entered import LONGEST_TEXT
from lifecycle.guards import Finding
from lifecycle.plan import role_finding
from workflows.visibility import NAMING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.access import Actor
    from lifecycle.cases import FieldValue
    from lifecycle.work import Work
    from workflows.belongings import Belongings

REQUESTERS = (Role.CASE_OFFICER, Role.APPROVER, Role.ORG_DEPT_OFFICER)
CONFIRMERS = (Role.APPROVER, Role.ORG_DEPT_OFFICER)


@dataclass(frozen=True, slots=True)
class Request:
    """What stands in the person's file about an erasure that was asked for."""

    seq: int
    actor: str
    on: str
    reason: str
    on_behalf_of: str | None = None
    """Whose substitute asked."""

    @property
    def answerable(self) -> frozenset[str]:
        """Everybody who answers for the request: none of them confirms it."""
        return frozenset({self.actor} | ({self.on_behalf_of} if self.on_behalf_of else set()))


def to_request(
    work: Work, found: Belongings, reason: str, pending: Request | None
) -> tuple[Finding, ...]:
    """Everything that asking for the erasure needs."""
    told = f"{pending.actor}, {pending.on}" if pending else None
    return (
        *role_finding(REQUESTERS, work.actor),
        _named(work.actor),
        _finding("reason", met=0 < len(reason) <= LONGEST_TEXT, seen=len(reason)),
        *_without_name(work.actor, found, reason),
        _finding("not_requested", met=pending is None, seen=told),
        *_nothing_in_the_way(work, found),
    )


def to_confirm(work: Work, found: Belongings, pending: Request | None) -> tuple[Finding, ...]:
    """Everything that carrying it out needs."""
    another = pending is None or is_another(pending, work.actor)
    return (
        *role_finding(CONFIRMERS, work.actor),
        _named(work.actor),
        _finding("request", met=pending is not None, seen=pending.actor if pending else None),
        _finding("another_person", met=another, seen=pending.actor if pending else None),
        *_nothing_in_the_way(work, found),
    )


def _nothing_in_the_way(work: Work, found: Belongings) -> Iterator[Finding]:
    refs = [work.case(number).ref for number in found.open_cases]
    yield _finding("no_open_case", met=not refs, seen=", ".join(refs) or None)
    posts = ", ".join(found.in_office)
    yield _finding("not_in_office", met=not posts, seen=posts or None)
    shared = bool(found.shared)
    yield _finding("only_bearer", met=not shared, advisory=True)


def _without_name(actor: Actor, found: Belongings, reason: str) -> Iterator[Finding]:
    """Whether the reason leaves the name out, said to those who see the name only.

    Whoever sees a surname could try names until one is refused. What they write is not kept when
    the name stands in it (`says_name`).
    """
    if actor.roles & NAMING:
        yield _finding("reason_no_name", met=not says_name(found, reason))


def says_name(found: Belongings, reason: str) -> bool:
    """Whether a name of the person stands in the reason."""
    return any(one in reason for one in found.names)


def _named(actor: Actor) -> Finding:
    """A role alone names nobody, and two of them would be told apart by nothing."""
    return _finding("named", met=actor.id not in set(Role), seen=actor.id)


def is_another(asked: Request, actor: Actor) -> bool:
    """Whether nobody stands on both sides, substitutes with those for whom they act included."""
    sides = (asked.answerable, actor.answerable)
    return not frozenset.intersection(*(frozenset(map(_person, one)) for one in sides))


def _person(name: str) -> str:
    """A name as two spellings of it are equal."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _finding(name: str, *, met: bool, seen: FieldValue = None, advisory: bool = False) -> Finding:
    """A finding of this act; its words stand in the catalogue of whoever shows it."""
    label = Label(zh=name, en=name)
    return Finding(name, met, label, "erase", seen=seen, advisory=advisory, cite=("E31",))
