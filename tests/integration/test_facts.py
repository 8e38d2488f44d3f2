"""Facts: one by one and by sets they are the same, and they are what the rows say."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle import engine
from lifecycle.cases import Subject
from lifecycle.errors import LifecycleError
from lifecycle.register import end
from lifecycle.store.tables import case, case_state
from tests.builders import app_on, move_clock
from tests.tale import OFFICER
from workflows import byhand, recording
from workflows.facts import FACTS
from workflows.register import TABLES
from workflows.subjects import ORGANIZATION, PLACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.wiring import App
    from lifecycle.work import Work

START = date(2026, 1, 5)
DAYS = [START + timedelta(days=one) for one in (-40, 0, 30, 31, 75, 110, 160)]
SUBJECTS = sorted({kind for kind, _ in FACTS.facts} & TABLES.keys())


@dataclass
class Town:
    """A small population that dice have moved about for some months."""

    app: App
    units: list[int]
    organizations: list[int]
    people: list[int]
    places: list[int]
    _rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def act(self, what: Callable[..., Any], *about: Any, **given: Any) -> Any:  # noqa: ANN401
        """Does something in a unit of work of its own."""

        def run(connection: sa.Connection) -> Any:  # noqa: ANN401 - whatever it gives
            work = engine.begin(connection, self.app.registry, self.app.clock, OFFICER)
            return what(work, *about, **given)

        return self.app.write(run)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows that the database vouches for now."""
        if table in self._rows:
            return self._rows[table]
        t = {**TABLES, "case": case, "case_state": case_state}[table]
        statement = sa.select(t)
        if "known_until" in t.c:
            statement = statement.where(t.c.known_until.is_(None))
        found = self.app.read(lambda c: c.execute(statement).mappings().all())
        self._rows[table] = [dict(one) for one in found]
        return self._rows[table]

    def read(self, kind: str, names: list[str], on: date) -> dict[int, dict[str, Any]]:
        """The facts of every subject of a kind, by sets."""
        subjects = sa.select(TABLES[kind].c.id)
        reader = self.app.registry.reader
        return self.app.read(lambda c: reader.read_many(c, kind, subjects, names, on))


def grown(app: App, seed: int) -> Town:
    """Two units, four organizations, seven people; then a step every few days."""
    dice = random.Random(seed)  # noqa: S311 - it chooses a story
    town = Town(app, [], [], [], [])
    for name in ("bureau", "office"):
        unit = {"name": name, "level": "county", "kind": "supervisory_unit", "mail": f"{name}@x.cn"}
        town.units.append(town.act(byhand.add_unit, **unit))
    for number, body in enumerate(("own", "joint", None, None)):
        shop = {
            "name": f"shop {number}",
            "credit_code": f"C{number}",
            "kind": None if number == 2 else "association",
            "supervisor_id": None if number == 3 else town.units[number % 2],
            "township_id": town.units[1] if number == 3 else None,
            "registered_on": date(2015, 1, 1),
            "body": body,
        }
        town.organizations.append(town.act(byhand.add_organization, **shop))
    for number in range(7):
        somebody = {
            "name": f"王{number}",
            "birth_on": date(1980, 1, 1),
            "admitted_on": date(2010, 1, 1 + number),
            "status": dice.choice(["full", "probationary"]),
            "home_body_id": town.act(some_body, town, dice),
        }
        town.people.append(town.act(byhand.add_person, **somebody))
    for days in range(0, 110, 7):
        day = START + timedelta(days=days)
        move_clock(app, day)
        for _ in range(3):
            step(town, dice, day)
    closed = START + timedelta(days=112)
    move_clock(app, closed)
    last = Subject(ORGANIZATION, town.organizations[-1])
    ending = end("organization_profile", {"organization_id": last.id}, closed)
    town.act(engine.record_rows, last, [ending], closed)
    return town


def some_body(work: Work, town: Town, dice: random.Random) -> int | None:
    """A body that may hold a relation, or none that is known."""
    choice = dice.randrange(6)
    if choice == 0:
        return None
    if choice <= 2:
        return byhand.own_body_of(work.connection, town.organizations[choice - 1])
    return byhand.unit_body_of(work.connection, town.units[choice % 2])


