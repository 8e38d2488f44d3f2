"""A form that waits for the password or for a login.

It is carried along on that page, for browsers forget what was sent; nothing is done with it before
its person sends it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from web.guard import MOST_FIELDS, VISITOR
from web.limits import FORM_BYTES
from web.render import page
from web.sitting import sitting_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

THEN: Final = "_then"
CARRIED: Final = "_carried."
LEFT_OUT: Final = frozenset({"_token"})
ASKING: Final = frozenset({"/confirm", "/password", "/logout"})
"""What these send is not carried: passwords stand in no page."""

ROOM: Final = 8 * 1024
FIELDS: Final = 8
"""What the form that carries another one needs for itself."""


@dataclass(frozen=True, slots=True)
class Again:
    """Where a form goes, and what it says."""

    path: str
    fields: Sequence[tuple[str, str]]


def waiting(path: str, form: FormData) -> Again | None:
    """A form that was stopped on its way; none where no page can carry it.

    That is one with files, or one that with the page's own fields would be too large to be sent.
    """
    fields = [(name, value) for name, value in form.multi_items() if name not in LEFT_OUT]
    texts = [(name, value) for name, value in fields if isinstance(value, str)]
    return Again(path, texts) if len(texts) == len(fields) and _fits(texts) else None


def _fits(fields: Sequence[tuple[str, str]]) -> bool:
    sent = urlencode([(f"{CARRIED}{name}", value) for name, value in fields])
    return len(sent) + ROOM <= FORM_BYTES and len(fields) + FIELDS <= MOST_FIELDS


def stopped(path: str, form: FormData) -> Again | None:
    """The form that waits for a login, be it the one that was waiting for the password already."""
    again = carried(form, local_path(str(form.get(THEN, ""))))
    if again is not None or path.partition("?")[0] in ASKING:
        return again
    return waiting(path, form)


def carried(form: FormData, path: str) -> Again | None:
    """The form that came along with the password, on its way to a path of our own."""
    if THEN not in form:
        return None
    start = len(CARRIED)
    fields = [
        (name[start:], str(value)) for name, value in form.multi_items() if name.startswith(CARRIED)
    ]
    return Again(path, fields)


def login_asked(
    request: Request,
    status: int = 200,
    *,
    problem: str = "",
    typed: str = "",
    following: str = "/",
    again: Again | None = None,
    ended: bool = False,
) -> Response:
    """Asks for name and password; the page's own form is bound to the browser by a cookie.

    Args:
        request: what the page answers.
        status: of the answer.
        problem: what was wrong with the login before.
        typed: the login name that was given.
        following: where the login leads to.
        again: the form that waits for the login.
        ended: whether a session has ended, and a form with it.
    """
    shown = page(
        request,
        "login.html",
        status,
        problem=problem,
        typed=typed,
        next=following,
        again=again,
        ended=ended,
    )
    secure = sitting_of(request).desk.secure
    shown.set_cookie(VISITOR, request.state.visitor, httponly=True, samesite="lax", secure=secure)
    return shown


def local_path(wanted: str) -> str:
    """A path of our own; anything else becomes the first page."""
    local = wanted.startswith("/") and not wanted.startswith("//")
    return wanted if local and "\\" not in wanted and wanted.isprintable() else "/"
