"""The desk and the clock in one process, until it is stopped."""

from __future__ import annotations

import signal
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa
import uvicorn

from cli.wiring import job_parts
from lifecycle.clock import StoredClock
from lifecycle.store.tables import setting
from scheduler.runner import Runner
from web.app import create_app
from web.desk import Desk
from workflows.demo import SAMPLE_MARK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fastapi import FastAPI
    from sqlalchemy import Connection

    from cli.settings import Settings
    from cli.wiring import App

DRAIN_SECONDS = 10
"""How long requests that are on their way may take when the desk is stopped."""


def desk_on(app: App, settings: Settings) -> Desk:
    """The desk on an opened application."""
    return Desk(
        parts=job_parts(app, settings),
        language=settings.lang,
        secure=settings.https,
        sample=isinstance(app.clock, StoredClock) and app.read(_is_sample),
        outgoing=settings.outgoing,
    )


def _is_sample(connection: Connection) -> bool:
    mark = sa.select(setting.c.value).where(setting.c.name == SAMPLE_MARK)
    return connection.execute(mark).first() is not None


def serve(app: App, settings: Settings, *, host: str, port: int) -> None:
    """Answers requests and runs the clock until a signal comes."""
    desk = desk_on(app, settings)
    application = create_app(desk)
    runner = Runner(desk.parts)

    @asynccontextmanager
    async def clock(_: FastAPI) -> AsyncIterator[None]:
        runner.start()
        try:
            yield
        finally:
            runner.stop()

    application.router.lifespan_context = clock
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        proxy_headers=False,
    )
    _Server(config).run()


class _Server(uvicorn.Server):
    """Ends in order at a signal; uvicorn's own would die of it once more afterwards."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stops taking requests at the first signal; the second one cuts off what still runs."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        yield
