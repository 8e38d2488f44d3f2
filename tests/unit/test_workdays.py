"""Calendar arithmetic: the rulebook's worked dates, and what must hold for every date."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle.workdays import (
    CalendarError,
    CalendarGapError,
    CalendarYear,
    Holiday,
    Period,
    PeriodKind,
    RestDays,
    add_working_days,
    moment_reached,
    roll,
    time_effective_on,
    working_days_between,
    year_begin,
    year_end,
)

DEADLINE = PeriodKind.DEADLINE
MINIMUM = PeriodKind.MINIMUM
WINDOW = PeriodKind.WINDOW
AS_OF = PeriodKind.AS_OF
REVIEW = PeriodKind.REVIEW


def day(text: str) -> date:
    return date.fromisoformat(text)


def calendar_year(
    year: int, holidays: list[tuple[str, str, str]], makeup: list[str]
) -> CalendarYear:
    return CalendarYear.of(
        year,
        f"notice for {year}",
        [Holiday(name, day(f"{year}-{a}"), day(f"{year}-{b}")) for name, a, b in holidays],
        [day(f"{year}-{one}") for one in makeup],
    )


YEAR_2025 = calendar_year(
    2025,
    [
        ("元旦", "01-01", "01-01"),
        ("春节", "01-28", "02-04"),
        ("清明节", "04-04", "04-06"),
        ("劳动节", "05-01", "05-05"),
        ("端午节", "05-31", "06-02"),
        ("国庆节、中秋节", "10-01", "10-08"),
    ],
    ["01-26", "02-08", "04-27", "09-28", "10-11"],
)
YEAR_2026 = calendar_year(
    2026,
    [
        ("元旦", "01-01", "01-03"),
        ("春节", "02-15", "02-23"),
        ("清明节", "04-04", "04-06"),
        ("劳动节", "05-01", "05-05"),
        ("端午节", "06-19", "06-21"),
        ("中秋节", "09-25", "09-27"),
        ("国庆节", "10-01", "10-07"),
    ],
    ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
)
REST_DAYS = RestDays.build([YEAR_2025, YEAR_2026])

dates = st.dates(date(1990, 1, 1), date(2090, 12, 31))
loaded_dates = st.dates(date(2025, 1, 1), date(2026, 12, 20))
kinds = st.sampled_from(PeriodKind)
month_days = st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda one: f"{one:%m-%d}")


# --- the rulebook's worked scenarios -------------------------------------------------------------

SIX_MONTHS = Period(months=6)
ONE_YEAR = Period(months=12)
ONE_MONTH = Period(months=1)
THIRTY_DAYS = Period(days=30)
NINETY_DAYS = Period(days=90)

SCENARIOS = [
    # id, anchor, length, kind, raw date, due date, provisional
    ("S1 D9", "2025-08-31", SIX_MONTHS, MINIMUM, "2026-02-28", "2026-02-28", False),
    ("S1 D10", "2026-02-28", THIRTY_DAYS, DEADLINE, "2026-03-30", "2026-03-30", False),
    ("S2a D9 from 29", "2023-08-29", SIX_MONTHS, MINIMUM, "2024-02-29", "2024-02-29", False),
    ("S2a D9 from 30", "2023-08-30", SIX_MONTHS, MINIMUM, "2024-02-29", "2024-02-29", False),
    ("S2a D9 from 31", "2023-08-31", SIX_MONTHS, MINIMUM, "2024-02-29", "2024-02-29", False),
    ("S2b D20", "2024-02-29", ONE_YEAR, MINIMUM, "2025-02-28", "2025-02-28", False),
    ("S2c D17", "2024-02-29", Period(months=36), DEADLINE, "2027-02-28", "2027-03-01", True),
    ("S3a D8", "2025-09-01", THIRTY_DAYS, DEADLINE, "2025-10-01", "2025-10-09", False),
    ("S3b D16", "2026-01-28", ONE_MONTH, DEADLINE, "2026-02-28", "2026-02-28", False),
    ("S4 D32", "2026-02-10", ONE_YEAR, REVIEW, "2027-02-10", "2027-02-10", True),
    ("S4 stage date", "2026-03-02", ONE_YEAR, AS_OF, "2027-03-02", "2027-03-02", False),
    ("S4 D6", "2026-03-02", THIRTY_DAYS, DEADLINE, "2026-04-01", "2026-04-01", False),
    ("S5 D20", "2025-03-10", ONE_YEAR, MINIMUM, "2026-03-10", "2026-03-10", False),
    ("S5 D21", "2026-03-16", Period(months=3), DEADLINE, "2026-06-16", "2026-06-16", False),
    ("S5 D5", "2026-05-20", NINETY_DAYS, DEADLINE, "2026-08-18", "2026-08-18", False),
    ("S6 D5", "2026-03-10", NINETY_DAYS, DEADLINE, "2026-06-08", "2026-06-08", False),
    ("S6 D16 first", "2026-03-24", ONE_MONTH, DEADLINE, "2026-04-24", "2026-04-24", False),
    ("S6 D7", "2026-04-07", SIX_MONTHS, DEADLINE, "2026-10-07", "2026-10-08", False),
    ("S6 D16 second", "2026-09-15", ONE_MONTH, DEADLINE, "2026-10-15", "2026-10-15", False),
    ("S7 D9 first", "2025-11-03", SIX_MONTHS, MINIMUM, "2026-05-03", "2026-05-03", False),
    ("S7 D9 second", "2026-06-01", SIX_MONTHS, MINIMUM, "2026-12-01", "2026-12-01", False),
    ("S8 D9", "2025-10-15", SIX_MONTHS, MINIMUM, "2026-04-15", "2026-04-15", False),
    ("S8 D8", "2026-02-24", THIRTY_DAYS, DEADLINE, "2026-03-26", "2026-03-26", False),
    ("S9 D8", "2025-12-22", THIRTY_DAYS, DEADLINE, "2026-01-21", "2026-01-21", False),
    ("S9 D15 first", "2026-01-05", THIRTY_DAYS, WINDOW, "2026-02-04", "2026-02-04", False),
    ("S9 D15 second", "2026-01-26", THIRTY_DAYS, WINDOW, "2026-02-25", "2026-02-25", False),
    ("S9 D15 of 90 days", "2026-01-05", NINETY_DAYS, WINDOW, "2026-04-05", "2026-04-05", False),
    ("S10 D29", "2026-05-29", THIRTY_DAYS, DEADLINE, "2026-06-28", "2026-06-29", False),
    ("S10 D18", "2026-06-15", NINETY_DAYS, DEADLINE, "2026-09-13", "2026-09-14", False),
    ("S10 D19", "2025-11-30", ONE_YEAR, WINDOW, "2026-11-30", "2026-11-30", False),
    ("S11 D1", "2010-06-07", ONE_YEAR, AS_OF, "2011-06-07", "2011-06-07", False),
    ("S12 D25", "2026-04-30", THIRTY_DAYS, DEADLINE, "2026-05-30", "2026-06-01", False),
    ("S14 D22", "2026-03-16", ONE_MONTH, DEADLINE, "2026-04-16", "2026-04-16", False),
    ("S14 seniority", "2024-03-15", Period(months=24), MINIMUM, "2026-03-15", "2026-03-15", False),
    ("S15 D8", "2026-11-01", THIRTY_DAYS, DEADLINE, "2026-12-01", "2026-12-01", False),
    ("S15 D9 first", "2025-01-10", SIX_MONTHS, MINIMUM, "2025-07-10", "2025-07-10", False),
    ("S15 D9 second", "2026-05-03", SIX_MONTHS, MINIMUM, "2026-11-03", "2026-11-03", False),
    ("S15 D10 second", "2026-11-03", THIRTY_DAYS, DEADLINE, "2026-12-03", "2026-12-03", False),
    ("S15 D18", "2026-11-01", NINETY_DAYS, DEADLINE, "2027-01-30", "2027-02-01", True),
]


@pytest.mark.parametrize(
    ("anchor", "length", "kind", "raw_on", "due_on", "provisional"),
    [row[1:] for row in SCENARIOS],
    ids=[row[0] for row in SCENARIOS],
)
def test_rulebook_scenario(
    *, anchor: str, length: Period, kind: PeriodKind, raw_on: str, due_on: str, provisional: bool
) -> None:
    raw = length.after(day(anchor))
    rolled = roll(raw, kind, REST_DAYS)

    assert raw == day(raw_on)
    assert rolled.due_on == day(due_on)
    assert rolled.provisional is provisional


def test_reelection_reminder_counts_from_the_raw_date() -> None:
    """S2c: half a year before 2027-02-28, not before the rolled 2027-03-01."""
    raw = Period(months=36).after(day("2024-02-29"))

    assert SIX_MONTHS.before(raw) == day("2026-08-28")


def test_training_year_is_missed_on_the_day_after_its_end() -> None:
    """S16: the calendar year 2026 ends with 12-31; `year_closed` is effective on 2027-01-01."""
    due_on = year_end("01-01", day("2026-03-12"))

    assert due_on == day("2026-12-31")
    assert time_effective_on(WINDOW, due_on) == day("2027-01-01")


def test_a_pure_weekend_rule_would_move_the_working_saturday() -> None:
    """S3b: 2026-02-28 is a Saturday and a make-up working day."""
    weekends_only = RestDays("none", frozenset({2026}))

    assert roll(day("2026-02-28"), DEADLINE, REST_DAYS).due_on == day("2026-02-28")
    assert roll(day("2026-02-28"), DEADLINE, weekends_only).due_on == day("2026-03-02")


# --- periods -------------------------------------------------------------------------------------


def test_a_repeating_period_does_not_drift_from_its_anchor() -> None:
    anchor = day("2024-02-29")
    ends = [Period(months=12 * cycle).after(anchor) for cycle in range(1, 5)]

    assert ends == [day("2025-02-28"), day("2026-02-28"), day("2027-02-28"), day("2028-02-29")]


@given(dates, st.integers(0, 240))
def test_months_end_on_the_day_number_or_on_the_last_day_of_the_month(
    anchor: date, months: int
) -> None:
    end = Period(months=months).after(anchor)

    assert (end.year - anchor.year) * 12 + end.month - anchor.month == months
    if end.day != anchor.day:
        assert end.day < anchor.day
        assert (end + timedelta(days=1)).day == 1


@given(dates, st.integers(0, 5000))
def test_the_anchor_day_is_not_counted(anchor: date, days: int) -> None:
    assert (Period(days=days).after(anchor) - anchor).days == days


@given(dates, dates, st.integers(0, 240))
def test_a_later_anchor_never_ends_earlier(one: date, other: date, months: int) -> None:
    first, second = sorted([one, other])
    period = Period(months=months)

    assert period.after(first) <= period.after(second)


@given(dates, st.integers(0, 5000))
def test_days_before_undo_days_after(anchor: date, days: int) -> None:
    period = Period(days=days)

    assert period.before(period.after(anchor)) == anchor


@pytest.mark.parametrize("unused", [None, 0])
def test_the_unit_that_does_not_apply_is_left_out_or_zero(unused: int | None) -> None:
    anchor = day("2026-01-31")

    assert Period(months=1, days=unused).after(anchor) == day("2026-02-28")
    assert Period(months=unused, days=1).after(anchor) == day("2026-02-01")
    assert Period(months=unused, days=0).after(anchor) == anchor


@pytest.mark.parametrize(
    ("months", "days", "complaint"),
    [
        (None, None, "needs months or days"),
        (1, 1, "not 1 and 1"),
        (-1, None, "not negative: -1"),
        (None, -30, "not negative: -30"),
    ],
)
def test_what_is_no_length_is_refused(months: int | None, days: int | None, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Period(months=months, days=days)


# --- rolling -------------------------------------------------------------------------------------


def test_rolling_names_every_day_passed_over() -> None:
    rolled = roll(day("2026-10-03"), DEADLINE, REST_DAYS)
    weekend = roll(day("2026-06-28"), DEADLINE, REST_DAYS)

    assert rolled.due_on == day("2026-10-08")
    assert rolled.passed == tuple((day(f"2026-10-0{n}"), "国庆节") for n in range(3, 8))
    assert weekend.passed == ((day("2026-06-28"), "weekend"),)


def test_a_weekday_in_an_unloaded_year_is_provisional_though_it_does_not_move() -> None:
    rolled = roll(day("2027-03-02"), DEADLINE, REST_DAYS)

    assert rolled.due_on == day("2027-03-02")
    assert rolled.provisional


def test_rolling_from_a_loaded_year_into_an_unloaded_one_is_provisional() -> None:
    only_2025 = RestDays.build([YEAR_2025])
    saturday_to_monday = RestDays("x", frozenset({2022}))

    assert not roll(day("2025-12-31"), DEADLINE, only_2025).provisional
    assert roll(day("2022-12-31"), DEADLINE, saturday_to_monday).due_on == day("2023-01-02")
    assert roll(day("2022-12-31"), DEADLINE, saturday_to_monday).provisional


def test_rolling_that_is_switched_off_leaves_the_date_certain() -> None:
    for text in ("2026-10-03", "2027-03-06"):
        rolled = roll(day(text), DEADLINE, REST_DAYS, enabled=False)

        assert (rolled.due_on, rolled.provisional, rolled.passed) == (day(text), False, ())


@given(dates, kinds)
def test_rolling_is_idempotent(due: date, kind: PeriodKind) -> None:
    once = roll(due, kind, REST_DAYS)
    twice = roll(once.due_on, kind, REST_DAYS)

    assert twice.due_on == once.due_on
    assert twice.passed == ()


@given(dates, st.sampled_from([DEADLINE, REVIEW]))
def test_a_rolled_day_is_never_a_rest_day_and_never_earlier(due: date, kind: PeriodKind) -> None:
    rolled = roll(due, kind, REST_DAYS)

    assert not REST_DAYS.is_rest_day(rolled.due_on)
    assert (rolled.due_on - due).days == len(rolled.passed)
    assert all(REST_DAYS.is_rest_day(one) for one, _ in rolled.passed)


@given(dates, st.sampled_from([MINIMUM, WINDOW, AS_OF]))
def test_minimum_window_and_as_of_never_roll(due: date, kind: PeriodKind) -> None:
    rolled = roll(due, kind, REST_DAYS)

    assert (rolled.due_on, rolled.provisional, rolled.passed) == (due, False, ())


@given(dates, kinds)
def test_a_provisional_result_touches_an_unloaded_year(due: date, kind: PeriodKind) -> None:
    rolled = roll(due, kind, REST_DAYS)
    touches = not (REST_DAYS.covers(due) and REST_DAYS.covers(rolled.due_on))

    assert rolled.provisional == (touches and kind in {DEADLINE, REVIEW})


# --- when time acts ------------------------------------------------------------------------------


@given(dates, kinds)
def test_a_minimum_is_reached_on_its_day_and_all_else_ends_with_it(
    due: date, kind: PeriodKind
) -> None:
    moment = moment_reached(kind, due)

    assert moment == (due if kind is MINIMUM else due + timedelta(days=1))
    assert time_effective_on(kind, due) == moment


# --- the training year ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year_start", "on", "begins", "ends"),
    [
        ("01-01", "2026-01-01", "2026-01-01", "2026-12-31"),
        ("01-01", "2026-12-31", "2026-01-01", "2026-12-31"),
        ("06-07", "2026-06-06", "2025-06-07", "2026-06-06"),
        ("06-07", "2026-06-07", "2026-06-07", "2027-06-06"),
        ("03-01", "2028-02-29", "2027-03-01", "2028-02-29"),
    ],
)
def test_year_around_a_day(year_start: str, on: str, begins: str, ends: str) -> None:
    assert year_begin(year_start, day(on)) == day(begins)
    assert year_end(year_start, day(on)) == day(ends)


@given(month_days, dates)
def test_years_follow_each_other_without_gap(year_start: str, on: date) -> None:
    begins, ends = year_begin(year_start, on), year_end(year_start, on)

    assert begins <= on <= ends
    assert f"{begins:%m-%d}" == year_start
    assert year_begin(year_start, ends + timedelta(days=1)) == ends + timedelta(days=1)


@pytest.mark.parametrize("year_start", ["02-29", "13-01", "00-10", "1-1", "01-01x", ""])
def test_a_year_cannot_start_on_a_day_that_some_years_lack(year_start: str) -> None:
    with pytest.raises(ValueError, match=f"^'{year_start}' is not a"):
        year_end(year_start, day("2026-05-01"))


# --- working days --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start_on", "days", "expected"),
    [
        ("2026-02-12", 0, "2026-02-12"),
        ("2026-02-15", 0, "2026-02-24"),
        ("2026-02-12", 1, "2026-02-13"),
        ("2026-02-12", 2, "2026-02-14"),
        ("2026-02-12", 3, "2026-02-24"),
        ("2026-02-12", 7, "2026-02-28"),
        ("2025-12-31", 1, "2026-01-04"),
    ],
)
def test_working_days_skip_holidays_and_count_makeup_days(
    start_on: str, days: int, expected: str
) -> None:
    assert add_working_days(day(start_on), days, REST_DAYS) == day(expected)


@given(loaded_dates, st.integers(1, 120))
def test_working_days_between_counts_what_was_added(start_on: date, days: int) -> None:
    try:
        end_on = add_working_days(start_on, days, REST_DAYS)
    except CalendarGapError:
        assume(False)  # noqa: FBT003 - the count ran out of the loaded years

    assert working_days_between(start_on, end_on, REST_DAYS) == days
    assert not REST_DAYS.is_rest_day(end_on)


def test_no_working_day_lies_between_a_day_and_itself() -> None:
    assert working_days_between(day("2026-03-02"), day("2026-03-02"), REST_DAYS) == 0


def test_counting_into_an_unloaded_year_is_refused_with_the_year() -> None:
    with pytest.raises(CalendarGapError, match="2027: import that year first") as caught:
        add_working_days(day("2026-12-31"), 1, REST_DAYS)
    with pytest.raises(CalendarGapError):
        working_days_between(day("2026-12-30"), day("2027-01-04"), REST_DAYS)

    assert caught.value.year == 2027


def test_counting_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="not -1"):
        add_working_days(day("2026-03-02"), -1, REST_DAYS)
    with pytest.raises(ValueError, match="2026-03-01 lies before 2026-03-02"):
        working_days_between(day("2026-03-02"), day("2026-03-01"), REST_DAYS)


# --- building calendars --------------------------------------------------------------------------


def test_weekend_days_inside_a_holiday_carry_its_name() -> None:
    assert REST_DAYS.reason_to_rest(day("2026-02-21")) == "春节"
    assert REST_DAYS.reason_to_rest(day("2026-03-07")) == "weekend"
    assert REST_DAYS.reason_to_rest(day("2026-02-28")) is None
    assert REST_DAYS.reason_to_rest(day("2026-03-02")) is None


def test_the_version_names_the_content_and_not_its_order() -> None:
    assert RestDays.build([YEAR_2026, YEAR_2025]).version == REST_DAYS.version
    assert RestDays.build([YEAR_2025]).version != REST_DAYS.version
    assert RestDays.build([]).years == frozenset()
    renamed = CalendarYear(2026, "another notice", YEAR_2026.holidays, YEAR_2026.makeup)
    assert RestDays.build([YEAR_2025, renamed]).version != REST_DAYS.version


@pytest.mark.parametrize(
    ("holidays", "makeup", "complaint"),
    [
        ({"2027-01-01": "元旦"}, [], "2027-01-01 does not belong to 2026"),
        ({}, ["2025-12-28"], "2025-12-28 does not belong to 2026"),
        ({}, ["2026-03-02"], "2026-03-02 is a weekday and cannot be a make-up working day"),
        (
            {"2026-02-21": "春节"},
            ["2026-02-21"],
            "2026-02-21 is both a make-up working day and in 春节",
        ),
    ],
)
def test_a_contradiction_in_a_year_is_named(
    holidays: dict[str, str], makeup: list[str], complaint: str
) -> None:
    named = {day(text): name for text, name in holidays.items()}
    year = CalendarYear(2026, "notice", named, frozenset(map(day, makeup)))

    with pytest.raises(CalendarError) as caught:
        RestDays.build([year])

    assert caught.value.problems == (complaint,)


def test_every_contradiction_is_named_at_once() -> None:
    broken = CalendarYear(2026, "notice", {}, frozenset({day("2026-03-02"), day("2026-03-03")}))

    with pytest.raises(CalendarError) as caught:
        RestDays.build([YEAR_2026, broken])

    assert len(caught.value.problems) == 3
    assert "the year 2026 is given twice" in str(caught.value)


def test_overlapping_and_reversed_holidays_are_named() -> None:
    with pytest.raises(CalendarError) as caught:
        calendar_year(
            2026,
            [
                ("中秋节", "09-25", "10-01"),
                ("国庆节", "10-01", "10-07"),
                ("元旦", "01-03", "01-01"),
            ],
            [],
        )

    assert caught.value.problems == (
        "2026-10-01 lies both in 中秋节 and in 国庆节",
        "元旦 ends on 2026-01-01, before it begins",
    )
