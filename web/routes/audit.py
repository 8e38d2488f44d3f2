"""The trail: search it, verify it."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from lifecycle.audit import verify
from lifecycle.errors import CaseNotFoundError, LifecycleError
from web.last_list import remember
from web.problems import problem_of, status_of
from web.render import page, query
from web.sitting import sitting_of
from web.views.trail import Conditions, chain_rows, trail_page
from wording.auditing import break_line
from wording.teller import as_called
from workflows.trail import in_sight, is_in_sight

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.audit import Verified
    from lifecycle.cases import CaseView
    from web.sitting import Sitting
    from web.views.trail import EntryRow, TrailPage

router = APIRouter()

MOST = 500
"""How many faults a page names; how many there are is always said."""

Text = Annotated[str, Query(max_length=200)]


@router.get("/audit")
def search(
    request: Request,
    what: Text = "",
    who: Text = "",
    since: Text = "",
    until: Text = "",
    event: Text = "",
    kind: Text = "",
    case: Text = "",
    before: Text = "",
) -> Response:
    """Entries of the cases in sight, the latest first; what is wrong in a filter stays in it."""
    sitting = sitting_of(request)
    asked = Conditions(what, who.strip(), since, until, event, kind, case, before)

    def read(conditions: Conditions) -> TrailPage:
        return sitting.desk.read(lambda c: trail_page(c, sitting, conditions))

    try:
        shown = read(asked)
    except LifecycleError as error:
        known = replace(read(Conditions(what)), conditions=asked, rows=(), next="")
        told = problem_of(sitting, error)
        return page(request, "audit.html", status_of(error), list=known, problem=told)
    answer = page(request, "audit.html", list=shown, problem="")
    return remember(request, answer, "/audit", query(shown.conditions.as_query()))


@router.get("/audit/{ref}")
def chain(request: Request, ref: str) -> Response:
    """One case's chain, verified as it is shown."""
    sitting = sitting_of(request)

    def read(connection: Connection) -> tuple[CaseView, list[EntryRow], Verified]:
        number = sitting.number_sought(connection, ref)
        if not is_in_sight(connection, sitting.scope, number):
            raise CaseNotFoundError(as_called(ref))
        view = sitting.work(connection).case(number)
        found = verify(connection, _codes(sitting), view.id)
        return view, chain_rows(connection, sitting, view), found

    view, rows, found = sitting.desk.read(read)
    return page(request, "audit_case.html", ref=view.ref, rows=rows, **_told(sitting, found))


@router.post("/audit/verify")
def verify_all(request: Request) -> Response:
    """Verifies the chain of every case in sight."""
    sitting = sitting_of(request)
    began = perf_counter()
    found = sitting.desk.read(
        lambda c: verify(c, _codes(sitting), in_sight=in_sight(sitting.scope))
    )
    seconds = f"{perf_counter() - began:.1f}"
    at = sitting.desk.now()
    everything = sitting.scope.unit_ids is None
    told = _told(sitting, found)
    return page(request, "audit_verified.html", seconds=seconds, at=at, all=everything, **told)


def _codes(sitting: Sitting) -> dict[str, str]:
    return {name: book.workflow.code for name, book in sitting.teller.registry.rulebooks.items()}


def _told(sitting: Sitting, found: Verified) -> dict[str, Any]:
    words = sitting.teller.words
    return {
        "found": found,
        "faults": [break_line(words, one) for one in found.breaks[:MOST]],
        "broken": {one.entry for one in found.breaks},
    }
