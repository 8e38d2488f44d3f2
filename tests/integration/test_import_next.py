"""The next list: what is gone from it, what it claims otherwise, and what officers decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
import xlsxwriter
from python_calamine import CalamineWorkbook

from lifecycle import engine
from lifecycle.access import Actor, Role
from lifecycle.cases import Subject
from lifecycle.store.tables import case
from tests.builders import app_on, move_clock
from tests.integration.test_import import NAMES, SAMPLE
from workflows import recording
from workflows.intake.comparing import (
    BODY_APPEARS,
    CLAIM_DIFFERS,
    CONTRADICTS,
    NOT_LISTED,
    SECOND_FORMAL,
    Difference,
)
from workflows.intake.importing import ImportReport, import_files
from workflows.merging import merge
from workflows.register import (
    headcount,
    organization,
    organization_profile,
    party_body,
    survey_claim,
)
from workflows.subjects import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from cli.wiring import App

TODAY = date(2026, 11, 2)
OFFICER = Actor("chen", frozenset({Role.CASE_OFFICER, Role.APPROVER}))
APPLICATION = {
    "body_kind": "own",
    "form_complete": True,
    "list_attached": True,
    "leaders_proposed": True,
    "application": "请示2026-3",
}
Cells = list[list[object]]
Change = Callable[[Cells], Cells]


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, TODAY) as app:
        yield app


def workbook(folder: Path, name: str, change: Change) -> Path:
    """A sample list with other rows: a new file with the same columns."""
    path = folder / f"{name}.xlsx"
    book = xlsxwriter.Workbook(path)
    source = CalamineWorkbook.from_path(SAMPLE / f"{name}.xlsx")
    rows = source.get_sheet_by_index(0).to_python(skip_empty_area=False)
    sheet = book.add_worksheet(source.sheet_names[0])
    for number, row in enumerate(change([list(row) for row in rows])):
        for column, value in enumerate(row):
            sheet.write(number, column, str(value) if isinstance(value, date) else value)
    book.close()
    return path


def take_in(app: App, *paths: Path) -> ImportReport:
    return import_files(paths, run=app.write, registry=app.registry, clock=app.clock)


def beginning(rows: Cells) -> int:
    """The number of the first row that carries a credit code of 18 characters."""
    return next(n for n, row in enumerate(rows) if any(len(str(cell)) == 18 for cell in row))


def column(rows: Cells, name: str) -> int:
    """The place of a column by its heading."""
    return next(row.index(name) for row in rows[: beginning(rows)] if name in row)


def first(count: int, *, but: int = 0) -> Change:
    """The first rows of a list without some at their end."""

    def change(rows: Cells) -> Cells:
        return rows[: beginning(rows) + count - but]

    return change


def of_kind(report: ImportReport, code: str) -> list[Difference]:
    return [one for one in report.differences if one.code == code]


def test_what_the_next_register_does_not_list_is_shown_with_its_cases_and_kept(
    app: App, tmp_path: Path
) -> None:
    take_in(app, SAMPLE / "units.xlsx", workbook(tmp_path, "register", first(60)))
    before = open_cases(app)

    report = take_in(app, workbook(tmp_path, "register", first(60, but=3)))

    gone = of_kind(report, NOT_LISTED)
    assert 1 <= len(gone) <= 3
    assert all(one.item == "register" and len(one.cases) >= 2 for one in gone)
    assert open_cases(app) == before


def test_the_same_list_again_leaves_nothing_open(app: App, tmp_path: Path) -> None:
    register = workbook(tmp_path, "register", first(60))
    take_in(app, SAMPLE / "units.xlsx", register)

    report = take_in(app, register)

    assert report.differences == []


def test_a_claim_of_the_survey_is_held_against_the_roster(app: App, tmp_path: Path) -> None:
    take_in(app, SAMPLE / "units.xlsx", workbook(tmp_path, "register", first(1)))

    report = take_in(app, workbook(tmp_path, "survey", first(1)))

    claims = [(one.item, one.said, one.held) for one in of_kind(report, CLAIM_DIFFERS)]
    assert claims == [("full_members", 9, 0), ("held_here", 9, 0)]


def test_a_body_that_appears_while_officers_work_on_one_is_theirs_to_record(
    app: App, tmp_path: Path
) -> None:
    take_in(app, *(SAMPLE / f"{one}.xlsx" for one in NAMES))
    case_id, code = an_open_duty(app)

    def file(connection: Connection) -> None:
        engine.advance(
            connection,
            app.registry,
            app.clock,
            case_id=case_id,
            event="application_filed",
            actor=OFFICER,
            fields=APPLICATION,
        )

    def named(rows: Cells) -> Cells:
        body, since = column(rows, "名称"), column(rows, "成立日期")
        its = next(row for row in rows if code in row)
        its[body], its[since] = "某某党支部", "2026-10-01"
        return rows

    app.write(file)
    report = take_in(app, workbook(tmp_path, "survey", named))

    appeared = of_kind(report, BODY_APPEARS)
    assert [one.cases for one in appeared] == [(f"BR-{case_id}",)]
    assert (case_id, "application_filed") in open_cases(app)


def test_one_person_full_time_at_two_places_is_left_to_an_officer(app: App, tmp_path: Path) -> None:
    def twice(rows: Cells) -> Cells:
        rows = first(60)(rows)
        kind, code = column(rows, "用工性质"), column(rows, "单位统一社会信用代码")
        name = column(rows, "工作单位")
        full = [row for row in rows[beginning(rows) :] if row[kind] == "专职"]
        other = next(row for row in full if row[code] != full[0][code])
        again = list(full[0])
        again[code], again[name] = other[code], other[name]
        return [*rows, again]

    take_in(app, *(SAMPLE / f"{one}.xlsx" for one in ("units", "register", "intermediaries")))

    report = take_in(app, workbook(tmp_path, "members", twice))

    found = of_kind(report, SECOND_FORMAL)
    assert len(found) == 1
    assert len(found[0].cases) == 2
    assert "某" in found[0].name


def test_what_an_officer_recorded_outlives_a_list(app: App, tmp_path: Path) -> None:
    survey = workbook(tmp_path, "survey", first(12))
    take_in(app, SAMPLE / "units.xlsx", SAMPLE / "register.xlsx", survey)
    number, name = counted_organization(app)

    def recount(connection: Connection) -> None:
        work = engine.begin(connection, app.registry, app.clock, OFFICER)
        subject = Subject("organization", number)
        recording.record(work, subject, {"employees": 4711}, TODAY)

    app.write(recount)
    move_clock(app, date(2026, 12, 1))
    report = take_in(app, workbook(tmp_path, "survey", first(12)))

    assert [(one.name, one.item) for one in of_kind(report, CONTRADICTS)] == [(name, "headcount")]


def open_cases(app: App) -> list[tuple[int, str]]:
    statement = sa.select(case.c.id, case.c.state).where(case.c.closed_on.is_(None))
    with app.engine.connect() as connection:
        return [(row.id, row.state) for row in connection.execute(statement.order_by(case.c.id))]


def an_open_duty(app: App) -> tuple[int, str]:
    """A branch that is owed, and its organization's credit code."""
    statement = (
        sa.select(case.c.id, organization.c.credit_code)
        .join(party_body, party_body.c.id == case.c.subject_id)
        .join(organization, organization.c.id == party_body.c.organization_id)
        .join(survey_claim, survey_claim.c.organization_id == organization.c.id)
        .where(case.c.workflow == "branch", case.c.state == "duty_open")
        .order_by(case.c.id)
    )
    with app.engine.connect() as connection:
        row = connection.execute(statement).first()
    assert row is not None
    return row[0], row[1]


