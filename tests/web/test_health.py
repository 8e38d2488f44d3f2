"""The page of health: administrators only, no password of the database, no case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.store.tables import heartbeat, job_run
from scheduler.jobs import JOBS
from tests.property.world import fingerprint
from tests.web.town import ROLES

if TYPE_CHECKING:
    from tests.web.town import Town


@pytest.mark.parametrize("role", ROLES)
def test_administrators_alone_see_it(town: Town, role: Role) -> None:
    visitor = town.officer(role)
    code = 200 if role is Role.ADMINISTRATOR else 403
    before = town.app.read(fingerprint)

    assert visitor.get("/health").status_code == code
    assert visitor.post("/health/check").status_code == code
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_says_how_things_are_and_names_no_case(town: Town, language: str) -> None:
    admin = town.officer(Role.ADMINISTRATOR)
    admin.get(f"/language/{language}")

    text = admin.get("/health").text

    assert "2026-11-02" in text
    assert "town.sqlite" in text
    assert text.count(" s</td>") == len(JOBS)
    assert not re.search(r"\b(BR|MEM|COV)-\d", text)


def test_a_failed_job_and_a_quiet_process_stand_out(town: Town) -> None:
    at = town.app.read(town.app.clock.now)

    def fail(connection: sa.Connection) -> None:
        values = {"last_finished_at": at, "last_result": '{"error": "ValueError"}', "failures": 3}
        connection.execute(sa.delete(job_run))
        connection.execute(sa.insert(job_run).values(job="deliver_mail", **values))
        long_ago = at.replace(year=at.year - 1)
        connection.execute(sa.insert(heartbeat).values(worker="desk-1", beat_at=long_ago))

    town.app.write(fail)
    admin = town.officer(Role.ADMINISTRATOR)
    admin.get("/language/en")
    text = admin.get("/health").text

    assert 'class="broken"' in text
    assert "ValueError" in text
    assert "quiet" in text


def test_the_quick_check_tells_what_is_broken(town: Town) -> None:
    admin = town.officer(Role.ADMINISTRATOR)
    assert 'class="done"' in admin.post("/health/check").text

    def break_it(connection: sa.Connection) -> None:
        connection.exec_driver_sql("UPDATE outbox SET case_id = 999999 WHERE id = 1")

    engine = sa.create_engine(town.url)
    with engine.begin() as connection:
        break_it(connection)
    engine.dispose()

    assert "outbox" in admin.post("/health/check").text
