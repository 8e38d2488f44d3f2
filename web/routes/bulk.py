"""Many cases at once: advancing and handing over, with a result for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lifecycle.caseload.officers import acting_officers
from web.bulk_acts import advance_each, hand_over_each
from web.render import page
from web.routes.acting import ON, REQUEST, Typed
from web.sitting import form_of, sitting_of
from web.views.bulk import (
    chosen_of,
    groups_of,
    hand_over_page,
    in_sight,
    left_out,
    subjects_of,
)
from web.views.form import inputs_of
from wording.usage import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from lifecycle.caseload.officers import Officer
    from lifecycle.cases import CaseView
    from web.sitting import Sitting
    from web.views.bulk import Chosen, Group, Result
    from web.views.form import Input

router = APIRouter()

EVENT, TO, DO = "_event", "_to", "_do"
PREVIEW, SAVE = "preview", "save"
SHORT = 40
"""Characters of a form's number, which browsers send back as we made it."""


@router.post("/bulk/advance")
def advance(request: Request) -> Response:
    """Records one event in many cases: which one, what would follow in each, what followed."""
    sitting, form = sitting_of(request), form_of(request)
    chosen = chosen_of(form.getlist("case"))
    event = str(form.get(EVENT, ""))
    if not event:
        return _choose(request, sitting, chosen)
    given = {name: str(text) for name, text in form.items() if name[:1] != "_" and name != "case"}
    given = {name: text for name, text in given.items() if text.strip()}
    request_id = str(form.get(REQUEST, "")) or uuid4().hex
    on = str(form.get(ON, "")) or sitting.today.isoformat()
    typed = Typed(on, "", request_id[:SHORT], given)
    do = str(form.get(DO, ""))
    results: list[Result] = []
    if do in {PREVIEW, SAVE}:
        event_name = event.rpartition("|")[2]
        results = advance_each(sitting, chosen, event_name, typed, saving=do == SAVE)
    if do == SAVE:
        title = sitting.teller.words("bulk_advanced")
        return page(request, "bulk_result.html", results=results, title=title)
    shown = _event_shown(sitting, chosen, event, typed)
    return page(
        request,
        "bulk_event.html",
        shown=shown,
        event=event,
        on=on,
        request_id=typed.request_id,
        results=results,
    )


def _choose(request: Request, sitting: Sitting, chosen: Sequence[Chosen]) -> Response:
    """What can be recorded in the chosen cases, by matter and state."""

    def read(connection: Connection) -> tuple[list[Group], list[Result]]:
        views = in_sight(sitting.work(connection), sitting, chosen)
        return groups_of(sitting, views.values()), left_out(sitting, chosen, views)

    groups, outside = sitting.desk.read(read)
    by_ref = {one.ref: str(one) for one in chosen}
    return page(request, "bulk_choose.html", groups=groups, outside=outside, values=by_ref)


@dataclass(frozen=True, slots=True)
class _Shown:
    label: str
    state: str
    inputs: Sequence[Input]
    cases: Sequence[tuple[str, str, str]]
    """Number, what the form carries of it, what it is about."""


def _event_shown(sitting: Sitting, chosen: Sequence[Chosen], event: str, typed: Typed) -> _Shown:
    """The form of the event, once for all chosen cases of its matter.

    Raises:
        UsageError: none of them is in sight, or their matter has no such event.
    """
    workflow, state, name = ([*event.split("|"), "", ""])[:3]

    def read(connection: Connection) -> _Shown:
        work = sitting.work(connection)
        views = in_sight(work, sitting, chosen)
        its = {ref: one for ref, one in views.items() if one.workflow == workflow}
        first = _first(its.values(), state)
        book = sitting.teller.registry.book_of(first.workflow_text_id)
        rows = [one for one in book.workflow.transitions if one.event == name and one.by_person]
        if not rows or state not in book.workflow.states:
            raise UsageError("bulk_none")
        words, names = sitting.teller.words, subjects_of(connection, its)
        return _Shown(
            words.label(rows[0].label),
            words.label(book.workflow.states[state].label),
            inputs_of(work, sitting, first, name, typed.fields),
            [(one.ref, str(one), names.get(one.ref, "")) for one in chosen],
        )

    return sitting.desk.read(read)


def _first(views: Iterable[CaseView], state: str) -> CaseView:
    """A case that still stands in the state, else any."""
    found = sorted(views, key=lambda one: one.state != state)
    if not found:
        raise UsageError("bulk_none")
    return found[0]


@router.post("/bulk/hand-over")
def hand_over(request: Request) -> Response:
    """Gives many cases to one account, or asks to whom they should go."""
    sitting, form = sitting_of(request), form_of(request)
    chosen = chosen_of(form.getlist("case"))
    login = str(form.get(TO, ""))
    if not login:
        shown = sitting.desk.read(lambda c: hand_over_page(sitting.work(c), sitting, chosen))
        return page(request, "bulk_hand_over.html", shown=shown)
    officer = _officer(sitting, login)
    results = hand_over_each(sitting, chosen, officer)
    title = sitting.teller.words("bulk_handed_over", who=officer.name)
    return page(request, "bulk_result.html", results=results, title=title)


def _officer(sitting: Sitting, login: str) -> Officer:
    """The account of that login name, if it acts anywhere.

    Raises:
        UsageError: it does not.
    """
    parents = sitting.teller.registry.policy.parents
    found = sitting.desk.read(lambda c: acting_officers(c, parents, sitting.today))
    for one in found:
        if one.login == login:
            return one
    raise UsageError("bulk_nobody", who=login[:SHORT])
