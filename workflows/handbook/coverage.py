"""The table of rules: every number of the rulebook and where it is kept, in both languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows.handbook.homes import Home, Kind, homes_of_rules, named_in_code, noted_by_hand
from workflows.handbook.markdown import rendered, table
from workflows.handbook.pages import listed
from workflows.handbook.parameters import users
from workflows.handbook.sources import RULE, sources
from workflows.handbook.steps import recipients
from workflows.handbook.tables import notice_stages
from workflows.handbook.telling import Telling
from workflows.handbook.terms import length
from workflows.indicators.definitions import definitions
from workflows.texts import parameters_in_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lifecycle.conditions import Label
    from lifecycle.registry import Registry
    from workflows.handbook.homes import Found, Noted
    from workflows.handbook.sources import Source
    from workflows.handbook.speech import Speech

NUMBERED = {"R": 72, "D": 32, "N": 26, "P": 53, "I": 16}
"""How far the rulebook counts its rules, deadlines, notices, parameters and indicators."""

CONTEXT = "context"

_BASE = re.compile(r"[A-Z]\d+")


@dataclass(frozen=True, slots=True)
class Line:
    """One id of the rulebook and the cells of its line; without a home, `kept` is False."""

    id: str
    cells: tuple[str, ...]
    kept: bool = True

    @property
    def base(self) -> str:
        """The number without its part: P18 for P18.gap, I4 for I4a."""
        found = _BASE.match(self.id)
        return found[0] if found else self.id


@dataclass(frozen=True, slots=True)
class Coverage:
    """The law, and the two languages in which the table tells it."""

    registry: Registry
    zh: Speech
    en: Speech

    def page(self) -> str:
        """The whole page."""
        return rendered(
            "rules.md.j2",
            zh=self.zh,
            en=self.en,
            rules=self._table(("rule", "cite", "force", "says", "home"), self.rules()),
            deadlines=self._table(
                ("deadline", "label", "kind", "length", "home", "cite"), self.deadlines()
            ),
            notices=self._table(("notice", "label", "home", "to", "when"), self.notices()),
            parameters=self._table(
                ("parameter", "label", "value", "home", "cite"), self.parameters()
            ),
            figures=self._table(("figure", "label", "counted", "cite"), self.figures()),
        )

    def _table(self, columns: Sequence[str], lines: Iterable[Line]) -> str:
        headings = [self.both(f"col_{one}") for one in columns]
        return table(headings, [one.cells for one in lines])

    def both(self, key: str, **values: object) -> str:
        """A sentence in both languages, Chinese first."""
        return f"{self.zh(key, **values)} {self.en(key, **values)}"

    def labels(self, label: Label) -> str:
        """A label in both languages, Chinese first."""
        return f"{label.zh}<br>{label.en}" if label.zh != label.en else label.zh

    # -- rules -----------------------------------------------------------------------------

    def rules(self) -> list[Line]:
        """Every rule with its force, its sentence and its homes."""
        found, noted = homes_of_rules(self.registry), noted_by_hand()
        kept = [one for one in sources().values() if one.kind == RULE]
        return [self._rule(one, found, noted.get(one.id)) for one in kept]

    def _rule(self, rule: Source, found: Found, noted: Noted | None) -> Line:
        homes = found.get(rule.id, [])
        told = "<br>".join(self._grouped(homes))
        if rule.force == CONTEXT:
            told = self._out(rule)
        elif noted:
            told = f"{told}<br>{noted.reason.zh} {noted.reason.en}"
        force = f"{self.zh.own('forces')[rule.force]} {self.en.own('forces')[rule.force]}"
        says = self.labels(rule.says)
        cells = (rule.id, ", ".join(rule.clauses), force, says, told)
        return Line(rule.id, cells, kept=bool(homes))

    def _out(self, rule: Source) -> str:
        """Why a rule has no home: what its source says, which is its reason."""
        return f"{self.both('no_software')}: {rule.says.zh} {rule.says.en}"

    def _grouped(self, homes: Sequence[Home]) -> list[str]:
        """`event: BR own_duty_arises, application_filed; INS need_arises` and so on."""
        lines = []
        for kind in Kind:
            names = [one.name for one in homes if one.kind is kind]
            if names:
                told = _by_code(names) if kind is Kind.EVENT else [f"`{one}`" for one in names]
                if kind in {Kind.OBLIGATION, Kind.OPTION}:
                    option = "--owing" if kind is Kind.OBLIGATION else "--options"
                    told = [f"`lifecycle cases {option} {one}`" for one in names]
                lines.append(f"{self.both(f'home_{kind.value}')}: {', '.join(told)}")
        return lines

    # -- deadlines and notices -------------------------------------------------------------

    def deadlines(self) -> list[Line]:
        """Every deadline with its owner; those of no workflow with the code that keeps them."""
        lines = []
        for workflow in listed(self.registry):
            telling = Telling(self.registry, workflow, self.zh)
            for name, rule in workflow.deadlines.items():
                kind = f"{self.zh.own('kinds')[rule.kind.value]}<br>{rule.kind.value}"
                told = length(telling, rule.length, rule.cap)
                cells = (kind, told, f"{workflow.code}", ", ".join(rule.cite))
                lines.append(Line(name, (name, self.labels(rule.label), *cells)))
        return self._with_code(lines, "D")

    def notices(self) -> list[Line]:
        """Every notice with its owner, its recipients and its stages."""
        lines = []
        for workflow in listed(self.registry):
            telling = Telling(self.registry, workflow, self.zh)
            for name, rule in workflow.notices.items():
                stages = ", ".join(notice_stages(workflow, name))
                to = recipients(telling, name)
                cells = (name, self.labels(rule.label), workflow.code, to, stages)
                lines.append(Line(name, cells))
        return self._with_code(lines, "N")

    def _with_code(self, lines: list[Line], letter: str) -> list[Line]:
        """The lines with those ids added that only code keeps, in the order of their numbers."""
        known = {one.base for one in lines}
        for name, places in named_in_code(letter).items():
            if name not in known and _within(name):
                told = ", ".join(f"`{one}`" for one in places)
                lines.append(Line(name, self._in_code(name, letter, told)))
        return sorted(lines, key=lambda one: _order(one.id))

    def _in_code(self, name: str, letter: str, told: str) -> tuple[str, ...]:
        label = f"{self.zh.own('others')[name]}<br>{self.en.own('others')[name]}"
        return (name, label, "", "", told, "") if letter == "D" else (name, label, told, "", "")

    # -- parameters and figures ------------------------------------------------------------

    def parameters(self) -> list[Line]:
        """Every parameter with its general value and what reads it."""
        telling = Telling(self.registry, listed(self.registry)[0], self.zh)
        used, in_code = users(self.registry), parameters_in_code()
        lines = []
        for name, one in self.registry.policy.parameters.items():
            homes = used.get(name) or ([f"`{in_code[name][0]}`"] if name in in_code else [])
            value = telling.parameter(name)
            cells = (name, self.labels(one.label), value, ", ".join(homes), ", ".join(one.cite))
            lines.append(Line(name, cells, kept=bool(homes)))
        return lines

    def figures(self) -> list[Line]:
        """Every figure: what is counted among what."""
        lines = []
        for name, one in definitions().items():
            counts = self.labels(one.numerator)
            if one.denominator:
                counts += f"<br>／ {self.labels(one.denominator)}"
            cells = (name, self.labels(one.label), counts, ", ".join(one.cite))
            lines.append(Line(name, cells))
        return lines


def numbers(letter: str) -> list[str]:
    """Every id that the rulebook counts under a letter: D1 to D32."""
    return [f"{letter}{number}" for number in range(1, NUMBERED[letter] + 1)]


def _within(name: str) -> bool:
    return int(name[1:]) in range(1, NUMBERED[name[0]] + 1)


def _order(name: str) -> tuple[int, str]:
    found = _BASE.match(name)
    return (int(found[0][1:]) if found else 0, name)


def _by_code(names: Sequence[str]) -> list[str]:
    """`BR own_duty_arises` and `BR elected` as `BR own_duty_arises · elected`."""
    codes: dict[str, list[str]] = {}
    for name in names:
        code, _, event = name.partition(" ")
        codes.setdefault(code, []).append(f"`{event}`")
    return [f"{code} {' '.join(events)}" for code, events in codes.items()]
