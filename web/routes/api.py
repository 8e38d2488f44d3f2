"""The REST API on the same services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Header, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lifecycle.store import queries
from web import api_models as told
from web.looking import note_case, note_view
from web.openapi import document, problems
from web.render import page, query
from web.routes.acting import Typed, advance
from web.sitting import sitting_of
from web.views import api
from web.views.case import case_page
from web.views.consequences import told_in_sight
from web.views.figures import Asked
from web.views.places import unit_asked
from web.views.sights import case_sight
from web.views.worklist import Conditions, below, known
from wording.usage import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from lifecycle.engine import Done
    from web.sitting import Sitting
    from web.views.case import CasePage

router = APIRouter()

PageNumber = Annotated[int, Query(alias="page", ge=1, le=10_000)]
Key = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9-]{0,64}$")]


class DryRunEndsError(Exception):
    """Carries what an event would do out of its transaction, which is rolled back."""

    def __init__(self, answer: told.Done) -> None:
        self.answer = answer
        super().__init__()


@router.get("/api", include_in_schema=False)
def operations(request: Request) -> Response:
    """What the API can do, as a page."""
    return page(request, "api.html", api=document(router))


@router.get("/api/openapi.json", include_in_schema=False)
def openapi() -> Response:
    """The OpenAPI document."""
    return JSONResponse(document(router))


@router.get("/api/session", responses=problems())
def session(request: Request) -> told.Session:
    """Who asks, in which roles, and the token for what they write."""
    return api.session(sitting_of(request))


@router.get("/api/cases", responses=problems())
def cases(
    request: Request,
    whose: str = "",
    light: str = "",
    workflow: str = "",
    state: str = "",
    unit: str = "",
    due_from: str = "",
    due_until: str = "",
    number: PageNumber = 1,
) -> told.CaseList:
    """The work list under the conditions of its page, 50 cases at a time."""
    sitting = sitting_of(request)
    given = Conditions(whose, light, workflow, state, unit, number, due_from, due_until)
    conditions = known(sitting, given)

    def address(number: int) -> str:
        return f"/api/cases?{query(conditions.as_query(), page=number)}"

    return sitting.desk.read(lambda c: api.case_list(c, sitting, conditions, address))


@router.get("/api/cases/{ref}", responses=problems(404))
def case(request: Request, ref: str) -> told.Case:
    """A case: where it stands, what is owed, what happened."""
    sitting = sitting_of(request)

    def read(connection: Connection) -> tuple[CasePage, told.Case]:
        work = sitting.work(connection)
        shown = case_page(work, sitting, sitting.case(work, ref))
        return shown, api.case(work, sitting, shown)

    shown, answer = sitting.desk.read(read)
    note_case(sitting, shown)
    return answer


@router.get("/api/cases/{ref}/actions", responses=problems(404))
def actions(request: Request, ref: str) -> told.ActionList:
    """What can be recorded in a case, and everything that each event needs."""
    sitting = sitting_of(request)

    def read(connection: Connection) -> tuple[CaseView, int | None, told.ActionList]:
        work = sitting.work(connection)
        view = sitting.case(work, ref)
        _, person_id = case_sight(connection, sitting, view)
        return view, person_id, api.actions(work, sitting, view)

    view, person_id, answer = sitting.desk.read(read)
    note_view(sitting, view, person_id)
    return answer


@router.post("/api/cases/{ref}/events/{event}", responses=problems(404, 409, 422))
def record(
    request: Request, ref: str, event: str, given: told.EventGiven, key: Key = ""
) -> told.Done:
    """Records an event, or says what it would do.

    The header Idempotency-Key numbers the request: sent once more it has the same answer, and
    nothing is written twice. A dry run needs none.
    """
    sitting = sitting_of(request)
    number = uuid4().hex if given.dry_run else key
    typed = Typed(
        given.on.isoformat() if given.on else "",
        "" if given.expected_version is None else str(given.expected_version),
        number,
        {name: _text(value) for name, value in given.fields.items()},
    )

    def act(connection: Connection) -> told.Done:
        sitting.case(
            sitting.work(connection), ref
        )  # what is outside is not there, whatever is sent
        if not key and not given.dry_run:
            raise UsageError("api_key_wanted")
        done = advance(connection, sitting, ref, event, typed)
        answer = _answer(connection, sitting, done, (ref, event), dry_run=given.dry_run)
        if given.dry_run:
            raise DryRunEndsError(answer)
        return answer

    try:
        return sitting.desk.write(act)
    except DryRunEndsError as ended:
        return ended.answer


def _text(value: Any) -> str:  # noqa: ANN401 - what a field may be
    """A value as a form would give it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)


def _answer(
    connection: Connection,
    sitting: Sitting,
    done: Done,
    asked: tuple[str, str],
    *,
    dry_run: bool,
) -> told.Done:
    """What was written in the case that was asked for.

    Raises:
        HTTPException: 409, the number belongs to another request.
    """
    ref, event = asked
    view = sitting.case(sitting.work(connection), ref)
    mine = [one for one in done.written if one.case_id == view.id]
    if done.view.id != view.id or not mine or mine[0].event != event:
        raise HTTPException(409, "key_used")
    lines: list[str] = []
    if dry_run:
        for one in told_in_sight(connection, sitting, done):
            lines += [one.head, *one.deadlines, *one.notices]
    return api.done(view.ref, mine, dry_run=dry_run, follows=lines)


@router.get("/api/deadlines/{number}", responses=problems(404))
def deadline(request: Request, number: int) -> told.DeadlineExplained:
    """Why a deadline is due on its day."""
    sitting = sitting_of(request)

    def read(connection: Connection) -> told.DeadlineExplained:
        row = queries.deadline_row(connection, number)
        work = sitting.work(connection)
        view = None if row is None else work.case(row["case_id"])
        if view is None or not sitting.scope.sees(view.unit_id, view.subject.type):
            raise HTTPException(404)
        return api.deadline(work, sitting, view, row)

    return sitting.desk.read(read)


@router.get("/api/organizations", responses=problems(404))
def organizations(
    request: Request, search: str = "", unit: str = "", number: PageNumber = 1
) -> told.OrganizationList:
    """The organizations in sight by name, 100 at a time."""
    sitting = sitting_of(request)
    top = unit_asked(sitting, unit) if unit else None
    units = None if top is None else below(sitting, top)

    def address(number: int) -> str:
        return f"/api/organizations?{query({'search': search, 'unit': unit}, page=number)}"

    return sitting.desk.read(
        lambda c: api.organization_list(c, sitting, search, units, number, address)
    )


@router.get("/api/indicators", responses=problems(404))
def indicators(request: Request, as_of: str = "", unit: str = "") -> told.FigureList:
    """I1 to I16 of a unit and all below it on a day."""
    sitting, asked = sitting_of(request), Asked(as_of, unit)
    return sitting.desk.read(lambda c: api.figure_list(c, sitting, asked))
