"""Taking the work list away: the rows of the screen, who may, what is noted, what is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.store.tables import case, personal_value, unit
from tests.property.world import fingerprint
from tests.web.books import noted_exports, sheets
from tests.web.town import TODAY, login_of
from web.views import worklist_export

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.web.town import Town, Visitor

WHY = "季度报表"


def taken(visitor: Visitor, **given: str) -> Response:
    return visitor.post("/work/export", **{"whose": "all", "reason": WHY, **given})


def rows(answer: Response) -> list[tuple[Any, ...]]:
    assert answer.status_code == 200, answer.text
    return sheets(answer.content)["待办"][1:]


def shown(visitor: Visitor, query: str) -> list[str]:
    """The numbers of the cases on every page of the screen."""
    found: list[str] = []
    for page in range(1, 9):
        text = visitor.get(f"/work?whose=all&page={page}&{query}").text
        found += re.findall(r'<a href="/cases/([A-Z]+-\d+)" data-open-row>', text)
    return found


@pytest.mark.parametrize("query", ["", "light=overdue", "workflow=branch", "due_until=2026-11-20"])
def test_the_file_has_the_rows_of_the_screen_in_their_order(town: Town, query: str) -> None:
    officer = town.officer()
    screen = shown(officer, query)

    given = dict(one.split("=") for one in query.split("&") if one)
    assert [row[2] for row in rows(taken(officer, **given))] == screen
    assert screen or query == "light=overdue"


def test_the_columns_are_those_of_the_screen(town: Town) -> None:
    officer = town.officer()
    page = officer.get("/work?whose=all").text
    heads = re.findall(r"<th>([^<]*)</th>", page.split("<tbody>")[0])

    assert list(sheets(taken(officer).content)["待办"][0]) == heads


def test_a_second_sheet_says_what_was_asked_who_took_it_and_why(town: Town) -> None:
    officer = town.officer()

    about = dict(sheets(taken(officer, workflow="branch").content)["说明"])

    assert about["事项"] == town.app.registry.book("branch").workflow.label.zh
    assert about["统计截至"] == str(TODAY)
    assert login_of(Role.CASE_OFFICER, "east") in about["导出人"]
    assert about["用途"] == WHY


def test_every_file_is_noted_at_the_unit_of_the_role(town: Town) -> None:
    officer = town.officer()
    number = len(rows(taken(officer, workflow="branch")))
    taken(officer, workflow="branch")

    one, two = noted_exports(town)
    assert one == two, "the same file once more is one more look"
    assert one["at"] == ("unit", town.ids["east"])
    assert one["who"] == login_of(Role.CASE_OFFICER, "east")
    assert (one["list"], one["rows"]) == ("work", number)
    assert one["conditions"] == {"whose": "all", "workflow": "branch"}
    kept = town.rows(sa.select(personal_value.c.value).where(personal_value.c.value == WHY))
    assert len(kept) == 2, "the reason is a value that can be erased, like every free text"


def test_who_holds_a_role_everywhere_is_noted_at_the_root(town: Town) -> None:
    assert taken(town.officer(Role.AUDITOR, "everywhere")).status_code == 200

    assert noted_exports(town)[0]["at"] == ("unit", town.ids["city"])


@pytest.mark.parametrize("reason", ["", "   ", "长" * 301])
def test_without_a_reason_nothing_is_taken_and_nothing_written(town: Town, reason: str) -> None:
    officer = town.officer()
    before = town.app.read(fingerprint)

    refused = taken(officer, reason=reason)

    assert refused.status_code == 400
    assert "spreadsheet" not in refused.headers["content-type"]
    assert town.app.read(fingerprint) == before


def test_nobody_takes_away_what_is_outside(town: Town) -> None:
    west = {row[2] for row in rows(taken(town.officer(unit="west")))}
    hill = {row[2] for row in rows(taken(town.officer(unit="hill")))}
    east = {row[2] for row in rows(taken(town.officer()))}

    assert not west & east
    assert hill < east
    assert not rows(taken(town.officer(unit="west"), unit=str(town.ids["east"])))


def test_persons_are_masked_and_missing_for_who_sees_only_counts(town: Town) -> None:
    named = [row for row in rows(taken(town.officer())) if row[2].startswith("MEM-")]
    counts = [row for row in rows(taken(town.officer(Role.FINANCE_OFFICER))) if "MEM" in row[2]]

    assert named
    assert not counts
    assert all("赵甲甲" not in row[4] and "某" in row[4] for row in named)


def test_a_state_of_a_person_is_in_no_file(town: Town) -> None:
    number = int(town.member().split("-")[1])
    away = sa.update(case).where(case.c.id == number).values(state="out_of_touch")
    town.app.write(lambda c: c.execute(away))
    officer = town.officer()

    answer = taken(officer)
    states = {row[5] for row in rows(answer) if row[2].startswith("MEM-")}
    everything = "".join(str(one) for sheet in sheets(answer.content).values() for one in sheet)
    label = town.app.registry.book("member_relation").workflow.states["out_of_touch"].label

    assert states == {"办理中"}
    assert label.zh not in everything
    before = town.app.read(fingerprint)
    refused = taken(officer, workflow="member_relation", state="out_of_touch")
    assert refused.status_code == 400
    assert town.app.read(fingerprint) == before


def test_text_stays_text(town: Town) -> None:
    rename = sa.update(unit).where(unit.c.id == town.ids["east"]).values(name="=1+1")
    town.app.write(lambda c: c.execute(rename))

    cells = [row[7] for row in rows(taken(town.officer()))]

    assert "=1+1" in cells
    assert town.officer().get("/work?whose=all").status_code == 200


def test_too_many_rows_are_cut_and_the_second_sheet_says_so(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklist_export, "MOST", 2)

    answer = taken(town.officer())

    assert len(rows(answer)) == 2
    assert "其余未列出" in dict(sheets(answer.content)["说明"])["行数"]


def test_who_has_no_role_or_only_administers_takes_nothing(town: Town) -> None:
    assert taken(town.visitor("nobody")).status_code == 403
    assert taken(town.officer(Role.ADMINISTRATOR)).status_code == 403
    assert not noted_exports(town)


def test_english_heads_for_who_reads_english(town: Town) -> None:
    officer = town.officer()
    officer.get("/language/en")

    pages = sheets(taken(officer).content)

    assert set(pages) == {"Work list", "about"}
    assert pages["Work list"][0][0] == "Deadline"
