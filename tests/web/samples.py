"""What the paths of routes name in the small town: one thing of each kind in every unit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.web.town import MEMBERS, ORGANIZATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.town import Town

PLACES = {
    "own": "east",
    "child": "hill",
    "sibling": "west",
    "parent": "city",
}
"""Where a thing stands, seen from `east`, where the reader's role is granted."""


BY_NAME: dict[str, Callable[[Town, str], str]] = {
    "ref": lambda town, unit: town.branch(unit),
    "event": lambda _town, _unit: "application_filed",
    "code": lambda _town, _unit: "en",
    "seq": lambda _town, _unit: "1",
    "token": lambda _town, _unit: "0" * 32,
    "login": lambda _town, _unit: "auditor-west",
    "name": lambda _town, _unit: "P3",
    "year": lambda _town, _unit: "2026",
}
"""By the name of a part of the path."""

BY_ROUTE: dict[str, Callable[[Town, str], str]] = {
    "/deadlines/{number}": lambda town, unit: str(town.deadline(unit)),
    "/indicators/{name}/rows": lambda _town, _unit: "I6",
    "/indicators/{name}/rows/export": lambda _town, _unit: "I6",
    "/deadlines/{number}/remind": lambda town, unit: str(town.deadline(unit)),
    "/notices/{number}": lambda town, unit: str(town.notice(unit)),
    "/notices/{number}/resend": lambda town, unit: str(town.notice(unit)),
    "/api/deadlines/{number}": lambda town, unit: str(town.deadline(unit)),
    "/sessions/{number}/end": lambda _town, _unit: "999999",
    "/settings/sessions/{number}/end": lambda _town, _unit: "999999",
    "/settings/substitutes/{number}/end": lambda _town, _unit: "999999",
    "/settings/users/{login}/grants/{number}/revoke": lambda _town, _unit: "1",
}
"""Where the name alone does not tell: by path, what stands for `number`."""


def _organization(town: Town, unit: str) -> str:
    return str(town.ids[ORGANIZATIONS[unit]])


def _person(town: Town, unit: str) -> str:
    return str(town.ids[MEMBERS[unit][0]])


BY_ROUTE |= {
    "/organizations/{number}": _organization,
    "/people/{number}": _person,
    "/people/{number}/file": _person,
    "/people/{number}/erase": _person,
    **{f"/entry/organizations/{{number}}/{one}": _organization
       for one in ("contact", "facts", "person")},
    **{f"/entry/people/{{number}}/{one}": _person for one in ("engagement", "facts")},
}  # fmt: skip


OPENING = "/open/{workflow}/{event}/{number}"
BY_PART: dict[tuple[str, str], Callable[[Town, str], str]] = {
    (OPENING, "workflow"): lambda _town, _unit: "activity_premises",
    (OPENING, "event"): lambda _town, _unit: "planned",
    (OPENING, "number"): lambda town, unit: str(town.body(unit)),
}
"""Where a path names several things: by path and name."""


def path_of(route: str, town: Town, unit: str) -> str:
    """The path of a route to the thing that stands in that unit."""
    path = route.partition(" ")[2]

    def filled(match: re.Match[str]) -> str:
        name = match[1].partition(":")[0]
        known = BY_PART.get((path, name)) or BY_ROUTE.get(path) or BY_NAME.get(name)
        assert known is not None, f"tests/web/samples.py has nothing for {{{name}}} of {route}"
        return known(town, unit)

    return re.sub(r"{([^}]+)}", filled, path)
