"""What an attacker sends: headers, paths, redirects, log lines, bodies."""

from __future__ import annotations

import logging
from json import dumps
from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from lifecycle.access import Role
from tests.property.world import fingerprint
from tests.web.town import PASSWORD, login_of
from web.authz import rules
from web.headers import HEADERS

if TYPE_CHECKING:
    from httpx2 import Response
    from starlette.types import Message

    from tests.web.town import Town, Visitor

PATHS = (
    "/static/../app.py",
    "/static/..%2fapp.py",
    "/static/%2e%2e/app.py",
    "/static/....//app.py",
    "/static//etc/passwd",
    "/static/..\\app.py",
    "/cases/../../etc/passwd",
    "/cases/BR-1%00",
    "/cases/BR-1;DROP TABLE entry",
    "/cases/BR-99999999999999999999",
    "/cases/BR-1' OR '1'='1",
    "/deadlines/-1",
    "/deadlines/99999999999999999999",
    "/language/zh%0d%0aSet-Cookie:%20a=b",
    "/cases/%F0%9F%92%A3-1",
)

LARGE = ("9223372036854775808", "99999999999999999999", "9" * 5000)
NUMBERED = tuple(
    route for route, rule in rules().items()
    if rule.roles and ("{number}" in route or "{seq}" in route)
)  # fmt: skip
ASKED = (
    "/audit?before=2026-08-03T01:00:00~5",
    "/audit?before=0001-01-01T00:00:00%2B14:00~5",
    *(f"/audit?before=2026-08-03T01:00:00%2B00:00~{one}" for one in LARGE),
    *(f"/{page}={one}" for one in LARGE for page in (
        "work?unit", "organizations?unit", "indicators?unit", "monthly?unit", "monthly?county",
        "monthly/rows?county", "indicators/I6/rows?unit", "api/cases?unit", "api/indicators?unit",
        "calendar?unit", "notices?page", "work?page",
    )),
)  # fmt: skip
HOSTILE = (
    "\r\nSet-Cookie: a=b",
    "<script>alert(1)</script>",
    "{{ 1234567*3 }}",
    "%(password)s",
    "\x00",
)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_leads_nowhere_but_to_pages(town: Town, path: str) -> None:
    officer = town.officer()
    before = town.app.read(fingerprint)

    answer = officer.client.get(path)

    assert answer.status_code in {303, 400, 404}, answer.text[:200]
    assert "a" not in answer.cookies
    assert "create_app" not in answer.text
    assert "root:" not in answer.text
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("route", NUMBERED)
def test_a_number_that_no_database_holds_leads_nowhere(town: Town, route: str) -> None:
    method, _, path = route.partition(" ")
    role = min(rules()[route].roles or ())
    officer = town.officer(role, "everywhere")
    fields = {"login": "nobody", "ref": town.branch()}
    fields |= {"workflow": "activity_premises", "event": "planned"}
    before = town.app.read(fingerprint)

    for large in LARGE:
        asked = path.format(number=large, seq=large, **fields)
        answer = officer.get(asked) if method == "GET" else officer.post(asked)
        assert answer.status_code in {400, 403, 404}, answer.text[:200]
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("path", ASKED)
def test_a_condition_that_no_database_holds_is_no_fault(town: Town, path: str) -> None:
    reader = town.officer(Role.AUDITOR, "everywhere")

    assert reader.get(path).status_code in {200, 400, 404}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_typed_is_shown_as_text_and_split_nowhere(town: Town, text: str) -> None:
    officer = town.officer()

    answers = [
        officer.client.get("/work", params={"whose": text, "workflow": text, "unit": text}),
        officer.client.get("/login", params={"next": text}),
        officer.client.get("/language/en", params={"next": f"/work{text}"}),
        officer.post("/cases/" + town.branch() + "/comment", text=text),
        officer.get("/cases/" + town.branch()),
    ]

    for answer in answers:
        assert "a" not in answer.cookies
        assert "<script>alert" not in answer.text
        assert "3703701" not in answer.text
        assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]


