"""Many cases at once: which were chosen, what is possible for them, what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lifecycle.caseload.holding import holders_of
from lifecycle.caseload.officers import acting_officers
from wording.teller import REFERENCE
from wording.usage import UsageError
from workflows.naming import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.caseload.officers import Officer
    from lifecycle.cases import CaseView
    from lifecycle.work import Work
    from web.sitting import Sitting

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case that was ticked, and what was seen of it then."""

    ref: str
    seen: int | None
    """The version; for handing over, the number of the account that had it (0: nobody)."""

    def __str__(self) -> str:
        """As a form carries it."""
        return self.ref if self.seen is None else f"{self.ref}@{self.seen}"


def chosen_of(values: Iterable[object]) -> list[Chosen]:
    """What was ticked, each case once.

    Raises:
        UsageError: nothing, too much, or something that is no case number.
    """
    found: dict[str, Chosen] = {}
    for value in values:
        ref, _, seen = str(value).partition("@")
        if REFERENCE.match(ref) is None:
            raise UsageError("bad_reference", ref=ref[:40])
        found.setdefault(ref, Chosen(ref, int(seen) if seen.isdecimal() else None))
    if not found:
        raise UsageError("bulk_none")
    if len(found) > MOST:
        raise UsageError("bulk_too_many", most=MOST)
    return list(found.values())


def in_sight(work: Work, sitting: Sitting, chosen: Sequence[Chosen]) -> dict[str, CaseView]:
    """By number: the chosen cases that are there for the reader; in a fixed number of reads."""
    numbers = {int(one.ref.partition("-")[2]) for one in chosen}
    wanted = {one.ref for one in chosen}
    return {
        view.ref: view
        for view in work.cases(sorted(numbers))
        if view.ref in wanted and sitting.scope.sees(view.unit_id, view.subject.type)
    }


@dataclass(frozen=True, slots=True)
class Possible:
    """An event that can be recorded in cases of one state."""

    key: str
    label: str
    roles: str
    mine: bool
    """The reader holds one of its roles for some case of the group; the others are refused."""


@dataclass(frozen=True, slots=True)
class Group:
    """Chosen cases of one matter that stand in one state."""

    workflow: str
    state: str
    refs: tuple[str, ...]
    events: tuple[Possible, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case, or would."""

    ref: str
    subject: str
    status: str
    lines: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether it was done, or would be."""
        return self.status in {"possible", "recorded", "repeated", "handed", "held"}


def groups_of(sitting: Sitting, views: Iterable[CaseView]) -> list[Group]:
    """The chosen cases by matter and state, each group with its events."""
    sorted_out: dict[tuple[str, str], list[CaseView]] = {}
    for view in views:
        if view.closed_on is None:
            sorted_out.setdefault((view.workflow, view.state), []).append(view)
    return [_group(sitting, *key, its) for key, its in sorted_out.items()]


def _group(sitting: Sitting, workflow: str, state: str, its: Sequence[CaseView]) -> Group:
    words = sitting.teller.words
    definition = sitting.teller.registry.book_of(its[0].workflow_text_id).workflow
    events = []
    for event in definition.possible(state):
        rows = [row for row in definition.rows(state, event) if row.by_person]
        roles = list(dict.fromkeys(role for row in rows for role in row.by))
        mine = any(sitting.seat.roles_at(one.unit_id) & set(roles) for one in its)
        told = "/".join(words.role(one) for one in roles)
        key = f"{workflow}|{state}|{event}"
        events.append(Possible(key, words.label(rows[0].label), told, mine))
    return Group(
        words.label(definition.label),
        words.label(definition.states[state].label),
        tuple(one.ref for one in its),
        tuple(sorted(events, key=lambda one: not one.mine)),
    )


def left_out(
    sitting: Sitting, chosen: Sequence[Chosen], views: Mapping[str, CaseView]
) -> list[Result]:
    """The chosen cases that nothing can be done with: not in sight, or closed."""
    words = sitting.teller.words
    found = []
    for one in chosen:
        view = views.get(one.ref)
        if view is None:
            found.append(Result(one.ref, "", "absent", (words("not_found", ref=one.ref),)))
        elif view.closed_on is not None:
            found.append(Result(one.ref, "", "closed", (words("holding_closed", ref=one.ref),)))
    return found


def subjects_of(connection: Connection, views: Mapping[str, CaseView]) -> dict[str, str]:
    """By number of the case: what it is about."""
    names = names_of(connection, [one.subject for one in views.values()])
    return {ref: names.get(view.subject, "") for ref, view in views.items()}


@dataclass(frozen=True, slots=True)
class HandOver:
    """To whom the chosen cases could go."""

    cases: tuple[tuple[Chosen, str, str], ...]
    """Each with what it is about, and who has it now."""
    officers: tuple[tuple[str, str], ...]
    """Login name, and how the list shows the account."""
    left_out: tuple[Result, ...]


def hand_over_page(work: Work, sitting: Sitting, chosen: Sequence[Chosen]) -> HandOver:
    """The chosen cases with their holders, and the accounts that act for one of their units."""
    connection = work.connection
    views = in_sight(work, sitting, chosen)
    going = {ref: one for ref, one in views.items() if one.closed_on is None}
    holders = holders_of(connection, [one.id for one in going.values()])
    names = subjects_of(connection, going)
    cases = []
    for ref, view in going.items():
        held = holders.get(view.id)
        seen = Chosen(ref, held.account_id if held else 0)
        cases.append((seen, names[ref], held.name if held else ""))
    parents = sitting.teller.registry.policy.parents
    units = {one.unit_id for one in going.values()}
    officers = tuple(
        (one.login, _shown(sitting, one, units))
        for one in acting_officers(connection, parents, sitting.today)
        if any(one.acts_for(unit_id) for unit_id in units)
    )
    return HandOver(tuple(cases), officers, tuple(left_out(sitting, chosen, views)))


def _shown(sitting: Sitting, officer: Officer, units: Iterable[int | None]) -> str:
    """An account in the list of choices: who acts for some of the units only is marked."""
    told = officer.name if officer.name == officer.login else f"{officer.name} ({officer.login})"
    if all(officer.acts_for(one) for one in units):
        return told
    return sitting.teller.words("bulk_some_units", who=told)
