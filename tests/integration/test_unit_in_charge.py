"""Cases lie with the unit that is in charge of their organization today."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.cases import REGISTER, Subject
from lifecycle.engine import record_rows
from lifecycle.register import put
from lifecycle.replaying import replay
from lifecycle.store.tables import case
from lifecycle.sweeps import sweep_all
from tests.builders import app_on, move_clock
from tests.people import DAY, begin, clinic, engaged
from workflows import byhand
from workflows.subjects import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from cli.wiring import App


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, DAY) as opened:
        yield opened


def another_unit(app: App) -> int:
    return app.write(
        lambda c: byhand.add_unit(begin(app, c), name="另一局", level="county", kind="department")
    )


def comes_under(app: App, organization: int, unit: int, on: date) -> None:
    """The register is told that another unit supervises the organization from that day on."""

    def tell(connection: Connection) -> None:
        values = {"name": "门诊部 CLINIC", "kind": None, "supervisor_id": unit}
        row = put("organization_profile", {"organization_id": organization}, values, on)
        record_rows(begin(app, connection), Subject(ORGANIZATION, organization), [row], DAY)

    app.write(tell)


def units(app: App, *, files: bool = False) -> set[int | None]:
    """With which units the cases lie, or the files of the register."""
    is_file = case.c.workflow == REGISTER
    statement = sa.select(case.c.unit_id).where(is_file if files else sa.not_(is_file)).distinct()
    return set(app.read(lambda connection: connection.execute(statement).scalars().all()))


def test_every_case_follows_the_organization_and_no_file_does(app: App) -> None:
    organization = clinic(app)
    engaged(app, organization, 1)
    after = another_unit(app)
    (before,), of_files = units(app), units(app, files=True)
    assert before != after
    assert of_files == {before, after, None}, (
        "units have files of their own; those of others lie with none"
    )

    comes_under(app, organization, after, DAY)

    assert units(app) == {after}
    assert units(app, files=True) == of_files
    assert app.read(lambda c: replay(c, app.registry)).differences == ()


def test_what_begins_on_a_later_day_is_followed_on_that_day(app: App) -> None:
    organization = clinic(app)
    engaged(app, organization, 1)
    (before,) = units(app)
    after, tomorrow = another_unit(app), DAY + timedelta(days=1)
    comes_under(app, organization, after, tomorrow)
    assert units(app) == {before}

    move_clock(app, tomorrow)
    app.write(lambda c: sweep_all(c, app.registry, app.clock))

    assert units(app) == {after}
