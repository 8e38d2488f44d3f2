"""Jurisdictions: which units lie below a unit, and so which organizations belong to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.store.tables import unit

if TYPE_CHECKING:
    from sqlalchemy import Connection

LEAD = "organization_department"
"""The kind of unit that leads in a city or county (rulebook 五.1)."""

_ANYWHERE = frozenset[int]()


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the jurisdiction tree."""

    id: int
    parent_id: int | None
    level: str
    kind: str


@dataclass
class Places:
    """The tree of units, and what lies where."""

    units: dict[int, Unit]
    _above: dict[int, frozenset[int]] = field(default_factory=dict)
    _around: dict[tuple[int | None, ...], frozenset[int]] = field(default_factory=dict)

    def above(self, unit_id: int) -> frozenset[int]:
        """The unit and its superiors."""
        found = self._above.get(unit_id)
        if found is None:
            path: set[int] = set()
            at: int | None = unit_id
            while at is not None and at not in path:
                path.add(at)
                one = self.units.get(at)
                at = one.parent_id if one else None
            found = self._above[unit_id] = frozenset(path)
        return found

    def around(self, units: tuple[int | None, ...]) -> frozenset[int]:
        """Every unit under which at least one of the units lies."""
        found = self._around.get(units)
        if found is None:
            paths = (self.above(one) for one in units if one is not None)
            found = self._around[units] = _ANYWHERE.union(*paths)
        return found

    def leads(self, level: str) -> list[Unit]:
        """The units that lead at a level: a city's or county's organization department."""
        return [one for one in self.units.values() if (one.level, one.kind) == (level, LEAD)]

    def is_whole(self, unit_id: int | None) -> bool:
        """Whether everybody on the register belongs there: no unit named, or the only city."""
        return unit_id is None or unit_id == self.only_city

    @cached_property
    def only_city(self) -> int | None:
        """The city that leads, where there is one alone."""
        cities = [one.id for one in self.leads("city") if one.parent_id is None]
        return cities[0] if len(cities) == 1 else None

    def jurisdictions(self) -> list[Unit]:
        """The cities and counties that answer for the targets; the roots where none leads."""
        roots = [one for one in self.leads("city") if one.parent_id is None]
        counties = self.leads("county")
        return roots + counties or self._roots()

    def _roots(self) -> list[Unit]:
        return [one for one in self.units.values() if one.parent_id is None]


def places_in(connection: Connection) -> Places:
    """The tree of units of a database."""
    u = unit.c
    rows = connection.execute(sa.select(u.id, u.parent_id, u.level, u.kind).order_by(u.id))
    return Places({row[0]: Unit(*row) for row in rows})
