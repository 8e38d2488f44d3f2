"""The REST API: its document, who sees what, acts with numbers, problems as data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.store.tables import deadline, entry
from tests.property.world import fingerprint
from tests.web.counting import statements
from tests.web.test_acting import APPLICATION
from tests.web.town import ORGANIZATIONS, TODAY, login_of
from web.authz import rules
from web.views import api as views
from workflows.indicators.reporting import report

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.web.town import Town, Visitor

EVENT = "application_filed"


class Program:
    """Uses the API as a program does; every answer is held against the document."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.client = visitor.client
        self.document = self.client.get("/api/openapi.json").json()
        self.token = self.client.get("/api/session").json().get("token", "")

    def get(self, path: str) -> Response:
        return self.kept(self.client.get(path))

    def record(self, path: str, key: str = "", **body: Any) -> Response:  # noqa: ANN401
        headers = {"X-CSRF-Token": self.token}
        if key:
            headers["Idempotency-Key"] = key
        return self.kept(self.client.post(path, json=body, headers=headers))

    def kept(self, answer: Response) -> Response:
        """An answer that keeps what the document promises."""
        path, method = answer.request.url.path, answer.request.method.lower()
        operation = next(
            one[method]
            for template, one in self.document["paths"].items()
            if method in one and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        )
        (kind,) = {answer.headers["content-type"]}
        promised = operation["responses"][str(answer.status_code)]["content"][kind]["schema"]
        schema = {**promised, "components": self.document["components"]}
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(
            answer.json()
        )
        return answer


def program(town: Town, role: Role = Role.CASE_OFFICER, unit: str = "east") -> Program:
    return Program(town.officer(role, unit))


def event_path(town: Town) -> str:
    return f"/api/cases/{town.branch()}/events/{EVENT}"


def entries(town: Town, ref: str, event: str = EVENT) -> int:
    wanted = sa.select(sa.func.count()).where(
        entry.c.case_id == int(ref.split("-")[1]), entry.c.event == event
    )
    return int(town.rows(wanted)[0][0])


def test_the_document_has_the_routes_of_the_api_and_no_other(town: Town) -> None:
    document = program(town).document
    told = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    ours = {one for one in rules() if " /api/" in one} - {"GET /api/openapi.json"}

    assert told == ours
    jsonschema.Draft202012Validator.check_schema({"$defs": document["components"]["schemas"]})
    assert document["openapi"].startswith("3.1")


def test_the_page_lists_every_operation_and_model(town: Town) -> None:
    asking = program(town)
    text = asking.client.get("/api").text

    assert all(path in text for path in asking.document["paths"])
    assert all(f'id="{name}"' in text for name in asking.document["components"]["schemas"])
    assert "<script" not in text.split("<main")[1]


def test_who_asks_is_told_with_roles_and_the_token(town: Town) -> None:
    asking = program(town)
    told = asking.get("/api/session").json()

    assert told["login"] == login_of(Role.CASE_OFFICER, "east")
    assert told["roles"] == [{"role": "case_officer", "unit": town.ids["east"]}]
    assert told["token"] == asking.visitor.token()
    assert program(town, Role.AUDITOR, "everywhere").get("/api/session").json()["roles"] == [
        {"role": "auditor", "unit": None}
    ]


@pytest.mark.parametrize("path", ["/api/session", "/api/cases", "/api/indicators"])
def test_who_is_not_logged_in_is_told_so_as_a_problem(town: Town, path: str) -> None:
    asking = program(town)
    asking.client.cookies.clear()

    answer = asking.get(path)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_cases_are_those_of_the_work_list(town: Town) -> None:
    asking = program(town)
    page = asking.client.get("/work?whose=all&workflow=branch").text
    shown = re.findall(r'<a href="/cases/([A-Z]+-\d+)" data-open-row>', page)

    told = asking.get("/api/cases?whose=all&workflow=branch").json()

    assert [one["ref"] for one in told["items"]] == shown
    assert shown
    assert told["total"] == str(len(shown))
    assert told["next"] is None