def step(town: Town, dice: random.Random, day: date) -> None:
    """Somebody begins, leaves, changes or moves; what the rules refuse is left out."""
    what = dice.randrange(5)
    begins = what <= 1 or not town.places
    try:
        if begins:
            given = {
                "person_id": dice.choice(town.people),
                "organization_id": dice.choice(town.organizations),
                "employment": dice.choice(["full_time", "part_time"]),
                "since": day - timedelta(days=dice.randrange(30)),
            }
            town.places.append(town.act(byhand.add_engagement, **given))
            return
        place = Subject(PLACE, dice.choice(town.places))
        shop = Subject(ORGANIZATION, dice.choice(town.organizations))
        body = town.act(some_body, town, dice) or 1
        work = dice.choice(["full_time", "part_time", "left", "left"])
        counts = {"members": dice.randrange(80), "activists": dice.randrange(3)}
        told = [(place, {"employment": work}), (place, {"home": body}), (shop, counts)][what - 2]
        town.act(recording.record, *told, day)
    except LifecycleError:
        return


@pytest.fixture
def town(migrated_url: str, backend: str) -> Iterator[Town]:
    with app_on(migrated_url, START) as app:
        yield grown(app, seed=len(backend))


def test_one_by_one_and_by_sets_facts_are_the_same(town: Town) -> None:
    facts = town.app.registry.facts
    for kind in SUBJECTS:
        names = [name for name in facts.names(kind) if facts.get(kind, name).read is not None]
        for on in DAYS:
            many = town.read(kind, names, on)
            for number, expected in many.items():
                one = town.act(by_itself, Subject(kind, number), names, on)

                assert settled(one) == settled(expected), f"{kind} {number} on {on}"
                policy = town.app.registry.policy.at(on)
                full = facts.derive(kind, facts.names(kind), one, policy)
                assert set(full) == set(facts.names(kind)), f"{kind} {number} on {on}"


def by_itself(work: Work, subject: Subject, names: list[str], on: date) -> dict[str, Any]:
    return work.registry.reader.read_one(work.connection, (subject.type, subject.id), names, on)


def settled(values: dict[str, Any]) -> dict[str, Any]:
    """Lists in texts have no order."""
    return {
        name: sorted(one.split(",")) if isinstance(one, str) and "," in one else one
        for name, one in values.items()
    }


# -- the same facts, written down a second time in plain Python ---------------------------------


