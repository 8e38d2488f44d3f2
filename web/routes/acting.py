"""Recording an event: its form, a preview of what follows, saving; and taking a case in hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import uuid4

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle import engine
from lifecycle.caseload import holding
from lifecycle.entered import LONGEST_TEXT
from lifecycle.errors import (
    CaseChangedError,
    EventUnknownError,
    LifecycleError,
    TransitionRefusedError,
)
from lifecycle.waiving import WAIVED
from web.forms import read_day, text_of
from web.looking import note_case
from web.problems import status_of
from web.refused import fields_named
from web.render import page
from web.resolving import resolved_in_sight
from web.routes.cases import case_answer
from web.sitting import form_of, sitting_of
from web.views.case import case_page
from web.views.consequences import told_in_sight
from web.views.form import inputs_of
from wording.problems import sentence_of
from wording.rendering import refusal_lines
from wording.usage import UsageError
from workflows.remarks import comment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from lifecycle.engine import Done
    from web.sitting import Sitting
    from web.views.case import CasePage
    from web.views.form import Input
    from wording.doing import Told

router = APIRouter()

ON, VERSION, REQUEST = "_on", "_version", "_request"


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form carries besides the event's own fields."""

    on: str
    version: str
    request_id: str
    fields: dict[str, str]

    @property
    def day(self) -> date | None:
        """The day on which it happened; today when none is given.

        Raises:
            UsageError: it is no day.
        """
        if not self.on:
            return None
        try:
            return date.fromisoformat(self.on)
        except ValueError:
            raise UsageError("bad_date", text=self.on) from None


class PreviewEndsError(Exception):
    """Carries what an act would do out of its transaction, which is rolled back."""

    def __init__(self, told: Sequence[Told]) -> None:
        self.told = told
        super().__init__()


@router.get("/cases/{ref}/events/{event}")
def event_form(request: Request, ref: str, event: str) -> Response:
    """The form of an event, or everything that stands against it."""
    sitting = sitting_of(request)
    return _form(request, ref, event, Typed(sitting.today.isoformat(), "", "", {}))


@router.post("/cases/{ref}/events/{event}")
def record_event(request: Request, ref: str, event: str) -> Response:
    """Shows what recording an event would do, or records it."""
    sitting, typed, saving = sitting_of(request), typed_in(request), is_saving(request)

    def act(connection: Connection) -> Done:
        done = advance(connection, sitting, ref, event, typed)
        if not saving:
            raise PreviewEndsError(told_in_sight(connection, sitting, done, preview=True))
        return done

    try:
        done = sitting.desk.write(act)
    except PreviewEndsError as preview:
        return _form(request, ref, event, typed, told=preview.told)
    except LifecycleError as error:
        return _form(request, ref, event, typed, error=error)
    entry = done.written[0].seq if done.written else done.view.version
    return RedirectResponse(f"/cases/{done.view.ref}?recorded={entry}", 303)


def typed_in(request: Request) -> Typed:
    """What the form of an event brings; fields that were left empty are not there."""
    form = form_of(request)
    fields = {name: str(text) for name, text in form.items() if not name.startswith("_")}
    given = {name: text for name, text in fields.items() if text.strip()}
    on, version, request_id = (str(form.get(name, "")) for name in (ON, VERSION, REQUEST))
    return Typed(on, version, request_id, given)


def is_saving(request: Request) -> bool:
    """Whether the form is to be stored; otherwise what would follow is shown."""
    return form_of(request).get("_do") == "save"


