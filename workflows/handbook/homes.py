"""Where a rule of the rulebook is kept: in definitions, deadlines, facts, figures, or in nothing.

Most homes are found by looking: rows and deadlines cite the rule, docstrings and tables of the
register name it, obligations bear its number. The others stand in `homes.yaml` with their reason.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.conditions import Label
from lifecycle.loader import read_yaml
from workflows.handbook.citing import cites_of_deadline, cites_of_row
from workflows.law import HERE
from workflows.obligations import OBLIGATIONS
from workflows.register import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lifecycle.registry import Registry


class Kind(StrEnum):
    """What kind of place keeps a rule, in the order in which a table shows them."""

    EVENT = "event"
    DEADLINE = "deadline"
    NOTICE = "notice"
    FACT = "fact"
    PREDICATE = "predicate"
    EFFECT = "effect"
    REGISTER = "register"
    OBLIGATION = "obligation"
    OPTION = "option"
    FIGURE = "figure"
    QUESTION = "question"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Home:
    """One place that keeps a rule."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What `homes.yaml` says about a rule: further homes, and why it is kept there."""

    homes: tuple[Home, ...]
    reason: Label


Found = dict[str, list[Home]]

_RULE = re.compile(r"\bR\d+\b")

_FOLDERS = {
    "facts": Kind.FACT,
    "predicates": Kind.PREDICATE,
    "effects": Kind.EFFECT,
    "indicators": Kind.CODE,
}
"""Where docstrings name rules, and what the functions there are."""

_MODULES = ("routing.py", "programme.py", "retention.py")


def homes_of_rules(registry: Registry) -> Found:
    """By rule: every home, those found by looking first."""
    found: Found = {}
    looked = (*_in_definitions(registry), *_in_docstrings(), *_in_register(), *_owed())
    for rule, home in (*looked, *_noted_homes()):
        places = found.setdefault(rule, [])
        if home not in places:
            places.append(home)
    order = list(Kind)
    return {
        rule: sorted(some, key=lambda one: order.index(one.kind)) for rule, some in found.items()
    }


def _in_definitions(registry: Registry) -> Iterator[tuple[str, Home]]:
    for book in registry.rulebooks.values():
        workflow = book.workflow
        for row in workflow.transitions:
            for cite in sorted(cites_of_row(row)):
                yield cite, Home(Kind.EVENT, f"{workflow.code} {row.event}")
        for name, rule in workflow.deadlines.items():
            for cite in sorted(cites_of_deadline(rule)):
                yield cite, Home(Kind.DEADLINE, name)


def _in_docstrings(folder: Path = HERE) -> Iterator[tuple[str, Home]]:
    for name, kind in _FOLDERS.items():
        for path in sorted((folder / name).glob("*.py")):
            yield from _named_in(path, kind)
    for module in _MODULES:
        yield from _named_in(folder / module, Kind.CODE)


def _named_in(path: Path, kind: Kind) -> Iterator[tuple[str, Home]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        rules = _RULE.findall(ast.get_docstring(node) or "")
        home = Home(Kind.CODE, path.relative_to(HERE.parent).as_posix())
        if kind is not Kind.CODE and isinstance(node, ast.FunctionDef):
            home = home if node.name.startswith("_") else Home(kind, node.name)
        for rule in dict.fromkeys(rules):
            yield rule, home


def _in_register() -> Iterator[tuple[str, Home]]:
    for name, table in TABLES.items():
        for rule in _RULE.findall(table.comment or ""):
            yield rule, Home(Kind.REGISTER, name)


def _owed() -> Iterator[tuple[str, Home]]:
    for one in OBLIGATIONS.values():
        yield one.rule, Home(Kind.OPTION if one.option else Kind.OBLIGATION, one.rule)


def _noted_homes() -> Iterator[tuple[str, Home]]:
    for name, noted in noted_by_hand().items():
        for home in noted.homes:
            yield name, home


def noted_by_hand() -> dict[str, Noted]:
    """What cannot be found by looking, by id."""
    given = read_yaml(Path(__file__).with_name("homes.yaml")).values["homes"]
    return {name: _noted(one) for name, one in given.items()}


def _noted(given: Mapping[str, Any]) -> Noted:
    homes = tuple(Home(kind, str(name)) for kind in Kind for name in given.get(kind.value, ()))
    return Noted(homes, Label(**given["reason"]))


def named_in_code(prefixes: str, folder: Path = HERE) -> dict[str, list[str]]:
    """By id (`N26`, `D1`): the modules in which it stands as a text of its own."""
    pattern = re.compile(rf"[{prefixes}]\d+")
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        place = path.relative_to(folder.parent).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and pattern.fullmatch(text):
                places = found.setdefault(text, [])
                if place not in places:
                    places.append(place)
    return found
