"""Correcting an entry, with a preview of everything that follows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from json import dumps
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lifecycle.correcting import correct
from lifecycle.errors import CaseChangedError, CorrectionRefusedError, LifecycleError
from lifecycle.history import day_of
from web.looking import note_case
from web.problems import status_of
from web.refused import fields_named
from web.render import page
from web.sitting import form_of, sitting_of
from web.typed import without_identity_numbers
from web.views.case import case_page
from web.views.consequences import lines_of, wanted_lines
from web.views.correcting import (
    CORRECT,
    LEAVE,
    WITHDRAW,
    Typed,
    correction_of,
    inputs_for,
    later_steps,
    recorded,
)
from wording.problems import sentence_of
from wording.teller import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from starlette.datastructures import FormData

    from lifecycle.access import Actor, Role
    from lifecycle.correcting import Corrected
    from lifecycle.correcting.reenacting import Impossible
    from web.sitting import Sitting
    from web.views.case import CasePage
    from web.views.correcting import Later, Recorded
    from web.views.form import Input

router = APIRouter()

REFUSED: Final = 422
ALSO: Final = "_also"
MOST_ALSO: Final = 20


class _PreviewEndsError(Exception):
    """Carries what a correction would do out of its transaction, which is rolled back."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for: the entry, others in the same act, and why."""

    main: Typed
    also: tuple[Typed, ...] = ()
    reason: str = ""
    request_id: str = ""
    shown: str = ""
    """What was previewed, as `digest` says it."""

    @property
    def wanted(self) -> list[Typed]:
        """The entries that are to be put right."""
        return [self.main, *(one for one in self.also if one.how != LEAVE)]

    @property
    def digest(self) -> str:
        """Tells whether what is sent is what was shown."""
        parts = [[one.key, one.how, one.on, sorted(one.fields.items())] for one in self.wanted]
        return hashlib.sha256(dumps([parts, self.reason]).encode()).hexdigest()[:32]


def without_numbers(asked: Asked) -> Asked:
    """What a form says but for what may be an identity number, which is not shown again."""
    reason = without_identity_numbers({"": asked.reason}).get("", "")
    main, *also = (
        replace(one, fields=without_identity_numbers(one.fields))
        for one in (asked.main, *asked.also)
    )
    return replace(asked, main=main, also=tuple(also), reason=reason)


def asked_of(form: FormData, ref: str, seq: int) -> Asked:
    """What a form says."""
    texts = {name: str(value).strip() for name, value in form.items()}
    keys = [str(one) for one in form.getlist(ALSO)][:MOST_ALSO]
    also = [_also(texts, key) for key in dict.fromkeys(keys) if _is_entry(key)]
    own = {n: text for n, text in texts.items() if n[:1] != "_" and ":" not in n}
    main = Typed(
        ref,
        seq,
        texts.get("_version", ""),
        WITHDRAW if texts.get("_withdraw") else CORRECT,
        texts.get("_on", ""),
        own,
    )
    return Asked(
        main,
        tuple(one for one in also if one.key != main.key),
        texts.get("_reason", ""),
        texts.get("_request", "")[:40],
        texts.get("_shown", ""),
    )


def _is_entry(key: str) -> bool:
    ref, _, seq = key.rpartition("/")
    return REFERENCE.match(ref) is not None and seq.isdecimal() and len(seq) < 9  # noqa: PLR2004


def _also(texts: dict[str, str], key: str) -> Typed:
    ref, _, seq = key.rpartition("/")
    own = {
        name.removeprefix(f"{key}:"): text
        for name, text in texts.items()
        if name.startswith(f"{key}:")
    }
    how = own.pop("_how", LEAVE)
    how = how if how in {CORRECT, WITHDRAW} else LEAVE
    return Typed(ref, int(seq), own.pop("_version", ""), how, own.pop("_on", ""), own)


@router.get("/cases/{ref}/entries/{seq}/correct")
def correction_form(request: Request, ref: str, seq: int) -> Response:
    """What an entry says, ready to be put right."""
    return _form(request, Asked(Typed(ref, seq)), untouched=True)


@router.post("/cases/{ref}/entries/{seq}/correct")
def preview_correction(request: Request, ref: str, seq: int) -> Response:
    """Everything that a correction would change, or everything that is against it."""
    return _act(request, asked_of(form_of(request), ref, seq), saving=False)