def advance(connection: Connection, sitting: Sitting, ref: str, event: str, typed: Typed) -> Done:
    """Records an event in a case that is in sight, as a form or a program gives it."""
    work = sitting.work(connection)
    view = sitting.case(work, ref)
    book = work.registry.book_of(view.workflow_text_id)
    fields = dict(typed.fields)
    if event != WAIVED:
        rows = book.workflow.rows(view.state, event)
        fields = resolved_in_sight(connection, sitting, rows, fields)
    return engine.advance(
        connection,
        work.registry,
        sitting.teller.clock,
        case_id=view.id,
        event=event,
        actor=sitting.actor_at(view.unit_id),
        fields=fields,
        effective_on=typed.day,
        expected_version=int(typed.version) if typed.version.isdecimal() else None,
        request_id=f"desk:{sitting.who.account.login}:{typed.request_id}",
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    case: CasePage
    inputs: Sequence[Input]
    label: str
    lines: Sequence[str]
    changed: Sequence[object]


def _form(
    request: Request,
    ref: str,
    event: str,
    typed: Typed,
    *,
    told: Sequence[Told] = (),
    error: LifecycleError | None = None,
) -> Response:
    """The form with what was typed, and what would follow, or everything that is against it."""
    sitting = sitting_of(request)

    def read(connection: Connection) -> _Shown:
        work = sitting.work(connection)
        view = sitting.case(work, ref)
        label = _label(sitting, view, event)
        scene = sitting.scene(connection, view)
        lines: Sequence[str] = ()
        if isinstance(error, TransitionRefusedError):
            subject = sitting.teller.subject_name(connection, view.subject)
            lines = refusal_lines(scene, view, subject, event, error.findings)[1:]
        shown = case_page(work, sitting, view)
        since = error.expected if isinstance(error, CaseChangedError) else view.version
        changed = [row for row in shown.timeline if row.seq > since]
        inputs = inputs_of(work, sitting, view, event, typed.fields)
        return _Shown(shown, inputs, label, lines, changed)

    shown = sitting.desk.read(read)
    note_case(sitting, shown.case)
    words = sitting.teller.words
    problem = "" if error is None else sentence_of(error, words, sitting.teller.registry) or ""
    if isinstance(error, TransitionRefusedError):
        problem = words("web_refused", event=shown.label)
    return page(
        request,
        "event.html",
        200 if error is None else status_of(error),
        case=shown.case,
        event=event,
        label=shown.label,
        inputs=shown.inputs,
        on=typed.on,
        version=shown.case.view.version,
        request_id=typed.request_id or uuid4().hex,
        told=told,
        problem=problem,
        wrong=fields_named(error),
        lines=shown.lines,
        changed=shown.changed,
        action=next((one for one in shown.case.actions if one.event == event), None),
    )


def _label(sitting: Sitting, view: CaseView, event: str) -> str:
    """What the event is called, also where the case has moved on and it is not possible any more.

    Raises:
        EventUnknownError: the workflow has no such event.
    """
    words = sitting.teller.words
    if event == WAIVED:
        return words.section("events")[WAIVED]
    book = sitting.teller.registry.book_of(view.workflow_text_id)
    rows = [row for row in book.workflow.transitions if row.event == event and row.by_person]
    if not rows:
        possible = book.workflow.possible(view.state)
        raise EventUnknownError(view.ref, view.state, event, possible)
    return words.label(rows[0].label)


@router.post("/cases/{ref}/claim")
def claim(request: Request, ref: str) -> Response:
    """Takes a case in hand that nobody has."""
    sitting = sitting_of(request)

    def act(connection: Connection, view: CaseView) -> None:
        if view.closed_on:
            raise holding.HoldingError(holding.HoldingProblem.CLOSED, view.ref)
        mine = sitting.who.acting_for or sitting.who.account.id
        holding.claim(connection, view.ref, view.id, mine, sitting.seat.login, sitting.desk.now())

    return _on_case(request, ref, act)


@router.post("/cases/{ref}/release")
def release(request: Request, ref: str) -> Response:
    """Gives a case back that one has in hand."""
    sitting = sitting_of(request)

    def act(connection: Connection, view: CaseView) -> None:
        held = holding.holder_of(connection, view.id)
        if held is None or held.account_id != (sitting.who.acting_for or sitting.who.account.id):
            raise holding.HoldingError(holding.HoldingProblem.NOT_HELD, view.ref)
        holding.release(connection, view.id, sitting.seat.login, sitting.desk.now())

    return _on_case(request, ref, act)


@router.post("/cases/{ref}/aside")
def put_aside(request: Request, ref: str) -> Response:
    """Puts a case aside until a day, or takes it up again."""
    sitting, form = sitting_of(request), form_of(request)
    given = text_of(form, "until")

    def act(connection: Connection, view: CaseView) -> None:
        until = read_day(given)
        if until is not None and until <= sitting.today:
            problem = holding.HoldingProblem.DAY_PAST
            raise holding.HoldingError(problem, view.ref, day=until)
        mine = sitting.who.acting_for or sitting.who.account.id
        holding.put_aside(connection, view.ref, view.id, mine, until)

    return _on_case(request, ref, act, {"until": given})


@router.post("/cases/{ref}/comment")
def leave_comment(request: Request, ref: str) -> Response:
    """Leaves a remark on a case."""
    sitting = sitting_of(request)
    text = str(form_of(request).get("text", "")).strip()
    request_id = f"desk:{sitting.who.account.login}:{form_of(request).get(REQUEST, uuid4().hex)}"

    def act(connection: Connection, view: CaseView) -> None:
        if not text:
            raise UsageError("comment_empty")
        if len(text) > LONGEST_TEXT:
            raise UsageError("comment_too_long", longest=LONGEST_TEXT)
        if engine.written_by(connection, request_id):
            return  # sent twice
        actor = sitting.actor_at(view.unit_id)
        comment(sitting.teller.work(connection, actor, request_id), view, text)

    return _on_case(request, ref, act, {"text": text})


def _on_case(
    request: Request,
    ref: str,
    act: Callable[[Connection, CaseView], None],
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """Does something to a case that is in sight, and shows it; a refusal keeps what was typed."""
    sitting = sitting_of(request)

    def work(connection: Connection) -> str:
        view = sitting.case(sitting.work(connection), ref)
        act(connection, view)
        return view.ref

    try:
        shown = sitting.desk.write(work)
    except LifecycleError as error:
        return case_answer(request, ref, error, typed)
    return RedirectResponse(f"/cases/{shown}", 303)
