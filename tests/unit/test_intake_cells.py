"""Every way to write a day, a number, a code or a text that rosters have shown or may show."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from workflows.intake.cells import read_code, read_count, read_mail, read_text, read_word
from workflows.intake.days import read_date
from workflows.intake.privacy import holds_identity_number

if TYPE_CHECKING:
    from workflows.intake.layouts import Cell

AS_OF = date(2026, 11, 1)
DAY = date(2009, 2, 24)
CODE = "52330382MJ0872104C"
PERSON = "330302198501011231"


@pytest.mark.parametrize(
    "cell",
    [
        DAY,
        datetime(2009, 2, 24, 13, 30),  # noqa: DTZ001 - workbooks know no zones
        39868,
        "39868",
        20090224,
        "20090224",
        "2009-02-24",
        "2009-2-24",
        "2009/2/24",
        "2009.02.24",
        "2009.2.24.",
        "2009年2月24日",
        "2009年02月24号",
        "2009 年 2 月 24 日",
        " 2009-2-24\u3000",
        "2009-2-24 00:00:00",
        "2009-02-24T08:30:00",
        "2009-02-24 8:30",
        "２００９年２月２４日",
        "２００９．０２．２４",
        "２００９－０２－２４",
        "二〇〇九年二月二十四日",
        "二○○九年二月二十四日",
        "二零零九年二月二十四日",
        "2009年2月24日 星期二",
        "2009—2—24",
    ],
    ids=repr,
)
def test_a_day_is_read_however_it_is_written(cell: Cell) -> None:
    assert read_date(cell, AS_OF).value == DAY


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("二〇二六年十月十日", date(2026, 10, 10)),
        ("二〇二六年十月三十一日", date(2026, 10, 31)),
        ("一九九五年十二月一日", date(1995, 12, 1)),
        ("一九九五年三月二十日", date(1995, 3, 20)),
        ("2026-11-01", AS_OF),
    ],
    ids=repr,
)
def test_chinese_numerals_are_counted(text: str, day: date) -> None:
    assert read_date(text, AS_OF).value == day


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (None, "date_missing"),
        ("  ", "date_missing"),
        ("不详", "date_unreadable"),
        ("无", "date_unreadable"),
        ("2009-13-01", "date_unreadable"),
        ("2009-02-30", "date_unreadable"),
        ("24/02/2009", "date_unreadable"),
        ("09-2-24", "date_unreadable"),
        ("2009-02-24（变更）", "date_unreadable"),
        (True, "date_unreadable"),
        (-5, "date_unreadable"),
        (0.5, "date_unreadable"),
        (3.5e20, "date_unreadable"),
        ("2009年2月", "date_incomplete"),
        ("2009-02", "date_incomplete"),
        ("2009", "date_incomplete"),
        (2009, "date_incomplete"),
        ("1899-12-31", "date_out_of_range"),
        ("0195-03-15", "date_out_of_range"),
        ("0000-03-15", "date_out_of_range"),
        (date(1066, 10, 14), "date_out_of_range"),
        ("2026-11-02", "date_in_future"),
        ("3009-02-24", "date_in_future"),
        (date(2031, 1, 1), "date_in_future"),
        (60000, "date_in_future"),
    ],
    ids=repr,
)
def test_what_is_no_day_says_why(cell: Cell, code: str) -> None:
    read = read_date(cell, AS_OF)
    assert (read.value, read.codes) == (None, (code,))


@pytest.mark.parametrize(
    ("cell", "value", "codes"),
    [
        (80, 80, ()),
        (80.0, 80, ()),
        ("80", 80, ()),
        ("0", 0, ()),
        ("80人", 80, ("unit_suffix",)),
        ("80 名", 80, ("unit_suffix",)),
        ("12个", 12, ("unit_suffix",)),
        ("5位", 5, ("unit_suffix",)),
        ("30家", 30, ("unit_suffix",)),
        ("８０", 80, ("full_width",)),
        ("８０ 名", 80, ("unit_suffix", "full_width")),
        ("1,200", 1200, ()),
        ("1,200人", 1200, ("unit_suffix",)),
        (None, None, ()),
        ("", None, ()),
        ("无", None, ("placeholder",)),
        ("/", None, ("placeholder",)),
        ("若干", None, ("count_unreadable",)),
        ("约80", None, ("count_unreadable",)),
        ("80余人", None, ("count_unreadable",)),
        ("80-90", None, ("count_unreadable",)),
        ("80人左右", None, ("count_unreadable",)),
        ("1,2", None, ("count_unreadable",)),
        (True, None, ("count_unreadable",)),
        (date(2009, 2, 24), None, ("count_unreadable",)),
        (3.5, None, ("count_fraction",)),
        ("3.5人", None, ("count_fraction",)),
        (-1, None, ("negative_count",)),
        ("-1", None, ("negative_count",)),
        ("－1人", None, ("negative_count",)),
        (10**9, None, ("count_out_of_range",)),
        ("#REF!", None, ("cell_error",)),
    ],
    ids=repr,
)
def test_a_number_of_people(cell: Cell, value: int | None, codes: tuple[str, ...]) -> None:
    read = read_count(cell)
    assert (read.value, read.codes) == (value, codes)


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        (CODE, ()),
        (CODE.lower(), ("lower_case",)),
        ("５２３３０３８２ＭＪ０８７２１０４Ｃ", ("full_width",)),
        ("５２３３０３８２ｍｊ０８７２１０４ｃ", ("full_width", "lower_case")),
        (f" {CODE}\u3000", ("trimmed",)),
        ("5233 0382 MJ08 7210 4C", ("trimmed",)),
        ("52330382-MJ0872104-C", ("trimmed",)),
        (f"\u200b{CODE}\n", ("trimmed",)),
    ],
    ids=repr,
)
def test_a_credit_code_is_put_right(cell: Cell, codes: tuple[str, ...]) -> None:
    read = read_code(cell)
    assert (read.value, read.codes) == (CODE, codes)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (None, "uscc_missing"),
        (" ", "uscc_missing"),
        ("无", "uscc_missing"),
        ("52330382MJ01370", "uscc_length"),
        (CODE + "0", "uscc_length"),
        ("52330382MJ0872104D", "uscc_check_digit"),
        ("52330382MJO872104C", "uscc_characters"),
        ("A2330382MJ0872104C", "uscc_characters"),
        ("0" * 18, "uscc_characters"),
        (5.233038208721e17, "uscc_numeric"),
        ("5.23303820872E+17", "uscc_numeric"),
        ("#N/A", "cell_error"),
    ],
    ids=repr,
)
def test_what_is_no_credit_code_says_why(cell: Cell, code: str) -> None:
    read = read_code(cell)
    assert (read.value, read.codes) == (None, (code,))


@pytest.mark.parametrize(
    ("cell", "value", "codes"),
    [
        ("乐清市水产学会", "乐清市水产学会", ()),
        (" 乐清市水产学会\u3000", "乐清市水产学会", ("trimmed",)),
        ("乐清市 水产\n学会", "乐清市水产学会", ("trimmed",)),
        ("\ufeff乐清市水产学会", "乐清市水产学会", ("trimmed",)),
        ("文成县（分会）", "文成县（分会）", ()),
        ("ABC Club", "ABC Club", ()),
        ("=1+1", "=1+1", ()),
        (114, "114", ()),
        ("无", None, ()),
        ("--", None, ()),
        (None, None, ()),
        ("长" * 201, None, ("text_too_long",)),
        (True, None, ("text_unreadable",)),
        (date(2009, 2, 24), None, ("text_unreadable",)),
        ("#N/A", None, ("cell_error",)),
    ],
    ids=repr,
)
def test_a_text(cell: Cell, value: str | None, codes: tuple[str, ...]) -> None:
    read = read_text(cell)
    assert (read.value, read.codes) == (value, codes)


def test_words_are_understood_with_spaces_and_in_full_width() -> None:
    assert read_word(" 社会 团体", "kinds", "type_unknown").value == "association"
    assert read_word("有限责任公司", "kinds", "type_unknown").codes == ("type_unknown",)


@pytest.mark.parametrize(
    ("cell", "value", "codes"),
    [
        ("a.b@example.org", "a.b@example.org", ()),
        ("ａ＠example.org", "a@example.org", ("full_width",)),
        (None, None, ()),
        ("a@b", None, ("mail_unreadable",)),
        ("a@b.org, c@d.org", None, ("mail_unreadable",)),
        ("a@b..org", None, ("mail_unreadable",)),
        ("=cmd@b.org", None, ("mail_unreadable",)),
        (42, None, ("mail_unreadable",)),
    ],
    ids=repr,
)
def test_a_mail_address(cell: Cell, value: str | None, codes: tuple[str, ...]) -> None:
    read = read_mail(cell)
    assert (read.value, read.codes) == (value, codes)


@pytest.mark.parametrize(
    "cell",
    [PERSON, f"张三 {PERSON}", "330302 19850101 1231", "33030219850101123x", 330302198501011231,
     3.30302198501011e17, "３３０３０２１９８５０１０１１２３１"],
    ids=repr,
)  # fmt: skip
def test_an_identity_number_is_seen(cell: Cell) -> None:
    assert holds_identity_number(cell)


@pytest.mark.parametrize(
    "cell", [CODE, "19850101", 20090224, "330302198513011231", None, True, DAY]
)
def test_other_cells_are_no_identity_numbers(cell: Cell) -> None:
    assert not holds_identity_number(cell)
