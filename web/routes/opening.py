"""Opening a case by hand: its form, a preview of what follows, saving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle import engine
from lifecycle.cases import CaseView, Subject
from lifecycle.errors import LifecycleError, TransitionRefusedError
from lifecycle.opening import opening_rows
from web.looking import note
from web.numbers import Number
from web.problems import status_of
from web.refused import fields_named
from web.render import page
from web.resolving import resolved_in_sight
from web.routes.acting import PreviewEndsError, Typed, is_saving, typed_in
from web.sitting import sitting_of
from web.views.consequences import told_in_sight
from web.views.opening import about_in_sight, lines_of, opening_form, opening_scene
from wording.problems import sentence_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from lifecycle.rulebook import Rulebook
    from web.sitting import Sitting
    from web.views.opening import About, OpeningForm
    from wording.doing import Told

router = APIRouter()

ADDRESS = "/open/{workflow}/{event}/{number}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address names: an opening event of a workflow, and the number of its subject."""

    book: Rulebook
    event: str
    subject: Subject

    def about(self, connection: Connection, sitting: Sitting) -> About:
        """What the case would be about.

        Raises:
            HTTPException: 404, whether there is none or it is somebody else's.
        """
        found = about_in_sight(connection, sitting, self.subject)
        if found is None:
            raise HTTPException(404)
        return found


@router.get(ADDRESS)
def opening(request: Request, workflow: str, event: str, number: Number) -> Response:
    """The form that opens a case, with everything that stands against it."""
    sitting = sitting_of(request)
    asked = _asked(sitting, workflow, event, number)
    return _form(request, asked, Typed(sitting.today.isoformat(), "", "", {}))


@router.post(ADDRESS)
def open_case(request: Request, workflow: str, event: str, number: Number) -> Response:
    """Shows what opening the case would do, or opens it; sent twice, it is opened once."""
    sitting, typed, saving = sitting_of(request), typed_in(request), is_saving(request)
    asked = _asked(sitting, workflow, event, number)

    def act(connection: Connection) -> CaseView:
        asked.about(connection, sitting)
        request_id = f"desk:{sitting.who.account.login}:{typed.request_id or uuid4().hex}"
        earlier = engine.written_by(connection, request_id)
        if earlier:
            return sitting.work(connection).case(earlier[0].case_id)
        done = _opened(connection, sitting, asked, typed, request_id)
        if not saving:
            raise PreviewEndsError(told_in_sight(connection, sitting, done, preview=True))
        return done.view

    try:
        view = sitting.desk.write(act)
    except PreviewEndsError as preview:
        return _form(request, asked, typed, told=preview.told)
    except LifecycleError as error:
        return _form(request, asked, typed, error=error)
    return RedirectResponse(f"/cases/{view.ref}?recorded={view.version}", 303)


def _asked(sitting: Sitting, workflow: str, event: str, number: int) -> _Asked:
    """What the address names.

    Raises:
        HTTPException: 404: no such workflow, or nobody opens a case of it by that event.
    """
    book = sitting.teller.registry.rulebooks.get(workflow)
    if book is None or not opening_rows(book, event):
        raise HTTPException(404)
    return _Asked(book, event, Subject(book.workflow.subject, number))


def _opened(
    connection: Connection, sitting: Sitting, asked: _Asked, typed: Typed, request_id: str
) -> engine.Done:
    """Opens the case in the roles that the reader holds at the unit in charge on that day."""
    rows, day = opening_rows(asked.book, asked.event), typed.day or sitting.today
    unit_id = sitting.work(connection).unit_in_charge(asked.subject, day)
    actor = sitting.actor_at(unit_id)
    return engine.open_by_person(
        sitting.teller.work(connection, actor, request_id),
        workflow=asked.book.workflow.workflow,
        event=asked.event,
        subject=asked.subject,
        actor=actor,
        fields=resolved_in_sight(connection, sitting, rows, typed.fields),
        on=day,
    )


def _form(
    request: Request,
    asked: _Asked,
    typed: Typed,
    *,
    told: Sequence[Told] = (),
    error: LifecycleError | None = None,
) -> Response:
    """The form with what was typed, and what would follow, or everything that is against it."""
    sitting = sitting_of(request)

    def read(connection: Connection) -> tuple[About, OpeningForm, Sequence[str]]:
        about, work = asked.about(connection, sitting), sitting.work(connection)
        shown = opening_form(work, sitting, asked.book, asked.event, about, typed.fields)
        lines: Sequence[str] = ()
        if isinstance(error, TransitionRefusedError):
            scene = opening_scene(connection, sitting, asked.book, about)
            lines = lines_of(scene, opening_rows(asked.book, asked.event), error.findings)
        return about, shown, lines

    about, shown, lines = sitting.desk.read(read)
    if about.person_id is not None:
        note(sitting, about.person_id, about.unit_id, shown.back)
    words = sitting.teller.words
    problem = shown.problem
    if error is not None:
        problem = sentence_of(error, words, sitting.teller.registry) or ""
    if isinstance(error, TransitionRefusedError):
        problem = words("web_refused", event=shown.label)
    return page(
        request,
        "open.html",
        200 if error is None else status_of(error),
        form=shown,
        inputs=shown.inputs,
        on=typed.on,
        request_id=typed.request_id or uuid4().hex,
        told=told,
        problem=problem,
        lines=lines,
        changed=(),
        wrong=fields_named(error),
    )
