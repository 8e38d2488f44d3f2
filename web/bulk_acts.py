"""Doing one thing to many cases: each in a transaction of its own, each with its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle import engine
from lifecycle.caseload.changes import only_followed
from lifecycle.caseload.holding import HoldingError, HoldingProblem, hand_over, holder_of
from lifecycle.errors import CaseChangedError, LifecycleError, TransitionRefusedError
from web.resolving import resolved_in_sight
from web.views.bulk import Result
from web.views.consequences import told_in_sight
from wording.problems import sentence_of
from wording.rendering import refusal_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from lifecycle.caseload.officers import Officer
    from lifecycle.cases import CaseView
    from lifecycle.engine import Done
    from web.routes.acting import Typed
    from web.sitting import Sitting
    from web.views.bulk import Chosen


class _PreviewEndsError(Exception):
    """Carries what an act would do out of its transaction, which is rolled back."""

    def __init__(self, result: Result) -> None:
        self.result = result
        super().__init__()


def advance_each(
    sitting: Sitting, chosen: Sequence[Chosen], event: str, typed: Typed, *, saving: bool
) -> list[Result]:
    """Records an event in each case, or says what that would do; one never waits for another.

    A case that is refused changes nothing in itself or in the others. The form's number makes each
    case's own, so that the same form does nothing twice.
    """
    return [_advance_one(sitting, one, event, typed, saving=saving) for one in chosen]


def _advance_one(
    sitting: Sitting, one: Chosen, event: str, typed: Typed, *, saving: bool
) -> Result:
    subject = ""

    def act(connection: Connection) -> Result:
        nonlocal subject
        view = sitting.case(sitting.work(connection), one.ref)
        subject = sitting.teller.subject_name(connection, view.subject)
        done = _record(connection, sitting, view, one, event, typed)
        result = _done(connection, sitting, done, subject, saving=saving)
        if not saving:
            raise _PreviewEndsError(result)
        return result

    try:
        return sitting.desk.write(act)
    except _PreviewEndsError as preview:
        return preview.result
    except TransitionRefusedError as error:
        return _refused(sitting, one.ref, subject, error)
    except LifecycleError as error:
        status = "changed" if isinstance(error, CaseChangedError) else "refused"
        return Result(one.ref, subject, status, (_sentence(sitting, error),))


def _record(
    connection: Connection, sitting: Sitting, view: CaseView, one: Chosen, event: str, typed: Typed
) -> Done:
    rows = sitting.teller.registry.book_of(view.workflow_text_id).workflow.rows(view.state, event)
    form = f"desk:{sitting.who.account.login}:{typed.request_id}:"
    expected = one.seen
    # What followed from the cases before it in the same form is no change by somebody else.
    if expected is not None and only_followed(connection, view.id, expected, form):
        expected = view.version
    return engine.advance(
        connection,
        sitting.teller.registry,
        sitting.teller.clock,
        case_id=view.id,
        event=event,
        actor=sitting.actor_at(view.unit_id),
        fields=resolved_in_sight(connection, sitting, rows, typed.fields),
        effective_on=typed.day,
        expected_version=expected,
        request_id=f"{form}{view.ref}",
    )


def _done(
    connection: Connection, sitting: Sitting, done: Done, subject: str, *, saving: bool
) -> Result:
    if done.repeated:
        return Result(done.view.ref, subject, "repeated")
    lines = tuple(
        line
        for told in told_in_sight(connection, sitting, done, preview=not saving)
        for line in (told.head, *told.deadlines, *told.notices)
    )
    return Result(done.view.ref, subject, "recorded" if saving else "possible", lines)


def _refused(sitting: Sitting, ref: str, subject: str, error: TransitionRefusedError) -> Result:
    """Every finding, the missing ones first."""

    def read(connection: Connection) -> Result:
        view = sitting.case(sitting.work(connection), ref)
        scene = sitting.scene(connection, view)
        lines = refusal_lines(scene, view, subject, error.event, error.findings)[1:]
        return Result(ref, subject, "refused", tuple(lines))

    return sitting.desk.read(read)


def _sentence(sitting: Sitting, error: LifecycleError) -> str:
    return sentence_of(error, sitting.teller.words, sitting.teller.registry) or str(error)


def hand_over_each(sitting: Sitting, chosen: Sequence[Chosen], officer: Officer) -> list[Result]:
    """Gives each case to an account that acts for its unit, unless it changed hands meanwhile."""
    return [_hand_over_one(sitting, one, officer) for one in chosen]


def _hand_over_one(sitting: Sitting, one: Chosen, officer: Officer) -> Result:
    words, subject = sitting.teller.words, ""

    def act(connection: Connection) -> Result:
        nonlocal subject
        view = sitting.case(sitting.work(connection), one.ref)
        subject = sitting.teller.subject_name(connection, view.subject)
        if view.closed_on is not None:
            raise HoldingError(HoldingProblem.CLOSED, view.ref)
        if not officer.acts_for(view.unit_id):
            raise HoldingError(HoldingProblem.NOT_AN_OFFICER, view.ref, who=officer.name)
        held = holder_of(connection, view.id)
        if held is not None and held.account_id == officer.id:
            return Result(view.ref, subject, "held")
        if one.seen is not None and one.seen != (held.account_id if held else 0):
            who = held.name if held else words("bulk_waiting")
            return Result(view.ref, subject, "changed", (words("bulk_other_holder", who=who),))
        hand_over(connection, view.id, officer.id, sitting.seat.login, sitting.desk.now())
        before = words("bulk_had", who=held.name) if held else ""
        return Result(view.ref, subject, "handed", (before,) if before else ())

    try:
        return sitting.desk.write(act)
    except LifecycleError as error:
        return Result(one.ref, subject, "kept", (_sentence(sitting, error),))
