"""Every page of the desk, for whom it is, and how it is called; going from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lifecycle.access import Role
from tests.web.town import MEMBERS, ORGANIZATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.web.town import Town


class Shown(NamedTuple):
    """A page: the name of its picture, who looks, and where it is in the town."""

    name: str
    role: Role
    path: Callable[[Town], str]
    unit: str = "east"


OFFICER, APPROVER, LEAD, AUDITOR, ADMINISTRATOR = (
    Role.CASE_OFFICER,
    Role.APPROVER,
    Role.ORG_DEPT_OFFICER,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)


def organization(town: Town) -> str:
    return str(town.ids[ORGANIZATIONS["east"]])


def person(town: Town) -> str:
    return str(town.ids[MEMBERS["east"][0]])


PAGES = (
    Shown("work-mine", OFFICER, lambda _: "/work"),
    Shown("work-all", OFFICER, lambda _: "/work?whose=all"),
    Shown("case-branch", OFFICER, lambda town: f"/cases/{town.branch()}"),
    Shown("case-member", OFFICER, lambda town: f"/cases/{town.member()}"),
    Shown("case-approver", APPROVER, lambda town: f"/cases/{town.branch()}"),
    Shown("event", OFFICER, lambda town: f"/cases/{town.branch()}/events/application_filed"),
    Shown("open", OFFICER, lambda town: f"/open/activity_premises/planned/{town.body()}"),
    Shown("correct", OFFICER, lambda town: f"/cases/{town.member()}/entries/1/correct"),
    Shown("deadline", OFFICER, lambda town: f"/deadlines/{town.deadline()}"),
    Shown("organizations", OFFICER, lambda _: "/organizations"),
    Shown("organization", OFFICER, lambda town: f"/organizations/{organization(town)}"),
    Shown("person", OFFICER, lambda town: f"/people/{person(town)}"),
    Shown("erase", OFFICER, lambda town: f"/people/{person(town)}/erase"),
    Shown("search", OFFICER, lambda _: "/search?q=东县"),
    Shown("entry-organization", OFFICER, lambda _: "/entry/organization"),
    Shown("entry-unit", LEAD, lambda _: "/entry/unit"),
    Shown(
        "entry-person", OFFICER, lambda town: f"/entry/organizations/{organization(town)}/person"
    ),
    Shown("entry-facts", OFFICER, lambda town: f"/entry/organizations/{organization(town)}/facts"),
    Shown(
        "entry-contact", OFFICER, lambda town: f"/entry/organizations/{organization(town)}/contact"
    ),
    Shown("entry-engagement", OFFICER, lambda town: f"/entry/people/{person(town)}/engagement"),
    Shown("import", OFFICER, lambda _: "/import"),
    Shown("calendar", OFFICER, lambda _: "/calendar?whose=all"),
    Shown("indicators", OFFICER, lambda _: "/indicators"),
    Shown("indicator-rows", OFFICER, lambda _: "/indicators/I6/rows"),
    Shown("monthly", OFFICER, lambda _: "/monthly"),
    Shown("notices", OFFICER, lambda _: "/notices"),
    Shown("notice", OFFICER, lambda town: f"/notices/{town.notice()}"),
    Shown("audit", AUDITOR, lambda _: "/audit"),
    Shown("audit-case", AUDITOR, lambda town: f"/audit/{town.branch()}"),
    Shown("settings-users", ADMINISTRATOR, lambda _: "/settings/users"),
    Shown("settings-user", ADMINISTRATOR, lambda _: "/settings/users/auditor-west"),
    Shown("settings-sessions", ADMINISTRATOR, lambda _: "/settings/sessions"),
    Shown("settings-substitutes", ADMINISTRATOR, lambda _: "/settings/substitutes"),
    Shown("settings-parameters", ADMINISTRATOR, lambda _: "/settings/parameters"),
    Shown("settings-parameter", LEAD, lambda _: "/settings/parameters/P3"),
    Shown("settings-calendars", ADMINISTRATOR, lambda _: "/settings/calendars"),
    Shown("settings-calendar", ADMINISTRATOR, lambda _: "/settings/calendars/2026"),
    Shown("settings-addresses", OFFICER, lambda _: "/settings/addresses"),
    Shown("settings-aliases", OFFICER, lambda _: "/settings/aliases", "everywhere"),
    Shown("health", ADMINISTRATOR, lambda _: "/health"),
    Shown("tour", OFFICER, lambda _: "/tour"),
    Shown("api", OFFICER, lambda _: "/api"),
    Shown("password", OFFICER, lambda _: "/password"),
    Shown("confirm", OFFICER, lambda _: "/confirm"),
    Shown("sessions", OFFICER, lambda _: "/sessions"),
    Shown("problem", OFFICER, lambda _: "/cases/BR-999999"),
)

NO_PAGES = frozenset(
    {
        *("/", "/alive", "/language/{code}", "/settings", "/api/openapi.json", "/api/session"),
        *("/api/cases", "/api/cases/{ref}", "/api/cases/{ref}/actions", "/api/organizations"),
        *("/api/deadlines/{number}", "/api/indicators", "/login"),
        *("/indicators/chart.svg", "/monthly/chart.svg", "/monthly/rows", "/entry/contact"),
        *("/import/{token}", "/import/{token}/errors", "/entry/people/{number}/facts"),
    }
)
"""Addresses that lead on, speak to programs, or whose page is pictured under another name."""


def press(page: Page, what: str) -> None:
    """Presses something that leads to another page, and waits until that is there."""
    with page.expect_navigation():
        page.click(what)
