"""How far a change reaches: the cases whose facts read what was written, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.registry import SUBJECT_ENDED
from lifecycle.sources import case_source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from lifecycle.cases import CaseView
    from lifecycle.definition import Transition
    from lifecycle.registry import Registry
    from lifecycle.rulebook import Rulebook


def asked_at_rest(registry: Registry, book: Rulebook, view: CaseView) -> frozenset[str]:
    """The facts on which it depends whether a rule moves the case."""
    names = book.facts_for(book.workflow.automatic(view.state))
    if may_pause(book, view):
        names |= book.pause_facts()
    return names | {SUBJECT_ENDED} if may_end(registry, book) else names


def asked_to_open(registry: Registry, book: Rulebook, rows: Sequence[Transition]) -> frozenset[str]:
    """The facts on which it depends whether one of these rows opens a case."""
    kind = rows[0].for_each or book.workflow.subject
    ends = (kind, SUBJECT_ENDED) in registry.facts.facts
    return book.facts_for(rows) | {SUBJECT_ENDED} if ends else book.facts_for(rows)


def may_pause(book: Rulebook, view: CaseView) -> bool:
    """Whether a deadline runs in the case that a fact can suspend or resume."""
    return any(
        book.workflow.deadlines[one.rule].pause_while
        for one in view.deadlines
        if one.is_running and one.rule in book.workflow.deadlines
    )


def may_end(registry: Registry, book: Rulebook) -> bool:
    """Whether cases of the workflow close when their subject ends."""
    known = (book.workflow.subject, SUBJECT_ENDED) in registry.facts.facts
    return known and bool(book.workflow.closing_state)


def reaches_case(
    registry: Registry, book: Rulebook, view: CaseView, changed: AbstractSet[str]
) -> bool:
    """Whether what a case at rest asks is read from anything that changed."""
    names = asked_at_rest(registry, book, view)
    return not changed.isdisjoint(registry.reader.sources(view.subject.type, names))


def reaches_openings(registry: Registry, book: Rulebook, changed: AbstractSet[str]) -> bool:
    """Whether a case of the workflow may have to be opened after the change."""
    rows = [row for row in book.workflow.openings if row.automatic]
    if not rows:
        return False
    kind = rows[0].for_each or book.workflow.subject
    read = registry.reader.sources(kind, asked_to_open(registry, book, rows))
    return case_source(book.workflow.workflow) in changed or not changed.isdisjoint(read)


def reaches_anything(registry: Registry, changed: AbstractSet[str]) -> bool:
    """Whether there is any state of any workflow, or any opening, that the change can reach."""
    key = frozenset(changed)
    found = registry.reached.get(key)
    if found is None:
        found = registry.reached[key] = any(
            not changed.isdisjoint(_read_at_any_rest(registry, book))
            or reaches_openings(registry, book, changed)
            for book in (*registry.versions.values(), *registry.rulebooks.values())
        )
    return found


def _read_at_any_rest(registry: Registry, book: Rulebook) -> frozenset[str]:
    rows = [row for row in book.workflow.transitions if row.automatic and not row.is_opening]
    names = book.facts_for(rows) | book.pause_facts()
    if may_end(registry, book):
        names |= {SUBJECT_ENDED}
    return registry.reader.sources(book.workflow.subject, names)
