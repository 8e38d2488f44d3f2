"""Indicators as values: a number among a number, its target and verdict, and what stands behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from lifecycle.conditions import Label

STAGES = {"D1": ("I1", "I2"), "D2": ("I3", "I4"), "D3": ("I3", "I5")}
"""The figures that the stage dates of the programme are about (R7 to R11)."""

WHOLE = 100
"""A target of everything, in percent."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is aimed at, and the day on which it is looked at (None: a general goal)."""

    value: int
    on: date | None = None
    percent: bool = True
    """Whether the value is a share in percent; otherwise it is the number itself."""

    def met_by(self, numerator: int, denominator: int | None) -> bool | None:
        """Whether the target is reached, by whole numbers; None where there is nothing to reach.

        >>> Target(30).met_by(12, 40), Target(30).met_by(9, 33), Target(30).met_by(0, 0)
        (True, False, None)
        """
        if not self.percent:
            return numerator >= self.value
        if not denominator:
            return None
        return WHOLE * numerator >= self.value * denominator


@dataclass(frozen=True, slots=True)
class Excluded:
    """One that is named beside a figure, and why; the reason says whether it is counted."""

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Behind:
    """The numbers of the rows that a figure was counted from: its drill-down.

    The numbers are those of organizations, Party bodies, units or cases, never of persons (F11).
    """

    numerator: tuple[int, ...] = ()
    denominator: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """What is said about a figure in both languages, and the clauses it rests on."""

    label: Label
    numerator: Label
    denominator: Label | None
    rows: str
    measure: str
    cite: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure of rulebook section D on a day."""

    id: str
    definition: Definition
    numerator: int | None
    """None where there is nothing to tell a number of."""
    denominator: int | None = None
    target: Target | None = None
    excluded: tuple[Excluded, ...] = ()
    behind: Behind = field(default_factory=Behind)

    @property
    def label(self) -> Label:
        """What the figure is called."""
        return self.definition.label

    @property
    def cite(self) -> tuple[str, ...]:
        """The clauses it rests on."""
        return self.definition.cite

    @property
    def unit(self) -> str:
        """What the numbers are: organization, party_body, unit, MEM, REG, cny or days."""
        measure = self.definition.measure
        return self.definition.rows if measure == "rows" else measure

    @property
    def applies(self) -> bool:
        """Whether there is anything to tell: a zero denominator is neither 0 % nor 100 %."""
        return self.numerator is not None and self.denominator != 0

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target or where the figure does not apply."""
        if self.target is None or self.numerator is None:
            return None
        return self.target.met_by(self.numerator, self.denominator)

    @property
    def percent(self) -> str | None:
        """The share with one decimal, rounded down; only to be shown, never compared."""
        if self.numerator is None or not self.denominator:
            return None
        whole, tenth = divmod(self.numerator * 1000 // self.denominator, 10)
        return f"{whole}.{tenth}"

    @property
    def verdict(self) -> str | None:
        """met, not_met or not_applicable; None where nothing is aimed at."""
        if not self.applies:
            return "not_applicable"
        if self.target is None:
            return None
        return "met" if self.met else "not_met"

    def reference(self, row: int) -> str:
        """How a row behind the figure is named: `organization:7`, `MEM-301`."""
        kind = self.definition.rows
        return f"{kind}-{row}" if kind.isupper() else f"{kind}:{row}"

    def plain(self) -> dict[str, Any]:
        """The figure for JSON and for what is frozen; the rows behind it are told on request."""
        target = self.target
        return {
            "id": self.id,
            "label": {"zh": self.label.zh, "en": self.label.en},
            "numerator": self.numerator,
            "denominator": self.denominator,
            "unit": self.unit,
            "percent": self.percent,
            "target": target.value if target else None,
            "target_in_percent": target.percent if target else None,
            "target_on": target.on.isoformat() if target and target.on else None,
            "met": self.met,
            "cite": list(self.cite),
            "excluded": self.listed(),
        }

    def listed(self) -> dict[str, list[str]]:
        """By reason: those that are named beside the figure."""
        found: dict[str, list[str]] = {}
        for one in self.excluded:
            found.setdefault(one.reason, []).append(self.reference(one.id))
        return found


@dataclass(frozen=True, slots=True)
class Period:
    """The days whose deadlines I7, I8 and I13 look at: after `after`, up to and with `until`."""

    after: date
    until: date

    @property
    def first(self) -> date:
        """The first day of the period."""
        return self.after + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one jurisdiction on a day."""

    as_of: date
    period: Period
    unit_id: int | None
    """The unit whose organizations they are about; None: everybody on the register."""
    stages: tuple[date, date, date]
    """D1, D2 and D3 of the programme there."""
    known_at: datetime
    figures: tuple[Indicator, ...]

    def __getitem__(self, name: str) -> Indicator:
        return self.by_id[name]

    @property
    def stage(self) -> str | None:
        """D1, D2 or D3 where the day is that stage's date."""
        return dict(zip(self.stages, STAGES, strict=True)).get(self.as_of)

    @property
    def by_id(self) -> Mapping[str, Indicator]:
        """The figures by their ids."""
        return {one.id: one for one in self.figures}

    def matching(self, name: str) -> Sequence[Indicator]:
        """The figure of that id and those shown beside it: I4 with I4a to I4c."""
        return [
            one
            for one in self.figures
            if one.id == name or (one.id.startswith(name) and not one.id[len(name)].isdigit())
        ]
