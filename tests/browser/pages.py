"""Every page of the desk, for whom it is, and how it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lifecycle.access import Role
from tests.web.town import MEMBERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.town import Town


class Shown(NamedTuple):
    """A page: the name of its picture, who looks, and where it is in the town."""

    name: str
    role: Role
    path: Callable[[Town], str]


OFFICER, ADMINISTRATOR = Role.CASE_OFFICER, Role.ADMINISTRATOR


def person(town: Town) -> str:
    """The page of a member."""
    return f"/people/{town.ids[MEMBERS['east'][0]]}"


PAGES = (
    Shown("work-mine", OFFICER, lambda _: "/work"),
    Shown("work-all", OFFICER, lambda _: "/work?whose=all"),
    Shown("case-branch", OFFICER, lambda town: f"/cases/{town.branch()}"),
    Shown("case-member", OFFICER, lambda town: f"/cases/{town.member()}"),
    Shown("event", OFFICER, lambda town: f"/cases/{town.branch()}/events/application_filed"),
    Shown("deadline", OFFICER, lambda town: f"/deadlines/{town.deadline()}"),
    Shown("person", OFFICER, person),
    Shown("erase", OFFICER, lambda town: f"{person(town)}/erase"),
    Shown("password", OFFICER, lambda _: "/password"),
    Shown("confirm", OFFICER, lambda _: "/confirm"),
    Shown("sessions", OFFICER, lambda _: "/sessions"),
    Shown("problem", OFFICER, lambda _: "/cases/BR-999999"),
)
