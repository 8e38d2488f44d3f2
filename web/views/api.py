"""What the API answers, from the same services and views as the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi.encoders import jsonable_encoder

from lifecycle import engine
from lifecycle.access import ACTING
from lifecycle.caseload.worklist import counts, total, work_list
from web import api_models as told
from web.views.figures import report_asked
from web.views.worklist import PAGE as CASES
from web.views.worklist import asked_of, capped, hidden, rows_of
from wording.derivations import derivation_json, derivation_lines, derivation_of
from wording.findings import finding_json
from wording.rendering import event_label, possible, reconciled
from workflows.lists import organizations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from lifecycle.guards import Finding
    from lifecycle.store.hot import Record
    from lifecycle.work import Work, Written
    from web.sitting import Sitting
    from web.views.case import CasePage
    from web.views.figures import Asked
    from web.views.worklist import Conditions, Row

ORGANIZATIONS: Final = 100
"""How many a page has."""


def session(sitting: Sitting) -> told.Session:
    """Who asks, in which roles, and the token for what they write."""
    account = sitting.who.account
    return told.Session(
        login=account.login,
        name=account.name,
        on_behalf_of=sitting.seat.on_behalf_of,
        roles=[told.RoleHeld(role=one.role, unit=one.granted_at) for one in sitting.seat.holdings],
        token=sitting.token,
        language=sitting.language,
        today=sitting.today,
    )


def case_list(
    connection: Connection,
    sitting: Sitting,
    conditions: Conditions,
    address: Callable[[int], str],
) -> told.CaseList:
    """A page of the work list; `address` says where another page is."""
    asked, unlisted = asked_of(sitting, conditions), hidden(sitting)
    found = work_list(connection, sitting.scope, unlisted, asked)
    rows = rows_of(connection, sitting, found[:CASES])
    more = len(found) > CASES
    return told.CaseList(
        items=[_row(*one) for one in zip(found, rows, strict=False)],
        total=capped(total(counts(connection, sitting.scope, unlisted, asked), asked)),
        next=address(conditions.page + 1) if more else None,
    )


def _row(one: Record, row: Row) -> told.CaseRow:
    return told.CaseRow(
        ref=row.ref,
        workflow=one["workflow"],
        workflow_label=row.workflow,
        subject=row.subject,
        unit=row.unit,
        state=one["state"],
        state_label=row.state,
        since=one["state_since_on"],
        light=row.group.value,
        due_on=one["due_on"],
        provisional=one["provisional"],
        rule=row.rule,
        deadline=row.deadline_id,
        holder=row.holder,
        version=row.version,
    )


def case(work: Work, sitting: Sitting, page: CasePage) -> told.Case:
    """A case that is in sight, as its page shows it."""
    view = page.view
    workflow = work.registry.book_of(view.workflow_text_id).workflow
    label = sitting.teller.words.label
    return told.Case(
        ref=view.ref,
        workflow=workflow.workflow,
        workflow_label=page.workflow,
        subject=sitting.teller.subject_name(work.connection, view.subject),
        unit=page.unit,
        state=view.state,
        state_label=page.state,
        since=view.state_since_on,
        closed_on=view.closed_on,
        version=view.version,
        fields=[told.Recorded(label=one, value=value) for one, value in page.fields],
        deadlines=[
            told.Deadline(
                id=one.id,
                rule=one.rule,
                label=label(workflow.deadlines[one.rule].label),
                due_on=one.due_on,
                status=one.status.value,
                provisional=one.provisional,
                running=one.is_running,
            )
            for one in view.deadlines
        ],
        entries=[
            told.Entry(
                entry=row.ref,
                on=row.on,  # type: ignore[arg-type] # a day as text is read as a day
                at=row.at,
                what=row.what,
                state=row.state,
                who=row.who,
                clause=row.clause,
                taken_back_by=row.taken_back_by or None,
            )
            for row in page.timeline
        ],
        holder=page.holder.name if page.holder else None,
    )


def actions(work: Work, sitting: Sitting, view: CaseView) -> told.ActionList:
    """What people can record in a case, with everything that each event needs."""
    book = work.registry.book_of(view.workflow_text_id)
    rows = [row for row in book.workflow.exits(view.state) if row.by_person]
    answers: list[tuple[str, tuple[Finding, ...]]] = []
    if not view.closed_on:
        # Read at once: event by event each would be a round trip.
        work.read(view.subject, book.facts_for(rows), work.today)
        answers = engine.explain(work, view.id)
    held = sitting.seat.roles_at(view.unit_id)
    items = []
    for event, findings in answers:
        roles = {role for row in rows if row.event == event for role in row.by}
        in_form = [one for one in findings if one.kind != "field" or one.met]
        items.append(
            told.Action(
                event=event,
                label=event_label(sitting.teller.words, book.workflow, event),
                possible=possible(in_form),
                mine=bool(held & (roles or ACTING)),
                findings=[finding(one) for one in reconciled(findings)],
            )
        )
    return told.ActionList(case=view.ref, state=view.state, version=view.version, items=items)


def finding(one: Finding) -> told.Finding:
    """A finding as data."""
    given: dict[str, Any] = jsonable_encoder(finding_json(one))
    return told.Finding(**given)


def done(
    ref: str, written: Sequence[Written], *, dry_run: bool, follows: Sequence[str] = ()
) -> told.Done:
    """What an event wrote in its own case: alike for the first time and for a repetition."""
    return told.Done(
        case=ref,
        state=written[-1].to_state,
        version=written[-1].seq,
        dry_run=dry_run,
        entries=[
            told.EntryWritten(
                entry=f"{ref}/{one.seq}",
                event=one.event,
                from_state=one.from_state,
                to_state=one.to_state,
                effective_on=one.effective_on,
            )
            for one in written
        ],
        follows=list(follows),
    )


def deadline(work: Work, sitting: Sitting, view: CaseView, row: Any) -> told.DeadlineExplained:  # noqa: ANN401 - a row
    """Why a deadline of a case in sight is due on its day."""
    derivation = derivation_of(work, sitting.teller.words, view.id, row["id"])
    return told.DeadlineExplained(
        id=row["id"],
        case=view.ref,
        rule=row["rule"],
        kind=row["kind"],
        status=row["status"],
        due_on=row["due_on"],
        provisional=row["provisional"],
        lines=derivation_lines(derivation),
        explained=jsonable_encoder(derivation_json(derivation)),
    )


def organization_list(
    connection: Connection,
    sitting: Sitting,
    search: str,
    units: Sequence[int] | None,
    number: int,
    address: Callable[[int], str],
) -> told.OrganizationList:
    """The organizations of which a unit in sight is in charge."""
    rows = organizations(
        connection,
        units=units,
        search=search or None,
        limit=ORGANIZATIONS + 1,
        offset=(number - 1) * ORGANIZATIONS,
        in_charge_of=sitting.scope.unit_ids,
    )
    items = [
        told.Organization(
            number=int(one["subject"].partition(":")[2]),
            name=one["name"],
            credit_code=one["code"],
            kind=one["kind"],
            unit=one["unit"],
        )
        for one in rows[:ORGANIZATIONS]
    ]
    more = len(rows) > ORGANIZATIONS
    return told.OrganizationList(items=items, next=address(number + 1) if more else None)


def figure_list(connection: Connection, sitting: Sitting, asked: Asked) -> told.FigureList:
    """The indicators of a unit that is in sight."""
    found = report_asked(connection, sitting, asked)
    words = sitting.teller.words
    return told.FigureList(
        unit=found.unit_id,
        as_of=found.as_of,
        since=found.period.first,
        stages=list(found.stages),
        figures=[
            told.Figure(
                id=one.id,
                label=words.label(one.label),
                numerator=one.numerator,
                denominator=one.denominator,
                unit=one.unit,
                percent=one.percent,
                target=one.target.value if one.target else None,
                target_in_percent=one.target.percent if one.target else None,
                target_on=one.target.on if one.target else None,
                verdict=one.verdict,
                cite=list(one.cite),
                excluded={why: len(those) for why, those in one.listed().items()},
            )
            for one in found.figures
        ],
    )
