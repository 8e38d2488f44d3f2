"""How many statements a page costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.town import Town


def statements(town: Town, visit: Callable[[], object]) -> int:
    """The statements that the desk sends to its database during a visit."""
    sent: list[object] = []

    def one(*given: object) -> None:
        sent.append(given)

    event.listen(town.app.engine, "before_cursor_execute", one)
    visit()
    event.remove(town.app.engine, "before_cursor_execute", one)
    return len(sent)
