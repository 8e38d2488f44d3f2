"""Reads the dated examples of docs/time.md: tables, and the scenarios that the page holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.loader import parse_yaml
from workflows.scenario import read_scenario

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "time.md").read_text(encoding="utf-8")
SCENARIOS = ROOT / "workflows" / "scenarios"

_ROW = re.compile(r"^\| ([ABC]\d+) \| (.*) \|$", re.MULTILINE)
_FENCED = re.compile(r"^```yaml (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

WORDS = frozenset({"state", "since", "overdue", "refused", "error"})
"""What an expectation may begin with besides the number of a deadline."""


@dataclass(frozen=True, slots=True)
class Example:
    """A row of one of the tables."""

    number: str
    cells: tuple[str, ...]
    """All but the number; the first says in words what happens."""


def examples(letter: str) -> list[Example]:
    """The rows of the table whose numbers begin with the letter."""
    found = [Example(number, tuple(cells.split(" | "))) for number, cells in _ROW.findall(TEXT)]
    return [one for one in found if one.number.startswith(letter)]


def day(text: str) -> date:
    """A day of a cell: `2026-02-28`."""
    return date.fromisoformat(text)


def fenced() -> dict[str, str]:
    """The scenarios that the page itself holds, by the name of their file."""
    return dict(_FENCED.findall(TEXT))


def scenario(name: str) -> Mapping[str, Any]:
    """A scenario that ships, or one of the page."""
    if name in fenced():
        loaded: Mapping[str, Any] = parse_yaml(fenced()[name], name).values
        return loaded
    return read_scenario(SCENARIOS / f"{name}.yaml")


def expectation(cell: str) -> dict[str, Any]:
    """What a cell expects, in the form in which a step expects it of a case.

    `state formal_in; since 2026-01-22; D15 met; D17 ~2027-03-01; overdue -`
    """
    wanted: dict[str, Any] = {}
    for part in cell.split("; "):
        name, _, value = part.partition(" ")
        if name in {"overdue", "refused"}:
            wanted[name] = [] if value == "-" else [value]
        elif name == "since":
            wanted[name] = day(value)
        elif name in WORDS:
            wanted[name] = value
        else:
            wanted.setdefault("deadlines", {})[name] = _due(value)
    return wanted


def _due(value: str) -> date | str:
    if value.startswith("~"):
        return f"provisional {day(value[1:])}"
    return day(value) if value[:1].isdigit() else value


def expected_on(steps: Sequence[Mapping[str, Any]], on: date, case: str) -> list[dict[str, Any]]:
    """What each step of the day expects of the case."""
    found = []
    for step in steps:
        whole = step.get("expect", {})
        about = whole if case == whole.get("case", _case_of(step)) else {}
        if step["on"] == on:
            found.append({**about, **whole.get("cases", {}).get(case, {})})
    return found


def _case_of(step: Mapping[str, Any]) -> str:
    """The case in which the step records or corrects something."""
    corrected = step.get("correct", {})
    first = corrected[0] if isinstance(corrected, list | tuple) else corrected
    return str(step.get("case", first.get("case", ""))).removeprefix("+")
