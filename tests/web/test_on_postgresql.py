"""The desk on PostgreSQL: every page reads as it does on SQLite, every act ends alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Role
from tests.web.samples import path_of
from tests.web.test_acting import APPLICATION, hidden
from tests.web.test_authz import ROUTES, send
from tests.web.town import MEMBERS, TODAY, Town, build, copy_of, login_of
from web.authz import rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response

    from tests.postgres import PostgresServer
    from tests.web.town import Visitor

TOLD_APART = frozenset(
    {
        *("GET /health", "POST /health/check"),
        "POST /settings/users/{login}/password",
        *("GET /sessions", "GET /settings/sessions"),
    }
)
"""What names the database, a random password, or sessions, whose numbers SQLite gives again."""

RANDOM = re.compile(r"[0-9a-f]{10,}")
"""Tokens, numbers of requests and hashes over salts."""


@pytest.fixture(scope="module")
def towns(
    _template: tuple[Path, dict[str, int]],
    postgres: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Town, Town]]:
    """The same town twice."""
    template, ids = _template
    here, there = (tmp_path_factory.mktemp(one) for one in ("sqlite", "postgresql"))
    name = postgres.create_database()
    assert build(postgres.url(name)) == ids, "the same things have the same numbers"
    made = (Town(copy_of(template, here), here, ids), Town(postgres.url(name), there, ids))
    for town in made:
        object.__setattr__(town.desk, "sample", True)
    yield made
    for town in made:
        town.close()
    postgres.drop_database(name)


def as_read(answer: Response) -> tuple[int, str, str]:
    """What somebody sees of an answer, without what is random in it."""
    kind = answer.headers.get("content-type", "")
    text = RANDOM.sub("*", answer.text) if "text" in kind or "json" in kind else kind
    return answer.status_code, RANDOM.sub("*", answer.headers.get("location", "")), text


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_answers_alike(towns: tuple[Town, Town], route: str) -> None:
    rule = rules()[route]
    roles = sorted(rule.roles or {Role.CASE_OFFICER})
    unit = "everywhere" if rule.whole else "east"

    for role in roles:
        ours, theirs = (
            send(town.sit(login_of(role, unit)), route, path_of(route, town, "east"))
            for town in towns
        )
        if route in TOLD_APART:
            assert (ours.status_code, theirs.status_code) == (200, 200)
        else:
            assert as_read(ours) == as_read(theirs)


def recorded(officer: Visitor, path: str, **fields: str) -> Response:
    """An event entered by its form."""
    form = {**hidden(officer, path), "_on": TODAY.isoformat(), **fields, "_do": "save"}
    return officer.post(path, path, **form)


def test_the_way_to_a_branch_ends_alike(towns: tuple[Town, Town]) -> None:
    ends = []
    for town in towns:
        officer, approver, branch = town.officer(), town.officer(Role.APPROVER), town.branch()
        answers = [officer.post(f"/cases/{branch}/claim")]
        for number, person in enumerate(MEMBERS["east"]):
            events = f"/cases/{town.ref('member_relation', town.ids[f'{person}@'])}/events"
            answers += [
                recorded(officer, f"{events}/document_issued", document_kind="formal",
                         number=f"介〔2026〕{number}", days="30"),
                recorded(officer, f"{events}/received_formal", receipt_returned="true"),
            ]  # fmt: skip
        events = f"/cases/{branch}/events"
        answers += [
            recorded(officer, f"{events}/application_filed", **APPLICATION),
            recorded(approver, f"{events}/approved", reply="批复〔2026〕1号",
                     meeting_decision="true"),
            officer.get(f"/cases/{branch}"),
            officer.get("/work?whose=all"),
            officer.get("/indicators"),
        ]  # fmt: skip
        ends.append([as_read(one) for one in answers])

    assert "已批复" in ends[0][-3][2]
    assert ends[0] == ends[1]
