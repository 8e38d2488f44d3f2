"""The work list as it is taken away: the columns of the screen, every page of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lifecycle.caseload.worklist import counts, unlisted, work_list
from lifecycle.cases import Subject
from web.translations import translations
from web.views.sheets import MOST
from web.views.worklist import asked_of, hidden, rows_of, some
from wording.usage import UsageError
from workflows.naming import names_of
from workflows.subjects import UNIT
from workflows.visibility import PERSON_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from lifecycle.store.hot import Record
    from web.sitting import Sitting
    from web.views.worklist import Conditions, Row


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken away."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    conditions: Sequence[tuple[str, str]]
    cut: bool


def columns(language: str) -> tuple[str, ...]:
    """The heads of the columns, as the page of the work list has them."""
    told = translations(language).gettext
    return (
        told("Deadline"),
        told("Due"),
        told("Case"),
        told("Matter"),
        told("About"),
        told("State"),
        told("For what"),
        told("Unit in charge"),
        told("In hand"),
    )


def taken_list(connection: Connection, sitting: Sitting, conditions: Conditions) -> Taken:
    """The rows that the conditions ask for, as many as are handed out at once.

    Raises:
        UsageError: the list would show who stands in a state of a matter about persons.
    """
    refuse_personal_state(sitting, conditions)
    asked = replace(asked_of(sitting, conditions), limit=MOST + 1, offset=0)
    found = work_list(connection, sitting.scope, hidden(sitting), asked)
    counted = counts(connection, sitting.scope, hidden(sitting), asked)
    rows = rows_of(connection, sitting, found[:MOST])
    return Taken(
        columns=columns(sitting.language),
        rows=[_cells(sitting, *one) for one in zip(found, rows, strict=False)],
        conditions=[
            *told_conditions(connection, sitting, conditions),
            left_out(sitting, some(unlisted(counted, asked))),
        ],
        cut=len(found) > MOST,
    )


def left_out(sitting: Sitting, number: str) -> tuple[str, str]:
    """What the list leaves out because no deadline runs, as the page says it below the list."""
    told = translations(sitting.language).gettext
    text = told("%(count)s more without a deadline are not listed") % {"count": number}
    return told("Left out"), text if number else ""


def refuse_personal_state(sitting: Sitting, conditions: Conditions) -> None:
    """Results of persons are in no export (rulebook F11), not even as the condition of one.

    Raises:
        UsageError: the conditions name such a state.
    """
    if conditions.workflow and conditions.state:
        workflow = sitting.teller.workflow(conditions.workflow)
        if workflow.subject in PERSON_TYPES:
            raise UsageError("export_personal_state")


def _cells(sitting: Sitting, one: Record, row: Row) -> tuple[str, ...]:
    return (
        row.light,
        row.due,
        row.ref,
        row.workflow,
        row.subject,
        state_taken_away(sitting, one) or row.state,
        row.rule,
        row.unit,
        row.holder,
    )


def state_taken_away(sitting: Sitting, one: Record) -> str:
    """Of a matter about a person only whether it goes on: any other word would tell a result.

    Were only some states left out, the gaps would tell them.
    """
    if one["subject_type"] not in PERSON_TYPES:
        return ""
    workflow = sitting.teller.registry.book_of(one["workflow_text_id"]).workflow
    ended = workflow.states[one["state"]].final
    return sitting.teller.words("export_ended" if ended else "export_under_way")


def unit_named(connection: Connection, sitting: Sitting, text: str) -> str:
    """What the unit is called that a condition names; nothing where it names none."""
    known = {str(one): one for one in sitting.teller.registry.policy.parents}
    if text not in known:
        return ""
    subject = Subject(UNIT, known[text])
    return names_of(connection, [subject]).get(subject, "")


def told_conditions(
    connection: Connection, sitting: Sitting, conditions: Conditions
) -> list[tuple[str, str]]:
    """The conditions in the words of the page."""
    told = translations(sitting.language).gettext
    whose = {
        "mine": told("Mine"),
        "unit": told("My unit"),
        "all": told("All in sight"),
        "unclaimed": told("To be claimed"),
    }
    lights = {
        "overdue": told("Overdue"),
        "soon": told("Due within 7 days"),
        "open": told("Later"),
        "waiting": told("No deadline running"),
        "aside": told("Put aside"),
    }
    words, matter, state = sitting.teller.words, "", ""
    if conditions.workflow:
        workflow = sitting.teller.workflow(conditions.workflow)
        matter = words.label(workflow.label)
        if conditions.state in workflow.states:
            state = words.label(workflow.states[conditions.state].label)
    return [
        (told("Whose cases"), whose.get(conditions.whose, "")),
        (told("By light"), lights.get(conditions.light, "")),
        (told("Matter"), matter),
        (told("State"), state),
        (told("Unit and below"), unit_named(connection, sitting, conditions.unit)),
        (told("Due from"), conditions.due_from),
        (told("until"), conditions.due_until),
    ]
