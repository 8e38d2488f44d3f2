"""Who can supply what a step lacks, and where: concrete cases, a form, or a register entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.definition import OPENING, SAME
from lifecycle.store import queries
from lifecycle.store.hot import Statement, parameter
from workflows.recording import RECORDABLE
from workflows.register import party_body, person_at_organization
from workflows.subjects import BODY, ORGANIZATION, PLACE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.access import Scope
    from lifecycle.cases import CaseView, Subject
    from lifecycle.definition import Workflow
    from lifecycle.guards import Finding
    from lifecycle.registry import Registry
    from wording.words import Words

SHOWN = 3
"""So many cases are named; of the others only the number."""


@dataclass(frozen=True, slots=True)
class Related:
    """An open case near the one at hand."""

    ref: str
    workflow: str
    state: str


@dataclass(frozen=True, slots=True)
class Suppliers:
    """Answers for one case who can supply what."""

    words: Words
    registry: Registry
    related: tuple[Related, ...] = ()
    recorded_about: Mapping[str, str] = field(default_factory=dict)
    """By type of subject: what `lifecycle record` calls the one that is meant."""
    subject: str = ""
    """The type of the case's subject: whose facts are meant."""
    everywhere: bool = True
    """Every open case around is among the related ones, not only those of the reader's units."""

    def of(self, finding: Finding, roles: Sequence[str]) -> str:
        """Everybody who can supply what this finding lacks, in one line; empty when nobody can.

        Args:
            finding: an unmet finding.
            roles: who records the event, and so fills in its form.
        """
        declared = finding.supplied_by or self._behind(finding)
        held = [one.partition(":")[2] for one in declared if one.startswith("role:")]
        parts = [self.words("supplied_role", roles=self._roles(held))] if held else []
        for one in declared:
            if one == "form":
                parts.append(self.words("supplied_form", who=self._roles(roles)))
            elif one.startswith("record:"):
                parts.append(self._record(one.partition(":")[2]))
            elif not one.startswith("role:"):
                parts.append(self._event(*one.split(".", 1)))
        return "; ".join(parts)

    def _record(self, fact: str) -> str:
        """The command that records the fact, about the subject that has it."""
        spec = RECORDABLE.get(fact)
        kind = ORGANIZATION if spec is None or spec.subject == ORGANIZATION else PLACE
        about = self.recorded_about.get(kind, "…")
        told = self.words.section("recordable").get(fact, fact) if self.words.at_desk else fact
        return self.words("supplied_record", subject=about, fact=told)

    def _behind(self, finding: Finding) -> tuple[str, ...]:
        """Who supplies the facts from which this one is derived."""
        facts = self.registry.facts
        known = {name for kind, name in facts.facts if kind == self.subject}
        if finding.kind == "fact" and finding.id in known:
            names: tuple[str, ...] = (finding.id,)
        elif finding.kind == "predicate":
            names = self.registry.predicates[finding.id].needs
        else:
            return ()
        read, _ = facts.closure(self.subject, [one for one in names if one in known])
        return tuple(dict.fromkeys(one for fact in read for one in fact.supplied_by))

    def _roles(self, roles: Sequence[str]) -> str:
        return "/".join(self.words.role(one) for one in roles)

    def _event(self, workflow: str, event: str) -> str:
        book = self.registry.rulebooks.get(workflow)
        rows = [row for row in book.workflow.transitions if row.event == event] if book else []
        if book is None or not rows:
            return f"{workflow} {event}"
        who = self._roles(list(dict.fromkeys(role for row in rows for role in row.by)))
        by = f" ({who})" if who else ""
        label = self.words.label(rows[0].label)
        if rows[0].is_opening:
            return self.words.named(event, label) + by
        cases, told = self._cases(book.workflow, event), label if self.words.at_desk else event
        if not cases:
            named = self.words.label(book.workflow.label)
            key = "supplied_nowhere" if self.everywhere else "supplied_not_here"
            return self.words(key, workflow=named, event=told) + by
        return f"{cases} {told}{by}"

    def _cases(self, workflow: Workflow, event: str) -> str:
        """The cases in which the event can still come, those in which it is possible now first."""
        may = leads_to(workflow, event)
        now = {
            source for row in workflow.transitions if row.event == event for source in row.source
        }
        found = [
            one for one in self.related if one.workflow == workflow.workflow and one.state in may
        ]
        found.sort(key=lambda one: one.state not in now)
        refs = self.words.listed(one.ref for one in found[:SHOWN])
        more = len(found) - SHOWN
        return refs + (self.words("supplied_more", count=more) if more > 0 else "")


