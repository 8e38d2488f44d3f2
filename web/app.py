"""The desk as one ASGI application, made from explicit parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from web import problems
from web.guard import guard
from web.headers import SafeHeaders
from web.limits import WithheldBodies
from web.render import STATIC
from web.routes import (
    acting,
    api,
    audit,
    bulk,
    calendar,
    cases,
    correcting,
    entering,
    entry,
    erasing,
    exports,
    figures,
    health,
    intake,
    notices,
    opening,
    organizations,
    own_file,
    people,
    sample,
    search,
    settings,
    work,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import APIRouter

    from web.desk import Desk

AREAS = (
    entering,
    work,
    cases,
    acting,
    opening,
    organizations,
    people,
    own_file,
    erasing,
    search,
    entry,
    intake,
    bulk,
    correcting,
    figures,
    calendar,
    exports,
    notices,
    audit,
    settings,
    health,
    sample,
    api,
)


def create_app(desk: Desk) -> FastAPI:
    """The application on a desk; it opens nothing and starts nothing by itself."""
    app = FastAPI(
        title="lifecycle",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(guard)],
        redirect_slashes=False,
    )
    app.state.desk = desk
    for area in AREAS:
        app.include_router(area.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.install(app)
    app.add_middleware(WithheldBodies)
    app.add_middleware(SafeHeaders)
    return app


def routes_of(app: FastAPI | APIRouter) -> Iterator[str]:
    """Every route as `METHOD /path`, those of included routers among them."""
    for route in app.routes:
        inside = getattr(route, "original_router", None)
        if inside is not None:
            yield from routes_of(inside)
        for method in sorted(getattr(route, "methods", None) or ()):
            if method != "HEAD":
                yield f"{method} {route.path}"  # type: ignore[attr-defined] # has methods, has a path
