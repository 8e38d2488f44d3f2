"""Puts the register of a day together from a fixed number of SELECTs, however large it is.

What a fact derives from values and parameters is derived here by the same function, at the
organization's own unit; only the values are read grouped.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from lifecycle.workdays import ONE_DAY, year_begin
from workflows.facts import FACTS
from workflows.facts.shared import ELECTED, IN_FORCE
from workflows.indicators import case_reads, reads
from workflows.indicators.base import Body, Local, Organization, Register, unit_in_charge
from workflows.indicators.places import places_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from lifecycle.facts import FactValue
    from lifecycle.policy import Parameters, Policy
    from workflows.indicators.reading import Reading

ORGANIZATION = "organization"
REGISTERED = ("active", "changing")
"""States of a registration case in which an organization belongs to A(d)."""

WANTED = (
    "priority_now",
    "attached_fully",
    "instructors_in_office",
    "formal_full_members",
    "members_counted",
    "members_elsewhere",
    "activists",
)
"""The facts that the indicators ask of every organization."""

LEADERS = frozenset({"leader", "leaders", "both"})
DELEGATES = frozenset({"delegate", "delegates"})
"""Audiences of an attendance row that P22 may count."""


def read_register(reading: Reading, policy: Policy) -> Register:
    """The register on the day, in a fixed number of SELECTs."""
    places = places_in(reading.connection)
    homes, kinds = _profiles(reading)
    registered = {
        row[1]: row[3] for row in case_reads.states(reading, ["organization_registration"])
    }
    there = {
        one: kind for one, kind in kinds.items() if registered.get(one, "active") in REGISTERED
    }
    bodies = {
        number: Body(number, organization_id, kind)
        for number, organization_id, _, kind in reads.bodies(reading)
    }
    serving: dict[int, list[int]] = defaultdict(list)
    for organization_id, body_id in reads.serving(reading):
        serving[organization_id].append(body_id)
    register = Register(
        reading=reading,
        policy=policy,
        places=places,
        local=Local(policy, reading.on),
        homes=homes,
        kinds=kinds,
        statements=dict(reads.headcount_rows(reading)),
        bodies=bodies,
        body_units=dict(reads.unit_bodies(reading)),
        serving=dict(serving),
        responsible=_responsible(bodies, serving),
    )
    trained = _trained(reading)
    for number, values in _values(register, there):
        register.organizations[number] = _organization(
            register, number, values, trained.get(number, {})
        )
    return register


def grouped_facts(register: Register) -> dict[int, dict[str, FactValue]]:
    """The read facts behind the indicators, grouped: what `FactReader.read_many` gives too."""
    return dict(_values(register, register.kinds))


def _profiles(
    reading: Reading,
) -> tuple[dict[int, tuple[int | None, ...]], dict[int, str | None]]:
    """The four places of all, also of those that have ended; the kinds of those on the register."""
    homes: dict[int, tuple[int | None, ...]] = {}
    kinds: dict[int, str | None] = {}
    for number, until_on, kind, *places in reads.profiles(reading):
        homes[number] = tuple(places)
        if until_on is None or until_on > reading.on:
            kinds[number] = kind
    return homes, kinds


def _responsible(
    bodies: Mapping[int, Body], serving: Mapping[int, list[int]]
) -> dict[int, tuple[Body, ...]]:
    """By organization: its own bodies in force, and the elected ones that serve it."""
    found: dict[int, dict[int, Body]] = defaultdict(dict)
    for body in bodies.values():
        if body.organization_id is not None and body.kind in IN_FORCE:
            found[body.organization_id][body.id] = body
    for organization_id, body_ids in serving.items():
        for one in body_ids:
            # A row without a kind is told as the fact tells it: an elected body serves.
            found[organization_id][one] = bodies.get(one) or Body(one, None, ELECTED[0])
    return {number: tuple(one.values()) for number, one in found.items()}


def _values(
    register: Register, there: Mapping[int, str | None]
) -> Iterator[tuple[int, dict[str, FactValue]]]:
    """By organization, the read facts that the derived ones are computed from."""
    reading = register.reading
    activists: dict[int, int] = dict(reads.activists(reading))
    posts: dict[int, dict[str, int]] = defaultdict(dict)
    for number, kind, count in reads.posts(reading):
        posts[number][kind] = count
    members: dict[int, list[tuple[str, int | None, int]]] = defaultdict(list)
    for number, status, body_id, count in reads.members(reading):
        members[number].append((status, body_id, count))
    of_unit: dict[int, set[int]] = defaultdict(set)
    for body_id, unit_id in register.body_units.items():
        of_unit[unit_id].add(body_id)
    nobody: dict[str, int] = {}
    for number, kind in there.items():
        bodies = register.responsible.get(number, ())
        here = {one.id for one in bodies} or _of_units(register.homes[number], of_unit)
        in_office = posts.get(number, nobody)
        yield (
            number,
            {
                "kind": kind,
                "headcount_rows": register.statements.get(number),
                "activists": activists.get(number, 0),
                "instructors": in_office.get("instructor", 0),
                "liaisons": in_office.get("liaison", 0),
                "body_serves": number in register.serving,
                "provisional_body_in_force": any(one.kind == "provisional" for one in bodies),
                **_counts(members.get(number, ()), here),
            },
        )


def _of_units(home: tuple[int | None, ...], of_unit: Mapping[int, set[int]]) -> set[int]:
    """The bodies of the supervisory unit and of the territory."""
    supervisor, _, county, township = home
    found: set[int] = set()
    for one in (supervisor, county if township is None else township):
        if one is not None:
            found |= of_unit.get(one, set())
    return found


def _counts(rows: Iterable[tuple[str, int | None, int]], here: set[int]) -> dict[str, FactValue]:
    full = full_here = everybody = held = 0
    for status, body_id, count in rows:
        everybody += count
        if status == "full":
            full += count
        if body_id in here:
            held += count
            if status == "full":
                full_here += count
    return {
        "members_engaged": everybody,
        "full_members_engaged": full,
        "members_held_here": held,
        "formal_full_members": full_here,
    }


def _organization(
    register: Register,
    number: int,
    values: dict[str, Any],
    trained: Mapping[str, date],
) -> Organization:
    unit_id = unit_in_charge(register.homes[number])
    parameters = register.local.at(unit_id)
    FACTS.derive(ORGANIZATION, WANTED, values, parameters)
    return Organization(
        id=number,
        kind=values["kind"],
        unit_id=unit_id,
        priority=bool(values["priority_now"]),
        bodies=register.responsible.get(number, ()),
        attached=bool(values["attached_fully"]),
        instructor=values["instructors_in_office"] >= 1,
        activists=values["activists"] >= parameters.integer("P20"),
        leaders_trained=bool(trained) and _leaders_came(trained, parameters),
        full_here=values["formal_full_members"],
        counted=values["members_counted"],
        elsewhere=values["members_elsewhere"],
        minimum=parameters.integer("P6"),
    )


def _leaders_came(trained: Mapping[str, date], parameters: Parameters) -> bool:
    """Whether a session for leaders of this training year or the last reached it (P21, P22)."""
    wanted = LEADERS if parameters["P22"] == "leader" else LEADERS | DELEGATES
    begins = last_year(str(parameters["P21"]), parameters.on)
    return any(audience in wanted and on >= begins for audience, on in trained.items())


def last_year(year_start: str, on: date) -> date:
    """The first day of the year before the one that contains `on`."""
    begins = year_begin(year_start, on)
    return year_begin(year_start, begins - ONE_DAY)


def _trained(reading: Reading) -> dict[int, dict[str, date]]:
    """By organization and audience, the last session that reached it in the past two years."""
    found: dict[int, dict[str, date]] = defaultdict(dict)
    earliest = last_year("01-01", last_year("01-01", reading.on))
    for number, audience, on in reads.attendances(reading, earliest):
        found[number][audience] = on
    return found
