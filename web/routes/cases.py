"""The page of a case, and why a deadline is due on its day."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lifecycle.store import queries
from web.looking import note_case
from web.numbers import Number
from web.problems import problem_of, status_of
from web.render import page
from web.sitting import sitting_of
from web.typed import without_identity_numbers
from web.views.case import case_page
from wording.derivations import derivation_lines, derivation_of
from workflows.reminding import REMINDING, can_remind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from lifecycle.errors import LifecycleError
    from web.views.case import CasePage

router = APIRouter()


@router.get("/cases/{ref}")
def case(request: Request, ref: str, recorded: int = 0) -> Response:
    """Where a case stands, what can follow and what is missing for it, what happened.

    `recorded` is the number of the entry that has just been made: it is confirmed.
    """
    return case_answer(request, ref, recorded=recorded)


def case_answer(
    request: Request,
    ref: str,
    error: LifecycleError | None = None,
    typed: Mapping[str, str] = MappingProxyType({}),
    *,
    recorded: int = 0,
) -> Response:
    """The page of a case; after a form that was refused, with the reason and what was typed."""
    status = 200 if error is None else status_of(error)
    told = problem_of(sitting_of(request), error)
    kept = without_identity_numbers(typed)
    shown = case_shown(request, ref)
    made = next((row for row in shown.timeline if row.seq == recorded), None)
    return page(request, "case.html", status, case=shown, problem=told, typed=kept, made=made)


def case_shown(request: Request, ref: str) -> CasePage:
    """The page's content."""
    sitting = sitting_of(request)

    def read(connection: Connection) -> CasePage:
        work = sitting.work(connection)
        return case_page(work, sitting, sitting.case(work, ref))

    shown = sitting.desk.read(read)
    note_case(sitting, shown)
    return shown


@router.get("/deadlines/{number}")
def deadline(request: Request, number: Number) -> Response:
    """Why a deadline is due on its day, line by line."""
    sitting = sitting_of(request)

    def read(connection: Connection) -> tuple[str, str, list[str], bool]:
        row = queries.deadline_row(connection, number)
        work = sitting.work(connection)
        view = None if row is None else work.case(row["case_id"])
        if view is None or not sitting.scope.sees(view.unit_id, view.subject.type):
            raise HTTPException(404)
        words = sitting.teller.words
        lines = derivation_lines(derivation_of(work, words, view.id, number))
        subject = sitting.teller.subject_name(connection, view.subject)
        return view.ref, subject, lines, can_remind(work, view, number)

    ref, subject, lines, reminds = sitting.desk.read(read)
    return page(
        request,
        "deadline.html",
        ref=ref,
        subject=subject,
        lines=lines,
        number=number if reminds else None,
        reminding=REMINDING,
    )