def counted_organization(app: App) -> tuple[int, str]:
    statement = (
        sa.select(headcount.c.organization_id, organization_profile.c.name)
        .join(
            organization_profile,
            organization_profile.c.organization_id == headcount.c.organization_id,
        )
        .where(organization_profile.c.known_until.is_(None), headcount.c.employees.is_not(None))
        .order_by(headcount.c.organization_id)
    )
    with app.engine.connect() as connection:
        row = connection.execute(statement).first()
    assert row is not None
    return row[0], row[1]


def test_rows_that_name_a_merged_record_go_to_the_one_that_stands(app: App, tmp_path: Path) -> None:
    """The survey's counts do; how the old code is registered says nothing of the other record."""
    take_in(app, SAMPLE / "units.xlsx", workbook(tmp_path, "register", first(60)))
    surveyed: list[str] = []

    def of_one(rows: Cells) -> Cells:
        place = column(rows, "统一社会信用代码")
        begin = beginning(rows)
        known = set(codes)
        row = next(one for one in rows[begin:] if one[place] in known)
        surveyed.append(str(row[place]))
        return [*rows[:begin], row]

    o, p = organization.c, organization_profile.c
    codes: dict[str, int] = app.read(
        lambda c: {row.credit_code: row.id for row in c.execute(sa.select(o.credit_code, o.id))}
    )
    survey = workbook(tmp_path, "survey", of_one)
    gone = codes[surveyed[0]]
    kept = next(one for one in codes.values() if one != gone)
    app.write(
        lambda c: merge(
            c,
            app.registry,
            app.clock,
            gone=Subject(ORGANIZATION, gone),
            kept=Subject(ORGANIZATION, kept),
            reason="重复",
            actor=OFFICER,
        )
    )
    profiles = sa.select(p.organization_id, p.name, p.until_on).where(
        p.organization_id.in_([gone, kept]), p.known_until.is_(None)
    )
    before = app.read(lambda c: c.execute(profiles).all())
    counted = sa.select(headcount.c.organization_id).where(headcount.c.known_until.is_(None))

    take_in(app, survey)
    assert app.read(lambda c: c.execute(counted).scalars().all()) == [kept]

    def renamed(rows: Cells) -> Cells:
        place, name = column(rows, "统一社会信用代码"), column(rows, "社会组织名称")
        rows = rows[: beginning(rows) + 60]
        row = next(one for one in rows if one[place] == surveyed[0])
        row[name] = f"{row[name]}新"
        return rows

    take_in(app, workbook(tmp_path, "register", renamed))
    assert sorted(app.read(lambda c: c.execute(profiles).all())) == sorted(before)
