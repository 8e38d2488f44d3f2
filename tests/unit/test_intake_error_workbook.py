"""Rejected rows go back, are corrected in a spreadsheet program and come in again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from tests.unit.test_intake_sheets import (
    AS_OF,
    CODE,
    KNOWN,
    MEMBER,
    NAME,
    OTHER,
    PERSON,
    REGISTER,
    SURVEY,
    check,
    codes,
    table,
)
from workflows.intake.error_workbook import write_error_workbook
from workflows.intake.layouts import Cell, Layout, RecognisedSheet
from workflows.intake.reading import read_workbook, read_workbooks
from workflows.intake.rows import CheckedRow, Known, Outcome, RegisterRow, check_sheet, known_after

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

SAMPLE = Path(__file__).resolve().parents[2] / "workflows" / "sample"
FAULT = "FFFFC7CE"


def returned(path: Path, *sheets: RecognisedSheet) -> list[CheckedRow]:
    rows = [row for sheet in sheets for row in check_sheet(sheet, AS_OF, KNOWN)]
    rejected = [row for row in rows if row.outcome is Outcome.REJECTED]
    write_error_workbook(path, rejected, sheets)
    return rejected


def column(page: Worksheet, header: str) -> int:
    return [cell.value for cell in page[1]].index(header) + 1


def test_a_corrected_workbook_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "errors.xlsx"
    bad: list[tuple[dict[str, Cell], dict[str, Cell]]] = [
        (REGISTER, {"成立登记日期": "不详"}),
        (SURVEY, {"专职人员数": "若干"}),
        (MEMBER, {"党员类别": "群众"}),
    ]
    returned(path, *(table(record, change) for record, change in bad))
    book = load_workbook(path)
    assert book.sheetnames == ["社会组织登记信息", "党建工作情况摸底表", "党员花名册"]
    for page, (record, change) in zip(book.worksheets, bad, strict=True):
        for header in change:
            cell = page.cell(2, column(page, header))
            assert cell.fill.fgColor.rgb == FAULT
            cell.value = record[header]
    book.save(path)
    sheets = read_workbooks(path)
    assert [sheet.layout for sheet in sheets] == [Layout.REGISTER, Layout.SURVEY, Layout.MEMBERS]
    for sheet, (record, _) in zip(sheets, bad, strict=True):
        row = check_sheet(sheet, AS_OF, KNOWN)[0]
        assert (row.outcome, row.values) == ("accepted", check(record).values)


def test_the_reason_stands_beside_the_row_and_names_column_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "errors.xlsx"
    returned(path, table(REGISTER, {"成立登记日期": "不详", "社会组织类型": "企业"}))
    page = load_workbook(path).worksheets[0]
    assert page.cell(1, page.max_column).value == "退回原因"
    remark = page.cell(2, page.max_column).value
    assert remark == (
        "【成立登记日期】日期无法识别：请按 2026-03-27 的格式填写；"
        "【社会组织类型】类型不在本名单范围内：请填写规定的类型，或删除本行"
    )
    assert page.cell(2, page.max_column - 1).value == "a.xlsx 第2行"


def test_only_kept_columns_come_back(tmp_path: Path) -> None:
    path = tmp_path / "errors.xlsx"
    change: dict[str, Cell] = {"党员类别": "群众", "身份证号": PERSON, "姓名": f"某某{PERSON}"}
    returned(path, table(MEMBER, change))
    page = load_workbook(path).worksheets[0]
    headers = [cell.value for cell in page[1]]
    assert "性别" not in headers
    assert "身份证号" not in headers
    assert PERSON not in repr([[cell.value for cell in row] for row in page])
    assert read_workbook(path).dropped == ()


def test_text_stays_text_and_dates_stay_dates(tmp_path: Path) -> None:
    path = tmp_path / "errors.xlsx"
    name = '=HYPERLINK("http://example.org","x")'
    change: dict[str, Cell] = {"姓名": name, "党员类别": "群众", "到岗日期": "20260515"}
    returned(path, table(MEMBER, change))
    page = load_workbook(path).worksheets[0]
    cell = page.cell(2, column(page, "姓名"))
    assert (cell.value, cell.data_type, cell.quotePrefix) == (name, "s", True)
    assert page.cell(2, column(page, "到岗日期")).value == "20260515"
    assert read_workbook(path).raw.rows[1][1] == date(1985, 4, 25)


def test_the_samples_come_back_rejected_for_the_same_reasons(tmp_path: Path) -> None:
    known, rejected, sheets = Known(), [], []
    for one in Layout:
        sheets.append(read_workbook(SAMPLE / f"{one}.xlsx"))
        rows = check_sheet(sheets[-1], AS_OF, known)
        known = known_after(known, rows)
        rejected += [row for row in rows if row.outcome is Outcome.REJECTED]
    path = tmp_path / "errors.xlsx"
    write_error_workbook(path, rejected, sheets)
    again = [row for sheet in read_workbooks(path) for row in check_sheet(sheet, AS_OF, known)]
    assert [codes(row) for row in again] == [codes(row) for row in rejected]


def test_an_uncorrected_duplicate_is_not_taken_for_a_new_name(tmp_path: Path) -> None:
    path = tmp_path / "errors.xlsx"
    returned(path, table(REGISTER, {}, {"社会组织名称": f"{NAME}（分会）"}))
    again = check_sheet(read_workbook(path), AS_OF, Known({CODE: NAME}))
    assert [codes(row) for row in again] == [["duplicate_uscc"]]


def test_a_corrected_duplicate_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "errors.xlsx"
    returned(path, table(REGISTER, {}, {"社会组织名称": "新的商会", "社会组织类型": "社会团体"}))
    book = load_workbook(path)
    page = book.worksheets[0]
    page.cell(2, column(page, "统一社会信用代码")).value = OTHER
    book.save(path)
    row = check_sheet(read_workbook(path), AS_OF, Known({CODE: NAME}))[0]
    assert isinstance(row.values, RegisterRow)
    assert row.values.credit_code == OTHER


def test_nothing_to_send_back_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no rejected row"):
        write_error_workbook(tmp_path / "errors.xlsx", [], [])
