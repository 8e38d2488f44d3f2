"""The way back to a list as its reader last narrowed it, from a case, a notice or a chain.

A cookie keeps the conditions, so that the way back outlasts the forms in between and needs no
scripts. It carries a mark of the session: what another account left in the browser, or somebody
else put there, leads nowhere.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Final

from web.sitting import sitting_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

LISTS: Final = {"/work": "list-work", "/notices": "list-notices", "/audit": "list-audit"}
"""The lists that one comes back to, each with its cookie."""

LONGEST: Final = 1_000
"""Conditions that are longer are not kept: browsers refuse large cookies."""
_MARK: Final = 32


def remember(request: Request, answer: Response, path: str, conditions: str) -> Response:
    """Keeps what a list was narrowed to, as the end of its address says it."""
    if len(conditions) > LONGEST:
        answer.delete_cookie(LISTS[path])
        return answer
    kept = urlsafe_b64encode(conditions.encode()).decode().rstrip("=")
    value = f"{_mark(request, path, kept)}{kept}"
    secure = sitting_of(request).desk.secure
    answer.set_cookie(LISTS[path], value, httponly=True, samesite="lax", secure=secure)
    return answer


def way_back(request: Request, path: str) -> str:
    """The address of a list with the conditions that were kept, or the plain one."""
    value = request.cookies.get(LISTS[path], "")
    mark, kept = value[:_MARK], value[_MARK:]
    if not kept or not value.isascii():
        return path
    if not hmac.compare_digest(mark, _mark(request, path, kept)):
        return path
    conditions = urlsafe_b64decode(kept + "=" * (-len(kept) % 4)).decode()
    return f"{path}?{conditions}"


def _mark(request: Request, path: str, kept: str) -> str:
    token = sitting_of(request).token.encode()
    return hmac.digest(token, f"{path} {kept}".encode(), "sha256").hex()[:_MARK]
