"""The month at the desk: what falls due on which day, which days are worked, whose it is."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.engine import begin
from lifecycle.store.tables import case, deadline
from tests.property.world import fingerprint
from tests.web.counting import statements
from tests.web.town import CLERK, TODAY, organization
from workflows import byhand
from workflows.recording import record

if TYPE_CHECKING:
    from tests.web.town import Town, Visitor

CELL = re.compile(r"<td class=\"([^\"]*)\".*?<time datetime=\"([\d-]+)\">(.*?)</td>", re.DOTALL)


def cells(visitor: Visitor, query: str = "whose=all") -> dict[date, tuple[set[str], str]]:
    """By day: the classes and the content of its cell."""
    text = visitor.get(f"/calendar?{query}").text
    return {
        date.fromisoformat(on): (set(classes.split()), body)
        for classes, on, body in CELL.findall(text)
    }


def due(visitor: Visitor, query: str = "whose=all") -> dict[date, int]:
    found = {}
    for on, (_, body) in cells(visitor, query).items():
        count = re.search(r"到期 (\d+) 件</a>", body)
        if count:
            found[on] = int(count[1])
    return found


def on_the_work_list(visitor: Visitor, on: date, whose: str = "all") -> list[str]:
    path = f"/work?whose={whose}&due_from={on}&due_until={on}"
    return re.findall(r'<a href="/cases/([A-Z]+-\d+)" data-open-row>', visitor.get(path).text)


def pressing(town: Town) -> Counter[date]:
    """By day, how many cases have their next deadline on it."""
    rows = town.rows(
        sa.select(sa.func.min(deadline.c.due_on, type_=deadline.c.due_on.type))
        .join(case, case.c.id == deadline.c.case_id)
        .where(deadline.c.status == "open", deadline.c.kind == "deadline")
        .where(case.c.closed_on.is_(None))
        .group_by(case.c.id)
    )
    return Counter(row[0] for row in rows)


@pytest.mark.parametrize("unit", ["east", "hill", "city"])
def test_a_day_counts_what_the_work_list_shows_for_it(town: Town, unit: str) -> None:
    officer = town.officer(unit=unit)
    found: dict[date, int] = {}
    for month in ("2026-08", "2026-10", "2026-11", "2026-12"):
        found |= due(officer, f"whose=all&month={month}")

    assert found
    for on, count in found.items():
        assert len(on_the_work_list(officer, on)) == count


def test_every_pressing_deadline_of_a_month_stands_on_its_day(town: Town) -> None:
    """Read from the table: the next open deadline of every case in the city's sight."""
    expected = pressing(town)
    months = {f"{on:%Y-%m}" for on in expected}

    everywhere = town.officer(Role.AUDITOR, "everywhere")
    found: dict[date, int] = {}
    for month in months:
        found |= due(everywhere, f"month={month}")

    assert found == dict(expected)


def test_the_first_cases_are_linked_and_the_rest_is_counted(town: Town) -> None:
    officer = town.officer(unit="city")
    on, count = pressing(town).most_common(1)[0]
    body = cells(officer, f"whose=all&month={on:%Y-%m}")[on][1]
    linked = re.findall(r'href="/cases/([A-Z]+-\d+)"', body)

    assert len(linked) == min(count, 3)
    assert set(linked) <= set(on_the_work_list(officer, on))
    assert count > 3
    assert f"另有 {count - 3} 件" in body


def test_nobody_finds_what_is_outside(town: Town) -> None:
    west, east = town.officer(unit="west"), town.officer()
    for month in ("2026-10", "2026-11", "2026-12"):
        refs = [
            set(re.findall(r'href="/cases/([A-Z]+-\d+)"', one.get(path).text))
            for one in (west, east)
            for path in [f"/calendar?whose=all&month={month}"]
        ]
        assert not refs[0] & refs[1]
    assert town.officer(Role.ADMINISTRATOR).get("/calendar").status_code == 403
    assert town.visitor("nobody").get("/calendar").status_code == 403


def test_cases_about_persons_are_not_counted_for_who_sees_counts_only(town: Town) -> None:
    seen, counts = town.officer(), town.officer(Role.FINANCE_OFFICER)
    months = [f"2026-{number:02}" for number in range(8, 13)] + ["2027-01", "2027-02"]
    texts = [
        "".join(one.get(f"/calendar?whose=all&month={month}").text for month in months)
        for one in (seen, counts)
    ]

    assert "MEM-" in texts[0]
    assert "MEM-" not in texts[1]
    assert "赵甲甲" not in texts[0]


def test_holidays_and_days_worked_instead_are_marked_by_name(town: Town) -> None:
    """The arrangement of 2026: National Day until the 7th, Saturday the 10th is worked."""
    found = cells(town.officer(), "month=2026-10")

    assert "holiday" in found[date(2026, 10, 1)][0]
    assert "国庆节" in found[date(2026, 10, 1)][1]
    assert "makeup" in found[date(2026, 10, 10)][0]
    assert "调休上班" in found[date(2026, 10, 10)][1]
    assert "weekend" in found[date(2026, 10, 11)][0]
    assert "work" in found[date(2026, 10, 9)][0]


def test_today_is_marked_and_the_weeks_are_whole(town: Town) -> None:
    found = cells(town.officer())

    assert [on for on, (classes, _) in found.items() if "today" in classes] == [TODAY]
    assert len(found) % 7 == 0
    assert next(iter(found)).weekday() == 0


def test_a_month_without_a_calendar_is_provisional(town: Town) -> None:
    known = town.app.registry.rest_days.years
    year = max(known) + 1

    assert "尚未公布" in town.officer().get(f"/calendar?month={year}-03").text
    assert "尚未公布" not in town.officer().get(f"/calendar?month={max(known)}-03").text


@pytest.mark.parametrize("month", ["2026-13", "x", "0001-01", "9999-12", "2026-1"])
def test_what_is_no_month_is_refused(town: Town, month: str) -> None:
    assert town.officer().get(f"/calendar?month={month}").status_code == 400


def test_looking_writes_nothing(town: Town) -> None:
    officer = town.officer()
    before = town.app.read(fingerprint)

    officer.get("/calendar")

    assert town.app.read(fingerprint) == before


def test_a_month_takes_as_many_statements_for_few_and_for_many_cases(town: Town) -> None:
    officer = town.officer(unit="city")

    before = pressing(town)
    town.app.write(lambda c: _more(town, c, range(1)))
    on = max(pressing(town) - before)

    def counted() -> int:
        with statements(town) as sent:
            assert officer.get(f"/calendar?whose=all&month={on:%Y-%m}").status_code == 200
        return len(sent)

    few = counted()
    town.app.write(lambda c: _more(town, c, range(1, 21)))

    assert due(officer, f"whose=all&month={on:%Y-%m}")[on] > 20
    assert counted() == few


def _more(town: Town, connection: sa.Connection, numbers: range) -> None:
    """Organizations that owe something from today on."""
    for number in numbers:
        work = begin(connection, town.app.registry, town.app.clock, CLERK)
        made = byhand.add_organization(
            work,
            name=f"新办机构{number}",
            credit_code=f"5233030000000{number:05}",
            kind="private_nonenterprise_unit",
            supervisor_id=town.ids["east"],
            registered_on=date(2020, 5, 6),
        )
        work = begin(connection, town.app.registry, town.app.clock, CLERK)
        record(work, organization(made), {"employees": 40, "full_time": 12}, TODAY)
