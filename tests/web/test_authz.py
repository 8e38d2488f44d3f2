"""`authz.yaml` against the desk itself: every route, every role, near and far."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Role
from tests.property.world import fingerprint
from tests.web.samples import PLACES, path_of
from tests.web.town import ROLES, login_of
from web.app import create_app, routes_of
from web.authz import rules, unlisted
from web.desk import Desk

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.web.town import Town, Visitor

ROUTES = tuple(rules())
WRITING = tuple(one for one in ROUTES if not one.startswith("GET "))
PERSONAL = frozenset(one for one in ROUTES if "{token}" in one)
"""What they name belongs to one account alone: to all others it is not there."""

SCOPED = frozenset({"case", "organization", "person", "unit"})
TOKEN = re.compile(r'name="_token" value="([0-9a-f]{64})"')


def refused(answer: Response) -> bool:
    """Whether a request was turned away for who sent it."""
    to_login = answer.headers.get("location", "").startswith("/login")
    return answer.status_code in {401, 403, 404} or (answer.status_code == 303 and to_login)


def send(visitor: Visitor, route: str, path: str, token: str | None = None) -> Response:
    method = route.partition(" ")[0]
    if method == "GET":
        return visitor.client.get(path)
    token = visitor.token() if token is None else token
    if path.startswith("/api/"):
        return visitor.client.request(method, path, json={}, headers={"X-CSRF-Token": token})
    return visitor.client.request(method, path, data={"_token": token})


def test_every_route_stands_in_the_file_and_every_name_in_it_is_a_route() -> None:
    app = create_app(Desk(parts=None))  # type: ignore[arg-type] # nothing is opened by making it

    assert unlisted(routes_of(app)) == (set(), set())


@pytest.mark.parametrize("route", ROUTES)
def test_a_visitor_gets_no_further_than_the_login(town: Town, route: str) -> None:
    before = town.app.read(fingerprint)

    answer = send(town.visitor(), route, path_of(route, town, "east"))

    if rules()[route].public:
        assert answer.status_code in {200, 303, 400, 403}, answer.status_code
    else:
        assert refused(answer), answer.status_code
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("route", ROUTES)
def test_a_role_opens_what_the_file_says_and_nothing_else(town: Town, route: str) -> None:
    rule = rules()[route]
    # Two routes are there on a demonstration only.
    object.__setattr__(town.desk, "sample", True)
    for role in ROLES:
        allowed = rule.public or rule.roles is None or role in rule.roles
        for where, unit in PLACES.items() if rule.scope in SCOPED else [("own", "east")]:
            visitor = town.sit(login_of(role, "east"))
            path = path_of(route, town, unit)
            before = town.app.read(fingerprint)
            answer = send(visitor, route, path)
            told = f"{route} as {role} at {where}: {answer.status_code}"
            if not allowed:
                assert answer.status_code == 403, told
            elif rule.whole:
                assert answer.status_code == 403, told
                reaching = town.sit(login_of(role, "everywhere"))
                assert route in PERSONAL or not refused(send(reaching, route, path)), told
            elif where in {"sibling", "parent"}:
                assert answer.status_code == 404, told
            else:
                assert to_logout(route) or not refused(answer), told
            if not allowed or where in {"sibling", "parent"}:
                assert town.app.read(fingerprint) == before, told


def to_logout(route: str) -> bool:
    """The one route that leads to the login when it is allowed."""
    return route == "POST /logout"


@pytest.mark.parametrize("route", ROUTES)
def test_who_holds_no_role_opens_only_what_is_everybody_s(town: Town, route: str) -> None:
    rule = rules()[route]
    object.__setattr__(town.desk, "sample", True)
    visitor = town.sit("nobody")
    before = town.app.read(fingerprint)

    answer = send(visitor, route, path_of(route, town, "east"))

    if rule.roles is not None:
        assert answer.status_code == 403
        assert town.app.read(fingerprint) == before
    else:
        assert not refused(answer) or to_logout(route)


@pytest.mark.parametrize("route", WRITING)
def test_what_was_not_sent_from_our_own_page_is_refused(town: Town, route: str) -> None:
    rule = rules()[route]
    role = next(iter(sorted(rule.roles))) if rule.roles else Role.CASE_OFFICER
    visitor, other = town.sit(login_of(role, "east")), town.sit(login_of(role, "east"))
    path = path_of(route, town, "east")
    own, foreign = visitor.token(), other.token()
    before = town.app.read(fingerprint)
    method = route.partition(" ")[0]

    answers = {
        "no token": send(visitor, route, path, ""),
        "a foreign token": send(visitor, route, path, foreign),
        "a foreign origin": visitor.client.request(
            method, path, data={"_token": own}, headers={"Origin": "https://evil.example"}
        ),
        "no origin at all": visitor.client.request(
            method, path, data={"_token": own}, headers={"Origin": "null"}
        ),
        "another site": visitor.client.request(
            method, path, data={"_token": own}, headers={"Sec-Fetch-Site": "cross-site"}
        ),
    }

    assert {name: one.status_code for name, one in answers.items()} == dict.fromkeys(answers, 403)
    assert town.app.read(fingerprint) == before
    assert visitor.get("/sessions").status_code == 200, "nobody was logged out"


def test_cases_about_persons_are_not_there_for_who_sees_counts_only(town: Town) -> None:
    member = town.member()

    codes = {
        role: town.officer(role).get(f"/cases/{member}").status_code
        for role in ROLES
        if role is not Role.ADMINISTRATOR
    }

    counts_only = {Role.REGISTRATION_OFFICER, Role.FINANCE_OFFICER}
    assert codes == {role: 404 if role in counts_only else 200 for role in codes}
    finance = town.officer(Role.FINANCE_OFFICER)
    assert "member_relation" not in finance.get("/work?whose=all").text.replace(
        'value="member_relation"', ""
    )
    assert member not in finance.get("/work?whose=all&light=waiting").text
