"""Erasing a person at the desk: one officer asks, another one confirms, each after a preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.cases import Subject
from notices.removal import clean_up
from web.looking import note
from web.numbers import Number
from web.people import reason_in, unit_for
from web.render import page
from web.sitting import form_of, sitting_of
from web.views.erasing import erasure_page
from wording.problems import sentence_of
from wording.usage import UsageError
from workflows.belongings import standing_record
from workflows.erase_conditions import CONFIRMERS, REQUESTERS
from workflows.erasing import EraseRefusedError, confirm, pending
from workflows.erasing import request as ask
from workflows.subjects import PERSON

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.access import Actor
    from web.sitting import Sitting
    from web.views.erasing import ErasurePage

router = APIRouter()

REFUSED: Final = 422
CHANGED: Final = 409


class _NotAsShownError(Exception):
    """What was sent is not what would happen now: it is shown first."""


@router.get("/people/{number}/erase")
def erasure(request: Request, number: Number) -> Response:
    """What would go, what stands in the way, and who has asked for it."""
    return _shown(request, number)


@router.post("/people/{number}/erase")
def erase(request: Request, number: Number) -> Response:
    """Asks for the erasure or confirms it, if what is sent is what was shown."""
    sitting, form = sitting_of(request), form_of(request)
    sent = str(form.get("_shown", ""))
    reason = ""

    try:
        reason = reason_in(form)
        person, done = sitting.desk.write(
            lambda connection: _next_step(connection, sitting, number, sent, reason)
        )
    except _NotAsShownError:
        changed = sitting.teller.words("erase_changed") if sent else ""
        typed = reason if sent else None
        return _shown(request, number, typed, changed, CHANGED if sent else 200)
    except EraseRefusedError:
        return _shown(request, number, reason, "", REFUSED)
    except UsageError as error:
        told = sentence_of(error, sitting.teller.words, sitting.teller.registry) or ""
        return _shown(request, number, None, told, 400)
    if not done:
        return RedirectResponse(f"/people/{person.id}/erase", 303)
    left = _left_over(sitting)
    if left:
        return _shown(request, number, None, left)
    return RedirectResponse(f"/people/{person.id}", 303)


def _next_step(
    connection: Connection, sitting: Sitting, number: int, sent: str, reason: str
) -> tuple[Subject, bool]:
    """Asks, or confirms what another one asked for; the person, and whether nothing is left."""
    person, actor = _who(connection, sitting, number)
    shown = _page(connection, sitting, person, actor, reason)
    if shown.erased:
        return person, True
    if sent != shown.shown:
        raise _NotAsShownError
    law = (connection, sitting.teller.registry, sitting.teller.clock)
    if shown.asked is None:
        ask(*law, person=person, reason=reason, actor=actor)
        return person, False
    confirm(*law, person=person, actor=actor)
    return person, True


def _left_over(sitting: Sitting) -> str:
    """Cleans what lies outside the transaction; what could not be, in words, else nothing."""
    desk, words = sitting.desk, sitting.teller.words
    try:
        _, compacted = clean_up(desk.parts.engine, desk.outgoing)
    except OSError:
        return words("erase_files_left")
    return "" if compacted else words("erase_not_compacted")


def _who(connection: Connection, sitting: Sitting, number: int) -> tuple[Subject, Actor]:
    """The record that stands for the person, and the reader in the roles held where they work.

    Raises:
        HTTPException: 404, whether there is nobody or it is somebody else's.
    """
    person = Subject(PERSON, standing_record(connection, number))
    is_asked = pending(sitting.work(connection), person) is not None
    unit_id = unit_for(connection, sitting, number, CONFIRMERS if is_asked else REQUESTERS)
    return person, sitting.actor_at(unit_id)


def _page(
    connection: Connection, sitting: Sitting, person: Subject, actor: Actor, reason: str | None
) -> ErasurePage:
    shown = erasure_page(connection, sitting, person, actor, reason)
    if shown is None:
        raise HTTPException(404)
    return shown


def _shown(
    request: Request, number: int, reason: str | None = None, problem: str = "", status: int = 200
) -> Response:
    """The page; that somebody looked at the person is noted before it is shown."""
    sitting = sitting_of(request)
    person, actor = sitting.desk.read(lambda connection: _who(connection, sitting, number))
    note(sitting, person.id, actor.unit_id, f"/people/{person.id}")
    shown = sitting.desk.read(lambda connection: _page(connection, sitting, person, actor, reason))
    return page(request, "erase.html", status, erasure=shown, reason=reason or "", problem=problem)
