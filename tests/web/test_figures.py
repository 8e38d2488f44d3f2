"""The indicators at the desk: whose figures, the rows behind them, charts, workbooks, months."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.engine import begin
from lifecycle.store.tables import unit as unit_table
from tests.property.world import fingerprint
from tests.web.books import noted_exports, sheets
from tests.web.counting import statements
from tests.web.town import CLERK, ORGANIZATIONS, TODAY
from workflows import byhand
from workflows.indicators.drilling import drill
from workflows.indicators.monthly import cross_table
from workflows.indicators.reporting import report
from workflows.indicators.snapshots import freeze

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.web.town import Town, Visitor
    from workflows.indicators.figures import Report

EVERYWHERE = (Role.AUDITOR, "everywhere")
WHY = "季度报表"
OFFICES = [one for one in Role if one not in {Role.SCHEDULER, Role.ADMINISTRATOR}]


def figures(town: Town, unit: str | None = None, on: date = TODAY) -> Report:
    number = town.ids[unit] if unit else None
    return town.app.read(lambda c: report(c, town.app.registry, on, number))


def shown(visitor: Visitor, query: str = "") -> dict[str, tuple[str, str, str]]:
    """By figure: numerator, denominator and share as the page has them."""
    text = visitor.get(f"/indicators?{query}").text
    table = text.split('<table class="rows figures">')[1].split("</table>")[0]
    found = {}
    for row in table.split("<tr")[2:]:
        cells = [re.sub(r"<[^>]+>", "", one).strip() for one in re.findall(r"<td.*?</td>", row)]
        found[cells[0]] = (cells[2], cells[3], cells[4])
    return found


def expected(found: Report) -> dict[str, tuple[str, str, str]]:
    told = {}
    for one in found.figures:
        measure = {"cny": " 元", "days": " 天"}.get(one.unit, "")
        parts = (one.numerator, one.denominator)
        first, second = ("—" if part is None else f"{part}{measure}" for part in parts)
        told[one.id] = (first, second, f"{one.percent}%" if one.percent else "—")
    return told


@pytest.mark.parametrize("role", OFFICES)
def test_the_figures_are_those_of_the_service_at_the_readers_own_unit(
    town: Town, role: Role
) -> None:
    assert shown(town.officer(role)) == expected(figures(town, "east"))


def test_on_an_earlier_day_they_are_those_of_that_day(town: Town) -> None:
    day = date(2026, 8, 2)

    assert shown(town.officer(), f"as_of={day}") == expected(figures(town, "east", day))
    assert shown(town.officer(), f"as_of={day}") != shown(town.officer())


def test_the_whole_is_for_who_holds_a_role_everywhere(town: Town) -> None:
    everywhere = town.officer(*EVERYWHERE)

    assert shown(everywhere) == expected(figures(town))
    assert shown(everywhere, f"unit={town.ids['west']}") == expected(figures(town, "west"))


@pytest.mark.parametrize("path", ["/indicators", "/indicators/I6/rows", "/indicators/chart.svg"])
@pytest.mark.parametrize("other", ["west", "city"])
def test_units_beside_and_above_are_not_there(town: Town, path: str, other: str) -> None:
    assert town.officer().get(f"{path}?unit={town.ids[other]}").status_code == 404
    assert town.officer().get(f"{path}?unit=99999").status_code == 404
    assert town.officer().get(f"{path}?unit={town.ids['hill']}").status_code == 200


@pytest.mark.parametrize("path", ["/indicators", "/monthly", "/indicators/chart.svg"])
def test_who_administers_opens_no_figures(town: Town, path: str) -> None:
    assert town.officer(Role.ADMINISTRATOR).get(path).status_code == 403
    assert town.visitor().get(path).status_code == 303


def test_nothing_to_count_is_told_as_not_applicable(town: Town) -> None:
    text = town.officer().get("/indicators").text
    absent = [one.id for one in figures(town, "east").figures if not one.applies]

    assert absent
    assert text.count("不适用") >= len(absent)
    for name in absent:
        assert shown(town.officer())[name][2] == "—"


def listed(visitor: Visitor, path: str) -> list[str]:
    """The numbers of the rows on a page."""
    body = visitor.get(path).text.split("<tbody>")
    return re.findall(r'<td class="tight">(?:<a[^>]*>)?([^<✓✗]+)<', body[1]) if body[1:] else []


def test_behind_every_figure_stand_its_rows(town: Town) -> None:
    everywhere = town.officer(*EVERYWHERE)
    for one in figures(town).figures:
        rows = [row.reference for row in drill(one)]
        named = [row.rpartition(":")[2] for row in rows]
        assert listed(everywhere, f"/indicators/{one.id}/rows") == named, one.id
    assert everywhere.get("/indicators/I99/rows").status_code == 404


def test_parts_of_a_figure_are_listed_apart(town: Town) -> None:
    everywhere, one = town.officer(*EVERYWHERE), figures(town)["I6"]
    path = f"/indicators/{one.id}/rows?part="

    assert len(listed(everywhere, path + "numerator")) == one.numerator
    assert len(listed(everywhere, path + "missing")) == (one.denominator or 0) - (
        one.numerator or 0
    )
    for why, those in one.listed().items():
        assert len(listed(everywhere, path + why)) == len(those)


def test_what_is_counted_and_in_another_units_charge_is_counted_and_not_listed(town: Town) -> None:
    """An organization that the city supervises and east registers."""
    city_s = town.ids[ORGANIZATIONS["city"]]
    table = sa.text(
        "UPDATE organization_profile SET registrar_id = :east WHERE organization_id = :one"
    )
    values = {"east": town.ids["east"], "one": city_s}
    town.app.write(lambda c: c.execute(table, values))
    officer = town.officer()

    text = officer.get("/indicators/I6/rows").text

    assert city_s in figures(town, "east")["I6"].behind.denominator
    assert str(city_s) not in listed(officer, "/indicators/I6/rows")
    assert ORGANIZATIONS["city"] not in text
    assert "另有 1 个" in text
    assert ORGANIZATIONS["city"] not in str(sheets(taken(officer).content))


def test_cases_about_persons_are_not_listed_for_who_sees_counts_only(town: Town) -> None:
    """I7 is made of cases of members."""
    everywhere = figures(town, "east", TODAY)
    name = next((one for one in ("I7", "I8") if everywhere[one].denominator), "")
    path = f"/indicators/{name}/rows"

    assert name, "a term of a member has run out"
    seen, counts = town.officer(), town.officer(Role.FINANCE_OFFICER)
    assert all(one.startswith("MEM-") for one in listed(seen, path))
    assert listed(seen, path)
    assert not listed(counts, path)
    assert "MEM-" not in counts.get(path).text


def taken(visitor: Visitor, path: str = "/indicators/export", **given: str) -> Response:
    return visitor.post(path, **{"reason": WHY, **given})


def test_the_workbook_has_the_figures_of_the_page_and_is_noted(town: Town) -> None:
    officer = town.officer()

    answer = taken(officer)
    pages = sheets(answer.content)

    found = figures(town, "east")
    rows = {row[0]: row[2:4] for row in pages["指标"][1:]}
    assert rows == {one.id: (one.numerator, one.denominator) for one in found.figures}
    assert any(WHY in map(str, row) for row in pages["说明"])
    (one,) = noted_exports(town)
    assert (one["list"], one["at"]) == ("indicators", ("unit", town.ids["east"]))
    assert one["conditions"] == {"as_of": str(TODAY)}


@pytest.mark.parametrize("path", ["/indicators/export", "/monthly/export"])
def test_a_refused_export_writes_nothing(town: Town, path: str) -> None:
    officer = town.officer()
    before = town.app.read(fingerprint)

    assert taken(officer, path, reason=" ").status_code == 400
    assert taken(officer, path, unit=str(town.ids["west"])).status_code == 404
    assert taken(officer, path, month="2026-13", as_of="2026-13-01").status_code == 400
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize(
    "path",
    ["/indicators/chart.svg", "/indicators/chart.svg?what=units", "/monthly/chart.svg"],
)
def test_charts_are_images_without_scripts_and_with_their_own_policy(town: Town, path: str) -> None:
    answer = town.officer().get(path)

    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'"
    )
    ET.fromstring(answer.text)  # noqa: S314 - our own image
    assert "<script" not in answer.text
    assert "Microsoft YaHei" in answer.text
    page = (
        town.officer().get(path.split("/chart", maxsplit=1)[0]).headers["content-security-policy"]
    )
    assert "unsafe-inline" not in page


def test_frozen_figures_are_listed_with_their_versions(town: Town) -> None:
    found = figures(town, "east")
    now = town.wall()
    town.app.write(lambda c: freeze(c, found, now=now, by="test"))
    other = figures(town, "hill")

    changed = replace(found, figures=other.figures)
    town.app.write(lambda c: freeze(c, changed, now=now, by="test", reason="更正名册"))
    text = town.officer().get("/indicators").text

    assert "第 1 版" in text
    assert "第 2 版" in text
    assert "更正名册" in text
    assert "第 1 版" not in town.officer(unit="west").get("/indicators").text


def test_a_page_takes_as_many_statements_for_few_and_for_many_rows(town: Town) -> None:
    everywhere = town.officer(*EVERYWHERE)
    paths = ["/indicators", "/indicators/I6/rows", "/monthly", "/monthly/rows"]

    def counted() -> list[int]:
        found = []
        for path in paths:
            with statements(town) as sent:
                assert everywhere.get(path).status_code == 200
            found.append(len(sent))
        return found

    counted()  # the first request of a program opens what later ones find open
    few = counted()
    more_organizations(town, 20)
    assert counted() == few


def more_organizations(town: Town, count: int) -> None:
    """More units, and as many organizations."""

    def add(connection: sa.Connection) -> None:
        for number in range(count):
            work = begin(connection, town.app.registry, town.app.clock, CLERK)
            byhand.add_organization(
                work,
                name=f"新办机构{number}",
                credit_code=f"5233030000000{number:05}",
                kind="private_nonenterprise_unit",
                supervisor_id=town.ids["east"],
                registered_on=date(2020, 5, 6),
            )

    town.app.write(add)


def test_the_monthly_table_is_that_of_the_service(town: Town) -> None:
    everywhere = town.officer(*EVERYWHERE)
    table = town.app.read(lambda c: cross_table(c, TODAY, date(2026, 10, 31)))
    total = sum(one.count for one in table.cells)

    text = everywhere.get("/monthly").text
    cells = sheets(taken(everywhere, "/monthly/export").content)["月度交叉表"]

    assert str(table.before) in text
    assert cells[-1][-2] == total
    for one in table.cells:
        path = (
            f"/monthly/rows?county={one.county_id or '-'}&kind={one.kind}&state={one.state or '-'}"
        )
        assert path.split("?")[1].replace("&", "&amp;") in text
        assert len(listed(everywhere, path)) == one.count
    assert noted_exports(town)[0]["conditions"] == {"month": "2026-11"}


def test_the_monthly_table_shows_what_changed_since_the_month_before(town: Town) -> None:
    """The town was entered in August."""
    text = town.officer().get("/monthly?month=2026-08").text

    assert 'class="change">+' in text
    assert 'class="change"' not in town.officer().get("/monthly?month=2026-10").text
    assert town.officer().get("/monthly?month=2026-12").status_code == 400
    assert town.officer().get("/monthly?month=x").status_code == 400


def test_the_monthly_table_of_others_is_not_there(town: Town) -> None:
    officer, west = town.officer(), town.ids["west"]

    assert officer.get(f"/monthly?unit={west}").status_code == 404
    assert officer.get(f"/monthly/rows?unit={west}").status_code == 404
    assert ORGANIZATIONS["west"] not in officer.get("/monthly/rows").text
    assert ORGANIZATIONS["hill"] in officer.get("/monthly/rows").text


def test_english_for_who_reads_english(town: Town) -> None:
    officer = town.officer()
    officer.get("/language/en")

    for path in ("/indicators", "/monthly", "/indicators/I6/rows", "/monthly/rows"):
        text = officer.get(path).text
        assert officer.last is not None
        assert officer.last.status_code == 200
        main = re.sub(r"<option.*?</option>", "", text.split("<main")[1])
        assert "指标" not in main
    assert set(sheets(taken(officer).content)) == {"figures", "rows", "explanation"}


def test_a_name_with_an_equals_sign_is_no_formula(town: Town) -> None:
    rename = sa.update(unit_table).where(unit_table.c.id == town.ids["east"]).values(name="=1+1")
    town.app.write(lambda c: c.execute(rename))

    pages = sheets(taken(town.officer()).content)

    assert any("=1+1" in map(str, row) for row in pages["说明"])
