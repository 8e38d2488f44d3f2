"""The SELECTs behind the indicators that read cases: their states, deadlines and entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.deadlines import SUPERSEDED
from lifecycle.store.tables import case, case_state, deadline, entry
from lifecycle.store.types import END_OF_TIME
from workflows.indicators import known_deadlines
from workflows.indicators.reading import AFTER, AT
from workflows.register import party_body, person_at_organization

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement

    from workflows.indicators.reading import Reading, Rows


def states(reading: Reading, workflows: Sequence[str], only: Sequence[str] = ()) -> Rows:
    """Workflow, subject, day of opening and state on the day, of the latest case the last.

    With `only`, the cases in these states.
    """
    c, s = case.c, case_state.c
    statement = (
        sa.select(c.workflow, c.subject_id, c.opened_on, s.state)
        .join(case_state, s.case_id == c.id)
        .where(c.workflow.in_(sorted(workflows)), AT.holds(case_state))
        .order_by(c.id)
    )
    return reading.rows(statement.where(s.state.in_(sorted(only))) if only else statement)


def running(reading: Reading, rules: Mapping[str, str]) -> Rows:
    """By rule, the organizations with a deadline that has begun and whose due date is not past.

    Args:
        reading: where and when.
        rules: deadline rule -> the workflow that owns it.
    """
    if reading.known_at != END_OF_TIME:
        return known_deadlines.running(reading, rules)
    c, d = case.c, deadline.c
    return reading.rows(
        sa.select(d.rule, _about())
        .join(deadline, d.case_id == c.id)
        .outerjoin(party_body, _OF_BODY)
        .where(
            _owned(rules),
            d.anchor_on <= AT.on,
            d.due_on >= AT.on,
            sa.or_(d.closed_on.is_(None), d.closed_on > AT.on),
        )
        .distinct()
    )


_OF_BODY = sa.and_(case.c.subject_type == "party_body", party_body.c.id == case.c.subject_id)


def _about() -> ColumnElement[Any]:
    """The organization that a case is about, itself or its body."""
    itself = (case.c.subject_type == "organization", case.c.subject_id)
    return sa.case(itself, else_=party_body.c.organization_id)


def deadlines(reading: Reading, rules: Mapping[str, str], after: date) -> Rows:
    """Deadlines that began or fell due after a day and up to the day that is asked about.

    Each with its rule, case, organization, unit of the case, anchor, due date, how it was closed
    and when. An opening that was taken back is none.
    """
    if reading.known_at != END_OF_TIME:
        return known_deadlines.fallen_due(reading, rules, after)
    c, d, p = case.c, deadline.c, person_at_organization.c
    at_work = sa.and_(c.subject_type == "person_at_organization", p.id == c.subject_id)
    subject = sa.case((c.subject_type == "organization", c.subject_id), else_=p.organization_id)
    within = [sa.and_(one > AFTER, one <= AT.on) for one in (d.due_on, d.anchor_on)]
    return reading.rows(
        sa.select(d.rule, c.id, subject, c.unit_id, d.anchor_on, d.due_on, d.status, d.closed_on)
        .join(deadline, d.case_id == c.id)
        .outerjoin(person_at_organization, at_work)
        .where(_owned(rules), sa.or_(*within))
        .order_by(c.id),
        after_day=after,
    )


def _owned(rules: Mapping[str, str]) -> ColumnElement[bool]:
    c, d = case.c, deadline.c
    return sa.and_(
        sa.or_(
            *(
                sa.and_(c.workflow == workflow, d.rule == rule)
                for rule, workflow in sorted(rules.items())
            )
        ),
        sa.or_(d.reason.is_(None), d.reason != SUPERSEDED),
    )


def conditions(reading: Reading) -> Rows:
    """By organization that owes a body: each word of an officer on the conditions, in order."""
    c, s, e = case.c, case_state.c, entry.c
    return reading.rows(
        sa.select(party_body.c.organization_id, e.event)
        .select_from(case)
        .join(case_state, s.case_id == c.id)
        .join(entry, e.case_id == c.id)
        .join(party_body, _OF_BODY)
        .where(
            c.workflow == "branch",
            s.state == "duty_open",
            AT.holds(case_state),
            e.event.in_(("conditions_denied", "conditions_met")),
            e.effective_on <= AT.on,
            e.recorded_at <= AT.known_at,
        )
        .order_by(c.id, e.seq)
    )


def priority_fields(reading: Reading) -> Rows:
    """Organizations whose coverage case says that they are a priority target, and its fields."""
    c = case.c
    fields = sa.cast(c.fields, sa.Text)
    return reading.rows(
        sa.select(c.subject_id, c.fields)
        .where(
            c.workflow == "organization_coverage",
            fields.contains('"priority_since":"', autoescape=True),
        )
        .order_by(c.id)
    )