@dataclass
class Day:
    """What holds on one day."""

    town: Town
    on: date

    def holding(self, table: str, **where: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        return [
            row
            for row in self.past(table, **where)
            if row["until_on"] is None or row["until_on"] > self.on
        ]

    def past(self, table: str, **where: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        return [
            row
            for row in self.town.rows(table)
            if row["from_on"] <= self.on and all(row[name] == one for name, one in where.items())
        ]

    def unit_bodies(self, organization: int) -> dict[str, int]:
        """The bodies of the supervisory unit and of the territory."""
        profile = self.holding("organization_profile", organization_id=organization)
        if not profile:
            return {}
        units = {
            "supervisor": profile[0]["supervisor_id"],
            "territory": profile[0]["township_id"] or profile[0]["county_id"],
        }
        bodies = {row["unit_id"]: row["id"] for row in self.town.rows("party_body")}
        return {name: bodies[unit] for name, unit in units.items() if unit in bodies and unit}

    def own_bodies(self, organization: int, *, elected: bool = False) -> list[int]:
        kinds = {"own", "joint", "building"} | (set() if elected else {"provisional"})
        own = {
            row["id"]
            for row in self.town.rows("party_body")
            if row["organization_id"] == organization
        }
        serving = self.holding("body_serves", organization_id=organization)
        return [row["body_id"] for row in serving] + [
            row["body_id"]
            for row in self.holding("body_kind")
            if row["body_id"] in own and row["kind"] in kinds
        ]

    def place(self, place: dict[str, Any]) -> dict[str, Any]:
        """The facts of a person at an organization."""
        person, organization = place["person_id"], place["organization_id"]
        here = self.holding("engagement", person_at_organization_id=place["id"])
        ever = self.past("engagement", person_at_organization_id=place["id"])
        status = self.holding("party_status", person_id=person)
        holder = [row["body_id"] for row in self.holding("formal_relation", person_id=person)]
        responsible = [*self.own_bodies(organization), *self.unit_bodies(organization).values()]
        own = self.own_bodies(organization)
        units = self.unit_bodies(organization)
        profile = self.holding("organization_profile", organization_id=organization)
        full = [row for row in here if row["employment"] == "full_time"]
        ended = [
            row["until_on"]
            for row in ever
            if row["until_on"] is not None and row["until_on"] <= self.on
        ]
        return {
            "employment": here[0]["employment"] if here else None,
            "engaged": bool(here),
            "employment_ended": bool(ever) and not here,
            "employment_ended_on": max(ended, default=None),
            "engaged_on_the_day": any(
                row["until_on"] is None or row["until_on"] >= self.on for row in ever
            ),
            "full_time_since": full[0]["from_on"] if full else None,
            "party_status": status[0]["status"] if status else None,
            "home_body": holder[0] if holder else None,
            "formal_held_here": bool(holder) and holder[0] in responsible,
            "other_formal_relation": self.held_elsewhere(place),
            "body_in_charge": next(
                iter([*own, *(units[one] for one in ("supervisor", "territory") if one in units)]),
                None,
            ),
            "subject_ended": not profile,
        }

    def held_elsewhere(self, place: dict[str, Any]) -> bool:
        others = {
            row["id"]
            for row in self.town.rows("person_at_organization")
            if row["person_id"] == place["person_id"] and row["id"] != place["id"]
        }
        cases = {
            row["id"]
            for row in self.town.rows("case")
            if row["workflow"] == "member_relation" and row["subject_id"] in others
        }
        return any(
            row["case_id"] in cases
            and row["state"] in {"formal_in", "move_out_due", "out_of_touch"}
            for row in self.holding("case_state")
        )

    def organization(self, number: int) -> dict[str, Any]:
        """The facts of an organization: the counts of the duty table and what serves it."""
        places = {
            row["id"]: row["person_id"]
            for row in self.town.rows("person_at_organization")
            if row["organization_id"] == number
        }
        engaged = {
            places[row["person_at_organization_id"]]
            for row in self.holding("engagement")
            if row["person_at_organization_id"] in places
        }
        status = {row["person_id"]: row["status"] for row in self.holding("party_status")}
        engaged &= status.keys()
        own = self.own_bodies(number)
        there = own or list(self.unit_bodies(number).values())
        held = {
            row["person_id"] for row in self.holding("formal_relation") if row["body_id"] in there
        } & engaged
        counts = self.holding("headcount", organization_id=number)
        return {
            "members_engaged": len(engaged),
            "full_members_engaged": sum(status[one] == "full" for one in engaged),
            "members_held_here": len(held),
            "formal_full_members": sum(status[one] == "full" for one in held),
            "body_serves": bool(self.holding("body_serves", organization_id=number)),
            "any_body_serves": bool(own),
            "on_register": bool(self.holding("organization_profile", organization_id=number)),
            "members": counts[0]["members"] if counts else None,
            "headcount_recorded": bool(counts),
        }


def test_facts_are_what_the_rows_say(town: Town) -> None:
    places = town.rows("person_at_organization")
    seen: dict[str, set[Any]] = {}
    for on in DAYS:
        day = Day(town, on)
        persons = {place["id"]: day.place(place) for place in places}
        counts = {number: day.organization(number) for number in town.organizations}

        assert town.read(PLACE, list(next(iter(persons.values()))), on) == persons, on
        assert town.read(ORGANIZATION, list(next(iter(counts.values()))), on) == counts, on
        service_counts_from_the_last_unbroken_stretch(town, day)
        for values in (*persons.values(), *counts.values()):
            for name, value in values.items():
                seen.setdefault(name, set()).add(value)
    dull = [name for name, values in seen.items() if len(values) == 1]
    assert dull == [], "the story shows only one value of these"


def service_counts_from_the_last_unbroken_stretch(town: Town, day: Day) -> None:
    registry, on = town.app.registry, day.on
    policy = registry.policy.at(on)
    for number, values in town.read(PLACE, ["service_since"], on).items():
        found = registry.facts.derive(PLACE, ["service_since"], values, policy)
        rows = day.past("engagement", person_at_organization_id=number)
        part = sorted(
            (row["from_on"], row["until_on"] or date.max)
            for row in rows
            if row["employment"] == "part_time"
        )
        since = part[-1][0] if part else None
        for begins, until in reversed(part[:-1]):
            if until != since:
                break
            since = begins

        assert found["service_since"] == since, f"{number} on {on}"
