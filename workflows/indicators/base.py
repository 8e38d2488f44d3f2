"""The register on a day as the indicators see it: A(d), Pri(d), Rest(d) and what covers whom.

`workflows.indicators.assembling` puts it together from a fixed number of SELECTs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from lifecycle.policy import Parameters
from lifecycle.workdays import Period
from workflows.facts.shared import ELECTED

if TYPE_CHECKING:
    from lifecycle.policy import ParameterValue, Policy
    from workflows.indicators.places import Places
    from workflows.indicators.reading import Reading


@dataclass(frozen=True, slots=True)
class Remembered(Parameters):
    """The parameters at one place on one day, each looked up once."""

    known: dict[str, ParameterValue] = field(default_factory=dict)

    def __getitem__(self, parameter: str) -> ParameterValue:
        found = self.known.get(parameter)
        if found is None:
            found = self.policy.parameter(parameter).value(self.on, self.units)
            self.known[parameter] = found
        return found


@dataclass(slots=True)
class Local:
    """The parameters of every unit on the day."""

    policy: Policy
    on: date
    _at: dict[int | None, Remembered] = field(default_factory=dict)

    def at(self, unit_id: int | None) -> Remembered:
        """The parameters in force at the unit or its nearest ancestor."""
        found = self._at.get(unit_id)
        if found is None:
            units = self.policy.ancestors(unit_id)
            found = self._at[unit_id] = Remembered(self.policy, self.on, units)
        return found


@dataclass(frozen=True, slots=True)
class Body:
    """A Party body that exists on the day."""

    id: int
    organization_id: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class Organization:
    """What the indicators know of an organization of A(d)."""

    id: int
    kind: str | None
    unit_id: int | None
    """The unit in charge, whose parameters hold for it."""
    priority: bool
    bodies: tuple[Body, ...]
    """The bodies in force that are responsible for it: own, joint, building, provisional."""
    attached: bool
    instructor: bool
    activists: bool
    leaders_trained: bool
    full_here: int
    counted: int
    elsewhere: int
    minimum: int
    """P6: how many full members make a branch a duty."""

    @property
    def elected(self) -> bool:
        """Whether an own or joint branch serves it."""
        return any(one.kind in ELECTED for one in self.bodies)

    @property
    def worked(self) -> bool:
        """Whether all three components of work coverage are there (R9)."""
        return self.instructor and self.activists and self.leaders_trained


@dataclass(slots=True)
class Register:
    """The register on a day."""

    reading: Reading
    policy: Policy
    places: Places
    local: Local
    homes: dict[int, tuple[int | None, ...]]
    """Supervisor, registrar, county and township of every organization there ever was."""
    kinds: dict[int, str | None]
    """The kinds of those on the register on the day."""
    statements: dict[int, str]
    """The headcount statements of every organization, as the fact `headcount_rows` gives them."""
    bodies: dict[int, Body]
    body_units: dict[int, int]
    """The unit of every unit's own Party body."""
    serving: dict[int, list[int]]
    """By organization, the elected bodies that serve it."""
    responsible: dict[int, tuple[Body, ...]]
    """By organization, these and its own bodies in force."""
    organizations: dict[int, Organization] = field(default_factory=dict)
    """A(d), by number."""

    @property
    def on(self) -> date:
        """The day."""
        return self.reading.on

    def under(self, unit_id: int | None) -> list[Organization]:
        """The organizations of a jurisdiction, by number."""
        everybody = self.organizations.values()
        if self.places.is_whole(unit_id):
            return list(everybody)
        around, homes = self.places.around, self.homes
        return [one for one in everybody if unit_id in around(homes[one.id])]

    def is_under(self, unit_id: int | None, organization_id: int | None) -> bool:
        """Whether an organization, also one that has ended, lies in a jurisdiction."""
        if self.places.is_whole(unit_id):
            return True
        home = self.homes.get(organization_id) if organization_id is not None else None
        return home is not None and unit_id in self.places.around(home)

    def unit_is_under(self, unit_id: int | None, other: int | None) -> bool:
        """Whether a unit is the jurisdiction's or lies below it."""
        if self.places.is_whole(unit_id):
            return True
        return other is not None and unit_id in self.places.above(other)


@dataclass(slots=True)
class Jurisdiction:
    """The organizations of one unit and all below it, with the parameters in force there."""

    register: Register
    unit_id: int | None
    everybody: list[Organization]
    """A(d)."""
    priority: list[Organization]
    """Pri(d)."""
    rest: list[Organization]
    """Rest(d): A(d) without Pri(d)."""
    parameters: Parameters
    """P24 to P27, P44 and P53 say how a figure is made: as they stand where it is reported."""
    stages: tuple[date, date, date]
    """D1, D2 and D3."""

    @property
    def on(self) -> date:
        """The day."""
        return self.register.on

    def has_party_organization(self, one: Organization) -> bool:
        """Own branch, or a joint (P25) or provisional (P26) body."""
        return any(self.counts(body) for body in one.bodies)

    def counts(self, body: Body) -> bool:
        """Whether a body of that kind counts as a Party organization here."""
        if body.kind == "own":
            return True
        return bool(self.parameters["P26" if body.kind == "provisional" else "P25"])

    def covered(self, one: Organization) -> bool:
        """Organization coverage: a Party organization, or attached where P27 says so."""
        return self.has_party_organization(one) or (one.attached and bool(self.parameters["P27"]))


def unit_in_charge(home: tuple[int | None, ...]) -> int | None:
    """The supervisory unit of an organization, else its township, else its county."""
    supervisor, _, county, township = home
    return next((one for one in (supervisor, township, county) if one is not None), None)


def jurisdiction(register: Register, unit_id: int | None) -> Jurisdiction:
    """The organizations under a unit (None: all), split into priority targets and the rest."""
    everybody = register.under(unit_id)
    parameters = register.local.at(unit_id)
    return Jurisdiction(
        register=register,
        unit_id=unit_id,
        everybody=everybody,
        priority=[one for one in everybody if one.priority],
        rest=[one for one in everybody if not one.priority],
        parameters=parameters,
        stages=stages_of(parameters),
    )


def stages_of(parameters: Parameters) -> tuple[date, date, date]:
    """D1, D2 and D3: the start of the programme (P1) and the months of each stage (P2)."""
    start, months = parameters["P1"], parameters["P2"]
    if isinstance(start, date) and isinstance(months, tuple):
        first, second, third = (Period(months=one).after(start) for one in months)
        return first, second, third
    msg = "P1 is a day and P2 a list of months"
    raise TypeError(msg)
