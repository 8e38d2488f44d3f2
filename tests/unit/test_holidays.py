"""A year's file is read strictly: every mistake at once, with its line, in both languages."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from cli.problems import told
from lifecycle.workdays import MAKEUP, CalendarYear, RestDays
from tests.yearly import NOTICE, calendar_text
from wording.words import Words
from workflows.holidays import CalendarFileError, read_calendars, read_year

if TYPE_CHECKING:
    from pathlib import Path

TEXT = calendar_text()
SPRING = "{name: {zh: 春节, en: Spring Festival}, from: 2027-02-05, to: 2027-02-11}"


def read(folder: Path, text: str | bytes) -> CalendarYear:
    path = folder / "2027.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_year(path)


def complaints(folder: Path, text: str | bytes, language: str = "zh") -> list[str]:
    with pytest.raises(CalendarFileError) as caught:
        read(folder, text)
    answer = told(caught.value, Words(language), None)
    assert answer is not None
    assert answer[1] == 1
    return answer[0].splitlines()


def test_a_file_gives_the_days_off_and_the_days_worked(tmp_path: Path) -> None:
    year = read(tmp_path, TEXT)

    assert (year.year, year.notice) == (2027, NOTICE)
    assert year.reason(date(2027, 2, 11)) == "春节"
    assert year.reason(date(2027, 1, 31)) == MAKEUP
    assert year.reason(date(2027, 2, 12)) is None
    assert len(year.holidays) == 25


def test_a_year_without_makeup_days_needs_no_list(tmp_path: Path) -> None:
    assert read(tmp_path, TEXT[: TEXT.index("makeup")]).makeup == frozenset()


@pytest.mark.parametrize(
    ("old", "new", "line", "zh", "en"),
    [
        ("to: 2027-02-11", "to: 2027-02-30", 5, "没有 2027-02-30 这一天", "no day 2027-02-30"),
        ("to: 2027-02-11", "to: 2027-2-11", 5, "2027-2-11 不是日期", "2027-2-11 is no day"),
        ("to: 2027-02-11", "to: soon", 5, "soon 不是日期", "soon is no day"),
        ("to: 2027-02-11", "to: 2027-02-04", 5, "早于首日", "before it begins"),
        ("to: 2027-02-11", "to: 2027-04-03", 6, "2027-04-03 既在春节又在清明节", "lies both"),
        ("to: 2027-02-11", "to: 2028-02-11", 5, "2028-02-11 不属于 2027 年", "not belong"),
        ("from: 2027-01-01", "from: 2026-12-31", 4, "2026-12-31 不属于 2027 年", "not belong"),
        ("to: 2027-02-11", "until: 2027-02-11", 5, "没有 until 这一项", "no key until"),
        ("to: 2027-02-11", "till: 2027-02-11", 5, "缺少 to", "to is missing"),
        ("holidays:", "holiday:", 3, "(相近: holidays)", "(near: holidays)"),
        ("en: New Year", "en: no", 4, "no 既可读作文字又可读作是否", "no may be text"),
        (", en: New Year", "", 4, "缺少 en", "en is missing"),
        ("{zh: 元旦, en: New Year}", "元旦", 4, "元旦 不是由各项组成", "元旦 is no group of keys"),
        ("year: 2027", "year: next", 1, "next 不是年份", "next is no year"),
        ("year: 2027", "year: 2027.5", 1, "2027.5 是小数", "2027.5 is a fraction"),
        ("year: 2027", "year: 2028", 2, "通知名称中没有 2028", "does not name 2028"),
        ("year: 2027", "", 2, "缺少 year", "year is missing"),
        (NOTICE, "[a]", 2, "不是文字", "is no text"),
        ("  - 2027-01-31", "  - 2027-02-01", 10, "2027-02-01 不是周末", "is a weekday"),
        ("  - 2027-01-31", "  - 2027-02-06", 10, "在春节假期内", "lies in 春节"),
        ("  - 2027-01-31", "  - 2027-02-20", 11, "2027-02-20 写了两次", "stands here twice"),
        ("  - 2027-01-31", "  - 2026-12-27", 10, "2026-12-27 不属于 2027 年", "not belong to 2027"),
        ("  - 2027-01-31", "  - Sunday", 10, "Sunday 不是日期", "Sunday is no day"),
        ("notice:", "year: 2027\nnotice:", 2, "此项写了两次", "this key stands here twice"),
        ("holidays:", "holidays: none\nx:", 3, "none 不是列表", "none is no list"),
        ("holidays:", "holidays: []\nx:", 3, "全年没有假期", "has no holiday"),
        ("holidays:", "holidays: {", 4, "不合 YAML 写法", "not YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, zh: str, en: str
) -> None:
    text = TEXT.replace(old, new, 1)
    in_chinese = complaints(tmp_path, text)
    in_english = complaints(tmp_path, text, "en")

    assert any(f"2027.yaml 第 {line} 行" in one and zh in one for one in in_chinese), in_chinese
    assert any(f"2027.yaml line {line} " in one and en in one for one in in_english), in_english


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "文件是空的"),
        ("# nothing\n", "文件是空的"),
        ("- 2027", "不是由各项组成"),
        (TEXT.encode("gb18030"), "文件不是 UTF-8"),
        ("year: \x07", "不合 YAML 写法"),
    ],
)
def test_what_is_no_calendar_at_all_is_one_mistake(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    lines = complaints(tmp_path, text)

    assert len(lines) == 2
    assert sentence in lines[0]
    assert lines[1] == "共 1 处错误; 未保存"


def test_every_mistake_is_told_at_once_and_each_only_once(tmp_path: Path) -> None:
    text = TEXT.replace("to: 2027-02-11", "to: 2027-02-30").replace("2027-01-31", "2027-02-01")
    lines = complaints(tmp_path, text.replace("en: Labour Day", "fr: Fête du travail"))

    assert [one.partition(":")[0] for one in lines] == [
        "2027.yaml 第 5 行 holidays.1.to",
        "2027.yaml 第 7 行 holidays.3.name",
        "2027.yaml 第 7 行 holidays.3.name.fr",
        "2027.yaml 第 10 行 makeup_working_days.0",
        "共 4 处错误; 未保存",
    ]


def test_a_year_takes_the_place_of_the_one_that_is_loaded(tmp_path: Path) -> None:
    shipped = read_calendars()
    added = shipped.with_years([read(tmp_path, TEXT)])
    later = CalendarYear(2027, "a later notice", {date(2027, 3, 1): "x"}, frozenset())
    changed = added.with_years([later])

    assert shipped.with_years([]) is shipped
    assert added.years == shipped.years | {2027}
    assert added.reason_to_rest(date(2027, 2, 8)) == "春节"
    assert changed.reason_to_rest(date(2027, 2, 8)) is None
    assert changed.notices[2027] == "a later notice"
    assert len({one.version for one in (shipped, added, changed)}) == 3
    assert RestDays.build(changed.calendars.values()).version == changed.version
