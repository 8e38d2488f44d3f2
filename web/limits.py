"""How large a request may be: judged by its announced length, before any of it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORM_BYTES: Final = 256 * 1024
UPLOAD_BYTES: Final = 10 * 1024 * 1024 + 64 * 1024
"""A workbook of ten megabytes, and the form around it."""


def fault_of(headers: Headers) -> tuple[int, str] | None:
    """The status and the name of the problem of a request that is too large or does not say."""
    length = headers.get("content-length")
    if length is None:
        return (411, "no_length") if headers.get("transfer-encoding") else None
    is_upload = headers.get("content-type", "").startswith("multipart/")
    most = UPLOAD_BYTES if is_upload else FORM_BYTES
    return None if length.isdecimal() and int(length) <= most else (413, "too_large")


class WithheldBodies:
    """Keeps what is too large from the routes, which read a body before the guard has its say."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, without its body where that is too large."""
        if scope["type"] != "http" or fault_of(Headers(scope=scope)) is None:
            await self.app(scope, receive, send)
            return
        given = False

        async def nothing() -> Message:
            nonlocal given
            if not given:
                given = True
                return {"type": "http.request", "body": b"", "more_body": False}
            return {"type": "http.disconnect"}

        await self.app(scope, nothing, send)
