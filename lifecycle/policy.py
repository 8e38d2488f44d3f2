"""Policy parameters: dated values, which a jurisdiction may set for itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.errors import ParameterUnknownError
from lifecycle.store.tables import parameter_value, unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.conditions import Label

ParameterValue = bool | int | str | date | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dated:
    """A value of a parameter, in force from a day, for everybody or for one unit and below."""

    from_on: date
    value: ParameterValue
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number or choice of the rulebook that may differ by jurisdiction and change by date."""

    id: str
    name: str
    label: Label
    type: str
    values: tuple[Dated, ...]
    cite: tuple[str, ...]
    choices: tuple[str, ...] = ()

    def value(self, on: date, units: Sequence[int]) -> ParameterValue:
        """The value in force on `on` at the first of `units` (a unit, then its superiors).

        Raises:
            ParameterUnknownError: there is none at all.
        """
        return self.in_force(on, units).value

    def in_force(self, on: date, units: Sequence[int]) -> Dated:
        """The same with the day from which it is in force and the unit that set it.

        Raises:
            ParameterUnknownError: there is none at all.
        """
        for unit_id in (*units, None):
            in_force = [one for one in self.values if one.unit_id == unit_id and one.from_on <= on]
            if in_force:
                # What was set last counts where two values begin on one day.
                return max(reversed(in_force), key=lambda one: one.from_on)
        general = [one for one in self.values if one.unit_id is None]
        if not general:
            raise ParameterUnknownError(self.id, on)
        # A day before the first value: the oldest reading serves, or old dates could not be typed.
        return min(general, key=lambda one: one.from_on)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters as they stand on one day at one place: what guards and deadlines ask."""

    policy: Policy
    on: date
    units: tuple[int, ...] = ()

    def __getitem__(self, parameter: str) -> ParameterValue:
        return self.policy.parameter(parameter).value(self.on, self.units)

    def integer(self, parameter: str) -> int:
        """The value of a parameter that is a whole number."""
        value = self[parameter]
        if not isinstance(value, int):
            msg = f"{parameter} is not a whole number: {value!r}"
            raise TypeError(msg)
        return value


@dataclass(slots=True)
class Policy:
    """Every parameter, with the digest that derivations quote."""

    parameters: Mapping[str, Parameter]
    parents: Mapping[int, int | None] = field(default_factory=dict)
    general: Mapping[str, Parameter] | None = None
    """The parameters without what jurisdictions set, where that has been added."""
    digest: str = ""

    def __post_init__(self) -> None:
        """Names the content, so that a derivation can say under which values it was made."""
        text = json.dumps(
            {
                name: [(str(one.from_on), one.unit_id, str(one.value)) for one in parameter.values]
                for name, parameter in sorted(self.parameters.items())
            }
        )
        self.digest = hashlib.sha256(text.encode()).hexdigest()[:12]

    def parameter(self, name: str) -> Parameter:
        """The parameter of that id.

        Raises:
            ParameterUnknownError: there is none.
        """
        try:
            return self.parameters[name]
        except KeyError:
            raise ParameterUnknownError(name) from None

    def at(self, on: date, unit_id: int | None = None) -> Parameters:
        """The values on `on` for a case of that unit."""
        return Parameters(self, on, self.ancestors(unit_id))

    def ancestors(self, unit_id: int | None) -> tuple[int, ...]:
        """The unit and its superiors, nearest first."""
        path: list[int] = []
        while unit_id is not None and unit_id not in path:
            path.append(unit_id)
            unit_id = self.parents.get(unit_id)
        return tuple(path)

    def changes(self, after: date, until: date) -> set[date]:
        """The days in (after, until] from which a value of any parameter is in force."""
        return {
            one.from_on
            for parameter in self.parameters.values()
            for one in parameter.values
            if after < one.from_on <= until
        }

    def ever(self, name: str) -> set[ParameterValue]:
        """Every value that a parameter has, had or will have anywhere."""
        return {one.value for one in self.parameter(name).values}

    def with_overrides(
        self, rows: Iterable[tuple[str, Dated]], parents: Mapping[int, int | None]
    ) -> Policy:
        """The same policy with what jurisdictions now set for themselves, and nothing else."""
        general = self.general or self.parameters
        merged = dict(general)
        for name, value in rows:
            old = merged[name]
            merged[name] = replace(old, values=(*old.values, value))
        return Policy(merged, parents, general)


def read_overrides(connection: Connection, policy: Policy) -> Policy:
    """`policy` as this database's jurisdictions have it."""
    p = parameter_value.c
    rows = connection.execute(
        sa.select(p.parameter, p.from_on, p.value, p.unit_id).order_by(p.id)
    ).all()
    parents = {row[0]: row[1] for row in connection.execute(sa.select(unit.c.id, unit.c.parent_id))}
    overrides = [
        (name, Dated(from_on, typed(policy.parameter(name).type, value), unit_id))
        for name, from_on, value, unit_id in rows
    ]
    return policy.with_overrides(overrides, parents)


def typed(kind: str, value: Any) -> ParameterValue:  # noqa: ANN401 - JSON or YAML
    """A stored value as the type of its parameter: days from text, lists as tuples."""
    if kind == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, list):
        return tuple(value)
    result: ParameterValue = value
    return result
