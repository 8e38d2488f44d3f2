"""Indicators as officers see them: the command, the workbook, the monthly cross table."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from lifecycle.clock import store_time
from lifecycle.moments import day_start
from lifecycle.store.session import create_engine, transaction
from tests.command_line import CommandLine, command_line
from tests.indicating import LEAD, law, stored
from tests.plain_register import LONG_AGO, PlainRegister
from workflows.indicators.definitions import definitions, reasons, words
from workflows.indicators.drilling import drill
from workflows.indicators.figures import Behind, Excluded, Indicator
from workflows.indicators.monthly import cross_table, month_days
from workflows.indicators.reporting import report
from workflows.indicators.workbook import write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

D1, D2 = date(2011, 6, 7), date(2012, 6, 7)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    made = create_engine(migrated_url, durable=False)
    yield made
    made.dispose()


def a_city() -> PlainRegister:
    """A city with one county: two priority targets, of which one has a branch; one other."""
    register = PlainRegister()
    city = register.unit("city", LEAD)
    county = register.unit("county", LEAD, city)
    one = register.organization(employees=30, county=county)
    body = register.body(one)
    two = register.organization(employees=30, county=county)
    register.organization(employees=3)
    for number, state in ((one, "branch_formed"), (two, "pending_coverage")):
        states = [("intake", LONG_AGO), (state, date(2012, 6, 1))]
        register.case("organization_coverage", ("organization", number), states)
    relation = register.case(
        "member_relation",
        ("person_at_organization", register.member(one, body)),
        [("formal_due", LONG_AGO)],
    )
    register.deadline(relation, "D8", LONG_AGO, D1)
    return register


@pytest.fixture
def cli(
    migrated_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> CommandLine:
    made = create_engine(migrated_url, durable=False)
    with transaction(made) as connection:
        register = a_city()
        register.store(connection)
        register.advance_sequences(connection)
        store_time(connection, day_start(D2))
    made.dispose()
    return command_line(migrated_url, monkeypatch, capsys, tmp_path)


def test_the_table_shows_every_figure_with_its_verdict_and_clause(cli: CommandLine) -> None:
    lines = {line.split()[0]: line for line in cli.ok("indicators").splitlines()}

    assert definitions().keys() - lines.keys() == {"I3.party_orgs"}
    assert lines["I1"].split()[1:] == [
        *("重点对象组织覆盖", "1", "2", "50.0%", "100%", "2011-06-07"),
        *("未达到", "一.2", "一.2(targets)"),
    ]
    assert "不适用" in lines["I9"]
    assert "not applicable" in cli.ok("--lang", "en", "indicators")


def test_json_holds_the_figures_of_the_day_and_unit(cli: CommandLine) -> None:
    told = cli("indicators", "--as-of", "2011-06-07", "--unit", "unit 2", "--json").json
    by_id = {one["id"]: one for one in told["figures"]}

    assert (told["as_of"], told["since"], told["unit"]) == ("2011-06-07", "2010-06-08", "unit:2")
    assert told["stages"] == ["2011-06-07", "2012-06-07", "2013-06-07"]
    assert (by_id["I1"]["numerator"], by_id["I1"]["denominator"]) == (1, 2)
    assert (by_id["I1"]["percent"], by_id["I1"]["met"]) == ("50.0", False)
    assert by_id["I4"]["met"] is None
    assert by_id["I7"]["denominator"] == 1


def test_a_drill_names_organizations_and_of_persons_only_the_case(cli: CommandLine) -> None:
    rows = cli("indicators", "--drill", "I1", "--json").json
    relations = cli("indicators", "--drill", "I7", "--since", "2011-01-01", "--json").json
    parts = cli("indicators", "--drill", "I4", "--json").json

    assert [
        (row["row"], row["name"], row["counted"]) for row in rows if row["indicator"] == "I1"
    ] == [
        ("organization:2", "organization 2", False),
        ("organization:1", "organization 1", True),
    ]
    assert [(row["row"], row["name"]) for row in relations] == [("MEM-3", None)]
    assert {row["indicator"] for row in parts} == {"I4", "I4a", "I4b", "I4c"}
    assert "organization 2" in cli.ok("indicators", "--drill", "I1")
    assert "没有指标 I99" in cli("indicators", "--drill", "I99").err


def test_the_month_is_compared_with_the_one_before(cli: CommandLine) -> None:
    rows = cli("indicators", "--month", "2012-06", "--json").json

    assert {(row["county"], row["state"], row["count"], row["change"]) for row in rows} == {
        ("unit 2", "branch_formed", 1, 1),
        ("unit 2", "pending_coverage", 1, 1),
        ("unit 2", "intake", 0, -2),
        (None, None, 1, 0),
    }
    assert "+1" in cli.ok("indicators", "--month", "2012-06", "--unit", "unit 2")
    assert cli("indicators", "--month", "June").code == 64


def test_freezing_is_for_the_organization_department_and_a_change_needs_a_reason(
    cli: CommandLine,
) -> None:
    acting = ("indicators", "--freeze", "--as", "org_dept_officer:li")
    assert cli("indicators", "--freeze", "--as", "approver:wang").code == 64
    assert "第 1 版" in cli.ok(*acting)
    assert "数字未变" in cli.ok(*acting)
    made = create_engine(cli.url)
    with transaction(made) as connection:
        connection.exec_driver_sql("UPDATE organization_profile SET until_on = '2010-01-01'")
    made.dispose()
    assert "--reason" in cli(*acting).err
    assert "300" in cli(*acting, "--reason", "x" * 301).err
    assert cli(*acting, "--reason", "更正", "--json").json["version"] == 2
    assert "尚未到" in cli(*acting, "--as-of", "2012-06-08").err
    assert cli(*acting, "--since", "2012-01-01").code == 64
    assert cli("indicators", "--since", "2013-01-01").code == 64


def test_the_workbook_has_figures_rows_and_explanations(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    cli.ok("indicators", "--excel", str(path))
    assert cli("indicators", "--excel", str(path), "--json").json["file"] == str(path)
    book = openpyxl.load_workbook(path)
    shown, rows, said = (list(book[name].values) for name in ("指标", "明细", "说明"))

    assert shown[1][:8] == ("I1", "重点对象组织覆盖", 1, 2, "50.0", "100%", "2011-06-07", "未达到")
    titles = rows[0]
    by_row = {row[0]: dict(zip(titles, row, strict=True)) for row in rows[1:]}
    assert by_row["organization:1"]["I1"] == "计入分子"
    assert by_row["organization:2"]["I1"] == "仅计入分母"
    assert by_row["party_body:3"]["I16"] == reasons()["not_recorded"].zh
    assert {row[0]: row[4] for row in said}["I10"] == "四.1"


def test_a_name_that_looks_like_a_formula_stays_text(engine: Engine, tmp_path: Path) -> None:
    register = a_city()
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)"]
    with stored(engine, register) as connection:
        found = report(connection, law(), D2)
    references = ["organization:1", "organization:2", "organization:3", "party_body:3"]
    path = tmp_path / "figures.xlsx"
    names = dict(zip(references, formulas, strict=True))
    write_workbook(path, found, jurisdiction="=2", names=names, language="en")
    sheet = openpyxl.load_workbook(path)["rows"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value in formulas]

    assert {cell.value for cell in cells} == set(formulas)
    assert {cell.data_type for cell in cells} == {"s"}


def test_a_sheet_that_is_full_says_so(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.indicators.workbook.LAST_ROW", 2)
    with stored(engine, a_city()) as connection:
        found = report(connection, law(), D2)
    path = tmp_path / "figures.xlsx"
    write_workbook(path, found, jurisdiction="", names={})
    rows = list(openpyxl.load_workbook(path)["明细"].values)

    assert [row[0] for row in rows[1:]] == ["organization:1", words()["too_many"].zh]


def test_a_running_month_is_counted_as_it_stands() -> None:
    assert month_days(date(2012, 2, 1), D2) == (date(2012, 2, 29), date(2012, 1, 31))
    assert month_days(date(2012, 6, 1), D2) == (D2, date(2012, 5, 31))


def test_a_county_is_found_by_the_units_where_the_profile_names_none(engine: Engine) -> None:
    register = PlainRegister()
    city = register.unit("city", LEAD)
    county = register.unit("county", LEAD, city)
    town = register.unit("township", "township", county)
    register.organization(township=town)
    register.organization(supervisor=city)
    with stored(engine, register) as connection:
        whole = cross_table(connection, D2, D1)
        part = cross_table(connection, D2, D1, county)

    assert [(one.county_id, one.count, one.before) for one in whole.cells] == [
        (None, 1, 1),
        (county, 1, 1),
    ]
    assert [one.county_id for one in part.cells] == [county]


def test_those_named_beside_a_figure_are_among_its_rows() -> None:
    one = Indicator(
        "I1",
        definitions()["I1"],
        1,
        2,
        excluded=(Excluded(3, "stage_ahead"), Excluded(2, "grace_D5"), Excluded(2, "grace_D6")),
        behind=Behind((1,), (1, 2)),
    )
    rows: list[tuple[Any, ...]] = [(row.reference, row.counted, row.reasons) for row in drill(one)]

    assert rows == [
        ("organization:2", False, ("grace_D5", "grace_D6")),
        ("organization:3", False, ("stage_ahead",)),
        ("organization:1", True, ()),
    ]


def test_every_reason_is_told_in_both_languages() -> None:
    assert all(label.zh and label.en for label in (*reasons().values(), *words().values()))
