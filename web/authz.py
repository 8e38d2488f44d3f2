"""Who may open what: `authz.yaml`, read strictly and compared with the routes that there are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from lifecycle.access import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE: Final = Path(__file__).parent / "authz.yaml"
SCOPES: Final = frozenset({"none", "list", "case", "organization", "person", "unit"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use a route, and of what its path names one."""

    roles: frozenset[Role] | None
    """None: also who has no role at all."""
    public: bool = False
    """Without logging in."""
    scope: str = "none"
    """What the path names: only those of the reader's units are there."""
    grave: bool = False
    """The password is wanted again when it was not given lately."""
    whole: bool = False
    """The role has to be held for every unit."""


@cache
def rules() -> Mapping[str, Rule]:
    """By `METHOD /path`: who may use it.

    Raises:
        ValueError: the file names a role, a scope or a key that does not exist.
    """
    given = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    groups: dict[str, frozenset[Role]] = {
        name: frozenset(map(Role, roles)) for name, roles in given["groups"].items()
    }
    return {route: _rule(route, spec, groups) for route, spec in given["routes"].items()}


def _rule(route: str, spec: Mapping[str, Any], groups: Mapping[str, frozenset[Role]]) -> Rule:
    unknown = set(spec) - {"who", "scope", "grave", "whole"}
    scope = spec.get("scope", "none")
    if unknown or scope not in SCOPES:
        msg = f"authz.yaml: {route}: {', '.join(sorted(unknown)) or scope} is not known"
        raise ValueError(msg)
    who = spec["who"]
    roles: frozenset[Role] | None
    if who in ("public", "anyone"):
        roles = None
    elif isinstance(who, str):
        roles = groups[who]
    else:
        roles = frozenset(map(Role, who))
    return Rule(roles, who == "public", scope, bool(spec.get("grave")), bool(spec.get("whole")))


def unlisted(routes: Iterable[str]) -> tuple[set[str], set[str]]:
    """Routes that the file does not name, and names in it that are no route."""
    there, named = set(routes), set(rules())
    return there - named, named - there
