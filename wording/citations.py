"""Citations as officers read them: the clause first, behind it the rule that reads it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import workflows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PRACTICE = "practice"


@cache
def _sources() -> Mapping[str, Any]:
    path = Path(workflows.__file__).with_name("sources.yaml")
    given = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - both are safe loaders
    sources: Mapping[str, Any] = given["sources"]
    return sources


def cited(cites: Iterable[str], practice: str = PRACTICE) -> str:
    """`二.2 (R24)` for the rule R24 that reads clause 二.2; regulations stand for themselves.

    Args:
        cites: ids of `sources.yaml`.
        practice: what to call a rule that rests on no text.
    """
    clauses: list[str] = []
    rules: list[str] = []
    for one in cites:
        source = _sources().get(one, {})
        if source.get("kind") == "rule":
            rules.append(one)
            clauses += source.get("clauses", ())
        else:
            clauses.append(one)
    shown = ", ".join(practice if one == PRACTICE else one for one in dict.fromkeys(clauses))
    named = ", ".join(dict.fromkeys(rules))
    if not shown:
        return named
    return f"{shown} ({named})" if named else shown