def test_every_answer_carries_the_headers(town: Town) -> None:
    officer = town.officer()
    for path in ("/work", "/login", "/nowhere", "/cases/BR-999999", "/static/desk.css", "/alive"):
        answer = officer.client.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (path, name)
        stored = answer.headers["cache-control"]
        assert stored == ("no-store" if "static" not in path else stored), path
    assert "server" not in officer.client.get("/work").headers


@pytest.mark.parametrize(
    ("length", "status"), [("999999999", 413), ("-1", 413), ("abc", 413), ("300000", 413)]
)
def test_what_is_too_large_is_refused_by_its_announced_length(
    town: Town, length: str, status: int
) -> None:
    officer = town.officer()
    token = officer.token()

    answer = officer.client.post(
        f"/cases/{town.branch()}/comment",
        content=f"_token={token}&text=x".encode(),
        headers={
            "content-length": length,
            "content-type": "application/x-www-form-urlencoded",
        },
    )

    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/api/cases/{ref}/events/filed", "/cases/{ref}/comment"])
def test_what_is_too_large_is_not_read_at_all(town: Town, path: str) -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": path.format(ref=town.branch()),
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"900000000")],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        pytest.fail("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    # In a thread of its own: a browser of other tests may keep a loop running in this one.
    with start_blocking_portal() as portal:
        portal.call(town.site, scope, receive, send)

    assert sent[0]["status"] == 413


def program_sends(town: Town, officer: Visitor, text: str) -> Response:
    """What a program sends as the value of a field."""
    return officer.client.post(
        f"/api/cases/{town.branch()}/events/application_filed",
        content=dumps({"fields": {"application": text}}).encode(),
        headers={
            "X-CSRF-Token": officer.token(),
            "Content-Type": "application/json",
            "Idempotency-Key": "k1",
        },
    )


def test_what_no_database_takes_as_text_is_refused_wherever_it_comes_from(town: Town) -> None:
    officer = town.officer()
    before = town.app.read(fingerprint)

    answers = [
        officer.client.get("/work", params={"unit": "a\0b"}),
        officer.client.get("/organizations", params={"text": "a\0b"}),
        officer.client.get("/settings/users/a%00b"),
        officer.post(f"/cases/{town.branch()}/comment", text="a\0b"),
        program_sends(town, officer, "a\0b"),
        program_sends(town, officer, "half a pair: \ud83d"),
    ]

    assert [one.status_code for one in answers] == [400] * len(answers)
    assert town.app.read(fingerprint) == before


def test_a_body_without_an_announced_length_is_not_read(town: Town) -> None:
    officer = town.officer()

    answer = officer.client.post(
        f"/cases/{town.branch()}/comment",
        content=(part for part in [b"text=x"]),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code == 411


def test_more_fields_than_any_form_has_are_refused(town: Town) -> None:
    officer = town.officer()
    fields = {f"f{number}": "x" for number in range(500)}

    answer = officer.post(f"/cases/{town.branch()}/comment", text="x", **fields)

    assert answer.status_code in {400, 403, 413}


def test_the_log_names_no_person_no_password_and_keeps_its_lines(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    login = login_of(Role.CASE_OFFICER, "east")
    with caplog.at_level(logging.DEBUG):
        visitor = town.visitor(login)
        visitor.post("/login", "/login", login="赵甲甲\r\nroot logged in", password="geheim-geheim")
        visitor.get("/cases/" + town.member())
        visitor.get("/work?unit=%0d%0aforged")

    ours = [one for one in caplog.records if not one.name.startswith(("httpx2", "asyncio"))]
    text = "\n".join(one.getMessage() for one in ours)
    for secret in (PASSWORD, "geheim-geheim", "赵甲甲", "root logged in", "forged"):
        assert secret not in text
