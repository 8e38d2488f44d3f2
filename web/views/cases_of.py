"""The cases of an organization or a person in one table: by matter, with their next deadline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.cases import Subject
from web.views.worklist import group_of
from wording.rendering import due_day, light
from workflows import files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.caseload.worklist import Light
    from lifecycle.store.hot import Record
    from web.sitting import Sitting


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in the file."""

    ref: str
    about: Subject
    workflow: str
    subject: str
    state: str
    since: str
    opened: str
    closed: str
    group: Light
    light: str
    due: str
    rule: str
    deadline_id: int | None


@dataclass(frozen=True, slots=True)
class Matter:
    """The cases of one workflow."""

    label: str
    rows: tuple[CaseRow, ...]

    @property
    def open(self) -> int:
        """How many are not closed."""
        return sum(not one.closed for one in self.rows)


def case_rows(
    connection: Connection,
    sitting: Sitting,
    found: Sequence[Record],
    names: Mapping[Subject, str],
) -> list[CaseRow]:
    """Cases as rows; those outside the reader's sight are not there."""
    seen = [one for one in found if sitting.scope.sees(one["unit_id"], one["subject_type"])]
    running = [one["id"] for one in seen if one["closed_on"] is None]
    due = files.next_deadlines(connection, running)
    return [_row(sitting, one, due.get(one["id"]), names) for one in seen]


def by_matter(sitting: Sitting, rows: Sequence[CaseRow]) -> list[Matter]:
    """The rows by workflow, in the order of the rulebook."""
    words = sitting.teller.words
    books = sitting.teller.registry.rulebooks.values()
    labels = dict.fromkeys(words.label(book.workflow.label) for book in books)
    made = [(label, tuple(one for one in rows if one.workflow == label)) for label in labels]
    return [Matter(label, inside) for label, inside in made if inside]


def _row(
    sitting: Sitting,
    one: Record,
    due: Record | None,
    names: Mapping[Subject, str],
) -> CaseRow:
    words, registry = sitting.teller.words, sitting.teller.registry
    workflow = registry.book_of(one["workflow_text_id"]).workflow
    shown, day, rule, number, presses = words("light_none"), "", "", None, None
    if due is not None:
        rest = registry.rest_days
        shown = light(words, due["kind"], "open", due["due_on"], sitting.today, rest)
        day = due_day(words, due["due_on"], provisional=due["provisional"])
        rule = words.label(workflow.deadlines[due["rule"]].label)
        number = due["id"]
        presses = due["due_on"] if due["kind"] == "deadline" else None
    about = Subject(one["subject_type"], one["subject_id"])
    return CaseRow(
        ref=f"{workflow.code}-{one['id']}",
        about=about,
        workflow=words.label(workflow.label),
        subject=names.get(about, ""),
        state=words.label(workflow.states[one["state"]].label),
        since=str(one["state_since_on"]),
        opened=str(one["opened_on"]),
        closed=str(one["closed_on"] or ""),
        group=group_of(sitting, presses),
        light=shown,
        due=day,
        rule=rule,
        deadline_id=number,
    )
