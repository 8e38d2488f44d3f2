"""Merges records in a test: a clinic that stands twice on the register, and what to ask of it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.replaying import replay
from lifecycle.store.tables import case, entry
from tests.builders import app_on
from tests.tale import OFFICER, Tale
from workflows.merging import Merged, MergeRefusedError, merge
from workflows.register import person_at_organization

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from lifecycle.access import Actor

MARCH, TODAY = date(2026, 3, 2), date(2026, 6, 1)


class _PreviewEndsError(Exception):
    def __init__(self, done: Merged) -> None:
        self.done = done


@contextmanager
def two_records(url: str) -> Iterator[Tale]:
    """A clinic with two members and its second record, the annex, with two others."""
    with app_on(url, date(2020, 1, 1)) as app:
        told = Tale(app)
        told.tell(
            {"on": MARCH, "add": {"unit": "bureau"}},
            {"on": MARCH, "add": {"organization": "clinic", "supervisor": "bureau"}},
            {"on": MARCH, "add": {"organization": "annex", "supervisor": "bureau"}},
            *(engaged(name, "clinic") for name in ("wang", "li")),
            *(engaged(name, "annex") for name in ("zhao", "qian")),
            {"on": TODAY, "tick": True},
        )
        yield told


def engaged(name: str, where: str, on: date = MARCH, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "on": on,
        "add": {"person": name, "engaged_at": where, "employment": "full_time", **more},
    }


def merged(
    tale: Tale,
    gone: str,
    kept: str,
    *,
    reason: str = "重复登记",
    actor: Actor = OFFICER,
    dry: bool = False,
) -> Merged:
    """Merges what the scenario calls so, on the day that the clock shows."""

    def act(connection: Connection) -> Merged:
        named = tale.player.things.named
        done = merge(
            connection,
            tale.app.registry,
            tale.app.clock,
            gone=named[gone],
            kept=named[kept],
            reason=reason,
            actor=actor,
        )
        if dry:
            raise _PreviewEndsError(done)
        return done

    try:
        return tale.app.write(act)
    except _PreviewEndsError as ended:
        return ended.done


def unmet(tale: Tale, gone: str, kept: str, **how: Any) -> dict[str, Any]:  # noqa: ANN401
    """The conditions in the way, with what was seen; nothing is saved."""
    before = tale.rows(entry)
    with pytest.raises(MergeRefusedError) as refused:
        merged(tale, gone, kept, **how)

    assert tale.rows(entry) == before
    found = [one for one in refused.value.findings if not one.met and not one.advisory]
    return {one.id: one.seen for one in found}


def problems(tale: Tale) -> list[str]:
    replayed = tale.app.read(lambda c: replay(c, tale.app.registry))
    return tale.problems() + [str(one) for one in replayed.differences]


def events(tale: Tale, reference: str) -> list[str]:
    return [one.event for one in tale.entries(reference)]


def number(tale: Tale, name: str) -> int:
    return tale.player.things.named[name].id


def place(tale: Tale, who: str, where: str) -> int:
    (row,) = tale.rows(
        person_at_organization, person_id=number(tale, who), organization_id=number(tale, where)
    )
    return int(row["id"])


def end(tale: Tale, who: str, where: str) -> None:
    """The person leaves the organization, which ends the case."""
    tale.record(f"MEM({who}, {where})", "left_before_transfer", TODAY, evidence="离2026-1")


def file(tale: Tale, name: str) -> int:
    subject = tale.player.things.named[name]
    (row,) = tale.rows(case, workflow="register", subject_type=subject.type, subject_id=subject.id)
    return int(row["id"])
