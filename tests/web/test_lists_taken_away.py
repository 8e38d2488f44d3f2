"""Organizations and the rows behind a figure taken away: what the screen shows, who, and noted."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from tests.property.world import fingerprint
from tests.web.books import noted_exports, sheets
from tests.web.town import ORGANIZATIONS, TODAY, login_of
from web.views import figures, organizations_export
from workflows.register import organization_profile

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.web.town import Town, Visitor

WHY = "季度报表"
ROWS = "/indicators/I6/rows"
PATHS = ("/organizations/export", f"{ROWS}/export")


def taken(visitor: Visitor, path: str = PATHS[0], **given: str) -> Response:
    return visitor.post(path, **{"reason": WHY, **given})


def table(answer: Response) -> list[tuple[Any, ...]]:
    """The rows of the first sheet, its heads before them."""
    assert answer.status_code == 200, answer.text
    return next(iter(sheets(answer.content).values()))


def about(answer: Response) -> dict[Any, Any]:
    return dict(sheets(answer.content)["说明"])


def on_screen(text: str) -> list[tuple[str, ...]]:
    """The heads and rows of the table that a page shows."""
    part = text[text.index('<table class="rows"') :]
    part = part[: part.index("</table>")]
    lines = re.findall(r"<tr[^>]*>(.*?)</tr>", part, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL) for line in lines]
    return [tuple(unescape(re.sub("<[^>]*>", "", one)) for one in line) for line in cells]


def as_shown(rows: list[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    return [tuple(str(cell or "") for cell in row) for row in rows]


@pytest.mark.parametrize("given", [{}, {"text": "诊所"}, {"unit": "hill"}, {"ended": "1"}])
def test_the_organizations_of_the_screen_are_in_the_file(town: Town, given: dict[str, str]) -> None:
    ended = sa.update(organization_profile).where(
        organization_profile.c.organization_id == town.ids[ORGANIZATIONS["hill"]]
    )
    if "ended" in given:
        town.app.write(lambda c: c.execute(ended.values(until_on=TODAY)))
    given = {name: str(town.ids.get(value, value)) for name, value in given.items()}
    officer = town.officer()
    query = "&".join(f"{name}={value}" for name, value in given.items())

    screen = on_screen(officer.get(f"/organizations?{query}").text)

    shown = [tuple("" if cell == "—" else cell for cell in row) for row in screen]
    assert as_shown(table(taken(officer, **given))) == shown
    assert len(screen) > 1


def test_the_file_of_organizations_says_what_was_asked_and_is_noted(town: Town) -> None:
    officer, unit = town.officer(), str(town.ids["hill"])

    answer = taken(officer, unit=unit, kind="private_nonenterprise_unit", text=" 家政 ")

    said = about(answer)
    assert (said["单位及下级"], said["名称或信用代码"]) == ("hill办", "家政")
    assert said["用途"] == WHY
    assert said["统计截至"] == str(TODAY)
    assert login_of(Role.CASE_OFFICER, "east") in said["导出人"]
    (one,) = noted_exports(town)
    assert (one["list"], one["rows"], one["at"]) == ("organizations", 1, ("unit", town.ids["east"]))
    assert one["conditions"]["unit"] == unit


def test_coverage_of_another_unit_s_case_is_not_in_the_file(town: Town) -> None:
    """West supervises it, east registers it: its name is seen there and its case is not."""
    west = town.ids[ORGANIZATIONS["west"]]
    lies = sa.update(organization_profile).where(organization_profile.c.organization_id == west)
    town.app.write(lambda c: c.execute(lies.values(county_id=town.ids["east"])))

    rows = {row[0]: row for row in table(taken(town.officer()))[1:]}

    assert not rows[ORGANIZATIONS["west"]][2]
    assert rows[ORGANIZATIONS["east"]][2]


@pytest.mark.parametrize("part", ["", "numerator", "missing"])
def test_the_rows_behind_a_figure_are_those_of_the_screen(town: Town, part: str) -> None:
    officer = town.officer(Role.AUDITOR, "everywhere")

    page = officer.get(f"{ROWS}?part={part}").text
    answer = taken(officer, f"{ROWS}/export", part=part)

    screen = on_screen(page) if "<tbody>" in page else []
    plain = [tuple(cell.removeprefix("✓ ").removeprefix("✗ ") for cell in row) for row in screen]
    assert as_shown(table(answer))[1:] == plain[1:]
    said = about(answer)
    assert said["统计截至"] == str(TODAY)
    assert said["列表"].startswith("I6 ")
    (one,) = noted_exports(town)
    assert (one["list"], one["rows"]) == ("indicator_rows", len(plain[1:]))
    assert one["conditions"]["figure"] == "I6"


def test_rows_about_persons_are_not_in_the_file_of_who_sees_counts_only(town: Town) -> None:
    files = {
        role: [row for name in ("I7", "I8") for row in
               table(taken(town.officer(role), f"/indicators/{name}/rows/export"))[1:]]
        for role in (Role.CASE_OFFICER, Role.FINANCE_OFFICER)
    }  # fmt: skip

    assert any(str(row[0]).startswith("MEM-") for row in files[Role.CASE_OFFICER])
    assert not any(str(row[0]).startswith("MEM-") for row in files[Role.FINANCE_OFFICER])


def test_nobody_takes_away_what_is_outside(town: Town) -> None:
    names = {row[0] for row in table(taken(town.officer(unit="west")))[1:]}
    assert names == {ORGANIZATIONS["west"]}
    outside = str(town.ids["east"])
    assert taken(town.officer(unit="west"), f"{ROWS}/export", unit=outside).status_code == 404
    assert len(table(taken(town.officer(unit="west"), unit=outside))) == 1


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        (PATHS[0], {"reason": " "}, 400),
        (PATHS[1], {"reason": ""}, 400),
        (PATHS[1], {"part": "nothing_of_it"}, 404),
        ("/indicators/I99/rows/export", {}, 404),
    ],
)
def test_a_refused_file_is_not_noted(
    town: Town, path: str, given: dict[str, str], status: int
) -> None:
    officer = town.officer()
    before = town.app.read(fingerprint)

    assert taken(officer, path, **given).status_code == status
    assert town.app.read(fingerprint) == before


def test_too_many_rows_are_cut_and_the_second_sheet_says_so(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organizations_export, "MOST", 1)
    monkeypatch.setattr(figures, "MOST", 1)
    for path in PATHS:
        answer = taken(town.officer(Role.AUDITOR, "everywhere"), path)
        assert len(table(answer)) == 2
        assert "其余未列出" in about(answer)["行数"]


@pytest.mark.parametrize("page", ["/organizations", ROWS])
def test_the_page_carries_the_form(town: Town, page: str) -> None:
    text = town.officer().get(page).text

    assert f'action="{page}/export"' in text
