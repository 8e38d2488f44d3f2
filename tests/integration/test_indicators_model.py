"""Random registers: the grouped reads are the facts, and the figures are what the rows say."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.store.session import create_engine
from lifecycle.store.types import END_OF_TIME
from tests.indicating import LEAD, law, stored
from tests.plain_register import LONG_AGO, PlainRegister
from workflows.indicators.assembling import grouped_facts, read_register
from workflows.indicators.reading import Reading
from workflows.indicators.reporting import report
from workflows.register import organization_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

DAYS = [date(2010, 6, 8), date(2011, 6, 7), date(2012, 1, 1), date(2012, 6, 7), date(2013, 6, 7)]
"""The programme runs from 2010-06-07: rows begin and end on some of these days."""

few = settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    made = create_engine(migrated_url, durable=False)
    yield made
    made.dispose()


def some_day(dice: random.Random) -> date:
    return dice.choice([LONG_AGO, LONG_AGO, *DAYS])


def random_register(dice: random.Random) -> PlainRegister:
    register = PlainRegister()
    city = register.unit("city", LEAD)
    units = [city, *(register.unit("county", LEAD, city) for _ in range(2))]
    units += [register.unit("county", "bureau", dice.choice(units)) for _ in range(3)]
    owners = [random_organization(register, dice, units) for _ in range(14)]
    bodies = [random_body(register, dice, one, owners) for one in owners if dice.random() < 0.6]
    homes: list[int | None] = [None, *bodies, *(register.unit_body(one) for one in units)]
    for _ in range(40):
        owner = dice.choice(owners)
        mine = [row["id"] for row in register.rows["party_body"] if row["organization_id"] == owner]
        held = dice.choice([*mine, *mine, *mine, dice.choice(homes)])
        status = dice.choice(["full", "full", "probationary"])
        since, until = some_day(dice), dice.choice([None, None, date(2012, 3, 1)])
        until = until if until is None or until > since else None
        register.member(owner, held, status=status, since=since, until=until)
    for one in owners:
        random_work(register, dice, one, units[1])
    return register


def random_organization(register: PlainRegister, dice: random.Random, units: list[int]) -> int:
    kind = dice.choice(["association", "private_nonenterprise_unit", None])
    places: dict[str, Any] = {
        name: dice.choice([None, *units])
        for name in ("supervisor", "registrar", "county", "township")
    }
    until = dice.choice([None, None, None, date(2012, 1, 1)])
    made = register.organization(kind=kind, until=until, **places)
    for since, end in ((LONG_AGO, date(2011, 6, 7)), (date(2011, 6, 7), None)):
        counts = {name: dice.choice([None, 0, 1, 29, 30, 79, 80]) for name in COUNTS}
        register.headcount(made, since, end, **counts)
    for workflow, states in STATES.items():
        if dice.random() < 0.7:
            told = [(dice.choice(states), LONG_AGO), (dice.choice(states), date(2012, 1, 1))]
            register.case(workflow, ("organization", made), told)
    return made


COUNTS = ("members", "unit_members", "full_time", "part_time", "employees")
STATES = {
    "organization_registration": ["active", "changing", "active", "deregistering"],
    "affiliation": ["undecided", "decided", "interim"],
}


def random_body(register: PlainRegister, dice: random.Random, owner: int, owners: list[int]) -> int:
    kind = dice.choice(["own", "own", "joint", "building", "provisional", "prospective"])
    partners = dice.sample([one for one in owners if one != owner], dice.choice([0, 2]))
    body = register.body(owner, kind, partners=partners, since=some_day(dice))
    if dice.random() < 0.5:
        register.certificate(body, dice.choice(DAYS), date(2012, 12, 31))
    if dice.random() < 0.4:
        register.dated("body_listing", {"body_id": body, "list": "demonstration"}, some_day(dice))
    if dice.random() < 0.6:
        register.dated("election", {"body_id": body}, some_day(dice))
    for workflow, states in BODY_STATES.items():
        if dice.random() < 0.6:
            told = [(dice.choice(states), LONG_AGO), (dice.choice(states), date(2012, 1, 1))]
            register.case(workflow, ("party_body", body), told)
    return body


BODY_STATES = {
    "branch": ["active", "below_threshold", "adjusting"],
    "branch_term": ["in_term", "due", "extended", "overdue"],
    "activity_premises": ["planned", "building", "accepted", "shared"],
}


def random_work(register: PlainRegister, dice: random.Random, one: int, area: int) -> None:
    if dice.random() < 0.6:
        register.post(one, dice.choice(["instructor", "liaison"]))
    if dice.random() < 0.7:
        register.activists(one, dice.choice([0, 1, 3]))
    for _ in range(dice.choice([0, 1, 2])):
        audience = dice.choice(["leaders", "workers"])
        on = date(dice.choice([2009, 2010, 2011, 2012]), dice.randint(1, 12), dice.randint(1, 28))
        register.attendance(area, one, audience, on)


class Model:
    """The figures by the words of the rulebook, one row after the other; shipped parameters."""

    def __init__(self, register: PlainRegister, on: date) -> None:
        self.rows, self.on = register.rows, on
        self.there = [one for one in self.organizations() if self.registered(one)]
        self.priority = [one for one in self.there if self.is_priority(one)]
        self.rest = [one for one in self.there if one not in self.priority]

    def holding(self, table: str, **where: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - values
        return [
            row
            for row in self.rows[table]
            if row["from_on"] <= self.on
            and (row["until_on"] is None or row["until_on"] > self.on)
            and all(row[name] == value for name, value in where.items())
        ]

    def organizations(self) -> list[int]:
        return [row["organization_id"] for row in self.holding("organization_profile")]

    def state(self, workflow: str, subject_id: int) -> str | None:
        for row in self.rows["case"]:
            if (row["workflow"], row["subject_id"]) == (workflow, subject_id):
                states = self.holding("case_state", case_id=row["id"])
                return str(states[0]["state"]) if states else None
        return None

    def registered(self, one: int) -> bool:
        return self.state("organization_registration", one) in (None, "active", "changing")

    def is_priority(self, one: int) -> bool:
        (profile,) = self.holding("organization_profile", organization_id=one)
        (counts,) = self.holding("headcount", organization_id=one)
        if profile["kind"] is None:
            return False
        if profile["kind"] == "association":
            members, units, staff = (counts[n] for n in ("members", "unit_members", "full_time"))
            if members is None or staff is None:
                return False
            return bool(members + (units or 0) >= 80 and staff >= 1)
        total = counts["employees"]
        if total is None:
            total = (counts["full_time"] or 0) + (counts["part_time"] or 0)
        return bool(total >= 30)

    def kinds(self, one: int) -> dict[int, str]:
        """The bodies in force that are responsible for an organization."""
        owned = {row["id"] for row in self.rows["party_body"] if row["organization_id"] == one}
        served = {row["body_id"] for row in self.holding("body_serves", organization_id=one)}
        found = {row["body_id"]: row["kind"] for row in self.holding("body_kind")}
        return {n: found[n] for n in owned | served if found.get(n, "prospective") != "prospective"}

    def elected(self, one: int) -> bool:
        return any(kind != "provisional" for kind in self.kinds(one).values())

    def members(self, one: int) -> list[tuple[bool, bool]]:
        """For every member at work: full, and whether the relation is held here."""
        (profile,) = self.holding("organization_profile", organization_id=one)
        here = set(self.kinds(one))
        if not here:
            territory = profile["township_id"] or profile["county_id"]
            places = {profile["supervisor_id"], territory} - {None}
            here = {row["id"] for row in self.rows["party_body"] if row["unit_id"] in places}
        found = []
        for place in self.rows["person_at_organization"]:
            if place["organization_id"] == one and self.holding(
                "engagement", person_at_organization_id=place["id"]
            ):
                person = place["person_id"]
                (status,) = self.holding("party_status", person_id=person)
                (relation,) = self.holding("formal_relation", person_id=person)
                found.append((status["status"] == "full", relation["body_id"] in here))
        return found

    def instructor(self, one: int) -> bool:
        return bool(self.holding("instructor_post", organization_id=one, kind="instructor"))

    def activists(self, one: int) -> bool:
        rows = self.holding("activist_count", organization_id=one)
        return any(row["activists"] >= 1 for row in rows)

    def trained(self, one: int) -> bool:
        rows = self.holding("attendance", organization_id=one, audience="leaders")
        return any(row["from_on"].year >= self.on.year - 1 for row in rows)

    def worked(self, one: int) -> bool:
        return self.instructor(one) and self.activists(one) and self.trained(one)

    def figures(self) -> dict[str, tuple[int, int | None]]:
        serving = {
            body: kind
            for one in self.priority
            for body, kind in self.kinds(one).items()
            if kind != "provisional"
        }
        certified = {row["body_id"] for row in self.holding("certificate")}
        listed = {row["body_id"] for row in self.holding("body_listing")}
        own = {
            row["body_id"]
            for row in self.holding("body_kind")
            if row["kind"] in ("own", "joint", "building")
        }
        active = {n for n in own if self.state("branch", n) in (None, "active")}
        ready = {n for n in active if self.state("activity_premises", n) in ("accepted", "shared")}
        in_team = {row["body_id"] for row in self.holding("election")}
        in_team = {n for n in own if n in in_team or self.state("branch_term", n)}
        order = {
            n for n in in_team if self.state("branch_term", n) in BODY_STATES["branch_term"][:3]
        }
        return {
            "I1.all": self.share(self.priority, self.elected),
            "I2": (len(serving.keys() & listed), None),
            "I3": (len(serving.keys() & certified), len(serving)),
            "I3.priority_orgs": self.share(
                self.priority,
                lambda one: any(
                    body in certified and kind != "provisional"
                    for body, kind in self.kinds(one).items()
                ),
            ),
            "I4": self.share(self.rest, lambda one: self.worked(one) or self.elected(one)),
            "I4a": self.share(self.rest, self.instructor),
            "I4b": self.share(self.rest, self.activists),
            "I4c": self.share(self.rest, self.trained),
            "I5": self.share([one for one in self.rest if self.full_here(one) >= 3], self.elected),
            "I5.provisional": self.share(
                [one for one in self.rest if self.owes_provisional(one)],
                lambda one: bool(self.kinds(one)),
            ),
            "I6": self.share(self.there, lambda one: self.worked(one) or self.elected(one)),
            "I11": self.share(self.priority, self.instructor),
            "I11.with_body": self.share(
                [one for one in self.priority if self.kinds(one)], self.instructor
            ),
            "I12": self.share(self.there, lambda one: self.state("affiliation", one) == "decided"),
            "I15": (len(ready), len(active)),
            "I16": (len(order), len(in_team)),
        }

    def full_here(self, one: int) -> int:
        return sum(full and here for full, here in self.members(one))

    def owes_provisional(self, one: int) -> bool:
        members = self.members(one)
        elsewhere = sum(not here for _, here in members)
        return self.full_here(one) < 3 and len(members) >= 3 and elsewhere >= 1

    @staticmethod
    def share(group: list[int], test: Any) -> tuple[int, int]:  # noqa: ANN401 - a condition
        return sum(bool(test(one)) for one in group), len(group)


@few
@given(seed=st.integers(0, 10**9))
def test_the_figures_are_what_the_rows_say(engine: Engine, seed: int) -> None:
    register = random_register(random.Random(seed))  # noqa: S311 - it makes up a register
    with stored(engine, register) as connection:
        for on in DAYS:
            found = report(connection, law(), on)
            expected = Model(register, on).figures()

            assert {
                name: (found[name].numerator, found[name].denominator) for name in expected
            } == expected, on


@few
@given(seed=st.integers(0, 10**9))
def test_the_grouped_reads_are_the_facts(engine: Engine, seed: int) -> None:
    register = random_register(random.Random(seed))  # noqa: S311 - as above
    with stored(engine, register) as connection:
        for on in DAYS:
            grouped = grouped_facts(
                read_register(Reading(connection, on, END_OF_TIME), law().policy)
            )
            names = list(next(iter(grouped.values())))
            p = organization_profile.c
            subjects = sa.select(p.organization_id).where(
                p.from_on <= on, sa.or_(p.until_on.is_(None), p.until_on > on)
            )
            one_by_one = law().reader.read_many(connection, "organization", subjects, names, on)

            assert _comparable(grouped) == _comparable(one_by_one), on


def _comparable(facts: Any) -> dict[int, dict[str, Any]]:  # noqa: ANN401 - facts by subject
    """The statements of a headcount come in any order."""
    return {
        number: {**values, "headcount_rows": sorted(str(values["headcount_rows"]).split(";"))}
        for number, values in facts.items()
    }
