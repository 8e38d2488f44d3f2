"""The work list as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from lifecycle.access import ACTING, OFFICERS
from lifecycle.caseload.worklist import (
    COUNTED,
    SOON,
    Asked,
    Light,
    Whose,
    counts,
    total,
    unlisted,
    work_list,
)
from lifecycle.cases import Subject
from web.numbers import number_in
from wording.rendering import due_day, light
from workflows.naming import names_of
from workflows.subjects import UNIT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.store.hot import Record
    from web.sitting import Sitting

PAGE: Final = 50
FAIR: Final = 20
"""One of so many units is a fair part of them."""

GROUPS: Final = (Light.OVERDUE, Light.SOON, Light.OPEN, Light.WAITING)
"""In the order in which they stand on the page."""


NAMED: Final = ("whose", "light", "workflow", "state", "unit", "due_from", "due_until")
"""The conditions by the names that they have in the address and in forms."""


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list."""

    ref: str
    workflow: str
    subject: str
    unit: str
    state: str
    since: str
    group: Light
    light: str
    due: str
    rule: str
    deadline_id: int | None
    holder: str
    version: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the address of the page asks for, as text."""

    whose: str = Whose.MINE
    light: str = ""
    workflow: str = ""
    state: str = ""
    unit: str = ""
    page: int = 1
    due_from: str = ""
    due_until: str = ""

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Conditions:
        """The conditions that a form carries, from its first page on."""
        named = {name: str(given.get(name) or "") for name in NAMED}
        return cls(**named)  # type: ignore[arg-type] # none of the names is the page's

    @property
    def narrow(self) -> bool:
        """Whether anything but whose cases they are is asked for."""
        named = (getattr(self, name) for name in NAMED if name != "whose")
        return any(named) or self.page > 1

    def as_query(self) -> dict[str, object]:
        """What stands in the address; the first page is not named."""
        named = {name: getattr(self, name) for name in NAMED}
        return named | {"page": self.page if self.page > 1 else ""}


@dataclass(frozen=True, slots=True)
class WorkListPage:
    """The list with its counts and the choices of its filters."""

    conditions: Conditions
    rows: Sequence[Row]
    counts: Mapping[str, str]
    total: str
    unlisted: str
    """How many more there are without a deadline; empty where there are none."""
    aside: str
    """How many of the reader's own are put aside, where the list does not show them."""
    more: bool
    workflows: Sequence[tuple[str, str]]
    states: Sequence[tuple[str, str]]
    units: Sequence[tuple[int, str]] = field(default=())


def usual(sitting: Sitting) -> str:
    """Whose cases are shown unasked: who only reads has none of their own."""
    return "mine" if sitting.may(*ACTING) else "all"


def known(sitting: Sitting, conditions: Conditions) -> Conditions:
    """The conditions without a workflow that is not listed, and with whose cases are usual."""
    made = replace(conditions, whose=conditions.whose or usual(sitting))
    if made.workflow in sitting.teller.listed():
        return made
    return replace(made, workflow="", state="")


def asked_of(sitting: Sitting, conditions: Conditions) -> Asked:
    """The conditions as the engine reads them; what names nothing is left out."""
    lights, whose = set(Light), set(Whose)
    top = number_in(conditions.unit)
    return Asked(
        whose=Whose(conditions.whose) if conditions.whose in whose else Whose.MINE,
        account_id=account_of(sitting),
        today=sitting.today,
        own_units=own_units(sitting),
        light=Light(conditions.light) if conditions.light in lights else None,
        workflow=conditions.workflow or None,
        state=conditions.state or None,
        unit_ids=None if top is None else below(sitting, top),
        due_from=day_of(conditions.due_from),
        due_until=day_of(conditions.due_until),
        widely=is_wide(sitting),
        limit=PAGE + 1,
        offset=(conditions.page - 1) * PAGE,
    )


def day_of(text: str) -> date | None:
    """The day that a condition names; none where it names no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_wide(sitting: Sitting) -> bool:
    """Whether the reader sees a fair part of all units."""
    units = sitting.scope.unit_ids
    return units is None or len(units) * FAIR >= len(sitting.teller.registry.policy.parents)


def account_of(sitting: Sitting) -> int:
    """Whose cases are one's own: those of the absent person while acting for them."""
    return sitting.who.acting_for or sitting.who.account.id


def own_units(sitting: Sitting) -> Collection[int] | None:
    """The units at which roles were granted; None where one holds everywhere."""
    tops = {one.granted_at for one in sitting.seat.holdings if one.role in OFFICERS}
    return None if None in tops else {one for one in tops if one is not None}


