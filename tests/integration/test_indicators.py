"""Indicators: each figure is what section D says, on any day and for any jurisdiction."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

import workflows
from lifecycle.clock import FixedClock
from lifecycle.store.session import create_engine
from tests.indicating import LEAD, figures, law, stored, told
from tests.plain_register import LONG_AGO, PlainRegister
from workflows.indicators.reporting import report, reports
from workflows.indicators.snapshots import (
    FreezeReasonError,
    freeze,
    freeze_due_stages,
    freeze_stages,
    snapshots,
)
from workflows.indicators.table import indicator_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

D1, D2, D3 = date(2011, 6, 7), date(2012, 6, 7), date(2013, 6, 7)
ONE_DAY = timedelta(days=1)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    made = create_engine(migrated_url, durable=False)
    yield made
    made.dispose()


def branches(count: int, certified: int, on: date) -> PlainRegister:
    """So many priority targets with an own branch, the first of them with a certificate."""
    register = PlainRegister()
    for number in range(count):
        body = register.body(register.organization(employees=30))
        if number < certified:
            register.certificate(body, on, on + ONE_DAY)
    return register


@pytest.mark.parametrize(
    ("count", "certified", "on", "met", "shown"),
    [
        (33, 9, D2, False, "27.2"),
        (33, 10, D2, True, "30.3"),
        (40, 12, D2, True, "30.0"),
        (40, 24, D3, True, "60.0"),
        (40, 23, D3, False, "57.5"),
    ],
)
def test_s11_the_rate_is_compared_by_whole_numbers(
    engine: Engine, count: int, certified: int, on: date, *, met: bool, shown: str
) -> None:
    one = figures(engine, branches(count, certified, on), on)["I3"]

    assert told(one) == (certified, count, met)
    assert one.percent == shown
    assert one.target is not None
    assert one.target.on == on


def test_s11_a_certificate_that_ran_out_a_week_before_is_not_counted(engine: Engine) -> None:
    register = PlainRegister()
    body = register.body(register.organization(employees=30))
    register.certificate(body, date(2011, 5, 31), date(2012, 6, 1))
    with stored(engine, register) as connection:
        assert report(connection, law(), date(2012, 5, 31))["I3"].numerator == 1
        assert report(connection, law(), D2)["I3"].numerator == 0


@pytest.mark.parametrize(
    ("basis", "counted", "other"),
    [("party_orgs", (1, 2), "I3.priority_orgs"), ("priority_orgs", (3, 5), "I3.party_orgs")],
)
def test_s11_a_joint_body_counts_once_or_for_each_and_attached_adds_none(
    engine: Engine, basis: str, counted: tuple[int, int], other: str
) -> None:
    register = PlainRegister()
    office = register.unit("city", "supervisory_unit")
    lead, *partners = (register.organization(employees=30) for _ in range(3))
    joint = register.body(lead, "joint", partners=partners)
    register.certificate(joint, LONG_AGO, date(2020, 1, 1))
    register.body(register.organization(employees=30))
    attached = register.organization(employees=30, supervisor=office)
    register.member(attached, register.unit_body(office))
    register.parameter("P24", basis)
    found = figures(engine, register, D2)

    assert (found["I3"].numerator, found["I3"].denominator) == counted
    assert other in found.by_id
    assert found[other].target is None
    assert found["I1"].numerator == 4


def test_what_counts_as_coverage_is_a_parameter(engine: Engine) -> None:
    def numerators(**parameters: bool) -> tuple[int | None, ...]:
        register = PlainRegister()
        office = register.unit("city", "supervisory_unit")
        own, joint, provisional, attached, _ = (
            register.organization(employees=30, supervisor=office) for _ in range(5)
        )
        register.body(own)
        register.body(joint, "joint")
        register.body(provisional, "provisional")
        register.member(attached, register.unit_body(office))
        for name, value in parameters.items():
            register.parameter(name, value)
        found = figures(engine, register, D1)
        assert found["I3"].denominator == found["I1"].numerator or "P27" in parameters
        return found["I1"].numerator, found["I3"].denominator, found["I6"].numerator

    assert numerators() == (2, 2, 2)
    assert numerators(P25=False) == (1, 1, 1)
    assert numerators(P26=True) == (3, 3, 3)
    assert numerators(P27=True) == (3, 2, 3)


def test_a_late_priority_target_stands_apart_until_its_own_stage_date(engine: Engine) -> None:
    register = PlainRegister()
    register.body(register.organization(employees=30))
    late = register.organization(employees=10)
    register.rows["headcount"][-1]["until_on"] = date(2012, 2, 29)
    register.headcount(late, date(2012, 2, 29), employees=30)
    with stored(engine, register) as connection:
        before = report(connection, law(), date(2012, 2, 28))
        during = report(connection, law(), date(2013, 2, 27))
        after = report(connection, law(), date(2013, 2, 28))

    assert told(before["I1"]) == (1, 1, True)
    assert before["I1"].listed() == {}
    assert told(during["I1"]) == (1, 1, True)
    assert during["I1"].listed() == {"stage_ahead": [f"organization:{late}"]}
    assert told(during["I1.all"]) == (1, 2, None)
    assert told(after["I1"]) == (1, 2, False)


def test_the_day_that_the_coverage_case_records_comes_before_that_of_the_statement(
    engine: Engine,
) -> None:
    register = PlainRegister()
    late = register.organization(employees=30)
    states = [("pending_coverage", date(2012, 1, 10))]
    fields = {"priority": True, "priority_since": "2012-01-10"}
    register.case("organization_coverage", ("organization", late), states, fields=fields)

    assert figures(engine, register, D2)["I1"].denominator == 0


def test_a_break_of_priority_starts_its_day_again(engine: Engine) -> None:
    register = PlainRegister()
    late = register.organization()
    for since, until, employees in (
        (LONG_AGO, date(2011, 12, 1), 30),
        (date(2011, 12, 1), date(2012, 1, 1), 29),
        (date(2012, 1, 1), None, 31),
    ):
        register.headcount(late, since, until, employees=employees)

    assert figures(engine, register, D2)["I1"].listed() == {"stage_ahead": ["organization:1"]}


def test_terms_and_denied_conditions_stay_in_the_denominator_and_are_named(engine: Engine) -> None:
    register = PlainRegister()
    granted, denied, wanting, late, _ = (register.organization(employees=30) for _ in range(5))
    for one in (granted, denied, late):
        body = register.body(one, "prospective")
        number = register.case("branch", ("party_body", body), [("duty_open", LONG_AGO)])
        due = D1 - ONE_DAY if one == late else D1
        register.deadline(number, "D5", LONG_AGO, due)
        if one == denied:
            register.entry(number, "conditions_denied", D1 - ONE_DAY)
            register.entry(number, "conditions_met", D1 + ONE_DAY)
    need = register.case("instructor_assignment", ("organization", wanting), [("wanted", LONG_AGO)])
    register.deadline(need, "D6", LONG_AGO, D2, ("met", D1 + ONE_DAY))
    with stored(engine, register) as connection:
        found = report(connection, law(), D1)
        later = report(connection, law(), D1 + ONE_DAY)

    assert told(found["I1"]) == (0, 5, False)
    assert found["I1"].listed() == {
        "conditions_denied": [f"organization:{denied}"],
        "grace_D5": [f"organization:{granted}"],
        "grace_D6": [f"organization:{wanting}"],
    }
    assert found["I11"].listed() == {"grace_D6": [f"organization:{wanting}"]}
    assert later["I1"].listed() == {}


def test_demonstration_points_are_counted_against_a_number(engine: Engine) -> None:
    register = PlainRegister()
    chief, small = register.organization(employees=30), register.organization(employees=29)
    for owner, name in ((chief, "demonstration"), (chief, "contact"), (small, "demonstration")):
        body = register.body(owner)
        register.dated("body_listing", {"body_id": body, "list": name})

    assert told(figures(engine, register, D1)["I2"]) == (1, None, True)
    register.parameter("P53", 2)
    assert told(figures(engine, register, D1)["I2"]) == (1, None, False)


def test_work_coverage_needs_all_three_components(engine: Engine) -> None:
    register = PlainRegister()
    area = register.unit("county", LEAD)
    worked, liaison, late, formed = (register.organization(employees=5) for _ in range(4))
    for one, kind in ((worked, "instructor"), (liaison, "liaison"), (late, "instructor")):
        register.post(one, kind)
        register.activists(one, 1)
        day = date(2010, 12, 31) if one == late else date(2011, 1, 1)
        register.attendance(area, one, "leaders", day)
    register.body(formed)
    with stored(engine, register) as connection:
        found = report(connection, law(), D2)
        last = report(connection, law(), date(2011, 12, 31))
    register.parameter("P45", value=True)
    lenient = figures(engine, register, D2)

    assert told(found["I4"]) == (2, 4, False)
    assert [told(found[name])[:2] for name in ("I4a", "I4b", "I4c")] == [(2, 4), (3, 4), (2, 4)]
    assert told(last["I4"])[0] == 3
    assert told(lenient["I4"])[0] == 3
    assert told(found["I6"]) == (2, 4, False)


def test_a_delegate_counts_where_the_parameter_says_so(engine: Engine) -> None:
    register = PlainRegister()
    area = register.unit("county", LEAD)
    one = register.organization(employees=5)
    register.attendance(area, one, "delegates", D1)
    register.attendance(area, one, "workers", D1)

    assert figures(engine, register, D2)["I4c"].numerator == 0
    register.parameter("P22", "leader_or_delegate")
    assert figures(engine, register, D2)["I4c"].numerator == 1


def test_qualified_others_and_those_that_owe_a_provisional_body(engine: Engine) -> None:
    register = PlainRegister()
    office = register.unit("county", "supervisory_unit")
    home = register.unit_body(office)
    formed, missing, provisional, _ = (
        register.organization(employees=5, supervisor=office) for _ in range(4)
    )
    own = register.body(formed)
    for _ in range(3):
        register.member(formed, own)
        register.member(missing, home)
        register.member(provisional, None, status="probationary")
    found = figures(engine, register, D3)

    assert told(found["I5"]) == (1, 2, False)
    assert told(found["I5.provisional"]) == (0, 1, None)


def test_an_organization_belongs_to_the_set_while_its_registration_runs(engine: Engine) -> None:
    register = PlainRegister()
    for states in (
        [("active", LONG_AGO)],
        [("active", LONG_AGO), ("changing", date(2010, 1, 1))],
        [("active", LONG_AGO), ("deregistering", D1)],
        [("active", LONG_AGO), ("deregistering", date(2010, 1, 1)), ("closed", D1)],
        [("active", D1 + ONE_DAY)],
    ):
        one = register.organization(employees=5)
        register.case("organization_registration", ("organization", one), states)
    register.organization(employees=5)
    register.organization(employees=5, until=D1)
    found = figures(engine, register, D1)

    assert found["I6"].behind.denominator == (1, 2, 5, 6)
    assert found["I12"].denominator == 4


def test_transfers_are_on_time_or_not_where_they_fell_due_in_the_period(engine: Engine) -> None:
    register = PlainRegister()
    owner = register.organization(employees=5)
    due = date(2012, 3, 1)
    for rule, day, closed, reason in (
        ("D8", due, ("met", due), None),
        ("D8", due, ("met", due + ONE_DAY), None),
        ("D8", due, None, None),
        ("D8", due, ("cancelled", due), None),
        ("D8", due, ("cancelled", due + ONE_DAY), None),
        ("D8", due, ("cancelled", due + ONE_DAY), "superseded"),
        ("D8", D2 - timedelta(days=366), ("met", LONG_AGO), None),
        ("D8", D2 + ONE_DAY, ("met", LONG_AGO), None),
        ("D10", D2, ("met", D2), None),
    ):
        place = register.member(owner)
        number = register.case(
            "member_relation", ("person_at_organization", place), [("formal_due", LONG_AGO)]
        )
        register.deadline(number, rule, LONG_AGO, day, closed, reason)
    with stored(engine, register) as connection:
        found = report(connection, law(), D2)
        longer = report(connection, law(), D2, since=date(2011, 6, 7))
        early = report(connection, law(), due)

    assert told(found["I7"]) == (1, 4, None)
    assert found["I7"].reference(found["I7"].behind.numerator[0]) == "MEM-1"
    assert told(found["I8"]) == (1, 1, None)
    assert told(longer["I7"])[:2] == (2, 5)
    assert told(early["I7"])[:2] == (2, 5)


def test_registration_events_count_from_the_day_they_were_opened(engine: Engine) -> None:
    register = PlainRegister()
    for anchor, due, closed in (
        (D2, D2 + timedelta(days=30), None),
        (D2 - timedelta(days=40), D2 - timedelta(days=10), ("met", D2 - timedelta(days=10))),
        (D2 - timedelta(days=400), D2 - timedelta(days=370), None),
    ):
        one = register.organization(employees=5)
        number = register.case(
            "organization_registration", ("organization", one), [("active", LONG_AGO)]
        )
        register.deadline(number, "D13", anchor, due, closed)
    found = figures(engine, register, D2)["I13"]

    assert told(found) == (1, 2, None)
    assert found.listed() == {"still_running": ["REG-1"]}


def test_the_age_of_provisional_bodies_is_a_median_of_days(engine: Engine) -> None:
    register = PlainRegister()
    assert told(figures(engine, register, D2)["I9"]) == (None, None, None)
    for days in (10, 20, 35):
        register.body(register.organization(), "provisional", since=D2 - timedelta(days=days))
    assert figures(engine, register, D2)["I9"].numerator == 20
    register.body(register.organization(), "provisional", since=D2 - timedelta(days=25))
    assert figures(engine, register, D2)["I9"].numerator == 22


def test_areas_that_kept_this_training_year_and_the_last(engine: Engine) -> None:
    register = PlainRegister()
    city = register.unit("city", LEAD)
    counties = [register.unit("county", LEAD, city) for _ in range(3)]
    register.unit("county", "supervisory_unit", counties[0])
    year, next_year = date(2011, 1, 1), date(2012, 1, 1)
    for area, states in (
        (city, [("open", year), ("held", D1), ("kept", next_year)]),
        (city, [("open", next_year)]),
        (counties[0], [("open", year), ("part_held", D1), ("missed", next_year)]),
        (counties[0], [("open", next_year), ("held", D2)]),
    ):
        register.case("training_year", ("unit", area), states)
    with stored(engine, register) as connection:
        found = report(connection, law(), D2)
        mine = report(connection, law(), D2, counties[0])
    register.parameter("P44", "city")
    of_city = figures(engine, register, D2)

    assert told(found["I10"]) == (1, 4, False)
    assert told(found["I10.last"]) == (1, 4, False)
    assert told(mine["I10"]) == (1, 1, True)
    assert told(of_city["I10.last"]) == (1, 1, True)


def test_instructors_at_priority_targets_with_and_without_a_body(engine: Engine) -> None:
    register = PlainRegister()
    for body, post in ((True, True), (True, False), (False, True), (False, False), (False, False)):
        one = register.organization(employees=30)
        if body:
            register.body(one, "provisional")
        if post:
            register.post(one)
    found = figures(engine, register, D2)

    assert [told(found[f"I11{part}"]) for part in ("", ".with_body", ".without_body")] == [
        (2, 5, None),
        (1, 2, None),
        (1, 3, None),
    ]


def test_decided_affiliations_with_the_interim_ones_apart(engine: Engine) -> None:
    register = PlainRegister()
    for state in ("undecided", "decided", "decided", "interim", "void"):
        one = register.organization(employees=5)
        register.case("affiliation", ("organization", one), [(state, LONG_AGO)])
    found = figures(engine, register, D2)

    assert told(found["I12"]) == (2, 5, None)
    assert told(found["I12.interim"]) == (1, 5, None)


def test_funding_sums_vouchers_and_what_is_due(engine: Engine) -> None:
    register = PlainRegister()
    for year, members, due, paid in ((2012, 8, 800, 800), (2012, 3, 300, 100), (2011, 5, 600, 600)):
        body = register.body(register.organization(employees=5))
        values = {"year": year, "members": members, "due_cny": due, "paid_cny": paid}
        register.dated("funding", {"body_id": body, **values})
    found = figures(engine, register, D2)

    assert told(found["I14"]) == (900, 1100, False)
    assert found["I14"].unit == "cny"
    assert told(found["I14.last"]) == (600, 600, True)
    assert len(found["I14.last"].listed()["other_rate"]) == 1
    register.parameter("P28", 120)
    assert "other_rate" not in figures(engine, register, D2)["I14.last"].listed()


def test_premises_and_terms_of_elected_bodies(engine: Engine) -> None:
    register = PlainRegister()
    for premises, term, branch in (
        ("accepted", "in_term", None),
        ("shared", "extended", "active"),
        ("building", "overdue", None),
        ("accepted", "due", "below_threshold"),
        (None, None, None),
    ):
        body = register.body(register.organization(employees=5))
        for workflow, state in (
            ("activity_premises", premises),
            ("branch_term", term),
            ("branch", branch),
        ):
            if state:
                register.case(workflow, ("party_body", body), [(state, LONG_AGO)])
        if term:
            register.dated("election", {"body_id": body})
    register.body(register.organization(), "provisional")
    found = figures(engine, register, D2)

    assert told(found["I15"]) == (2, 4, None)
    assert len(found["I15"].listed()["not_active"]) == 1
    assert told(found["I16"]) == (3, 4, None)
    assert len(found["I16"].listed()["not_recorded"]) == 1


def test_an_empty_register_has_nothing_to_tell(engine: Engine) -> None:
    found = figures(engine, PlainRegister(), D2)

    assert {one.met for one in found.figures if one.id != "I2"} == {None}
    assert {one.percent for one in found.figures} == {None}
    assert {one.verdict for one in found.figures if one.denominator == 0} == {"not_applicable"}
    assert told(found["I2"]) == (0, None, False)


def test_a_jurisdiction_is_whatever_lies_under_one_of_the_four_units(engine: Engine) -> None:
    register = PlainRegister()
    city = register.unit("city", LEAD)
    one, two = (register.unit("county", LEAD, city) for _ in range(2))
    bureau, town = register.unit("county", "bureau", one), register.unit("township", "town", one)
    places: tuple[dict[str, Any], ...] = (
        {"supervisor": bureau},
        {"registrar": bureau},
        {"township": town},
        {"county": one},
        {"county": two},
        {"county": two, "supervisor": bureau},
        {"supervisor": city},
        {},
    )
    for place in places:
        register.organization(employees=5, **place)
    with stored(engine, register) as connection:
        found = reports(connection, law(), D1, [None, city, one, two, bureau])

    assert [len(each["I6"].behind.denominator) for each in found] == [8, 8, 5, 2, 3]


def test_a_jurisdictions_own_parameters_hold_for_its_own_report(engine: Engine) -> None:
    register = PlainRegister()
    city = register.unit("city", LEAD)
    county = register.unit("county", LEAD, city)
    register.body(register.organization(employees=30, county=county), "provisional")
    register.parameter("P26", value=True, unit_id=county)
    register.parameter("P1", "2010-01-01", county)
    with stored(engine, register) as connection:
        whole, part = reports(connection, law(), D1, [city, county])

    assert (whole["I1"].numerator, part["I1"].numerator) == (0, 1)
    assert whole.stages == (D1, D2, D3)
    assert part.stages == (date(2011, 1, 1), date(2012, 1, 1), date(2013, 1, 1))


@pytest.fixture
def statements(engine: Engine) -> Iterator[Callable[[], int]]:
    """How many statements were sent since the last time it was asked."""
    sent: list[str] = []

    def note(*given: Any) -> None:  # noqa: ANN401 - the event's arguments
        sent.append(given[2])

    def count() -> int:
        number = len(sent)
        sent.clear()
        return number

    sa.event.listen(engine, "before_cursor_execute", note)
    yield count
    sa.event.remove(engine, "before_cursor_execute", note)


def test_the_number_of_statements_is_the_same_for_few_and_for_many(
    engine: Engine, statements: Callable[[], int]
) -> None:
    needed = []
    for count, places in ((5, 1), (50, 12)):
        register = PlainRegister()
        city = register.unit("city", LEAD)
        counties = [register.unit("county", LEAD, city) for _ in range(places)]
        for number in range(count):
            one = register.organization(employees=30, county=counties[number % places])
            register.member(one, register.body(one))
        with stored(engine, register) as connection:
            statements()
            reports(connection, law(), D2, [None, *counties])
            needed.append(statements())

    assert needed[0] == needed[1] < 30


def small_city() -> tuple[PlainRegister, int, int]:
    register = PlainRegister()
    city = register.unit("city", LEAD)
    county = register.unit("county", LEAD, city)
    register.body(register.organization(employees=30, county=county))
    register.organization(employees=30, county=county)
    return register, city, county


def test_frozen_figures_stay_and_a_correction_is_a_new_version_with_a_reason(
    engine: Engine,
) -> None:
    register, city, _ = small_city()
    now = FixedClock.on(D1).instant
    with stored(engine, register) as connection:
        found = report(connection, law(), D1, city)
        first = freeze(connection, found, now=now, by="li")
        again = freeze(connection, found, now=now, by="li")
        connection.execute(
            sa.update(workflows.register.organization_profile).values(until_on=date(2010, 1, 1))
        )
        corrected = report(connection, law(), D1, city)
        with pytest.raises(FreezeReasonError):
            freeze(connection, corrected, now=now, by="li")
        second = freeze(connection, corrected, now=now, by="li", reason="统计口径更正")
        kept = snapshots(connection, city, D1)

    assert (first.version, first.is_new, again.version, again.is_new) == (1, True, 1, False)
    assert (second.version, second.reason) == (2, "统计口径更正")
    assert [one.version for one in kept] == [1, 2]
    assert kept[0].figures == first.figures
    assert [one["numerator"] for one in first.statement()] == [1, 0]
    assert first.stage == "D1"


def test_the_database_refuses_to_change_or_remove_what_is_frozen(engine: Engine) -> None:
    register, city, _ = small_city()
    t = indicator_snapshot
    for act in (
        sa.update(t).values(version=7),
        sa.update(t).values(reason="other"),
        sa.update(t).values(reason="", figures=[]),
        sa.delete(t),
    ):
        with stored(engine, register) as connection:
            found = report(connection, law(), D1, city)
            freeze(connection, found, now=FixedClock.on(D1).instant, by="li", reason="free text")
            with pytest.raises(sa.exc.DBAPIError, match="append-only"):
                connection.execute(act)
    with stored(engine, register) as connection:
        found = report(connection, law(), D1, city)
        freeze(connection, found, now=FixedClock.on(D1).instant, by="li", reason="free text")
        connection.execute(sa.update(t).values(reason=""))


def test_each_stage_date_is_frozen_once_when_its_day_is_over(engine: Engine) -> None:
    register, city, county = small_city()
    with stored(engine, register) as connection:
        assert freeze_stages(connection, law(), FixedClock.on(D1)) == 0
        made = freeze_due_stages(connection, law(), FixedClock.on(D1 + ONE_DAY))
        assert freeze_stages(connection, law(), FixedClock.on(D2)) == 0
        assert freeze_stages(connection, law(), FixedClock.on(D3 + ONE_DAY)) == 4
        assert freeze_stages(connection, law(), FixedClock.on(D3 + ONE_DAY)) == 0

    assert [(one.unit_id, one.as_of, one.stage) for one in made] == [
        (city, D1, "D1"),
        (county, D1, "D1"),
    ]
    (coverage, points) = made[1].statement()
    assert (coverage["indicator"], points["indicator"]) == ("I1", "I2")
    assert (coverage["numerator"], coverage["denominator"], coverage["as_of"]) == (1, 2, D1)