def test_pages_are_walked_by_next(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.views.api.CASES", 2)
    monkeypatch.setattr("web.views.worklist.PAGE", 2)
    monkeypatch.setattr(views, "ORGANIZATIONS", 1)
    asking = program(town, unit="city")
    for first, name in (("/api/cases?whose=all", "ref"), ("/api/organizations", "number")):
        found, path = [], first
        while path:
            told = asking.get(path).json()
            found += [one[name] for one in told["items"]]
            path = told["next"]
        assert len(found) == len(set(found)) > 2


def test_a_case_is_told_with_what_is_owed_and_what_happened(town: Town) -> None:
    told = program(town).get(f"/api/cases/{town.branch()}").json()

    assert told["ref"] == town.branch()
    assert told["deadlines"]
    assert told["entries"]
    assert told["subject"] == ORGANIZATIONS["east"]


def test_persons_are_masked_and_not_there_for_who_sees_counts_only(town: Town) -> None:
    ref = town.member()
    told = program(town).get(f"/api/cases/{ref}")

    assert "赵某" in told.json()["subject"]
    assert "赵甲甲" not in told.text
    finance = program(town, Role.FINANCE_OFFICER)
    assert finance.get(f"/api/cases/{ref}").status_code == 404
    assert "MEM-" not in finance.get("/api/cases?whose=all").text


def test_what_is_outside_is_not_there(town: Town) -> None:
    asking, branch = program(town, unit="west"), town.branch()
    number = town.rows(
        sa.select(deadline.c.id).where(deadline.c.case_id == int(branch.split("-")[1]))
    )[0][0]
    before = town.app.read(fingerprint)

    for path in (
        f"/api/cases/{branch}",
        f"/api/cases/{branch}/actions",
        f"/api/deadlines/{number}",
        "/api/deadlines/999999",
        f"/api/organizations?unit={town.ids['east']}",
        f"/api/indicators?unit={town.ids['east']}",
    ):
        assert asking.get(path).status_code == 404, path
    assert asking.record(event_path(town), "k1", fields=APPLICATION).status_code == 404
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_does_not_act_records_nothing(town: Town, role: Role) -> None:
    before = town.app.read(fingerprint)

    refused = program(town, role).record(event_path(town), "k1", fields=APPLICATION)

    assert refused.status_code == 403
    assert town.app.read(fingerprint) == before


def test_the_actions_have_every_finding(town: Town) -> None:
    told = program(town).get(f"/api/cases/{town.branch()}/actions").json()

    filed = next(one for one in told["items"] if one["event"] == EVENT)
    assert filed["mine"]
    assert filed["possible"]
    assert {one["id"] for one in filed["findings"]} >= set(APPLICATION)
    approver = program(town, Role.APPROVER).get(f"/api/cases/{town.branch()}/actions").json()
    assert not next(one for one in approver["items"] if one["event"] == EVENT)["mine"]


def test_the_same_number_has_the_same_answer_and_is_written_once(town: Town) -> None:
    asking, path = program(town), event_path(town)

    first = asking.record(path, "number-1", fields=APPLICATION, on=str(TODAY))
    after = town.app.read(fingerprint)
    again = asking.record(path, "number-1", fields=APPLICATION, on=str(TODAY))

    assert first.status_code == 200, first.text
    assert again.json() == first.json()
    assert town.app.read(fingerprint) == after
    assert entries(town, town.branch()) == 1
    told = asking.get(f"/api/cases/{town.branch()}").json()
    assert (told["state"], told["version"]) == (first.json()["state"], first.json()["version"])


def test_a_number_of_another_request_is_refused(town: Town) -> None:
    asking = program(town)
    asking.record(event_path(town), "number-1", fields=APPLICATION)
    before = town.app.read(fingerprint)

    other = asking.record(
        f"/api/cases/{town.branch('hill')}/events/{EVENT}", "number-1", fields=APPLICATION
    )

    assert other.status_code == 409
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize("key", ["", "a%", "a_b", "x" * 65])
def test_what_writes_has_a_number(town: Town, key: str) -> None:
    before = town.app.read(fingerprint)

    assert program(town).record(event_path(town), key, fields=APPLICATION).status_code == 400
    assert town.app.read(fingerprint) == before


def test_a_dry_run_says_what_would_follow_and_writes_nothing(town: Town) -> None:
    before = town.app.read(fingerprint)

    told = program(town).record(event_path(town), fields=APPLICATION, dry_run=True).json()

    assert told["dry_run"]
    assert any("D16" in line for line in told["follows"])
    assert town.app.read(fingerprint) == before


def test_fields_may_be_values_and_not_only_texts(town: Town) -> None:
    typed = {
        name: {"true": True, "false": False}.get(value, value)
        for name, value in APPLICATION.items()
    }

    assert program(town).record(event_path(town), "n1", fields=typed).status_code == 200


def test_a_refusal_carries_every_finding(town: Town) -> None:
    before = town.app.read(fingerprint)

    refused = program(town).record(event_path(town), "n1", fields={})

    assert refused.status_code == 422
    unmet = {one["id"] for one in refused.json()["findings"] if not one["met"]}
    assert unmet >= {"form_complete", "list_attached"}
    assert town.app.read(fingerprint) == before


def test_a_case_that_has_moved_on_says_what_changed(town: Town) -> None:
    asking = program(town)
    version = asking.get(f"/api/cases/{town.branch()}").json()["version"]
    asking.record(event_path(town), "n1", fields=APPLICATION)
    before = town.app.read(fingerprint)

    stale = asking.record(event_path(town), "n2", fields=APPLICATION, expected_version=version)

    assert stale.status_code == 409
    changed = stale.json()["changed"]
    assert (changed["expected"], changed["by"]) == (version, login_of(Role.CASE_OFFICER, "east"))
    assert changed["found"] > version
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize(
    "body", [{"fields": "x"}, {"on": "never"}, {"unknown": 1}, {"fields": {"a": "长" * 301}}]
)
def test_what_cannot_be_read_is_named_and_not_repeated(town: Town, body: dict[str, Any]) -> None:
    before = town.app.read(fingerprint)

    refused = program(town).record(event_path(town), "n1", **body)

    assert refused.status_code == 400
    assert "长长" not in refused.text
    assert town.app.read(fingerprint) == before


def test_without_the_token_nothing_is_recorded(town: Town) -> None:
    asking = program(town)
    asking.token = "0" * 64
    before = town.app.read(fingerprint)

    assert asking.record(event_path(town), "n1", fields=APPLICATION).status_code == 403
    foreign = asking.client.post(
        event_path(town), json={}, headers={"Origin": "http://elsewhere.test"}
    )
    assert asking.kept(foreign).status_code == 403
    assert town.app.read(fingerprint) == before


def test_why_a_deadline_is_due_on_its_day(town: Town) -> None:
    asking = program(town)
    one = asking.get(f"/api/cases/{town.branch()}").json()["deadlines"][0]

    told = asking.get(f"/api/deadlines/{one['id']}").json()

    assert told["case"] == town.branch()
    assert told["due_on"] == one["due_on"]
    assert told["lines"]


def test_organizations_are_those_of_units_in_sight(town: Town) -> None:
    def names(unit: str, query: str = "") -> set[str]:
        told = program(town, unit=unit).get(f"/api/organizations{query}").json()
        return {one["name"] for one in told["items"]}

    assert names("east") == {ORGANIZATIONS["east"], ORGANIZATIONS["hill"]}
    assert names("east", "?search=诊所") == {ORGANIZATIONS["east"]}
    assert names("east", f"?unit={town.ids['hill']}") == {ORGANIZATIONS["hill"]}


def test_the_indicators_are_those_of_the_service(town: Town) -> None:
    told = program(town).get("/api/indicators").json()
    found = town.app.read(lambda c: report(c, town.app.registry, TODAY, town.ids["east"]))

    assert told["unit"] == town.ids["east"]
    assert [
        (one["id"], one["numerator"], one["denominator"], one["percent"], one["verdict"])
        for one in told["figures"]
    ] == [(o.id, o.numerator, o.denominator, o.percent, o.verdict) for o in found.figures]
    asking = program(town)
    assert asking.get("/api/indicators?as_of=x").status_code == 400
    assert asking.get("/api/indicators?as_of=2027-01-01").status_code == 400


def test_reading_takes_a_fixed_number_of_statements_and_writes_nothing(town: Town) -> None:
    asking = program(town, unit="city")
    before = town.app.read(fingerprint)
    sent: dict[str, set[int]] = {}
    for path in ("/api/cases?whose=all", "/api/organizations", "/api/session"):
        for query in ("", "&due_until=2026-12-31&search=诊所"):
            with statements(town) as counted:
                asking.get(path + (query if "?" in path else query.replace("&", "?", 1)))
            sent.setdefault(path, set()).add(len(counted))

    assert all(len(one) == 1 for one in sent.values()), sent
    assert town.app.read(fingerprint) == before