def suppliers_for(
    connection: Connection, words: Words, registry: Registry, view: CaseView, scope: Scope
) -> Suppliers:
    """The open cases in sight around a case; of a member only those of the same person."""
    subjects = registry.domain.related(connection, [view.subject]) | {view.subject}
    if view.subject.type == PLACE:
        own = _places_of_same_person(connection, view.subject.id)
        subjects = {one for one in subjects if one.type != PLACE or one.id in own}
    rows = queries.open_cases_about(connection, subjects)
    related = tuple(
        Related(f"{registry.book(row.workflow).workflow.code}-{row.id}", row.workflow, row.state)
        for row in rows
        if registry.book(row.workflow).workflow.listed and scope.sees(row.unit_id, row.subject_type)
    )
    about = _recorded_about(connection, registry, view, related)
    everywhere = scope.unit_ids is None and scope.person_unit_ids is None
    return Suppliers(words, registry, related, about, view.subject.type, everywhere)


def leads_to(workflow: Workflow, event: str) -> frozenset[str]:
    """The states from which the event can be recorded, now or after other steps."""
    return _leads_to(workflow.workflow, workflow.version, event, _edges(workflow))


Edges = tuple[tuple[str, str, str], ...]


def _edges(workflow: Workflow) -> Edges:
    return tuple(
        (row.event, source, source if row.target == SAME else row.target)
        for row in workflow.transitions
        for source in row.source
        if source != OPENING
    )


@cache
def _leads_to(_workflow: str, _version: str, event: str, edges: Edges) -> frozenset[str]:
    reached = {source for name, source, _ in edges if name == event}
    before = -1
    while len(reached) != before:
        before = len(reached)
        reached |= {source for _, source, target in edges if target in reached}
    return frozenset(reached)


def _places_of_same_person(connection: Connection, place_id: int) -> set[int]:
    return {number for (number,) in _OF_SAME_PERSON.rows(connection, place_id=place_id)}


def _recorded_about(
    connection: Connection, registry: Registry, view: CaseView, related: Sequence[Related]
) -> dict[str, str]:
    """The organization and the member of a case; of several members the first stands for all."""
    found: dict[str, str] = {}
    organization = _organization_of(connection, view.subject)
    if organization is not None:
        found[ORGANIZATION] = f"{ORGANIZATION}:{organization}"
    of_members = [one for one in related if registry.book(one.workflow).workflow.subject == PLACE]
    if view.subject.type == PLACE:
        found[PLACE] = view.ref
    elif of_members:
        found[PLACE] = of_members[0].ref
    return found


def _organization_of(connection: Connection, subject: Subject) -> int | None:
    if subject.type == ORGANIZATION:
        return subject.id
    if subject.type not in _AROUND:
        return None
    found = _AROUND[subject.type].rows(connection, number=subject.id)
    number: int | None = found[0][0] if found else None
    return number


_P = person_at_organization.c
_OF_SAME_PERSON = Statement(
    sa.select(_P.id).where(
        _P.person_id
        == sa.select(_P.person_id).where(_P.id == parameter("place_id", _P.id)).scalar_subquery()
    )
)
_AROUND = {
    kind: Statement(
        sa.select(table.c.organization_id).where(table.c.id == parameter("number", table.c.id))
    )
    for kind, table in ((BODY, party_body), (PLACE, person_at_organization))
}