@router.post("/cases/{ref}/entries/{seq}/correct/save")
def save_correction(request: Request, ref: str, seq: int) -> Response:
    """Corrects the entry, if what is sent is what was shown."""
    asked = asked_of(form_of(request), ref, seq)
    return _act(request, asked, saving=asked.shown == asked.digest)


def _act(request: Request, asked: Asked, *, saving: bool) -> Response:
    sitting = sitting_of(request)

    def act(connection: Connection) -> None:
        lines, done = _correct(connection, sitting, asked)
        if not saving:
            raise _PreviewEndsError([*lines, *lines_of(connection, sitting, done)])

    try:
        sitting.desk.write(act)
    except _PreviewEndsError as preview:
        return _form(request, asked, lines=preview.lines)
    except LifecycleError as error:
        return _form(request, asked, error=error)
    return RedirectResponse(f"/cases/{asked.main.ref}", 303)


def _correct(connection: Connection, sitting: Sitting, asked: Asked) -> tuple[list[str], Corrected]:
    """Corrects everything that is asked for in one act, with roles held for each of the cases."""
    work = sitting.work(connection)
    entries = [(recorded(work, sitting, one.ref, one.seq), one) for one in asked.wanted]
    wanted = [correction_of(work, sitting, was, one) for was, one in entries]
    lines = wanted_lines(connection, sitting, wanted)
    actor = sitting.actor_at(entries[0][0].view.unit_id)
    held = [sitting.seat.roles_at(was.view.unit_id) for was, _ in entries]
    request_id = asked.request_id or uuid4().hex
    done = correct(
        connection,
        sitting.teller.registry,
        sitting.teller.clock,
        corrections=wanted,
        reason=asked.reason,
        actor=_in_roles(actor, frozenset.intersection(*held)),
        expected=_expected(entries),
        request_id=f"desk:{sitting.who.account.login}:{request_id}",
    )
    return lines, done


def _form(
    request: Request,
    asked: Asked,
    *,
    untouched: bool = False,
    lines: Sequence[str] = (),
    error: LifecycleError | None = None,
) -> Response:
    """The form with what was typed, and what would follow, or everything that is against it."""
    sitting, asked = sitting_of(request), without_numbers(asked)
    shown = sitting.desk.read(lambda c: _shown(c, sitting, asked, error, untouched=untouched))
    note_case(sitting, shown.case)
    problem = ""
    if error is not None and not isinstance(error, CorrectionRefusedError):
        problem = sentence_of(error, sitting.teller.words, sitting.teller.registry) or str(error)
    return page(
        request,
        "correct.html",
        _status(error),
        case=shown.case,
        was=shown.was,
        entry=asked.main.key,
        inputs=shown.inputs,
        on=shown.on,
        asked=asked,
        request_id=asked.request_id or uuid4().hex,
        later=shown.later,
        outside=shown.outside,
        changed=shown.changed,
        lines=lines,
        problem=problem,
        wrong=fields_named(error, asked.main.key),
        refused=isinstance(error, CorrectionRefusedError),
    )


def _status(error: LifecycleError | None) -> int:
    if error is None:
        return 200
    return REFUSED if isinstance(error, CorrectionRefusedError) else status_of(error)


@dataclass(frozen=True, slots=True)
class _Shown:
    case: CasePage
    was: Recorded
    inputs: Sequence[Input]
    on: str
    later: Sequence[Later]
    outside: int
    changed: Sequence[object]


def _shown(
    connection: Connection,
    sitting: Sitting,
    asked: Asked,
    error: LifecycleError | None,
    *,
    untouched: bool,
) -> _Shown:
    work = sitting.work(connection)
    main = asked.main
    was = recorded(work, sitting, main.ref, main.seq)
    shown = case_page(work, sitting, was.view)
    against: Sequence[Impossible] = ()
    if isinstance(error, CorrectionRefusedError):
        against = error.impossible
    later, outside = later_steps(work, sitting, main.key, against, asked.also)
    since = error.expected if isinstance(error, CaseChangedError) else was.view.version
    return _Shown(
        shown,
        was,
        inputs_for(work, sitting, was, None if untouched else main),
        main.on or day_of(was.body).isoformat(),
        later,
        outside,
        [row for row in shown.timeline if row.seq > since],
    )


def _expected(entries: Sequence[tuple[Recorded, Typed]]) -> dict[int, int]:
    """By case: the version that was looked at."""
    return {
        was.view.id: int(one.version) for was, one in reversed(entries) if one.version.isdecimal()
    }


def _in_roles(actor: Actor, roles: frozenset[Role]) -> Actor:
    return replace(actor, roles=actor.roles & roles)
