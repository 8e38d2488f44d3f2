"""Sheets as officers build them: titles, merged headers, other orders, rows that are no data."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from workflows.intake.divisions import county_of, load_divisions, longest_match
from workflows.intake.layouts import Cell, Layout, RawSheet, RecognisedSheet, recognise
from workflows.intake.limits import UnreadableFileError
from workflows.intake.outcomes import reason_codes, reason_text
from workflows.intake.reading import read_workbook, read_workbooks
from workflows.intake.rows import (
    CheckedRow,
    IntermediaryRow,
    Known,
    MemberRow,
    RegisterRow,
    SurveyRow,
    UnitRow,
    Values,
    check_sheet,
    known_after,
    tally,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AS_OF = date(2026, 11, 1)
CODE, OTHER, FIRM = "52330382MJ0872104C", "51330305MJ0195447G", "31330300MJ08289250"
NAME = "乐清市致远养老服务中心"
KNOWN = Known({CODE: NAME, OTHER: "洞头区鞋革商会"})
PERSON = "330302198501011231"

REGISTER: dict[str, Cell] = {
    "社会组织名称": NAME,
    "统一社会信用代码": CODE,
    "登记管理机关": "乐清市民政局",
    "业务主管单位": "无",
    "法定代表人": "林伟杰",
    "成立登记日期": "2009-02-24",
    "登记状态": "正常",
    "社会组织类型": "社会服务机构",
    "住所": "浙江省温州市乐清市清江镇兴业路306号",
}
MEMBER: dict[str, Cell] = {
    "姓名": "丁红宁",
    "性别": "男",
    "出生日期": date(1985, 4, 25),
    "工作单位": NAME,
    "单位统一社会信用代码": CODE,
    "用工性质": "专职",
    "到岗日期": "2026.05.15",
    "党员类别": "正式党员",
    "入党日期": date(2024, 5, 23),
    "转正日期": date(2025, 5, 23),
    "组织关系所在党组织": "乐清市民政局党委",
}
SURVEY: dict[str, Cell] = {
    "单位名称": NAME,
    "统一社会信用代码": CODE,
    "会员数": None,
    "专职人员数": 20,
    "兼职人员数": 0,
    "从业人员总数": 20,
    "正式党员": 9,
    "预备党员": 0,
    "组织关系已转入": 9,
    "负责人是否党员": "是",
    "已建党组织名称": "无",
    "已建党组织成立日期": None,
    "联系邮箱": "contact@example.org",
}
FIRMS: dict[str, Cell] = {
    "机构名称": "温州市衡越税务师事务所",
    "统一社会信用代码": FIRM,
    "主管部门": "温州市税务局",
    "批准设立日期": date(2012, 6, 28),
    "所在县（市、区）": "乐清市",
    "所在乡镇（街道）": "龙西乡",
    "从业人员数": 62,
}
UNITS: dict[str, Cell] = {
    "单位名称": "五马街道",
    "层级": "乡镇",
    "上级单位": "中共鹿城区委组织部",
    "单位性质": "乡镇街道",
    "联系邮箱": "unit@example.org",
}


def sheet_of(rows: Sequence[Sequence[Cell]]) -> RecognisedSheet:
    return recognise(RawSheet("a.xlsx", "Sheet1", "0" * 64, tuple(tuple(row) for row in rows)))


def table(record: dict[str, Cell], *changes: dict[str, Cell]) -> RecognisedSheet:
    rows = [{**record, **change} for change in (changes or ({},))]
    headers = list(dict.fromkeys(name for row in rows for name in row))
    return sheet_of([headers, *([row.get(name) for name in headers] for row in rows)])


def check(record: dict[str, Cell], known: Known = KNOWN, /, **change: Cell) -> CheckedRow:
    return check_sheet(table(record, change), AS_OF, known)[0]


def codes(row: CheckedRow) -> list[str]:
    return [reason.code for reason in row.reasons]


def test_the_records_of_this_file_are_sound() -> None:
    expected: dict[type[Values], CheckedRow] = {
        UnitRow: check(UNITS),
        RegisterRow: check(REGISTER),
        IntermediaryRow: check(FIRMS),
        SurveyRow: check(SURVEY),
        MemberRow: check(MEMBER),
    }
    for kind, row in expected.items():
        assert isinstance(row.values, kind)
        assert (row.outcome, row.reasons) == ("accepted", ())


@pytest.mark.parametrize(
    ("record", "change", "outcome", "code"),
    [
        (REGISTER, {"社会组织类型": "社会团体"}, "rejected", "kind_contradicts_code"),
        (REGISTER, {"统一社会信用代码": OTHER}, "rejected", "kind_contradicts_code"),
        (REGISTER, {"统一社会信用代码": FIRM}, "rejected", "kind_contradicts_code"),
        (REGISTER, {"社会组织类型": "中介机构"}, "rejected", "kind_contradicts_code"),
        (REGISTER, {"社会组织类型": "有限责任公司"}, "rejected", "type_unknown"),
        (REGISTER, {"社会组织类型": None}, "rejected", "type_missing"),
        (REGISTER, {"登记状态": "吊销"}, "accepted", "deregistered"),
        (REGISTER, {"登记状态": "待定"}, "rejected", "standing_unknown"),
        (REGISTER, {"登记状态": ""}, "rejected", "standing_missing"),
        (REGISTER, {"成立登记日期": "1809-02-24"}, "rejected", "date_out_of_range"),
        (REGISTER, {"社会组织名称": f"李四{PERSON}"}, "rejected", "identity_number"),
        (REGISTER, {"统一社会信用代码": PERSON}, "rejected", "identity_number"),
        (REGISTER, {"区县": "杭州市"}, "warning", "county_unknown"),
        (REGISTER, {"乡镇": "五马街道"}, "warning", "township_unknown"),
        (REGISTER, {"社会组织名称": "改名后的中心"}, "warning", "name_differs"),
        (FIRMS, {"统一社会信用代码": OTHER}, "rejected", "kind_contradicts_code"),
        (FIRMS, {"从业人员数": 3.5}, "rejected", "count_fraction"),
        (UNITS, {"层级": "村"}, "rejected", "level_unknown"),
        (UNITS, {"单位性质": "企业"}, "rejected", "type_unknown"),
        (UNITS, {"联系邮箱": "无此邮箱"}, "warning", "mail_unreadable"),
        (SURVEY, {"统一社会信用代码": FIRM}, "rejected", "unknown_organization"),
        (SURVEY, {"专职人员数": "２０ 名"}, "accepted", "unit_suffix"),
        (SURVEY, {"专职人员数": "约20"}, "rejected", "count_unreadable"),
        (SURVEY, {"从业人员总数": 21}, "warning", "staff_total_mismatch"),
        (SURVEY, {"从业人员总数": None}, "accepted", "total_computed"),
        (SURVEY, {"正式党员": 21}, "rejected", "members_exceed_staff"),
        (SURVEY, {"组织关系已转入": 10}, "warning", "held_exceed_members"),
        (SURVEY, {"已建党组织名称": "某党支部"}, "warning", "body_date_missing"),
        (SURVEY, {"已建党组织成立日期": "2020-7-1"}, "warning", "body_name_missing"),
        (SURVEY, {"单位名称": "别的名称"}, "warning", "name_differs"),
        (MEMBER, {"用工性质": "劳务"}, "rejected", "employment_unknown"),
        (MEMBER, {"用工性质": None}, "rejected", "employment_missing"),
        (MEMBER, {"党员类别": "党员之友"}, "rejected", "status_unknown"),
        (MEMBER, {"党员类别": "共青团员"}, "rejected", "not_a_member"),
        (MEMBER, {"入党日期": "2003-04-24"}, "rejected", "under_age"),
        (MEMBER, {"转正日期": "2024-05-22"}, "warning", "confirmation_before_admission"),
        (MEMBER, {"转正日期": None}, "warning", "confirmation_missing"),
        (MEMBER, {"党员类别": "预备党员"}, "warning", "confirmation_not_due"),
        (MEMBER, {"组织关系所在党组织": None}, "warning", "home_missing"),
        (MEMBER, {"到岗日期": "1984-01-01"}, "rejected", "engaged_before_birth"),
        (MEMBER, {"工作单位": None}, "rejected", "organization_missing"),
        (MEMBER, {"单位统一社会信用代码": FIRM}, "rejected", "unknown_organization"),
    ],
)
def test_dirt_has_an_outcome_and_a_reason(
    record: dict[str, Cell], change: dict[str, Cell], outcome: str, code: str
) -> None:
    row = check(record, **change)
    assert (row.outcome, codes(row)[0]) == (outcome, code)


def test_eighteen_years_to_the_day_are_enough() -> None:
    assert check(MEMBER, 入党日期="2003-04-25").outcome == "accepted"


def test_faults_decide_before_what_was_put_right_and_then_in_column_order() -> None:
    row = check(REGISTER, 统一社会信用代码=CODE.lower(), 成立登记日期="不详", 社会组织类型="企业")
    assert codes(row) == ["date_unreadable", "type_unknown", "lower_case"]


def test_second_rows_are_duplicates() -> None:
    rows = [
        check_sheet(table(one, {}, {}), AS_OF, KNOWN)[1]
        for one in (UNITS, REGISTER, SURVEY, MEMBER)
    ]
    assert [codes(row) for row in rows] == [
        ["duplicate_unit"],
        ["duplicate_uscc"],
        ["duplicate_uscc"],
        ["duplicate_member"],
    ]


def test_one_person_may_work_at_two_organizations() -> None:
    second: dict[str, Cell] = {"工作单位": "洞头区鞋革商会", "单位统一社会信用代码": OTHER}
    rows = check_sheet(table(MEMBER, {}, second), AS_OF, KNOWN)
    assert tally(rows) == {"accepted": 2}


def test_an_organization_whose_register_row_was_rejected_is_unknown() -> None:
    known = known_after(Known(), [check(REGISTER, Known(), 成立登记日期="不详")])
    assert codes(check(SURVEY, known)) == ["unknown_organization"]


def test_the_name_of_a_member_is_not_the_name_of_the_row() -> None:
    assert check(MEMBER, 党员类别="群众").name == NAME


def test_columns_with_identity_numbers_are_dropped_and_named() -> None:
    sheet = table(MEMBER, {"身份证号码": PERSON, "备注": f"证件{PERSON}"})
    assert sheet.dropped == ("性别", "身份证号码", "备注")
    row = check_sheet(sheet, AS_OF, KNOWN)[0]
    assert row.outcome == "accepted"
    assert PERSON not in repr(sheet.raw.rows) + repr(row)


def test_a_kept_column_full_of_identity_numbers_is_named_too() -> None:
    sheet = table(MEMBER, {"单位统一社会信用代码": PERSON})
    assert "单位统一社会信用代码" in sheet.dropped
    row = check_sheet(sheet, AS_OF, KNOWN)[0]
    assert codes(row) == ["identity_number"]
    assert PERSON not in repr(row)


def test_a_column_without_a_header_is_named_by_its_letter() -> None:
    sheet = sheet_of([[*UNITS, None], [*UNITS.values(), "note"]])
    assert sheet.dropped == ("F",)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([None] * 10, "blank_row"),
        (["", "  ", "\u3000"], "blank_row"),
        (["合计", "548家"], "total_row"),
        (["合 计", None, None, None, 20], "total_row"),
        (["小计：", None, None, None, 20], "total_row"),
        (["填表说明：登记状态分为正常、注销、撤销。"], "footnote"),
        (["注：以上数据截至10月。"], "footnote"),
        ([None, None, "制表人：某某"], "footnote"),
        (["审核：", "某某"], "footnote"),
        (list(REGISTER), "header_row"),
    ],
)
def test_rows_that_are_no_data_are_ignored(cells: list[Cell], reason: str) -> None:
    records = list(REGISTER.values())
    rows = check_sheet(sheet_of([list(REGISTER), cells, records]), AS_OF, Known())
    assert [(row.outcome, codes(row), row.row) for row in rows] == [
        ("ignored", [reason], 2),
        ("accepted", [], 3),
    ]


@pytest.mark.parametrize("name", ["注册会计师协会", "说明书编写研究会", "备注学会"])
def test_a_row_with_a_name_alone_is_data(name: str) -> None:
    row = check_sheet(sheet_of([list(REGISTER), [name]]), AS_OF, Known())[0]
    assert row.outcome == "rejected"
    assert "uscc_missing" in codes(row)


@given(
    order=st.permutations(range(len(SURVEY))),
    titles=st.lists(
        st.sampled_from(["摸底表", "单位：人", "填报日期 2026-10-31", None]), max_size=4
    ),
    record=st.sampled_from([REGISTER, MEMBER, SURVEY, FIRMS, UNITS]),
    spaced=st.booleans(),
)
def test_titles_and_column_order_change_nothing(
    order: list[int], titles: list[str | None], record: dict[str, Cell], *, spaced: bool
) -> None:
    names = [list(record)[index] for index in order if index < len(record)]
    headers: list[Cell] = [
        f" {name[:2]} \n{name[2:]}（必填）" if spaced else name for name in names
    ]
    above: list[list[Cell]] = [[title] for title in titles]
    sheet = sheet_of([*above, headers, [record[name] for name in names]])
    assert sheet.first_data_row == len(titles) + 2
    assert check_sheet(sheet, AS_OF, KNOWN)[-1].values == check(record).values


def test_a_two_row_header_is_read_by_group_and_column() -> None:
    upper: list[Cell] = [
        "单位名称",
        "统一社会信用代码",
        "规模",
        None,
        None,
        "党员",
        "已建党组织",
        None,
        "已转入",
    ]
    lower: list[Cell] = [
        None,
        None,
        "专职",
        "兼职",
        "从业人员总数",
        "正式",
        "名称",
        "成立日期",
        None,
    ]
    cells: list[Cell] = [NAME, CODE, 3, 1, 4, 2, "某党支部", "2020-7-1", 1]
    row = check_sheet(sheet_of([["表"], upper, lower, cells]), AS_OF, KNOWN)[0]
    assert isinstance(row.values, SurveyRow)
    assert (row.values.full_time, row.values.full_members) == (3, 2)
    assert (row.values.body_name, row.values.body_formed_on) == ("某党支部", date(2020, 7, 1))


def test_a_list_without_a_needed_column_is_refused_by_name() -> None:
    with pytest.raises(UnreadableFileError, match="register, without standing"):
        sheet_of([[name for name in REGISTER if name != "登记状态"]])


def test_every_known_sheet_of_a_workbook_is_read_and_hidden_ones_are_not(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["封面"])
    for record in (UNITS, REGISTER, MEMBER):
        page = book.create_sheet()
        page.append(list(record))
        page.append(list(record.values()))
    book.worksheets[3].sheet_state = "hidden"
    path = tmp_path / "all.xlsx"
    book.save(path)
    assert [sheet.layout for sheet in read_workbooks(path)] == [Layout.UNITS, Layout.REGISTER]
    assert read_workbook(path).layout is Layout.UNITS


def test_divisions_are_the_city_its_counties_and_townships() -> None:
    levels = [one.level for one in load_divisions()]
    assert [levels.count(one) for one in ("city", "county", "township")] == [1, 12, 191]


def test_an_address_is_reduced_to_county_and_township() -> None:
    address = "浙江省温州市乐清市清江镇兴业路306号"
    county = county_of(address)
    assert county is not None
    assert county.name == "乐清市"
    township = longest_match(address, county)
    assert township is not None
    assert township.name == "清江镇"
    assert longest_match("五马街道", county) is None
    assert county_of("杭州市西湖区") is None


def test_the_county_comes_from_the_registrar_where_the_address_says_nothing() -> None:
    values = check(REGISTER, 住所="兴业路306号").values
    assert isinstance(values, RegisterRow)
    assert (values.county, values.township) == ("乐清市", None)


@pytest.mark.parametrize("code", reason_codes())
def test_every_reason_says_in_both_languages_what_is_wrong_and_what_to_do(code: str) -> None:
    for language in ("zh", "en"):
        assert all(reason_text(code, language))