def below(sitting: Sitting, top: int) -> list[int]:
    """A unit and those below it."""
    policy = sitting.teller.registry.policy
    return [one for one in policy.parents if top in policy.ancestors(one)]


def hidden(sitting: Sitting) -> list[str]:
    """The workflows whose cases are no work."""
    books = sitting.teller.registry.rulebooks.values()
    return [one.workflow.workflow for one in books if not one.workflow.listed]


def work_list_page(
    connection: Connection, sitting: Sitting, conditions: Conditions
) -> WorkListPage:
    """The page of the list that the conditions ask for."""
    asked, no_work = asked_of(sitting, conditions), hidden(sitting)
    found = work_list(connection, sitting.scope, no_work, asked)
    counted = counts(connection, sitting.scope, no_work, asked)
    hides_aside = asked.whose is Whose.MINE and asked.light is not Light.ASIDE
    words, registry = sitting.teller.words, sitting.teller.registry
    listed = [one.workflow for one in registry.rulebooks.values() if one.workflow.listed]
    chosen = [one for one in listed if one.workflow == conditions.workflow]
    return WorkListPage(
        conditions=conditions,
        rows=rows_of(connection, sitting, found[:PAGE]),
        counts={one.value: capped(counted[one]) for one in Light},
        total=capped(total(counted, asked)),
        unlisted=some(unlisted(counted, asked)),
        aside=some(counted[Light.ASIDE]) if hides_aside else "",
        more=len(found) > PAGE,
        workflows=[(one.workflow, words.label(one.label)) for one in listed],
        states=[
            (name, words.label(state.label))
            for one in chosen
            for name, state in one.states.items()
            if not state.final
        ],
        units=units_in_sight(connection, sitting),
    )


def capped(number: int) -> str:
    """How many there are, as far as they are counted."""
    return f"{COUNTED}+" if number > COUNTED else str(number)


def some(number: int) -> str:
    """How many there are; nothing where there are none."""
    return capped(number) if number else ""


def units_in_sight(connection: Connection, sitting: Sitting) -> list[tuple[int, str]]:
    """The units by which the list may be narrowed: those at which roles were granted, and below."""
    parents = sitting.teller.registry.policy.parents
    tops = own_units(sitting)
    roots = [one for one, above in parents.items() if above is None] if tops is None else list(tops)
    near = {*roots, *(one for one, above in parents.items() if above in roots)}
    names = names_of(connection, [Subject(UNIT, one) for one in near])
    return sorted(((one.id, name) for one, name in names.items()), key=lambda one: one[0])


def rows_of(connection: Connection, sitting: Sitting, found: Sequence[Record]) -> list[Row]:
    """Cases as rows, with the names of what they are about in two reads."""
    subjects = [Subject(one["subject_type"], one["subject_id"]) for one in found]
    units = [Subject(UNIT, one["unit_id"]) for one in found if one["unit_id"] is not None]
    names = names_of(connection, [*subjects, *units])
    return [_row(sitting, one, names) for one in found]


def _row(sitting: Sitting, one: Record, names: Mapping[Subject, str]) -> Row:
    words, registry = sitting.teller.words, sitting.teller.registry
    workflow = registry.book_of(one["workflow_text_id"]).workflow
    state = workflow.states[one["state"]]
    due_on, rule = one["due_on"], one["rule"]
    due = due_day(words, due_on, provisional=one["provisional"]) if due_on else ""
    shown = words("light_none")
    if due_on:
        rest = registry.rest_days
        shown = light(words, one["kind"], "open", due_on, sitting.today, rest)
    subject = Subject(one["subject_type"], one["subject_id"])
    return Row(
        ref=f"{workflow.code}-{one['id']}",
        workflow=words.label(workflow.label),
        subject=names.get(subject, ""),
        unit=names.get(Subject(UNIT, one["unit_id"]), ""),
        state=words.label(state.label),
        since=str(one["state_since_on"]),
        group=group_of(sitting, due_on),
        light=shown,
        due=due,
        rule=f"{rule} {words.label(workflow.deadlines[rule].label)}" if rule else "",
        deadline_id=one["deadline_id"],
        holder=one["holder"] or "",
        version=one["version"],
    )


def group_of(sitting: Sitting, due_on: Any) -> Light:  # noqa: ANN401 - a day or None
    """Under which light a case stands."""
    if due_on is None:
        return Light.WAITING
    if due_on < sitting.today:
        return Light.OVERDUE
    return Light.SOON if due_on <= sitting.today + SOON else Light.OPEN
